"""What homework is made of: a key with its questions and parts, what a student wrote, and the mark for it.

    key text ──key.py──> Key ──> Question ──> Part: what is asked, the right values, the mistakes that are known
    answer text ──answers.py──> Given            \\
                                                  mark.py ──> Mark: score, verdict, the mistake by name, feedback
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias, overload

from cnncalc.problem import Place, Source
from cnncalc.record import Record

Value: TypeAlias = Any
"""What an answer is, by its form:

volume    a Shape: 29x29x32
sides     a tuple of whole numbers, one a side, without channels: (29, 29)
pad       a tuple of (before, after), one pair where all sides are alike, else one a side
tensor    a Tensor: [[1, 2], [3, 4]]
number    an int, a Fraction, or a float where the value is no fraction (he_std)
formula   a symbolic.Expression: 27C²
choice    a frozenset of labels: {"b"}
unknowns  a dict of what stands for each `?`: {"stride": 4, "pad": 0}
"""

FORMS = ("volume", "sides", "pad", "tensor", "number", "formula", "choice", "unknowns")


class Conventions(Record):
    """How a course counts, where courses differ; a key sets them once, a question may set its own."""

    biases: bool = True  # params include them
    batchnorm: str = "learned"  # params of a batch norm: learned 2C, all 4C, or none
    flops: str = "two"  # FLOPs of a multiply-add: two, or one where a course says FLOPs and means MACs
    sizes: str = "floor"  # a stride that leaves a remainder: floor, or strict where that is "does not fit"
    thousand: int = 1000  # K, M, G of counts: 1000 or 1024
    megabyte: int = 1024  # KB, MB, GB; KiB and its like are always 1024s
    units: str = "either"  # of KB, MB, GB: either is taken, or what megabyte says where the key has stated it
    number_bytes: int = 4
    batch: int = 1  # images that work and activations are counted for
    activations: str = (
        "stored"  # which outputs count in a total: stored, all, or with_input, the stored ones and the input
    )
    order: str = "either"  # of a volume: hwc, chw, or either, reported in a note
    rounding: bool = False  # a count may be rounded: right where the exact value rounds to it at the digits written


class Given(Record):
    """An answer as it was understood."""

    text: str  # as written, for people
    form: str
    value: Value
    step: Fraction | None = None  # what one in the last written digit is worth, where the text is a rounded number
    unit: str = ""  # K, MB, %, x
    others: tuple[Given, ...] = ()  # other readings: K as 1024, channels first, a comma for decimals
    notes: tuple[str, ...] = ()  # what the student should know about how it was read
    slips: tuple[str, ...] = ()  # those of the notes that name a step that does not hold: 5*5*3 is 75, not 74
    partial: str = ""  # why it is not understood whole, where only a part of it was read


class Unreadable(Exception):  # noqa: N818  # a state of an answer, not a fault of ours
    """An answer that is not understood; the text says why, in a student's words, and what would be."""


class TwoAnswers(Unreadable):
    """Statements of an answer contradict each other, so that it is not clear which one is meant."""


class Right(Record):
    """A right value and how one gets there."""

    value: Value
    text: str  # as it is shown: 29x29x32, 34,944
    working: tuple[str, ...] = ()  # lines of the calculation with numbers put in
    convention: str = ""  # the convention that it holds under, where not the key's own


class Candidate(Record):
    """A wrong value that a known mistake leads to."""

    value: Value
    slugs: tuple[str, ...]  # one, or two where mistakes come in a pair
    working: str  # the student's own arithmetic: 5·5·3·100
    lesson: str  # what is wrong with it: the 100 biases are missing
    plausibility: int = 1  # of the candidates with one value, the most plausible is reported first


class Lazily(Sequence[Candidate]):
    """Candidates that are found when they are first looked at."""

    def __init__(self, find: Callable[[], list[Candidate]]) -> None:
        self._find = find
        self._found: list[Candidate] | None = None

    def _all(self) -> list[Candidate]:
        if self._found is None:
            self._found = self._find()
        return self._found

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> list[Candidate]: ...
    def __getitem__(self, index: int | slice) -> Candidate | list[Candidate]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._all())


