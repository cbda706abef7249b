"""Files of numbers as tensors of PyTorch, and back."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from ctypes import string_at
from typing import Any

from cnncalc.values.files import Given, Numbers, read_numbers, wrong
from cnncalc.values.tensor import Tensor

TYPES = {
    "f2": "float16",
    "f4": "float32",
    "f8": "float64",
    "i1": "int8",
    "i2": "int16",
    "i4": "int32",
    "i8": "int64",
    "u1": "uint8",
    "b1": "bool",
}
"""NumPy's types that are read, and what PyTorch calls them."""


def read(torch: Any, given: Given, sizes: Sequence[int], what: str) -> Any:
    """Return numbers as a float64 tensor of those sizes; raises NoAnswer for what does not fit."""
    found = read_numbers(given, sizes, what)
    tensor = npy_tensor(torch, found) if found.kind else torch.tensor(found.rows, dtype=torch.float64)
    if not bool(tensor.isfinite().all()):
        raise wrong(f"{'<stdin>' if given == '-' else given} holds numbers that are not finite")
    return tensor.reshape(tuple(sizes)).to(torch.float64)


def npy_tensor(torch: Any, found: Numbers) -> Any:
    """Return what a .npy file holds as a tensor of its own type, large files without a Python object a number."""
    kind, sizes, data = found.kind, found.sizes, found.data
    if kind[0] == ">" or (kind[0] == "=" and sys.byteorder == "big"):
        data = _swapped(data, int(kind[2:]))
    tensor = torch.frombuffer(data, dtype=getattr(torch, TYPES[kind[1:]]))
    return tensor.reshape(sizes[::-1]).permute(*range(len(sizes))[::-1]) if found.by_columns else tensor.reshape(sizes)


def _swapped(data: bytearray, width: int) -> bytearray:
    """Turn the bytes of every number round."""
    swapped = bytearray(len(data))
    for byte in range(width):
        swapped[byte::width] = data[width - 1 - byte :: width]
    return swapped


def plain(tensor: Any) -> Tensor:
    """Return a tensor of PyTorch as plain numbers."""
    numbers = array("d")
    doubles = tensor.detach().cpu().double().contiguous()
    numbers.frombytes(string_at(doubles.data_ptr(), doubles.numel() * doubles.element_size()))
    return Tensor(tuple(tensor.shape), numbers)
