"""`cnncalc diff --format json`: what changed between two networks."""

from __future__ import annotations

from typing import Literal

from cnncalc.documents.base import Document, Number


class Field(Document):
    """A field of a layer that changed."""

    name: str
    """name of the field, or `kind`"""
    old: str | None
    """its value before; null where the layer had no such field"""
    new: str | None
    """its value now"""


class Change(Document):
    """A layer that changed."""

    status: Literal["added", "removed", "changed", "renamed", "follows"]
    """what happened to it; `follows` for a layer whose shape or numbers changed with those before it"""
    old_path: str | None
    """its path before"""
    new_path: str | None
    """its path now"""
    old: str | None
    """the layer before, as a step of a chain"""
    new: str | None
    """the layer now"""
    fields: list[Field]
    """the fields that changed"""
    old_output: str | None
    """its output before"""
    new_output: str | None
    """its output now"""
    old_params: Number | None
    """its params before"""
    new_params: Number | None
    """its params now"""
    old_macs: Number | None
    """its MACs before"""
    new_macs: Number | None
    """its MACs now"""


class Total(Document):
    """A number of both networks."""

    name: str
    """what it is: `params`, `macs`, `weight_layers`, `weight_bytes`, `activation_bytes`, `training_bytes` (the peak
    with one image and SGD), `receptive_field`"""
    old: Number | None
    """before"""
    new: Number | None
    """now"""


class Diff(Document):
    """What changed between two networks."""

    old: str
    """name of the old network"""
    new: str
    """name of the new network"""
    differs: bool
    """whether anything changed"""
    old_shapes: str
    """inputs and outputs before"""
    new_shapes: str
    """inputs and outputs now"""
    changes: list[Change]
    """the layers that changed"""
    totals: list[Total]
    """the numbers of both"""
