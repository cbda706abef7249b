"""The parameters of layers and of small networks."""

from __future__ import annotations

from cnncalc.quizzes.draft import (
    BIASES,
    CHANNELS,
    FILTERS,
    FLATTEN,
    IMAGES,
    MAPS,
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

OUTPUTS = (10, 20, 50, 64, 100, 128, 200, 256, 500, 512, 1000)


def rgb(draws: Draws) -> Draft:
    side, out, kernel = draws.choice(IMAGES), draws.choice(FILTERS), draws.choice((3, 5, 7, 11))
    text = (
        f"A convolution with {out} filters of {kernel}x{kernel} works on {an(square(side, 3))} image. "
        f"How many parameters does it have? {BIASES}"
    )
    return Draft(text, {"network": chained(square(side, 3), conv(out, kernel)), "ask": "params"})


def dense(draws: Draws) -> Draft:
    side, out = draws.choice((16, 20, 24, 28, 32, 36, 48, 50, 64, 96, 100, 128, 300)), draws.choice(OUTPUTS)
    channels = draws.choice((1, 3))
    text = (
        f"All values of {an(square(side, channels))} image are connected with each of {out:,} neurons, and every "
        "neuron "
        "has a bias. How many parameters does this layer have?"
    )
    return Draft(text, {"network": chained(square(side, channels), FLATTEN, linear(out)), "ask": "params"})


def deep(draws: Draws) -> Draft:
    side, channels, out = draws.choice(MAPS), draws.choice(CHANNELS[2:]), draws.choice((32, 64, 128, 192, 256))
    kernel, bias = draws.choice((1, 3, 5)), bool(draws.below(2))
    text = (
        f"A convolution makes {out} channels from {an(square(side, channels))} volume with {kernel}x{kernel} "
        "filters. "
        f"How many parameters does it have, {'biases included' if bias else 'without biases'}?"
    )
    layer = conv(out, kernel, pad=kernel // 2, bias=bias)
    return Draft(text, {"network": chained(square(side, channels), layer), "ask": "params"})


def two(draws: Draws) -> Draft:
    side, kernel, last = draws.choice((28, 32, 64, 128)), draws.choice((3, 5, 7)), draws.choice((1, 3, 5))
    a, b = draws.choice((6, 8, 10, 16, 20, 32)), draws.choice((16, 20, 32, 50, 64))
    layers = conv(a, kernel, pad=kernel // 2), pool(2), conv(b, last, pad=last // 2)
    text = (
        f"{An(square(side, 3))} image goes through these layers:\n{steps(*layers)}\n"
        f"How many parameters do they have together? {BIASES}"
    )
    return Draft(text, {"network": chained(square(side, 3), *layers), "ask": "params"})


def classifier(draws: Draws) -> Draft | None:
    side, channels, classes = draws.choice((28, 32)), draws.choice((1, 3)), draws.choice((10, 20, 26, 43, 100))
    kernel, pad = draws.choice(((5, 0), (5, 2), (3, 1)))
    a, b = draws.choice(((6, 16), (8, 16), (16, 32), (32, 64)))
    layers = (conv(a, kernel, pad=pad), pool(2), conv(b, 3, pad=1), pool(2), FLATTEN, linear(classes))
    text = (
        f"{An(square(side, channels))} image goes through these layers:\n{steps(*layers)}\n"
        f"How many parameters does the network have? {BIASES.replace('filter', 'filter and every output')}"
    )
    return Draft(text, {"network": chained(square(side, channels), *layers), "ask": "params"})


def letters(draws: Draws) -> Draft:
    count, times, bias = draws.choice((1, 2, 3, 4)), draws.choice((1, 2, 3, 4)), bool(draws.below(2))
    kernel, last = draws.choice((3, 5, 7)), draws.choice((1, 3, 5))
    several = {1: "one", 2: "two", 3: "three", 4: "four"}[count]
    text = (
        f"A volume with C channels goes through {several} convolution{'s' * (count > 1)} of {kernel}x{kernel} with C "
        f"filters{' each' * (count > 1)}, then through one of {last}x{last} with "
        f"{times if times > 1 else ''}C filters. "
        f"{BIASES if bias else 'No filter has a bias.'} How many parameters do they have together? "
        "Write a formula in C."
    )
    more = "" if bias else " bias=no"
    layers = [f"conv C {kernel}x{kernel} pad={kernel // 2}{more}"] * count
    layers.append(f"conv {f'{times}*' if times > 1 else ''}C {last}x{last} pad={last // 2}{more}")
    return Draft(text, {"network": " -> ".join(("HxWxC", *layers)), "ask": "params"})


TOPIC = Topic("params", "parameters", {1: (rgb, dense), 2: (deep, two), 3: (classifier, letters)})
