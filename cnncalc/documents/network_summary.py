"""`cnncalc explain --format json` of a whole network: where its parameters, MACs and memory go."""

from __future__ import annotations

from cnncalc.documents.base import Document, Number


class Part(Document):
    """A part of a total."""

    name: str
    """the stage, or the kind of layer"""
    value: Number
    """how much of the total it has"""
    share: float | None
    """the same as a share of 1; null where a symbol is in it"""


class Account(Document):
    """One total and its parts."""

    name: str
    """what is counted"""
    unit: str
    """its unit; empty for a count"""
    total: Number
    """the sum"""
    stages: list[Part]
    """its parts by stage, in order"""
    kinds: list[Part]
    """its parts by kind of layer, the largest first"""
    most: str | None
    """path of the layer that has most of it"""


class NetworkSummary(Document):
    """Where the numbers of a network go."""

    name: str
    """what the network is called"""
    group: str
    """the item whose layers are summed up; empty for all"""
    accounts: list[Account]
    """params, MACs and memory"""
