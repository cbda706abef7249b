"""A roster: who gets a variant of a quiz. Names become file names, so what is no plain name is refused."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from cnncalc.files import SIZE_LIMIT, read_regular, reason_of
from cnncalc.library import NotFound
from cnncalc.problem import Place, Problem, Problems, Source, quoted
from cnncalc.spec.text import read_bytes

COLUMNS = ("student", "student id", "id", "sis user id", "sis login id", "login", "username", "email", "name")
"""Headings of the column that identifies students, the surest first."""

CANVAS = ("sis user id", "sis login id")
"""Columns beside which Canvas has names in the column `student`."""

NAMES = ("name", "student name", "full name", "display name")
FIRST_NAMES = ("first name", "firstname", "given name", "vorname")
LAST_NAMES = ("last name", "lastname", "surname", "family name", "nachname")
LONGEST_NAME = 100

MOST_STUDENTS = 5_000
LONGEST = 60

NAME = re.compile(r"\w(?:[\w.@+' -]*[\w@+'-])?")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""What Windows takes for a device."""


def read_roster(path: str) -> dict[str, str]:
    """Return the students of a CSV file, in its order, each with what the person is called; raises Problems."""
    try:
        data = read_regular(path, SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise NotFound([Problem("E114", f"{quoted(path, 200)} cannot be read: {reason}")]) from None
    source, problems = read_bytes(path, data)
    if source is None:
        raise NotFound(problems)
    return students(source)


def students(source: Source) -> dict[str, str]:
    """Return the students of a CSV text with their names; raises Problems with all that is wrong with it."""
    rows = list(_rows(source))
    if not rows:
        raise Problems([Problem("H705", "there is no student", Place(source, 1, 1), "one a line")])
    headings = [cell.strip().casefold() for cell in rows[0][1]]
    canvas = any(name in headings for name in CANVAS)
    ids = [*CANVAS, *COLUMNS] if canvas else [*COLUMNS]
    column = next((headings.index(name) for name in ids if name in headings), None)
    called = _called(headings, (*NAMES, "student") if canvas else NAMES, column)
    body = rows if column is None else rows[1:]
    found: dict[str, tuple[str, int]] = {}
    people: dict[str, str] = {}
    problems = []
    for line, cells in body:
        cell = cells[column or 0] if len(cells) > (column or 0) else ""
        name = unicodedata.normalize("NFC", cell.strip())
        place = Place(source, line, max(1, source.line(line).find(cell) + 1), max(1, len(cell)))
        problem = _problem(name, place, found)
        if problem:
            problems.append(problem)
        else:
            found[name.casefold()] = name, line
            people[name] = called(cells)
        if len(problems) == 100:
            break
    if not found and not problems:
        problems.append(Problem("H705", "there is no student", Place(source, 1, 1), "one a line below the headings"))
    if len(found) > MOST_STUDENTS:
        message = f"{len(found):,} students, more than the {MOST_STUDENTS:,} of one quiz"
        problems.append(Problem("E112", message, Place(source, 1, 1), "split the roster"))
    if problems:
        raise Problems(problems)
    return people


def _called(headings: list[str], names: Sequence[str], column: int | None) -> Callable[[list[str]], str]:
    """Return what reads a person's name from a row: of one column, or the first and the last name."""
    at = next((headings.index(name) for name in names if name in headings), None)
    parts = [next((headings.index(name) for name in of if name in headings), None) for of in (FIRST_NAMES, LAST_NAMES)]
    columns = [i for i in ([at] if at is not None else parts) if i is not None and i != column]

    def read(cells: list[str]) -> str:
        joined = " ".join(cells[i] for i in columns if i < len(cells))
        visible = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", joined))
        return " ".join(visible.split())[:LONGEST_NAME]

    return read


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that are not empty, with their numbers; raises Problems."""
    lines = source.text.splitlines(keepends=True)
    delimiter = (
        ";" if lines and ";" in lines[0] and "," not in lines[0] else "\t" if lines and "\t" in lines[0] else ","
    )
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        place = Place(source, begin, 1)
        raise Problems([Problem("H705", f"no CSV: {error}", place, "save it again as CSV")]) from None


def _problem(name: str, place: Place, found: dict[str, tuple[str, int]]) -> Problem | None:
    if not name:
        return Problem("H705", "this row has no student", place, "delete it, or name the student")
    if name[0] in "=+-@":
        return Problem("H705", f"{quoted(name)} begins like a formula", place, "begin names with a letter or a digit")
    if name.casefold() in found:
        other = found[name.casefold()][1]
        return Problem("H705", f"{quoted(name)} stands in line {other} already", place, "each student once")
    if len(name) > LONGEST:
        return Problem("H705", f"a name of {len(name)} characters, more than {LONGEST}", place, "take a shorter one")
    if "/" in name or "\\" in name or ".." in name:
        return Problem("H705", f"{quoted(name)} is a path, and each student gets a file", place, "take a plain name")
    if not NAME.fullmatch(name) or RESERVED.fullmatch(name):
        hint = "letters, digits, spaces and . - _ @ + '"
        return Problem("H705", f"{quoted(name)} cannot name a file", place, hint)
    return None
