"""Explanations of layers as text, LaTeX, Markdown or data."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from cnncalc.algebra.explain import MEANINGS, Explanation, Quantity
from cnncalc.algebra.letters import SIDE_WORDS
from cnncalc.network.report import Row
from cnncalc.numbers.notation import Notation
from cnncalc.numbers.traced import Part, Traced
from cnncalc.render.formula import PLAIN, SET, TYPED, letter, rounded, steps
from cnncalc.render.printers.latex import escape as in_latex
from cnncalc.render.printers.markdown import escape as in_markdown
from cnncalc.render.printers.terminal import Line, joined, wrapped
from cnncalc.render.table import BOLD, CYAN, DIM
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.documents import explanation as documents


def text(found: Explanation, *, ascii_only: bool, width: int) -> str:
    """Print the formulas of layers for a screen of a width."""
    return joined(lines(found, ascii_only=ascii_only, width=width))


def lines(found: Explanation, *, ascii_only: bool, width: int) -> Iterator[Line]:
    """Yield the lines of the formulas of layers, for a screen of a width."""
    notation = TYPED if ascii_only else PLAIN
    for number, row in enumerate(found):
        if number:
            yield []
        quantities = found.quantities(row)
        names = max(len(quantity.name) for quantity in quantities) + 2
        legend = legend_of(quantities, notation)
        yield from wrapped(title(row), width, BOLD)
        yield []
        for quantity in quantities:
            yield from _lines(quantity, notation, names, width)
        if legend:
            yield []
            yield from wrapped(f"where: {legend}", width, DIM)


def legend_of(quantities: list[Quantity], notation: Notation) -> str:
    """Say what the letters of formulas stand for."""
    return ", ".join(f"{letter(name, notation)} {meaning}" for name, meaning in _letters(quantities).items())


def title(row: Row) -> str:
    """Name a layer: its path, how it is written, and what becomes of its input."""
    entering = _entering(row.input)
    return f"{row.path} · {row.written} · {entering} -> {row.output}"


def _entering(shapes: tuple[Shape, ...]) -> str:
    return ", ".join(map(str, shapes))


def _lines(quantity: Quantity, notation: Notation, names: int, width: int) -> Iterator[Line]:
    """Yield a number's lines: its steps side by side as far as they fit, others below."""
    *formula, last = _chain(quantity, notation)
    room = max(width - names, 20)
    first, *further = [*formula, *(wrap(last, room) if quantity.note and len(last) > room else [last])]
    before, line = (quantity.name.ljust(names), CYAN), first
    for part in further:
        if names + len(line) + 1 + len(part) > width:
            yield [before, (line, "")]
            before, line = (" " * names, ""), part
        else:
            line += f" {part}"
    yield [before, (line, "")]


def _chain(quantity: Quantity, notation: Notation) -> list[str]:
    """Return a formula, each further step with its sign, the rounded form and the note."""
    first, *further = steps(quantity.formula, notation)
    about = "~" if notation is TYPED else "≈"
    signs = ["="] * len(further)
    if further and isinstance(quantity.value, float):
        signs[-1] = about
    parts = [first, *(f"{sign} {step}" for sign, step in zip(signs, further, strict=True))]
    if quantity.unit:
        parts[-1] += f" {quantity.unit}"
    short = rounded(quantity.value, quantity.unit)
    return [*parts, *([f"{about} {short}"] if short else []), *([f"({quantity.note})"] if quantity.note else [])]


def formula_text(quantity: Quantity, notation: Notation) -> str:
    """Write a number's formula in one line."""
    return " ".join(_chain(quantity._replace(note=""), notation))


def formula_typeset(quantity: Quantity) -> str:
    """Write a number's formula in LaTeX, in one line."""
    return " ".join(_typeset(quantity))


def _letters(quantities: list[Quantity]) -> dict[str, str]:
    """Return the letters of formulas and their meaning, in the order they come; words need none."""
    found: dict[str, str] = {}
    for quantity in quantities:
        for name in _names(quantity.formula):
            base = name.rstrip("₀₁₂₃₄₅₆₇₈₉")
            side = SIDE_WORDS.get(base.rstrip("′"))
            meaning = (
                MEANINGS.get(name) or MEANINGS.get(base) or (f"{'output ' * name.endswith('′')}{side}" if side else "")
            )
            if meaning:
                found[name] = meaning
    return found


def _names(part: Part) -> Iterator[str]:
    if isinstance(part, Traced):
        if part.op == "leaf":
            yield part.parts[0]
            return
        for inner in (p for _, p in part.parts) if part.op == "sum" else part.parts:
            yield from _names(inner)


def markdown(found: Explanation) -> str:
    """Print the formulas of layers in GitHub's Markdown, with mathematics between dollars."""
    blocks = []
    for row in found:
        lines = [f"### {in_markdown(title(row))}", ""]
        for quantity in found.quantities(row):
            lines.append(f"- **{quantity.name}**: ${formula_typeset(quantity)}${_aside(quantity)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def latex(found: Explanation) -> str:
    """Print the formulas of layers as aligned equations, one step a line."""
    blocks = []
    for row in found:
        lines = [rf"\paragraph{{{in_latex(title(row))}}}", r"\begin{align*}"]
        equations = []
        for quantity in found.quantities(row):
            first, *further = _typeset(quantity)
            equations.append(rf"  \text{{{in_latex(quantity.name)}}} &= {first}")
            equations += [rf"    &{step}" for step in further]
            if quantity.note:
                equations[-1] += rf" \quad \text{{{in_latex(_aside(quantity).strip())}}}"
        lines.append(" \\\\\n".join(equations))
        blocks.append("\n".join((*lines, r"\end{align*}")))
    return "% \\usepackage{amsmath}\n" + "\n".join(blocks)


def _typeset(quantity: Quantity) -> list[str]:
    """Return the steps in LaTeX, each further one with its sign, the unit and the rounded form behind the last."""
    first, *further = steps(quantity.formula, SET)
    signs = ["="] * len(further)
    if further and isinstance(quantity.value, float):
        signs[-1] = r"\approx"
    parts = [first, *(f"{sign} {step}" for sign, step in zip(signs, further, strict=True))]
    if quantity.unit:
        parts[-1] += rf"\,\mathrm{{{quantity.unit}}}"
    short = rounded(quantity.value, quantity.unit).replace(" ", r"\,")
    return [*parts, *([rf"\approx \mathrm{{{short}}}"] if short else [])]


def _aside(quantity: Quantity) -> str:
    return f" ({quantity.note})" if quantity.note else ""


def document(found: Explanation) -> documents.Explanation:
    """Return the explanations of layers as a document."""
    from cnncalc.documents.explanation import Explanation

    layers = [_layer(row, found.quantities(row)) for row in found]
    return Explanation.model_validate({"name": found.report.network.name, "layers": layers})


def _layer(row: Row, quantities: list[Quantity]) -> dict[str, Any]:
    return {
        "path": row.path,
        "layer": row.written,
        "input": [str(x) for x in row.input],
        "output": str(row.output),
        "letters": _letters(quantities),
        "quantities": [
            {
                "name": quantity.name,
                "value": quantity.value if isinstance(quantity.value, (int, float)) else str(quantity.value),
                "unit": quantity.unit,
                "steps": steps(quantity.formula),
                "rounded": rounded(quantity.value, quantity.unit),
                "note": quantity.note,
            }
            for quantity in quantities
        ],
    }
