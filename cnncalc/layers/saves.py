"""What a layer keeps for the backward pass of training: the structure that a kind's rule `saves` returns.

Source: torch.autograd.graph.saved_tensors_hooks on the layer's PyTorch twin; tests compare every kind.
"""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.numbers.arith import Number


class Extra(NamedTuple):
    """Further numbers that a layer keeps, which no other layer shares."""

    values: Number
    size: int | None = None  # bytes of each; None: of the number type
    once: bool = False  # for the whole batch, not for each image
    mask: bool = False  # of dropout: a byte each on CUDA, of the number type on the CPU


class Saves(NamedTuple):
    """What is kept beside the weights, and how the output is stored.

    `layout` is the order in which the output lies in memory: `same` as the first input, `first` or `last` for where the
    channels are. A layer that `needs` another layout than it gets works on a copy: a view becomes one, and a kept input
    is kept as one; `sides` needs positions that lie together in any order.
    """

    inputs: tuple[int, ...] = ()  # inputs that are kept
    output: bool = False
    extras: tuple[Extra, ...] = ()
    own: tuple[int, ...] = ()  # inputs that are kept where they have a gradient themselves
    folds: str | None = None  # works on two volumes at a time, and keeps what a `product`, `quotient` or `choice` needs
    results: tuple[Number, ...] = ()  # values of the results on the way, which only further volumes keep
    view: bool = False  # the output shares the memory of the first input
    passes: bool = False  # the gradient of each input is that of the output, or a part of it, without a copy
    forward: Number = 0  # values that the forward pass needs for a while
    backward: Number = 0  # values that the backward pass needs for a while, beside the gradients
    layout: str = "same"
    needs: str | None = None

    def more(self, *extras: Extra) -> Saves:
        """Return this with further numbers."""
        return self._replace(extras=(*self.extras, *extras))


NOTHING = Saves()
INPUT = Saves(inputs=(0,))
OUTPUT = Saves(output=True)
BOTH = Saves(inputs=(0,), output=True)
VIEW = Saves(view=True)
PASSED = Saves(passes=True)
FLAT = Saves(view=True, needs="first", layout="first", passes=True)
INDEX = 8
"""Bytes of an index, an int64."""
