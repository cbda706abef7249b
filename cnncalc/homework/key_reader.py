"""What a key says, entry by entry: texts and conventions. `documents/key.py` has judged them before."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.claims.printed import BYTES
from cnncalc.homework.model import Conventions, Value
from cnncalc.problem import Place, Problem, Source
from cnncalc.shape import Shape
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar, Sequence

if TYPE_CHECKING:
    from cnncalc.documents.key import Conventions as Stated

MOST_PROBLEMS = 100


def differences(conventions: Conventions, base: Conventions) -> str:
    """Say how conventions differ from others, as a key says it: biases no, order chw."""
    words = []
    for name in Conventions._fields:
        value = getattr(conventions, name)
        if name != "units" and value != getattr(base, name):
            stated_by = "yes" if value is True else "no" if value is False else value
            words.append(f"{'bytes' if name == 'number_bytes' else name}: {stated_by}")
    return ", ".join(words)


def written_otherwise(right: Value, unit: str, conventions: Conventions, base: Conventions) -> bool:
    """Return whether the same value may be written in another way under other conventions."""
    if isinstance(right, Shape):
        return bool(right.sides) and base.order not in ("either", conventions.order)
    if not isinstance(right, (int, Fraction, float)):
        return False
    if conventions.rounding and not base.rounding and isinstance(right, int):
        return True
    if unit.lower() in BYTES:
        return base.units == "stated" and conventions.megabyte != base.megabyte
    return conventions.thousand != base.thousand


class Reading:
    """Reads the entries of a key and keeps what is wrong with them."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source, self.problems = source, problems

    def problem(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(code, message, place, hint))


def fields_in(node: Tree | None) -> dict[str, Tree]:
    """Return what a mapping says, by key."""
    return {key.text: value for key, value in node.pairs} if isinstance(node, Pairs) else {}


def items(node: Tree | None) -> list[Tree]:
    """Return the items of a list; a single one may stand without it."""
    return list(node.items) if isinstance(node, Sequence) else [node] if node is not None else []


def text_of(node: Tree | None) -> str:
    """Return a text; empty where there is none."""
    return node.text.strip() if isinstance(node, Scalar) else ""


def stated(stated_by: Stated | None, base: Conventions) -> Conventions:
    """Return conventions as a key states them, over those that hold around."""
    if stated_by is None:
        return base
    values = {**base.__dict__, **stated_by.model_dump(exclude_unset=True)}
    values["number_bytes"] = values.pop("bytes", base.number_bytes)
    if "megabyte" in stated_by.model_fields_set:
        values["units"] = "stated"
    return Conventions(**values)
