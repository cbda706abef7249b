"""What batch normalisation learns and keeps."""

from __future__ import annotations

from cnncalc.quizzes.draft import CHANNELS, NORM, RELU, An, Draft, Topic, an, chained, conv, pool, square, steps
from cnncalc.quizzes.draws import Draws

SIDES = (7, 8, 13, 14, 16, 27, 28, 32, 56, 64, 112)
COUNTS = (6, 10, 12, 20, 24, 48, 96, 100, 192, 384, *CHANNELS, 480, 512, 768, 832, 1024, 2048)
LEARNED = (
    "A batch normalisation learns a scale and a shift for every channel; its running means and variances are not "
    "learned."
)


def alone(draws: Draws) -> Draft:
    volume = square(draws.choice(SIDES), draws.choice(COUNTS))
    text = f"How many parameters does a batch normalisation of {an(volume)} volume learn?"
    return Draft(text, {"network": chained(volume, NORM), "ask": "params"})


def behind_conv(draws: Draws) -> Draft:
    side, channels, out = draws.choice(SIDES), draws.choice((3, 16, 32, 64)), draws.choice((32, 48, 64, 128))
    kernel = draws.choice((3, 5, 7))
    layers = conv(out, kernel, pad=kernel // 2, bias=False), NORM, RELU
    text = (
        f"{An(square(side, channels))} volume goes through these layers:\n{steps(*layers)}\n"
        f"How many parameters do they learn together? {LEARNED}"
    )
    return Draft(text, {"network": chained(square(side, channels), *layers), "ask": "params"})


def kept(draws: Draws) -> Draft:
    volume = square(draws.choice(SIDES), draws.choice(COUNTS))
    text = (
        f"A batch normalisation works on {an(volume)} volume. How many numbers does it keep without learning them "
        "(running means and variances)?"
    )
    return Draft(text, {"network": chained(volume, NORM), "ask": "buffers"})


def block(draws: Draws) -> Draft:
    side, a, b = draws.choice((28, 32, 48, 64, 96)), draws.choice((8, 16, 24, 32)), draws.choice((32, 48, 64, 96))
    first, second = (
        conv(out, kernel, pad=kernel // 2, bias=False) for out, kernel in ((a, draws.choice((3, 5, 7))), (b, 3))
    )
    layers = first, NORM, RELU, pool(2), second, NORM, RELU
    text = f"{An(square(side, 3))} image goes through these layers:\n{steps(*layers)}\n{LEARNED}"
    parts = {
        "a": {"ask": "params", "text": "How many parameters do all layers learn together?"},
        "b": {"ask": "buffers", "text": "How many numbers are kept without being learned?"},
    }
    return Draft(text, {"network": chained(square(side, 3), *layers), "parts": parts})


TOPIC = Topic("batch-norm", "batch normalisation", {1: (alone,), 2: (behind_conv, kept), 3: (block,)})
