"""What a person must look at: equal answers, which one decision settles, submissions, and what was not read of them."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property

from cnncalc.grading.decisions import DECIDED, LEFT_OUT
from cnncalc.grading.digests import answer_digest
from cnncalc.grading.gathering import MISSING, NAMELESS, SUPERSEDED, counts, other_claims
from cnncalc.grading.marking import MARKED, NO_KEY
from cnncalc.homework.model import Key, Mark, Marked
from cnncalc.record import Record

NOT_UNDERSTOOD = "not understood"
UNNAMED = "wrong, no mistake named"
CONVENTION = "right under another convention"
NOTED = "right, with a note"
EQUAL = "equal wrong answers"
OWNER = "whose it is"
UNREAD = "not read"
REMARK = "note on the file"
WHYS = (OWNER, NOT_UNDERSTOOD, UNNAMED, CONVENTION, NOTED, UNREAD, REMARK, EQUAL)
"""Why something is listed; of what saves equally much work, in this order."""

MOST_ITEMS = 10_000
"""Different things to look at that are held; further ones are counted."""
MOST_NAMED = 5
"""Students of an item that are named; the sheet of answers has all of them, by the digest."""
LONGEST = 300
"""Characters of an answer that are shown."""

_OTHERWISE = ("right under the convention", "right if the shape is meant otherwise")


class Item(Record):
    """One thing to look at: equal answers to a question, or a submission."""

    why: str
    students: tuple[str, ...]  # the first of them
    count: int = 1
    question: str = ""  # id of the part
    answer: str = ""  # as the first of them wrote it
    right: str = ""
    score: Fraction = Fraction(0)
    points: Fraction = Fraction(0)
    said: str = ""  # what the program says of it
    file: str = ""
    digest: str = ""


def why_of(mark: Mark) -> str:
    """Return why an answer is looked at; "" for one that needs no look, or that a person has decided."""
    if mark.by or mark.verdict == "blank":
        return ""
    if mark.verdict == "not understood":
        return NOT_UNDERSTOOD
    if mark.verdict != "right":
        return EQUAL if mark.diagnoses else UNNAMED
    if mark.followed or not mark.notes:
        return ""
    return CONVENTION if any(note.startswith(_OTHERWISE) for note in mark.notes) else NOTED


class Review:
    """Everything to look at, gathered student by student, in memory that is bounded."""

    def __init__(self, key: Key) -> None:
        self._order = {id: at for at, id in enumerate(key.parts)}
        self._groups: dict[str, Item] = {}
        self._files: list[Item] = []
        self.left = 0
        """Answers and submissions beyond what is held."""

    def take(self, marked: Marked) -> None:
        """Look at one submission."""
        if marked.status == MISSING or marked.status.startswith((SUPERSEDED, LEFT_OUT)):
            return
        if said := owner_open(marked):
            self._add(OWNER, marked, said)
        elif not marked.marks:
            self._add(UNREAD, marked, marked.status)
        for note in () if any(note.startswith(DECIDED) for note in marked.notes) else marked.notes:
            if not marked.claims or note != other_claims(marked):
                self._add(REMARK, marked, note)
        for mark in marked.marks if counts(marked) else ():
            if why := why_of(mark):
                self._answer(why, mark, marked)

    def _add(self, why: str, marked: Marked, said: str) -> None:
        if len(self._files) < MOST_ITEMS:
            digest = marked.content if why == OWNER else ""
            self._files.append(Item(why, (marked.student,), said=said, file=marked.file, digest=digest))
        else:
            self.left += 1

    def _answer(self, why: str, mark: Mark, marked: Marked) -> None:
        digest = answer_digest(mark, marked.content)
        item = self._groups.get(digest)
        if item is not None:
            item.count += 1
            if len(item.students) < MOST_NAMED:
                item.students = (*item.students, marked.student)
        elif len(self._groups) < MOST_ITEMS:
            answer = " ".join(mark.given.split())
            self._groups[digest] = Item(
                why,
                (marked.student,),
                question=mark.part.id,
                answer=answer if len(answer) <= LONGEST else f"{answer[: LONGEST - 1]}…",
                right=mark.part.right.text,
                score=mark.score,
                points=mark.part.points,
                said=_said(why, mark),
                digest=digest,
            )
        else:
            self.left += 1

    @cached_property
    def items(self) -> list[Item]:
        """All that is to be looked at, what settles most answers first; a wrong one with a name, if repeated."""
        listed = [item for item in self._groups.values() if item.why != EQUAL or item.count > 1]
        return sorted((*self._files, *listed), key=self._rank)

    def _rank(self, item: Item) -> tuple[int, int, int, str, str]:
        at = self._order.get(item.question, -1)
        return -item.count, WHYS.index(item.why), at, item.answer, item.file


def owner_open(marked: Marked) -> str:
    """Say what is open about whose a submission is; "" where nothing is."""
    if marked.claims:
        return other_claims(marked)
    if marked.student == NAMELESS:
        return "no student is named"
    return marked.status if marked.status == NO_KEY or (marked.marks and marked.status != MARKED) else ""


def _said(why: str, mark: Mark) -> str:
    """Return what the program says of an answer, in short."""
    if why in (CONVENTION, NOTED):
        return "; ".join(mark.notes)
    if why == EQUAL:
        return " or ".join(dict.fromkeys(slug for one in mark.diagnoses[:2] for slug in one.slugs))
    return mark.hint if why == NOT_UNDERSTOOD else ""
