"""A quiz in the terminal: each question asked, the answer checked, what went wrong explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from cnncalc.homework.mark import hint_of, mark_part
from cnncalc.homework.mistakes.catalogue import SLUGS
from cnncalc.homework.model import Key, Mark, Part, Question
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.asking import labelled, points, prompt, unit_note

SECOND = Fraction(1, 2)
"""What a right answer is worth at the second try."""

HELP = "? gives a hint, an empty line skips, q ends; a second try counts half."
HINT = ("?", "hint", "help")
END = ("q", "quit", "exit")

OF_LAYERS = ("value", "params", "weights", "channels")
"""Quantities for which one layer has another rule than the next, so that the hints on mistakes say more."""

RIGHT, WRONG, ASK, NOTE = "right", "wrong", "ask", "note"
"""What a line is, for whoever colours it."""


class Session:
    """One run through a key: `ask` shows a prompt and returns the line, raising EOFError at the end; `show` shows."""

    def __init__(self, key: Key, ask: Callable[[str], str], show: Callable[[str, str], None]) -> None:
        self.key, self.ask, self.show = key, ask, show
        self.score = Fraction(0)
        self.asked = Fraction(0)

    def run(self) -> None:
        """Ask everything, until it is done or the person has enough."""
        count = len(self.key.questions)
        self.show(f"{self.key.title}: {count} question{'' if count == 1 else 's'}. {HELP}", NOTE)
        try:
            for number, question in enumerate(self.key.questions, 1):
                self.question(number, question)
        except (EOFError, KeyboardInterrupt):
            self.show("", NOTE)
        plural = "" if self.asked == 1 else "s"
        self.show(f"{points(self.score)} of {points(self.asked)} point{plural}", NOTE)

    def question(self, number: int, question: Question) -> None:
        worth = f"{points(question.points)} point{'' if question.points == 1 else 's'}"
        self.show(f"\nQuestion {number} of {len(self.key.questions)}: {question.topic or question.id} ({worth})", ASK)
        self.show(question.text, NOTE)
        if question.table is not None:
            for (row, column), text in question.table.given.items():
                self.show(f"{row}, {column}: {text}", NOTE)
        before: dict[str, str] = {}
        for part in question.parts:
            options = labelled(question, part)
            if options != before:
                for label, text in options.items():
                    self.show(f"  {label}) {text}" if text != label else f"  {label}", NOTE)
            before = options
            self.part(question, part)

    def part(self, question: Question, part: Part) -> None:
        """Ask for one answer, and again where the first one is wrong."""
        words = (prompt(question, part), f"({unit})" if (unit := unit_note(question, part)) else "")
        hints = self.hints(part)
        mark = self.answered(part, " ".join(filter(None, words)), hints)
        self.asked += part.points
        if mark.verdict == "wrong":
            self.show(f"Not right. {_sentence(mark.hint)}", WRONG)
            mark = self.answered(part, "try again", hints)
            mark.score *= SECOND
        self.score += mark.score
        if mark.verdict == "blank":
            self.show("Skipped.", NOTE)
        else:
            self.show(mark.feedback, RIGHT if mark.verdict == "right" else WRONG)
        if mark.verdict != "right":
            self.explain(question, part, mark.feedback if mark.verdict != "blank" else "")

    def answered(self, part: Part, asked: str, hints: Iterator[str]) -> Mark:
        """Ask until an answer can be read, or nothing is answered."""
        while True:
            text = self.ask(f"{asked}> ").strip()
            word = "" if text in part.labels else text.casefold()
            if word in END:
                raise EOFError
            if word in HINT:
                self.show(next(hints, "There are no more hints."), NOTE)
                continue
            mark = mark_part(part, text)
            if mark.verdict != "not understood":
                return mark
            self.show(mark.feedback, WRONG)

    def explain(self, question: Question, part: Part, shown: str) -> None:
        """Show the worked solution, unless it has been shown."""
        lines = solution(question, part)
        if not all(line in shown for line in lines):
            for line in lines:
                self.show(f"  {line}", NOTE)

    def hints(self, part: Part) -> Iterator[str]:
        """Yield how to begin, then where people go wrong, the commonest mistakes first."""
        hints = dict.fromkeys(SLUGS[slug] for one in part.candidates for slug in one.slugs if slug in SLUGS)
        begin = [] if hints and part.ask in OF_LAYERS else [hint_of(part)]
        yield from map(_sentence, [*begin, *list(hints)[:4]])


def _sentence(text: str) -> str:
    end = "" if text.endswith(("?", ".")) else "."
    return f"{text[:1].upper()}{text[1:]}{end}"
