"""What persons have decided about answers and submissions, read from a file, and how marks change by it."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.files import SIZE_LIMIT, read_regular, reason_of
from cnncalc.grading.digests import answer_digest, content_of, key_id
from cnncalc.grading.keys import Keys
from cnncalc.grading.marking import data_of
from cnncalc.grading.score_text import of_text, score_text
from cnncalc.grading.submissions import Entry
from cnncalc.grading.submissions.names import clean_name
from cnncalc.homework.model import Mark, Marked
from cnncalc.problem import NoAnswer, Problem, listed, quoted, visible
from cnncalc.record import Record
from cnncalc.spec.text import read, read_bytes
from cnncalc.spec.tree import Mapping, Node
from cnncalc.spec.tree import Sequence as Items

if TYPE_CHECKING:
    from cnncalc.documents.review import Decision
    from cnncalc.grading.submissions.roster import Roster


DECIDED = "decided"
"""How a note begins on what a person has decided about a submission."""
LEFT_OUT = "left out"
"""How the status begins of a submission that nobody is marked for."""


FIRST = "# Decisions for "
AS_WRITTEN = ", as written by cnncalc: "
"""In the first line of a file of decisions, before a digest of the lines below."""


def is_untouched(text: str) -> bool:
    """Return whether nobody has changed a file of decisions since it was written."""
    first, _, body = text.partition("\n")
    return first.startswith(FIRST) and first.rpartition(AS_WRITTEN)[2] == content_of(body.encode())


class Taken(Record):
    """A decision, and how often it was applied."""

    decision: Decision
    by: str
    node: Node
    names: tuple[str, ...] = ()  # the students it is about, as they are compared; none: all
    points: Fraction = Fraction(0)
    applied: int = 0
    met: frozenset[str] = frozenset()  # of the names


class Decisions:
    """Decisions by digest. Without a file there are none."""

    def __init__(
        self,
        keys: Keys,
        taken: Sequence[Taken] = (),
        known: Container[tuple[str, str]] = (),
        data: bytes | None = None,
    ) -> None:
        self._roster = keys.roster
        self.taken = taken
        self.known = known
        """The question or the file, and the digest, of all entries, decided or not."""
        self.data = data
        """What stands in the file."""
        self._answers: dict[tuple[str, str], list[Taken]] = {}
        self._files = {one.decision.file: one for one in taken if one.decision.file}
        for one in taken:
            if one.decision.question:
                self._answers.setdefault((one.decision.question.lower(), one.decision.digest), []).append(one)

    # Submissions.

    def owned(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Yield submissions, each as that of the student whose it was decided to be."""
        for entry in entries:
            taken = self._files.get(entry.file)
            if taken is not None and content_of(data_of(entry)) == taken.decision.digest:
                taken.applied += 1
                if owner := _owner(taken.decision):
                    entry.student = clean_name(owner)
            yield entry

    def of_file(self, file: str, content: str) -> Taken | None:
        """Return the decision about a submission; None where there is none, or it was about another content."""
        taken = self._files.get(file)
        return taken if taken is not None and taken.decision.digest == content else None

    def leave_out(self, file: str, content: str) -> bool:
        """Return whether a submission was decided to be nobody's."""
        taken = self.of_file(file, content)
        return taken is not None and _is_nobodys(taken.decision)

    def settle(self, marked: Marked) -> None:
        """Change what a decision says of a submission, and of its answers."""
        taken = self.of_file(marked.file, marked.content)
        if taken is not None:
            left_out = _is_nobodys(taken.decision)
            what = "to be left out" if left_out else f"to be {quoted(marked.student)}'s"
            sentence = f"{DECIDED} {what} by {_who(taken)}"
            if left_out:
                marked.status = f"{LEFT_OUT}: {sentence}"
            marked.claims = ()
            marked.notes = (*marked.notes, sentence)
        if self._answers:
            who = _name(marked.student, self._roster)
            marked.marks = tuple(self._settled(mark, who, marked.content) for mark in marked.marks)

    def _settled(self, mark: Mark, who: str, content: str) -> Mark:
        found = self._answers.get((mark.part.id.lower(), answer_digest(mark, content)))
        taken = found and next(
            (one for one in sorted(found, key=lambda one: not one.names) if not one.names or who in one.names), None
        )
        if not taken:
            return mark
        taken.applied += 1
        taken.met |= {who}
        return decided(mark, taken.points, taken.by, visible(taken.decision.reason))

    def unused(self) -> Iterator[Problem]:
        """Yield the decisions that no answer or submission has: it is gone, or was changed."""
        for one in self.taken:
            about = one.decision
            if about.file and not one.applied:
                sentence = f"no submission {quoted(about.file, 200)} has the digest {about.digest}"
            elif about.question and not one.names and not one.applied:
                sentence = f"no answer to {about.question} has the digest {about.digest}"
            elif missing := [name for name in about.students if one.names and _name(name, self._roster) not in one.met]:
                names = listed([*map(quoted, missing)])
                sentence = f"{names} gave no answer to {about.question} with the digest {about.digest}"
            else:
                continue
            yield Problem("H706", sentence, one.node.place(), "it is gone or was changed: what is open is listed again")


