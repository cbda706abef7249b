"""`cnncalc sizes --format json`: the input sizes that a network works on."""

from __future__ import annotations

from pydantic import Field

from cnncalc.documents.base import Document


class Set(Document):
    """A set of whole numbers: intervals below `from`, residues of a modulus from there on."""

    text: str
    """the set in words: `32, 64, 96, … every 32`"""
    smallest: int | None
    """the smallest of them"""
    intervals: list[list[int]]
    """`[first, last]` of each run of numbers below `from`"""
    start: int | None = Field(alias="from")
    """from where on the residues repeat; null for a finite set"""
    modulus: int | None
    """the period"""
    residues: list[int]
    """the remainders by the modulus that are in the set"""


class Refusal(Document):
    """Sizes that do not work, and why."""

    sizes: str
    """which"""
    after: str
    """path of the layer before the one that refuses"""
    code: str
    """code of the problem"""
    message: str
    """the problem of the largest of them"""


class Dimension(Document):
    """The sizes of one dimension of the input."""

    side: str
    """which: `H`, `W`, `H = W`"""
    own: int | None
    """the size that the spec gives"""
    works: Set
    """sizes that the network can be built for"""
    without_heads: Set
    """the same without its side heads"""
    lossless: Set
    """sizes at which no stride leaves rows or columns over"""
    works_lossless: Set
    """those that work, of them"""
    without_heads_lossless: Set
    """those that work without heads, of them"""
    exact: bool
    """whether every size was judged"""
    refused: list[Refusal]
    """sizes that do not work"""
    nearest: list[int] = []
    """with `--near`: the working sizes nearest to it"""
    nearest_lossless: list[int] = []
    """with `--near`: those of them at which nothing is left over"""


class WorkingSizes(Document):
    """The sizes of each dimension."""

    name: str
    """what the network is called"""
    sides: list[Dimension]
    """its dimensions"""
