"""Mistakes in the padding of a side."""

from __future__ import annotations

from cnncalc.homework.calculation import LayerCalculation, Mistake
from cnncalc.layers.base import Layer
from cnncalc.layers.geometry import Spread, Window
from cnncalc.layers.pool import Pool
from cnncalc.layers.window import Windowed
from cnncalc.numbers.traced import Part, leaf, value_of


def _same(layer: Layer) -> bool:
    return layer.__dict__.get("pad") in ("same", "same_lower")


class NoPad(Mistake):
    slug = "no-pad"
    general = "the padding is missing"
    hint = "does the window move over the padding as well?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        if _same(calc.layer) or not (value_of(window.before) or value_of(window.after)):
            return window  # what `same` adds is SameIsValid's
        return window._replace(before=0, after=0)

    def lesson(self, calc: LayerCalculation) -> str:
        padding = calc.written("pad")
        return f"the padding {padding} is missing" if padding else self.general


class PadOnce(Mistake):
    slug = "pad-once"
    general = "the padding is on both ends of a side, so it counts twice"
    hint = "on how many ends of a side is the padding?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        return window._replace(after=0) if value_of(window.before) and value_of(window.after) else window


class PadDepth(Mistake):
    slug = "pad-depth"
    general = "padding is put around the sides only; the channels stay as they are"
    hint = "which axes does padding change?"

    def depth(self, calc: LayerCalculation) -> Part | None:
        pads = calc.layer.__dict__.get("pad")
        if not isinstance(pads, tuple) or not pads or not isinstance(pads[0], tuple) or pads[0] == (0, 0):
            return None
        once = any(isinstance(mistake, PadOnce) for mistake in calc.mistakes)
        before, after = pads[0]
        channels = calc.layer.shape(*calc.xs).channels
        return leaf("C", channels) + (leaf("p", before) if once or not after else 2 * leaf("p", before))


class PadOrder(Mistake):
    """[1, 2, 1, 2] read side by side, where a framework lists what stands before every side, then what stands after."""

    slug = "pad-order"
    general = "padding is listed for the beginnings of all sides, then for their ends: not side by side"
    hint = "which of the numbers for the padding belong to the height?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        listed = [value_of(each.before) for each in calc.windows] + [value_of(each.after) for each in calc.windows]
        before, after = listed[2 * index : 2 * index + 2]
        if (before, after) == (value_of(window.before), value_of(window.after)):
            return None
        return window._replace(before=leaf("p₁", before), after=leaf("p₂", after)).output(n)


class SameMeansSame(Mistake):
    slug = "same-means-same"
    plausibility = 2
    general = "`same` keeps the size only at stride 1; with stride s it gives the side divided by s, rounded up"
    hint = "what does `same` mean when the stride is above 1?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        return n if _same(calc.layer) and value_of(window.stride) != 1 else None


class SameIsFixed(Mistake):
    slug = "same-symmetric"
    general = (
        "`same` does not always put (k − 1)/2 on both ends: with a stride it depends on the side, and may be uneven"
    )
    hint = "how much padding is needed in all, and is that even?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        if not _same(calc.layer):
            return window
        p = leaf("p", (value_of(window.kernel) - 1) // 2)
        return window._replace(before=p, after=p)


class OtherEnd(Mistake):
    slug = "same-symmetric"
    general = "the extra pixel of an uneven padding belongs to the other end"
    hint = "of an uneven padding, which end gets the extra pixel?"

    def padding(self, before: int, after: int, calc: LayerCalculation) -> tuple[int, int]:
        return after, before


class PadInAll(Mistake):
    slug = "pad-in-all"
    general = "that is the padding of both ends together; each gets half of it"
    hint = "how much of the padding goes to each end?"

    def padding(self, before: int, after: int, calc: LayerCalculation) -> tuple[int, int]:
        return before + after, before + after


class SameIsValid(Mistake):
    slug = "no-pad"
    plausibility = 2
    general = "`same` adds padding"
    hint = "does the window move over the padding as well?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        return window._replace(before=0, after=0) if _same(calc.layer) else window


class ValidIsSame(Mistake):
    slug = "pad-assumed"
    general = "without padding the side shrinks"
    hint = "is there padding at all?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if not isinstance(calc.layer, Windowed) or isinstance(calc.layer, Pool) or _same(calc.layer):
            return None
        return -(-n // window.stride)
