"""How many rounds a repeat has, and whether one round may differ from another."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from cnncalc.expand.journal import LEVEL_COST, STEPS, Journal
from cnncalc.expand.names import Here, Unknowable, Volume
from cnncalc.layers.fields import described
from cnncalc.numbers import arith
from cnncalc.numbers.arith import Number
from cnncalc.spec.chain import Call, Written
from cnncalc.spec.expression import ExpressionError, Name, PartOf, Path, Tree
from cnncalc.spec.model import Branch, Item, Named, Spec, records
from cnncalc.spec.tree import Scalar


def number_of_rounds(
    tree: Tree, text: Scalar, start: int, volume: Volume, here: Here, journal: Journal
) -> Number | None:
    """Evaluate a count that begins at `start` of a text; None when there is a problem, which is then reported."""
    try:
        value = arith.counted(here.frame.evaluate(tree, volume, here))
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
    """Return whether rounds are alike and no layer refers to a single one of them, or to what is in all of them."""
    written = (record.name for record in records(spec.layers) if isinstance(record, Written))
    if any(word.isdigit() for name in written for word in name.split(".")):
        return False
    return not asks_for("index", body) and not _lists(spec, body)


def asks_for(name: str, *parts: object) -> bool:
    """Judge whether an expression in parts of the spec has a name."""
    return any(
        (isinstance(record, Name) and name in record.name.split("."))
        or (isinstance(record, PartOf) and record.part == name)
        for record in records(*parts)
    )


def _lists(spec: Spec, body: Item) -> bool:
    """Judge whether a name that is written in rounds is used outside of them: there it means all of them."""
    scopes = {"": spec.layers, **{name: block.body for name, block in spec.blocks.items()}}
    within = {id(record) for record in records(body)}
    called = [record.name for record in records(body) if isinstance(record, Call)]
    blocks: set[str] = set()
    while called:
        name = called.pop()
        if name in spec.blocks and name not in blocks:
            blocks.add(name)
            called += [record.name for record in records(scopes[name]) if isinstance(record, Call)]
    own = _named(body)
    inside = own.union(*(_named(scopes[name]) for name in blocks))
    for scope, item in scopes.items() if inside else ():
        plain = _named(item, without=within) | (_named(item) if scope in blocks else set())
        for record in records(item):
            if isinstance(record, (Written, Name, Path)) and id(record) not in within:
                head, *rest = record.name.split(".")
                if (head in inside and head not in plain) or not inside.isdisjoint(rest):
                    return True
    return False


def _named(item: Item, without: Collection[int] = ()) -> set[str]:
    """Return the names that an item gives to results."""
    found: set[str] = set()
    for record in records(item):
        if id(record) not in without and isinstance(record, (Named, Branch)) and record.name is not None:
            found.add(record.name.text)
    return found
