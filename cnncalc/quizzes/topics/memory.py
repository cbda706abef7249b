"""What weights and volumes take in memory."""

from __future__ import annotations

from cnncalc.quizzes.draft import (
    CHANNELS,
    FILTERS,
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

STATED = {"megabyte": 1024}
INPUTS = (1024, 1600, 2048, 3136, 4096, 4608, 6272, 8192, 9216, 12544, 16384, 18432, 25088)
IN_MB = "in MB, with 1 MB = 1024 · 1024 bytes"


def volume(draws: Draws) -> Draft:
    side, out, kernel = (
        draws.choice((28, 32, 48, 56, 64, 96, 112, 128, 224)),
        draws.choice(FILTERS),
        draws.choice((3, 5, 7)),
    )
    layer = conv(out, kernel, pad=kernel // 2)
    text = f"{layer.first} works on {an(square(side, 3))} image. How many numbers does its output hold?"
    return Draft(text, {"network": chained(square(side, 3), layer), "ask": "activation_values"})


def weights(draws: Draws) -> Draft:
    channels, out, kernel = draws.choice((3, *CHANNELS)), draws.choice(FILTERS), draws.choice((1, 3, 5, 7))
    layer = conv(out, kernel, pad=kernel // 2)
    text = (
        f"A convolution makes {out} channels from {channels} with {kernel}x{kernel} filters, each with a bias. "
        "How many bytes do its parameters take, at 4 bytes a number?"
    )
    return Draft(text, {"network": chained(square(32, channels), layer), "ask": "weight_bytes"})


def megabytes(draws: Draws) -> Draft:
    side, out, kernel = (
        draws.choice((112, 128, 160, 192, 224, 256, 512)),
        draws.choice(FILTERS[4:]),
        draws.choice((3, 5, 7)),
    )
    number, precision = draws.choice(((4, "32 bits"), (2, "16 bits")))
    layer = conv(out, kernel, pad=kernel // 2)
    text = (
        f"{layer.first} works on {an(square(side, 3))} image. How much memory does its output take "
        f"in numbers of {precision}? Answer {IN_MB}. {THREE_DIGITS}"
    )
    entry = {
        "network": chained(square(side, 3), layer),
        "ask": "activation_bytes",
        "unit": "MB",
        "conventions": {"bytes": number, **STATED},
    }
    return Draft(text, entry)


def classifier(draws: Draws) -> Draft:
    values, out = draws.choice(INPUTS), draws.choice((100, 500, 512, 1000, 1024, 2000, 2048, 4096))
    number = draws.choice((4, 2))
    layer = linear(out)
    text = (
        f"A fully connected layer has {values:,} inputs, {out:,} outputs and biases; a number takes {number} bytes. "
        f"How much memory do its parameters take? Answer {IN_MB}. {THREE_DIGITS}"
    )
    stated = {"bytes": number, **STATED}
    entry = {"network": f"{values} -> {layer.chain}", "ask": "weight_bytes", "unit": "MB", "conventions": stated}
    return Draft(text, entry)


def stored(draws: Draws) -> Draft:
    side, out = draws.choice((64, 96, 112, 128, 160, 192, 224, 256)), draws.choice((8, 10, 16, 20, 24, 32, 64))
    count, kernel = draws.choice((1, 2)), draws.choice((3, 5, 7))
    first, second = (conv(filters, kernel, pad=kernel // 2) for filters in (out, 2 * out))
    layers = [*[first] * count, pool(2), *[second] * count, pool(2)]
    text = (
        f"{An(square(side, 3))} image goes through these layers:\n{steps(*layers)}\n"
        "For training, the output of every layer is kept, for one image and without the input; a number takes 4 "
        "bytes. "
        f"How much memory is that? Answer {IN_MB}. {THREE_DIGITS}"
    )
    entry = {
        "network": chained(square(side, 3), *layers),
        "ask": "activation_bytes",
        "unit": "MB",
        "conventions": {"activations": "all", **STATED},
    }
    return Draft(text, entry)


TOPIC = Topic(
    "memory", "memory of weights and volumes", {1: (volume, weights), 2: (megabytes, classifier), 3: (stored,)}
)
