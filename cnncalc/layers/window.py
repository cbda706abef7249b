"""What all kinds with a sliding window share: kernel, stride, pad, dilation, and when they do not fit."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.arith import Number
from cnncalc.layers.base import Layer, Refusal
from cnncalc.layers.geometry import Side, Window
from cnncalc.shape import Shape, sides_text

Padding = tuple[tuple[Number, Number], ...] | str


class Windowed(Layer):
    """A kind whose output sides follow from a window sliding over the input's sides."""

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """Return one window a side, padding as numbers."""
        fields = self.__dict__
        ones = (1,) * len(x.sides)
        kernel, stride, dilation = fields["kernel"], fields.get("stride", ones), fields.get("dilation", ones)
        pad: Padding = fields.get("pad", ((0, 0),) * len(x.sides))
        ceil = fields.get("ceil", False)
        if isinstance(pad, str):
            bare = [Window(k, s, 0, 0, d, ceil) for k, s, d in zip(kernel, stride, dilation, strict=True)]
            pads = [w.same(n) for w, n in zip(bare, x.sides, strict=True)]
            pad = tuple((after, before) if pad == "same_lower" else (before, after) for before, after in pads)
        return tuple(
            Window(k, s, before, after, d, ceil)
            for k, s, (before, after), d in zip(kernel, stride, pad, dilation, strict=True)
        )

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return self.windows(x)

    def output_sides(self, x: Shape) -> tuple[Number, ...]:
        return tuple(w.output(n) for w, n in zip(self.windows(x), x.sides, strict=True))

    def check(self, x: Shape) -> Iterator[Refusal]:
        if not x.sides:
            yield Refusal("E202", None, f"{self.kind} slides over sides, but {x} is a vector", "linear takes a vector")
            return
        for window, n in zip(self.windows(x), x.sides, strict=True):
            refusal = too_wide(window, n)
            if refusal:
                yield refusal
                return


def too_wide(window: Window, n: int) -> Refusal | None:
    """Return the refusal of a window that is wider than its padded side, with the padding that would make it fit."""
    room = n + window.before + window.after
    if window.extent <= room:
        return None
    cells = f"{window.extent} cells" if window.dilation == 1 else f"{window.extent} cells ({window.kernel} dilated)"
    where = f"{n} + {window.before} + {window.after} padding" if room != n else f"{n} without padding"
    needed = -(-(window.extent - n) // 2)
    return Refusal("E201", "kernel", f"{cells} do not fit {where}", f"pad={needed} would fit")


def needs_sides(layer: Layer, x: Shape, allowed: tuple[int, ...] = (1, 2, 3)) -> Iterator[Refusal]:
    """Yield a refusal when the volume has a number of sides that the kind does not take."""
    if len(x.sides) not in allowed:
        yield Refusal("E202", None, f"{layer.kind} does not take {x}, which has {sides_text(len(x.sides))}")
