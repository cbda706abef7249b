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


def test_a_model_is_named_as_timm_names_it() -> None:
    assert against(cnncalc.load("resnet18"), "timm:resnet18").agrees


@pytest.mark.parametrize(("name", "theirs", "classes"), pairs(), ids=[theirs for _, theirs, _ in pairs()])
def test_it_is_timms(name: str, theirs: str, classes: str | None) -> None:
    arguments = {"model_name": theirs} | ({"num_classes": int(classes)} if classes else {})
    result = against(cnncalc.load(name), "timm:create_model", json.dumps(arguments))
    layers = [found for found in result.differences if found.what != "function"]
    assert {found.ours.split()[0] for found in layers} == OTHERWISE.get(theirs, set())
    assert all(total.theirs == total.ours for total in result.totals if total.name != "output")
