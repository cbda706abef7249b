"""Jupyter notebooks: the text of Markdown cells, the assignments and comments of code cells, and what they printed."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel, ValidationError

from cnncalc.grading.submissions.decode import NoText, decoded
from cnncalc.grading.submissions.document import Document, Line
from cnncalc.grading.submissions.readers import program, web_page
from cnncalc.grading.submissions.readers.package import picture_notes

LARGEST = 20_000_000
LONGEST_OUTPUT = 100_000
"""Characters of the output of a cell that are read."""
_ESCAPES = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b")
_HTML = re.compile(r"</?(?:p|div|table|tr|td|ol|ul|li|br|h[1-6]|span|b|i|sup)\b[^>]*>", re.IGNORECASE)


class Output(BaseModel):
    """What a cell printed, returned or drew."""

    text: str | list[str] = ""
    data: dict[str, Any] = {}


class Cell(BaseModel):
    """One cell."""

    cell_type: str = ""
    source: str | list[str] = ""
    outputs: list[Output] = []


class Notebook(BaseModel):
    """A notebook of format 4."""

    cells: list[Cell]


def read(data: bytes) -> Document:
    text, notes = decoded(data, "", LARGEST)
    try:
        notebook = Notebook.model_validate(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        raise NoText("unreadable: no notebook of format 4, as Jupyter saves it") from None
    lines: list[Line] = []
    known: dict[str, str] = {}  # what names stand for, from cell to cell
    pictures = 0
    for cell in notebook.cells:
        source = _joined(cell.source)
        if cell.cell_type == "code":
            found, drawn = _outputs(cell.outputs)
            lines_read = program.lines_of(source, known)
            # What a cell printed is its result, and not what it calculated with.
            lines += [line for line in lines_read if not (found and isinstance(line, dict) and _is_variable(line))]
            lines += found
            pictures += drawn
        elif cell.cell_type in ("markdown", "raw"):
            pictures += len(_PICTURE.findall(source))
            source = _PICTURE.sub("", source)
            lines += web_page.read(source.encode()).lines if _is_html(source) else source.splitlines()
        lines.append("")
    return Document(lines, [*notes, *picture_notes(pictures, not any(lines))])


def _is_html(source: str) -> bool:
    """Return whether a cell is written in HTML, where more lines than not have its tags."""
    lines = [line for line in source.splitlines() if line.strip()]
    return bool(lines) and sum(_HTML.search(line) is not None for line in lines) * 2 > len(lines)


def _is_variable(assigned: dict[str, str]) -> bool:
    """Return whether an assignment is to no question, whose ids have digits."""
    return not any(c.isdigit() for label in assigned for c in label)


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def _outputs(outputs: list[Output]) -> tuple[list[Line], int]:
    """Return the lines of what a cell printed and returned, and how many pictures it drew."""
    lines: list[Line] = []
    pictures = 0
    for output in outputs:
        lines_read = _joined(output.text) or _joined(output.data.get("text/plain", ""))
        if any(kind.startswith("image/") for kind in output.data):
            pictures += 1
        else:
            lines += _ESCAPES.sub("", lines_read[:LONGEST_OUTPUT]).splitlines()
    return lines, pictures
