"""The types of fields: what they take, how they write it, and what they say about the rest."""

from fractions import Fraction
from typing import Any

import pytest

from cnncalc.layers.fields import (
    Choice,
    Connections,
    Decimal,
    Ends,
    FieldType,
    Flag,
    Indices,
    Padding,
    Pair,
    PerSide,
    Refused,
    Sides,
    Whole,
)

UNEVEN = Sides((Pair((2, 3)), 1))


@pytest.mark.parametrize(
    ("field", "value", "canonical", "written"),
    [
        (Whole(1), 96, 96, "96"),
        (PerSide(1), 4, (4, 4), "4"),
        (PerSide(1), Sides((4, 4)), (4, 4), "4"),
        (PerSide(1), Sides((1, 7)), (1, 7), "1x7"),
        (PerSide(1, short=False), 3, (3, 3), "3x3"),
        (Ends(), 1, ((1, 1), (1, 1)), "1"),
        (Ends(), Pair((2, 3)), ((2, 3), (2, 3)), "2:3"),
        (Ends(), UNEVEN, ((2, 3), (1, 1)), "2:3x1"),
        (Padding(), UNEVEN, ((2, 3), (1, 1)), "2:3x1"),
        (Padding(), "same", "same", "same"),
        (Padding(), "valid", ((0, 0), (0, 0)), "0"),
        (Flag(), True, True, "yes"),
        (Flag(), False, False, "no"),
        (Decimal(), Fraction(1, 4), 0.25, "0.25"),
        (Decimal(), Fraction(1, 3), 1 / 3, "0.3333333333333333"),
        (Decimal(), 1, 1.0, "1"),
        (Choice("nearest", "bilinear"), "nearest", "nearest", "nearest"),
        (Indices(), (4, 0), (4, 0), "[4,0]"),
        (Connections(), ((0, 1), (2,)), ((0, 1), (2,)), "[[0,1],[2]]"),
    ],
)
def test_values(field: FieldType, value: Any, canonical: Any, written: str) -> None:
    assert field.read(value, 2) == canonical
    assert field.write(canonical) == written


SIZE = "must be a size such as 3 or 3x3, not "
CELLS = "must be a size such as 1, 1x2 or 2:3, not "
WIDE = Sides((3, 3, 3))


@pytest.mark.parametrize(
    ("field", "value", "reason", "hint", "code"),
    [
        (Whole(1), 0, "must be at least 1, not 0", None, "E105"),
        (Whole(1), True, "must be a whole number, not yes", None, "E105"),
        (Whole(1), "many", "must be a whole number, not 'many'", None, "E105"),
        (Whole(1), Sides((3, 3)), "must be a whole number, not 3x3", None, "E105"),
        (Whole(1), Fraction(176, 5), "35.2 is not whole: use floor, ceil or round", None, "E105"),
        (Whole(1), Fraction(1, 3), "1/3 is not whole: use floor, ceil or round", None, "E105"),
        (PerSide(1), (3, 3), f"{SIZE}[3,3]", None, "E105"),
        (PerSide(1), Pair((1, 2)), f"{SIZE}1:2", None, "E105"),
        (PerSide(1), UNEVEN, f"{SIZE}2:3x1", None, "E105"),
        (PerSide(1), 0, "must be at least 1, not 0", None, "E105"),
        (
            PerSide(1),
            WIDE,
            "3x3x3 has 3 dimensions, the input has 2",
            "channels are excluded: one number applies to every dimension",
            "E202",
        ),
        (Ends(), (3, 3), f"{CELLS}[3,3]", None, "E105"),
        (Ends(), "same", f"{CELLS}'same'", None, "E105"),
        (Ends(), -1, "must be at least 0, not -1", None, "E105"),
        (
            Ends(),
            WIDE,
            "3x3x3 has 3 dimensions, the input has 2",
            "channels are excluded: one number applies to every dimension",
            "E202",
        ),
        (
            Padding(),
            "sam",
            "must be a number, same, same_lower, valid or causal, not 'sam'",
            "did you mean 'same'?",
            "E105",
        ),
        (Flag(), 1, "must be yes or no, not 1", None, "E105"),
        (Decimal(), "half", "must be a number, not 'half'", None, "E105"),
        (Decimal(0, 1), Fraction(25, 2), "must be at most 1, not 12.5", "12.5 % is 0.125", "E105"),
        (Decimal(0, 1), 2, "must be at most 1, not 2", "a fraction lies between 0 and 1, such as 0.5", "E105"),
        (Decimal(0, 1), Fraction(-1, 2), "must be at least 0, not -0.5", None, "E105"),
        (Decimal(above=0), 0, "must be above 0, not 0", None, "E105"),
        (
            Choice("nearest", "bilinear"),
            "bilinar",
            "must be nearest or bilinear, not 'bilinar'",
            "did you mean 'bilinear'?",
            "E105",
        ),
        (Choice("nearest", "bilinear"), 3, "must be nearest or bilinear, not 3", None, "E105"),
        (Indices(), 3, "must be a list of channel numbers such as [0,1,2], not 3", None, "E105"),
        (Indices(), (), "must be a list of channel numbers such as [0,1,2], not []", None, "E105"),
        (Connections(), 3, "must be a list of lists such as [[0,1],[1,2]], not 3", None, "E105"),
        (Connections(), (3,), "must be a list of lists such as [[0,1],[1,2]], not [3]", None, "E105"),
    ],
)
def test_refusals(field: FieldType, value: Any, reason: str, hint: str | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        field.read(value, 2)
    assert (refused.value.reason, refused.value.hint, refused.value.code) == (reason, hint, code)


def test_limits_are_said() -> None:
    assert Decimal(0, 1).meaning == "number ≥ 0 and ≤ 1"
    assert Decimal(above=0).meaning == "number > 0"
    assert Decimal().meaning == "number"


def test_without_sides_a_size_is_left_to_the_layer() -> None:
    assert PerSide(1).read(Sides((3, 3)), 0) == (3, 3)
    assert PerSide(1).read(Sides((3, 3)), None) == (3, 3)
