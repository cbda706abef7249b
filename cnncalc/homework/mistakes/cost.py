"""Mistakes in counting work and memory."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.homework.calculation import LayerCalculation, Mistake
from cnncalc.numbers.arith import product
from cnncalc.numbers.traced import Part, leaf, value_of

WORK = ("macs", "flops", "operations", "multiplications")
BYTES = ("weight_bytes", "activation_bytes")


class TimesTwo(Mistake):
    slug = "mac-flop"
    plausibility = 2
    habit = True
    general = "a multiply-add is one MAC and two FLOPs"
    hint = "does one multiply-add count as one here, or as two?"

    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        return 2 * _whole(value) if quantity in WORK else value


class Half(TimesTwo):
    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        return _whole(value) // 2 if quantity in WORK and value_of(value) % 2 == 0 else value


def _whole(value: Part) -> Part:
    return leaf("a", value_of(value))


class NoPlaces(Mistake):
    slug = "macs-are-weights"
    general = "every weight is used at each position of the output, not once"
    hint = "how often is one weight used?"

    def places(self, calc: LayerCalculation) -> tuple[int, ...] | None:
        return () if calc.x.sides else None

    def lesson(self, calc: LayerCalculation) -> str:
        sides = "x".join(str(value_of(n)) for n in calc.sides)
        return f"every weight is used at each of the {sides} positions of the output, not once"


class Params(NoPlaces):
    """Params, biases included, for MACs."""

    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        return sum(map(product, calc.tensors.values())) if quantity == "macs" else value


class InputPlaces(Mistake):
    slug = "wrong-resolution"
    plausibility = 2
    general = "the positions that count are those of the layer's own output"
    hint = "at how many positions does the window stop?"

    def places(self, calc: LayerCalculation) -> tuple[int, ...] | None:
        if calc.layer.kind == "conv_transpose":
            return tuple(map(value_of, calc.sides))
        return calc.x.sides or None

    def lesson(self, calc: LayerCalculation) -> str:
        own = calc.x.sides if calc.layer.kind == "conv_transpose" else calc.sides
        sides = "x".join(str(value_of(n)) for n in own)
        return f"the positions that count are {sides}"


class AfterPool(InputPlaces):
    """The places after the next pool of 2, or before the one in front, where the network has such a volume."""

    plausibility = 1

    def __init__(self, *, times: int = 1, by: int = 1) -> None:
        self.times, self.by = times, by

    def places(self, calc: LayerCalculation) -> tuple[int, ...] | None:
        own = calc.x.sides if calc.layer.kind == "conv_transpose" else tuple(map(value_of, calc.sides))
        if not own or any(not isinstance(n, int) or n * self.times < self.by for n in own):
            return None
        sides = tuple(n * self.times // self.by for n in own)
        return sides if any(node.y.sides == sides for node in calc.network.nodes) else None


class BiasWork(Mistake):
    slug = "bias-adds"
    general = "adding the bias is no multiply-add"
    hint = "is adding a bias a multiplication?"

    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        if quantity != "macs" or "bias" not in calc.tensors or calc.places is None:
            return value
        return value + product(calc.tensors["bias"]) * product(calc.places)


class AsManyAdditions(Mistake):
    slug = "n-additions"
    plausibility = 2
    general = "the sum of n products takes n − 1 additions"
    hint = "how many plus signs stand between n numbers?"

    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        if quantity != "additions" or "bias" in calc.tensors:
            return value
        return value + leaf("values", calc.leaving.values)


class NoBytes(Mistake):
    slug = "bytes"
    plausibility = 2
    general = "that is how many numbers there are; each takes several bytes"
    hint = "how many bytes does one number take?"

    def __init__(self, times: int = 1, by: int = 4, says: str | None = None) -> None:
        self.times, self.by = times, by
        self.general = says or type(self).general  # type: ignore[misc]  # one class, several sentences

    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        if quantity not in BYTES or value_of(value) * self.times % self.by:
            return value
        return _whole(value) * self.times if self.by == 1 else _whole(value) // (self.by // self.times)


class ForgottenBatch(Mistake):
    slug = "forgotten-batch"
    plausibility = 2
    habit = True
    general = "that is for one image, and the batch has more"
    hint = "for how many images?"

    def images(self, batch: int) -> int:
        return 1


class DroppedForKept(Mistake):
    slug = "rate-for-share"
    general = "that is how many are dropped; the rate is the share that is dropped"
    hint = "is the rate the share that is kept, or the one that is dropped?"

    def kept_share(self, share: Fraction) -> Fraction:
        return 1 - share


COST: tuple[Mistake, ...] = (
    TimesTwo(),
    Half(),
    NoPlaces(),
    Params(),
    InputPlaces(),
    AfterPool(by=2),
    AfterPool(times=2),
    BiasWork(),
    AsManyAdditions(),
    DroppedForKept(),
    ForgottenBatch(),
    NoBytes(),
    NoBytes(8, 1, "a byte has 8 bits, and bytes are asked for"),
    NoBytes(2, 1, "a number takes 4 bytes here, not 8"),
    NoBytes(1, 2, "a number takes 4 bytes here, not 2"),
)
