"""Expressions: what they mean, against Python's own fractions, and where each of their pieces stands."""

from __future__ import annotations

import math
import operator
from contextlib import suppress
from fractions import Fraction
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.layers.fields import Pair, Sides, text
from cnncalc.spec.calculate import LARGEST
from cnncalc.spec.expression import ExpressionError, Literal, Name, Path, SizeOf, Unknown, Wildcard
from cnncalc.spec.parse import DEEPEST, LONGEST, parse, parse_size, parse_value
from tests.effort import examples


class Scope:
    """Names bound to values; relu and same are words."""

    def __init__(self, **names: Any) -> None:
        self.names = names

    def lookup(self, name: str) -> Any:
        return self.names[name]

    def is_word(self, name: str) -> bool:
        return name in ("relu", "same")

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        raise ExpressionError("E109", f"nothing is called {name}", start, length)


def value(source: str, **names: Any) -> Any:
    return parse_value(source).evaluate(Scope(**names))


def problem(source: str, **names: Any) -> tuple[str, int, int]:
    """Return the code of an expression's problem, where it begins and how long it is."""
    with pytest.raises(ExpressionError) as raised:
        parse_value(source).evaluate(Scope(**names))
    return raised.value.code, raised.value.start, raised.value.length


# Numbers


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("7", 7),
        ("60_965_224", 60965224),
        ("0.5", Fraction(1, 2)),
        (".5", Fraction(1, 2)),
        ("3.", 3),
        ("1e6", 10**6),
        ("1.5e3", 1500),
        ("1e-3", Fraction(1, 1000)),
        ("010", 10),
        ("yes", True),
        ("true", True),
        ("no", False),
        ("false", False),
        ("-3", -3),
        ("--3", 3),
        ("+3", 3),
        ("7//2", 3),
        ("-7//2", -4),
        ("7%3", 1),
        ("-7%3", 2),
        ("7/2", Fraction(7, 2)),
        ("6/2", 3),
        ("1/3+2/3", 1),
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("10-4-3", 3),
        ("24/4/3", 2),
        ("2*-3", -6),
        ("1 < 2", True),
        ("2 <= 1", False),
        ("1 == 1 and 2 != 3", True),
        ("no or yes", True),
        ("not yes or yes", True),
        ("not (yes or yes)", False),
        ("not not yes", True),
        ("1/2 > 1/3", True),
        ("[1,2,3][1]", 2),
        ("[[1,2],[3]][1][0]", 3),
        ("min(3,1,2)", 1),
        ("max([3,1,2])", 3),
        ("min(3x5)", 3),
        ("floor(7/2)", 3),
        ("ceil(7/2)", 4),
        ("floor(-1/2)", -1),
        ("round(5/2)", 2),
        ("round(7/2)", 4),
        ("multiple(17,8)", 16),
        ("multiple(1,8)", 8),
        ("yes == yes", True),
        ("yes == 1", False),
        ("3 == 3x3", True),
        ("3x3 == 3x3", True),
        ("3x3 != 3x5", True),
    ],
)
def test_value(source: str, expected: Any) -> None:
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


