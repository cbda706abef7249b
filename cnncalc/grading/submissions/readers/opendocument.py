"""OpenDocument texts and sheets, by odfdo: paragraphs with the numbers of their lists, tables, formulas."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from cnncalc.grading.submissions.decode import NoText
from cnncalc.grading.submissions.document import Document, Line
from cnncalc.grading.submissions.readers.equations import linear, local
from cnncalc.grading.submissions.readers.numbering import FORMS, numbered
from cnncalc.grading.submissions.readers.package import LOCKED, checked, picture_notes

ABOUT = "an OpenDocument file"
MOST_REPEATED = 100
"""How often a cell or row that says it is repeated is taken."""


def read(data: bytes) -> Document:
    archive = checked(data, ABOUT)
    if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise NoText(LOCKED)
    import odfdo

    document = odfdo.Document(io.BytesIO(data))
    walk = _Walk(document, archive)
    lines = [*walk.blocks(document.body)]
    return Document(lines, picture_notes(walk.pictures, not any(lines)))


class _Walk:
    """One walk over a document, which counts the pictures."""

    def __init__(self, document: Any, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.pictures = 0
        self.forms: dict[str, dict[int, tuple[str, int]]] = {}  # of lists, by style and level: form and first number
        for part in ("styles.xml", "content.xml"):
            for style in document.get_part(part).get_elements("//text:list-style"):
                self.forms[style.get_attribute("style:name") or ""] = {
                    int(level.get_attribute("text:level") or 1): (
                        level.get_attribute("style:num-format") or "",
                        int(level.get_attribute("text:start-value") or 1),
                    )
                    for level in style.children
                    if level.tag == "text:list-level-style-number"
                }
        self.lists: dict[str, list[int]] = {}  # the numbers of lists that another one goes on with

    def blocks(self, parent: Any) -> Iterator[Line]:
        for node in parent.children:
            match node.tag:
                case "text:h":
                    yield f"# {self.text(node)}"
                case "text:p":
                    yield from self.text(node).split("\n")
                case "text:list":
                    yield from self.list(node, "", [])
                case "table:table":
                    yield from self.table(node)
                case "text:tracked-changes" | "office:forms" | "text:sequence-decls":
                    pass
                case "draw:frame":
                    yield from self.text(node, frame=True).split("\n")
                case _:
                    yield from self.blocks(node)

    def list(self, node: Any, style: str, above: list[tuple[str, int]]) -> Iterator[Line]:
        style = node.get_attribute("text:style-name") or style
        form, start = self.forms.get(style, {}).get(len(above) + 1, ("", 1))
        goes_on = str(node.get_attribute("text:continue-numbering")).lower() == "true"
        count = self.lists.get(style, [start - 1])[-1] if goes_on else start - 1
        for item in node.children:
            if item.tag != "text:list-item":
                continue
            first = True
            count += 1
            levels = [*above, (form, count)] if form in FORMS else above
            for one in item.children:
                if one.tag == "text:list":
                    yield from self.list(one, style, levels)
                    continue
                for text in self.text(one).split("\n"):
                    head = f"{numbered(levels)} " if first and form in FORMS and text.strip() else ""
                    yield f"{head}{text}"
                    first = False
        self.lists[style] = [count]

    def table(self, node: Any) -> Iterator[Line]:
        if name := node.get_attribute("table:name"):
            yield f"# {name}"
        inside = False  # not above the rows of several cells
        for row in self._rows(node):
            cells: list[str] = []
            for cell in row.children:
                if cell.tag == "table:table-cell":
                    cells += [self.cell(cell)] * _times(cell, "table:number-columns-repeated")
            while cells and not cells[-1]:
                cells.pop()
            if len(cells) == 1 and inside:
                cells.append("")  # a question without an answer
            inside = len(cells) > 1
            if len(cells) == 1:
                yield from cells[0].split("\n")
            elif cells:
                yield from [cells] * _times(row, "table:number-rows-repeated")
            else:
                yield ""
        yield ""

    def _rows(self, node: Any) -> Iterator[Any]:
        for one in node.children:
            if one.tag == "table:table-row":
                yield one
            elif one.tag in ("table:table-header-rows", "table:table-rows", "table:table-row-group"):
                yield from self._rows(one)

    def cell(self, node: Any) -> str:
        lines = (", ".join(line) if isinstance(line, list) else str(line) for line in self.blocks(node))
        return "\n".join(line for line in lines if line.strip())

    def text(self, node: Any, *, frame: bool = False) -> str:
        return ("" if frame else node.text or "") + "".join(map(self._inner, node.children))

    def _inner(self, node: Any) -> str:
        match node.tag:
            case "text:s":
                inside = " " * min(int(node.get_attribute("text:c") or 1), MOST_REPEATED)
            case "text:tab":
                inside = " "
            case "text:line-break":
                inside = "\n"
            case "draw:image":
                self.pictures += 1
                inside = ""
            case "draw:object":
                inside = self.formula(str(node.get_attribute("xlink:href") or ""))
            case "draw:frame":
                formulas = [one for one in node.children if one.tag == "draw:object"]
                # Beside a formula stands a picture of it.
                inside = "".join(map(self._inner, formulas)) if formulas else self.text(node, frame=True)
            case "draw:text-box":
                texts = (str(line) for line in self.blocks(node) if not isinstance(line, list))
                inside = "\n" + "\n".join(texts) + "\n"
            case "office:annotation" | "text:note" | "svg:desc" | "svg:title" | "text:bookmark":
                inside = ""
            case _:
                inside = self.text(node)
        return inside + (node.tail or "")

    def formula(self, href: str) -> str:
        """Return a formula, which is a document within this one."""
        from xml.etree import ElementTree

        name = f"{href.removeprefix('./').rstrip('/')}/content.xml"
        if name not in self.archive.namelist():
            return ""
        root = ElementTree.fromstring(self.archive.read(name))
        return linear(root) if local(root) == "math" else ""


def _times(node: Any, attribute: str) -> int:
    return min(int(node.get_attribute(attribute) or 1), MOST_REPEATED)
