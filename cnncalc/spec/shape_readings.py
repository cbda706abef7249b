"""Other ways in which a written shape may be meant: channels first, a batch in front, a grey image without channels.

A shape is read as it is written, `height x width x channels`. Whether another reading is likely is decided here, once
for every command; `cnncalc.loading` then builds the network of that reading, and shows both or offers the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import Any, NamedTuple

from cnncalc.record import Record
from cnncalc.spec.chain import Call, Check
from cnncalc.spec.expression import ExpressionError, SizeOf
from cnncalc.spec.model import Block, Chain, Items, Spec
from cnncalc.spec.parse import parse_shape
from cnncalc.spec.tree import Scalar

MOST_CHANNELS = 4
"""Channels that an image may have."""
IMAGE, LARGE, LONGEST_SIDE = 4, 16, 4
"""Equal sides from 4 on look like an image, others from 16 on if one is at most 4 times the other."""
GREY = 8
"""Two equal sides from 8 on look like a grey image."""
SCREENS = frozenset(
    {(240, 320), (480, 640), (600, 800), (720, 1280), (960, 1280), (1080, 1920), (1440, 2560), (2160, 3840)}
)
"""Sizes of pictures that are no usual number of tokens and channels."""
DATA_SET = 2048
"""So many are images of a data set, and no channels."""

Turn = Callable[[Sequence[Any]], Sequence[Any]]
"""Brings the parts of a shape into the order height, width, channels."""


class ShapeReading(NamedTuple):
    """Another reading of a shape: what it is called, how its parts turn, and how to write it."""

    name: str
    turn: Turn
    remedy: str  # a text with {shape} and {batch}
    checks: bool = True  # whether shape checks turn as the input does
    flatten: bool = False


def channels_first(parts: Sequence[Any]) -> Sequence[Any]:
    return (*parts[1:], parts[0])


def _without_batch(parts: Sequence[Any]) -> Sequence[Any]:
    return parts[1:] if len(parts) > 1 else parts


def _batch_and_channels_first(parts: Sequence[Any]) -> Sequence[Any]:
    return channels_first(_without_batch(parts))


FIRST = ShapeReading("channels first", channels_first, "channels come last here: write {shape}")
AS_WRITTEN = ShapeReading("channels last", lambda parts: parts, "channels come first under this layout: write {shape}")
BATCH_FIRST = ShapeReading(
    "a batch and channels first",
    _batch_and_channels_first,
    "a shape has no batch, and channels come last: write {shape}, with --batch {batch}",
)
BATCH_LAST = ShapeReading(
    "a batch in front", _without_batch, "a shape has no batch: write {shape}, with --batch {batch}"
)
GREY_BATCH = ShapeReading(
    "a batch of grey images",
    lambda parts: (*_without_batch(parts), 1) if len(parts) == 3 else _without_batch(parts),
    "a shape has no batch and ends with its channels: write {shape}, with --batch {batch}",
    checks=False,
)
GREY_IMAGE = ShapeReading(
    "a grey image", lambda parts: (*parts, 1), "an image ends with its channels: write {shape}", checks=False
)
GREY_FLAT = ShapeReading(
    "a grey image",
    lambda parts: (*parts, 1),
    "an image ends with its channels, and a linear layer takes a vector: write {shape} -> flatten",
    checks=False,
    flatten=True,
)


def parts_of(text: str) -> list[str]:
    """Return the parts of a written shape verbatim; empty when it cannot be read."""
    try:
        size = parse_shape(text)
    except ExpressionError:
        return []
    return [text[part.start : part.start + part.length] for part in size.parts] if size else []


def likely(text: str, *, fits: bool, layout: str = "hwc") -> Iterator[ShapeReading]:
    """Yield other readings of a shape, the likeliest first; `fits`: whether the network builds as written."""
    parts = parts_of(text)
    number = [int(part) if part.isdigit() else None for part in parts]
    match parts:
        case [height, width, last] if layout == "chw":
            if _few(last, height, width):
                yield AS_WRITTEN
        case [_, _]:
            equal = number[0] == number[1] and number[0] is not None and number[0] >= GREY
            if number[0] is not None and number[0] > DATA_SET and (number[1] or 0) >= LARGE:
                yield BATCH_LAST
            if equal or tuple(sorted(map(int, filter(None, number)))) in SCREENS or (not fits and None not in number):
                yield GREY_IMAGE
                yield GREY_FLAT
        case [first, height, width]:
            if number[0] is not None and number[0] > DATA_SET and _image(height, width):
                yield GREY_BATCH
            elif _channels(first, height, width):
                yield FIRST
        case [_, first, height, width]:
            if _channels(first, height, width):
                yield BATCH_FIRST
            elif not fits:
                yield BATCH_LAST
        case [_, first, depth, height, width]:
            if _channels(first, height, width):
                yield BATCH_FIRST
            elif _few(width, depth, height):
                yield BATCH_LAST


def _channels(first: str, height: str, width: str) -> bool:
    """Return whether the first of three parts looks like the channels of the other two."""
    return _few(first, height, width) or (_image(height, width) and first != height and height == width)


def _few(channels: str, height: str, width: str) -> bool:
    if not _image(height, width):
        return False
    if not channels.isdigit():
        return channels == "C"
    sides = [int(side) for side in (height, width) if side.isdigit()]
    return int(channels) <= MOST_CHANNELS and all(int(channels) < side for side in sides)


def _image(height: str, width: str) -> bool:
    """Judge whether two parts look like the sides of an image."""
    if not (height.isdigit() and width.isdigit()):
        return not height.isdigit() and not width.isdigit()
    low, high = sorted((int(height), int(width)))
    return (low == high and low >= IMAGE) or (low >= LARGE and high <= low * LONGEST_SIDE)


def turned_input(scalar: Scalar, reading: ShapeReading) -> Scalar:
    """Return an input's shape as the reading has it, at the same place."""
    text = "x".join(map(str, reading.turn(parts_of(scalar.text)))) or scalar.text
    return Scalar(scalar.source, text, scalar.start, scalar.end, scalar.style)


