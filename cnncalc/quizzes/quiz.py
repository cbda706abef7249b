"""A quiz: a key for the course, or a variant for each student, and what it is exported as."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncalc.homework.key import load_key
from cnncalc.homework.model import Key
from cnncalc.loading import What
from cnncalc.problem import did_you_mean, quoted
from cnncalc.quizzes.exports.asking import Variant
from cnncalc.quizzes.exports.files import FORMATS, asked, variant_table, written
from cnncalc.quizzes.make import Order, Taken, key_of
from cnncalc.quizzes.roster import read_roster
from cnncalc.quizzes.topics import SHAPES, TOPICS
from cnncalc.result import Result

if TYPE_CHECKING:
    from cnncalc.render.results import View


@dataclass(frozen=True, repr=False)
class Quiz(Result):
    """Questions with their answers. It iterates over its variants; `print` shows the questions as Markdown."""

    variants: tuple[Variant, ...]
    notes: tuple[str, ...] = ()  # where a question had to be asked of several students

    def __iter__(self) -> Iterator[Variant]:
        return iter(self.variants)

    def __len__(self) -> int:
        return len(self.variants)

    def __getitem__(self, student: str) -> Key:
        """The key of a student; "" stands for the one of a quiz that has no variants."""
        found = next((variant.key for variant in self.variants if variant.name == student), None)
        if found is None:
            raise KeyError(f"there is no {quoted(student)} among {', '.join(one.name for one in self.variants)}")
        return found

    def __repr__(self) -> str:
        first = self.variants[0].key
        count = f", {len(self)} variants" if self.variants[0].name else ""
        return f"<Quiz {first.title}: {len(first.questions)} questions{count}>"

    def files(self, *formats: str) -> dict[str, str]:
        """Return the files of formats such as `markdown`, `key` or `moodle`, by their paths in a folder.

        Of a quiz with variants, a table says who is asked what. Raises KeyError for an unknown format.
        """
        for name in formats:
            if name not in FORMATS:
                hint = did_you_mean(name, FORMATS) or f"one of {', '.join(FORMATS)}"
                raise KeyError(f"no format {quoted(name)}: {hint}")
        found = {path: text for name in formats for path, text in written(name, self.variants).items()}
        return found | ({"variants.csv": variant_table(self.variants)} if self.variants[0].name else {})

    def view(self) -> View:
        """How it is printed: its questions as Markdown, its answers as rows."""
        from cnncalc.quizzes.exports.data import document
        from cnncalc.render.results import View, listing

        def records(quiz: Quiz) -> list[dict[str, Any]]:
            named = bool(quiz.variants[0].name)
            rows = (
                ([one.name] if named else [], q, part) for one in quiz for q in one.key.questions for part in q.parts
            )
            heads = [*(["student"] if named else []), "id", "topic", "question", "answer"]
            return [
                dict(zip(heads, (*who, part.id, question.topic, asked(question, part), part.right.text), strict=True))
                for who, question, part in rows
            ]

        return View(
            lambda quiz: [listing(quiz.variants[0].key.title, records(quiz))],
            lambda quiz: document(quiz.variants).data(),
            records,
            lambda quiz: "\n\n".join(text.rstrip("\n") for text in written("markdown", quiz.variants).values()),
        )


def quiz(
    topics: Sequence[str] = (),
    *,
    level: int = 1,
    count: int = 10,
    seed: str | int = 1,
    choices: bool = False,
    title: str = "Quiz",
    students: What | Sequence[str] = (),
    variants: int = 0,
    key: What | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Quiz:
    """Make a quiz on the arithmetic of convolutional networks; the same seed makes the same one.

    `topics` are names such as `params`, all on shapes and counts where none is named; `level` is 1 (one formula), 2 or
    3 (an exam). `students` are names, or a CSV file of them, which may have a column `name` for what is
    printed on papers: each gets a variant; `variants` makes so many numbered
    ones. `key` takes the questions of a homework key instead. `progress` is called with how many variants are made, of
    how many.
    Raises KeyError for an unknown topic, ValueError for a level or a count that cannot be, and Problems of the roster,
    the key, or where the topics have too few questions.
    """
    if key is not None:
        return Quiz((Variant("", load_key(os.fspath(key))),))
    for name in topics:
        if name not in TOPICS:
            hint = did_you_mean(name, TOPICS) or f"one of {', '.join(TOPICS)}"
            raise KeyError(f"no topic {quoted(name)}: {hint}")
    if level not in (1, 2, 3) or count < 1:
        raise ValueError(f"level is 1, 2 or 3 and count at least 1, not {level} and {count}")
    order = Order(str(seed), count, tuple(dict.fromkeys(topics)) or tuple(SHAPES), level, choices, title)
    if isinstance(students, (str, os.PathLike)):
        people = read_roster(os.fspath(students))
    else:
        people = dict.fromkeys([*students] or map(str, range(1, variants + 1)), "")
    made, taken = [], Taken()
    for student, person in (people or {"": ""}).items():
        made.append(Variant(student, key_of(order, student, taken), person))
        if progress:
            progress(len(made), len(people) or 1)
    return Quiz(tuple(made), taken.notes(level))
