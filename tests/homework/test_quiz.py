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
from cnncalc.quizzes.draft import Template, Topic
from cnncalc.quizzes.draws import Draws
from cnncalc.quizzes.entry import key_text
from cnncalc.quizzes.exports.accepted import accepted, spellings
from cnncalc.quizzes.make import UNLUCKY, Order, key_of
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
@pytest.mark.parametrize(("topic", "template"), SOME_WAYS)
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


@pytest.mark.parametrize(("topic", "template"), SOME_WAYS)
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


@pytest.mark.parametrize("seed", SEEDS)
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


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_seed_makes_the_same_bytes(level: int) -> None:
    order = Order("2026", 20, level=level)
    assert key_of(order).source.text == key_of(order).source.text != key_of(Order("2027", 20, level=level)).source.text
    digest = hashlib.sha256(key_of(order).source.text.encode()).hexdigest()[:16]
    assert digest == {1: "069f3c620749e0e0", 2: "c5cf76c167b98ec1", 3: "656d4507b66db17b"}[level]


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
        "H704 quiz: level 1 of batch-norm has only 45 different questions\n"
        "  help: take more topics, fewer questions or another level"
    ]


FEW_MISTAKES = {("pooling", 2): 1}  # of the columns that no window covers
"""How many wrong options a mistake leads to, where not all."""


@pytest.mark.parametrize("level", LEVELS)
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
