"""The keys that come with the program: held against what was published; wrong published ones are found out."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from cnncalc.homework.checked import differences
from cnncalc.homework.key import load_key, read_key, shipped
from cnncalc.homework.mark import mark
from cnncalc.homework.model import Key
from cnncalc.problem import Problem
from tests.effort import sampled

HERE = Path(__file__).parent

COLLECTED = """
001 002 008 009 011 012 013 015 016 017 018 019 020 022 023 025 027 028 029 030 032 036 037 038 039 040 043 044 045
046 048 052 054 055 056 057 058 060 062 065 067 068 070 071 073 074 075 076 077 078 079 081 082 083 084 085 087 089
092 094 095 098 099 100 101 103 104 105 106 108 110
"""
"""Numbers of the questions that were collected from courses, quizzes and forums."""


loaded = cache(load_key)


def test_there_are_two() -> None:
    assert list(shipped()) == ["lecture", "questions"]


@pytest.mark.parametrize(("name", "questions", "typed"), [("lecture", 15, 34), ("questions", 70, 147)])
def test_what_its_author_typed_is_what_is_computed(name: str, questions: int, typed: int) -> None:
    key = loaded(name)
    assert differences(key) == []
    assert len(key.questions) == questions
    assert sum(part.typed is not None for part in key.parts.values()) == typed


@pytest.mark.parametrize("name", ["lecture", "questions"])
def test_a_student_who_writes_every_right_answer_gets_every_point(name: str) -> None:
    key = loaded(name)
    marks = mark(key, {id: part.right.text for id, part in key.parts.items()})
    assert [m.part.id for m in marks if m.verdict != "right"] == []
    assert sum(m.score for m in marks) == key.points


def test_every_question_that_was_collected_is_asked_or_named() -> None:
    key = loaded("questions")
    asked = {question.id for question in key.questions}
    left_out = set(re.findall(r"Left out is (Q\d+)", key.notes[0]))
    assert asked | left_out == {f"Q{number}" for number in COLLECTED.split()}
    assert not asked & left_out


@pytest.mark.parametrize("name", ["lecture", "questions"])
def test_every_question_reads_and_says_where_it_is_from(name: str) -> None:
    key = loaded(name)
    for question in key.questions:
        assert question.text
        assert question.topic
        assert question.source or name == "lecture"


@cache
def wrong_answers() -> list[Problem]:
    text = (HERE / "wrong_keys.key.yaml").read_text("utf-8")
    return differences(read_key(text, "wrong_keys.key.yaml", folder=next(iter(shipped().values())).parent))


@pytest.mark.exhaustive  # mistakes are looked for in whole large networks
def test_wrong_published_answers_are_told_with_the_mistake() -> None:
    assert [(problem.message, problem.hint) for problem in wrong_answers()] == [
        (
            "1 is 271,351,808, not 358M",
            "358M is 271,351,808 + 86,704,128: 3x3.conv2 is counted twice; or it is 25,690,112 + 12,845,056 + "
            "173,408,256 + 12,845,056 + 120,422,400 + 12,845,056: 64 channels enter this layer, not 128 (at 3x3.conv2)",
        ),
        ("2a is 15,237,608, not 24M", None),
        ("2b is 60,950,432, not 93MB", None),
        (
            "3 is 12,544, not 7,744",
            "7,744 is 64·11·11 = 7,744: the + 1 of the first position is missing; "
            "or it is 64·11·11 = 7,744: the padding is missing",
        ),
        (
            "4 is 1,849,688,064, not 462,422,016",
            "462,422,016 is 3·3·256·256·28·28: the positions that count are 56x56",
        ),
        (
            "5 is 3, not 2",
            "2 is ⌊(24 + 2·0 − 3)/9⌋ = 2: the + 1 of the first position is missing; or it is ⌊24/9⌋ = 2: "
            "`same` gives the side divided by the stride, rounded up",
        ),
        (
            "6a is 14x14, not 15",
            "15 is min(⌈(28 + 2·1 − 3)/2⌉ + 1, ⌈(28 + 1)/2⌉) = 15: sizes are rounded down here: "
            "a last window that does not fit is left out",
        ),
        (
            "6b is 15x15, not 14",
            "14 is ⌊(28 + 2·1 − 3)/2⌋ + 1 = 14: this pool rounds up (ceil mode): a last window that is only partly "
            "filled counts; or it is min(⌈(28 + 2·1 − 3)/2⌉ + 1, ⌈(28 + 1)/2⌉) − 1 = 14: the + 1 of the first "
            "position is missing",
        ),
        ("7 is 62,378,344, not 61,050,856", "61,050,856 is 62,378,344 − 1,327,488: conv4.conv is missing"),
        (
            "8 is 7x3, not 6x4",
            "6x4 is (3 − 1)·3 − 1 − 2 + 3 = 6 and (3 − 1)·2 − 1 − 2 + 3 = 4: padding is listed for the beginnings of "
            "all sides, then for their ends: not side by side",
        ),
    ]


@pytest.mark.exhaustive  # mistakes are looked for in whole large networks
def test_a_difference_stands_where_it_was_typed() -> None:
    assert str(wrong_answers()[0]).splitlines()[:3] == [
        "wrong_keys.key.yaml:9:13: H701 answer: 1 is 271,351,808, not 358M",
        "      answer: 358M",
        "              ^^^^",
    ]


def of(entry: str) -> Key:
    return read_key(f"title: T\nquestions:\n  - {{id: 1, {entry}}}")


@pytest.mark.parametrize(
    ("entry", "right", "working"),
    [
        (
            "network: 100x1 -> n * conv 1 k, letters: [k, n], ask: receptive_field",
            "kn − n + 1",
            "such as k = 5, n = 5: 21",
        ),
        ("network: 9x9x3 -> conv c 3x3, letters: [c], ask: params", "28c", "such as c = 5: 140"),
        ("network: '9x9x3 -> conv 2 3x3', ask: im2col", "27x49", "rows: 3·3·3 = 27"),
        ("network: '9x9x3 -> conv 2 3x3', ask: im2col_weights", "2x27", "rows: 2"),
        ("network: Hx1 -> conv_transpose 1 4 stride=2, ask: sides", "2H + 2", "side: (H − 1)·2 − 2·0 + 4"),
        (
            "network: 224x224x3 -> conv 64 7x7 stride=2 pad=same, ask: pad",
            "2 before, 3 after",
            "in all max((⌈224/2⌉ − 1)·2 + 7 − 224, 0) = max((112 − 1)·2 + 7 − 224, 0) = max(5, 0) = 5",
        ),
        ("network: 9x9x1 -> conv 1 4x4 stride=3, ask: left_over", "2", "9 + 2·0 − 4 − ⌊(9 + 2·0 − 4)/3⌋·3"),
        (
            "network: 64x64x1 -> conv 1 3x3 stride=2 -> conv 1 5x5, ask: receptive_field",
            "11",
            "(3 − 1)·1 + (5 − 1)·2 + 1",
        ),
        ("network: 64x64x1 -> conv 1 3x3 stride=2 -> maxpool 2x2, ask: jump", "4", "2·2"),
        (
            "networks: {a: HxWxC -> 3 * conv C 3x3 bias=no, b: HxWxC -> conv C 7x7 bias=no}, ask: a.params / b.params",
            "0.5510",
            "27C² / 49C²",
        ),
        ("network: 10x1 -> conv 1 3 stride=2, ask: left_over == 0", "no", "1 = 0 does not hold"),
        (
            "network: 9x9x1 -> conv 1 3x3 -> relu, ask: activation_values, conventions: {activations: all}",
            "98",
            "49 + 49",
        ),
        (
            "network: 9x9x1 -> conv 1 3x3 -> relu, ask: activation_values, conventions: {activations: with_input}",
            "130",
            "81 + 49",
        ),
    ],
)
def test_what_can_be_asked_besides(entry: str, right: str, working: str) -> None:
    (part,) = of(entry).parts.values()
    assert part.right.text == right
    assert part.right.working[0].startswith(working)


def test_a_table_has_a_row_for_the_whole() -> None:
    key = of("network: 9x9x1 -> conv 1 3x3 -> conv 2 3x3, table: {rows: [conv, conv2, total], columns: [params]}")
    assert {id: part.right.text for id, part in key.parts.items()} == {
        "1.conv.params": "10",
        "1.conv2.params": "20",
        "1.total.params": "30",
    }


def test_a_part_may_be_about_another_network() -> None:
    key = of(
        "networks: {x: 9x9x1 -> conv 1 3x3, y: 9x9x1 -> conv 2 3x3}, "
        "parts: {a: y.params / x.params, b: {network: 9x9x1 -> conv 3 3x3, ask: params}}"
    )
    assert [part.right.text for part in key.parts.values()] == ["2", "30"]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    sampled(
        [("(k-1)(n-1)+k", "right"), ("kn", "wrong"), ("n(k-1)+1", "right"), ("nk+1", "wrong"), ("1+n*(k-1)", "right")],
        every=3,
    ),
)
def test_a_formula_in_letters_is_right_however_it_is_written(answer: str, verdict: str) -> None:
    key = of("network: 100x1 -> n * conv 1 k, letters: [k, n], ask: receptive_field")
    assert mark(key, {"1": answer})[0].verdict == verdict


def test_a_wrong_formula_in_letters_is_told_with_its_mistake() -> None:
    key = of("network: 100x1 -> n * conv 1 k, letters: [k, n], ask: receptive_field")
    assert mark(key, {"1": "k*n"})[0].feedback == (
        "You wrote k*n. That is kn: kernels are not simply added: each adds k − 1, times the jump. "
        "Right: such as k = 5, n = 5: 21, so kn − n + 1."
    )
    key = of("network: '9x9x(c) -> conv f 3x3', letters: [c, f], ask: params")
    assert mark(key, {"1": "9cf"})[0].feedback == (
        "You wrote 9cf. That is 9cf: the biases are missing. Right: such as c = 5, f = 5: 230, so 9cf + f."
    )
