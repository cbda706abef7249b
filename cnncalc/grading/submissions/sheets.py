"""Tables that forms and course systems export: a row a student and a column a question, or a row an answer."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from cnncalc.grading.submissions import Entry
from cnncalc.grading.submissions.decode import LARGEST, NoText, decoded
from cnncalc.grading.submissions.document import Document
from cnncalc.grading.submissions.names import LONGEST_ANSWER, MOST_LISTED, RANKS, Names, clean_name, is_beside, plain
from cnncalc.grading.submissions.rows import GivenRows, Rows
from cnncalc.problem import quoted

LONGEST_LINE = 1_000_000
MOST_ROWS = 200_000
MOST_ABOVE = 6
"""Rows of a workbook among which its heads are looked for: a title may stand above them."""
_RESPONSE = re.compile(r"(?:response|antwort|respuesta|réponse) (\d{1,4})", re.IGNORECASE)
_BESIDE_A_QUESTION = re.compile(
    r"(?:points|feedback) - |(?:question|frage|right answer|richtige antwort) \d+$"
    r"|(?:grade|bewertung)/\d|q\. ?\d+ ?/\d",
    re.IGNORECASE,
)
"""Beside the answers in exports of Microsoft Forms and of Moodle."""
_ANSWERS = ("answer", "given", "response", "value")
NOBODY = ("", "anonymous")
"""What stands where a form does not ask who answers."""
_IDS = ("question", "question id", "part", "id")


class Heads(NamedTuple):
    """What the columns of a sheet are."""

    students: list[int]  # the surest first
    parts: dict[int, str]  # column -> id of the part
    unknown: list[str]


def is_sheet(stream: BinaryIO, names: Names) -> bool:
    """Return whether a table is one of many students; a student's own has no column for whose it is."""
    try:
        head = next(Rows(_lines(stream), lambda text: None), [])
    except (csv.Error, NoText):
        return False
    finally:
        stream.seek(0)
    return is_head(head, names)


def is_head(head: list[str], names: Names) -> bool:
    """Return whether a row heads the columns of many students."""
    heads = heads_of(head, names)
    return bool(heads.students) and (bool(heads.parts) or _long(head) is not None)


