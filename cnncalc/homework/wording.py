"""How values and calculations are written for students."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cnncalc.homework.model import Conventions, Part, Value
from cnncalc.numbers.notation import TEXT
from cnncalc.numbers.symbolic import Expression, write
from cnncalc.numbers.traced import Traced, value_of
from cnncalc.render.formula import PLAIN, steps
from cnncalc.render.numbers import decimal
from cnncalc.shape import Shape
from cnncalc.values.tensor import Tensor

LARGE_BYTES = {"KB": 1, "MB": 2, "GB": 3, "KiB": 1, "MiB": 2, "GiB": 3}
"""Units in which a number of bytes can be asked for, and the power that each is of 1000 or 1024."""


USUAL = Conventions()


def bytes_of(unit: str, megabyte: int) -> int:
    """Return how many bytes a unit is; 1 for what is none."""
    power: int = (1024 if "i" in unit else megabyte) ** LARGE_BYTES.get(unit, 0)
    return power


def shown(value: Value, form: str = "number", unit: str = "", conventions: Conventions = USUAL) -> str:
    """Write a value as people write answers: volumes in the course's order, bytes in the unit that is asked for."""
    if form == "number" and unit in LARGE_BYTES:
        value = Fraction(value) / bytes_of(unit, conventions.megabyte)
    match form:
        case "volume":
            return volume(value, conventions) if value.sides else number(value.channels)
        case "sides":
            return Shape(value[:-1], value[-1]).text() if len(value) > 1 else str(value[0])
        case "pad":
            return _pads(value)
        case "tensor":
            return tensor(value)
        case "choice":
            return ", ".join(sorted(value))
        case "unknowns":
            return " ".join(f"{name}={number}" for name, number in value.items())
        case _:
            return f"{number(value)}{' ' if unit and unit != '%' else ''}{'' if unit == 'B' else unit}".rstrip()


def shown_of(part: Part, value: Value) -> str:
    """Write a value as an answer to a part."""
    return shown(value, part.form, part.unit, part.conventions)


def tensor(value: Tensor) -> str:
    """Write a tensor as nested lists, sizes of 1 left out: [[1, 2], [3, 4]]."""

    def listed(rows: Any) -> str:
        return f"[{', '.join(map(listed, rows))}]" if isinstance(rows, list) else number(rows)

    return listed(value.squeezed().nested())


def volume(shape: Shape, conventions: Conventions) -> str:
    """Write a volume in the order of the course; channels last where either is taken."""
    return shape.text("chw" if conventions.order == "chw" else "hwc")


def number(value: Any) -> str:
    """Write a number: every digit of a count, four significant digits of a fraction, 9C² of a formula."""
    if isinstance(value, Expression):
        return write(value, TEXT)
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if isinstance(value, (Fraction, float)):
        return _decimals(value).replace("-", "−")
    return str(value)


def _decimals(value: Any) -> str:
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return number(int(value))
        exact = f"{float(value):,.6f}".rstrip("0")
        if Fraction(exact.replace(",", "")) == value:
            return exact
    if abs(value) >= 1000:
        return f"{float(value):,.1f}"
    return decimal(float(value))


def _pads(pads: tuple[tuple[int, int], ...]) -> str:
    each = [
        str(before) if before == after else f"{before} before, {after} after"
        for before, after in (pads if isinstance(pads[0], tuple) else (pads,))
    ]
    return each[0] if len(each) == 1 else " · ".join(each)


def with_numbers(part: Any) -> str:
    """Write a calculation with its numbers put in: 5·5·3·100 + 100."""
    if not isinstance(part, Traced):
        return number(part)
    texts = steps(part, PLAIN)
    return texts[1] if len(texts) > 1 else texts[0]


def worked(part: Any) -> str:
    """Write a calculation with numbers, its steps and its result: 5·5·3·100 + 100 = 7,500 + 100 = 7,600."""
    if not isinstance(part, Traced):
        return number(part)
    texts = steps(part, PLAIN)
    return " = ".join(texts[1:] if len(texts) > 1 else texts)


SIDE_NAMES = {2: ("height", "width"), 3: ("depth", "height", "width")}


def working(found: Any, form: str, names: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the lines of a calculation; `names` are those of several numbers, else height and width."""
    if isinstance(found, Shape):
        yield from working(found.sides, "sides")
        channels = value_of(found.channels)
        if isinstance(found.channels, Traced) and found.channels.op != "leaf":
            yield f"{worked(found.channels)} {'channels' if found.sides else 'values'}"
        elif found.sides:
            yield f"{number(channels)} channel{'' if channels == 1 else 's'}"
    elif form == "sides":
        texts = [worked(side) for side in found]
        if len(set(texts)) == 1 and len(texts) > 1:
            yield f"each side: {texts[0]}"
        else:
            names = names or SIDE_NAMES.get(len(texts), ("side",) * len(texts))
            yield from (f"{name}: {text}" for name, text in zip(names, texts, strict=True))
    elif isinstance(found, Traced):
        yield worked(found)
