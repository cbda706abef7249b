"""The problems of a walk, and the budget that bounds its work."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeAlias

from cnncalc.problem import Call, Place, Problem, Source
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.tree import Scalar

STEPS = 10_000_000
"""Work that one spec may cause: an expression node is 1; an item or a call, a level of the path (a name, a round) and
a problem are more, as they take so much longer."""
ITEM_COST = 10
LEVEL_COST = 50
PROBLEM_COST = 100
PROBLEMS = 100
LAYERS = 200_000
BLOCK_DEPTH = 50


Key: TypeAlias = tuple[str, Source, int, int]


class Stop(Exception):  # noqa: N818  # no fault, an end
    """A limit is reached; nothing more is walked."""


class Journal:
    """Collects problems; one that comes again from another call of the same block is counted."""

    def __init__(self) -> None:
        self.found: dict[Key | None, Problem] = {}
        self.steps: dict[tuple[Source, int, int], Key] = {}  # by the place of a step the key of its problem
        self.budget = STEPS
        self.reported = 0
        """How often a problem was reported."""
        self.lists = 0
        """How often a name meant the volumes of all rounds of a loop, as far as they had come."""

    def report(
        self,
        code: str,
        message: str,
        place: Place,
        hint: str | None = None,
        calls: tuple[Call, ...] = (),
        step: Callable[[], Place] | None = None,
    ) -> None:
        """Report a problem; `calls` lead from the network inwards, `step` finds the step that has it."""
        self.budget -= PROBLEM_COST
        self.reported += 1
        key = _key(code, place)
        known = self.found.get(key)
        if known is None:
            if len(self.found) == PROBLEMS:
                self.found[None] = Problem("E112", f"more than {PROBLEMS} problems: the rest is not looked at", place)
                raise Stop
            self.found[key] = Problem(code, message, place, hint, tuple(reversed(calls)))
            if step is not None and calls:
                self.steps[step()[:3]] = key
        elif known.calls:
            self.found[key] = Problem(code, known.message, place, known.hint, known.calls, known.more + 1)

    def has(self, code: str, place: Place) -> bool:
        """Judge whether a problem is reported."""
        return _key(code, place) in self.found

    def again(self, step: Callable[[], Place], calls: tuple[Call, ...]) -> None:
        """Count one more call of a step that has a problem, where what it works on is not known."""
        key = self.steps.get(step()[:3]) if calls and self.steps else None
        known = self.found.get(key) if key else None
        if known is not None and known.place and known.calls[0].place == calls[-1].place:
            self.report(known.code, known.message, known.place)

    def wrong(self, error: ExpressionError, text: Scalar, start: int, calls: tuple[Call, ...] = ()) -> None:
        """Report what is wrong in an expression that begins at `start` of a scalar."""
        self.report(error.code, error.message, text.place(start + error.start, error.length), error.hint, calls)

    def exhausted(self, place: Place, calls: tuple[Call, ...]) -> NoReturn:
        self.stop(f"more than {STEPS:,} steps of work", place, calls)

    def stop(
        self, message: str, place: Place, calls: tuple[Call, ...], hint: str = "fewer or smaller repeats"
    ) -> NoReturn:
        """Report the limit that is reached, and stop the walk."""
        self.report("E112", message, place, hint, calls)
        raise Stop


def _key(code: str, place: Place) -> Key:
    """Return what a problem is known by: however many calls meet it, it is one."""
    return code, place.source, place.line, place.column
