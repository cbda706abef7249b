"""What a submission says: its answers by part id, whom it says it is by, and notes on what is odd."""

from __future__ import annotations

from cnncalc.grading.submissions.names import LONGEST_ANSWER, MOST_LISTED, Names, clean_name, is_beside, is_student

MOST_LABELS = 5_000

NO_ANSWERS = "no answers: nothing in it names a question of the key"


class NotRead(Exception):  # noqa: N818  # a state of a submission, not a fault of ours
    """A submission that cannot be read; the text says why."""


class Collected:
    """What a submission says, gathered label by label."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.claims: list[str] = []  # whom it says it is by, which decides nothing
        self.answers: dict[str, str] = {}
        self.notes: list[str] = []
        self.labels = 0
        self._unknown = 0

    def take(self, label: str, answer: str) -> None:
        """Keep one label and its answer."""
        self.labels += 1
        if self.labels > MOST_LABELS:
            raise NotRead(f"unreadable: more than the {MOST_LABELS:,} answers that are read")
        id = self.names.part(label)
        if id is None:
            self.other(label, answer)
            return
        answer = answer.strip()[:LONGEST_ANSWER]
        if self.answers.get(id) not in (None, "", answer):
            self.note(f"{id} is answered twice: the last answer counts")
        self.answers[id] = answer

    def other(self, label: str, answer: str) -> None:
        """Take a label that is no question's: the student's, or one that is not known."""
        if is_student(label):
            claim = clean_name(answer)
            if claim and claim not in self.claims and len(self.claims) < MOST_LISTED:
                self.claims.append(claim)
        elif not is_beside(label):
            self._unknown += 1
            if self._unknown <= MOST_LISTED:
                self.note(self.names.unknown(label))

    def part(self, label: str, section: str) -> str | None:
        """Return the part that a label means, by itself or within the section's question."""
        return self.names.part(label) or (self.names.within(section, label) if section else None)

    def is_title(self, label: str, text: str) -> bool:
        """Return whether a line is a question's id and its text: `3. Which volume comes out?`."""
        id = self.names.part(label)
        return id is not None and self.names.part(text) == id

    def first_word(self, text: str, section: str) -> str | None:
        """Return the part that the first word of a line means; below a question's heading, a part of it alone.

        The numbers there are steps of the question's text.
        """
        within = self.names.within(section, text) if section else None
        return within if section and self.names.is_question(section) else within or self.names.part(text)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def end(self) -> None:
        if self._unknown > MOST_LISTED:
            self.note(f"{self._unknown - MOST_LISTED} more questions that there are not")
