"""The input sizes that a network works on, as lines for the terminal and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.algebra.sizes import Refusal, Sizes
from cnncalc.network.network import Network
from cnncalc.numbers.periodic import Numbers
from cnncalc.render.ranges import first_of, ranges

if TYPE_CHECKING:
    from cnncalc.documents.sizes import WorkingSizes

EXAMPLES = 5


def text(network: Network, found: list[Sizes], near: int | None, width: int = 120) -> str:
    """Print the sizes of each side, in lines of at most `width` cells."""
    shapes = network.input_shapes()
    entering = ", ".join(str(shape) if len(shapes) == 1 else f"{name} {shape}" for name, shape in shapes.items())
    lines = [f"{network.title or network.name}, input {entering}"]
    for sizes in found:
        lines += ["", *_lines(sizes, near, width)]
    return "\n".join(lines)


def _lines(sizes: Sizes, near: int | None, width: int) -> Iterator[str]:
    at = {"": "", "as it is": " (the other sides as they are)"}
    others = at.get(sizes.others, f" (the other sides {sizes.others})")
    yield f"{sizes.name}{others}"
    for name, said in _answers(sizes, near):
        yield from textwrap.wrap(f"  {name:13}  {said}", max(width, 40), subsequent_indent=" " * 17)
    if sizes.refusals:
        yield "  refused"
        rows = [(ranges(refusal.sizes), _reason(refusal)) for refusal in sizes.refusals]
        first = max(len(numbers) for numbers, _ in rows)
        beside = all(len(reason) <= width - first - 6 for _, reason in rows)
        for numbers, reason in rows:
            if beside:
                yield f"    {numbers:{first}}  {reason}"
            else:
                yield from textwrap.wrap(numbers, max(width, 40), initial_indent=" " * 4, subsequent_indent=" " * 4)
                yield from textwrap.wrap(reason, max(width, 40), initial_indent=" " * 8, subsequent_indent=" " * 8)


def _answers(sizes: Sizes, near: int | None) -> Iterator[tuple[str, str]]:
    """Yield what is told of the sizes that work."""
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


def document(network: Network, found: list[Sizes], near: int | None) -> WorkingSizes:
    """Return the sizes of each dimension as a document."""
    from cnncalc.documents.sizes import WorkingSizes

    data = {"name": network.name, "sides": [_side(sizes, near) for sizes in found]}
    return WorkingSizes.model_validate(data)


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