def test_multiple_rounds_to_the_nearest_multiple_and_never_below_90_percent() -> None:
    for v in range(1, 400):
        for of in (4, 8, 12):
            nearest = max(of, int(v + of / 2) // of * of)  # torchvision's _make_divisible
            if nearest < 0.9 * v:
                nearest += of
            assert value(f"multiple({v},{of})") == nearest


def test_arithmetic_on_sizes_goes_side_by_side() -> None:
    assert value("2*sides", sides=Sides((7, 5))) == Sides((14, 10))
    assert value("sides//2+1", sides=Sides((7, 5))) == Sides((4, 3))
    assert value("3x5-1x2") == Sides((2, 3))
    assert value("-k//2", k=Sides((3, 5))) == Sides((-2, -3))
    assert value("ceil(sides/2)", sides=Sides((7, 5))) == Sides((4, 3))
    assert value("sides[0]", sides=Sides((7, 5))) == 7
    assert problem("3x3+3x3x3") == ("E107", 0, 9)


def test_decimals_have_at_most_30_characters() -> None:
    assert value("0." + "1" * 17) == Fraction("0." + "1" * 17)
    assert problem("0." + "1" * 29)[0] == "E112"


def test_every_number_stays_below_10_to_the_18th() -> None:
    assert value("999999999999999999") == LARGEST - 1
    assert value("1e17*9") == 9 * 10**17
    for source in (
        "1e18",
        "1e19",
        "9" * 19,
        "1e17*10",
        "1e17*1e17",
        "0-1e17*10",
        "max(1e17*10,1)",
        "1e-19",
        "1e17/(1/10)",
    ):
        assert problem(source)[0] == "E112", source


def test_there_is_no_power_operator() -> None:
    with pytest.raises(ExpressionError) as raised:
        parse("9**9")
    assert raised.value.hint == "there is no power operator: multiply"
    assert problem("9^9") == ("E107", 1, 1)


def test_an_expression_is_at_most_50_deep() -> None:
    assert value("(" * DEEPEST + "1" + ")" * DEEPEST) == 1
    assert problem("(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1))[0] == "E112"
    assert problem("[" * (DEEPEST + 1) + "1" + "]" * (DEEPEST + 1))[0] == "E112"
    assert problem("min(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1))[0] == "E112"
    assert problem("w" + "[0]" * (DEEPEST + 1), w=(1,))[0] == "E112"


@pytest.mark.exhaustive  # two long expressions
def test_an_expression_has_at_most_100_000_characters() -> None:
    assert value("+".join(["1"] * (LONGEST // 2))) == LONGEST // 2
    assert problem("+".join(["1"] * LONGEST))[0] == "E112"


def test_signs_and_nots_may_be_many() -> None:
    assert value("-" * 50_000 + "1") == 1
    assert value("not " * 20_001 + "yes") is False


# Sizes, words and paths


def test_a_value_is_a_size_an_expression_a_word_or_a_question_mark() -> None:
    assert value("3x3") == Sides((3, 3))
    assert value("1x7") == Sides((1, 7))
    assert value("3×5×7") == Sides((3, 5, 7))
    assert value("1x(k)", k=7) == Sides((1, 7))
    assert value("(k)x(k+1)", k=7) == Sides((7, 8))
    assert value("(k)", k=7) == 7
    assert value("2:3") == Pair((2, 3))
    assert value("2:3x0:1") == Sides((Pair((2, 3)), Pair((0, 1))))
    assert value("(k):(k+1)", k=1) == Pair((1, 2))
    assert isinstance(parse_value("?"), Unknown)
    assert isinstance(parse_value("same"), Name)
    assert isinstance(parse_value("s2.y1"), Path)
    assert isinstance(parse_value("3a"), Path)
    assert parse_value("input.channels") == Name("input.channels", 0, 14)


def test_a_shape_has_wildcards_unknowns_and_letters() -> None:
    size = parse_size("_x?xHx(2*k)")
    assert isinstance(size, SizeOf)
    kinds = [type(part).__name__ for part in size.parts]
    assert kinds == ["Wildcard", "Unknown", "Symbol", "Arithmetic"]
    assert [part.start for part in size.parts] == [0, 2, 4, 7]
    assert parse_size("conv") is None
    assert parse_size("3x") is None
    assert isinstance(parse_size("_").parts[0], Wildcard)  # type: ignore[union-attr]


def test_a_bare_word_on_the_right_of_a_comparison_is_a_word_and_on_the_left_it_must_be_bound() -> None:
    assert value("act == relu", act="relu") is True
    assert value("act != relu", act="same") is True
    assert value("act == other", act="same", other="same") is True
    assert problem("rlu == relu") == ("E109", 0, 3)


def test_a_misspelt_word_is_a_problem_and_never_a_word_that_is_false() -> None:
    assert problem("act == rlu", act="relu") == ("E109", 7, 3)
    assert problem("act == rlu or yes", act="relu") == ("E109", 7, 3)


def test_and_or_stop_when_they_are_decided() -> None:
    assert value("yes or unknown") is True
    assert value("no and unknown") is False


# Problems and their places


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1+", ("E107", 1, 1)),
        ("1++", ("E107", 2, 1)),
        ("(1", ("E107", 1, 1)),
        ("1)", ("E107", 1, 1)),
        ("[1,2", ("E107", 3, 1)),
        ("1 = 2", ("E107", 2, 1)),
        ("1 < 2 < 3", ("E107", 6, 1)),
        ("a b", ("E107", 2, 1)),
        ("1+nothing", ("E109", 2, 7)),
        ("12+a.b.c", ("E109", 3, 5)),
        ("2*(3+yes)", ("E107", 3, 5)),
        ("relu+1", ("E109", 0, 4)),
        ("10+4/0", ("E107", 3, 3)),
        ("10+4//(2-2)", ("E107", 3, 8)),
        ("1+w[3]", ("E107", 4, 1)),
        ("1+w[0][0]", ("E107", 2, 4)),
        ("1+w[yes]", ("E107", 4, 3)),
        ("1+sqrt(2)", ("E107", 2, 4)),
        ("1+min()", ("E107", 2, 5)),
        ("1+floor(1,2)", ("E107", 2, 10)),
        ("1+max([])", ("E107", 2, 7)),
        ("3x(yes)", ("E107", 3, 3)),
        ("2:(3x3)", ("E107", 3, 3)),
        ("w > 1", ("E107", 0, 5)),
        ("3X3", ("E107", 1, 1)),
        ("", ("E107", 0, 1)),
        ("multiple(5,1/2)", ("E107", 0, 15)),
        ("multiple(5,0)", ("E107", 0, 13)),
        ("round(yes)", ("E107", 0, 10)),
    ],
)
def test_problem_and_place(source: str, expected: tuple[str, int, int]) -> None:
    assert problem(source, w=(1, 2)) == expected


# Properties


NUMBERS = st.one_of(st.integers(0, 99), st.fractions(0, 9, max_denominator=16))
OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": Fraction,
    "//": operator.floordiv,
    "%": operator.mod,
}


def _number(number: int | Fraction) -> tuple[str, Fraction]:
    written = str(number) if isinstance(number, int) else f"({number.numerator}/{number.denominator})"
    return written, Fraction(number)


@st.composite
def _combined(draw: st.DrawFn, below: st.SearchStrategy[tuple[str, Fraction]]) -> tuple[str, Fraction]:
    """Two expressions with an operator between them, or a function of them."""
    a, x = draw(below)
    b, y = draw(below)
    space = draw(st.sampled_from(["", " "]))
    how = draw(st.sampled_from([*OPERATIONS, "-", "min", "max", "floor", "ceil", "neg"]))
    if how in ("min", "max"):
        return f"{how}({a},{space}{b})", min(x, y) if how == "min" else max(x, y)
    if how in ("floor", "ceil"):
        return f"{how}({a})", Fraction(getattr(math, how)(x))
    if how == "neg":
        return f"-({a})", -x
    if how in ("/", "//", "%") and y == 0:
        return f"({a}){space}+{space}({b})", x + y
    result = x / y if how == "/" else OPERATIONS[how](x, y)
    return f"({a}){space}{how}{space}({b})", Fraction(result)


@given(st.recursive(NUMBERS.map(_number), _combined, max_leaves=12))
@examples(150)
def test_any_expression_is_what_fractions_say(pair: tuple[str, Fraction]) -> None:
    source, expected = pair
    with suppress(ExpressionError):
        found = parse(source).evaluate(Scope())
        assert found == expected
        assert isinstance(found, int) == (expected.denominator == 1)
        return
    assert problem(source)[0] == "E112"


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 20)), min_size=1, max_size=8))
def test_operators_bind_as_in_python(terms: list[tuple[str, int]]) -> None:
    source = "7" + "".join(f"{sign}{number}" for sign, number in terms)
    expected = eval(source)
    if abs(expected) < LARGEST:
        assert parse(source).evaluate(Scope()) == expected


