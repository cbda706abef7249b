"""A question before its answers are computed, and the words for layers in questions and in chains alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from cnncalc.quizzes.draws import Draws
from cnncalc.record import Record

VOLUME = "Write it as height x width x channels."
BIASES = "Every filter has a bias."
THREE_DIGITS = "Three significant digits are enough."

IMAGES = (32, 64, 96, 128, 224, 227, 256, 299)
MAPS = (7, 8, 13, 14, 16, 27, 28, 32, 56, 64)
CHANNELS = (8, 16, 32, 64, 128, 256)
FILTERS = (8, 10, 16, 20, 32, 64, 96, 100, 128)


class Draft(Record):
    """What a question says, and what stands under it in a key: network, ask, parts, table, …"""

    text: str
    entry: Mapping[str, Any]


Template: TypeAlias = Callable[[Draws], Draft | None]
"""Draws the numbers of a question; None where they came out so that nobody would ask it."""


class Topic(Record):
    """What questions can be about, with the ways to ask by level: 1: one formula, 2: two steps, 3: exam."""

    name: str
    about: str
    templates: Mapping[int, Sequence[Template]]


class Layer(Record):
    """A layer as a step of a chain, and in words."""

    chain: str
    name: str
    details: tuple[str, ...] = ()
    article: str = "a "

    @property
    def noun(self) -> str:
        """Within a sentence: a convolution with 32 filters of 3x3, stride 1 and no padding."""
        if not self.details:
            return f"{self.article}{self.name}"
        *more, last = self.details
        return f"{self.article}{self.name} with {' and '.join(filter(None, (', '.join(more), last)))}"

    @property
    def first(self) -> str:
        """At the start of a sentence."""
        return f"{self.noun[0].upper()}{self.noun[1:]}"

    @property
    def item(self) -> str:
        """In a list."""
        return self.named(self.name)

    def named(self, name: str) -> str:
        """In a list, under a name: conv2: 32 filters of 3x3, stride 1, padding 1."""
        return f"{name}: {', '.join(self.details)}" if self.details else name


def _padding(pad: Any) -> str:
    return f"padding {pad}" if pad else "no padding"


def conv(
    out: int,
    kernel: int | str,
    stride: int | str = 1,
    pad: int | str = 0,
    *,
    dilation: int = 1,
    groups: int = 1,
    bias: bool = True,
) -> Layer:
    """Make a convolution; sizes may be texts such as 3x5."""
    kernel = kernel if isinstance(kernel, str) else f"{kernel}x{kernel}"
    chain = f"conv {out} {kernel}"
    chain += f" stride={stride}" if stride != 1 else ""
    chain += f" pad={pad}" if pad else ""
    chain += f" dilation={dilation}" if dilation != 1 else ""
    chain += f" groups={groups}" if groups != 1 else ""
    chain += "" if bias else " bias=no"
    details = [f"{out} filters of {kernel}", f"stride {stride}", _padding(pad)]
    details += [f"dilation {dilation}"] if dilation != 1 else []
    details += [f"{groups} groups"] if groups != 1 else []
    details += [] if bias else ["no biases"]
    return Layer(chain, "convolution", tuple(details))


def pool(kernel: int, stride: int | None = None, pad: int = 0, *, kind: str = "max", ceil: bool = False) -> Layer:
    stride = stride or kernel
    chain = f"{kind}pool {kernel}x{kernel}"
    chain += f" stride={stride}" if stride != kernel else ""
    chain += f" pad={pad}" if pad else ""
    chain += " ceil=yes" if ceil else ""
    details = [f"a {kernel}x{kernel} window", f"stride {stride}", *([_padding(pad)] if pad else [])]
    return Layer(chain, {"max": "max pooling", "avg": "average pooling"}[kind], tuple(details), "")


def depthwise(kernel: int, stride: int = 1, pad: int = 0, *, bias: bool = True) -> Layer:
    chain = f"depthwise {kernel}x{kernel}"
    chain += f" stride={stride}" if stride != 1 else ""
    chain += f" pad={pad}" if pad else ""
    chain += "" if bias else " bias=no"
    details = [f"one {kernel}x{kernel} filter a channel", f"stride {stride}", _padding(pad)]
    return Layer(chain, "depthwise convolution", (*details, *([] if bias else ["no biases"])))


def linear(out: int, *, bias: bool = True) -> Layer:
    details = [f"{out:,} outputs", *([] if bias else ["no biases"])]
    return Layer(f"linear {out}{'' if bias else ' bias=no'}", "fully connected layer", tuple(details))


FLATTEN = Layer("flatten", "flattening into a vector")
RELU = Layer("relu", "ReLU")
NORM = Layer("batchnorm", "batch normalisation")
GLOBAL = Layer("global_avgpool", "global average pooling", (), "")


def chained(volume: str, *layers: Layer) -> str:
    """Write the chain of a volume and layers."""
    return " -> ".join((volume, *(layer.chain for layer in layers)))


def steps(*layers: Layer) -> str:
    """Write layers as a numbered list."""
    return "\n".join(f"{number}. {layer.item}" for number, layer in enumerate(layers, 1))


def paths(*layers: Layer) -> list[str]:
    """Return the paths that layers of a chain have: conv, maxpool, conv2."""
    found: list[str] = []
    counts: dict[str, int] = {}
    for layer in layers:
        kind = layer.chain.split()[0]
        counts[kind] = counts.get(kind, 0) + 1
        found.append(kind if counts[kind] == 1 else f"{kind}{counts[kind]}")
    return found


def an(text: str) -> str:
    """Put the article before a size: an 8x8x64, a 7x7x512."""
    return f"{'an' if re.match('8|1[18](?![0-9])', text) else 'a'} {text}"


def An(text: str) -> str:  # noqa: N802  # at the start of a sentence
    return f"A{an(text)[1:]}"


def square(side: int, channels: int) -> str:
    return f"{side}x{side}x{channels}"


def window(side: int, kernel: int, stride: int = 1, pad: int = 0) -> tuple[int, int]:
    """Return how often a window is moved on, and how large the remainder is: to choose numbers by."""
    return divmod(side + 2 * pad - kernel, stride)
