"""The questions of a key in a student's terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cnncalc.homework.model import Key
from cnncalc.quizzes.exports.asking import prompt


def asked(key: Key, width: int) -> Iterator[str]:
    """Yield the questions, each with the ids under which it is answered."""
    for question in key.questions:
        first, *rest = question.text.split("\n")
        yield from _wrapped(f"{question.id}: {first}", "", width)
        for line in rest:
            yield from _wrapped(line, "   ", width)
        if question.table is not None:
            yield from _wrapped(", ".join(part.id for part in question.parts), "   ", width)
        elif len(question.parts) > 1:
            for part in question.parts:
                yield from _wrapped(f"{part.id}: {prompt(question, part) or part.ask}", "   ", width)
        else:
            for label, text in question.choices.items():
                yield from _wrapped(f"{label}) {text}", "   ", width)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    hanging = indent + "   "
    return textwrap.wrap(text, max(width, 20), initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)
