"""What stands round an answer in every format: what asks for it, in which unit, for how many points, its solution."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cnncalc.homework.model import Key, Part, Question
from cnncalc.homework.quantities import QUANTITIES
from cnncalc.quizzes.exports.accepted import accepted, decimal
from cnncalc.quizzes.exports.stated import alone
from cnncalc.record import Record


class Variant(Record):
    """A key and whose it is; `name` is empty where there is only one."""

    name: str
    key: Key
    person: str = ""  # what the student is called, where a roster says more than the id

    @property
    def whose(self) -> str:
        """The student on a paper: Ada Lovelace (s1001)."""
        return f"{self.person} ({self.name})" if self.person else self.name


def questions(variants: Sequence[Variant]) -> list[list[tuple[str, Question]]]:
    """Return, for each question, all its variants with their names; each says itself how is counted."""
    columns = zip(*([(v.name, alone(question, v.key)) for question in v.key.questions] for v in variants), strict=True)
    return [list(column) for column in columns]


def prompt(question: Question, part: Part) -> str:
    """Return what asks for one part, where the question's own text does not: `a) the params`."""
    if part.row or part.column:
        return f"{part.row}, {part.column}"
    if not part.text and len(question.parts) > 1 and question.table is None and part.ask in QUANTITIES:
        return QUANTITIES[part.ask].meaning
    return part.text if part.text != question.text else ""


def label(question: Question, part: Part) -> str:
    """Return what is written before a part: its id without the question's."""
    own = part.id.removeprefix(question.id).lstrip(".")
    return own or part.id


LETTERS = "abcdefghijklmnopqrstuvwxyz"
UNITS = {"B": "bytes"}


def unit_note(question: Question, part: Part) -> str:
    """Say in which unit a number is to be given, where the text does not."""
    unit = UNITS.get(part.unit, part.unit)
    return f"in {unit}" if unit and unit not in f"{question.text} {prompt(question, part)}" else ""


def points(value: Fraction) -> str:
    """Write points: 2, 1.5, 2/3."""
    if value.denominator == 1:
        return str(value.numerator)
    return decimal(value) if 1000 % value.denominator == 0 else str(value)


class Choice(Record):
    """One option of a multiple choice; what is wrong among several right ones takes its share away."""

    label: str
    text: str
    right: bool
    share: Fraction
    feedback: str


def labelled(question: Question, part: Part) -> dict[str, str]:
    """Return what can be ticked, by label: what is listed, or yes and no, or names; nothing where one writes."""
    labels = part.labels if part.form == "choice" else {}
    return question.choices or {label: text or label for label, text in labels.items()}


def choices(question: Question, part: Part) -> list[Choice]:
    """Return the options with what each is worth: who ticks all of several right ones and nothing else has it all."""
    options, right = labelled(question, part), part.right.value
    wrong = len(options) - len(right)
    known = {label: one for one in accepted(part) if not one.right for label in one.value}
    worked = f"It is {part.right.working[0]}." if question.choices and part.right.working else ""
    found = []
    for label, text in options.items():
        if label in right:
            found.append(Choice(label, text, True, Fraction(1, len(right)), "Right."))
            continue
        share = known[label].share if label in known and len(right) == 1 else Fraction(0)
        loss = Fraction(-1, wrong) if len(right) > 1 else share  # who ticks everything gets nothing
        found.append(Choice(label, text, False, loss, known[label].feedback if label in known else worked))
    return found


def asked_alone(question: Question, part: Part) -> list[str]:
    """Return the texts that ask for a part where it stands alone: the question's, the part's, the unit."""
    unit = unit_note(question, part)
    given = ""
    if question.table is not None and question.table.given:
        cells = (f"{row}, {column}: {text}" for (row, column), text in question.table.given.items())
        given = f"Given are {'; '.join(cells)}."
    return [*filter(None, (question.text, given, prompt(question, part), f"({unit})" if unit else ""))]


def part_name(question: Question, part: Part, name: str) -> str:
    """Return the name of a part in a bank of questions: 3a params (ab12)."""
    return " ".join(filter(None, (part.id, question.topic, f"({name})" if name else "")))
