"""What every mistake is: what it changes in the calculation of a layer, and what to say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cnncalc.layers.base import Layer, Tensors
from cnncalc.layers.geometry import Spread, Window
from cnncalc.numbers.traced import Part
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.homework.attempt import Step


class Mistake:
    """A way to go wrong. Each method returns what it was given, or None, where the mistake changes nothing of it."""

    slug: ClassVar[str]
    general: ClassVar[str]
    """What is wrong, as `That is 7,500: …` goes on; without numbers, for whole networks."""
    hint: ClassVar[str]
    """Where to look again, without the answer."""
    habit: ClassVar[bool] = False
    """Made at every layer or at none: nobody counts the multiply-adds of one layer twice over and not of the others."""

    @property
    def reshapes(self) -> bool:
        """Tell whether it may change what leaves a layer, so that the layers behind it are calculated anew."""
        own = type(self)
        return any(
            getattr(own, name) is not getattr(Mistake, name) for name in ("takes", "layer", "window", "side", "depth")
        )

    @property
    def resizes(self) -> bool:
        """Tell whether it is about sizes alone, on which no receptive field depends."""
        own = type(self)
        return any(getattr(own, name) is not getattr(Mistake, name) for name in ("takes", "side", "depth"))

    def takes(self, x: Shape, step: Step) -> Shape:
        """Return the volume that is taken for the input."""
        return x

    def layer(self, layer: Layer, x: Shape) -> Layer:
        """Return the layer with the fields that it is taken to have."""
        return layer

    def window(self, window: Window | Spread, step: Step) -> Window | Spread:
        """Return the window that is put into the formula of a side."""
        return window

    def side(self, window: Window | Spread, n: Part, index: int, step: Step) -> Part | None:
        """Return an output side by another formula."""
        return None

    def extent(self, window: Window | Spread, step: Step) -> Part | None:
        """Return the cells that a kernel covers by another formula."""
        return None

    def padding(self, before: int, after: int, step: Step) -> tuple[int, int]:
        """Return the padding of a side that is taken to be needed, where that is asked for."""
        return before, after

    def depth(self, step: Step) -> Part | None:
        """Return the output channels by another formula."""
        return None

    def tensors(self, tensors: Tensors, step: Step) -> Tensors:
        """Return the tensors that are counted."""
        return tensors

    def places(self, step: Step) -> tuple[int, ...] | None:
        """Return the sides of the volume at whose places the weights are taken to be used."""
        return None

    def total(self, value: Part, ask: str, step: Step) -> Part:
        """Return what is made of the result."""
        return value

    def lesson(self, step: Step) -> str:
        """Return what is wrong, with the numbers of one layer."""
        return self.general


def written(step: Step, field: str) -> str:
    """Write a field of the layer as the text has it."""
    return step.layer.fields[field].type.write(step.layer.__dict__[field])
