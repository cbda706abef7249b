"""The input sizes that a network works on, as tables and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from cnncalc.algebra.sizes import Refusal, Sizes, WorkingSizes
from cnncalc.numbers.periodic import Numbers
from cnncalc.render.ranges import first_of, ranges
from cnncalc.render.table import BOLD, CYAN, DIM, Column, Data, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents import sizes as documents

EXAMPLES = 5

LABEL = 13
"""The room of what is said of sizes, the same under every dimension."""

STYLES = {"works": {1: BOLD}}


def tables(found: WorkingSizes) -> Iterator[Table]:
    """Yield a table for each dimension, or for all that are alike: which sizes work, and what refuses the others."""
    shapes = found.network.input_shapes()
    entering = ", ".join(str(shape) if len(shapes) == 1 else f"{name} {shape}" for name, shape in shapes.items())
    yield Table(f"{found.network.title or found.network.name}, input {entering}")
    at = {"": "", "as it is": " (the other dimensions as they are)"}
    for sizes in found:
        yield Table(
            f"{sizes.name}{at.get(sizes.others, f' (the other dimensions {sizes.others})')}",
            (Column("", style=CYAN), Column("sizes", breaks=" ")),
            [
                Row((name.ljust(LABEL), answer), styles=STYLES.get(name, {}))
                for name, answer in _answers(sizes, found.near)
            ],
            level=2,
            ruled=False,
            headed=False,
            indent=2,
            data=partial(_data, sizes, found.near),
        )
        if sizes.refusals:
            yield Table(
                "refused",
                (Column("sizes", breaks=" "), Column("by", breaks=" ", style=DIM)),
                [Row((ranges(refusal.sizes), _reason(refusal))) for refusal in sizes.refusals],
                level=3,
                ruled=False,
                headed=False,
                indent=4,
            )


def _data(sizes: Sizes, near: int | None) -> Data:
    answers = [(sizes.name, name, answer, "") for name, answer in _answers(sizes, near)]
    refused = [(sizes.name, "refused", ranges(refusal.sizes), _reason(refusal)) for refusal in sizes.refusals]
    return ("dimension", "answer", "sizes", "reason"), [*answers, *refused]


def _answers(sizes: Sizes, near: int | None) -> Iterator[tuple[str, str]]:
    """Yield the lines about the sizes that work."""
    yield "works", ranges(sizes.works)
    if sizes.works:
        yield "smallest", f"{sizes.works.least:,}"
    if sizes.without_heads != sizes.works:
        yield "without heads", ranges(sizes.without_heads)
    heads = "without heads, " if sizes.heads else ""
    yield "no remainder", f"{heads}{ranges(sizes.lossless)}{_working(sizes)}"
    if near is not None:
        whole = (sizes.works & sizes.lossless).nearest(near)
        lossless = f"; with no remainder {_either(whole)}" if whole else ""
        yield f"nearest {near:,}", f"{_either(sizes.nearest(near)) or 'none'}{lossless}"
    if sizes.unknown:
        yield "not judged", ranges(sizes.unknown)


def _working(sizes: Sizes) -> str:
    """Say which of the lossless sizes work, where not all do."""
    both = sizes.works & sizes.lossless
    if not sizes.lossless or not sizes.lossless - sizes.works:
        return ""
    if not both:
        return "; none of them works"
    examples = first_of(both, EXAMPLES + 1)
    if both.finite and len(examples) <= EXAMPLES:
        return f"; working: {', '.join(f'{n:,}' for n in examples)}"
    return f"; working: {ranges(both)}"


def _either(numbers: list[int]) -> str:
    return " or ".join(f"{n:,}" for n in numbers)


def _reason(refusal: Refusal) -> str:
    problem = refusal.problem
    if problem.code == "E211":
        return f"{refusal.after}: {problem.message}"
    return f"after {refusal.after}: {problem.name}: {problem.message}" if refusal.after else problem.message


def document(found: WorkingSizes) -> documents.WorkingSizes:
    """Return the sizes as a document."""
    from cnncalc.documents.sizes import WorkingSizes

    return WorkingSizes.model_validate(
        {"name": found.network.name, "sides": [_side(sizes, found.near) for sizes in found]}
    )


def _side(sizes: Sizes, near: int | None) -> dict[str, object]:
    side: dict[str, object] = {
        "side": sizes.name,
        "own": sizes.own,
        "works": _set(sizes.works),
        "without_heads": _set(sizes.without_heads),
        "lossless": _set(sizes.lossless),
        "works_lossless": _set(sizes.works & sizes.lossless),
        "without_heads_lossless": _set(sizes.without_heads & sizes.lossless),
        "exact": not sizes.unknown,
        "refused": [
            {
                "sizes": ranges(refusal.sizes),
                "after": refusal.after,
                "code": refusal.problem.code,
                "message": refusal.problem.message,
            }
            for refusal in sizes.refusals
        ],
    }
    if near is not None:
        side["nearest"] = sizes.nearest(near)
        side["nearest_lossless"] = (sizes.works & sizes.lossless).nearest(near)
    return side


def _set(numbers: Numbers) -> dict[str, object]:
    numbers = numbers.simplest()
    residues = [(numbers.start + i) % numbers.period for i in range(numbers.period) if numbers.tail >> i & 1]
    return {
        "text": ranges(numbers),
        "smallest": numbers.least if numbers else None,
        "intervals": [list(pair) for pair in numbers.intervals()],
        "from": _first(numbers) if numbers.tail else None,
        "modulus": numbers.period if numbers.tail else None,
        "residues": sorted(residues),
    }


def _first(numbers: Numbers) -> int:
    """Return the smallest number from where on the residues repeat."""
    return numbers.start + (numbers.tail & -numbers.tail).bit_length() - 1
