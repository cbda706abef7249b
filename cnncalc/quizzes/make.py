"""From a seed to a key: all students are asked the same things in the same ways, each with numbers of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.homework.key import read_key
from cnncalc.homework.model import Key, Question
from cnncalc.problem import Problem, Problems
from cnncalc.quizzes.draft import Template, Topic
from cnncalc.quizzes.draws import Draws
from cnncalc.quizzes.entry import key_text
from cnncalc.quizzes.options import options
from cnncalc.quizzes.topics import SHAPES, TOPICS
from cnncalc.record import Record

MOST_TRIES = 300
"""Drawings of one question, after which the topic has no further one."""

MOST_COUNTED = 500
"""Different questions of a topic, above which they are not counted."""

UNLUCKY = ("H702", "H703")
"""Problems of a key that other numbers do not have: a mistake within the tolerance, nothing that fits."""


class Order(Record):
    """What a quiz is to be."""

    seed: str
    count: int = 10
    topics: tuple[str, ...] = tuple(SHAPES)
    level: int = 1
    choices: bool = False
    title: str = "Quiz"


class Taken:
    """What the students of a quiz have been asked, so that the next one is asked something else."""

    def __init__(self) -> None:
        self.questions: dict[str, set[str]] = {}
        self.again: dict[str, int] = {}  # by topic: how often a question came again, there being no other one

    def notes(self, level: int) -> tuple[str, ...]:
        """Say where the questions did not suffice for all students."""
        return tuple(
            f"level {level} of {topic} has {len(self.questions[topic]):,} different questions: "
            f"{count:,} of {len(self.questions[topic]) + count:,} asked repeat one that another student has"
            for topic, count in self.again.items()
        )


def different(topic: Topic, level: int, most: int) -> int:
    """Count the different questions of a topic, up to `most`: draw until `MOST_TRIES` in a row bring no new one."""
    found: set[str] = set()
    for template in topic.templates[level]:
        draws, missed = Draws("different", topic.name, template.__name__), 0
        while missed < MOST_TRIES and len(found) < most:
            draft = template(draws)
            before = len(found)
            found |= {_identity(draft.entry)} if draft else set()
            missed = 0 if len(found) > before else missed + 1
    return len(found)


def key_of(order: Order, student: str = "", taken: Taken | None = None) -> Key:
    """Make the key of one student, or of the course; raises Problems where the topics have too few questions.

    What other students have been `taken` is not asked again while a topic has other questions.
    """
    entries = _entries(order, student, taken or Taken())
    name = f"{student or 'quiz'}.key.yaml"
    return read_key(key_text(order.title, entries), name)


def _entries(order: Order, student: str, taken: Taken) -> list[dict[str, Any]]:
    asked: dict[str, frozenset[str]] = {}
    made: list[dict[str, Any]] = []
    for number, (topic, templates) in enumerate(plan(order), 1):
        entry = _entry(order, Draws(order.seed, "numbers", student, number), number, topic, templates, asked, taken)
        if entry is None:
            count = sum(question["topic"] == topic.name for question in made)
            message = f"level {order.level} of {topic.name} has only {count} different questions"
            hint = "take more topics, fewer questions or another level"
            raise Problems([Problem("H704", message, None, hint)])
        made.append(entry)
    for entry, identity in zip(made, asked, strict=True):
        others = taken.questions.setdefault(entry["topic"], set())
        if identity in others:
            taken.again[entry["topic"]] = taken.again.get(entry["topic"], 0) + 1
        others.add(identity)
    return made


def plan(order: Order) -> list[tuple[Topic, list[Template]]]:
    """Choose for each question the topic and the ways to ask, the first of which is to be taken where it can be."""
    draws = Draws(order.seed, "plan")
    topics = [TOPICS[name] for name in order.topics]
    ways = {topic.name: draws.shuffled(topic.templates[order.level]) for topic in topics}
    chosen: list[Topic] = []
    while len(chosen) < order.count:
        left = draws.shuffled(topics)[: order.count - len(chosen)]
        chosen += sorted(left, key=topics.index)
    found = []
    for topic in chosen:
        found.append((topic, list(ways[topic.name])))
        ways[topic.name].append(ways[topic.name].pop(0))
    return found


def _entry(
    order: Order,
    draws: Draws,
    number: int,
    topic: Topic,
    templates: Sequence[Template],
    asked: dict[str, frozenset[str]],
    taken: Taken,
) -> dict[str, Any] | None:
    """Draw one question that is not there yet: not that of another student, no table like one before, if possible."""
    others = taken.questions.get(topic.name, set()) if topic.name not in taken.again else set()
    for unlike, avoided in ((True, others), (False, others), (False, set())):
        for template in templates:
            for _ in range(MOST_TRIES):
                draft = template(draws)
                if draft is None or (same := _identity(draft.entry)) in asked or same in avoided:
                    continue
                shown = _shown(draft.entry)
                if unlike and any(shown & other for other in asked.values()):
                    continue
                entry = {"id": str(number), "topic": topic.name, "text": draft.text, **draft.entry}
                question = _question(entry)
                if question is None:
                    continue
                asked[same] = shown
                if order.choices and (found := options(question, draws)):
                    entry["choices"] = found
                return entry
    return None


def _shown(entry: Any) -> frozenset[str]:
    """Return the volume and the layers with weights of a table, of which another table of a quiz has none."""
    if "table" not in entry:
        return frozenset()
    volume, *layers = entry["network"].split(" -> ")
    return frozenset((volume, *(layer for layer in layers if layer.startswith(("conv", "linear")))))


def _identity(entry: Any) -> str:
    """Return what makes a question another one: what is asked of which network."""
    return str({name: value for name, value in entry.items() if name != "conventions"})


def _question(entry: dict[str, Any]) -> Question | None:
    """Compute the answers of a question; None where its numbers came out unluckily."""
    try:
        return read_key(key_text("", [entry])).questions[0]
    except Problems as problems:
        if all(problem.code in UNLUCKY for problem in problems):
            return None
        raise