def turned(spec: Spec, reading: ShapeReading) -> Spec:
    """Return a spec with its inputs, and its shape checks, as the reading has them; places stay what they are."""
    other = copy(spec)
    other.inputs = {name: turned_input(scalar, reading) for name, scalar in spec.inputs.items()}
    other.variants = {}
    for name, variant in spec.variants.items():
        other.variants[name] = copy(variant)
        if variant.input:
            other.variants[name].input = turned_input(variant.input, reading)
    if reading.checks:
        other.layers = _turned(spec.layers, reading.turn)
        other.blocks = {
            name: Block(block.name, block.header, block.parameters, _turned(block.body, reading.turn))
            for name, block in spec.blocks.items()
        }
    return flattened(other, next(iter(other.inputs.values()))) if reading.flatten else other


def flattened(spec: Spec, where: Scalar) -> Spec:
    """Return a spec whose volume is flattened before its first layer."""
    other = copy(spec)
    step = Chain(where, (Call("flatten", (), 0, len(where.text)),))
    other.layers = Items((step, spec.layers), getattr(spec.layers, "names", frozenset()))
    return other


def _turned(part: Any, turn: Turn) -> Any:
    """Return a part of a spec with every shape check in it turned."""
    if isinstance(part, Check):
        if len(part.size.parts) < 2:
            return part
        size = part.size
        return Check(SizeOf(tuple(turn(size.parts)), size.start, size.length, size.size), part.start, part.length)
    if isinstance(part, tuple):
        return tuple(_turned(inner, turn) for inner in part)
    if not isinstance(part, Record) or isinstance(part, (Scalar, Call)):
        return part
    return type(part)(**{name: _turned(value, turn) for name, value in part.__dict__.items()})


def is_listed(scalar: Scalar) -> bool:
    """Judge whether a shape is written as a tuple or list of Python, whose channels come first in PyTorch."""
    return scalar.text.strip()[:1] in ("(", "[") and "," in scalar.text
