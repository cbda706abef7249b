"""Answers as students write them: what is understood, what is noted, and in which words the rest is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnncalc.homework.answers import is_blank, read_answer
from cnncalc.homework.mark import mark_part
from cnncalc.homework.model import Part, Right, Unreadable
from cnncalc.numbers.symbolic import symbol
from cnncalc.shape import Shape
from tests.effort import examples
from tests.homework import parts as p
from tests.time_limit import within_time_limit

C, H, W = p.C, p.H, p.W


def readings(text: str, part: Part) -> list[Any]:
    """Return all values that a text may mean, the likeliest first."""
    understood = read_answer(text, part)
    return [understood.value, *(other.value for other in understood.others)]


def refusal(text: str, part: Part) -> str:
    with pytest.raises(Unreadable) as refused:
        read_answer(text, part)
    return str(refused.value)


HWC = [
    "29x29x32",
    "29×29×32",
    "29 x 29 x 32",
    "29X29X32",
    "[29,29,32]",
    "(29, 29, 32)",
    "29, 29, 32",
    "29 29 32",
    "29*29*32",
    "29 by 29 by 32",
    "29 · 29 · 32",
    "29-29-32",
    "output: 29x29x32",
    "output = 29x29x32",
    "The output is 29x29x32.",
    "None, 29, 29, 32",
    "(None, 29, 29, 32)",
    "(N, 29, 29, 32)",
    "(batch_size, 29, 29, 32)",
    "torch.Size([1, 29, 29, 32])",
    "1x29x29x32",
    "29x29x32 pixels",
    "`29x29x32`",
    "**29x29x32**",
    "$29 \\times 29 \\times 32$",
    "29x29x32 (AlexNet, say)",
    "\u200f29x29x32\u200e",
    "２９ｘ２９ｘ３２",
    "29\u00a0×\u00a029\u00a0×\u00a032",
    "((63-7)/2+1)x29x32",
    "(63-7)/2+1 = 29, so 29x29x32",
    "63x63x16 -> 29x29x32",
    "it's 29 by 29 by 32",
    "29x29x32\n",
    '"29x29x32"',
]
CHW = ["(32, 29, 29)", "[32,29,29]", "32x29x29", "(1, 32, 29, 29)", "[None, 32, 29, 29]", "torch.Size([1, 32, 29, 29])"]
NAMED = [
    "29 x 29 with 32 channels",
    "29x29, 32 channels",
    "29x29 (32 channels)",
    "32 channels of 29x29",
    "32@29x29",
    "H=29 W=29 C=32",
    "h: 29, w: 29, c: 32",
    "C=32, H=29, W=29",
    "height 29, width 29, depth 32",
    "29x29, depth 32",
    "W2=29, H2=29, D2=32",
    "W_out = 29, H_out = 29, C_out = 32",
    "29x29, 32 feature maps",
    "32 maps of size 29 by 29",
    "29 x 29 x 32 channels",
    "The volume is 29x29 with 32 channels",
    "n_h = 29, n_w = 29, n_c = 32",
]


@pytest.mark.parametrize("text", HWC)
def test_volumes_with_channels_last(text: str) -> None:
    assert readings(text, p.VOLUME) == [Shape((29, 29), 32), Shape((29, 32), 29)]
    assert readings(text, p.STRICT) == [Shape((29, 29), 32)]


@pytest.mark.parametrize("text", CHW)
def test_volumes_with_channels_first_are_a_further_reading(text: str) -> None:
    assert readings(text, p.VOLUME) == [Shape((32, 29), 29), Shape((29, 29), 32)]
    assert read_answer(text, p.VOLUME).others[0].notes[-1] == "read as channels first: 32 channels of 29x29"
    assert readings(text, p.STRICT) == [Shape((32, 29), 29)]
    assert readings(text, p.STRICT_FIRST) == [Shape((29, 29), 32)]


@pytest.mark.parametrize("text", NAMED)
def test_volumes_whose_channels_are_named_have_one_reading(text: str) -> None:
    for part in (p.VOLUME, p.STRICT, p.STRICT_FIRST):
        assert readings(text, part) == [Shape((29, 29), 32)]


@pytest.mark.parametrize(
    ("text", "part", "value", "notes"),
    [
        ("9216", p.VECTOR, Shape((), 9216), ()),
        ("9,216", p.VECTOR, Shape((), 9216), ()),
        ("9216 neurons", p.VECTOR, Shape((), 9216), ()),
        ("1x1x9216", p.VECTOR, Shape((), 9216), ("sides of 1 were left out",)),
        ("8x29x29x32", p.BATCH, Shape((29, 29), 32), ("the 8 in front was read as the batch",)),
        ("(1, 9216)", p.VECTOR, Shape((), 9216), ("the 1 in front was read as the batch",)),
        ("6x6x256", p.VECTOR, Shape((6, 6), 256), ()),
        ("1000", p.POOLED, Shape((1, 1), 1000), ("read with sides of 1",)),
        ("1,000x16", p.SIGNAL, Shape((1000,), 16), ()),
        ("L=1000, C=16", p.SIGNAL, Shape((1000,), 16), ()),
        ("16x56x56x64", p.VIDEO, Shape((16, 56, 56), 64), ()),
        ("(H-2)x(W-2)x64", p.OPEN, Shape((H - 2, W - 2), 64), ()),
        ("H-2 x W-2 x 64", p.OPEN, Shape((H - 2, W - 2), 64), ()),
        ("(h - 2, w - 2, 64)", p.OPEN, Shape((H - 2, W - 2), 64), ()),
        ("28.5x28.5x32", p.VOLUME, Shape((Fraction(57, 2), Fraction(57, 2)), 32), ()),
        ("None, 29, 29, 32", p.VOLUME, Shape((29, 29), 32), ("the batch in front was left out",)),
        ("(63-7)/2+1 = 29, so 29x29x32", p.VOLUME, Shape((29, 29), 32), ()),
        ("\u202e29x29x32", p.VOLUME, Shape((29, 29), 32), ("invisible direction marks were left out",)),
        ("２９x２９x３２", p.VOLUME, Shape((29, 29), 32), ("the digits were read as 0-9",)),
        ("٢٩x٢٩x٣٢", p.VOLUME, Shape((29, 29), 32), ("the digits were read as 0-9",)),
    ],
)
def test_other_volumes(text: str, part: Part, value: Shape, notes: tuple[str, ...]) -> None:
    understood = read_answer(text, part)
    assert (understood.value, understood.notes, understood.text) == (value, notes, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7600", 7600),
        ("7,600", 7600),
        ("7 600", 7600),
        ("7'600", 7600),
        ("7_600", 7600),
        ("= 7600", 7600),
        ("7600 parameters", 7600),
        ("7600 params.", 7600),
        ("7600.", 7600),
        ("params = 7600", 7600),
        ("parameters: 7,600", 7600),
        ("the answer is 7600", 7600),
        ("$7{,}600$", 7600),
        ("７６００", 7600),
        ("27,000,100", 27_000_100),
        ("27 000 100", 27_000_100),
        ("27\u202f000\u00a0100", 27_000_100),
        ("27\u2009000\u2009100", 27_000_100),
        ("27'000'100", 27_000_100),
        ("27’000’100", 27_000_100),
        ("27.000.100", 27_000_100),
        ("2,70,00,100", 27_000_100),
        ("1e6", 10**6),
        ("10^6", 10**6),
        ("10⁶", 10**6),
        ("35K", 35_000),
        ("35k", 35_000),
        ("~35k", 35_000),
        ("about 35 thousand", 35_000),
        ("138M", 138 * 10**6),
        ("1.11 billion", 1_110_000_000),
        ("1.11e9", 1_110_000_000),
        ("1.11×10^9", 1_110_000_000),
        ("1.11 * 10⁹", 1_110_000_000),
        ("4.1 G", 4_100_000_000),
        ("2.4 GFLOPs", 2_400_000_000),
        ("1.5Mio", 1_500_000),
        ("105M MACs", 105_000_000),
        ("12 kparams", 12_000),
        ("35 Ki", 35_840),
        ("none", 0),
        ("zero", 0),
        ("-5", -5),
        ("7,5", Fraction(15, 2)),
        ("0,125", Fraction(1, 8)),
        ("1.234,5", Fraction(2469, 2)),
        (".5", Fraction(1, 2)),
        ("3.2x", Fraction(16, 5)),
        ("3.2 times", Fraction(16, 5)),
        ("1/3", Fraction(1, 3)),
        ("1 : 3", Fraction(1, 3)),
        ("2:1", 2),
        ("1e-3", Fraction(1, 1000)),
        ("95%", Fraction(19, 20)),
        ("approx. 3.2x", Fraction(16, 5)),
        ("(11*11*3+1)*96", 34_944),
        ("3·3·64", 576),
        ("11×11×3×96", 34_848),
        ("5^2*3*100", 7500),
        ("5²·3·100", 7500),
        ("5**2*3*100", 7500),
        ("2^20", 2**20),
        ("-2^2", -4),
        ("2^-2", Fraction(1, 4)),
        ("2^3^2", 512),
        ("3x3x64", 576),
        ("[(5*5*3)+1]*100", 7600),
        ("100(5*5*3+1)", 7600),
        ("(5*5*3+1)(100)", 7600),
        ("7/2*4", 14),
        ("2 + 3*4", 14),
        ("floor((227-11)/4)+1", 55),
        ("⌊(227-11)/4⌋+1", 55),
        ("⌈7/2⌉", 4),
        ("ceil(7/2)", 4),
        ("sqrt(1/4)", Fraction(1, 2)),
        ("√(2/8)", Fraction(1, 2)),
        ("34848 weights + 96 biases", 34_944),
        ("(363 weights + 1 bias)*96", 34_944),
        ("8.4 times fewer", Fraction(42, 5)),
        ("it's 7600", 7600),
        ("4^0.5", 2),
        ("(2/72)^0.5", Fraction(1, 6)),
        ("(2/72)^(1/2)", Fraction(1, 6)),
        ("(2/72)**.5", Fraction(1, 6)),
        ("36^-0.5", Fraction(1, 6)),
        ("4^(3/2)", 8),
        ("27^(1/3)", 3),
        ("0^0.5", 0),
        ("27 million and 100", 27_000_100),
        ("27 million 100", 27_000_100),
        ("27 Million, 100 parameters", 27_000_100),
        ("1 billion, 200 million and 5", 1_200_000_005),
        ("27 million 100 thousand", 27_100_000),
        ("1,000*2", 2000),
        ("300*300*3*100+100 params", 27_000_100),
        ("25/9 = 25/9", Fraction(25, 9)),
        ("(5*5*3+1)*100 = 7600", 7600),
        ("7600 = 76*100", 7600),
        ("params = (5*5*3+1)*100 = 76*100 = 7,600", 7600),
        ("5 \\times 5 \\cdot 3", 75),
        ("$\\sqrt{2/72}$", Fraction(1, 6)),
        ("$\\frac{25}{9}$", Fraction(25, 9)),
        ("$\\sqrt{\\frac{2}{8 \\cdot 9}}$", Fraction(1, 6)),
        ("$\\sqrt{4}$", 2),
        ("２×３", 6),
        ("7−5", 2),
        ("6÷3", 2),
        ("7//2", 3),
        ("1.5e3*2", 3000),
    ],
)
def test_numbers(text: str, value: Any) -> None:
    assert read_answer(text, p.NUMBER).value == value


@pytest.mark.parametrize(
    ("text", "part", "value", "step", "unit", "others"),
    [
        ("35K", p.NUMBER, 35_000, 1000, "K", []),
        ("35K", p.KILO, 35_840, 1024, "K", []),
        ("1.5M", p.NUMBER, 1_500_000, 100_000, "M", []),
        ("1.5 million", p.KILO, 1_500_000, 100_000, "M", []),
        ("1.11 billion", p.NUMBER, 1_110_000_000, 10**7, "B", []),
        ("1.11e9", p.NUMBER, 1_110_000_000, 10**7, "", []),
        ("~30,000", p.NUMBER, 30_000, 10_000, "", [30]),
        ("about 7600", p.NUMBER, 7600, 100, "", []),
        ("7600", p.NUMBER, 7600, None, "", []),
        ("7,600", p.NUMBER, 7600, None, "", [Fraction(38, 5)]),
        ("27.000", p.NUMBER, 27, Fraction(1, 1000), "", [27_000]),
        ("3.2x", p.NUMBER, Fraction(16, 5), Fraction(1, 10), "x", []),
        ("93 MB", p.BYTES, 93 * 2**20, 2**20, "MB", [93 * 10**6]),
        ("93 MB", p.BYTES_SI, 93 * 10**6, 10**6, "MB", [93 * 2**20]),
        ("93 megabytes", p.BYTES, 93 * 2**20, 2**20, "MB", [93 * 10**6]),
        ("93M", p.BYTES, 93 * 2**20, 2**20, "MB", [93 * 10**6]),
        ("58.1 MiB", p.BYTES, Fraction(581, 10) * 2**20, Fraction(2**20, 10), "MiB", []),
        ("97,517,568", p.BYTES, 97_517_568, None, "", []),
        ("97517568 bytes", p.BYTES, 97_517_568, None, "", []),
        ("4*100 KB", p.BYTES, 400 * 1024, None, "KB", []),
        ("93", p.MEGABYTES, 93 * 2**20, 2**20, "MB", [93 * 10**6]),
        ("97,517,568 B", p.MEGABYTES, 93 * 2**20, None, "", []),
        ("95%", p.PERCENT, 95, 1, "%", []),
        ("95.2 percent", p.PERCENT, Fraction(476, 5), Fraction(1, 10), "%", []),
        ("95", p.PERCENT, 95, 1, "", []),
        ("0.95", p.PERCENT, Fraction(19, 20), Fraction(1, 100), "", [95]),
        ("19/20", p.PERCENT, Fraction(19, 20), None, "", [95]),
        ("25/9 ≈ 2.78", p.NUMBER, Fraction(139, 50), Fraction(1, 100), "", [Fraction(25, 9)]),
    ],
)
def test_rounded_numbers(text: str, part: Part, value: Any, step: Any, unit: str, others: list[Any]) -> None:
    understood = read_answer(text, part)
    assert (understood.value, understood.step, understood.unit) == (value, step, unit)
    assert [other.value for other in understood.others] == others


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("7,5", ("the comma was read as a decimal point",)),
        ("27.000.100", ("the points were read as parting thousands",)),
        ("3x3x64", ("'3x3x64' was read as a product, 576",)),
        ("7600 (with biases)", ("'with biases' was not read",)),
        ("(5*5*3+1)*100 = 7500", ("(5*5*3+1)*100 is 7,600, not 7,500",)),
        ("\u200e7600", ("invisible direction marks were left out",)),
        ("7600", ()),
    ],
)
def test_notes_on_the_reading(text: str, notes: tuple[str, ...]) -> None:
    assert read_answer(text, p.NUMBER).notes == notes


@pytest.mark.parametrize(
    ("text", "part", "value", "doubt"),
    [
        ("1216?", p.NUMBER, 1216, "?"),
        ("1,216 ??", p.NUMBER, 1216, "??"),
        ("1216 (?)", p.NUMBER, 1216, "(?)"),
        ("1216, I think", p.NUMBER, 1216, "I think"),
        ("1216 maybe?", p.NUMBER, 1216, "maybe?"),
        ("1216 (not sure)", p.NUMBER, 1216, "(not sure)"),
        ("95%?", p.PERCENT, 95, "?"),
        ("29x29x32?", p.STRICT, Shape((29, 29), 32), "?"),
        ("27C²?", p.FORMULA, 27 * C * C, "?"),
        ("4x4?", p.SIDES, (4, 4), "?"),
        ("b?", p.CHOICE, frozenset("b"), "?"),
        ("yes, I guess", p.YES, frozenset(("yes",)), "I guess"),
        ("stride=4 pad=0?", p.SOLVE, {"stride": 4, "pad": 0}, "?"),
    ],
)
def test_doubt_is_left_out_with_a_note(text: str, part: Part, value: Any, doubt: str) -> None:
    understood = read_answer(text, part)
    assert (understood.value, understood.notes) == (value, (f"{doubt!r} was left out",))


@pytest.mark.parametrize("text", ["1216? 1200?", "1216 maybe 1200", "12?6", "?1216", "3 x?"])
def test_doubt_between_two_answers_is_none_of_them(text: str) -> None:
    with pytest.raises(Unreadable):
        read_answer(text, p.NUMBER)


def test_a_number_in_steps_is_as_exact_as_it_is_written() -> None:
    assert read_answer("27 million and 100", p.NUMBER).step is None
    assert read_answer("27 million 100 thousand", p.NUMBER).step == 1000


def test_other_readings_say_what_they_took() -> None:
    assert read_answer("93 MB", p.BYTES).others[0].notes == ("MB was read as 1,000,000 bytes",)
    assert read_answer("93 MB", p.BYTES_SI).others[0].notes == ("MB was read as 1,048,576 bytes",)
    assert read_answer("27.000", p.NUMBER).others[0].notes == ("the point was read as parting thousands",)
    assert read_answer("0.95", p.PERCENT).others[0].notes == ("0.95 was read as 95 %",)


def test_roots_that_are_no_fractions() -> None:
    assert math.isclose(read_answer("sqrt(2/576)", p.NUMBER).value, math.sqrt(2 / 576))
    assert read_answer("0.0589", p.NUMBER).step == Fraction(1, 10_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("27C^2", 27 * C * C),
        ("27*C**2", 27 * C * C),
        ("27C²", 27 * C * C),
        ("27c²", 27 * C * C),
        ("27 C C", 27 * C * C),
        ("27*C*C", 27 * C * C),
        ("27CC", 27 * C * C),
        ("27 C squared", 27 * C * C),
        ("27C cubed", 27 * C * C * C),
        ("27 x C x C", 27 * C * C),
        ("3(9C²)", 27 * C * C),
        ("C", C),
        ("9C(C+1)", 9 * C * C + 9 * C),
        ("(C+1)^2", C * C + 2 * C + 1),
        ("params = 27C^2", 27 * C * C),
        ("27C^2/3", 9 * C * C),
        ("27C^2 weights", 27 * C * C),
        ("$27C^{2}$", 27 * C * C),
        ("3*9C^2 = 27C^2", 27 * C * C),
        ("27", 27),
        ("-C", -1 * C),
        ("C²·27 parameters", 27 * C * C),
        ("27·C·C", 27 * C * C),
        ("C/2", C / 2),
        ("(6C^2)/(2C)", 3 * C),
    ],
)
def test_formulas(text: str, value: Any) -> None:
    assert read_answer(text, p.FORMULA).value == value


def test_formulas_with_long_names() -> None:
    growth, k = symbol("growth"), symbol("k")
    part = p.part("formula", 9 * growth * k)
    assert read_answer("9*growth*k", part).value == 9 * growth * k
    assert read_answer("9 Growth K", part).value == 9 * growth * k
    assert read_answer("9kgrowth", part).value == 9 * growth * k


@pytest.mark.parametrize(
    ("text", "part", "value"),
    [
        ("4x4", p.SIDES, (4, 4)),
        ("4", p.SIDES, (4, 4)),
        ("4 by 4", p.SIDES, (4, 4)),
        ("(4, 4)", p.SIDES, (4, 4)),
        ("F=4", p.SIDES, (4, 4)),
        ("four", p.SIDES, (4, 4)),
        ("4 pixels", p.SIDES, (4, 4)),
        ("4x4x32", p.SIDES, (4, 4)),
        ("2:3", p.PAD, ((2, 3),)),
        ("3 left and 2 right", p.PAD, ((3, 2),)),
        ("left 3, right 2", p.PAD, ((3, 2),)),
        ("2 right, 3 left", p.PAD, ((3, 2),)),
        ("p=1", p.PAD, ((1, 1),)),
        ("1", p.PAD, ((1, 1),)),
        ("(3, 2)", p.PAD, ((3, 2),)),
        ("pad = 3:2", p.PAD, ((3, 2),)),
        ("0 before, 1 after", p.PADS, ((0, 1),)),
        ("0:1", p.PADS, ((0, 1),)),
        ("0:1x0:1", p.PADS, ((0, 1),)),
        ("1:2x0:1", p.PADS, ((1, 2), (0, 1))),
        ("1", p.PADS, ((1, 1),)),
        ("top 0 bottom 1 left 0 right 1", p.PADS, ((0, 1),)),
        ("1 on each side", p.PADS, ((1, 1),)),
        ("top 0 bottom 1 left 2 right 1", p.PADS, ((0, 1), (2, 1))),
        ("1x2", p.PADS, ((1, 1), (2, 2))),
    ],
)
def test_sides_and_padding(text: str, part: Part, value: Any) -> None:
    assert read_answer(text, part).value == value


def test_two_numbers_of_padding_are_the_ends_or_the_sides() -> None:
    assert readings("(3, 2)", p.PAD) == [((3, 2),), ((3, 3), (2, 2))]
    assert readings("3x2", p.PAD) == [((3, 3), (2, 2))]


def test_channels_beside_sides_are_left_out_with_a_note() -> None:
    understood = read_answer("4x4x32", p.SIDES)
    assert understood.notes == ("only the sides are asked for: the channels were left out",)
    assert [other.value for other in understood.others] == [(4, 32)]


@pytest.mark.parametrize(
    ("text", "part", "chosen"),
    [
        *(
            (text, p.CHOICE, "b")
            for text in ("b", "B", "(b)", "b)", "b.", "[b]", "answer b", "Answer: B", "the answer is b")
        ),
        *((text, p.CHOICE, "b") for text in ("option b", "b) 29x29x32", "29x29x32", "29 × 29 × 32", "（ｂ）")),
        *((text, p.CHOICE, "a c") for text in ("a, c", "a and c", "A C", "a;c", "(a), (c)", "c, a")),
        *(
            (text, p.YES, "yes")
            for text in ("yes", "Yes.", "Y", "true", "T", "same", "they are the same", "no difference")
        ),
        *((text, p.YES, "yes") for text in ("Yes, they are equal", "equal", "no change")),
        *((text, p.YES, "no") for text in ("no", "N", "False", "different", "not the same", "not equal", "No: biases")),
        *((text, p.DIFFER, "no") for text in ("no", "same")),
        *((text, p.DIFFER, "yes") for text in ("yes", "different", "unequal")),
        *((text, p.FEWEST, "small") for text in ("small", "Small", "the answer is small")),
    ],
)
def test_choices(text: str, part: Part, chosen: str) -> None:
    assert read_answer(text, part).value == frozenset(chosen.split())


@pytest.mark.parametrize(
    ("text", "part", "value"),
    [
        *(
            (text, p.SOLVE, {"stride": 4, "pad": 0})
            for text in ("stride=4 pad=0", "s=4, p=0", "S = 4; P = 0", "4, 0", "(4, 0)")
        ),
        *(
            (text, p.SOLVE, {"stride": 4, "pad": 0})
            for text in ("stride 4 and padding 0", "pad=0 stride=4", "stride: 4, pad: 0")
        ),
        *(
            (text, p.SOLVE, {"stride": 4, "pad": 0})
            for text in ("stride of 4, padding of 0", "stride is 4 and the padding is 0")
        ),
        *((text, p.SOLVE_ONE, {"stride": 4}) for text in ("4", "stride=4", "s = 4", "stride 4x4")),
        ("4 (as in AlexNet)", p.SOLVE_ONE, {"stride": 4}),
        *((text, p.SOLVE_ONE, {"stride": 4}) for text in ("(227-11)/54 = 4", "s = (227-11)/54 = 4")),
    ],
)
def test_unknowns(text: str, part: Part, value: dict[str, int]) -> None:
    assert read_answer(text, part).value == value


NUMBER_HINT = "write it as 1234, 1,234, 1.2K or 2*(3+4)"
FORMULA_HINT = "write it as 2*C^2 or 3C(C+1)"
VOLUME_HINT = "write height x width x channels, as in 20x30x4"
CALCULATION = "a calculation has numbers, + - * / ^ and ( )"


@pytest.mark.parametrize(
    ("text", "part", "reason"),
    [
        ("29x29", p.VOLUME, f"'29x29' has 2 numbers, and 3 are asked for: {VOLUME_HINT}"),
        ("32", p.VOLUME, f"'32' has 1 number, and 3 are asked for: {VOLUME_HINT}"),
        ("big", p.VECTOR, "'big' is not read as a volume: write it as 100"),
        ("a square", p.VOLUME, "'a square' is not read as a volume: write it as 20x30x4 or (4, 20, 30)"),
        ("9" * 20 + "x3x3", p.VOLUME, f"'{'9' * 20}' is longer than any side"),
        ("", p.NUMBER, "nothing is written"),
        ("many", p.NUMBER, f"'many' is no number: {NUMBER_HINT}"),
        ("7,500 or 7,600", p.NUMBER, "'7,500 or 7,600' says more than one thing: write one number alone"),
        ("not 7600", p.NUMBER, "'not 7600' says more than one thing: write one number alone"),
        ("5 5", p.NUMBER, "'5 5' is not read as one number: write it without blanks and commas, or as 1,234"),
        ("76,00", p.VOLUME, f"'76,00' has 2 numbers, and 3 are asked for: {VOLUME_HINT}"),
        ("8 kbit", p.BYTES, "'kbit' is not read: write bytes, KB, MB or GB"),
        ("pad = (7-1)/2 = 3", p.SOLVE_ONE, "'pad = (7-1)/2 = 3' is not read: write it as stride=…"),
        (
            "8.4 times more than before",
            p.NUMBER,
            "'8.4 times more than before' says more than one thing: write one number alone",
        ),
        (
            "29x29x32 (not sure)x",
            p.VOLUME,
            "'29x29x32 (not sure)x' is not read as a volume: write it as 20x30x4 or (4, 20, 30)",
        ),
        ("29x29x32 (no, wrong)", p.VOLUME, "'no, wrong' beside an answer is not read: write the answer alone"),
        ("3 dozen", p.NUMBER, "'dozen' is not read: write the number in digits"),
        ("93 MB", p.NUMBER, "MB are bytes, and what is asked for is no number of bytes"),
        ("93 TB", p.BYTES, "'tb' is not read: write bytes, KB, MB or GB"),
        ("9T", p.BYTES, "'TB' is no unit of bytes: write B, KB, MB, GB, KiB, MiB or GiB"),
        ("9" * 26, p.NUMBER, f"'{'9' * 26}' has more digits than are read: at most 25"),
        ("1" * 301, p.NUMBER, "the answer has 301 characters, more than the 300 that are read"),
        ("3:0", p.NUMBER, "a ratio with 0 in it is no number"),
        ("9**9**9", p.NUMBER, f"a power is a whole number up to 64, or one of a root, such as 1/2; {NUMBER_HINT}"),
        (
            "99^64^1",
            p.NUMBER,
            f"the number grows beyond 10^18; {NUMBER_HINT}",
        ),
        ("1/0", p.NUMBER, f"1 / 0: there is no dividing by 0; {NUMBER_HINT}"),
        ("7+", p.NUMBER, f"the expression stops too early; {NUMBER_HINT}"),
        ("(7", p.NUMBER, f"the expression stops too early; {NUMBER_HINT}"),
        (
            "7)",
            p.NUMBER,
            f"')' is not expected here; {NUMBER_HINT}",
        ),
        (
            "5!",
            p.NUMBER,
            f"'!' is not expected here; {NUMBER_HINT}",
        ),
        ("27C", p.NUMBER, f"'C' is no number: {CALCULATION}; {NUMBER_HINT}"),
        (
            "(" * 60 + "1",
            p.NUMBER,
            f"nested deeper than 50; {NUMBER_HINT}",
        ),
        ("2^0.3", p.NUMBER, f"a power is a whole number up to 64, or one of a root, such as 1/2; {NUMBER_HINT}"),
        ("(2/72)^1/2", p.NUMBER, "^1/ may begin a root or a division: write ^(1/2) for a root"),
        ("(-4)^0.5", p.NUMBER, f"there is no root of -4; {NUMBER_HINT}"),
        ("0^-0.5", p.NUMBER, f"1 / 0: there is no dividing by 0; {NUMBER_HINT}"),
        ("sqrt 2/72", p.NUMBER, f"sqrt needs brackets, as in sqrt(2/9); {NUMBER_HINT}"),
        ("27C2", p.FORMULA, "'C2' may be C^2 or C*2: write the one that is meant"),
        ("27 * c 2", p.FORMULA, "'c2' may be c^2 or c*2: write the one that is meant"),
        ("C^0.5", p.FORMULA, f"there is no root of C; {FORMULA_HINT}"),
        ("100 and 27 million", p.NUMBER, f"'and' is no number: {CALCULATION}; {NUMBER_HINT}"),
        ("27 million and 3 million", p.NUMBER, f"'million' is no number: {CALCULATION}; {NUMBER_HINT}"),
        ("29x29x?", p.VOLUME, "'29x29x?' is not read as a volume: write it as 20x30x4 or (4, 20, 30)"),
        ("stride=4 pad=?", p.SOLVE, "'stride=4 pad=?' is not read: write it as stride=… pad=…"),
        ("sqrt(-1)", p.NUMBER, f"there is no root of -1; {NUMBER_HINT}"),
        ("__import__('os').system('rm')", p.NUMBER, f"'__import__('os').system('rm')' is no number: {NUMBER_HINT}"),
        ("27n^2", p.FORMULA, f"there is no 'n' in this question: it has C; {FORMULA_HINT}"),
        ("1/C", p.FORMULA, f"a number is needed here, and C is none yet; {FORMULA_HINT}"),
        (
            "*".join(["(C+1)^64"] * 4),
            p.FORMULA,
            f"the product has more than 10,000 terms; {FORMULA_HINT}",
        ),
        ("4x5x6x7", p.SIDES, "'4x5x6x7' has 4 numbers, and 2 are asked for: write it as 3x3"),
        ("big", p.SIDES, "'big' is not read as a size: write it as 3x3, or 3 where all sides are the same"),
        ("some", p.PADS, "'some' is not read as padding: write it as 2:3, or 2 before and 3 after"),
        (
            "left 1, left 2",
            p.PADS,
            "'left 1, left 2' gives two numbers for one end: write it as 2:3x2:3",
        ),
        ("e", p.CHOICE, "'e' is none of the choices: write a, b or c"),
        ("a or b", p.CHOICE, "'a or b' is none of the choices: write a, b or c"),
        ("not b", p.CHOICE, "'not b' is none of the choices: write a, b or c"),
        ("maybe", p.YES, "'maybe' is neither yes nor no: write yes or no"),
        ("yes, they are different", p.YES, "'yes, they are different' says yes and no: write one of them"),
        ("4", p.SOLVE, "'4' has 1 number, and 2 are asked for: write it as stride=… pad=…"),
        ("stride=4", p.SOLVE, "pad is missing: write it as stride=… pad=…"),
        ("kernel=3 stride=4 pad=0", p.SOLVE, "'kernel' is not asked for: write it as stride=… pad=…"),
        (
            "stride=4 stride=5 pad=0",
            p.SOLVE,
            "stride is given twice in 'stride=4 stride=5 pad=0': write it as stride=… pad=…",
        ),
        ("stride=4x5 pad=0", p.SOLVE, "'stride=4x5' gives two numbers: write it as stride=… pad=…"),
        ("stride=4.5", p.SOLVE_ONE, "'stride=4.5' is not read: write it as stride=…"),
    ],
)
def test_what_is_refused_says_what_would_be_understood(text: str, part: Part, reason: str) -> None:
    assert refusal(text, part) == reason


@pytest.mark.parametrize(
    "text", ["", " ", "-", "—", "?", "??", "n/a", "N/A", "NaN", "null", "I don't know", "idk", "...", "TBD"]
)
def test_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["0", "none", "no", "n", "b", "x", "7600", "-5", "27C²"])
def test_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_a_reading_is_made_once() -> None:
    assert read_answer("12,345", p.NUMBER) is read_answer("12,345", p.NUMBER)
    assert read_answer("12K", p.NUMBER) is not read_answer("12K", p.KILO)


# Whatever is printed in a notation is read back.

COUNT = st.integers(0, 10**15)


def _dotted(n: int) -> str:
    return f"{n:,}".replace(",", ".")


@given(COUNT, st.sampled_from(["blank", "comma", "thin", "quote", "under", "plain", "product"]))
def test_whole_numbers_in_any_notation(n: int, notation: str) -> None:
    signs = {"blank": " ", "comma": ",", "thin": "\u2009", "quote": "'", "under": "_", "plain": ""}
    text = f"{n} parameters" if notation == "product" else f"{n:,}".replace(",", signs[notation])
    understood = read_answer(text, p.NUMBER)
    assert (understood.value, understood.step) == (n, None)


@given(st.integers(10**6, 10**15))
def test_points_between_thousands(n: int) -> None:
    assert read_answer(_dotted(n), p.NUMBER).value == n


@given(COUNT, st.integers(0, 3), st.sampled_from([("K", 1), ("M", 2), ("G", 3), (" million", 2), (" billion", 3)]))
def test_rounded_numbers_hold_what_they_round(n: int, decimals: int, unit: tuple[str, int]) -> None:
    letters, power = unit
    understood = read_answer(f"{n / 1000**power:.{decimals}f}{letters}", p.NUMBER)
    assert understood.step == Fraction(1000**power, 10**decimals)
    assert abs(understood.value - n) <= understood.step / 2 + Fraction(n, 10**14)


@given(
    st.lists(st.integers(1, 10**6), min_size=3, max_size=3), st.sampled_from(["x", "×", " x ", ", ", " by ", "*", " "])
)
def test_volumes_in_any_notation(sizes: list[int], sign: str) -> None:
    h, w, c = sizes
    text = sign.join(map(str, sizes))
    for written in (text, f"({text})", f"[{text}]", f"output: {text}", f"None, {h}, {w}, {c}"):
        assert Shape((h, w), c) in readings(written, p.VOLUME)
    assert readings(f"H={h} W={w} C={c}", p.VOLUME) == [Shape((h, w), c)]
    assert readings(f"{h}x{w} with {c} channels", p.VOLUME) == [Shape((h, w), c)]


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=4))
def test_polynomials_as_they_are_printed(coefficients: list[int]) -> None:
    value: Any = sum((c * power for c, power in zip(coefficients, (1, C, C * C, C * C * C), strict=False)), 0 * C)
    assert read_answer(str(value), p.FORMULA).value == value


ANYTHING = st.text(max_size=60) | st.text("0123456789.,:;xX×*+-/^()[]{}=~% \\$_'\"aKkMbC²⌊√\u200f\uff11", max_size=60)


@examples(400)
@given(ANYTHING, st.sampled_from(p.EVERY))
@example("-" * 300, p.NUMBER)
@example("(" * 300, p.FORMULA)
@example("1^" * 150, p.NUMBER)
@example("a " * 150, p.NUMBER)
@example("1 " * 150, p.VOLUME)
@example("1x" * 150, p.VOLUME)
@example("( aa" * 75, p.NUMBER)
@example("C" * 300, p.FORMULA)
@example("C^64" * 75, p.FORMULA)
@example("left 1 " * 40, p.PADS)
@example("s=1 " * 70, p.SOLVE)
@example("=" * 300, p.NUMBER)
@example("\ud800", p.NUMBER)
@example("9" * 300, p.SOLVE)
def test_any_text_is_understood_or_refused_within_moments(text: str, part: Part) -> None:
    with within_time_limit():
        is_blank(text)
        try:
            understood = read_answer(text, part)
            assert understood.form == part.form
        except Unreadable as refused:
            reason = str(refused)
        else:
            reason = "understood"
    assert len(reason.splitlines()) == 1


@pytest.mark.parametrize("text", ["7x7", "7", "(7, 7)", "7 by 7", "[7,7]", "7 × 7 pixels", "7*7"])
def test_a_number_per_side_may_be_written_for_both(text: str) -> None:
    part = Part("1", Fraction(1), "receptive_field", "number", (Right(7, "7"),), ())
    assert read_answer(text, part).value == 7


def test_a_product_for_a_vector_is_its_result() -> None:
    part = Part("1", Fraction(1), "output", "volume", (Right(Shape((), 4704), "4704"),), ())
    given = read_answer("28*28*6", part)
    assert [other.value for other in given.others] == [Shape((), 4704)]
    assert given.others[0].notes == ("'28*28*6' was read as a product, 4,704",)


def test_a_ratio_is_as_exact_as_it_is_written() -> None:
    part = Part("1", Fraction(1), "a / b", "number", (Right(Fraction(300, 31), "9.677"),), ())
    assert (read_answer("9.68:1", part).value, read_answer("9.68:1", part).step) == (
        Fraction(968, 100),
        Fraction(1, 100),
    )
    assert read_answer("1 to 9.68", part).others[0].value == Fraction(968, 100)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("7600 bananas", "bananas"),
        ("7600 squared", "squared"),
        ("7600 is wrong", "wrong"),
        ("7600 too many", "too many"),
        ("7600 without biases", "without"),
        ("7600 (without biases)", "without biases"),
    ],
)
def test_a_word_that_makes_another_number_is_not_left_out(text: str, word: str) -> None:
    assert refusal(text, p.NUMBER) == f"'{word}' beside a number is not read: write the number alone"


@pytest.mark.parametrize(
    "text",
    [
        "not Antwort: 7600",
        "the wrong answer: 7600",
        "half of 7600",
        "twice 7600",
        "no 7600",
        "not 7600",
        "≠7600",
        "7600 MB",
        "7600 lakh",
    ],
)
def test_another_number_is_not_taken_for_the_one_in_it(text: str) -> None:
    with pytest.raises(Unreadable):
        read_answer(text, p.NUMBER)


@pytest.mark.parametrize(
    "text",
    [
        *("not 29x29x32", "anything but 29x29x32", "29x29x32 is wrong", "≠29x29x32", "!= 29x29x32", "-29x29x32"),
        *("1/29x29x32", "29x29x32 + 1", "29x29x32 MB", "more than 29x29x32", "no 29x29x32"),
    ],
)
def test_another_volume_is_not_taken_for_the_one_in_it(text: str) -> None:
    part = Part("1", Fraction(1), "output", "volume", (Right(Shape((29, 29), 32), "29x29x32"),), ())
    with pytest.raises(Unreadable):
        read_answer(text, part)


@pytest.mark.parametrize("text", ["=29x29x32", "The output is 29x29x32.", "28x28x32, so 29x29x32", "29х29х32"])
def test_words_around_a_volume(text: str) -> None:
    part = Part("1", Fraction(1), "output", "volume", (Right(Shape((29, 29), 32), "29x29x32"),), ())
    assert read_answer(text, part).value == Shape((29, 29), 32)


@pytest.mark.parametrize("text", ["256", "4x4x16=256", "a vector of 256", "length 256", "a 256-vector"])
def test_a_vector_in_words(text: str) -> None:
    part = Part("1", Fraction(1), "output", "volume", (Right(Shape((), 256), "256"),), ())
    assert read_answer(text, part).value == Shape((), 256)


@pytest.mark.parametrize(
    "text",
    [
        *("2", "2 on each side", "2 pixels", "2:2", "2,2", "(2, 2)", "pad=2", "pad=2 on all sides", "2 zeros"),
        *("2px each side", "p = (k-1)/2 = 2", "(5-1)/2=2"),
    ],
)
def test_padding_that_is_looked_for(text: str) -> None:
    part = Part("1", Fraction(1), "solve", "unknowns", (Right({"pad": 2}, "pad=2"),), ())
    assert read_answer(text, part).value == {"pad": 2}


def test_a_letter_with_the_words_of_another() -> None:
    labels = {"a": "29x29x32", "b": "32x32x32"}
    part = Part("1", Fraction(1), "output", "choice", (Right(frozenset("a"), "a"),), (), labels=labels)
    assert read_answer("a) 29x29x32", part).value == frozenset("a")
    assert refusal("a) 32x32x32", part) == "'a) 32x32x32' says a, which is '29x29x32': write the letter alone"


@pytest.mark.parametrize(
    ("text", "verdict", "note"),
    [
        ("by my reckoning we would land on 7600", "right", "'reckoning land' was not read"),
        ("by my reckoning we would land on 7500", "not understood", ""),
        ("slides along: 7600 bananas", "not understood", ""),
        ("slides along without biases: 7600", "not understood", ""),
        ("slides along: 7600 or 7500", "not understood", ""),
        ("a tenth of 7600", "not understood", ""),
        ("up to 7600", "not understood", ""),
    ],
)
def test_an_answer_with_unknown_words_is_right_or_not_understood(text: str, verdict: str, note: str) -> None:
    marked = mark_part(p.part("number", 7600, ask="params"), text)
    assert marked.verdict == verdict
    assert marked.notes == ((note,) if note else ())


def test_a_number_for_another_unknown_is_no_answer() -> None:
    assert mark_part(p.SOLVE_ONE, "pad 4").verdict == "not understood"


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (p.NUMBER, "7500, no wait, 7600"),
        (p.NUMBER, "~~7500~~ 7600"),
        (p.NUMBER, "it is not 7500 but 7600"),
        (p.NUMBER, "nicht 7500, sondern 7600"),
        (p.VOLUME, "28x28x32, no, 29x29x32"),
        (p.VOLUME, "28x28x32 sorry, forgot the +1: 29x29x32"),
        (p.YES, "no... actually yes"),
        (p.CHOICE, "a, no wait, b"),
    ],
)
def test_what_is_taken_back_does_not_count(part: Part, text: str) -> None:
    assert mark_part(part, text).verdict == "right"
