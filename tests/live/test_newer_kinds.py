"""Random chains of the kinds that came after the first version: PyTorch agrees with every number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.layers import KINDS, RESERVED
from cnncalc.live.verify import verify
from cnncalc.shape import Shape
from tests.effort import examples, searching
from tests.strategies import ALIKE, LARGEST, STEPS, divisors, layers_on, shapes

pytest.importorskip("torch")

NEWER = tuple(name for name in STEPS if name not in RESERVED)


@st.composite
def chains(draw: st.DrawFn) -> str:
    """A chain of up to six steps, most of them of newer kinds; some read the input again."""
    first = x = draw(shapes())
    steps = [str(x)]
    for _ in range(draw(st.integers(1, 6))):
        if first.sides and x.sides and draw(st.integers(0, 9)) == 0:
            steps.append(f"cross_attention {draw(st.sampled_from(divisors(x.channels)))} input")
        elif x == first and draw(st.integers(0, 9)) == 0:
            steps.append(f"{draw(st.sampled_from(ALIKE))} input")
        else:
            kinds = NEWER if draw(st.integers(0, 9)) < 7 else STEPS
            layer = draw(layers_on(x, KINDS[draw(st.sampled_from(kinds))]))
            if next(layer.check(x), None) is not None or layer.shape(x).values > LARGEST:
                continue
            steps.append(str(layer))
            x = layer.shape(x)
    return " -> ".join([*steps, str(Shape(x.sides, x.channels))])


def agrees(chain: str) -> None:
    result = verify(cnncalc.load(chain), device="cpu", backward=True)
    # Drawn layers may well take the logarithm of 0.
    wrong = [(c.path, what, got) for c, what, got in result.differences() if what not in ("finite", "gradients")]
    assert not wrong
    assert result.stopped is None


@examples(50)
@given(chains())
def test_pytorch_agrees_with_a_chain(chain: str) -> None:
    agrees(chain)


@pytest.mark.exhaustive
@settings(max_examples=2_450 if searching() else 400)
@given(chains())
def test_pytorch_agrees_with_many_chains(chain: str) -> None:
    agrees(chain)
