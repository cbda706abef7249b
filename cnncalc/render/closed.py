"""Closed forms as text and LaTeX; `code.py` writes the languages."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from cnncalc.algebra.closed import Closed
from cnncalc.numbers.notation import LATEX, THOUSANDS
from cnncalc.numbers.symbolic import Expression, write
from cnncalc.render.code import LANGUAGES, PYTHON, source
from cnncalc.render.printers.terminal import summed

if TYPE_CHECKING:
    from cnncalc.documents.closed import ClosedForm


def text(closed: Closed, width: int | None = None) -> str:
    """Print the formulas as a textbook does, in lines of at most `width` columns broken between terms."""
    lines: list[str] = []
    for name, number in closed.formulas.items():
        name = f"∂{name}/∂{closed.marginal}" if closed.marginal else name
        formula = write(number, THOUSANDS) if _is_number(number) else str(number)
        room = len(f"{name} = ")
        terms = [formula] if width is None else summed(formula, width - room)
        lines += [f"{name} = {terms[0]}", *(" " * (room - 2) + term for term in terms[1:])]
    return "\n".join(lines)


def latex(closed: Closed) -> str:
    """Print the formulas as aligned equations."""
    lines = []
    for name, number in closed.formulas.items():
        word = rf"\mathrm{{{name}}}".replace("_", r"\_")
        if closed.marginal:
            word = rf"\frac{{\partial\,{word}}}{{\partial\,{LATEX.name(closed.marginal)}}}"
        lines.append(rf"  {word} &= {_latex(number)}")
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _latex(number: Any) -> str:
    if _is_number(number):
        return write(number, LATEX).replace(",", "{,}")
    import sympy  # type: ignore[import-untyped]

    return str(sympy.latex(number))


def _is_number(number: Any) -> bool:
    """Distinguish a number of ours from an expression of sympy."""
    return isinstance(number, (int, Fraction, Expression))


def document(closed: Closed) -> ClosedForm:
    """Return the formulas as a document."""
    from cnncalc.documents.closed import ClosedForm

    formulas = {
        name: write(number, PYTHON) if _is_number(number) else str(number) for name, number in closed.formulas.items()
    }
    return ClosedForm(
        network=closed.network,
        quantity=closed.quantity,
        symbols=list(closed.symbols),
        marginal=closed.marginal or None,
        formulas=formulas,
    )


def _json(closed: Closed) -> str:
    return document(closed).to_json()


FORMATS: dict[str, Callable[[Closed], str]] = {
    "text": text,
    "latex": latex,
    **{language: partial(source, language=language) for language in LANGUAGES},
    "json": _json,
}
"""Every format and what prints it."""
MARGINAL = ("text", "latex", "sympy", "json")
"""The formats of a derivative."""
