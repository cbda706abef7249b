"""Answers in lines and tables: behind their labels, below them, with the work over several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnncalc.grading.submissions.collected import Collected
from cnncalc.grading.submissions.document import Line
from cnncalc.grading.submissions.labels import ASKED, FIRST, LETTERED, MARKS, PAIR, heading_of, is_answer, labels_of
from cnncalc.grading.submissions.names import MOST_LISTED, is_beside, is_student, plain
from cnncalc.grading.submissions.tables import cells_of, is_row, is_rule, take_table
from cnncalc.problem import listed, quoted

LONGEST_QUOTE = 60
"""Characters of a line that is quoted."""
MOST_WORDS = 3
"""Words that a line of work may have; one with an equals sign may have more."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_LETTER = re.compile(r"[^\W\d_]")
_FUNCTION = re.compile(r"\b(?:floor|ceil|sqrt|round|min|max)\b")
_GOES_ON = re.compile(r"\s*+(?:[=+*/·×→⇒∴]|->|=>|\b(?:so|thus|hence|therefore|total|sum|plus)\b)", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d.,]*")
_WORKED = re.compile(r"=|[\d)\]]\s*[-+*/^]\s*[\d(\[]")


class _Block:
    """A part that was named, and the lines that stand behind and below its label."""

    def __init__(self, id: str | None, rest: str = "", *, titled: bool = False) -> None:
        self.id, self.rest, self.titled = id, rest, titled
        self.below: list[tuple[int, str]] = []

    def is_open(self, titled: bool) -> bool:
        """Return whether a bold line is the answer, because nothing else is yet, and no title of another question."""
        return self.id is not None and not (titled or self.rest or self.below)

    def answer(self, collected: Collected, unread: list[int]) -> None:
        """Hand over the answer; lines that are none of it are not read."""
        if self.id is None:
            unread.extend(at for at, _ in self.below)
            return
        lines = [(at, bare(MARKS.sub("", line, count=1))) for at, line in self.below]
        if self.rest:
            work = self._work(lines)
        elif len(lines) == 1 and collected.names.part(lines[0][1]) != self.id:
            work = lines
        else:
            work = [(at, line) for at, line in lines if is_work(line)]
        kept = {at for at, _ in work}
        unread.extend(at for at, _ in self.below if at not in kept)
        if work or self.rest or not self.titled:
            collected.take(self.id, "\n".join(filter(None, (self.rest, *(line for _, line in work)))))

    def _work(self, lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        """Return the lines that go on with an answer that was begun behind the label."""
        work: list[tuple[int, str]] = []
        before = self.rest
        opened = _opened(self.rest)  # brackets of a matrix that goes on below
        for at, line in lines:
            if opened > 0:
                work.append((at, line))
                opened += _opened(line)
                before = line
                continue
            first, last = _NUMBER.search(line), _NUMBER.findall(before)
            linked = first and last and first[0].strip(".,") == last[-1].strip(".,") and first.start() == 0
            if not (first and is_work(line)) or not (work or _WORKED.search(before) or linked or _GOES_ON.match(line)):
                break
            work.append((at, line))
            before = line
        return work


def _opened(text: str) -> int:
    """Return how many brackets a text opens and does not close."""
    return text.count("[") - text.count("]")


def is_work(line: str) -> bool:
    """Return whether a line is a calculation, a result or a few words on it, rather than prose."""
    return len(_WORD.findall(line)) <= MOST_WORDS or ("=" in line and any(c.isdigit() for c in line))


def read_lines(lines: Sequence[Line], collected: Collected, *, numbered: bool = True) -> None:
    """Read `id: answer` lines, tables and assignments; a heading names the question of what follows.

    Lines that are not read are noted by their numbers, those of a document without line numbers by their text.
    """
    unread: list[int] = []
    at, heading, section = 0, "", ""
    block = _Block(None)

    def begin(new: _Block) -> None:
        nonlocal block
        block.answer(collected, unread)
        block = new

    while at < len(lines):
        line = lines[at]
        at += 1
        if isinstance(line, dict):
            ((label, answer),) = line.items()
            if id := collected.part(label, section):
                begin(_Block(id, answer))
            elif block.id is not None and (is_answer(label) or not _LETTER.search(_FUNCTION.sub("", answer))):
                block.below.append((at, answer))  # a step without variables, whatever it is called
            continue
        if isinstance(line, list) or is_row(line):
            rows = [line]
            while at < len(lines) and (isinstance(row := lines[at], list) or (isinstance(row, str) and "|" in row)):
                rows.append(row)
                at += 1
            begin(_Block(None))
            take_table([cells_of(row) for row in rows if isinstance(row, list) or not is_rule(row)], heading, collected)
            continue
        if not line.strip() or set(line.strip()) <= set("-=_*`~"):
            continue
        title = heading_of(line)
        if title and title[1]:
            heading = section = title[0]
            begin(_Block(collected.names.column(heading), titled=True))
            continue
        for form, label, sign, rest in labels_of(line):
            rest = bare(rest)
            if form is PAIR and is_answer(label) and heading:
                id = collected.names.column(heading)
                if block.id == id:  # what stands above is the question's text
                    unread.extend(place for place, _ in block.below)
                    block = _Block(None)
                begin(_Block(id, rest))
            elif form is PAIR and is_student(label):
                collected.take(label, rest)
                heading = label
            elif form is PAIR and is_beside(label) and not (plain(label) == "total" and _goes_on(block, sign)):
                heading = label
            elif (form is PAIR and (id := collected.part(label, section))) or (
                form in (ASKED, LETTERED) and (id := collected.names.part(label))
            ):
                begin(_Block(id, rest))
                heading = label
            elif form is FIRST and collected.is_title(label, rest):
                begin(_Block(collected.names.part(label), titled=True))
                heading = label
            elif form is FIRST and (id := collected.first_word(label, section)):
                begin(_Block(id, rest))
                heading = id
            elif form is PAIR and rest and not _is_of_work(block, label, sign):
                collected.take(label, rest)
            else:
                continue
            break
        else:
            if title and not block.is_open(collected.names.is_question(title[0])):
                heading = title[0]
                begin(_Block(collected.names.column(heading), titled=True))
            else:
                block.below.append((at, line))
    begin(_Block(None))
    if unread and numbered:
        collected.note(f"{_lines_told(sorted(unread))} not read")
    elif unread:
        texts = [quoted(str(lines[at - 1]).strip(), LONGEST_QUOTE) for at in sorted(unread)]
        more = [f"{len(texts) - MOST_LISTED} more"] if len(texts) > MOST_LISTED else []
        collected.note(f"not read: {listed([*texts[:MOST_LISTED], *more])}")


def _goes_on(block: _Block, sign: str) -> bool:
    """Return whether a total is the end of the work above it, and not of the sheet."""
    return block.id is not None and (sign in "=＝" or bool(block.below))


def _is_of_work(block: _Block, label: str, sign: str) -> bool:
    """Return whether a label that no question has is a step or prose, out = 29, and no question that there is not."""
    if " " in label or len(label) >= 20:
        return True
    return block.id is not None and (sign in "=＝" or not any(c.isdigit() for c in label))


def _lines_told(places: list[int]) -> str:
    few = [str(place) for place in places[:MOST_LISTED]]
    more = ["others"] if len(places) > MOST_LISTED else []
    return f"line{'' if len(places) == 1 else 's'} {listed([*few, *more])}"


def bare(answer: str) -> str:
    """Return an answer without the marks around it."""
    answer = answer.strip()
    for mark in ("**", "__", "`", "*", "_", '"', "'"):
        if len(answer) > 2 * len(mark) and answer.startswith(mark) and answer.endswith(mark):
            answer = answer[len(mark) : -len(mark)].strip()
    for mark in ("**", "__", "`"):  # whose other half stands before the label
        if answer.endswith(mark) and answer.count(mark) == 1:
            answer = answer.removesuffix(mark).rstrip()
    return "" if set(answer) <= set("_ ….") else answer
