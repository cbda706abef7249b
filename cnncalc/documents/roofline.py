"""`cnncalc roofline --format json`: the least time of each layer on a device."""

from __future__ import annotations

from typing import Literal

from cnncalc.documents.base import Document


class Layer(Document):
    """One layer."""

    path: str
    """its path"""
    written: str
    """the layer as a step of a chain"""
    flops: int
    """floating-point operations, 2 per MAC"""
    bytes: int
    """bytes of inputs, weights and output, each once"""
    seconds_by_flops: float
    """the least time that the operations take"""
    seconds_by_bytes: float
    """the least time that the bytes take"""
    limit: Literal["compute", "memory"]
    """which of the two is longer"""


class Roofline(Document):
    """The least time of a forward pass."""

    name: str
    """what the network is called"""
    device: str
    """the device"""
    source: str
    """where its rates are printed"""
    batch: int
    """images at once"""
    dtype: str
    """type of the numbers"""
    flops_rate: float
    """FLOPs a second of products"""
    convolution_rate: float
    """FLOPs a second of convolutions, which use TF32 by default"""
    bandwidth: float
    """bytes a second of its memory"""
    seconds: float
    """the least time of all layers"""
    layers: list[Layer]
    """the layers that read and write memory"""
