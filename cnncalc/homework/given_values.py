"""The numbers of a key, `values:`: nested lists or lines of text to tensors, each problem with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from cnncalc.homework.key_reader import Reading
from cnncalc.problem import quoted
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar
from cnncalc.values.numbers import Number, exact
from cnncalc.values.tensor import Tensor

MOST_NUMBERS = 1_000
"""Numbers of one tensor in a key."""

NUMBER = re.compile(r"(?P<sign>[-+−]?)(?P<digits>\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})(?:/(?P<by>[1-9]\d{0,8}))?", re.ASCII)
"""A number of a tensor: 3, -0.25, 1/3."""

_WORD = re.compile(r"[^\s,;|]+")
_DEEPEST = 5


def number_of(word: str) -> Number | None:
    """Return the exact number that a word is, None where it is none of at most nine digits."""
    found = NUMBER.fullmatch(word)
    if not found:
        return None
    value = Fraction(found["digits"]) / int(found["by"] or 1)
    return exact(-value if found["sign"] in ("-", "−") and found["sign"] else value)


class _Refused(Exception):  # noqa: N818  # a problem has been reported
    """What is no tensor."""


def read_tensor(reader: Reading, node: Tree, name: str) -> Tensor | None:
    """Read the numbers of a tensor; None after a problem."""
    try:
        return _tensor(reader, node, name)
    except _Refused:
        return None


def _tensor(reader: Reading, node: Tree, name: str) -> Tensor:
    sizes, numbers = _read(reader, node, name, 0)
    return Tensor(sizes, tuple(numbers))


def _refuse(reader: Reading, node: Tree, message: str, hint: str | None = None, code: str = "E124") -> _Refused:
    reader.problem(code, message, node.place(), hint)
    return _Refused()


def _read(reader: Reading, node: Tree, name: str, depth: int) -> tuple[tuple[int, ...], list[Number]]:
    if depth > _DEEPEST:
        raise _refuse(reader, node, f"{name}: lists are nested deeper than {_DEEPEST}", code="E112")
    if isinstance(node, Pairs):
        raise _refuse(reader, node, f"{name} is a list of numbers", "as in [[1, 2], [3, 4]]")
    if isinstance(node, Scalar):
        return _text(reader, node, name, depth)
    parts = []
    count = 0
    for item in node.items:
        parts.append(_read(reader, item, name, depth + 1))
        count += len(parts[-1][1])
        if count > MOST_NUMBERS:
            raise _refuse(reader, node, f"{name} has more than the {MOST_NUMBERS:,} numbers that are read", code="E112")
        if parts[-1][0] != parts[0][0]:
            one, other = (_count(sizes) for sizes in (parts[-1][0], parts[0][0]))
            raise _refuse(reader, item, f"{name}: this row has {one}, the first one {other}")
    if not parts:
        raise _refuse(reader, node, f"{name} holds no numbers", "as in [[1, 2], [3, 4]]")
    return (len(parts), *parts[0][0]), [number for _, numbers in parts for number in numbers]


def _count(sizes: tuple[int, ...]) -> str:
    if not sizes:
        return "no brackets"
    return f"{sizes[0]} number{'' if sizes[0] == 1 else 's'}" if len(sizes) == 1 else f"{sizes[0]} rows"


def _text(reader: Reading, node: Scalar, name: str, depth: int) -> tuple[tuple[int, ...], list[Number]]:
    """Read a number, or at the top a text: numbers along a line, rows line by line, planes apart by empty lines."""
    text = node.text
    words = list(_WORD.finditer(text))
    if len(words) == 1 and (depth or "\n" not in text.strip()):
        return (), [_number(reader, node, words[0], name)]
    if depth or not words:
        raise _refuse(reader, node, f"{name}: {quoted(text.strip())} is no number", "as in 3, -0.25 or 1/3")
    if len(words) > MOST_NUMBERS:
        raise _refuse(reader, node, f"{name} has more than the {MOST_NUMBERS:,} numbers that are read", code="E112")
    planes: list[list[list[Number]]] = [[]]
    for row in _rows(text):
        if not row and planes[-1]:
            planes.append([])
        elif row:
            planes[-1].append([_number(reader, node, word, name) for word in row])
    planes = [plane for plane in planes if plane]
    first = planes[0][0]
    for plane in planes:
        for line in plane:
            if len(line) != len(first):
                message = f"{name}: a row has {_count((len(line),))}, the first one {_count((len(first),))}"
                raise _refuse(reader, node, message)
        if len(plane) != len(planes[0]):
            message = f"{name}: a plane has {len(plane)} rows, the first one {len(planes[0])}"
            raise _refuse(reader, node, message)
    sizes = (len(planes), len(planes[0]), len(first))
    numbers = [number for plane in planes for row in plane for number in row]
    return sizes[1:] if len(planes) == 1 else sizes, numbers


def _rows(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield the words of each line; a semicolon ends a line, too."""
    start = 0
    for end in [*(found.start() for found in re.finditer("[\n;]", text)), len(text)]:
        yield list(_WORD.finditer(text, start, end))
        start = end + 1


def _number(reader: Reading, node: Scalar, word: re.Match[str], name: str) -> Number:
    number = number_of(word.group())
    if number is None:
        message = f"{name}: {quoted(word.group())} is no number of at most nine digits"
        reader.problem("E124", message, node.place(word.start(), len(word.group())), "as in 3, -0.25 or 1/3")
        raise _Refused
    return number
