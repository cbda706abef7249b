"""Files of numbers: CSV, text with blanks, and NumPy's .npy, read within bounds and never through pickle."""

from __future__ import annotations

import ast
import io
import math
import os
import re
import struct
import sys
from collections.abc import Sequence
from itertools import product as indices
from math import prod
from typing import Any, BinaryIO, NamedTuple, TypeAlias

from cnncalc.files import open_regular, reason_of
from cnncalc.problem import NoAnswer, Place, Problem, Source, quoted
from cnncalc.values.numbers import Number
from cnncalc.values.tensor import Tensor, same_sizes, sizes_text

MAGIC = b"\x93NUMPY"
HEADER_LIMIT = 10_000
BYTES_A_NUMBER, SPARE_BYTES = 64, 65_536
"""A text with more bytes than this for each number that is wanted is not read: it holds something else."""

NPY_TYPES = {"f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "b1": "?"}
"""NumPy's types that are read, and what `struct` calls them."""

STRUCT = {"float16": "e", "float32": "f", "float64": "d"}
"""Number types in which a result is rounded, and what `struct` calls them."""

_WORD = re.compile(r"[^\s,;]+")


Given: TypeAlias = Any
"""The path of a file of numbers, or the numbers: nested lists, an array, a tensor."""


class Numbers(NamedTuple):
    """What a file holds: sizes, and the rows of a text or the bytes of a .npy file."""

    sizes: tuple[int, ...]
    rows: list[list[float]]
    data: bytearray
    kind: str = ""  # <f4
    by_columns: bool = False


def read(given: Given, shape: Sequence[int], what: str) -> Tensor:
    """Return numbers as a tensor of the sizes `shape`; raises NoAnswer as `read_numbers` does."""
    found = read_numbers(given, shape, what)
    numbers = npy_numbers(found, str(given)) if found.kind else [number for row in found.rows for number in row]
    return Tensor(tuple(shape), list(map(_whole, numbers)))


def read_numbers(given: Given, shape: Sequence[int], what: str) -> Numbers:
    """Read a file, - for standard input, or numbers, that must have the sizes `shape`; `what` says what for.

    The sizes must be the same, those of 1 left out; a text may also hold the last size along a line and all others
    one line after the other. Raises NoAnswer.
    """
    if not isinstance(given, (str, os.PathLike)):
        return _listed(given, shape, what)
    file = os.fspath(given)
    try:
        with _opened(file, shape) as stream:
            file = "<stdin>" if file == "-" else file
            start = stream.read(len(MAGIC))
            stream.seek(0)
            if start == MAGIC or file.endswith(".npy"):
                return read_npy(stream, file, shape, what)
            return _text(stream, file, shape, what)
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise NoAnswer([Problem("E114", f"{quoted(file, 200)} cannot be read: {reason}")]) from None


def _listed(given: Any, shape: Sequence[int], what: str) -> Numbers:
    """Take nested lists, or what has them to give: an array, a tensor."""
    values = given.tolist() if hasattr(given, "tolist") else given
    sizes: list[int] = []
    level = [values]
    while level and all(isinstance(value, (list, tuple)) for value in level):
        if len(lengths := {len(value) for value in level}) != 1:
            raise wrong(f"the numbers for {what} are lists of several lengths: {', '.join(map(str, sorted(lengths)))}")
        sizes += lengths
        level = [value for row in level for value in row]
    for value in level:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise wrong(f"{quoted(str(value))} among those for {what} is no number")
    if not same_sizes(sizes, shape):
        raise _wrong_sizes("what is given", sizes, shape, what)
    return Numbers(tuple(sizes), [list(map(float, level))], bytearray())


def _opened(file: str, shape: Sequence[int]) -> BinaryIO:
    """Open a file; of standard input, where one cannot go back, as much as may be needed is read."""
    return io.BytesIO(sys.stdin.buffer.read(_most(shape) + 1)) if file == "-" else open_regular(file)


def _most(shape: Sequence[int]) -> int:
    return BYTES_A_NUMBER * prod(shape) + SPARE_BYTES


def _text(stream: BinaryIO, file: str, shape: Sequence[int], what: str) -> Numbers:
    data = stream.read(_most(shape) + 1)
    if len(data) > _most(shape):
        size = len(data) if isinstance(stream, io.BytesIO) else os.fstat(stream.fileno()).st_size or len(data)
        raise wrong(f"{file} has {size:,} bytes, too many for the {sizes_text(shape)} numbers of {what}")
    try:
        source = Source(file, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise wrong(f"{file} is neither text in UTF-8 nor .npy") from None
    rows: list[list[float]] = []
    for number, line in enumerate(source.text.splitlines(), start=1):
        row = [_number(source, number, word) for word in _WORD.finditer(line.partition("#")[0])]
        if row:
            rows.append(row)
            if len(row) != len(rows[0]):
                place = Place(source, number, 1, len(line))
                raise wrong(f"this line has {len(row)} numbers, the first one {len(rows[0])}", place)
    if not rows:
        raise wrong(f"{file} holds no numbers, {what} needs {sizes_text(shape)}")
    sizes = (len(rows), len(rows[0]))
    if not same_sizes(sizes, shape) and sizes != (prod(shape[:-1]), shape[-1]):
        raise _wrong_sizes(file, sizes, shape, what)
    return Numbers(sizes, rows, bytearray())


def _number(source: Source, line: int, word: re.Match[str]) -> float:
    try:
        number = float(word.group())
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in word.group():
        place = Place(source, line, word.start() + 1, len(word.group()))
        raise wrong(f"{quoted(word.group())} is no number", place)
    return number


def read_npy(stream: BinaryIO, file: str, shape: Sequence[int], what: str) -> Numbers:
    """Read .npy as NumPy's own format description has it: magic, version, length of the header, header, numbers."""
    head = stream.read(8)
    if head[:6] != MAGIC or head[6:7] not in (b"\1", b"\2", b"\3"):
        raise wrong(f"{file} is not in the .npy format")
    length = int.from_bytes(stream.read(2 if head[6] == 1 else 4), "little")
    if length > HEADER_LIMIT:
        raise wrong(f"{file} has a header of {length:,} bytes, at most {HEADER_LIMIT:,} are read")
    try:
        header = ast.literal_eval(stream.read(length).decode("utf-8" if head[6] == 3 else "latin-1").strip())
        kind, sizes, by_columns = header["descr"], header["shape"], header["fortran_order"]
        whole = all(type(n) is int and n >= 0 for n in sizes)
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise wrong(f"{file} has a .npy header that cannot be read") from None
    if isinstance(kind, str) and kind.endswith("O"):
        raise wrong(
            f"{file} holds Python objects, which only pickle can read, and pickle runs code", hint="save numbers"
        )
    if not isinstance(kind, str) or kind[:1] not in "<>|=" or kind[1:] not in NPY_TYPES or not whole:
        raise wrong(f"{file} holds {quoted(str(kind))}, not plain numbers")
    if not same_sizes(sizes, shape):
        raise _wrong_sizes(file, sizes, shape, what)
    bytes_ = prod(sizes) * int(kind[2:])
    data = bytearray(stream.read(bytes_ + 1))
    if len(data) != bytes_:
        raise wrong(f"{file} has {'more' if len(data) > bytes_ else 'fewer'} bytes than its header says")
    return Numbers(tuple(sizes), [], data, kind, bool(by_columns))


def npy_numbers(found: Numbers, file: str) -> list[float]:
    """Return the numbers of a .npy file with the last index fastest; raises NoAnswer where one is not finite."""
    order = {"<": "<", ">": ">"}.get(found.kind[0], "=")
    count = prod(found.sizes)
    numbers = list(struct.unpack(f"{order}{count}{NPY_TYPES[found.kind[1:]]}", found.data))
    if not all(map(math.isfinite, numbers)):
        raise wrong(f"{file} holds numbers that are not finite")
    if found.by_columns:
        turned = Tensor(found.sizes[::-1], numbers)
        numbers = [float(turned[at[::-1]]) for at in indices(*map(range, found.sizes))]
    return numbers


def _whole(number: float) -> Number:
    """Return an int for a whole number, whose sums and products are exact."""
    return int(number) if float(number).is_integer() else number


def rounded(tensor: Tensor, dtype: str) -> Tensor:
    """Return a tensor with its numbers as floats of a type; what is too large for it becomes infinite."""
    return Tensor(tensor.sizes, [_rounded(float(number), STRUCT[dtype]) for number in tensor.numbers])


def _rounded(number: float, letter: str) -> float:
    try:
        packed: float = struct.unpack(letter, struct.pack(letter, number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return packed


def npy(tensor: Tensor, dtype: str) -> bytes:
    """Return a tensor as the bytes of a .npy file; bfloat16, which NumPy does not have, as float32."""
    letter = STRUCT.get(dtype, "f")
    kind = next(kind for kind, name in NPY_TYPES.items() if name == letter)
    header = f"{{'descr': '<{kind}', 'fortran_order': False, 'shape': {tuple(tensor.sizes)!r}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"  # the numbers begin at a multiple of 64 bytes
    start = MAGIC + b"\1\0" + len(header).to_bytes(2, "little") + header.encode("latin-1")
    return start + struct.pack(f"<{len(tensor)}{letter}", *tensor.numbers)


def json_numbers(tensor: Tensor) -> Any:
    """Return a tensor as lists of numbers; what is no number as its text, which JSON has no other word for."""
    return tensor.nested(lambda number: number if math.isfinite(number) else str(number))


def csv(tensor: Tensor) -> str:
    """Return a tensor as CSV: the last size along a line, all others one line after the other."""
    width = tensor.sizes[-1]
    words = list(map(text, tensor.numbers))
    return "\n".join(",".join(words[at : at + width]) for at in range(0, len(words), width))


def table(tensor: Tensor, layout: str) -> str:
    """Print a tensor, sizes of 1 left out: a number a line, a line a row, or one plane below the other."""
    tensor = tensor.channels_first() if layout == "hwc" and len(tensor.sizes) > 2 else tensor
    tensor = tensor.squeezed()
    words = list(map(text, tensor.numbers))
    if len(tensor.sizes) < 2:
        return "\n".join(words)
    width, (rows, columns) = max(map(len, words)), tensor.sizes[-2:]
    lines = [" ".join(word.rjust(width) for word in words[at : at + columns]) for at in range(0, len(words), columns)]
    return "\n\n".join("\n".join(lines[at : at + rows]) for at in range(0, len(lines), rows))


def text(number: Number) -> str:
    """Write a number as briefly as its float32 allows: 6600, 0.1, -1.5e-07."""
    number = float(number)
    return f"{number:.9g}" if abs(number) < 1e16 else repr(number)


def _wrong_sizes(file: str, sizes: Sequence[int], shape: Sequence[int], what: str) -> NoAnswer:
    return wrong(f"{file} holds {sizes_text(sizes)} numbers, {what} needs {sizes_text(shape)}")


def wrong(message: str, place: Place | None = None, hint: str | None = None) -> NoAnswer:
    return NoAnswer([Problem("E124", message, place, hint)])
