"""Shape checks and merges: volumes compared with written shapes, and with each other."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from cnncalc.expand.assumed_equal import Supposed, may_equal
from cnncalc.expand.bind import Binder
from cnncalc.expand.journal import Journal
from cnncalc.expand.names import LOST, NOWHERE, Here, Unknowable, Volume, Where, begin_with
from cnncalc.layers import KINDS
from cnncalc.layers.fields import described
from cnncalc.layers.merge import Merge, remedy
from cnncalc.network.network import Node
from cnncalc.numbers.arith import symbols_of
from cnncalc.shape import Shape, sides_text
from cnncalc.spec.chain import Check
from cnncalc.spec.expression import ExpressionError, Literal, Symbol, Unknown, Wildcard
from cnncalc.spec.tree import Scalar


class Checker:
    """Judges shapes.

    `free` leaves numbers in checks unjudged: they hold at the spec's own input and vars. `trusting` goes on with what a
    failed check says, not with the volume that came.
    """

    def __init__(self, journal: Journal, binder: Binder, nodes: list[Node], *, free: bool, trusting: bool) -> None:
        self.journal, self.binder, self.nodes, self.free, self.trusting = journal, binder, nodes, free, trusting
        self.supposed = Supposed()
        self.failed_at: int | None = None
        """How many nodes there were when the first check failed."""

    def shape(self, step: Check, text: Scalar, volume: Volume, inputs: Iterable[str], here: Here) -> Volume:
        """Check a volume against a shape. An unknown volume becomes known where the check gives all its numbers."""
        place = text.place(step.start, step.length)
        if volume is NOWHERE:
            self.journal.report("E109", "there is no volume to check", place, begin_with(inputs), here.calls)
            return LOST
        expected = self._expected(step, text, volume, here)
        if expected is None:
            return volume
        whole = all(isinstance(number, int) and number > 0 for number in expected) and len(expected) <= 4
        checked_volume = Volume(volume.node, Shape(tuple(expected[:-1]), expected[-1])) if whole else volume
        if volume.shape is None:
            return checked_volume
        if not self._agrees(expected, volume.shape, here):
            written = text.text[step.start : step.start + step.length]
            message = (
                f"{volume.shape} {self._origin(volume)}, not {written if len(written) <= 60 else written[:59] + '…'}"
            )
            hint = self.remedy(volume, expected)
            if hint is None and len(expected) != len(volume.shape.hwc):
                has = f"{sides_text(len(volume.shape.sides))} and channels" if volume.shape.sides else "no sides"
                hint = f"the volume has {has}"
            if hint is None and not volume.shape.sides and len(expected) == 1 and not self.free:
                hint = f"write {volume.shape}, or leave the check out"
            self.journal.report("E205", message, place, hint, here.calls)
            if self.failed_at is None:
                self.failed_at = len(self.nodes)
            return checked_volume if self.trusting else volume
        return volume

    def _expected(self, step: Check, text: Scalar, volume: Volume, here: Here) -> list[Any] | None:
        """Evaluate the parts of a check; `_` and symbols stay as they are."""
        expected: list[Any] = []
        for part in step.size.parts:
            if isinstance(part, (Wildcard, Symbol)):
                expected.append(part)
                continue
            if isinstance(part, Literal) and type(part.value) is int:
                expected.append(part.value)
                continue
            place = text.place(step.start + part.start, part.length)
            if isinstance(part, Unknown):
                message = "? stands for a number that is not known"
                self.journal.report(
                    "E115", message, place, "_ stands for any number; cnncalc solve finds the one", here.calls
                )
                return None
            try:
                number = here.frame.evaluate(part, volume, here)
            except ExpressionError as error:
                self.journal.wrong(error, text, step.start, here.calls)
                return None
            except Unknowable:
                return None
            if isinstance(number, (bool, str, tuple, Fraction)):
                message = f"a shape is made of whole numbers, not {described(number)}"
                self.journal.report("E105", message, place, None, here.calls)
                return None
            expected.append(number)
        return expected

    def _agrees(self, expected: list[Any], shape: Shape, here: Here) -> bool:
        if len(expected) != len(shape.hwc):
            return False
        letters: dict[str, Any] = {}
        for number, actual in zip(expected, shape.hwc, strict=True):
            if isinstance(number, Symbol):
                bound = here.frame.bound(number.name)
                if not self.is_letter(letters.setdefault(number.name, actual if bound is None else bound), actual):
                    return False
            elif not isinstance(number, Wildcard) and not self.free and not self.is_number(number, actual):
                return False
        return True

    def is_letter(self, stands_for: Any, actual: Any) -> bool:
        """Return whether a number equals the value of a letter in the check."""
        return bool(stands_for == actual)

    def is_number(self, expected: Any, actual: Any) -> bool:
        """Return whether a number may equal the one in the check."""
        return may_equal(expected, actual)

    def remedy(self, volume: Volume, expected: list[Any]) -> str | None:
        """Return the smallest changes that give the expected shape."""
        from cnncalc.expand.remedies import for_check  # which most texts do not need

        return for_check(self.nodes, volume.node, expected)

    def _origin(self, volume: Volume) -> str:
        """Say where a volume comes from."""
        node = self.nodes[volume.node] if volume.node >= 0 else None
        return "comes in" if node is None or node.kind == "input" else f"comes out of {node.path} ({node.layer})"

    def merge(
        self,
        kind: str,
        volumes: list[Volume],
        labels: list[str],
        places: list[Where],
        where: Where,
        inputs: Iterable[str],
        here: Here,
    ) -> tuple[Merge, Shape] | None:
        """Return the merge of volumes and its output, or report which of them differ and return None."""
        for volume, label, place in zip(volumes, labels, places, strict=True):
            if volume is NOWHERE:
                message = f"{label} of {kind} has no volume"
                self.journal.report("E109", message, place(), begin_with(inputs), here.calls)
        shapes = tuple(volume.shape for volume in volumes if volume.shape is not None)
        if len(shapes) < len(volumes):
            self.journal.again(where, here.calls)
            return None
        layer = KINDS[kind](max(len(shape.sides) for shape in shapes))
        layer = self.binder.layers.setdefault(layer, layer)
        assert isinstance(layer, Merge)
        y = self.binder.outputs.get((layer, shapes))
        if y is None:
            mismatch = layer.mismatch(self.supposed.shapes(shapes))
            if mismatch is not None:
                index, reason = mismatch
                each = ", ".join(f"{label} {shape}" for label, shape in zip(labels, shapes, strict=True))
                hint = remedy(shapes[0], shapes[index])
                message = f"{kind} {reason}: {each}"
                self.journal.report("E204", message, places[index](), hint, here.calls, where)
                return None
            if any(symbols_of(number) for shape in shapes for number in shape.hwc):
                self.supposed.note(kind, shapes)
            y = self.binder.output(layer, shapes, where, here)
        return None if y is None else (layer, y)
