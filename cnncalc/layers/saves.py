"""What a layer keeps for the backward pass of training: the structure that a kind's rule `saves` returns.

Source: torch.autograd.graph.saved_tensors_hooks on the layer's PyTorch twin; tests compare every kind.
"""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.numbers.arith import Number


class Extra(NamedTuple):
    """Further numbers that a layer keeps, which no other layer shares."""

    values: Number
    size: int | None = None  # bytes of each; None: of the number type, which autocast may change
    once: bool = False  # for the whole batch, not for each image
    mask: bool = False  # of dropout: a byte each on CUDA, of the number type on the CPU
    type: str = "worked"  # what autocast makes of it: one of TYPES


TYPES = {
    "worked": "that in which the layer works, after casts",
    "made": "that of the output",
    "entered": "that of the input",
    "float32": "float32",
    "statistic": "float32; under autocast on the CPU that of the input",
    "float32_on_cpu": "under autocast on the CPU float32, else that of the input",
    "float32_on_cuda": "under autocast on CUDA float32, else the low type",
    "reduced": "under autocast on CUDA float32, else that of the input",
    "uncast": "that of the input, for weights that autocast replaces by their casts",
    "low_copy": "the low type, for a copy of what is not in it",
    "float32_copy": "float32, for a copy under autocast of what is in the low type",
    "float32_copy_on_cuda": "the same on CUDA alone",
    "input_copy_on_cuda": "float32, for a copy on CUDA of an input that is not",
}
"""The types of kept numbers under autocast: bfloat16 or float16 is the low type. Without autocast all are one type."""

CASTS = ("none", "learned", "low", "float32", "float32_on_cpu", "float32_always")
"""What autocast does with the inputs of a kind: nothing, so that it works in their widest type; nothing, and learned
numbers of float32 make the output float32; it casts them to the low type, with the weights; to float32 on CUDA, or on
the CPU, whose list is another, or both. Source: ATen/autocast_mode.h and autocast_mode.cpp of PyTorch 2.13."""

CASTING = CASTS[2:]


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
    learning: bool = False  # inputs are kept for the gradients of weights alone: not where those are frozen
    view: bool = False  # the output shares the memory of the first input
    passes: bool = False  # the gradient of each input is that of the output, or a part of it, without a copy
    forward: Number = 0  # values that the forward pass needs for a while
    backward: Number = 0  # values that the backward pass needs for a while, beside the gradients
    about: int = 0  # by how many percent a peak within the layer was found to differ from PyTorch, at most
    layout: str = "same"
    needs: str | None = None
    casts: str = "none"  # one of CASTS
    padded: bool = False  # kept inputs enter padding of its own, which autocast casts on the CPU to float32
    result: str = "worked"  # the type of the output where weights are cast to the low type
    weights: Number = 0  # weights whose casts to the low type are kept
    first: tuple[Number, ...] = ()  # for each input, those whose casts are kept where it has a gradient

    def more(self, *extras: Extra) -> Saves:
        """Return this with further numbers."""
        return self._replace(extras=(*self.extras, *extras))

    def cast(self, casts: str) -> Saves:
        """Return this with what autocast does."""
        return self._replace(casts=casts)


NOTHING = Saves()
INPUT = Saves(inputs=(0,))
OUTPUT = Saves(output=True)
BOTH = Saves(inputs=(0,), output=True)
VIEW = Saves(view=True)
PASSED = Saves(passes=True)
WIDE_INPUT, WIDE_OUTPUT = INPUT.cast("float32"), OUTPUT.cast("float32")
FLAT = Saves(view=True, needs="first", layout="first", passes=True)
INDEX = 8
"""Bytes of an index, an int64."""
