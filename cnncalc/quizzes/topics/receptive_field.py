"""The receptive field of stacked layers."""

from __future__ import annotations

from cnncalc.quizzes.draft import Draft, Layer, Topic, chained, conv, pool, steps
from cnncalc.quizzes.draws import Draws

ONE_SIDE = "Give the size in pixels along one side."
LARGE = "512x512x3"
"""So large that no window meets an end: the sizes do not matter for the question."""


def _asked(layers: list[Layer], more: str = "") -> Draft:
    text = (
        f"An image goes through these layers:\n{steps(*layers)}\n"
        f"How large is the receptive field of one output position in the image? {more}{ONE_SIDE}"
    )
    return Draft(text, {"network": chained(LARGE, *layers), "ask": "receptive_field"})


def alike(draws: Draws) -> Draft:
    count, kernel = draws.choice((2, 3, 4, 5)), draws.choice((3, 5, 7))
    word = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}[count]
    text = (
        f"{word} convolutions of {kernel}x{kernel} with stride 1 follow each other. How large is the receptive "
        "field of "
        f"one position of the last output in the input of the first? {ONE_SIDE}"
    )
    return Draft(text, {"network": f"{LARGE} -> {count} * conv 8 {kernel}x{kernel}", "ask": "receptive_field"})


def different(draws: Draws) -> Draft:
    kernels = draws.sample((3, 5, 7, 9), draws.choice((2, 3)))
    return _asked([conv(16, kernel) for kernel in kernels])


def strided(draws: Draws) -> Draft:
    kernels = draws.choice(((3, 3, 3), (5, 3, 3), (7, 3, 3), (3, 5, 3)))
    strides = draws.choice(((2, 1, 1), (1, 2, 1), (2, 2, 1)))
    return _asked([conv(16, kernel, stride) for kernel, stride in zip(kernels, strides, strict=True)])


def pooled(draws: Draws) -> Draft:
    first, last = draws.choice((3, 5, 7)), draws.choice((3, 5))
    return _asked([conv(16, first), pool(2), conv(32, last)])


def blocks(draws: Draws) -> Draft:
    kernel = draws.choice((3, 5))
    each = draws.choice((1, 2))
    layers = []
    for out in (16, 32, 64)[: draws.choice((2, 3))]:
        layers += [*[conv(out, kernel, pad=kernel // 2)] * each, pool(2)]
    return _asked(layers[:-1] if draws.below(2) else layers)


def dilated(draws: Draws) -> Draft:
    kernel = draws.choice((3, 5))
    rates = draws.choice(((1, 2, 4), (1, 2, 3), (2, 2, 2), (1, 3, 9)))
    layers = [conv(16, kernel, dilation=rate) for rate in rates]
    return _asked(layers, "Dilation 1 is an ordinary kernel without holes. ")


TOPIC = Topic(
    "receptive-field",
    "receptive fields",
    {1: (alike, different), 2: (strided, pooled), 3: (blocks, dilated)},
)
