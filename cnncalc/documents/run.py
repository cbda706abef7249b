"""`cnncalc run --format json`: the numbers that come out of a network."""

from __future__ import annotations

from typing import Any, Literal

from cnncalc.documents.base import Document


class Output(Document):
    """One output."""

    shape: list[int]
    """its shape, in the order of `layout`"""
    numbers: list[Any]
    """its numbers, nested as deep as the shape is long; texts `nan`, `inf` and `-inf` where they are no numbers"""


class RunResult(Document):
    """What comes out."""

    name: str
    """what the network is called"""
    layout: Literal["hwc", "chw"]
    """order of the shapes"""
    dtype: str
    """type of the numbers"""
    seed: int
    """seed of what no file gives"""
    drawn: list[str]
    """learned tensors that no file gives, drawn at random"""
    initial: dict[str, float]
    """learned tensors that no file gave and that have their initial value → that value"""
    outputs: dict[str, Output]
    """name of each output → its numbers"""