def pairs_of(text: str, names: Names, warn: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """Yield the labels and answers of one student's own table: a row an answer, or one row of them."""
    read = Rows(iter(text.splitlines(keepends=True)), warn)
    rows = [row for row in read if any(cell.strip() for cell in row)]
    long = _long(rows[0]) if rows else None
    if long is None and len(rows) == 2 and heads_of(rows[0], names).parts and not _labelled(rows, names):
        yield from zip(rows[0], rows[1], strict=False)
        return
    label, answer = long or (0, 1)
    for row in rows[1:] if long else rows:
        if len(row) > max(label, answer):
            yield row[label], row[answer]


def _labelled(rows: list[list[str]], names: Names) -> bool:
    """Return whether two rows of two cells are each a question and its answer, and not heads with answers below."""
    ids = {names.part(row[0]) for row in rows}
    return all(len(row) == 2 for row in rows) and None not in ids and len(ids) == 2


def _responses(head: list[str], names: Names) -> dict[int, str]:
    """Return the columns of a Moodle quiz, `Response 1`, which count the questions of the key in their order."""
    numbers = {at: int(match[1]) for at, text in enumerate(head) if (match := _RESPONSE.fullmatch(text.strip()))}
    if all(names.part(str(number)) for number in numbers.values()):
        return {at: names.part(str(number)) or "" for at, number in numbers.items()}
    return {at: names.ids[number - 1] for at, number in numbers.items() if len(numbers) == len(names.ids) >= number > 0}


def heads_of(head: list[str], names: Names) -> Heads:
    ranked = sorted((RANKS[label], at) for at, text in enumerate(head) if (label := _label(text)) in RANKS)
    question = (_long(head) or (-1, -1))[0]
    students = [at for _, at in ranked if at != question and names.part(head[at]) is None]
    parts = _responses(head, names)
    if not parts:
        parts = {
            at: id for at, text in enumerate(head) if at not in students and (id := names.column(text)) is not None
        }
    known = {*parts, *students}
    unknown = [text for at, text in enumerate(head) if at not in known and not is_beside(text) and not _extra(text)]
    return Heads(students, parts, unknown)


def _extra(text: str) -> bool:
    """Return whether a column is what course systems put beside each question: points, its text, the right answer."""
    return text.strip().replace(".", "", 1).isdigit() or _BESIDE_A_QUESTION.match(text.strip()) is not None


def _label(text: str) -> str:
    return plain(text).replace("_", " ")


def _long(head: list[str]) -> tuple[int, int] | None:
    """Return the columns of the question and the answer, in a table of a row an answer."""
    labels = [_label(text) for text in head]
    answer = next((labels.index(name) for name in _ANSWERS if name in labels), None)
    question = next((labels.index(name) for name in _IDS if name in labels), None)
    return (question, answer) if question is not None and answer is not None else None


def rows_of(stream: BinaryIO, file: str, names: Names, warn: Callable[[str], None]) -> Iterator[Entry]:
    """Yield the submissions of a sheet; `warn` gets what is odd about its headings. One row is held at a time."""
    yield from entries_of(Rows(_lines(stream), lambda text: warn(f"{file}: {text}")), file, names, warn)


def sheet_of(document: Document, names: Names) -> GivenRows | None:
    """Return the rows of the first sheet of a workbook that is of many students."""
    sheets: list[list[list[str]]] = [[]]
    for line in document.lines:
        if isinstance(line, str) and line.startswith("# "):
            sheets.append([])
        elif isinstance(line, (str, list)):
            sheets[-1].append(line if isinstance(line, list) else [line])
    for sheet in sheets:
        for at, head in enumerate(sheet[:MOST_ABOVE]):
            if is_head(head, names):
                return GivenRows([[*row, *[""] * (len(head) - len(row))] for row in sheet[at:]], at)
    return None


def entries_of(rows: Rows | GivenRows, file: str, names: Names, warn: Callable[[str], None]) -> Iterator[Entry]:
    head = next(rows, [])
    heads, long = heads_of(head, names), _long(head)
    for text in heads.unknown[:MOST_LISTED] if heads.parts else ():
        warn(f"{file}: a column is no question: {names.unknown(text)}")
    missing = [id for id in names.ids if id not in set(heads.parts.values())] if heads.parts else []
    if missing:
        warn(f"{file}: no column is {', '.join(missing[:MOST_LISTED])}{', …' if len(missing) > MOST_LISTED else ''}")
    try:
        if heads.parts:
            yield from _wide(rows, heads, file)
        else:
            yield from _by_answer(rows, heads, long or (0, 0), file, names)
    except (csv.Error, NoText) as error:
        yield Entry(f"{file}:{rows.line}", "", status=f"unreadable: from line {rows.line} on: {error}")


def _wide(rows: Rows | GivenRows, heads: Heads, file: str) -> Iterator[Entry]:
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS:
            raise NoText(f"more than the {MOST_ROWS:,} rows that are read")
        if not any(cell.strip() for cell in row):
            continue
        where = f"{file}:{rows.line}"
        student = next((cell for at in heads.students if at < len(row) and (cell := row[at].strip()) not in NOBODY), "")
        answers, notes = _answers(row, heads)
        if not student:
            if (number == 2 and _is_second_head(row, heads)) or not any(cell.strip(" -") for cell in answers.values()):
                continue
            yield Entry(where, "", row=answers, notes=("no student is named in this row", *notes))
            continue
        if len(row) <= max(heads.parts):
            notes.insert(0, f"the row has {len(row)} cells, fewer than there are columns")
        yield Entry(where, clean_name(student), row=answers, notes=tuple(notes))


def _answers(row: list[str], heads: Heads) -> tuple[dict[str, str], list[str]]:
    """Return a row's answers, and notes on those of two columns for one question: what is filled counts."""
    answers: dict[str, str] = {}
    notes = []
    for at, id in heads.parts.items():
        if at >= len(row):
            continue
        first, cell = answers.get(id, ""), row[at][:LONGEST_ANSWER]
        if not first.strip():
            answers[id] = cell
        elif cell.strip() and cell.strip() != first.strip():
            both = f"{quoted(first.strip())} and {quoted(cell.strip())}"
            notes.append(f"{id} is answered in two columns, {both}: the first counts")
    return answers, notes


def _is_second_head(row: list[str], heads: Heads) -> bool:
    """Return whether a row without a student holds the points possible, as Canvas writes them."""
    cells = [row[at].strip() for at in heads.parts if at < len(row)]
    return any("possible" in cell.lower() for cell in row) or not any(cells)


def _by_answer(rows: Rows | GivenRows, heads: Heads, long: tuple[int, int], file: str, names: Names) -> Iterator[Entry]:
    """Yield submissions of a table with a row an answer; it is held whole, for a student's rows may lie apart."""
    question, answer = long
    students: dict[str, Entry] = {}
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS:
            raise NoText(f"more than the {MOST_ROWS:,} rows that are read")
        if len(row) <= max(question, answer):
            continue
        at = next((at for at in heads.students if at != question and at < len(row) and row[at].strip()), None)
        student = clean_name(row[at]) if at is not None else ""
        entry = students.setdefault(student, Entry(f"{file}:{number}", student, row={}))
        id = names.part(row[question])
        assert entry.row is not None
        if id is None:
            entry.notes = (*entry.notes, names.unknown(row[question]))[:MOST_LISTED]
        else:
            entry.row[id] = row[answer][:LONGEST_ANSWER]
    yield from students.values()


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a stream, decoded one at a time; no line is longer than may be. Raises NoText."""
    start = stream.read(2)
    stream.seek(0)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        text, _ = decoded(stream.read(LARGEST + 1), "")
        yield from text.splitlines(keepends=True)
        return
    first = True
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise NoText(f"a line of more than {LONGEST_LINE:,} bytes")
        if b"\0" in line:
            raise NoText("not a text: it holds a NUL byte")
        if first:
            line, first = line.removeprefix(b"\xef\xbb\xbf"), False
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield line.decode("cp1252", "replace")