def decided(mark: Mark, points: Fraction, by: str, reason: str) -> Mark:
    """Return a mark as a person has decided it."""
    verdict = "right" if points == mark.part.points else "partly" if points else "wrong"
    diagnoses = () if verdict == "right" else mark.diagnoses
    own = {"verdict": verdict, "score": points, "diagnoses": diagnoses, "by": by, "reason": reason}
    own["before"] = mark.verdict
    return Mark(**{**mark.__dict__, **own})


def decision_text(mark: Mark) -> str:
    """Say who has decided what: 0.5 of 1 point, decided by Ann: the work is shown."""
    most = mark.part.points
    sentence = f"{of_text(mark.score, most)} point{'' if most == 1 else 's'}, decided by {mark.by}"
    reason = mark.reason.strip()
    return f"{sentence}: {reason}{'' if reason.endswith(('.', '!', '?')) else '.'}" if reason else f"{sentence}."


def _is_nobodys(about: Decision) -> bool:
    """Return whether a submission is left out."""
    from cnncalc.documents.review import NOBODY

    return about.decision.lower() in NOBODY


def _owner(about: Decision) -> str:
    """Return the student that a submission was decided to be of; "" where it stays as it was handed in, or nobody's."""
    from cnncalc.documents.review import AS_HANDED_IN

    return "" if _is_nobodys(about) or about.decision.lower() == AS_HANDED_IN else about.decision


def _who(taken: Taken) -> str:
    reason = visible(taken.decision.reason)
    return f"{taken.by}: {reason}" if reason else taken.by


def _name(student: str, roster: Roster | None) -> str:
    """Return a student's name as names are compared."""
    return ((roster.find(student) if roster else None) or student).casefold()


def read_decisions(path: str | os.PathLike[str], keys: Keys) -> Decisions:
    """Read a file of decisions; raises NoAnswer with every problem in it, so that nothing is marked by half of it."""
    name = os.fspath(path)
    try:
        data = read_regular(path, SIZE_LIMIT + 1)
    except OSError as error:
        raise NoAnswer([Problem("E114", f"{quoted(name, 200)} cannot be read: {reason_of(error)}")]) from None
    source, problems = read_bytes(name, data)
    if source and is_untouched(source.text):
        return Decisions(keys, data=data)
    root, more = read(source) if source else (None, [])
    problems = [*problems, *more]
    if problems or root is None:
        raise NoAnswer(problems or [Problem("E114", f"{quoted(name, 200)} has no decisions")])
    return _judged(root, keys, data)


def _judged(root: Node, keys: Keys, data: bytes) -> Decisions:
    from cnncalc.documents.placed import read_placed
    from cnncalc.documents.review import ALL, points_of
    from cnncalc.documents.review import Decisions as Document

    key = keys.first
    points = {id.lower(): part.points for id, part in key.parts.items()}
    context: dict[str, Any] = {"points": points, "roster": keys.roster, "text": score_text}
    found, problems = read_placed(Document, root, context)
    if found is None:
        raise NoAnswer(problems)
    sentence = {name.text: value for name, value in root.pairs} if isinstance(root, Mapping) else {}
    list_ = sentence.get("decisions")
    nodes = list_.items if isinstance(list_, Items) else [list_] if list_ is not None else []
    taken: list[Taken] = []
    for one, node in zip(found.decisions, nodes, strict=True):
        if not one.decision:
            continue
        by = clean_name(one.by or found.by)
        if not by:
            problems.append(Problem("E104", "by: is missing", node.place(), "who decides, here or at the top"))
        names = () if ALL in one.students else tuple(_name(name, keys.roster) for name in one.students)
        worth = points_of(one.decision, points[one.question.lower()]) if one.question else None
        taken.append(Taken(one, by, node, names, worth or Fraction(0)))
    if found.key and found.key != key_id(key):
        message = f"these decisions are about another key: {found.key}, and this one is {key_id(key)}"
        hint = "leave `key:` out to take those whose answers are the same"
        problems.append(Problem("H706", message, sentence["key"].place(), hint))
    problems += _twice(taken, keys.roster)
    if problems:
        raise NoAnswer(problems)
    known = {(one.question.lower() or one.file, one.digest) for one in found.decisions}
    return Decisions(keys, taken, known, data)


def _twice(taken: Sequence[Taken], roster: Roster | None) -> Iterator[Problem]:
    """Yield a problem for each decision about what another one decides too."""
    seen: dict[tuple[str, ...], Taken] = {}
    for one in taken:
        for about, sentence in _subjects(one, roster):
            first = seen.setdefault(about, one)
            if first is not one:
                hint = f"the other one is in line {first.node.place().line}"
                yield Problem("E102", f"there are two decisions about {sentence}", one.node.place(), hint)
                break


def _subjects(taken: Taken, roster: Roster | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what may be decided once, and how it is called."""
    about = taken.decision
    if about.file:
        yield ("file", about.file), f"the file {quoted(about.file, 200)}"
        if owner := _owner(about):
            yield ("student", _name(owner, roster)), f"which submission is {quoted(owner)}'s"
        return
    for name in taken.names or ("",):
        sentence = f"the answer {quoted(about.answer or about.digest)} to {about.question}"
        yield (about.question.lower(), about.digest, name), f"{sentence} by {quoted(name)}" if name else sentence
