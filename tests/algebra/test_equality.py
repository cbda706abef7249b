"""Formulas that are equal for all values: by one form, by sympy where quotients cancel, never for one value alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnncalc.algebra.equality import equal_formulas
from cnncalc.numbers.arith import maximum
from cnncalc.numbers.symbolic import symbol

C, H, W = symbol("C"), symbol("H"), symbol("W")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((C + 1) * (C - 1), C * C - 1),
        ((C * C - 1) // (C + 1), C - 1),
        ((C * C * C - 8) // (C * C + 2 * C + 4) * H, C * H - 2 * H),
        ((H * W - W + H - 1) // (W + 1), H - 1),
        (maximum((C * C - 1) // (C + 1), W), maximum(C - 1, W)),
        (H, H),
        (4, 4),
    ],
)
def test_equal(a: object, b: object) -> None:
    assert equal_formulas(a, b)
    assert equal_formulas(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (C * 3, C * C),
        ((C * C + 1) // (C + 1), C - 1),
        ((H + W) // 2, H // 2 + W // 2),
        (maximum(H, W), maximum(H, W + 1)),
        (4, 5),
        (H // 2, 3),
    ],
)
def test_not_equal(a: object, b: object) -> None:
    assert not equal_formulas(a, b)
    assert not equal_formulas(b, a)


def test_the_work_is_bounded() -> None:
    """What is too large for sympy is not equal, at once."""
    large = C
    for _ in range(40):
        large = large * C + H
    assert not equal_formulas(large * (C - 1) // (C - 1 + W) * W, large * W)
    assert not equal_formulas((C * C - 1) // (C + 1) + large // (H + W), C - 1 + large // (W + H + C))


def test_wrong_polynomials_do_not_load_sympy() -> None:
    code = (
        "import sys; from cnncalc.algebra.equality import equal_formulas; from cnncalc.numbers.symbolic import symbol\n"
        "C = symbol('C'); assert not equal_formulas(27 * C, C * C); assert not equal_formulas((C + 3) // 2, C)\n"
        "assert 'sympy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
