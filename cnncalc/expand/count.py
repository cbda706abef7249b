"""How many rounds a repeat has, and whether one round may differ from another."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.expand.journal import LEVEL_COST, STEPS, Journal
from cnncalc.expand.names import Here, Unknowable, Volume
from cnncalc.layers.fields import described
from cnncalc.numbers import arith
from cnncalc.numbers.arith import Number
from cnncalc.spec.chain import Written
from cnncalc.spec.expression import ExpressionError, Name, Tree
from cnncalc.spec.model import Item, Spec, records
from cnncalc.spec.tree import Scalar


def number_of_rounds(
    tree: Tree, text: Scalar, start: int, volume: Volume, here: Here, journal: Journal
) -> Number | None:
    """Evaluate a count that begins at `start` of a text; None when there is a problem, which is then reported."""
    try:
        value = arith.counted(here.frame.evaluate(tree, volume, here.round))
    except ExpressionError as error:
        journal.wrong(error, text, start, here.calls)
        return None
    except Unknowable:
        return None
    if type(value) is int and 0 <= value * LEVEL_COST <= journal.budget:
        return value
    if hasattr(value, "counted") and value >= 0:
        return value
    place = text.place(start + tree.start, tree.length)
    problem: tuple[str, str, str | None]
    if isinstance(value, Fraction):
        problem = "E105", f"{described(value)} rounds: a count is whole", "floor, ceil or round it"
    elif isinstance(value, (bool, str, tuple)):
        problem = "E105", f"a count is a whole number, not {described(value)}", None
    elif hasattr(value, "free_symbols"):
        problem = "E117", f"which layers there are may not depend on {value}", "give it a number"
    elif value < 0:
        problem = "E105", f"{value} rounds: a count is 0 or more", None
    else:
        journal.stop(f"{value:,} rounds are more than {STEPS:,} steps of work", place, here.calls)
    journal.report(problem[0], problem[1], place, problem[2], here.calls)
    return None


def alike(spec: Spec, body: Item) -> bool:
    """Return whether rounds are alike and no layer refers to a single one of them."""
    written = (record.name for record in records(spec.layers) if isinstance(record, Written))
    if any(word.isdigit() for name in written for word in name.split(".")):
        return False
    return not asks_for("index", body)


def asks_for(name: str, *parts: object) -> bool:
    """Judge whether an expression in parts of the spec has a name."""
    return any(isinstance(record, Name) and name in record.name.split(".") for record in records(*parts))
