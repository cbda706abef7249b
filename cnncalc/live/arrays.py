"""Files of numbers: CSV, text with blanks, and NumPy's .npy, read within bounds and never through pickle."""

from __future__ import annotations

import ast
import ctypes
import io
import math
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

from cnncalc.files import open_regular, reason_of
from cnncalc.numbers.arith import product
from cnncalc.problem import NoAnswer, Place, Problem, Source, quoted

MAGIC = b"\x93NUMPY"
HEADER_LIMIT = 10_000
BYTES_A_NUMBER, SPARE_BYTES = 64, 65_536
"""A text with more bytes than this for each number that is wanted is not read: it holds something else."""

NPY_TYPES = {
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

_WORD = re.compile(r"[^\s,;]+")


def read(torch: Any, file: str, wanted: Sequence[int], what: str) -> Any:
    """Return the numbers of a file, - for standard input, as a float64 tensor of the sizes `wanted`.

    `what` says what for, in messages.

    The sizes must be the same, those of 1 left out; a text may also hold the last size along a line and all others
    one line after the other. Raises NoAnswer.
    """
    try:
        with _opened(file, wanted) as stream:
            file = "<stdin>" if file == "-" else file
            start = stream.read(len(MAGIC))
            stream.seek(0)
            if start == MAGIC or file.endswith(".npy"):
                tensor = _npy(torch, stream, file, wanted, what)
            else:
                tensor = _text(torch, stream, file, wanted, what)
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise NoAnswer([Problem("E114", f"{quoted(file, 200)} cannot be read: {reason}")]) from None
    return tensor.reshape(tuple(wanted)).to(torch.float64)


def _opened(file: str, wanted: Sequence[int]) -> BinaryIO:
    """Open a file; of standard input, where one cannot go back, as much as may be needed is read."""
    return io.BytesIO(sys.stdin.buffer.read(_most(wanted) + 1)) if file == "-" else open_regular(file)


def _most(wanted: Sequence[int]) -> int:
    return BYTES_A_NUMBER * int(product(wanted)) + SPARE_BYTES


def _text(torch: Any, stream: BinaryIO, file: str, wanted: Sequence[int], what: str) -> Any:
    data = stream.read(_most(wanted) + 1)
    if len(data) > _most(wanted):
        size = len(data) if isinstance(stream, io.BytesIO) else os.fstat(stream.fileno()).st_size or len(data)
        raise _wrong(f"{file} has {size:,} bytes, too many for the {_sizes(wanted)} numbers of {what}")
    try:
        source = Source(file, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _wrong(f"{file} is neither text in UTF-8 nor .npy") from None
    rows: list[list[float]] = []
    for number, line in enumerate(source.text.splitlines(), start=1):
        row = [_number(source, number, word) for word in _WORD.finditer(line.partition("#")[0])]
        if row:
            rows.append(row)
            if len(row) != len(rows[0]):
                place = Place(source, number, 1, len(line))
                raise _wrong(f"this line has {len(row)} numbers, the first one {len(rows[0])}", place)
    if not rows:
        raise _wrong(f"{file} holds no numbers, {what} needs {_sizes(wanted)}")
    sizes = (len(rows), len(rows[0]))
    if not _fits(sizes, wanted) and sizes != (product(wanted[:-1]), wanted[-1]):
        raise _wrong_sizes(file, sizes, wanted, what)
    return torch.tensor(rows, dtype=torch.float64)


def _number(source: Source, line: int, word: re.Match[str]) -> float:
    try:
        number = float(word.group())
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in word.group():
        place = Place(source, line, word.start() + 1, len(word.group()))
        raise _wrong(f"{quoted(word.group())} is no number", place)
    return number


def _npy(torch: Any, stream: BinaryIO, file: str, wanted: Sequence[int], what: str) -> Any:
    """Read .npy as NumPy's own format description has it: magic, version, length of the header, header, numbers."""
    head = stream.read(8)
    if head[:6] != MAGIC or head[6:7] not in (b"\1", b"\2", b"\3"):
        raise _wrong(f"{file} is not in the .npy format")
    length = int.from_bytes(stream.read(2 if head[6] == 1 else 4), "little")
    if length > HEADER_LIMIT:
        raise _wrong(f"{file} has a header of {length:,} bytes, at most {HEADER_LIMIT:,} are read")
    try:
        header = ast.literal_eval(stream.read(length).decode("utf-8" if head[6] == 3 else "latin-1").strip())
        kind, sizes, by_columns = header["descr"], header["shape"], header["fortran_order"]
        whole = all(type(n) is int and n >= 0 for n in sizes)
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise _wrong(f"{file} has a .npy header that cannot be read") from None
    if isinstance(kind, str) and kind.endswith("O"):
        raise _wrong(
            f"{file} holds Python objects, which only pickle can read, and pickle runs code", hint="save numbers"
        )
    if not isinstance(kind, str) or kind[:1] not in "<>|=" or kind[1:] not in NPY_TYPES or not whole:
        raise _wrong(f"{file} holds {quoted(str(kind))}, not plain numbers")
    if not _fits(sizes, wanted):
        raise _wrong_sizes(file, sizes, wanted, what)
    bytes_ = product(sizes) * int(kind[2:])
    data = bytearray(stream.read(bytes_ + 1))
    if len(data) != bytes_:
        raise _wrong(f"{file} has {'more' if len(data) > bytes_ else 'fewer'} bytes than its header says")
    if kind[0] == ">" or (kind[0] == "=" and sys.byteorder == "big"):
        data = _swapped(data, int(kind[2:]))
    tensor = torch.frombuffer(data, dtype=getattr(torch, NPY_TYPES[kind[1:]]))
    tensor = tensor.reshape(sizes[::-1]).permute(*range(len(sizes))[::-1]) if by_columns else tensor.reshape(sizes)
    if not bool(tensor.isfinite().all()):
        raise _wrong(f"{file} holds numbers that are not finite")
    return tensor


def _swapped(data: bytearray, width: int) -> bytearray:
    """Turn the bytes of every number round."""
    swapped = bytearray(len(data))
    for byte in range(width):
        swapped[byte::width] = data[width - 1 - byte :: width]
    return swapped


def npy(torch: Any, tensor: Any) -> bytes:
    """Return a tensor as the bytes of a .npy file; bfloat16, which NumPy does not have, as float32."""
    tensor = tensor.detach().cpu().contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    kind = next(kind for kind, name in NPY_TYPES.items() if getattr(torch, name) == tensor.dtype)
    order = "<" if sys.byteorder == "little" else ">"
    header = f"{{'descr': '{order}{kind}', 'fortran_order': False, 'shape': {tuple(tensor.shape)!r}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"  # the numbers begin at a multiple of 64 bytes
    start = MAGIC + b"\1\0" + len(header).to_bytes(2, "little") + header.encode("latin-1")
    return start + ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size())


def nested(tensor: Any) -> Any:
    """Return a tensor as lists of numbers; what is no number as its text, which JSON has no other word for."""
    return _finite(tensor.double().tolist())


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return value if math.isfinite(value) else str(value)


def csv(tensor: Any) -> str:
    """Return a tensor as CSV: the last size along a line, all others one line after the other."""
    return "\n".join(",".join(map(text, line)) for line in tensor.reshape(-1, tensor.shape[-1]).tolist())


def table(tensor: Any, layout: str) -> str:
    """Print a tensor, sizes of 1 left out: a number a line, a line a row, or one plane below the other."""
    tensor = tensor.movedim(-1, 0) if layout == "hwc" and tensor.dim() > 2 else tensor
    tensor = tensor.squeeze()
    if tensor.dim() < 2:
        return "\n".join(map(text, tensor.reshape(-1).tolist()))
    planes = [[list(map(text, row)) for row in plane] for plane in tensor.reshape(-1, *tensor.shape[-2:]).tolist()]
    width = max(len(cell) for plane in planes for row in plane for cell in row)
    return "\n\n".join("\n".join(" ".join(cell.rjust(width) for cell in row) for row in plane) for plane in planes)


def text(number: float) -> str:
    """Write a number as briefly as its float32 allows: 6600, 0.1, -1.5e-07."""
    return f"{number:.9g}" if abs(number) < 1e16 else repr(number)


def _fits(sizes: Sequence[int], wanted: Sequence[int]) -> bool:
    return [n for n in sizes if n != 1] == [n for n in wanted if n != 1]


def _sizes(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes)) or "1"


def _wrong_sizes(file: str, sizes: Sequence[int], wanted: Sequence[int], what: str) -> NoAnswer:
    return _wrong(f"{file} holds {_sizes(sizes)} numbers, {what} needs {_sizes(wanted)}")


def _wrong(message: str, place: Place | None = None, hint: str | None = None) -> NoAnswer:
    return NoAnswer([Problem("E124", message, place, hint)])
