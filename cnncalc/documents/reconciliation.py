"""`cnncalc reconcile --format json`: what other counters print for a network, and why it differs."""

from __future__ import annotations

from cnncalc.documents.base import Document


class Term(Document):
    """A part of the difference from our number."""

    name: str
    """what is counted otherwise"""
    value: int
    """how much it adds, or takes away"""
    fault: bool
    """whether it is a fault of the counter, not a convention"""


class Count(Document):
    """A number that a counter prints."""

    counter: str
    """name of the counter"""
    title: str
    """what the counter is called"""
    version: str
    """the version whose rules these are"""
    quantity: str
    """`macs`, `flops`, `params`, …"""
    label: str
    """what the counter prints beside the number"""
    number: int | None
    """the number; null where it is not modelled"""
    printed: str
    """the number as the counter prints it"""
    ours: int
    """our number: MACs, twice that for FLOPs, or params"""
    terms: list[Term]
    """the terms whose sum is the difference"""
    not_modelled: str
    """why there is no number: the layer, and what no rule says of it"""


class Reconciliation(Document):
    """The numbers that counters print for one image."""

    name: str
    """what the network is called"""
    code: list[str]
    """how the network is written in PyTorch, where that is not `torch.nn`'s module of each layer"""
    macs: int
    """our MACs"""
    params: int
    """our params"""
    counts: list[Count]
    """the numbers, in the order of the counters"""
