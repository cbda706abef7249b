"""Batch normalisation by hand: mean, variance, normalised values."""

from __future__ import annotations

from cnncalc.quizzes.draft import Draft, Topic
from cnncalc.quizzes.draws import Draws

SPREADS = (
    *((-5, 1, 1, 3), (-3, -1, -1, 5), (-1, -1, 1, 1), (-3, -3, 3, 3)),
    *((-6, -3, 1, 3, 5), (-6, -2, 0, 2, 6), (-5, -3, -1, 3, 6), (-5, -2, -1, 1, 7), (-3, -1, 0, 1, 3)),
)
"""Distances from a mean whose variance is a square, so that every result is a fraction with few digits."""


def _batch(draws: Draws) -> list[int]:
    mean, sign = draws.below(20), draws.choice((-1, 1))
    return draws.shuffled([mean + sign * distance for distance in draws.choice(SPREADS)])


def moments(draws: Draws) -> Draft:
    parts = {
        "a": {"ask": "mean", "text": "What is the mean μ?"},
        "b": {"ask": "variance", "text": "What is the variance σ² that batch normalisation takes?"},
    }
    text = "A neuron has these values for the examples of a batch."
    return Draft(text, {"network": "1 -> batchnorm", "values": {"input": _batch(draws)}, "parts": parts})


def variance(draws: Draws) -> Draft:
    text = "A neuron has these values for the examples of a batch. Which variance does batch normalisation take?"
    return Draft(text, {"network": "1 -> batchnorm", "ask": "variance", "values": {"input": _batch(draws)}})


def normalised(draws: Draws) -> Draft:
    batch = _batch(draws)
    image = 1 + draws.below(len(batch))
    text = (
        "A neuron has these values for the examples of a batch. What does batch normalisation make of the value of "
        f"example {image}? Take ε = 0, and no scale and shift."
    )
    return Draft(text, _of(batch, image))


def scaled(draws: Draws) -> Draft:
    batch = _batch(draws)
    image, gamma, beta = 1 + draws.below(len(batch)), draws.choice((2, 3, 4, 6)), draws.choice((-4, -2, 1, 3, 5))
    text = (
        "A neuron has these values for the examples of a batch. What does batch normalisation with the scale γ "
        f"(weight) and the shift β (bias) make of the value of example {image}? Take ε = 0."
    )
    return Draft(text, _of(batch, image, weight=gamma, bias=beta))


def _of(batch: list[int], image: int, **tensors: int) -> dict[str, object]:
    return {
        "network": "1 -> batchnorm",
        "ask": "value",
        "values": {"input": batch, **tensors},
        "at": {"image": image},
    }


TOPIC = Topic(
    "normalisation", "batch normalisation on given numbers", {1: (variance,), 2: (normalised, moments), 3: (scaled,)}
)
