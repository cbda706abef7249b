"""Excel workbooks, by openpyxl: the values as they were saved; formulas and hidden sheets are not read."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import Any

from cnncalc.grading.submissions.document import Document, Line
from cnncalc.grading.submissions.readers.package import checked, picture_notes

ABOUT = "an Excel workbook"
MOST_COLUMNS = 2_000
MOST_NAMED = 3


def read(data: bytes) -> Document:
    names = checked(data, ABOUT).namelist()
    import openpyxl

    notes: list[str] = []
    lines: list[Line] = []
    values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    written = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            notes.append(f"a hidden sheet, {sheet.title}, is not read")
            continue
        sheet.reset_dimensions()  # what a file says of its own size is not to be relied on
        formulas = written[sheet.title]
        formulas.reset_dimensions()
        rows = [*_rows(sheet, formulas, notes)]
        if any(rows):
            lines += [f"# {sheet.title}", *rows, ""]
    pictures = sum(name.startswith("xl/media/") for name in names)
    return Document(lines, [*notes, *picture_notes(pictures, not lines)])


def _rows(sheet: Any, formulas: Any, notes: list[str]) -> Iterator[Line]:
    without = []
    inside = False  # of a table, and not above it
    both = zip(sheet.iter_rows(max_col=MOST_COLUMNS), formulas.iter_rows(max_col=MOST_COLUMNS), strict=False)
    for row, text in both:
        cells = [_text(cell.value) for cell in row]
        for value, formula in zip(row, text, strict=False):
            if formula.data_type == "f" and value.value is None:
                without.append(f"{formula.coordinate}")
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) == 1 and inside:
            cells.append("")  # a question without an answer
        inside = len(cells) > 1
        yield cells if inside else "".join(cells)
    if without:
        few = ", ".join([*without[:MOST_NAMED], *(["…"] if len(without) > MOST_NAMED else [])])
        notes.append(f"{few}: a formula without a saved value is not read")


def _text(value: Any) -> str:
    """Return a value as Excel shows it: 15 digits, a date as one."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}" if abs(value) >= 1e15 or value % 1 else str(int(value))
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value)
