"""`cnncalc show weights.safetensors --format json`: the tensors of a file of weights."""

from __future__ import annotations

from typing import ClassVar

from cnncalc.documents.base import Document


class Tensor(Document):
    """One tensor."""

    name: str
    """its name in the file"""
    dtype: str
    """type of its numbers, as PyTorch names it"""
    shape: list[int]
    """its shape, as it is stored"""
    numbers: int
    """how many numbers it holds"""


class Tensors(Document):
    """The tensors of a file, and the networks of the library that have the same."""

    row_key: ClassVar[str | None] = "tensors"

    file: str
    """what was read"""
    numbers: int
    """how many numbers all of them hold; counters of batches are not counted"""
    bytes: int
    """how many bytes they take"""
    same: list[str]
    """networks that have these tensors by name and shape"""
    alike: list[str]
    """networks that have the same shapes under other names"""
    tensors: list[Tensor]
    """every tensor, in the order of the file"""
