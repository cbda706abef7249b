"""Files of weights: the names, types and shapes of their tensors; no value is read and no code of a file is run."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple

from cnncalc.files import open_regular, reason_of
from cnncalc.library import NotFound
from cnncalc.problem import NoAnswer, Problem, quoted

LONGEST_HEADER = 8_000_000
"""Bytes of a header that are read; a network of 10,000 tensors has one million."""

MOST_DIMENSIONS = 64
"""Dimensions of a tensor: more than PyTorch has."""

LARGEST_OLD = 1 << 30
"""Bytes of a file in PyTorch's format before 1.6 that is read: all of it is read then."""

BYTES = {
    **dict.fromkeys(("F64", "I64", "U64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "I8", "U8", "BOOL"), 1),
}
"""Bytes of a number of each type of safetensors."""

NAMES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "BOOL": "bool",
    **{
        f"{letter}{bits}": f"{word}{bits}" for letter, word in (("I", "int"), ("U", "uint")) for bits in (8, 16, 32, 64)
    },
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}

NESTED = ("state_dict", "model_state_dict", "model", "ema", "params", "net", "network", "weights")
"""Keys under which training scripts keep the tensors."""


class Tensor(NamedTuple):
    """One tensor of a file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int

    @property
    def numbers(self) -> int:
        count = 1
        for size in self.shape:
            count *= size
        return count


def read_tensors(path: str) -> list[Tensor]:
    """Return the tensors of a file, in its order. Raises NotFound for what cannot be read, NoAnswer without PyTorch."""
    try:
        with open_regular(path) as file:
            head = file.read(16)
            size = os.fstat(file.fileno()).st_size
            if head[8:9] == b"{" or path.lower().endswith(".safetensors"):
                return _of_safetensors(path, file, head, size)
    except (OSError, ValueError) as error:
        raise _unread(path, f"cannot be read: {reason_of(error)}") from None
    return _of_torch(path, head, size)


def _unread(path: str, why: str, hint: str | None = None) -> NotFound:
    return NotFound([Problem("E114", f"{quoted(path, 200)} {why}", None, hint)])


def _of_safetensors(path: str, file: BinaryIO, head: bytes, size: int) -> list[Tensor]:
    if size < 8:
        raise _unread(path, f"is cut off: it has {size} bytes, and its header begins at 8")
    (length,) = struct.unpack("<Q", head[:8])
    if length > LONGEST_HEADER:
        raise _unread(path, f"has a header of {length:,} bytes, more than the {LONGEST_HEADER:,} that are read")
    if 8 + length > size:
        raise _unread(path, f"is cut off: its header ends at {8 + length:,} of {size:,} bytes")
    file.seek(8)
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError):
        raise _unread(path, "has a header that is no JSON") from None
    if not isinstance(header, dict):
        raise _unread(path, "has a header that is no object")
    found, room = [], size - 8 - length
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        tensor = _entry(name, entry)
        if tensor is None:
            raise _unread(path, f"has no type, shape and place of the tensor {quoted(name)} that fit each other")
        if entry["data_offsets"][1] > room:
            end = 8 + length + entry["data_offsets"][1]
            raise _unread(path, f"is cut off: {quoted(name)} ends at {end:,} of {size:,} bytes")
        found.append(tensor)
    return found


def _entry(name: str, entry: Any) -> Tensor | None:
    """Return a tensor of a header; None where its type, shape and place do not fit each other."""
    if not isinstance(entry, dict):
        return None
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if dtype not in BYTES or not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        return None
    if len(shape) > MOST_DIMENSIONS or any(type(number) is not int or number < 0 for number in (*shape, *offsets)):
        return None
    tensor = Tensor(name, NAMES[dtype], tuple(shape), offsets[1] - offsets[0])
    return tensor if tensor.bytes == tensor.numbers * BYTES[dtype] else None


def _of_torch(path: str, head: bytes, size: int) -> list[Tensor]:
    """Return the tensors of a file that PyTorch wrote; only tensors and plain data are read from it."""
    is_zip = head.startswith(b"PK\x03\x04")
    if is_zip:
        _refuse_zip(path)
    elif not head.startswith(b"\x80"):
        raise _unread(path, "begins as no file of weights does" if size else "is empty")
    elif size > LARGEST_OLD:
        raise _unread(path, f"has {size:,} bytes in PyTorch's old format, more than the {LARGEST_OLD:,} that are read")
    try:
        import torch
    except ImportError:
        problem = Problem("E121", "weights of PyTorch need the package torch", None, "pip install torch")
        raise NoAnswer([problem]) from None
    import pickle

    try:
        found = torch.load(path, map_location="meta", weights_only=True, mmap=True if is_zip else None)
    except pickle.UnpicklingError:
        why = "holds more than tensors and plain data, and nothing of it is run"
        raise _unread(path, why, "save model.state_dict(), or safetensors") from None
    except (
        *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, NotImplementedError, OSError),
        *(RecursionError, RuntimeError, TypeError, ValueError),
    ) as error:
        reason = str(error).partition("\n")[0][:100]
        raise _unread(path, f"cannot be read as weights of PyTorch: {reason}") from None
    state = state_of(found, torch.Tensor)
    if not state:
        raise _unread(path, "holds no tensors")
    return [
        Tensor(name, str(value.dtype).removeprefix("torch."), tuple(value.shape), value.numel() * value.element_size())
        for name, value in state.items()
    ]


def _refuse_zip(path: str) -> None:
    """Refuse an archive that PyTorch did not write, or one that holds a program; raises NotFound."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, EOFError, struct.error):
        raise _unread(path, "is cut off: the directory at the end of its archive is missing") from None
    names = [PurePosixPath(entry.filename) for entry in entries]
    if any(name.parts[1:2] == ("code",) for name in names):
        raise _unread(path, "is a program of TorchScript, and no weights: its code is not run")
    pickled = [entry for entry, name in zip(entries, names, strict=True) if name.name == "data.pkl"]
    if not pickled:
        raise _unread(path, "is an archive without data.pkl, which weights of PyTorch have")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise _unread(path, "is a compressed archive, which PyTorch does not write")
    if pickled[0].file_size > 4 * LONGEST_HEADER:
        raise _unread(path, f"describes its tensors in {pickled[0].file_size:,} bytes, more than are read")


def state_of(found: Any, kind: type[Any]) -> dict[str, Any]:
    """Return the tensors of what was loaded: those of the dictionary itself, or of one that it holds."""
    if not isinstance(found, Mapping):
        return {}
    own = {str(name): value for name, value in found.items() if isinstance(value, kind)}
    if not own:
        return next(filter(None, (state_of(found[key], kind) for key in NESTED if found.get(key) is not found)), {})
    return own
