"""The receptive field of stacked layers."""

from __future__ import annotations

from cnncalc.quizzes.draft import Draft, Layer, Topic, chained, conv, pool, steps
from cnncalc.quizzes.draws import Draws

ONE_SIDE = "Give the size in pixels along one side."
LARGE = "512x512x3"
"""So large that no window meets an end: the sizes do not matter for the question."""

WORDS = {1: "one", 2: "two convolutions", 3: "three convolutions", 4: "four convolutions", 5: "five convolutions"}


def _asked(layers: list[Layer], more: str = "") -> Draft:
    text = (
        f"An image goes through these layers:\n{steps(*layers)}\n"
        f"How large is the receptive field of one output position in the image? {more}{ONE_SIDE}"
    )
    return Draft(text, {"network": chained(LARGE, *layers), "ask": "receptive_field"})


def alike(draws: Draws) -> Draft:
    counts, kernels = (draws.choice((2, 3, 4, 5)), draws.choice((1, 2, 3, 4))), draws.sample((3, 5, 7, 9, 11), 2)
    words = [f"{WORDS[count]} of {kernel}x{kernel}" for count, kernel in zip(counts, kernels, strict=True)]
    text = (
        f"{words[0].capitalize()} follow each other, then {words[1]}, all with stride 1. How large is the "
        f"receptive field of one position of the last output in the input of the first? {ONE_SIDE}"
    )
    layers = [f"{count} * {conv(8, kernel).chain}" for count, kernel in zip(counts, kernels, strict=True)]
    return Draft(text, {"network": " -> ".join((LARGE, *layers)), "ask": "receptive_field"})


def different(draws: Draws) -> Draft:
    kernels = [draws.choice((3, 5, 7, 9, 11)) for _ in range(draws.choice((2, 3, 4)))]
    return _asked([conv(16, kernel) for kernel in kernels])


def strided(draws: Draws) -> Draft | None:
    kernels, strides = ([draws.choice(of) for _ in range(3)] for of in ((3, 5, 7), (1, 2, 3)))
    if {*strides[:2]} == {1} or any(stride > kernel for kernel, stride in zip(kernels, strides, strict=True)):
        return None
    return _asked([conv(16, kernel, stride) for kernel, stride in zip(kernels, strides, strict=True)])


def pooled(draws: Draws) -> Draft:
    first, stride, last = draws.choice((3, 5, 7, 9, 11)), draws.choice((1, 2)), draws.choice((3, 5, 7))
    more = [conv(32, last)] * draws.choice((1, 2))
    return _asked([conv(16, first, stride), pool(*draws.choice(((2, 2), (3, 2), (3, 3)))), *more])


def blocks(draws: Draws) -> Draft:
    each, size = draws.choice((1, 2)), draws.choice((2, 3))
    layers = []
    for out in (16, 32, 64)[: draws.choice((2, 3))]:
        kernel = draws.choice((3, 5, 7))
        layers += [*[conv(out, kernel, pad=kernel // 2)] * each, pool(size)]
    return _asked(layers[:-1] if draws.below(2) else layers)


def dilated(draws: Draws) -> Draft | None:
    kernel, rates = draws.choice((3, 5, 7)), [draws.choice((1, 2, 3, 4, 6, 8)) for _ in range(3)]
    if {*rates} == {1}:
        return None
    layers = [conv(16, kernel, dilation=rate) for rate in rates]
    return _asked(layers, "Dilation 1 is an ordinary kernel without holes. ")


TOPIC = Topic(
    "receptive-field",
    "receptive fields",
    {1: (alike, different), 2: (strided, pooled), 3: (blocks, dilated)},
)
