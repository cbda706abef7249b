"""Multiply-adds, and FLOPs."""

from __future__ import annotations

from cnncalc.quizzes.draft import (
    CHANNELS,
    FLATTEN,
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
    window,
)
from cnncalc.quizzes.draws import Draws

MAC = "A multiply-add counts once; adding a bias does not count."
SIDES = (7, 14, 28, 32, 56, 64, 112)
LARGE = (32, 64, 96, 112, 128, 192, 224, 225, 227, 256, 299)


def same(draws: Draws) -> Draft:
    side, channels, out = draws.choice(SIDES[:5]), draws.choice((3, *CHANNELS)), draws.choice((16, 32, 64, 128))
    kernel = draws.choice((1, 3, 5))
    layer = conv(out, kernel, pad=kernel // 2)
    text = (
        f"{layer.first} works on {an(square(side, channels))} volume. "
        f"How many multiply-adds (MACs) does this take? {MAC}"
    )
    return Draft(text, {"network": chained(square(side, channels), layer), "ask": "macs"})


def strided(draws: Draws) -> Draft | None:
    side, kernel, stride = draws.choice(LARGE), draws.choice((3, 5, 7, 11)), draws.choice((2, 3, 4))
    pad = draws.choice((0, 1, 2, 3))
    if window(side, kernel, stride, pad)[1] or pad > kernel // 2 or stride > kernel:
        return None
    layer = conv(draws.choice((16, 24, 32, 48, 64, 96)), kernel, stride, pad)
    text = f"{An(square(side, 3))} image goes through {layer.noun}. How many multiply-adds (MACs) does this take? {MAC}"
    return Draft(text, {"network": chained(square(side, 3), layer), "ask": "macs"})


def flops(draws: Draws) -> Draft:
    side, channels, out = draws.choice(SIDES), draws.choice(CHANNELS[2:]), draws.choice((32, 64, 96, 128))
    kernel = draws.choice((1, 3, 5))
    layer = conv(out, kernel, pad=kernel // 2)
    text = (
        f"{layer.first} works on {an(square(side, channels))} volume. How many floating point "
        "operations (FLOPs) does that take? A multiply-add counts as two; adding a bias does not count."
    )
    return Draft(text, {"network": chained(square(side, channels), layer), "ask": "flops"})


def small_network(draws: Draws) -> Draft:
    side, channels, classes = draws.choice((28, 32, 48)), draws.choice((1, 3)), draws.choice((10, 20, 100))
    a, b = draws.choice(((6, 16), (8, 16), (10, 20), (16, 32), (20, 50), (32, 64)))
    kernel = draws.choice((3, 5))
    layers = (conv(a, kernel, pad=kernel // 2), pool(2), conv(b, 3, pad=1), pool(2), FLATTEN, linear(classes))
    text = (
        f"{An(square(side, channels))} image goes through these layers:\n{steps(*layers)}\n"
        f"How many multiply-adds (MACs) does the network take for one image? {MAC} Pooling has none."
    )
    return Draft(text, {"network": chained(square(side, channels), *layers), "ask": "macs"})


def doubled(draws: Draws) -> Draft:
    side, channels, out = (
        draws.choice((14, 28, 32, 56)),
        draws.choice((16, 32, 48, 64)),
        draws.choice((32, 64, 96, 128)),
    )
    what, factors = draws.choice(
        (
            ("the height and the width of its input are doubled", (2, 1, 1)),
            ("its input channels and its filters are doubled", (1, 2, 2)),
            ("everything is doubled: height and width, input channels, filters", (2, 2, 2)),
            ("only its filters are doubled", (1, 1, 2)),
        )
    )
    layer = conv(out, 3, pad=1)
    large = chained(square(side * factors[0], channels * factors[1]), conv(out * factors[2], 3, pad=1))
    text = (
        f"{layer.first} works on {an(square(side, channels))} volume. By which factor do its "
        f"multiply-adds grow if {what}?"
    )
    networks = {"before": chained(square(side, channels), layer), "after": large}
    return Draft(text, {"networks": networks, "ask": "after.macs / before.macs"})


TOPIC = Topic("macs", "multiply-adds and FLOPs", {1: (same,), 2: (strided, flops), 3: (small_network, doubled)})
