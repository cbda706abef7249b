"""The oracle that nobody here wrote: each network of the library that torchvision has as well, layer by layer."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

import cnncalc
from cnncalc.library import library
from cnncalc.live.against import against
from tests.torchvision_shim import torchvision_models

THEIRS = set(torchvision_models().list_models())
NAMES = {"alexnet_torchvision": "alexnet", "googlenet_torchvision": "googlenet"}
"""Networks that torchvision has under the name of the paper's."""

OURS = [entry.name for entry in library() if entry.name not in NAMES.values()]
BOTH = [(name, NAMES.get(name, name)) for name in OURS if NAMES.get(name, name) in THEIRS]


@pytest.mark.exhaustive  # each builds a large model
@pytest.mark.parametrize(("name", "theirs"), BOTH, ids=[name for name, _ in BOTH])
def test_it_is_torchvisions(name: str, theirs: str) -> None:
    result = against(cnncalc.load(name), f"torchvision.models:{theirs}")
    assert result.differences == []
    assert result.agrees
    assert result.remarks == []
    assert all(total.theirs == total.ours for total in result.totals)


def test_the_papers_alexnet_is_not_torchvisions() -> None:
    network = cnncalc.load("alexnet", input="224x224x3", settings={"towers": "1"})
    result = against(network, "torchvision.models:alexnet")
    assert list(map(str, result.differences)) == [
        "theirs: conv 64 11x11 stride=4 pad=2, ours: conv 96 11x11 stride=4 at conv1.conv (theirs at features.0)",
        "theirs: conv 192 5x5 pad=2, ours: conv 256 5x5 pad=2 at conv2.conv (theirs at features.3)",
        "theirs: conv 256 3x3 pad=1, ours: conv 384 3x3 pad=1 at conv4.conv (theirs at features.8)",
        "theirs: relu, ours: relu then lrn alpha=0.0005 k=2 before pool1.maxpool and 1 more",
        "theirs: nothing, ours: softmax before output",
    ]


def test_side_heads_are_left_out_where_theirs_has_none() -> None:
    network = cnncalc.load("inception_v3")
    result = against(network, "torchvision.models:inception_v3", '{"aux_logits": false, "init_weights": false}')
    assert result.agrees
    assert result.remarks == ["auxiliary heads were left out, theirs has none: side"]


def test_arguments_reach_their_callable() -> None:
    result = against(cnncalc.load("resnet18"), "torchvision.models:resnet18", '{"num_classes": 10}')
    assert list(map(str, result.differences)) == [
        "theirs: linear 10, ours: linear 1000 at fc.linear (theirs at fc)",
    ]


def test_a_family_told_from_another() -> None:
    result = against(cnncalc.load("vgg11"), "torchvision.models:vgg11_bn")
    assert {found.what for found in result.differences} == {"extra"}
    assert [found.theirs for found in result.differences] == ["batchnorm"] * 8


@pytest.mark.parametrize(
    ("name", "theirs", "sizes"),
    [
        ("swin_v2_t", "swin_v2_t", (192, 224, 256)),
        ("swin_t", "swin_t", (192, 224, 250)),
        ("googlenet_torchvision", "googlenet", (160, 224, 256)),
        ("alexnet_torchvision", "alexnet", (192, 224, 256)),
        ("vgg11", "vgg11", (192, 224, 256)),
    ],
)
def test_other_sizes_are_theirs_too(name: str, theirs: str, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        result = against(cnncalc.load(name, input=(size, size, 3)), f"torchvision.models:{theirs}")
        assert (size, result.differences) == (size, [])
        assert all(total.theirs == total.ours for total in result.totals), size


def test_the_scale_of_attention_is_part_of_what_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """torchvision's MaxViT divides scores by the root of all channels; the paper's divides by that of a head's."""
    attention = import_module("torchvision.models.maxvit").RelativePositionalMultiHeadAttention
    init = attention.__init__

    def by_head(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.scale_factor = self.head_dim**-0.5

    monkeypatch.setattr(attention, "__init__", by_head)
    result = against(cnncalc.load("maxvit_t"), "torchvision.models:maxvit_t")
    assert (result.agrees, result.run) == (False, "both were run on the same random weights: the outputs differ")


def test_swins_channels_stand_in_another_order() -> None:
    assert against(cnncalc.load("swin_t"), "torchvision.models:swin_t").run == (
        "permute, getitem, mul, transpose, matmul, add, cat, space_to_depth not compared one by one; both were run on"
        " the same random weights: the outputs agree, with the channels of space_to_depth in another order, which the"
        " weights after it follow"
    )
