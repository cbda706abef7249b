"""The base class of kinds with a sliding window: kernel, stride, pad, dilation, and the checks of their sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.layers.base import Layer, Refusal
from cnncalc.layers.geometry import Side, Window
from cnncalc.layers.saves import INPUT, NOTHING, Extra, Saves
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape

Padding = tuple[tuple[Number, Number], ...] | str


class Spatial(Layer):
    """A kind that works on one to three spatial dimensions."""

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        if refusal:
            yield refusal


class Windowed(Layer):
    """A kind whose output size follows from a window sliding over its input.

    Its fields `kernel`, `stride`, `pad`, `dilation` and `ceil` describe the window; missing ones have neutral values.
    """

    kernel: tuple[Number, ...]

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """Return one window per dimension, with numeric padding."""
        ones = (1,) * len(x.sides)
        stride: tuple[Number, ...] = getattr(self, "stride", ones)
        dilation: tuple[Number, ...] = getattr(self, "dilation", ones)
        pad: Padding = getattr(self, "pad", ((0, 0),) * len(x.sides))
        ceil: bool = getattr(self, "ceil", False)
        if isinstance(pad, str):
            bare = [Window(k, s, 0, 0, d) for k, s, d in zip(self.kernel, stride, dilation, strict=True)]
            if pad == "causal":
                pad = tuple((w.extent - 1, 0) for w in bare)
            else:
                pads = [w.same(n) for w, n in zip(bare, x.sides, strict=True)]
                pad = tuple((after, before) if pad == "same_lower" else (before, after) for before, after in pads)
        return tuple(
            Window(k, s, before, after, d, ceil)
            for k, s, (before, after), d in zip(self.kernel, stride, pad, dilation, strict=True)
        )

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return self.windows(x)

    def output_sides(self, x: Shape) -> tuple[Number, ...]:
        return tuple(w.output(n) for w, n in zip(self.windows(x), x.sides, strict=True))

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x) or next(filter(None, map(too_wide, self.windows(x), x.sides)), None)
        if refusal:
            helps = refusal.code != "E201" or "pad" in self.fields
            yield refusal if helps else refusal._replace(hint="add a pad layer before it")
        elif "pad_mode" in self.fields:
            pads = [(w.before, w.after) for w in self.windows(x)]
            yield from mode_refused("pad" if "pad" in self.fields else "kernel", self.__dict__["pad_mode"], x, pads)


def padded_input(layer: Windowed, x: Shape) -> Saves:
    """Return what is kept of the input: itself, or with its padding where PyTorch pads in a step of its own.

    Padding that mirrors or continues the input keeps that, too.
    """
    pads = [(w.before, w.after) for w in layer.windows(x)]
    mode = layer.__dict__.get("pad_mode", "zeros")
    if mode == "zeros" and all(before == after for before, after in pads):
        return INPUT
    sides = (n + before + after for n, (before, after) in zip(x.sides, pads, strict=True))
    unpadded = INPUT._replace(padded=True) if mode in ("reflect", "replicate") else NOTHING
    return unpadded.more(Extra(product(sides) * x.channels))


def too_wide(window: Window, n: int) -> Refusal | None:
    """Return the refusal of a window that is larger than its padded input, with a padding that would make it fit."""
    if window.output(n) >= 1:
        return None
    room = n + window.before + window.after
    size = f"{window.extent}" if window.dilation == 1 else f"{window.extent} ({window.kernel} dilated)"
    where = f"{n} + {window.before + window.after} padding" if room != n else f"{n} without padding"
    needed = -(-(window.extent - n) // 2)
    return Refusal("E201", "kernel", f"{size} exceeds the input size {where}", f"pad={needed} would fit")


def mode_refused(field: str, mode: str, x: Shape, pads: Sequence[tuple[int, int]]) -> Iterator[Refusal]:
    """Yield a refusal if padding that repeats or mirrors the input needs more of it than there is."""
    margin = {"reflect": 1, "circular": 0}.get(mode)
    if margin is None:
        return
    for n, ends in zip(x.sides, pads, strict=False):
        most = max(n - margin, 0)
        if max(ends) > most:
            reason = f"{max(ends)} exceeds the {most} positions that {mode} padding has of an input of size {n}"
            yield Refusal("E209", field, reason, "replicate padding has no limit")
            return


def needs_sides(layer: Layer, x: Shape) -> Refusal | None:
    """Return the refusal of a vector, or of more than the three dimensions that PyTorch supports."""
    if len(x.sides) in (1, 2, 3):
        return None
    hint = "linear takes a vector" if layer.weighted and not x.sides else None
    return Refusal("E202", None, f"{layer.kind} requires 1 to 3 spatial dimensions, {x} {has_sides(x)}", hint)


def has_sides(x: Shape) -> str:
    """Describe the spatial dimensions of an input, as the end of a sentence."""
    count = len(x.sides)
    return f"has {count} spatial dimension{'s' if count > 1 else ''}" if count else "is a vector"
