"""References to earlier results: resolving names, and layers that share the weights of earlier ones."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.expand.bind import Binder
from cnncalc.expand.journal import ITEM_COST, Journal
from cnncalc.expand.names import LOST, NOWHERE, Here, Result, Volume
from cnncalc.network.network import Node
from cnncalc.problem import Place, quoted
from cnncalc.spec.chain import Written
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.model import Spec
from cnncalc.spec.tree import Scalar


class Earlier:
    """Finds results for the steps of a walk."""

    def __init__(self, spec: Spec, inputs: Mapping[str, Volume], binder: Binder, journal: Journal) -> None:
        self.doubled, self.inputs, self.binder, self.journal = spec.doubled, inputs, binder, journal

    def volume(self, path: Written, text: Scalar, here: Here, heads: bool = False) -> Volume:
        """Return the volume that a name refers to, or report an unknown name; `heads` also allows auxiliary heads."""
        found = self.find(path, text, here, heads)
        if found is NOWHERE:
            place = text.place(path.start, len(path.name))
            hint = f"write {' or '.join(self.inputs)}"
            self.journal.report("E109", f"there are {len(self.inputs)} inputs", place, hint, here.calls)
            return LOST
        return found.volume if isinstance(found, Result) else found or LOST

    def find(self, path: Written, text: Scalar, here: Here, heads: bool = False) -> Result | Volume | None:
        """Return what a name refers to; None for an unknown name, which is reported."""
        try:
            found = here.find(path.name, path.start)
        except ExpressionError as error:
            if not self.doubled.intersection(path.name.split(".")):
                self.journal.wrong(error, text, 0, here.calls)
            return None
        if found is None:
            hint = self.binder.near_result(path.name, here)
            place = text.place(path.start, len(path.name))
            self.journal.report("E109", f"no earlier result is called {quoted(path.name)}", place, hint, here.calls)
        if isinstance(found, Result) and found.here.aux not in (None, here.aux) and not heads:
            # Its weights are counted apart, so totals that rest on it would leave them out.
            message = f"{quoted(path.name)} belongs to the side head {quoted(found.here.aux)}, which ends there"
            place = text.place(path.start, len(path.name))
            self.journal.report("E109", message, place, "branches of a merge go on together", here.calls)
            return None
        return found

    def share(self, nodes: list[Node], origins: list[Node], name: str, place: Place, here: Here) -> bool:
        """Make nodes use the weights of earlier ones, or report why they cannot."""
        self.journal.budget -= ITEM_COST * len(nodes)
        if len(nodes) != len(origins):
            if not self.journal.found:  # else layers may be missing because of another problem
                layers = f"{len(origins)} layer{'' if len(origins) == 1 else 's'}"
                message = f"{name} has {layers} the first time and {len(nodes)} on this volume"
                self.journal.report("E211", message, place, None, here.calls)
            return False
        for node, origin in zip(nodes, origins, strict=True):
            weights, before = node.layer.weights(*node.x), origin.layer.weights(*origin.x)
            for tensor, shape in weights.items():
                if before.get(tensor) != shape:
                    was, now = ("x".join(map(str, s)) for s in (before.get(tensor, ()), shape))
                    message = f"{origin.path} has a {tensor} of {was or 'nothing'}, here it would be {now}"
                    hint = "shared weights need volumes with the same channels"
                    self.journal.report("E211", message, place, hint, here.calls)
                    return False
            if weights:
                node.shares = origin.index if origin.shares is None else origin.shares
        return True
