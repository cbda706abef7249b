"""A small network as a table to fill in."""

from __future__ import annotations

from cnncalc.quizzes.draft import (
    FLATTEN,
    NORM,
    An,
    Draft,
    Layer,
    Topic,
    chained,
    conv,
    linear,
    paths,
    pool,
    square,
)
from cnncalc.quizzes.draws import Draws

BIASES = "Every filter has a bias."
ALL_BIASES = "Every filter and every output of a linear layer has a bias."
FORMS = "Write volumes as height x width x channels"


def _table(volume: str, layers: list[Layer], columns: list[str], more: str) -> Draft:
    names = paths(*layers)
    items = "\n".join(f"{i}. {layer.named(name)}" for i, (name, layer) in enumerate(zip(names, layers, strict=True), 1))
    text = f"{An(volume)} image goes through these layers:\n{items}\nFill in the table. "
    text += f"{FORMS}{', and a vector as its length' if FLATTEN in layers else ''}. {more}"
    table = {"rows": names, "columns": columns}
    return Draft(text, {"network": chained(volume, *layers), "points": len(layers), "table": table})


def two_rows(draws: Draws) -> Draft:
    side, kernel = draws.choice((28, 32, 48, 64, 96)), draws.choice((3, 5, 7))
    layers = [conv(draws.choice((6, 8, 10, 12, 16, 20, 24, 32)), kernel, pad=kernel // 2), pool(2)]
    return _table(square(side, draws.choice((1, 3))), layers, ["output", "params"], BIASES)


def classifier(draws: Draws) -> Draft:
    side, kernel, pad = draws.choice((24, 28, 32, 48)), *draws.choice(((5, 2), (3, 1), (5, 0), (7, 3)))
    layers = [
        conv(draws.choice((6, 8, 10, 16, 20)), kernel, pad=pad),
        pool(2),
        FLATTEN,
        linear(draws.choice((10, 20, 50, 100))),
    ]
    return _table(square(side, draws.choice((1, 3))), layers, ["output", "params"], ALL_BIASES)


def costs(draws: Draws) -> Draft:
    side, a, b = draws.choice((24, 28, 32, 48, 64)), draws.choice((6, 8, 10, 16)), draws.choice((16, 20, 32))
    kernel, last = draws.choice((3, 5)), draws.choice((3, 5))
    layers = [conv(a, kernel, pad=kernel // 2), pool(2), conv(b, last), FLATTEN, linear(draws.choice((10, 20, 100)))]
    more = f"{ALL_BIASES} MACs are multiply-adds of convolutions and linear layers; adding a bias does not count."
    return _table(square(side, draws.choice((1, 3))), layers, ["output", "params", "macs"], more)


def normed(draws: Draws) -> Draft:
    side, a, b = draws.choice((28, 32, 48, 64)), draws.choice((8, 10, 16, 24, 32)), draws.choice((16, 32, 48, 64))
    kernel = draws.choice((3, 5, 7))
    layers = [conv(a, kernel, pad=kernel // 2, bias=False), NORM, pool(2), conv(b, 3, pad=1, bias=False), NORM, pool(2)]
    more = "A batch normalisation learns two numbers for every channel."
    return _table(square(side, 3), layers, ["output", "params"], more)


TOPIC = Topic("table", "a small network as a table", {1: (two_rows,), 2: (classifier,), 3: (costs, normed)})
