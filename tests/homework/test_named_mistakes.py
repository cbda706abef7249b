"""Mistakes that people make, and what the feedback says of each: the whole text, one a row."""

from __future__ import annotations

import pytest

from cnncalc.homework.key import read_key
from cnncalc.homework.mark import mark_part
from tests.effort import sampled

NAMED = [
    # A layer without a window has no first position and no rounding.
    (
        "network: 15x15x8 -> pad 2, ask: output",
        "17x17x8",
        "That is 15 + 2 = 17: the padding is on both ends of a side, so it counts twice.",
    ),
    (
        "network: 15x15x8 -> pad 1, ask: output",
        "16x16x8",
        "That is 15 + 1 = 16: the padding is on both ends of a side, so it counts twice.",
    ),
    ("network: 7x7x512 -> flatten, ask: output", "49", "That is 49: what is flattened is 7x7x512."),
    (
        "network: resnet50, ask: params",
        "25M",
        "That is the right number cut off after its first digits; the nearest such number is 26,000,000.",
    ),
    (
        "network: alexnet, layer: conv1, ask: he_std",
        "0.0742",
        "That is the √(2/fan in); asked for is standard deviation √(2/fan out).",
    ),
    (
        "network: 32x32x3 -> conv 8 3x3 -> conv 8 3x3, ask: receptive_field",
        "4",
        "That is (3 − 1)·1 + (3 − 1)·1: the 1 that the sum begins with is missing: one pixel of the output sees at "
        "least one pixel.",
    ),
    (
        "network: 6x6x8 -> maxpool 2x2 stride=3 ceil=yes, ask: sides",
        "3x3",
        "That is ⌈(6 + 2·0 − 2)/3⌉ + 1 = 3: in ceil mode a last window counts only if it starts inside the input or "
        "the padding before it.",
    ),
    (
        "network: 32x32x3 -> conv 8 3x3 pad=1, ask: sides",
        "1024",
        "That is the area, height times width; each side is asked for.",
    ),
    (
        "network: 32x32x3 -> conv 8 3x3 pad=1, ask: activation_bytes",
        "8192",
        "That is 32,768/4: that is how many numbers there are; each takes several bytes.",
    ),
    (
        "network: vgg16, ask: weight_bytes",
        "540459 MiB",
        "That is off by a unit: each step from B to KB, MB, GB divides by 1024.",
    ),
    (
        "network: vgg16, ask: weight_bytes",
        "527.8 KiB",
        "That is off by a unit: each step from B to KB, MB, GB divides by 1024.",
    ),
    (
        "network: googlenet, layer: 3a.concat, ask: output",
        "28x28x224",
        "That is 64 + 128 + 32 = 224 channels: the 32 channels of 3a.5x5.relu2 are missing.",
    ),
    (
        "network: 8x8x3 -> conv 8 3x3 bias=no, ask: additions",
        "7776",
        "That is 3·3·3·8·6·6: the sum of n products takes n − 1 additions.",
    ),
    (
        "network: 103x103x3 -> conv 8 5x5 stride=4 pad=same, ask: output",
        "25x25x8",
        "That is ⌊(103 − 5)/4⌋ + 1 = 25: `same` adds padding.",
    ),
    (
        "network: 30x30x3 -> conv 8 3x3 dilation=2, ask: output",
        "25x25x8",
        "That is ⌊(30 + 2·0 − 2·3)/1⌋ + 1 = 25: a dilated kernel covers d(k − 1) + 1 pixels, not d·k.",
    ),
    (
        "network: 28x28x3 -> conv 8 3x3, ask: flops",
        "146016",
        "That is 292,032/2: a multiply-add is one MAC and two FLOPs.",
    ),
]

NAMELESS = [
    # AlexNet's 227 is for AlexNet; small numbers and single digits are met by chance.
    ("network: 224x224x3 -> conv 64 3x3 pad=1, ask: output", "226x226x64"),
    ("network: 28x28x182 -> batchnorm, ask: params", "374"),
    ("network: 300x300x3 -> conv 8 5x5 -> conv 8 7x7 -> conv 8 7x7 stride=2, ask: receptive_field", "14"),
]


def feedback(entry: str, answer: str) -> str:
    part = next(iter(read_key(f"title: T\nquestions:\n  - {{id: 1, {entry}}}").parts.values()))
    mark = mark_part(part, answer)
    assert mark.verdict == "wrong"
    return mark.feedback


@pytest.mark.parametrize(("entry", "answer", "expected"), sampled(NAMED, every=3))
def test_the_most_plausible_mistake_comes_first(entry: str, answer: str, expected: str) -> None:
    found = feedback(entry, answer)
    assert found.startswith(f"You wrote {answer}. {expected} ")
    assert found.count("Or it ") <= 1


@pytest.mark.parametrize(("entry", "answer"), NAMELESS)
def test_what_may_be_chance_has_no_name(entry: str, answer: str) -> None:
    assert feedback(entry, answer).startswith(f"You wrote {answer}. Right: ")
