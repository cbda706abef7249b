"""Pooling by hand: the largest or the mean of each window."""

from __future__ import annotations

from cnncalc.quizzes.draft import Draft, Topic
from cnncalc.quizzes.draws import Draws
from cnncalc.quizzes.topics.convolution import WEIGHTS, numbers, pixels

WORDS = {"max": "max pooling", "avg": "average pooling"}


def window(draws: Draws) -> Draft:
    kind, (row, column) = draws.choice(("max", "avg")), (1 + draws.below(2) for _ in range(2))
    image = pixels(draws, 4, 4)
    text = (
        f"A 4x4 image goes through {WORDS[kind]} with a 2x2 window and stride 2. What is the output in row {row}, "
        f"column {column}?"
    )
    return _draft(text, f"4x4x1 -> {kind}pool 2x2", {"input": image}, {"row": row, "column": column})


def overlapping(draws: Draws) -> Draft:
    kind, side = draws.choice(("max", "avg")), draws.choice((4, 5))
    row, column = (1 + draws.below(side - 2) for _ in range(2))
    text = (
        f"A {side}x{side} image goes through {WORDS[kind]} with a 3x3 window and stride 1. What is the output in "
        f"row {row}, column {column}?"
    )
    values = {"input": pixels(draws, side, side)}
    return _draft(text, f"{side}x{side}x1 -> {kind}pool 3x3 stride=1", values, {"row": row, "column": column})


def all_of_it(draws: Draws) -> Draft:
    kind = draws.choice(("max", "avg"))
    text = (
        f"A 4x4 image goes through {WORDS[kind]} with a 2x2 window and stride 2. What are the four numbers of the "
        "output? Write them row by row: [[1, 2], [3, 4]]."
    )
    return _draft(text, f"4x4x1 -> {kind}pool 2x2", {"input": pixels(draws, 4, 4)}, {})


def global_mean(draws: Draws) -> Draft:
    side = draws.choice((2, 3))
    text = f"What does a global average pooling make of this {side}x{side} map?"
    return _draft(text, f"{side}x{side}x1 -> global_avgpool", {"input": pixels(draws, side, side)}, {})


def behind_conv(draws: Draws) -> Draft:
    text = (
        "A 2x2 filter without bias slides over a 3x3 image with stride 1 and without padding; a ReLU and a max pooling "
        "with a 2x2 window follow. Which number comes out?"
    )
    values = {"input": pixels(draws, 3, 3), "filter": numbers(draws, WEIGHTS, 2, 2)}
    return _draft(text, "3x3x1 -> conv 1 2x2 bias=no -> relu -> maxpool 2x2", values, {}, layer="maxpool")


def _draft(text: str, network: str, values: object, at: dict[str, int], **more: str) -> Draft:
    entry = {"network": network, **more, "ask": "value", "values": values, **({"at": at} if at else {})}
    return Draft(text, entry)


TOPIC = Topic(
    "pooled-values",
    "pooling on given numbers",
    {1: (window,), 2: (overlapping, all_of_it, global_mean), 3: (behind_conv,)},
)
