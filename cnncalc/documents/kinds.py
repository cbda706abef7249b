"""`cnncalc layers --format json`: the kinds of layers."""

from __future__ import annotations

from cnncalc.documents.base import Document, Listing


class Field(Document):
    """A field of a kind."""

    name: str
    """its name"""
    meaning: str
    """what it says"""
    type: str
    """what it takes, in words"""
    required: bool
    """whether it must be given"""
    default: str | None
    """what it is otherwise"""


class Kind(Document):
    """A kind of layer."""

    kind: str
    """its name"""
    summary: str
    """what it does, in a line"""
    usage: str
    """how it is written in a chain"""
    synonyms: list[str]
    """what PyTorch, Keras and others call it"""
    formulas: dict[str, str]
    """rule, such as `params` → its formula"""
    fields: list[Field]
    """its fields, in order"""


class Kinds(Listing[Kind]):
    """Every kind of layer."""
