"""References to earlier results: resolving names, and layers that share the weights of earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from cnncalc.expand.bind import Binder
from cnncalc.expand.journal import ITEM_COST, Journal
from cnncalc.expand.names import LOST, NOWHERE, Found, Here, Reference, Result, Unknowable, Volume
from cnncalc.layers.fields import described
from cnncalc.network.network import Node
from cnncalc.problem import Place, quoted
from cnncalc.spec.chain import Written
from cnncalc.spec.expression import ExpressionError, is_volumes
from cnncalc.spec.model import Spec
from cnncalc.spec.tree import Scalar

Labelled: TypeAlias = list[tuple[str, Volume]]
"""Volumes, and what each of them is called."""


class Earlier:
    """Finds results for the steps of a walk."""

    def __init__(self, spec: Spec, inputs: Mapping[str, Volume], binder: Binder, journal: Journal) -> None:
        self.doubled, self.inputs, self.binder, self.journal = spec.doubled, inputs, binder, journal

    def volume(self, path: Written, text: Scalar, here: Here) -> Volume:
        """Return the one volume that a name refers to, or report why there is none."""
        found = self.one(path, text, here)
        return found.volume if isinstance(found, Result) else found or LOST

    def one(self, path: Written, text: Scalar, here: Here) -> Result | Volume | None:
        """Return the one result that a name refers to; None for another name, which is reported."""
        return self.single(self.find(path, text, here), path, text, here)

    def single(self, found: Found, path: Written, text: Scalar, here: Here) -> Result | Volume | None:
        """Return what a name refers to, if that is no list; None for a list, which is reported."""
        if found is None or isinstance(found, (Result, Volume)):
            return found
        several = f"{len(found)} volumes" if len(found) > 1 else "one volume"
        message = f"{quoted(path.name)} is a list of {several}, and no list is taken here"
        hint = f"{path.name}[0] is the first; `use {path.name} -> add` is the sum of all"
        self.journal.report("E105", message, text.place(path.start, len(path.name)), hint, here.calls)
        return None

    def volumes(self, path: Written, text: Scalar, here: Here, heads: bool = False) -> Labelled:
        """Return the volumes that a name refers to, or report an unknown name; `heads` also allows auxiliary heads."""
        return self.labelled(self.find(path, text, here, heads), path)

    def labelled(self, found: Found, path: Written) -> Labelled:
        """Return the volumes that a name refers to and what each of them is called."""
        if found is None or isinstance(found, (Result, Volume)):
            return [(path.name, found.volume if isinstance(found, Result) else found or LOST)]
        self.journal.budget -= ITEM_COST * len(found)
        within = f"{path.name}." if path.tree is None else ""
        return [(f"{within}{each.label}" if each.label.isdigit() else each.label, each.volume) for each in found]

    def find(self, path: Written, text: Scalar, here: Here, heads: bool = False) -> Found:
        """Return what a name refers to; None for an unknown name, which is reported."""
        place = text.place(path.start, len(path.name))
        try:
            found = here.find(path.name, path.start) if path.tree is None else self._evaluated(path, here)
        except ExpressionError as error:
            if not self.doubled.intersection(path.name.split(".")):
                self.journal.wrong(error, text, 0, here.calls)
            return None
        except Unknowable:
            return None
        if found is None and here.frame.bound(path.name) == ():
            message, hint = f"{quoted(path.name)} is an empty list", "leave it out, or write this under an `if`"
            self.journal.report("E105", message, place, hint, here.calls)
            return None
        if found is None:
            hint = self.binder.near_result(path.name, here)
            self.journal.report("E109", f"no earlier result is called {quoted(path.name)}", place, hint, here.calls)
            return None
        if found is NOWHERE:
            hint = f"write {' or '.join(self.inputs)}"
            self.journal.report("E109", f"there are {len(self.inputs)} inputs", place, hint, here.calls)
            return None
        each: Iterable[Result | Volume] = [found] if isinstance(found, (Result, Volume)) else [r.result for r in found]
        head = next((r.here.aux for r in each if isinstance(r, Result) and r.here.aux not in (None, here.aux)), None)
        if head is not None and not heads:
            # Its weights are counted apart, so totals that rest on it would leave them out.
            message = f"{quoted(path.name)} belongs to the side head {quoted(head)}, which ends there"
            self.journal.report("E109", message, place, "branches of a merge go on together", here.calls)
            return None
        return found

    def _evaluated(self, path: Written, here: Here) -> Found:
        """Return what levels[0] or [p3, p4] refers to; raises ExpressionError for an expression of another value."""
        assert path.tree is not None
        try:
            value = here.frame.evaluate(path.tree, LOST, here)
        except ExpressionError as error:
            self.suggest(error, path.name, here)
            error.start += path.start
            raise
        if isinstance(value, Reference):
            return value.result
        if is_volumes(value):
            return value  # type: ignore[no-any-return]  # the value of an expression
        wrong = next((each for each in value if not isinstance(each, Reference)), ()) if type(value) is tuple else value
        message = "the list is empty" if value == () else f"{described(wrong)} is no volume"
        raise ExpressionError("E105", message, path.start, len(path.name), "name earlier results, as in `[p3, p4]`")

    def suggest(self, error: ExpressionError, text: str, here: Here) -> None:
        """Add to what is wrong in a list of volumes which results there are."""
        if error.code == "E109" and error.hint is None:
            error.hint = self.binder.near_result(text[error.start : error.start + error.length], here)

    def share(
        self,
        nodes: list[Node],
        origins: list[Node],
        name: str,
        again: str,
        place: Place,
        here: Here,
        kinds: frozenset[str] | None = None,
    ) -> bool:
        """Make nodes use the weights of earlier ones, or report why they cannot; with `kinds` those of these kinds.

        `name` is what was walked the first time, `again` says where it is walked now.
        """
        self.journal.budget -= ITEM_COST * len(nodes)
        if len(nodes) != len(origins):
            if not self.journal.found:  # else layers may be missing because of another problem
                layers = f"{len(origins)} layer{'' if len(origins) == 1 else 's'}"
                where = "on this volume" if again == "here" else again
                message = f"{name} has {layers} the first time and {len(nodes)} {where}"
                self.journal.report("E211", message, place, None, here.calls)
            return False
        for node, origin in zip(nodes, origins, strict=True):
            if kinds is not None and node.kind not in kinds:
                continue
            weights, before = node.layer.weights(*node.x), origin.layer.weights(*origin.x)
            for tensor, shape in weights.items():
                if before.get(tensor) != shape:
                    was, now = ("x".join(map(str, s)) for s in (before.get(tensor, ()), shape))
                    message = f"{origin.path} has a {tensor} of {was or 'nothing'}, {again} it would be {now}"
                    hint = "shared weights need volumes with the same channels"
                    self.journal.report("E211", message, place, hint, here.calls)
                    return False
            if weights:
                node.shares = origin.index if origin.shares is None else origin.shares
        return True
