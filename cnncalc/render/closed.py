"""Closed forms as text and LaTeX, as a function of Python, as a column of SQL."""

from __future__ import annotations

import re

from cnncalc.algebra.closed import Closed
from cnncalc.numbers.notation import LATEX, PYTHON, SQL, THOUSANDS
from cnncalc.numbers.symbolic import write
from cnncalc.render.table import summed


def text(closed: Closed, width: int | None = None) -> str:
    """Print the formulas as a textbook does, in lines of at most `width` cells broken between terms."""
    lines: list[str] = []
    for name, number in closed.formulas.items():
        formula = write(number, THOUSANDS)
        room = len(f"{name} = ")
        terms = [formula] if width is None else summed(formula, width - room)
        lines += [f"{name} = {terms[0]}", *(" " * (room - 2) + term for term in terms[1:])]
    return "\n".join(lines)


def latex(closed: Closed) -> str:
    """Print the formulas as aligned equations."""
    lines = []
    for name, number in closed.formulas.items():
        word = name.replace("_", r"\_")
        lines.append(rf"  \mathrm{{{word}}} &= {write(number, LATEX)}".replace(",", "{,}"))
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def python(closed: Closed) -> str:
    """Print a function of Python; an output comes as a tuple."""
    name = re.sub(r"\W+", "_", f"{closed.network}_{closed.quantity}").strip("_")
    name = f"_{name}" if name[0].isdigit() else name
    values = [write(number, PYTHON) for number in closed.formulas.values()]
    result = values[0] if len(values) == 1 else f"({', '.join(values)})"
    said = f'"""Return {_what(closed)}; made by cnncalc."""'
    return f"def {name}({', '.join(closed.symbols)}):\n    {said}\n    return {result}"


def sql(closed: Closed) -> str:
    """Print columns for a SELECT over whole numbers, for databases whose / of whole numbers cuts off, as SQLite's."""
    columns = [
        f"{write(number, SQL)} AS {re.sub(r'[^0-9A-Za-z_]+', '_', name)}" for name, number in closed.formulas.items()
    ]
    return f"-- {_what(closed)}; made by cnncalc\n" + ",\n".join(columns)


def _what(closed: Closed) -> str:
    names = " and ".join(filter(None, (", ".join(closed.symbols[:-1]), *closed.symbols[-1:])))
    where = f", for whole {names} at which it builds" if names else ""
    return f"{closed.quantity} of {closed.network}{where}"


FORMATS = {"text": text, "latex": latex, "python": python, "sql": sql}
"""Every format and what prints it."""
