"""Answers are marked: what is right, what is wrong and why, credit, rounding, follow-through."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cnncalc.homework.key import load_key, read_key
from cnncalc.homework.mark import ANY_QUESTION, ASKED, mark, mark_part
from cnncalc.homework.model import Part
from cnncalc.homework.quantities import QUANTITIES
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.accepted import accepted, spellings
from cnncalc.quizzes.exports.asking import prompt
from cnncalc.quizzes.screen import asked
from tests.effort import sampled


def part(entry: str) -> Part:
    return next(iter(read_key(f"title: T\nquestions:\n  - {{id: 1, {entry}}}\n").parts.values()))


PARAMS = "ask: params, network: '300x300x3 -> conv 100 5x5'"
OUTPUT = "ask: output, network: 63x63x16 -> conv 32 7x7 stride=2"


@pytest.mark.parametrize(
    ("entry", "answer", "feedback"),
    [
        (PARAMS, "7,600", "7,600 is right."),
        (
            PARAMS,
            "7500",
            "You wrote 7500. That is 5·5·3·100: the 100 biases are missing. "
            "Right: 5·5·3·100 + 100 = 7,500 + 100 = 7,600.",
        ),
        (
            PARAMS,
            "2500",
            "You wrote 2500. That is 5·5·100: the 100 biases are missing; and each filter spans all 3 channels of its "
            "input, not one. Or it is 5·5·1·100: the 100 biases are missing; and the input has 3 channels: it is in "
            "colour. Right: 5·5·3·100 + 100 = 7,500 + 100 = 7,600.",
        ),
        (
            PARAMS,
            "7060",
            "You wrote 7060. That has two digits exchanged: 06 stands for 60. "
            "Right: 5·5·3·100 + 100 = 7,500 + 100 = 7,600.",
        ),
        (PARAMS, "12345", "You wrote 12345. Right: 5·5·3·100 + 100 = 7,500 + 100 = 7,600."),
        (
            "ask: params, network: alexnet, layer: conv1",
            "35K",
            "You wrote 35K. That is the right number rounded: every digit is asked for. "
            "Right: 11·11·3·96 + 96 = 34,848 + 96 = 34,944.",
        ),
        (PARAMS, "", "No answer. Right: 5·5·3·100 + 100 = 7,500 + 100 = 7,600."),
        (
            OUTPUT,
            "28x28x32",
            "You wrote 28x28x32. That is ⌊(63 + 2·0 − 7)/2⌋ = 28: the + 1 of the first position is missing. "
            "Right: each side: ⌊(63 + 2·0 − 7)/2⌋ + 1 = 28 + 1 = 29; 32 channels, so 29x29x32.",
        ),
        (
            "ask: solve, network: '7x7x1 -> conv 1 3x3 pad=? -> 7x7x_'",
            "2",
            "You wrote 2. That gives 9x9x1, and 7x7x_ is wanted. Right: 7x7x1 -> conv 1 3x3 pad=1 -> 7x7x_, so pad=1.",
        ),
        (
            "ask: solve, network: '7x7x1 -> conv 1 ?x? -> 5x5x1'",
            "9, 9",
            "You wrote 9, 9. That does not fit: 9 exceeds the input size 7 without padding. "
            "Right: 7x7x1 -> conv 1 3x3 -> 5x5x1, so kernel1=3 kernel2=3.",
        ),
        (
            "ask: params, network: vgg16, conventions: {rounding: yes}",
            "131.9M",
            "You wrote 131.9M. That takes 1024 in place of 1000 for each step to M. Right is 138,357,544.",
        ),
        (
            "ask: params, network: vgg19",
            "138,357,544",
            "You wrote 138,357,544. That is that of vgg_d or vgg16; asked for is vgg19. Right is 143,667,240.",
        ),
        (
            "ask: small.params == large.params, networks: {small: 32x32x3 -> conv 8 3x3, large: 64x64x3 -> conv 8 3x3}",
            "no",
            "You wrote no. That is not so: the number of weights does not depend on the size of the image, but on the "
            "filters. Right: 224 = 224, so yes.",
        ),
    ],
)
def test_feedback(entry: str, answer: str, feedback: str) -> None:
    assert mark_part(part(entry), answer).feedback == feedback


@pytest.mark.parametrize(
    ("answer", "feedback"),
    [
        ("32x29x29", "32x29x29 is right."),
        (
            "29x29x32",
            "You wrote 29x29x32. That has the channels last; channels x height x width is asked for. "
            "Right: each side: ⌊(63 + 2·0 − 7)/2⌋ + 1 = 28 + 1 = 29; 32 channels, so 32x29x29.",
        ),
        (
            "32x28x28",
            "You wrote 32x28x28. That is ⌊(63 + 2·0 − 7)/2⌋ = 28: the + 1 of the first position is missing. "
            "Right: each side: ⌊(63 + 2·0 − 7)/2⌋ + 1 = 28 + 1 = 29; 32 channels, so 32x29x29.",
        ),
    ],
)
def test_a_course_with_the_channels_first_is_answered_in_its_order(answer: str, feedback: str) -> None:
    one = part(f"{OUTPUT}, conventions: {{order: chw}}")
    assert mark_part(one, answer).feedback == feedback
    assert spellings(one, accepted(one)[0])[0] == "32x29x29"
    question = read_key(
        "title: T\nconventions: {order: chw}\n"
        "questions: {id: 1, ask: output, network: 9x9x1 -> conv 4 3x3 -> relu -> conv 2 3x3}"
    ).questions[0]
    assert solution(question, question.parts[0]) == (
        "convolution 1: each side: ⌊(9 + 2·0 − 3)/1⌋ + 1 = 6 + 1 = 7; 4 channels: 4x7x7",
        "convolution 2: each side: ⌊(7 + 2·0 − 3)/1⌋ + 1 = 4 + 1 = 5; 2 channels: 2x5x5",
    )


@pytest.mark.parametrize(
    ("entry", "answer", "verdict", "score"),
    sampled(
        [
            (f"{PARAMS}, points: 2, credit: {{no-bias: 0.5}}", "7500", "partly", 1),
            (f"{PARAMS}, points: 2, credit: {{no-bias: 0.5, no-depth: 0.5}}", "2500", "partly", Fraction(1, 2)),
            (f"{PARAMS}, points: 2, credit: {{no-bias: 0.5}}", "2600", "wrong", 0),
            (f"{PARAMS}, points: 2", "(5*5*3+1)*100", "right", 2),
            (f"{PARAMS}, conventions: {{rounding: yes}}", "7.6K", "right", 1),
            (f"{PARAMS}, conventions: {{rounding: yes}}", "8K", "wrong", 0),  # one digit is no answer
            (f"{PARAMS}, conventions: {{rounding: yes}}", "7.5K", "wrong", 0),
            (f"{PARAMS}, tolerance: 0.1%", "7605", "right", 1),
            (f"{PARAMS}, tolerance: 0.1%", "7610", "wrong", 0),
            (OUTPUT, "(32, 29, 29)", "right", 1),
            (f"{OUTPUT}, conventions: {{order: hwc}}", "(32, 29, 29)", "wrong", 0),
            (OUTPUT, "a house", "not understood", 0),
            (OUTPUT, "-", "blank", 0),
            ("ask: weight_bytes, network: alexnet_torchvision", "233 MiB", "right", 1),
            ("ask: weight_bytes, network: alexnet_torchvision", "244 MB", "right", 1),  # 244.4 million
            ("ask: weight_bytes, network: alexnet_torchvision, conventions: {megabyte: 1024}", "244 MB", "wrong", 0),
            ("ask: weight_bytes, network: alexnet_torchvision, conventions: {megabyte: 1024}", "233 MB", "right", 1),
            ("ask: params, network: vgg16, conventions: {rounding: yes}", "138,000,000", "right", 1),
            ("ask: params, network: vgg16, conventions: {rounding: yes}", "131.9M", "wrong", 0),
            ("ask: params, network: vgg16, conventions: {rounding: yes, thousand: 1024}", "131.9M", "right", 1),
            ("ask: solve, network: '9x9x1 -> conv 1 ?x? pad=? -> 9x9x1'", "kernel1=5 kernel2=5 pad=2", "right", 1),
            ("ask: params, network: HxWxC -> conv C 3x3 bias=no -> conv C 3x3 bias=no", "2·9·C·C", "right", 1),
            ("ask: params, network: HxWxC -> conv C 3x3 bias=no", "9", "wrong", 0),
        ],
        every=3,
    ),
)
def test_what_an_answer_is_worth(entry: str, answer: str, verdict: str, score: object) -> None:
    marked = mark_part(part(entry), answer)
    assert (marked.verdict, marked.score) == (verdict, score), marked.feedback


@pytest.mark.parametrize(
    ("entry", "answer", "feedback"),
    sampled(
        [
            (
                "ask: receptive_field, network: 32x32x3 -> 3 * conv 8 3x3",
                "5",  # on which no padding has a say
                "You wrote 5. That is (3 − 1)·1 + (3 − 1)·1 + 1: the last layer is missing. "
                "Right: (3 − 1)·1 + (3 − 1)·1 + (3 − 1)·1 + 1 = 2 + 2 + 2 + 1 = 7.",
            ),
            (
                "ask: a.params > b.params, networks: {a: alexnet, b: resnet50}",
                "no",  # which has nothing to do with the size of the image
                "You wrote no. Right: 60,965,224 > 25,557,032, so yes.",
            ),
            (
                "ask: output, network: 55x55x96 -> maxpool 3x3 stride=2",
                "27x27x1",
                "You wrote 27x27x1. That is 1 channel: pooling works on each channel by itself and keeps their number. "
                "Right: each side: ⌊(55 + 2·0 − 3)/2⌋ + 1 = 26 + 1 = 27; 96 channels, so 27x27x96.",
            ),
            (
                "ask: params, network: vgg16, conventions: {rounding: yes}",
                "138",
                "You wrote 138. That is right in M: write the unit. Right is 138,357,544.",
            ),
            ("ask: params, network: vgg16, conventions: {rounding: yes}", "140M", "138,357,544 is right."),
            (
                "ask: params, network: vgg16, conventions: {rounding: yes}",
                "100M",
                "You wrote 100M. Right is 138,357,544.",
            ),
        ],
        every=3,
    ),
)
def test_only_what_can_have_happened_is_told(entry: str, answer: str, feedback: str) -> None:
    assert mark_part(part(entry), answer).feedback == feedback


RATIO = (
    "ask: plain.macs / reduced.macs, networks: {plain: 28x28x192 -> conv 32 5x5 pad=2, "
    "reduced: 28x28x192 -> conv 16 1x1 -> conv 32 5x5 pad=2}"
)
THIRDS = "ask: params / 3, network: 9x9x3 -> conv 7 3x5"
ROUGH = (
    "That is the right number, too roughly rounded: write at least one digit more. "
    "Right: 120,422,400 / 12,443,648 = 9.677."
)


@pytest.mark.parametrize(
    ("entry", "answer", "verdict", "feedback"),
    sampled(
        [
            (RATIO, "9.7", "right", "9.677 is right."),
            (RATIO, "10", "wrong", f"You wrote 10. {ROUGH}"),
            (RATIO, "10 times", "wrong", f"You wrote 10 times. {ROUGH}"),
            (RATIO, "2*5", "wrong", "You wrote 2*5. Right: 120,422,400 / 12,443,648 = 9.677."),
            (THIRDS, "107", "right", "107.3 is right."),
            (THIRDS, "214/2", "wrong", "You wrote 214/2. Right: 322 / 3 = 107.3."),
            (
                "ask: a.params / b.params, networks: {a: 8x8x128 -> flatten -> linear 256, "
                "b: 8x8x128 -> global_avgpool -> flatten -> linear 256}",
                "64",  # is what comes out without biases, and 63.51 in digits to the point
                "wrong",
                "You wrote 64. That is 2,097,152 / 32,768: the biases are missing. Or it is 2,105,344 / 32,896: a bias "
                "belongs to each output, not to each input. Right: 2,097,408 / 33,024 = 63.51.",
            ),
            (THIRDS, "37", "wrong", "You wrote 37. Right: 322 / 3 = 107.3."),  # of two digits nothing is told
            (THIRDS, "105", "wrong", "You wrote 105. That is 315 / 3: the biases are missing. Right: 322 / 3 = 107.3."),
            (
                f"{PARAMS}, tolerance: 0.1%",
                "7605",
                "right",
                "7,600 is right. Note: 7,605 is within 0.1% of it.",
            ),
            (f"{PARAMS}, tolerance: 0.1%", "7600", "right", "7,600 is right."),
            (
                "ask: 100 * (v.macs - a.macs) / v.macs, unit: '%', networks: {a: alexnet, v: vgg16}",
                "93",  # is no 95.3 with K as 1024
                "wrong",
                "You wrote 93. Right: 100 · (15,470,264,320 − 724,406,816) / 15,470,264,320 = 95.32%.",
            ),
        ],
        every=3,
    ),
)
def test_what_is_told_of_a_rounded_answer(entry: str, answer: str, verdict: str, feedback: str) -> None:
    marked = mark_part(part(entry), answer)
    assert (marked.verdict, marked.feedback) == (verdict, feedback)


TABLE = """
title: T
questions:
  - id: 1
    network: 32x32x3 -> conv 8 3x3 -> maxpool 2x2 -> conv 16 3x3 -> flatten -> linear 10
    table: {rows: all, columns: [output, params]}
