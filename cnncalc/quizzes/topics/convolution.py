"""Convolution by hand: a filter on given numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.quizzes.draft import Draft, Topic
from cnncalc.quizzes.draws import Draws

WEIGHTS = (-2, -1, -1, 0, 1, 1, 2, 3)


def numbers(draws: Draws, of: Sequence[int], *sizes: int) -> Any:
    """Draw a tensor of nested lists."""
    if not sizes:
        return draws.choice(of)
    return [numbers(draws, of, *sizes[1:]) for _ in range(sizes[0])]


def pixels(draws: Draws, *sizes: int) -> Any:
    return numbers(draws, range(10), *sizes)


def signal(draws: Draws) -> Draft:
    length, width = draws.choice((6, 7, 8)), draws.choice((3, 4))
    position = 1 + draws.below(length - width + 1)
    text = (
        f"A filter of width {width} slides over a signal with stride 1 and without padding. "
        f"What is the output at position {position}?"
    )
    values = {"input": pixels(draws, length), "filter": numbers(draws, WEIGHTS, width)}
    return _draft(text, f"{length}x1 -> conv 1 {width} bias=no", values, {"position": position})


def patch(draws: Draws) -> Draft:
    """Lay a filter on a patch of its own size."""
    text = "A 3x3 filter without bias is laid on this 3x3 patch of an image. What does the convolution give there?"
    values = {"input": pixels(draws, 3, 3), "filter": numbers(draws, WEIGHTS, 3, 3)}
    return _draft(text, "3x3x1 -> conv 1 3x3 bias=no", values, {})


def place(draws: Draws) -> Draft:
    side, kernel = draws.choice((4, 5)), draws.choice((2, 3))
    row, column = (1 + draws.below(side - kernel + 1) for _ in range(2))
    text = (
        f"A {kernel}x{kernel} filter with a bias slides over a {side}x{side} image with stride 1 and without padding. "
        f"What is the output in row {row}, column {column}?"
    )
    values = {
        "input": pixels(draws, side, side),
        "filter": numbers(draws, WEIGHTS, kernel, kernel),
        "bias": draws.choice((-3, -1, 1, 2, 5)),
    }
    return _draft(text, f"{side}x{side}x1 -> conv 1 {kernel}x{kernel}", values, {"row": row, "column": column})


def padded(draws: Draws) -> Draft:
    side, stride = draws.choice((4, 5)), draws.choice((1, 2))
    out = (side - 1) // stride + 1
    row, column = (1 + draws.below(out) for _ in range(2))
    text = (
        f"A 3x3 filter without bias slides over a {side}x{side} image with stride {stride} and padding 1 (zeros). "
        f"What is the output in row {row}, column {column}?"
    )
    values = {"input": pixels(draws, side, side), "filter": numbers(draws, WEIGHTS, 3, 3)}
    chain = f"{side}x{side}x1 -> conv 1 3x3 stride={stride} pad=1 bias=no"
    return _draft(text, chain, values, {"row": row, "column": column})


def pointwise(draws: Draws) -> Draft:
    channels = draws.choice((3, 4, 5))
    text = f"A 1x1 convolution with one filter and a bias works on {channels} channels. What does it make of one pixel?"
    values = {
        "input": pixels(draws, channels),
        "filter": numbers(draws, WEIGHTS, channels),
        "bias": draws.choice((-3, 0, 1, 4)),
    }
    return _draft(text, f"1x1x{channels} -> conv 1 1x1", values, {})


def deep(draws: Draws) -> Draft:
    side = draws.choice((3, 4))
    row, column = (1 + draws.below(side - 1) for _ in range(2))
    text = (
        f"A 2x2 filter with a bias slides over a {side}x{side} image of two channels with stride 1 and without "
        f"padding; a ReLU follows. What is the output of the ReLU in row {row}, column {column}?"
    )
    values = {
        "input": pixels(draws, 2, side, side),
        "filter": numbers(draws, WEIGHTS, 2, 2, 2),
        "bias": draws.choice((-9, -5, 1, 3, 6)),
    }
    chain = f"{side}x{side}x2 -> conv 1 2x2 -> relu"
    draft = _draft(text, chain, values, {"row": row, "column": column})
    return Draft(draft.text, {**draft.entry, "conventions": {"order": "chw"}})


def whole(draws: Draws) -> Draft:
    text = (
        "A 2x2 filter without bias slides over a 4x4 image with stride 2 and without padding. What are the four "
        "numbers of the output? Write them row by row: [[1, 2], [3, 4]]."
    )
    values = {"input": pixels(draws, 4, 4), "filter": numbers(draws, WEIGHTS, 2, 2)}
    return _draft(text, "4x4x1 -> conv 1 2x2 stride=2 bias=no", values, {})


def _draft(text: str, network: str, values: dict[str, Any], at: dict[str, int]) -> Draft:
    return Draft(text, {"network": network, "ask": "value", "values": values, **({"at": at} if at else {})})


TOPIC = Topic(
    "convolution",
    "convolution on given numbers",
    {1: (patch, signal), 2: (place, padded, pointwise), 3: (deep, whole)},
)
