"""From volumes to vectors: flattening, fully connected layers, global pooling."""

from __future__ import annotations

from cnncalc.quizzes.draft import (
    FLATTEN,
    GLOBAL,
    THREE_DIGITS,
    An,
    Draft,
    Topic,
    an,
    chained,
    conv,
    linear,
    pool,
    square,
    steps,
)
from cnncalc.quizzes.draws import Draws

SIDES = (2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 16)
MAPS = (6, 10, 12, 16, 20, 24, 32, 48, 50, 64, 96, 100, 120, 128, 192, 256, 384, 512)


def length(draws: Draws) -> Draft:
    volume = square(draws.choice(SIDES), draws.choice(MAPS))
    text = f"{An(volume)} volume is flattened into a vector. How long is the vector?"
    return Draft(text, {"network": chained(volume, FLATTEN), "ask": "channels"})


def first_linear(draws: Draws) -> Draft:
    volume, out = square(draws.choice(SIDES), draws.choice(MAPS)), draws.choice((10, 100, 128, 256, 1000))
    text = (
        f"{An(volume)} volume is flattened and goes into a fully connected layer with {out:,} outputs and biases. "
        "How many parameters does that layer have?"
    )
    return Draft(text, {"network": chained(volume, FLATTEN, linear(out)), "layer": "linear", "ask": "params"})


def after_layers(draws: Draws) -> Draft | None:
    side, channels = draws.choice((28, 32, 48, 64)), draws.choice((1, 3))
    a, b = draws.choice((6, 8, 10, 16)), draws.choice((16, 20, 32, 50, 64))
    kernel, pad = draws.choice(((5, 0), (3, 0), (3, 1), (5, 2)))
    layers = (conv(a, kernel, pad=pad), pool(2), conv(b, kernel, pad=pad), pool(2), FLATTEN)
    text = (
        f"{An(square(side, channels))} image goes through these layers:\n{steps(*layers)}\n"
        "How long is the vector at the end? Output sizes of pooling are rounded down."
    )
    return Draft(text, {"network": chained(square(side, channels), *layers), "ask": "channels"})


def pooled_instead(draws: Draws) -> Draft:
    side, channels = draws.choice((4, 6, 7, 8)), draws.choice((64, 128, 192, 256, 320, 384, 512, 1024))
    out, volume = draws.choice((10, 20, 50, 100, 200, 256, 500, 1000)), square(side, channels)
    text = (
        f"A network ends with {an(volume)} volume, which is flattened and goes into a fully connected layer with "
        f"{out:,} outputs "
        "and biases. Another one takes the mean of each channel first (global average pooling)."
    )
    networks = {
        "flat": chained(volume, FLATTEN, linear(out)),
        "pooled": chained(volume, GLOBAL, FLATTEN, linear(out)),
    }
    parts = {
        "a": {"ask": "flat.params", "text": "How many parameters does the layer have after flattening?"},
        "b": {"ask": "pooled.params", "text": "How many does it have after pooling?"},
        "c": {"ask": "flat.params / pooled.params", "text": f"What is the ratio of a to b? {THREE_DIGITS}"},
    }
    return Draft(text, {"networks": networks, "parts": parts})


TOPIC = Topic(
    "flatten",
    "flattening and fully connected layers",
    {1: (length, first_linear), 2: (after_layers,), 3: (pooled_instead,)},
)