"""


def test_a_later_row_may_follow_from_an_earlier_wrong_one() -> None:
    key = read_key(TABLE)
    answers = {
        "1.conv.output": "32x32x8",  # wrong: 30x30x8
        "1.maxpool.output": "16x16x8",
        "1.conv2.output": "14x14x16",
        "1.linear.params": "31370",  # 14·14·16·10 + 10
        "1.conv2.params": "1168",
    }
    marks = {one.part.id: one for one in mark(key, answers)}
    assert [marks[id].verdict for id in answers] == ["wrong", "right", "right", "right", "right"]
    assert [marks[id].followed for id in answers] == [False, True, True, True, False]
    assert marks["1.maxpool.output"].feedback == (
        "16x16x8 follows rightly from your 32x32x8 in the first convolution: each side: "
        "⌊(32 + 2·0 − 2)/2⌋ + 1 = 15 + 1 = 16; 8 channels. With the right volume it is 15x15x8."
    )


def test_a_total_may_be_added_up_from_wrong_rows() -> None:
    key = read_key(
        "title: T\nquestions:\n  - {id: 1, network: 9x9x1 -> conv 1 3x3 -> conv 2 3x3, "
        "table: {rows: [conv, conv2, total], columns: [params]}}"
    )
    rows = {"1.conv.params": "7", "1.conv2.params": "20"}
    total = mark(key, {**rows, "1.total.params": "27"})[2]
    assert (total.verdict, total.followed, total.score) == ("right", True, total.part.points)
    assert total.feedback == "27 is rightly added up from your rows. With the right rows it is 30."
    assert mark(key, {**rows, "1.total.params": "28"})[2].verdict == "wrong"
    assert mark(key, {"1.total.params": "27"})[2].verdict == "wrong"


def test_a_row_follows_from_its_own_wrong_volume_and_from_one_with_channels_first() -> None:
    text = TABLE.replace("columns: [output, params]", "columns: [output, params, macs, activation_values]")
    answers = {
        "1.conv.output": "8x32x32",  # wrong: 30x30x8
        "1.conv.macs": str(32 * 32 * 27 * 8),
        "1.conv.activation_values": str(32 * 32 * 8),
        "1.maxpool.output": "8x16x16",
        "1.conv2.output": "16x14x14",
    }
    marks = {one.part.id: one for one in mark(read_key(text), answers)}
    assert [(marks[id].verdict, marks[id].followed) for id in answers] == [("wrong", False)] + 4 * [("right", True)]
    assert marks["1.conv.macs"].feedback == (
        "221,184 follows rightly from your 32x32x8 in the first convolution: 3·3·3·8·32·32 = 221,184. "
        "With the right volume it is 194,400."
    )


def test_what_does_not_follow_stays_wrong() -> None:
    key = read_key(TABLE)
    marks = {m.part.id: m for m in mark(key, {"1.conv.output": "32x32x8", "1.maxpool.output": "17x17x8"})}
    assert marks["1.maxpool.output"].verdict == "wrong"


def test_ids_are_compared_without_regard_to_case() -> None:
    key = read_key("title: T\nquestions:\n  - {id: 1A, network: alexnet, ask: params}\n")
    assert mark(key, {"1a": "60965224"})[0].verdict == "right"


def test_a_hint_does_not_give_the_answer_away() -> None:
    for answer in ("7500", "2600", "2500", "7501", "7060", "76000", "1"):
        marked = mark_part(part(PARAMS), answer)
        assert "7,600" not in marked.hint
        assert "7600" not in marked.hint


def test_the_best_of_several_goes_by_its_name_or_its_networks() -> None:
    one = part("ask: fewest params, networks: {r: resnet50, v: vgg16}")
    assert [mark_part(one, answer).verdict for answer in ("r", "resnet50", "R", "v", "vgg16")] == [
        "right",
        "right",
        "right",
        "wrong",
        "wrong",
    ]


def test_what_is_asked_in_megabytes_is_worked_out_to_the_end() -> None:
    one = part("ask: weight_bytes, network: vgg16, unit: MB")
    assert mark_part(one, "600").feedback == "You wrote 600. Right: 553,430,176 / 1,048,576 = 527.8 MB."
    key = read_key("title: T\nquestions: {id: 1, ask: weight_bytes, network: 9x9x512 -> conv 512 3x3, unit: MiB}")
    assert solution(key.questions[0], key.parts["1"]) == (
        "(3·3·512·512 + 512)·4 = 2,359,808·4 = 9,439,232",
        "1 MiB = 1024·1024 = 1,048,576 bytes",
        "9,439,232 / 1,048,576 = 9.002 MiB",
    )


def test_padding_that_keeps_the_sides_is_shown_to_do_so() -> None:
    question = read_key(
        "title: T\nquestions: {id: 1, ask: solve, network: 56x56x64 -> conv 64 7x7 pad=? -> 56x56x64}"
    ).questions[0]
    assert solution(question, question.parts[0]) == (
        "2·pad = (56 − 1)·1 + 7 − 56 = 6",
        "check: each side: ⌊(56 + 2·3 − 7)/1⌋ + 1 = 55 + 1 = 56",
        "check: 64 channels",
        "pad=3",
    )


def test_a_part_without_a_text_says_what_it_asks() -> None:
    key = read_key(
        "title: T\nquestions: {id: 1, text: Fill in., network: 9x9x3 -> conv 4 3x3, parts: {a: output, b: params}}"
    )
    question = key.questions[0]
    assert [prompt(question, one) for one in question.parts] == ["the volume that comes out", "trainable parameters"]
    assert list(asked(key, 80)) == ["1: Fill in.", "   1a: the volume that comes out", "   1b: trainable parameters"]


HOMEWORK = load_key(str(Path(__file__).parent / "hw.key.yaml"))


@pytest.mark.parametrize(
    "part", [part for part in HOMEWORK.parts.values() if part.form != "choice"], ids=lambda part: part.id
)
def test_a_hint_says_something_of_what_is_asked(part: Part) -> None:
    wrong = "3x5x7" if part.form == "volume" else "987654321"
    hint = mark_part(part, wrong).hint
    assert hint not in ("", ANY_QUESTION)
    assert part.right.text not in hint


def test_every_quantity_has_a_hint() -> None:
    assert set(QUANTITIES) <= set(ASKED)


def test_a_number_that_is_right_too_is_the_one_that_is_called_right() -> None:
    key = read_key("title: T\nquestions: {id: 1, network: 28x28x6 -> conv 16 kernel=? pad=? -> 28x28x16, ask: solve}")
    assert mark_part(key.parts["1"], "kernel=7 pad=3").feedback == "kernel=7 pad=3 is right."


@pytest.mark.parametrize(
    ("question", "answer", "score", "slip"),
    [
        (PARAMS, "5*5*3=75; 75+1=76; 76*100 = 7500", Fraction(2, 3), "76*100 is 7,600, not 7,500. 2 of 3 steps hold"),
        (PARAMS, "5*5*3 = 74\n74+1 = 75\n75*100 = 7500", Fraction(2, 3), "5*5*3 is 75, not 74. 2 of 3 steps hold"),
        (PARAMS, "5*5*3 = 74; 74+1 = 76; 76*100 = 7600; 7600+1 = 7601", 0, ""),
        (PARAMS, "5*5*3 = 75; 75*100 = 7500", 0, ""),
        (PARAMS, "5*5*3 = 75 + 1 = 75 * 100 = 7500", Fraction(2, 3), "75 + 1 is 76, not 75. 2 of 3 steps hold"),
        (PARAMS, "7500", 0, ""),
        (OUTPUT, "(63-7)/2+1 = 28, so 28x28x32", Fraction(1, 2), "(63-7)/2+1 is 29, not 28. 1 of 2 steps holds"),
        (OUTPUT, "(63-7)/2+1 = 28, so 28x28x16", 0, ""),
    ],
)
def test_points_by_steps(question: str, answer: str, score: Fraction, slip: str) -> None:
    marked = mark_part(part(f"{question}, credit: {{steps: 1}}"), answer)
    assert marked.score == score
    assert (f"That comes from a slip: {slip}." in marked.feedback) == bool(slip)
    assert ("steps" in (slug for diagnosis in marked.diagnoses for slug in diagnosis.slugs)) == bool(slip)
