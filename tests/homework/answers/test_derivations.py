"""Answers with what leads to them: several statements, one calculation for every numeric kind, words and LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.homework.answers import read_answer
from cnncalc.homework.mark import mark_part
from cnncalc.homework.model import Part, Right, Unreadable
from cnncalc.shape import Shape
from tests.homework import parts as p

FIELD = Part("1", Fraction(1), "receptive_field", "number", (Right(13, "13"),), ())
SIDES = p.part("sides", (11, 11))
WIDE = p.part("sides", (26, 100))
LENGTH = p.part("sides", (24,))
PAD_THREE = p.part("pad", ((3, 3),))
PAD = p.part("unknowns", {"pad": 2})
THREE = p.part("unknowns", {"kernel": 3, "stride": 1, "pad": 0})

RIGHT: list[tuple[Part, Any, list[str]]] = [
    (FIELD, 13, ["13x13 input pixels", "13x13 (pixels)", "13 × 13 in the input", "13^2", "13x13x1", "13 pixels wide"]),
    (p.NUMBER, 105_415_200, ["105,415,200 per image"]),
    (
        p.NUMBER,
        7600,
        [
            "5*5*3 = 75\n75+1 = 76\n76*100 = 7600",
            "weights per filter 5*5*3 = 75\nplus bias = 76\ntotal = 7600",
            "5*5*3=75; 75+1=76; 76*100=7600",
            "(k*k*c + 1)*n = (5*5*3+1)*100 = 7600",
            "\\(7600\\)",
            "\\[7600\\]",
            "\\boxed{7600}",
            "\\boxed{\\num{7600}}",
            "7600 \\text{ params}",
            "$\\left(5\\cdot5\\cdot3+1\\right)\\cdot100 = 7600$",
        ],
    ),
    (p.NUMBER, 15_782, ["conv: 100, dense: 15,682, total: 15,782"]),
    (p.NUMBER, 22, ["22 layers", "22 weight layers"]),
    (
        SIDES,
        (11, 11),
        [
            "(6-1)*2-2+3 = 11",
            "(6-1)*2-2+3",
            "ceil(22/2)=11",
            "\\lfloor 10.5\\rfloor+1=11",
            "floor((23-3)/2)+1=11",
            "eleven",
        ],
    ),
    (WIDE, (26, 100), ["height 26 and width 100", "H=26, W=100", "W=100, H=26", "26 rows, 100 columns"]),
    (LENGTH, (24,), ["length 24", "24 samples"]),
    (PAD_THREE, ((3, 3),), ["padding of 3 on each side", "three", "(7-1)/2 = 3"]),
    (p.PAD, ((3, 2),), ["left/top 3, right/bottom 2", "top/left 3 and bottom/right 2"]),
    (
        PAD,
        {"pad": 2},
        ["(5-1)/2 = 2", "2 zeros on every border", "padding of 2 on each side", "two", "p = (k-1)/2 = (5-1)/2 = 2"],
    ),
    (THREE, {"kernel": 3, "stride": 1, "pad": 0}, ["3x3 kernel, stride 1, no padding", "kernel 3, stride 1, pad 0"]),
    (
        p.VOLUME,
        Shape((29, 29), 32),
        [
            "(63-7)/2+1=29; 29x29x32",
            "29x29x32 = 26,912 values",
            "\\(29\\times29\\times32\\)",
            "(63-7)/2+1 = 29 [29x29x32]",
            "(W-F)/S+1 = (63-7)/2+1 = 29, 29x29x32",
            "floor((63-7)/2)+1=29 → (29,29,32)",
            "(63-7)/2+1 = 29\n29x29x32",
            "29x29x32\n(63-7)/2+1 = 29",
            "29 rows, 29 columns, 32 channels",
        ],
    ),
]


@pytest.mark.parametrize(
    ("part", "value", "text"), [(part, value, text) for part, value, texts in RIGHT for text in texts]
)
def test_what_leads_to_an_answer_is_read(part: Part, value: Any, text: str) -> None:
    found = read_answer(text, part)
    assert (found.value, found.text) == (value, text)


@pytest.mark.parametrize(
    ("part", "text", "reason"),
    [
        (p.NUMBER, "7600\n5*5*3=75", "'7600' and '5*5*3=75' are two answers: write the one that is meant last"),
        (p.NUMBER, "a = 7600\nb = 5", "'a = 7600' and 'b = 5' are two answers: write the one that is meant last"),
        (p.SOLVE_ONE, "kernel=3", "'kernel' is not asked for: write it as stride=…"),
        (p.SOLVE_ONE, "kernel=2+1", "'kernel' is not asked for: write it as stride=…"),
        (p.SOLVE_ONE, "(5-2)/2", "'(5-2)/2' is not read: write it as stride=…"),
        (
            p.VOLUME,
            "29x29x32 = 26,000 values",
            "'29x29x32 = 26,000 values' is not read as a volume: write it as 20x30x4 or (4, 20, 30)",
        ),
        (
            p.VOLUME,
            "28x28x32; 29x29x32",
            "'28x28x32' and '29x29x32' are two answers: write one alone",
        ),
    ],
)
def test_two_answers_are_none(part: Part, text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_answer(text, part)
    assert str(refused.value) == reason


def test_a_slip_in_the_middle_is_named() -> None:
    found = read_answer("5*5*3 = 45\n76*100 = 7600", p.NUMBER)
    assert (found.value, found.notes) == (7600, ("5*5*3 is 75, not 45",))


def values(text: str, part: Part) -> list[Any]:
    """Return all that a text may mean; nothing where it is not understood."""
    try:
        found = read_answer(text, part)
    except Unreadable:
        return []
    return [found.value, *(other.value for other in found.others)]


ONE = (
    "{value}",
    "= {value}",
    "{work} = {value}",
    "\\({work} = {value}\\)",
    "{work}\n= {value}",
    "${work} = \\boxed{{{value}}}$",
    "(n - k)/s + 1 = {work} = {value}",
    "the answer is {value}",
    "so it is {value}",
)
"""How one number may be written; `work` is a calculation of it."""

VOLUMES = (
    "{value}x{value}x{c}",
    "{work} = {value}; {value}x{value}x{c}",
    "{work} = {value}\n{value}x{value}x{c}",
    "{work} = {value} → ({value}, {value}, {c})",
    "{work} = {value} [{value}x{value}x{c}]",
    "\\[{value}\\times{value}\\times{c}\\]",
    "{value} rows, {value} columns, {c} channels",
)


@given(st.integers(3, 99), st.integers(1, 7), st.integers(1, 3), st.integers(-5, 5), st.sampled_from(ONE))
def test_right_phrasings_are_read_and_wrong_ones_are_not_right(rest: int, k: int, s: int, off: int, form: str) -> None:
    value = rest // s + 1
    text = form.format(work=f"\\lfloor({rest + k}-{k})/{s}\\rfloor+1", value=value + off)
    for part, right in (
        (p.part("number", value), value),
        (p.part("sides", (value, value)), (value, value)),
        (p.part("pad", ((value, value),)), ((value, value),)),
        (p.part("unknowns", {"pad": value}), {"pad": value}),
    ):
        found = values(text, part)
        assert found or off or "n - k" in form or "it is" in form or "answer" in form, text
        assert (right in found) <= (not off or "{work}" in form), text
        assert not off or found[:1] != [right], text


@given(st.integers(3, 99), st.integers(2, 7), st.integers(2, 99), st.integers(-2, 2), st.sampled_from(VOLUMES))
def test_volumes_with_their_work(rest: int, k: int, c: int, off: int, form: str) -> None:
    value = rest + 1
    text = form.format(work=f"({rest + k}-{k})/1+1", value=value + off, c=c)
    part = p.part("volume", Shape((value, value), c))
    found = values(text, part)
    assert found if not off else part.right.value not in found, text
    assert off or part.right.value in found, text


@pytest.mark.parametrize(
    ("text", "slips"),
    [
        ("5*5*3 = 74; 74+1 = 75; 75*100 = 7600", ("5*5*3 is 75, not 74", "75*100 is 7,500, not 7,600")),
        ("5*5*3 = 75 + 2 = 76 * 100 = 7600", ("75 + 2 is 77, not 76",)),
        ("5*5*3 = 75, +1 = 77, 76*100 = 7600", ("75 +1 is 76, not 77",)),
        ("5*5*3=75+1=76*100=7600", ()),
        ("7600 ((5*5*3)*100 = 7500)", ()),
        ("7600, because 76*100 = 760", ("76*100 is 7,600, not 760",)),
        ("7600 (75*100)", ("75*100 is 7,500, not 7,600",)),
        ("conv: 7500, biases: 10, total: 7600", ("7,500 + 10 is 7,510, not 7,600",)),
        ("weights: 7500, biases: 100, total: 7600", ()),
    ],
)
def test_each_step_is_checked(text: str, slips: tuple[str, ...]) -> None:
    found = read_answer(text, p.NUMBER)
    assert [one.slips for one in (found, *found.others) if one.value == 7600] == [slips]
    assert set(slips) <= {note for one in (found, *found.others) for note in one.notes}


def test_a_slip_is_named_in_the_feedback() -> None:
    wrong = mark_part(p.NUMBER, "5*5*3 = 74; 74*100 = 7400").feedback
    right = mark_part(p.NUMBER, "5*5*3 = 74; 76*100 = 7600").feedback
    assert wrong == "You wrote 5*5*3 = 74; 74*100 = 7400. Note: 5*5*3 is 75, not 74. Right is 7600."
    assert right == "7600 is right. Note: 5*5*3 is 75, not 74."


def test_steps_of_sizes_formulas_and_unknowns() -> None:
    volume = read_answer("((63-7)/2+1) x 29 x 32 = 28x28x32", p.VOLUME)
    assert (volume.value, volume.slips) == (Shape((28, 28), 32), ("((63-7)/2+1) x 29 x 32 is 29x29x32, not 28x28x32",))
    assert read_answer("3*9C^2 = 18C^2", p.FORMULA).slips == ("3*9C^2 is 27C², not 18C²",)
    assert read_answer("9C^2*3 = 27C^2\n27*C*C = 27C^2", p.FORMULA).value == 27 * p.C * p.C
    assert read_answer("(5-1)/2 = 3", PAD).slips == ("(5-1)/2 is 2, not 3",)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("H = W = 29, C = 32", Shape((29, 29), 32)),
        ("H: (63-7)/2+1 = 29\nW: (63-7)/2+1 = 29\nC: 32", Shape((29, 29), 32)),
        ("side = (63-7)/2+1 = 29, depth = 32", Shape((29, 29), 32)),
        ("1. (63-7)/2 = 28\n2. 28 + 1 = 29\n3. 29x29x32", Shape((29, 29), 32)),
        ("63x63x16 → 29x29x32", Shape((29, 29), 32)),
    ],
)
def test_volumes_from_what_is_said_of_each_axis(text: str, value: Shape) -> None:
    assert read_answer(text, p.VOLUME).value == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("H = 28, so 29x29x32", "'H = 28' contradicts '29x29x32': write the answer alone"),
        (
            "7600 parameters, 100 filters",
            "'7600 parameters' and '100 filters' are two answers: write the one that is meant last",
        ),
        ("H = 29\nH = 28\nW = 29, C = 32", "'H = 28' contradicts another statement: write the answer alone"),
    ],
)
def test_statements_that_contradict_are_not_understood(text: str, reason: str) -> None:
    part = p.NUMBER if text.startswith("7600") else p.VOLUME
    with pytest.raises(Unreadable) as refused:
        read_answer(text, part)
    assert str(refused.value) == reason


FORMATS: tuple[Callable[[int], str], ...] = (
    lambda n: f"{n}",
    lambda n: f"{n:,}",
    lambda n: f"{n:,}".replace(",", " "),
    lambda n: f"{n:,}".replace(",", "\u202f"),
    lambda n: f"{n:,}".replace(",", "'"),
    lambda n: f"{n:,}".replace(",", "{,}"),
    lambda n: f"\\({n:,}\\)".replace(",", "\\,"),
    lambda n: f"\\num{{{n}}}",
    lambda n: f"{n:_}",
    lambda n: f"**{n}**",
    lambda n: f"{n - 1} + 1",
    lambda n: f"2*{n} = {2 * n}, {2 * n}/2 = {n}",
    lambda n: f"{n} + 5 = {n + 5} - 5 = {n}",
    lambda n: f"{n - 7} plus 7 = {n} parameters",
    lambda n: f"$\\frac{{{3 * n}}}{{3}} = \\boxed{{{n}}}$",
    lambda n: f"{n} ({n + 9} - 9 = {n})",
    lambda n: f"a: {n - 4}, b: 4, total: {n}",
    lambda n: f"{n} weights, so {n:,} in total",
    lambda n: f"- {n - 3} = {n - 3}\n- {n - 3} + 3 = {n}",
)


@given(st.integers(10, 10**9), st.sampled_from(FORMATS), st.data())
def test_a_number_in_any_format_is_right_and_with_a_changed_digit_never(
    n: int, form: Callable[[int], str], data: st.DataObject
) -> None:
    part = p.part("number", n)
    assert n in values(form(n), part), form(n)
    digits = str(n)
    at = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[at] and (at or d != "0")]))
    changed = int(digits[:at] + other + digits[at + 1 :])
    assert n not in values(form(changed), part), form(changed)


@given(st.tuples(*[st.integers(2, 999)] * 3), st.sampled_from(VOLUMES[1:5]), st.sampled_from((1, -1, 10, 100)))
def test_a_volume_with_a_changed_number_is_never_right(sizes: tuple[int, int, int], form: str, off: int) -> None:
    h, _, c = sizes
    part = p.part("volume", Shape((h, h), c))
    if h + off > 0:
        for value, channels in ((h + off, c), (h, c + abs(off))):
            text = form.format(work=f"{value + 4} - 4", value=value, c=channels)
            assert part.right.value not in values(text, part), text
    text = form.format(work=f"{h + 4} - 4", value=h, c=c)
    assert part.right.value in values(text, part), text


def test_ends_of_padding_are_no_sides_of_a_kernel() -> None:
    part = p.part("unknowns", {"kernel1": 5, "kernel2": 5})
    assert read_answer("5x5", part).value == read_answer("k = 5", part).value == {"kernel1": 5, "kernel2": 5}
    assert read_answer("5x3 kernel", part).value == {"kernel1": 5, "kernel2": 3}
    with pytest.raises(Unreadable, match="'1:0' is not read: write it as kernel=… or …x…"):
        read_answer("1:0", part)
