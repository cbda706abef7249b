"""Every mistake of the catalogue leads to its own wrong value somewhere, and a fault of ours in one is noticed."""

from __future__ import annotations

from functools import lru_cache

import pytest

from cnncalc.homework.calculation import LayerCalculation, Mistake
from cnncalc.homework.diagnose import MISTAKES, Trial, _places, _tried
from cnncalc.homework.key import read_key, shipped
from cnncalc.homework.mistakes.counts import other_channels
from cnncalc.homework.quantity_expression import QuantityExpression
from cnncalc.layers.base import Tensors
from tests.effort import sampled
from tests.homework.test_catalogue import SEEN

LARGE = ("resnet50", "vgg16", "vgg19")
QUESTIONS = [
    *dict.fromkeys(entry for entry, *_ in SEEN if not any(name in entry for name in LARGE)),
    "network: 9x9x4 -> pad 1:2x1:2, ask: output",
    "network: 9x9x4 -> conv 8 3x3 stride=2, ask: macs",
    "network: 9x9x4 -> conv 8 3x3 bias=no, ask: params",
    "network: 9x9x4 -> conv 8 3x3, ask: weight_bytes",
    "network: 9x9x4 -> conv 8 3x3 pad=1, ask: pad",
    "network: 9x9x4 -> conv 8 3x3 stride=2, ask: same_pad",
    "network: 9x9x4 -> conv 8 3x3 -> conv 8 3x3, ask: macs",
    "network: 8x8x4 -> maxpool 2x2, ask: output",
    "network: 8x8x4 -> conv_transpose 8 3x3 stride=2, ask: macs",
    "network: 8x8x4 -> conv_transpose 8 3x3 stride=2, ask: params",
    "network: 30x40x3 -> conv 8 3x5 stride=2x3, ask: output",
    "network: 6x6x8 -> maxpool 2x2 stride=3 ceil=yes, ask: output",
    "network: 9x9x4 -> conv 8 3x3 bias=no, ask: additions",
    "network: googlenet, layer: 3a.concat, ask: output",
]


@lru_cache(1)
def expressions() -> list[QuantityExpression]:
    folder = next(iter(shipped().values())).parent
    keys = [read_key(f"title: T\nquestions:\n  - {{id: 1, {entry}}}", folder=folder) for entry in QUESTIONS]
    return [part.expression for key in keys for part in key.parts.values()]


def trials(mistake: Mistake) -> list[Trial]:
    """Return where a mistake leads to a value that is not the right one."""
    tried = [
        (expression.value(), _tried(expression, (mistake,), at))
        for expression in expressions()
        for at in _places(expression)
    ]
    return [trial for right, trial in tried if trial is not None and trial.value != right]


@pytest.mark.parametrize("mistake", sampled(MISTAKES, every=3), ids=lambda mistake: type(mistake).__name__)
def test_every_mistake_fires_somewhere(mistake: Mistake) -> None:
    candidates = [trial.candidate() for trial in trials(mistake)]
    assert candidates
    assert all(candidate.slugs == (mistake.slug,) and candidate.lesson for candidate in candidates)


def test_channels_of_another_volume_fire() -> None:
    found = [mistake for one in expressions() for mistake in other_channels(one.subject.network)]
    assert any(trials(mistake) for mistake in found[:3])


@pytest.mark.parametrize("fault", [TypeError, KeyError, IndexError, AttributeError, ValueError])
def test_a_fault_in_a_mistake_is_noticed(fault: type[Exception]) -> None:
    class Faulty(Mistake):
        slug = "faulty"
        general = "is a fault"

        def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
            raise fault

    with pytest.raises(fault):
        trials(Faulty())