class Part(Record):
    """One answer that is asked for."""

    id: str
    points: Fraction
    ask: str
    form: str
    rights: tuple[Right, ...]  # the key's own first, then others that are accepted
    candidates: Sequence[Candidate]  # what one mistake leads to
    text: str = ""
    unit: str = ""  # of the answer, where it has one: B, %
    credit: dict[str, Fraction] = {}  # share of the points by mistake
    tolerance: Fraction = Fraction(0)  # relative
    conventions: Conventions = Conventions()
    labels: dict[str, str] = {}  # of a choice: each label and what it says
    typed: Any = None  # the Scalar that the key's author typed, to be checked against the computed one
    row: str = ""  # of a table
    column: str = ""
    expression: Any = None  # how the right value is computed, for what follows from earlier answers
    against: Callable[[Value], str] | None = None  # why a value is not right, "" where it is, if more are than `rights`
    further: Sequence[Candidate] = ()  # what two mistakes together lead to
    others: Sequence[Candidate] = ()  # right values of something else
    accepted: tuple[Part, ...] = ()  # the same under other conventions that count as right too
    meant: Part | None = None  # the same with the network's shapes as they may be meant, where that is not as written

    @property
    def right(self) -> Right:
        return self.rights[0]


class Question(Record):
    """A question with its parts: one, several, or the cells of a table."""

    id: str
    text: str
    parts: tuple[Part, ...]
    place: Place
    topic: str = ""
    source: str = ""
    choices: dict[str, str] = {}  # label -> what it says
    table: Table | None = None

    @property
    def points(self) -> Fraction:
        return sum((part.points for part in self.parts), Fraction(0))


WHOLE = "total"
"""The row of a table that is about the whole network."""


class Table(Record):
    """A question that is a table to fill in; `cells` are part ids or given texts, by row and column."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    asked: dict[tuple[str, str], str]  # (row, column) -> id of the part
    given: dict[tuple[str, str], str]  # (row, column) -> what is printed there


class Key(Record):
    """All questions of a homework, their right answers computed."""

    title: str
    conventions: Conventions
    questions: tuple[Question, ...]
    source: Source
    notes: tuple[str, ...] = ()

    @cached_property
    def parts(self) -> dict[str, Part]:
        """Return every part by its id, in the order of the key."""
        return {part.id: part for question in self.questions for part in question.parts}

    @cached_property
    def points(self) -> Fraction:
        return sum((question.points for question in self.questions), Fraction(0))


class Diagnosis(Record):
    """A mistake that leads to what a student wrote."""

    slugs: tuple[str, ...]
    text: str  # one sentence or two, with the student's own arithmetic


VERDICTS = ("right", "partly", "wrong", "not understood", "blank")


class Mark(Record):
    """What an answer is worth, and why."""

    part: Part
    given: str  # as written; "" when blank
    read: str  # as understood; "" when not
    verdict: str
    score: Fraction
    feedback: str  # for the student, with the right answer
    hint: str = ""  # for the student, without it
    diagnoses: tuple[Diagnosis, ...] = ()
    notes: tuple[str, ...] = ()
    followed: bool = False  # right in view of an earlier wrong answer
    by: str = ""  # the person who decided it; "" where the program did
    reason: str = ""  # why, in that person's words
    before: str = ""  # the verdict that the program gave then


class Marked(Record):
    """One student's marks; `status` is "marked", or says what became of the submission."""

    student: str
    marks: tuple[Mark, ...]
    status: str = "marked"
    notes: tuple[str, ...] = ()
    file: str = ""
    claims: tuple[str, ...] = ()  # whom the submission says it is by, which decides nothing
    content: str = ""  # a digest of what was handed in

    @cached_property
    def score(self) -> Fraction:
        scores = [mark.score for mark in self.marks if mark.score]
        whole = sum(score.numerator for score in scores if score.denominator == 1)  # far faster than fractions
        return sum((score for score in scores if score.denominator != 1), Fraction(whole))
