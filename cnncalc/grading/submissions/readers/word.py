"""Word documents, by python-docx: paragraphs with the numbers of their lists, tables, equations; macros never run."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from cnncalc.grading.submissions.decode import NoText
from cnncalc.grading.submissions.document import Document, Line
from cnncalc.grading.submissions.readers.equations import linear, local
from cnncalc.grading.submissions.readers.numbering import FORMS, numbered
from cnncalc.grading.submissions.readers.package import checked, picture_notes

ABOUT = "a Word document"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
KINDS = {"decimal": "1", "lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}


def read(data: bytes) -> Document:
    names = checked(data, ABOUT).namelist()
    if any(name.endswith("vbaProject.bin") for name in names):
        raise NoText(f"unreadable: {ABOUT} with macros: save it as .docx")
    import docx

    document = docx.Document(io.BytesIO(data))
    walk = _Walk(document)
    lines = [*walk.blocks(document.element.body)]
    notes = picture_notes(walk.pictures, not any(lines))
    if walk.objects:
        notes.append(f"embedded objects in it are not read: {walk.objects}")
    return Document(lines, notes)


class _Walk:
    """One walk over a document, which counts what it does not read."""

    def __init__(self, document: Any) -> None:
        self.pictures = self.objects = 0
        self.headings = {
            style.style_id for style in document.styles if style.name and style.name.lower().startswith("heading")
        }
        self.numbers = _Numbers(document)
        self.boxes: list[Any] = []  # text boxes, which are read below the paragraph that they are tied to

    def blocks(self, parent: Any) -> Iterator[Line]:
        for node in parent:
            match local(node):
                case "p":
                    yield from self.paragraph(node)
                case "tbl":
                    yield from self.table(node)
                case "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo":
                    yield from self.blocks(node)

    def paragraph(self, node: Any) -> Iterator[Line]:
        properties = node.find(f"{W}pPr")
        style = _value(properties, "pStyle")
        first, *more = "".join(self.texts(node)).split("\n")
        if first.strip():
            number = self.numbers.next(properties, style)
            first = f"{number} {first}" if number else first
            yield f"# {first}" if style in self.headings else first
        yield from more
        boxes, self.boxes = self.boxes, []
        for box in boxes:
            yield from self.blocks(box)

    def table(self, node: Any) -> Iterator[Line]:
        for row in node.iter(f"{W}tr"):
            if next(row.iterancestors(f"{W}tbl")) is not node:
                continue  # of a table within a cell
            cells = [self.cell(cell) for cell in row.iterchildren(f"{W}tc", f"{W}sdt")]
            if len(cells) == 1:
                yield from cells[0].split("\n")
            elif any(cells):
                yield cells
        yield ""

    def cell(self, node: Any) -> str:
        lines = (", ".join(line) if isinstance(line, list) else str(line) for line in self.blocks(node))
        return "\n".join(line.removeprefix("# ") for line in lines if line.strip())

    def texts(self, node: Any) -> Iterator[str]:
        for one in node:
            match local(one):
                case "r" if _struck_out(one):
                    pass
                case "r":
                    raised = _value(one.find(f"{W}rPr"), "vertAlign") == "superscript"
                    text = "".join(self.texts(one))
                    yield _power(text) if raised and text.strip() else text
                case "t":
                    yield one.text or ""
                case "oMath" | "oMathPara":
                    yield linear(one)
                case "tab":
                    yield " "
                case "br" | "cr":
                    yield "\n"
                case "noBreakHyphen":
                    yield "-"
                case "txbxContent":
                    self.boxes.append(one)
                case "AlternateContent":
                    yield from self.texts(one[:1])  # the others are the same for older programs
                case "blip" | "imagedata":
                    self.pictures += 1
                case "OLEObject":
                    self.objects += 1
                case "del" | "moveFrom" | "pPr" | "rPr" | "instrText" | "delText":
                    pass  # what tracked changes took away, and settings
                case _:
                    yield from self.texts(one)


def _struck_out(run: Any) -> bool:
    """Return whether a run of text is struck out, so that it is not read."""
    properties = run.find(f"{W}rPr")
    if properties is None:
        return False
    marks = [properties.find(f"{W}{name}") for name in ("strike", "dstrike")]
    return any(mark is not None and mark.get(f"{W}val") not in ("0", "false", "off") for mark in marks)


def _power(text: str) -> str:
    return f"^{text}" if text.isalnum() else f"^({text})"


def _value(parent: Any, name: str) -> str:
    found = parent.find(f"{W}{name}") if parent is not None else None
    return found.get(f"{W}val") or "" if found is not None else ""


class _Numbers:
    """Counts the items of lists, as Word does when it shows them."""

    def __init__(self, document: Any) -> None:
        self.lists: dict[str, dict[str, tuple[str, str, int]]] = {}  # by id: levels with form, text and first number
        self.counts: dict[str, dict[int, int]] = {}
        self.styles = {
            style.style_id: numbers
            for style in document.styles
            if (numbers := style.element.find(f"{W}pPr/{W}numPr")) is not None
        }
        rels = document.part.rels.values()
        part = next((rel.target_part for rel in rels if rel.reltype.endswith("/numbering")), None)
        if part is None:
            return
        abstract = {}
        for one in part.element.iterfind(f"{W}abstractNum"):
            levels = {}
            for level in one.iterfind(f"{W}lvl"):
                start = _value(level, "start")
                first = int(start) if start.isdigit() else 1
                levels[level.get(f"{W}ilvl")] = (_value(level, "numFmt"), _value(level, "lvlText"), first)
            abstract[one.get(f"{W}abstractNumId")] = levels
        for one in part.element.iterfind(f"{W}num"):
            self.lists[one.get(f"{W}numId")] = abstract.get(_value(one, "abstractNumId"), {})

    def next(self, properties: Any, style: str) -> str:
        """Return the number that stands before a paragraph; "" where there is none."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        own = self.styles.get(style) if own is None else own
        id, level = _value(own, "numId"), _value(own, "ilvl") or "0"
        levels = self.lists.get(id, {})
        if level not in levels:
            return ""
        form, text, start = levels[level]
        at = int(level)
        counts = self.counts.setdefault(id, {})
        counts[at] = counts.get(at, start - 1) + 1
        for deeper in [other for other in counts if other > at]:
            del counts[deeper]
        if form not in KINDS:
            return ""
        above = [(KINDS.get(levels[str(n)][0]), n) for n in range(at) if str(n) in levels]
        if f"%{at}" not in text and all(kind for kind, _ in above):  # (b) below 2. is 2b)
            return numbered([*((kind or "1", counts.get(n, 1)) for kind, n in above), (KINDS[form], counts[at])])

        def written(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            kind, _, first = levels.get(str(other), (form, "", 1))
            return FORMS[KINDS.get(kind, "1")](counts.get(other, first))

        return re.sub(r"%(\d)", written, text)
