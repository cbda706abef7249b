"""The output volume of a convolution, or of a few layers."""

from __future__ import annotations

from cnncalc.quizzes.draft import (
    CHANNELS,
    FILTERS,
    IMAGES,
    MAPS,
    VOLUME,
    An,
    Draft,
    Layer,
    Topic,
    chained,
    conv,
    pool,
    square,
    steps,
    window,
)
from cnncalc.quizzes.draws import Draws

DROPPED = "The output size is rounded down."


def _one(volume: str, layer: Layer, more: str = "") -> Draft:
    text = f"{An(volume)} volume goes through {layer.noun}. What is the output volume? {more}{VOLUME}"
    return Draft(text, {"network": chained(volume, layer), "ask": "output"})


def unpadded(draws: Draws) -> Draft | None:
    side, kernel, stride = draws.choice(IMAGES), draws.choice((3, 5, 7, 11)), draws.choice((1, 2, 4))
    if window(side, kernel, stride)[1] or stride > kernel:
        return None
    return _one(square(side, 3), conv(draws.choice(FILTERS), kernel, stride))


def padded(draws: Draws) -> Draft | None:
    side, kernel, stride = draws.choice(MAPS), draws.choice((3, 5, 7)), draws.choice((1, 1, 2))
    pad = draws.choice((1, 2, 3))
    if pad > kernel // 2 or window(side, kernel, stride, pad)[1]:
        return None
    return _one(square(side, draws.choice(CHANNELS)), conv(draws.choice(FILTERS), kernel, stride, pad))


def left_over(draws: Draws) -> Draft | None:
    side, kernel, stride = draws.choice(IMAGES), draws.choice((3, 5, 7, 11)), draws.choice((2, 3, 4))
    pad = draws.choice((0, 1, 2, 3))
    if pad > kernel // 2 or not window(side, kernel, stride, pad)[1] or stride > kernel:
        return None
    return _one(square(side, 3), conv(draws.choice(FILTERS), kernel, stride, pad), f"{DROPPED} ")


def conv_and_pool(draws: Draws) -> Draft | None:
    side, kernel, pad = draws.choice(IMAGES[:6]), draws.choice((3, 5, 7)), draws.choice((0, 1, 2, 3))
    stride = draws.choice((1, 1, 2))
    moves, rest = window(side, kernel, stride, pad)
    if pad > kernel // 2 or rest or (moves + 1) % 2:
        return None
    layers = conv(draws.choice(FILTERS), kernel, stride, pad), pool(2)
    text = f"{An(square(side, 3))} image goes through these layers, one after the other:\n{steps(*layers)}\n"
    text += f"What is the volume after the last one? {VOLUME}"
    return Draft(text, {"network": chained(square(side, 3), *layers), "ask": "output"})


def unequal(draws: Draws) -> Draft | None:
    height, width = draws.sample((8, 10, 12, 16, 20, 24, 32), 2)
    kernels, strides, pads = draws.sample((1, 3, 5, 7), 2), draws.sample((1, 2, 3), 2), draws.sample((0, 1, 2), 2)
    sides = zip((height, width), kernels, strides, pads, strict=True)
    for side, kernel, stride, pad in sides:
        if pad > kernel // 2 or stride > kernel or window(side, kernel, stride, pad)[0] < 1:
            return None
    layer = conv(draws.choice((4, 8, 16, 32)), *(f"{a}x{b}" for a, b in (kernels, strides, pads)))
    return _one(f"{height}x{width}x{draws.choice((1, 3, 8))}", layer, f"The height is written first. {DROPPED} ")


def dilated(draws: Draws) -> Draft | None:
    side, kernel, dilation = draws.choice(MAPS[3:]), draws.choice((3, 5)), draws.choice((2, 3, 4))
    pad = draws.choice((0, 1, 2, 4))
    if side + 2 * pad <= dilation * (kernel - 1) or pad > dilation * (kernel - 1) // 2:
        return None
    note = "Dilation 1 is an ordinary kernel without holes. "
    layer = conv(draws.choice(FILTERS), kernel, 1, pad, dilation=dilation)
    return _one(square(side, draws.choice(CHANNELS)), layer, note)


def stack(draws: Draws) -> Draft | None:
    side = draws.choice((32, 64, 128, 224, 227))
    first = draws.choice(((3, 1, 1), (5, 1, 2), (7, 2, 3), (11, 4, 0), (5, 1, 0)))
    second = draws.choice(((3, 1, 1), (5, 1, 2), (3, 1, 0), (5, 1, 0)))
    filters = draws.sample((16, 32, 64, 96, 128, 256), 2)
    layers = (
        conv(filters[0], *first),
        pool(*draws.choice(((2, 2), (3, 2)))),
        conv(filters[1], *second),
        pool(2),
    )
    if side == 32 and first[0] == 11:
        return None
    text = f"{An(square(side, 3))} image goes through these layers, one after the other:\n{steps(*layers)}\n"
    text += f"What is the volume after the last one? {DROPPED} {VOLUME}"
    return Draft(text, {"network": chained(square(side, 3), *layers), "ask": "output"})


TOPIC = Topic(
    "output",
    "the output volume of convolutions",
    {1: (unpadded, padded), 2: (left_over, conv_and_pool), 3: (unequal, stack, dilated)},
)
