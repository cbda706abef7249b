"""Mistakes in counting work and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.homework.mistakes.base import Mistake
from cnncalc.numbers.arith import product
from cnncalc.numbers.traced import Part, leaf, value_of

if TYPE_CHECKING:
    from cnncalc.homework.attempt import Step

WORK = ("macs", "flops", "operations", "multiplications", "additions")
BYTES = ("weight_bytes", "activation_bytes")


class TimesTwo(Mistake):
    slug = "mac-flop"
    habit = True
    general = "a multiply-add is one MAC and two FLOPs"
    hint = "does one multiply-add count as one here, or as two?"

    def total(self, value: Part, ask: str, step: Step) -> Part:
        return 2 * _whole(value) if ask in WORK else value


class Half(TimesTwo):
    def total(self, value: Part, ask: str, step: Step) -> Part:
        return _whole(value) // 2 if ask in WORK and value_of(value) % 2 == 0 else value


def _whole(value: Part) -> Part:
    return leaf("a", value_of(value))


class NoPlaces(Mistake):
    slug = "macs-are-weights"
    general = "every weight is used at each place of the output, not once"
    hint = "how often is one weight used?"

    def places(self, step: Step) -> tuple[int, ...] | None:
        return () if step.x.sides else None

    def lesson(self, step: Step) -> str:
        sides = "x".join(str(value_of(n)) for n in step.sides)
        return f"every weight is used at each of the {sides} places of the output, not once"


class Params(NoPlaces):
    """Params, biases included, for MACs."""

    def total(self, value: Part, ask: str, step: Step) -> Part:
        return sum(map(product, step.tensors.values())) if ask == "macs" else value


class InputPlaces(Mistake):
    slug = "wrong-resolution"
    general = "the places that count are those of the layer's own output"
    hint = "at how many places does the window stop?"

    def places(self, step: Step) -> tuple[int, ...] | None:
        if step.layer.kind == "conv_transpose":
            return tuple(map(value_of, step.sides))
        return step.x.sides or None

    def lesson(self, step: Step) -> str:
        own = step.x.sides if step.layer.kind == "conv_transpose" else step.sides
        sides = "x".join(str(value_of(n)) for n in own)
        return f"the places that count are {sides}"


class AfterPool(InputPlaces):
    """The places after the next pool of 2, or before the one in front, where the network has such a volume."""

    def __init__(self, *, times: int = 1, by: int = 1) -> None:
        self.times, self.by = times, by

    def places(self, step: Step) -> tuple[int, ...] | None:
        own = step.x.sides if step.layer.kind == "conv_transpose" else tuple(map(value_of, step.sides))
        if not own or any(not isinstance(n, int) or n * self.times < self.by for n in own):
            return None
        sides = tuple(n * self.times // self.by for n in own)
        return sides if any(node.y.sides == sides for node in step.network.nodes) else None


class BiasWork(Mistake):
    slug = "bias-adds"
    general = "adding the bias is no multiply-add"
    hint = "is adding a bias a multiplication?"

    def total(self, value: Part, ask: str, step: Step) -> Part:
        if ask != "macs" or "bias" not in step.tensors or step.places is None:
            return value
        return value + product(step.tensors["bias"]) * product(step.places)


class NoBytes(Mistake):
    slug = "bytes"
    general = "that is how many numbers there are; each takes several bytes"
    hint = "how many bytes does one number take?"

    def __init__(self, times: int = 1, by: int = 4, says: str | None = None) -> None:
        self.times, self.by = times, by
        self.general = says or type(self).general  # type: ignore[misc]  # one class, several sentences

    def total(self, value: Part, ask: str, step: Step) -> Part:
        if ask not in BYTES or value_of(value) * self.times % self.by:
            return value
        return _whole(value) * self.times if self.by == 1 else _whole(value) // (self.by // self.times)


COST: tuple[Mistake, ...] = (
    TimesTwo(),
    Half(),
    NoPlaces(),
    Params(),
    InputPlaces(),
    AfterPool(by=2),
    AfterPool(times=2),
    BiasWork(),
    NoBytes(),
    NoBytes(8, 1, "a byte has 8 bits, and bytes are asked for"),
    NoBytes(2, 1, "a number takes 4 bytes here, not 8"),
    NoBytes(1, 2, "a number takes 4 bytes here, not 2"),
)
