"""Numbers with symbols: the arithmetic of ints, one form for what is equal, and texts that give the numbers back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sympy  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.layers.geometry import Spread, Window
from cnncalc.library import library
from cnncalc.loading import load
from cnncalc.numbers import arith
from cnncalc.numbers.arith import Undecided
from cnncalc.numbers.notation import ASCII, LATEX, TEXT, THOUSANDS, Notation
from cnncalc.numbers.symbolic import Expression, put, sign_of, symbol, write
from cnncalc.render.code import PYTHON, SQL
from cnncalc.render.columns import COLUMNS, View
from cnncalc.render.data import json_text
from cnncalc.render.printers import printed
from cnncalc.render.report import table
from tests.algebra.reading import value
from tests.effort import examples

H, W, K = symbol("H"), symbol("W"), symbol("growth")


def one_symbol(draw: Any, letter: Any, n: int) -> tuple[Any, int]:
    """Draw a calculation, and do it with the symbol and with a number for it."""
    for _ in range(draw(st.integers(0, 6))):
        k = draw(st.integers(1, 4))
        match draw(st.sampled_from(["+", "-", "*", "//", "%", "max", "min", "twice"])):
            case "+":
                letter, n = letter + k, n + k
            case "-":
                letter, n = k - letter, k - n
            case "*":
                letter, n = letter * k, n * k
            case "//":
                letter, n = letter // k, n // k
            case "%":
                letter, n = letter + letter % k, n + n % k
            case "max":
                letter, n = arith.maximum(letter, k), max(n, k)
            case "min":
                letter, n = arith.minimum(letter, letter // 2 * 2), min(n, n // 2 * 2)
            case _:
                letter, n = letter + letter // k, n + n // k
    return letter, n


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Any, dict[str, int], int]:
    """A number made of H and W, values for these, and what it comes to."""
    values = {"H": draw(st.integers(1, 60)), "W": draw(st.integers(1, 60))}
    a, m = one_symbol(draw, H, values["H"])
    b, n = one_symbol(draw, W, values["W"])
    made, total = draw(st.sampled_from([(a, m), (a + b, m + n), (a * b, m * n), (a * b * 6 - a, m * n * 6 - m)]))
    return made, values, total


@given(numbers())
@examples(300)
def test_the_arithmetic_of_ints(case: tuple[Any, dict[str, int], int]) -> None:
    number, values, expected = case
    assert put(number, values) == expected


@given(numbers())
@examples(150)
def test_every_notation_gives_the_number_back(case: tuple[Any, dict[str, int], int]) -> None:
    number, values, expected = case
    for notation in (TEXT, THOUSANDS, ASCII, LATEX):
        text = write(number, notation)
        if "mod" not in text and "|" not in text:
            assert value(_apart(text), values) == expected, text
    assert eval(write(number, PYTHON), {"max": max}, values) == expected
    row = sqlite3.connect(":memory:").execute(f"SELECT {write(number, SQL)} FROM (SELECT :H AS H, :W AS W)", values)
    assert row.fetchone() == (expected,)


def _apart(text: str) -> str:
    """Put a sign between letters that stand beside each other."""
    return text.replace("HW", "H*W")


@given(numbers())
@examples(60)
def test_sympy_agrees(case: tuple[Any, dict[str, int], int]) -> None:
    number, values, expected = case
    symbols = {sympy.Symbol(name, integer=True, positive=True): n for name, n in values.items()}
    assert sympy.sympify(number).subs(symbols) == expected


@given(st.data())
@examples(200)
def test_signs_hold_for_every_value(data: st.DataObject) -> None:
    number, _ = one_symbol(data.draw, H, 1)
    sign = sign_of(number)
    if sign is not None:
        assert all(put(number, {"H": n}) * sign >= 0 for n in range(1, 200))


@given(st.data())
@examples(200)
def test_equal_for_all_values_is_equal(data: st.DataObject) -> None:
    a, _ = one_symbol(data.draw, H, 1)
    shift = data.draw(st.integers(-5, 5))
    b = (a * 3 + shift * 3) // 3 - shift
    assert a == b
    assert hash(a) == hash(b)
    assert a + 1 != b


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Window(7, 2, 3, 3).output(H), "⌊(H + 1)/2⌋"),
        (Window(11, 4).output(H), "⌊(H − 7)/4⌋"),
        (Window(3, 2, 1, 1).output(Window(7, 2, 3, 3).output(H)), "⌊(H + 3)/4⌋"),
        (Window(3, 2, ceil=True).output(H), "⌊H/2⌋"),
        (Window(3, 2, 1, 1, ceil=True).output(H), "⌊(H + 2)/2⌋"),
        (Spread(2, 2).output(H // 2), "2·⌊H/2⌋"),
        (Window(2, 2).output(Spread(3, 3).output(H)), "⌊3H/2⌋"),
        (arith.ceil_div(arith.ceil_div(H, 2), 4), "⌊(H + 7)/8⌋"),
        (3 * (H // 2) // 2, "⌊(H + 2)/4⌋ + 2·⌊H/4⌋"),
        (H % 4, "H mod 4"),
        (3 * K * K + H * K - 4, "H·growth + 3·growth² − 4"),
        (K / 2 + H, "(2H + growth)/2"),
        (4 * K // K, "4"),
        ((K + 1) // H, "⌊(growth + 1)/H⌋"),
        (arith.maximum(K, 4), "max(growth, 4)"),
        (arith.maximum(H, 1), "H"),
        (12_345 * (H // 4) * (W // 4), "12345·⌊H/4⌋·⌊W/4⌋"),
        (147 * H * W, "147HW"),
        (arith.root(2, 9 * K), "√(2/(9·growth))"),
    ],
)
def test_texts(number: Any, text: str) -> None:
    assert str(number) == text


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        (THOUSANDS, "1,000·⌊(H − 7)/4⌋·growth − growth²"),
        (ASCII, "1000*floor((H - 7)/4)*growth - growth^2"),
        (LATEX, r"1,000 \cdot \left\lfloor \frac{H - 7}{4} \right\rfloor \cdot \mathit{growth} - \mathit{growth}^{2}"),
        (PYTHON, "1000 * ((H - 7) // 4) * growth - growth**2"),
        (SQL, "1000 * (((H + 1) / 4) - 2) * growth - growth * growth"),
    ],
)
def test_notations(notation: Notation, text: str) -> None:
    assert write(1000 * ((H - 7) // 4) * K - K * K, notation) == text


def test_sql_of_what_may_be_negative() -> None:
    assert write((H - W) // 3, SQL) == "(((H - W) - ((H - W) % 3 + 3) % 3) / 3)"


@pytest.mark.parametrize("question", [lambda: H > 4, lambda: bool(H % 2), lambda: H.equals(W), lambda: round(H)])
def test_undecided(question: Any) -> None:
    with pytest.raises(Undecided, match=r"^H( and W)?$"):
        question()


def test_decided() -> None:
    assert H > 0
    assert H + 1 > H
    assert (H + 31) // 32 >= 1
    assert not H.equals(H + 1)
    assert not (H + H).equals(1)


def test_constants_are_ints() -> None:
    assert type(H - H + 4) is int
    assert type((2 * H + 1) // 2 - H) is int
    assert isinstance(H, Expression)


def test_fields_take_symbols(tmp_path: Path) -> None:
    """Strides, kernels and groups too: every total is that of the report with the number put in."""
    spec = tmp_path / "fields.cnn.yaml"
    spec.write_text(
        "input: 40x40x6\nvars: {s: 2, k: 3, g: 3, up: 2, rate: 0.5}\nlayers:\n"
        "  - conv 12*g (k)x(k) stride=s pad=1 groups=g -> relu -> dropout rate -> maxpool 2x2 stride=s\n"
        "  - depthwise (k)x(k) pad=same -> batchnorm -> upsample up -> conv_transpose 4 3x3 stride=s -> conv 8 3x3\n"
    )
    for name, values in {"s": (1, 2, 3), "k": (2, 3, 5), "g": (1, 2, 6), "up": (1, 3)}.items():
        report = load(str(spec), settings={name: "q"}).report()
        printed([table(report, View(COLUMNS), 80)], "table", width=80)
        json_text(report)
        for number in values:
            totals = load(str(spec), settings={name: str(number)}).report().totals
            for total in ("params", "macs", "activation_bytes", "buffers"):
                assert put(getattr(report.totals, total), {"q": number}) == getattr(totals, total), (name, number)


@pytest.mark.exhaustive
def test_every_output_of_the_library_with_symbols() -> None:
    """JSON, tables, receptive fields and totals of one network a family, at its own size again."""
    for name in dict.fromkeys(entry.file for entry in library()):
        entry = next(entry for entry in library() if entry.file == name)
        network = load(entry.name)
        shape = network.nodes[0].y
        if len(network.inputs) > 1 or len(shape.sides) != 2:
            continue
        report = load(entry.name, input=f"HxWx{shape.channels}").report()
        printed([table(report, width=80)], "table", width=80)
        json_text(report)
        values = dict(zip("HW", shape.sides, strict=True))
        totals = network.report().totals
        assert put(report.totals.macs, values) == totals.macs
        assert put(report.totals.activation_values, values) == totals.activation_values


def test_a_maximum_of_what_turns_out_to_be_constant() -> None:
    one = (H + W + 2) // 2 - (H + W) // 2
    assert arith.maximum(one, 0).equals(1)
    assert arith.maximum(one, H) != arith.maximum(one, W)
