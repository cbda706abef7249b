"""Choices that meet a budget, as a table and as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.algebra.budget import Budget, Choice
from cnncalc.render.table import GREEN, PLAIN, Column, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents.solutions import Choices


def _names(found: Budget) -> list[str]:
    return [*found.variables, *dict.fromkeys(target.name for target in found.targets)]


def table(found: Budget, most: int | None) -> Table:
    """Return the choices, at most so many, the best first."""
    names = _names(found)
    goals = ", ".join(target.text for target in found.targets)
    shown = found.choices if most is None else found.choices[:most]
    notes = []
    if not shown:
        end = {"<": "least", "<=": "least", ">": "most", ">=": "most"}.get(found.targets[0].sign)
        label = f"the {end} that is reached" if end else "nearest"
        notes += [Note(label, _named(names, choice), PLAIN) for choice in found.near]
    notes.append(Note("tried", ", ".join(f"{name} {_range(values)}" for name, values in found.tried.items())))
    if found.unused:
        totals = ", ".join(dict.fromkeys(target.name for target in found.targets))
        notes.append(Note("not varied", f"{totals} do not depend on {', '.join(found.unused)}"))
    if found.further:
        notes.append(Note("help", f"--vary {found.further} goes further"))
    if found.open_end:
        notes.append(Note("infinitely many", f"the largest {found.variables[0]} tried fits too"))
    nearest = found.targets[0].sign == "="
    return Table(
        f"{'nearest to' if nearest else 'best for'} {goals}" if shown else f"nothing meets {goals}",
        [Column(name, right=True, style=GREEN if name in found.variables else PLAIN) for name in names],
        [Row([_cell(value) for value in (*choice.values, *choice.totals)]) for choice in shown],
        notes=notes,
        level=2,
        ruled=False,
        indent=2,
        data=lambda: (names, ((*choice.values, *choice.totals) for choice in shown)),
    )


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