VALUES = st.recursive(
    st.one_of(
        st.integers(0, 10**17),
        st.fractions(0, 99, max_denominator=50),
        st.booleans(),
        st.sampled_from(["relu", "same"]),
    ),
    lambda below: st.lists(below, min_size=1, max_size=3).map(tuple),
    max_leaves=6,
) | st.lists(st.integers(0, 99), min_size=2, max_size=3).map(Sides)


@given(VALUES)
def test_a_value_is_read_as_it_is_written(wanted: Any) -> None:
    names = {"relu": "relu", "same": "same"}
    found = parse_value(text(wanted)).evaluate(Scope(**names))
    assert found == wanted
    assert type(found) is type(wanted) or isinstance(wanted, Fraction)


@given(st.text(st.sampled_from("0123456789xXab_?:.+-*/%<>=!()[],| HW'\"×"), max_size=24))
@examples(400)
def test_any_text_is_read_or_refused_within_itself(source: str) -> None:
    names = {"a": 1, "b": Sides((2, 3)), "x": (1, 2)}
    with suppress(ExpressionError):
        tree = parse_value(source)
        assert 0 <= tree.start <= tree.start + tree.length <= len(source)
        tree.evaluate(Scope(**names))
        return
    _, start, length = problem(source, **names)
    assert 0 <= start <= len(source)
    assert length >= 1


def test_every_piece_knows_its_place() -> None:
    source = "10 + width*(sides[0]-2) // min(3, kernel)"

    def pieces(tree: Any) -> list[tuple[str, str]]:
        found = []
        if isinstance(tree, tuple):
            return [piece for part in tree for piece in pieces(part)]
        if hasattr(tree, "start"):
            if isinstance(tree, (Name, Literal)):
                written = source[tree.start : tree.start + tree.length]
                found.append((str(tree.name if isinstance(tree, Name) else tree.value), written))
            for part in vars(tree).values():
                found += pieces(part)
        return found

    found = pieces(parse(source))
    assert len(found) == 7
    assert all(meant == written for meant, written in found)
