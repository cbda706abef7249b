"""Choices that meet a budget, as lines for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.algebra.budget import Budget, Choice

if TYPE_CHECKING:
    from cnncalc.documents.solutions import Choices


def _names(found: Budget) -> list[str]:
    return [*found.variables, *dict.fromkeys(target.name for target in found.targets)]


def text(found: Budget, most: int | None) -> str:
    """Print the choices, at most so many."""
    return "\n".join(_lines(found, most))


def _lines(found: Budget, most: int | None) -> Iterator[str]:
    names = _names(found)
    wanted = ", ".join(target.text for target in found.targets)
    shown = found.choices if most is None else found.choices[:most]
    if not shown:
        yield f"nothing meets {wanted}"
        for choice in found.near:
            end = {"<": "least", "<=": "least", ">": "most", ">=": "most"}.get(found.targets[0].sign)
            yield f"{f'the {end} that is reached' if end else 'nearest'}: {_named(names, choice)}"
    else:
        nearest = found.targets[0].sign == "="
        yield f"{'nearest to' if nearest else 'best for'} {wanted}"
        rows = [[_cell(value) for value in (*choice.values, *choice.totals)] for choice in shown]
        widths = [max(len(name), *(len(row[i]) for row in rows)) for i, name in enumerate(names)]
        for row in [names, *rows]:
            yield "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    yield "tried: " + ", ".join(f"{name} {_range(values)}" for name, values in found.tried.items())
    if found.unused:
        totals = ", ".join(dict.fromkeys(target.name for target in found.targets))
        yield f"not varied: {totals} do not depend on {', '.join(found.unused)}"
    if found.further:
        yield f"help: --vary {found.further} goes further"
    if found.open_end:
        yield f"infinitely many: the largest {found.variables[0]} tried fits too"


def _range(values: str) -> str:
    return values.replace("..", " to ").replace(":", " in steps of ")


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _named(names: list[str], choice: Choice) -> str:
    return " ".join(f"{n}={_cell(v)}" for n, v in zip(names, (*choice.values, *choice.totals), strict=True))


def document(found: Budget, most: int | None) -> Choices:
    """Return the choices as a document."""
    from cnncalc.documents.solutions import Choices

    names = _names(found)

    def row(choice: Choice) -> dict[str, object]:
        return dict(zip(names, (*choice.values, *choice.totals), strict=True))

    shown = found.choices if most is None else found.choices[:most]
    data = {
        "targets": [{"name": t.name, "sign": t.sign, "number": t.number} for t in found.targets],
        "tried": found.tried,
        "choices": [row(choice) for choice in shown],
        "nearest": [row(choice) for choice in found.near],
        "open_end": found.open_end,
    }
    return Choices.model_validate(data)
