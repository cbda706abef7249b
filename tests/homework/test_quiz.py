"""Quizzes: every question is sensible, its right answer is marked right, each known wrong one by its name."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from cnncalc.homework.key import read_key
from cnncalc.homework.mark import mark_part
from cnncalc.homework.model import Part
from cnncalc.homework.worked import solution
from cnncalc.problem import Problems
from cnncalc.quizzes.draft import Draft, Template, Topic
from cnncalc.quizzes.draws import Draws
from cnncalc.quizzes.entry import key_text
from cnncalc.quizzes.exports.accepted import accepted, spellings
from cnncalc.quizzes.make import UNLUCKY, Order, Taken, different, key_of
from cnncalc.quizzes.topics import SHAPES, TOPICS
from tests.effort import sampled

LEVELS = (1, 2, 3)
WAYS = [
    pytest.param(topic, template, id=f"{topic.name}-{level}-{template.__name__}")
    for topic in TOPICS.values()
    for level in LEVELS
    for template in topic.templates[level]
]
SOME_WAYS = sampled(WAYS, every=4)
SEEDS = sampled(range(6), every=3)


def drawn(topic: Topic, template: Template, seed: int) -> Part:
    draws = Draws("property", topic.name, template.__name__, seed)
    draft = next(filter(None, (template(draws) for _ in range(300))))
    key = read_key(key_text("Quiz", [{"id": "1", "topic": topic.name, "text": draft.text, **draft.entry}]))
    (question,) = key.questions
    assert question.text.startswith(draft.text)
    assert question.topic == topic.name
    return question


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("topic", "template"), sampled(SOME_WAYS, every=3))
def test_right_answers_are_marked_right_and_mistakes_by_their_names(
    topic: Topic, template: Template, seed: int
) -> None:
    question = drawn(topic, template, seed)
    for part in question.parts:
        own = mark_part(part, part.right.text)
        assert own.verdict == "right", (question.text, part.right.text, own.feedback)
        assert solution(question, part)
        for one in accepted(part):
            text = spellings(part, one)[0]
            mark = mark_part(part, text)
            if one.right:
                assert mark.verdict == "right", (question.text, text, mark.feedback)
            elif mark.notes and part.unit in ("%", "MB"):  # 0.72 for 72 %, a MB of 1000 · 1000: read as meant
                assert mark.verdict in ("right", "wrong"), (question.text, text, mark.feedback)
            else:
                assert mark.verdict == "wrong", (question.text, text, mark.feedback)
                told = {slug for diagnosis in mark.diagnoses for slug in diagnosis.slugs}
                assert told & {*one.slugs}, (question.text, text, mark.feedback, one.slugs)


@pytest.mark.parametrize(("topic", "template"), sampled(SOME_WAYS, every=9))
def test_whatever_is_drawn_can_be_asked(topic: Topic, template: Template) -> None:
    for seed in range(40):
        draft = template(Draws("any", topic.name, template.__name__, seed))
        if draft is not None:
            assert codes({"id": "1", "topic": topic.name, "text": draft.text, **draft.entry}) <= {*UNLUCKY}, draft


def codes(entry: dict[str, Any]) -> set[str]:
    """Return the codes of what is wrong with a key of one question."""
    try:
        read_key(key_text("Quiz", [entry]))
    except Problems as problems:
        return {problem.code for problem in problems}
    return set()


@pytest.mark.parametrize("seed", sampled(range(6), every=6))
@pytest.mark.parametrize(("topic", "template"), WAYS)
def test_questions_read_well(topic: Topic, template: Template, seed: int) -> None:
    question = drawn(topic, template, seed)
    for text in (question.text, *(part.text for part in question.parts)):
        words = "".join(line for line in text.split("\n") if not line.startswith("[ "))  # without matrices
        assert "  " not in words
        assert not re.search(r"\b[Aa] 8|\b[Aa]n (?!8|11|18)\d|\bNone\b|[{}]", text)
    assert question.text.rstrip()[-1] in "?.%)" or "\n" in question.text
    for part in question.parts:
        value = part.right.value
        assert not isinstance(value, int) or value < 10**12


@pytest.mark.parametrize("level", sampled(LEVELS, every=3))
def test_the_same_seed_makes_the_same_bytes(level: int) -> None:
    order = Order("2026", 20, level=level)
    assert key_of(order).source.text == key_of(order).source.text != key_of(Order("2027", 20, level=level)).source.text
    digest = hashlib.sha256(key_of(order).source.text.encode()).hexdigest()[:16]
    assert digest == {1: "50239ea93de72387", 2: "491fbe8224c7173c", 3: "cc4ed1964043d762"}[level]


def test_no_question_comes_twice() -> None:
    key = key_of(Order("many", 40, ("output", "params"), 2))
    texts = [question.text for question in key.questions]
    assert len({*texts}) == 40


def test_students_are_asked_alike_about_numbers_of_their_own() -> None:
    order = Order("course", 16)
    ann, ben = key_of(order, "ann"), key_of(order, "ben")
    assert [q.topic for q in ann.questions] == [q.topic for q in ben.questions] == [*SHAPES]
    assert [p.id for p in ann.parts.values()] == [p.id for p in ben.parts.values()]
    assert ann.points == ben.points
    assert sum(a.text != b.text for a, b in zip(ann.questions, ben.questions, strict=True)) > 12
    assert key_of(order, "ann").source.text == ann.source.text


def test_topics_come_as_often_as_others_and_in_their_order() -> None:
    names = [q.topic for q in key_of(Order("s", 7, ("params", "macs", "pad"))).questions]
    assert all(2 <= names.count(topic) <= 3 for topic in ("params", "macs", "pad"))
    assert names[:3] == ["params", "macs", "pad"] == names[3:6]


def test_a_topic_without_further_questions_says_so() -> None:
    with pytest.raises(Problems) as found:
        key_of(Order("s", 400, ("batch-norm",), 1))
    assert [str(problem) for problem in found.value] == [
        "H704 quiz: level 1 of batch-norm has only 242 different questions\n"
        "  help: take more topics, fewer questions or another level"
    ]


def test_students_have_different_questions_while_there_are_any() -> None:
    order, taken = Order("course", 2, ("receptive-field", "batch-norm"), 2), Taken()
    keys = [key_of(order, f"s{number}", taken) for number in range(12)]
    assert len({question.text for key in keys for question in key.questions}) == 24
    assert taken.notes(2) == ()


def test_what_has_to_be_asked_again_is_counted() -> None:
    taken = Taken()
    sizes = Topic("pad", "sizes", {1: (lambda draws: Draft("How long?", _flat(draws.choice((2, 3)))),)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TOPICS, "pad", sizes)
        for number in range(5):
            key_of(Order("s", 1, ("pad",)), f"s{number}", taken)
    assert taken.notes(1) == (
        "level 1 of pad has 2 different questions: 3 of 5 asked repeat one that another student has",
    )


def _flat(side: int) -> dict[str, str]:
    return {"network": f"{side}x{side}x1 -> flatten", "ask": "channels"}


@pytest.mark.parametrize("level", sampled(LEVELS, every=3))
@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
def test_there_are_enough_questions_for_a_course(topic: Topic, level: int) -> None:
    assert different(topic, level, 200) == 200


def test_tables_of_one_quiz_share_no_layer_with_weights() -> None:
    tables = key_of(Order("t", 3, ("table",), 2)).questions
    lines = [{line for line in q.text.split("\n") if "filters" in line or "outputs" in line} for q in tables]
    assert not any(a & b for i, a in enumerate(lines) for b in lines[:i])


@pytest.mark.parametrize(("topic", "template"), WAYS)
def test_a_solution_ends_with_the_answer_and_names_no_path(topic: Topic, template: Template) -> None:
    question = drawn(topic, template, 1)
    for part in question.parts:
        *before, last = solution(question, part)
        answer = re.escape(part.right.text)
        assert re.search(rf"(?<![\d.,/]){answer}(?: left over| values| channels)?$", last), (
            question.text,
            before,
            last,
        )
        assert not any(re.match(r"(?:\w+\.)*(?:conv|maxpool|linear|batchnorm)\d*\b", line) for line in before)


DERIVED = [
    (
        {"network": "227x227x3 -> conv 96 11x11 stride=4", "ask": "macs"},
        ("each side: ⌊(227 + 2·0 − 11)/4⌋ + 1 = 54 + 1 = 55", "96 channels", "11·11·3·96·55·55 = 105,415,200"),
    ),
    (
        {"network": "8x8x3 -> conv 4 3x3 -> flatten -> linear 10", "layer": "linear", "ask": "params"},
        ("6·6·4 = 144", "144·10 + 10 = 1,440 + 10 = 1,450"),
    ),
    (
        {"network": "8x8x3 -> conv 4 3x3", "ask": "activation_bytes"},
        ("each side: ⌊(8 + 2·0 − 3)/1⌋ + 1 = 5 + 1 = 6", "4 channels", "4·6·6 = 144", "144·4 = 576"),
    ),
    (
        {"network": "32x32x3 -> conv 8 5x5 stride=? pad=? -> 16x16x8", "ask": "solve"},
        (
            "with stride=2: 2·pad is at least (16 − 1)·2 + 5 − 32 = 3, at most 4",
            "check: each side: ⌊(32 + 2·2 − 5)/2⌋ + 1 = ⌊15.5⌋ + 1 = 15 + 1 = 16",
            "check: 8 channels",
            "stride=2 pad=2",
        ),
    ),
    (
        {"network": "32x32x3 -> conv 8 5x5 stride=? -> 10x10x8", "ask": "solve"},
        (
            "stride = (32 − 5)/(10 − 1) = 27/9 = 3",
            "check: each side: ⌊(32 + 2·0 − 5)/3⌋ + 1 = 9 + 1 = 10",
            "check: 8 channels",
            "stride=3",
        ),
    ),
    (
        {"network": "32x32x3 -> conv 8 ? -> 28x28x8", "ask": "solve"},
        (
            "kernel = 32 − (28 − 1)·1 = 5",
            "check: each side: ⌊(32 + 2·0 − 5)/1⌋ + 1 = 27 + 1 = 28",
            "check: 8 channels",
            "kernel=5",
        ),
    ),
    (
        {"networks": {"A": "4x4x2 -> conv 3 3x3", "B": "4x4x2 -> conv 2 1x1"}, "ask": "fewest params"},
        ("A: 3·3·2·3 + 3 = 54 + 3 = 57 params", "B: 1·1·2·2 + 2 = 4 + 2 = 6 params", "B"),
    ),
    ({"network": "500 -> dropout 0.4", "ask": "kept_units"}, ("500·(1 − 0.4) = 300",)),
    (
        {"network": "1 -> leaky_relu 0.1", "ask": "derivative", "values": {"input": "-2"}},
        ("for x ≤ 0, f(x) = 0.1·x: f′(−2) = 0.1",),
    ),
    (
        {"network": "1 -> sigmoid", "ask": "derivative", "values": {"input": "0.7"}},
        ("σ = 1/(1 + e^(−0.7)) = 0.6682; 0.6682·(1 − 0.6682) = 0.2217",),
    ),
]


@pytest.mark.parametrize(("entry", "lines"), DERIVED, ids=range(len(DERIVED)))
def test_a_solution_derives_every_number_it_uses(entry: dict[str, Any], lines: tuple[str, ...]) -> None:
    (question,) = read_key(key_text("Quiz", [{"id": "1", "text": "?", **entry}])).questions
    assert solution(question, question.parts[0]) == lines


FEW_MISTAKES = {("pooling", 2): 1}  # of the columns that no window covers
"""How many wrong options a mistake leads to, where not all."""


@pytest.mark.parametrize("level", sampled(LEVELS, every=3))
def test_options_are_different_and_one_is_right(level: int) -> None:
    key = key_of(Order("c", 16, level=level, choices=True))
    chosen = [question for question in key.questions if question.choices]
    assert len(chosen) >= 4
    for question in chosen:
        (part,) = question.parts
        texts = [*question.choices.values()]
        assert 4 <= len({*texts}) == len(texts) <= 5
        (right,) = part.right.value
        assert mark_part(part, right).verdict == "right"
        wrong = [label for label in question.choices if label != right]
        assert all(mark_part(part, label).verdict == "wrong" for label in wrong)
        named = sum(bool(mark_part(part, label).diagnoses) for label in wrong)
        assert named == FEW_MISTAKES.get((question.topic, level), len(wrong)), question.text
    assert len({q.parts[0].right.value for q in chosen}) > 1
