"""Receptive fields of the library against published ones (tests/data/receptive_fields.csv names each source)."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

import cnncalc
from cnncalc.network.receptive import Field
from cnncalc.network.report import Report

with (Path(__file__).parent / "data" / "receptive_fields.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))

# TF-slim's resnet_v1_50 is another network than He et al.'s and torchvision's: it strides in the last unit of a block,
# not in the first, and not at all in the fourth; so its block1 already has jump 8 and sees as much as conv2. Where it
# strides it pads alike on both sides whatever the input, except in pool1, where `same` depends on the size.
SLIM_RESNET = """
name: resnet_v1_50
input: 224x224x3
blocks:
  unit w stride=1:
    - add:
        body: conv w 1x1 -> relu -> conv w 3x3 stride=stride pad=1 -> relu -> conv 4*w 1x1
        skip:
          - if: channels != 4*w
            then: conv 4*w 1x1 stride=stride
            else: maxpool 1x1 stride=stride
    - relu
  block n w stride: (n-1) * unit w -> 1 * unit w stride
layers:
  - conv1: conv 64 7x7 stride=2 pad=3 -> relu
  - pool1: maxpool 3x3 stride=2 pad=same
  - block1: block 3 64 2
  - block2: block 4 128 2
  - block3: block 6 256 2
  - block4: block 3 512 1
"""

FCN = {"FCN-AlexNet": "fcn_alexnet", "FCN-VGG16": "fcn_vgg16", "FCN-GoogLeNet": "fcn_googlenet"}
NETWORKS = {"alexnet_v2": "alexnet", "vgg_16": "vgg16", **FCN}
"""What TF-slim and the paper on FCN call networks of the library."""

STAGES = {"maxpool": "pool1", "layer1": "conv2", "layer2": "conv3", "layer3": "conv4", "layer4": "conv5"}
"""torchvision's names of resnet's stages, and the paper's."""


@cache
def report(name: str, resolution: str = "") -> Report:
    shape = f"{resolution}x{resolution}x3" if resolution else None
    if name == "resnet_v1_50":
        return cnncalc.load("-", input=shape, stdin=SLIM_RESNET.encode).report()
    return cnncalc.load(NETWORKS.get(name, name), input=shape).report()


def path_of(name: str, end_point: str) -> str:
    """Return our path of a published end point."""
    if name in FCN:
        return "score"
    if name == "vgg_16":
        return re.sub(r"conv(\d)/conv\d_(\d)", r"group\1.\2", end_point)
    return STAGES.get(end_point, end_point) if name.startswith("resnet") else end_point


def field(found: Report, path: str) -> tuple[Field, ...]:
    """Return the receptive field of the last layer at or below a path."""
    inside = [
        seen
        for row, seen in zip(found.rows, found.receptive, strict=True)
        if row.path == path or row.path.startswith(f"{path}.")
    ]
    return inside[-1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['network']}-{row['resolution']}-{row['end_point']}")
def test_published_receptive_field(row: dict[str, str]) -> None:
    found = report(row["network"], row["resolution"])
    height, width = field(found, path_of(row["network"], row["end_point"]))
    assert height == width
    assert height.size == int(row["size"]), row["source"]
    assert height.jump == int(row["jump"]), row["source"]
    if row["padding"]:
        assert height.padding == int(row["padding"]), row["source"]


def test_a_global_layer_sees_everything() -> None:
    found = report("resnet50")
    assert field(found, "conv5")[0].size == 427
    assert {seen.size for seen in field(found, "pool5")} == {224}
    assert {seen.size for seen in field(found, "fc")} == {224}


def test_strides_on_the_1x1_see_more() -> None:
    """The paper's ResNet-50 strides before its 3x3 windows, whose cells then lie further apart."""
    assert field(report("resnet50_paper"), "conv5")[0].size == 483
    assert field(report("resnet50"), "conv5")[0].size == 427
