"""Networks of the library that timm has as well, layer by layer; skipped where timm is not installed.

Their params and MACs are in tests/data/counted.csv, so that those are held without timm, too.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

import cnncalc
from cnncalc.live.against import against
from tests.torchvision_shim import torchvision_models

torchvision_models()
pytest.importorskip("timm")

COUNTED = Path(__file__).parent.parent / "data" / "counted.csv"
CALL = re.compile(r"timm\.create_model\('(\w+)'(?:, num_classes=(\d+))?\)")


def pairs() -> list[tuple[str, str, str | None]]:
    """Return ours, theirs and the classes that theirs must be told. TensorFlow's weights want other padding (tf_)."""
    with COUNTED.open(encoding="utf-8", newline="") as file:
        found = [(row["network"], CALL.search(row["source"])) for row in csv.DictReader(file)]
    return [(name, call[1], call[2]) for name, call in found if call and not call[1].startswith("tf_")]


SENETS = ("seresnext50_32x4d", "seresnext101_32x4d", "seresnext101_64x4d", "senet154")
SWINS = ("swin_tiny", "swin_small", "swin_base", "swin_large")
WINDOWS = ("patch4_window7_224", "patch4_window12_384")

OTHERWISE = {
    **{name: {"maxpool"} for name in SENETS},  # ours rounds up, as Caffe does; theirs pads
    "legacy_xception": {"maxpool"},  # ours pads after, as TensorFlow does; theirs on both sides
    **{f"{name}_{window}": {"global_avgpool"} for name in SWINS for window in WINDOWS},  # a mean, channels last
    # Theirs pads before its average pools, TensorFlow leaves out what is padded.
    "nasnetalarge": {"avgpool"},
}
"""Models of the same weights and MACs whose pools are written in another way: the kinds that differ."""


LEAKY = ("leaky_relu", "leaky_relu slope=0.1")  # theirs has PyTorch's slope, the paper's code 0.1
SOFTMAX = ("nothing", "softmax")  # the paper's last layer, which theirs leaves to the loss

FUNCTIONS = {
    "darknet53": {LEAKY, SOFTMAX},
    **{name: {LEAKY} for name in ("cspdarknet53", "cspresnet50", "cspresnext50")},
    "mobilenetv1_100": {("relu6", "relu"), SOFTMAX},
    # Theirs passes what goes into the gate through a ReLU in its basic blocks, the paper does not.
    **{name: {("relu", "nothing")} for name in ("legacy_seresnet18", "legacy_seresnet34")},
    "nasnetalarge": {("pad 1", "nothing"), ("pad 0:1", "nothing"), ("relu", "relu then pad 0:2")},
}
"""Models whose functions without weights differ from the paper's: theirs and ours."""


def test_a_model_is_named_as_timm_names_it() -> None:
    assert against(cnncalc.load("resnet18"), "timm:resnet18").agrees


@pytest.mark.exhaustive  # each builds a large model
@pytest.mark.parametrize(("name", "theirs", "classes"), pairs(), ids=[theirs for _, theirs, _ in pairs()])
def test_it_is_timms(name: str, theirs: str, classes: str | None) -> None:
    arguments = {"model_name": theirs} | ({"num_classes": int(classes)} if classes else {})
    result = against(cnncalc.load(name), "timm:create_model", json.dumps(arguments))
    functions = {(found.theirs, found.ours) for found in result.differences if found.what == "function"}
    assert functions == FUNCTIONS.get(theirs, set())
    layers = {found.ours.split()[0] for found in result.differences if found.what != "function"}
    assert layers == OTHERWISE.get(theirs, set())
    assert result.agrees or result.differences
    assert all(total.theirs == total.ours for total in result.totals if total.name != "output")
