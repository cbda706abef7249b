"""Pooling: sizes, channels, what it learns (nothing)."""

from __future__ import annotations

from cnncalc.quizzes.draft import (
    CHANNELS,
    MAPS,
    VOLUME,
    An,
    Draft,
    Topic,
    an,
    chained,
    conv,
    pool,
    square,
    steps,
    window,
)
from cnncalc.quizzes.draws import Draws

WINDOWS = (3, 2), (2, 2), (3, 3)


def whole(draws: Draws) -> Draft | None:
    side, size = draws.choice((8, 16, 24, 28, 32, 56, 64, 112, 128)), draws.choice((2, 2, 4))
    if side % size:
        return None
    layer = pool(size, kind=draws.choice(("max", "avg")))
    volume = square(side, draws.choice((12, *CHANNELS)))
    text = f"{An(volume)} volume goes through {layer.noun}. What is the output volume? {VOLUME}"
    return Draft(text, {"network": chained(volume, layer), "ask": "output"})


def learned(draws: Draws) -> Draft:
    side, out = draws.choice((28, 32, 48, 64, 96, 128)), draws.choice((6, 8, 10, 16, 20, 32, 64))
    channels, kernel = draws.choice((1, 3)), draws.choice((3, 5, 7))
    layers = conv(out, kernel, pad=kernel // 2), pool(2)
    text = (
        f"{An(square(side, channels))} image goes through these layers:\n{steps(*layers)}\n"
        "How many parameters does each of them have? Every filter has a bias."
    )
    return Draft(
        text,
        {
            "network": chained(square(side, channels), *layers),
            "parts": {"a": {"ask": "params", "layer": "conv", "text": "The convolution"},
                      "b": {"ask": "params", "layer": "maxpool", "text": "The pooling"}},
        },
    )  # fmt: skip


def overlapping(draws: Draws) -> Draft | None:
    side, (size, stride) = draws.choice(MAPS), draws.choice(((3, 2), (2, 2), (3, 3)))
    if not window(side, size, stride)[1] and (size, stride) != (3, 2):
        return None
    volume = square(side, draws.choice(CHANNELS))
    text = (
        f"{An(volume)} volume goes through {pool(size, stride).noun}. What is the output volume? "
        f"The output size is rounded down. {VOLUME}"
    )
    return Draft(text, {"network": chained(volume, pool(size, stride)), "ask": "output"})


def rows_left(draws: Draws) -> Draft | None:
    side, (size, stride) = (
        draws.choice((7, 9, 13, 15, 27, 55, 57)),
        draws.choice((*WINDOWS, (4, 3), (4, 4), (5, 3))),
    )
    if not window(side, size, stride)[1]:
        return None
    volume = square(side, draws.choice(CHANNELS))
    text = (
        f"{pool(size, stride).first} moves over {an(volume)} volume without padding. "
        "How many columns at the right end does no window cover?"
    )
    return Draft(text, {"network": chained(volume, pool(size, stride)), "ask": "left_over"})


def ceil_or_floor(draws: Draws) -> Draft | None:
    side, (size, stride) = draws.choice((7, 13, 14, 15, 27, 28, 29, 55, 56, 57, 112, 113)), draws.choice(WINDOWS)
    if not window(side, size, stride)[1]:
        return None
    channels = draws.choice((16, 24, 32, 48, 64, 96, 128, 192, 256, 480, 512))
    volume, floor, ceil = square(side, channels), pool(size, stride), pool(size, stride, ceil=True)
    text = (
        f"Two libraries let {floor.noun} work on {an(volume)} volume, without padding. One rounds the size down, "
        "the other "
        "one (ceil mode, as Caffe does) rounds it up, so that the last window may hang over the end. What are "
        "their output volumes? "
        "Write each as height x width x channels."
    )
    parts = {
        "a": {"network": chained(volume, floor), "ask": "output", "text": "Rounded down"},
        "b": {"network": chained(volume, ceil), "ask": "output", "text": "Rounded up"},
    }
    return Draft(text, {"parts": parts})


TOPIC = Topic("pooling", "pooling", {1: (whole, learned), 2: (overlapping, rows_left), 3: (ceil_or_floor,)})
