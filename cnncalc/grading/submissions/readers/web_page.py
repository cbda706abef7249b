"""Web pages and what the editors of course systems save: blocks as lines, list items with their numbers, tables."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from cnncalc.grading.submissions.decode import NoText, decoded
from cnncalc.grading.submissions.document import Document, Line
from cnncalc.grading.submissions.readers.equations import linear
from cnncalc.grading.submissions.readers.numbering import FORMS, numbered
from cnncalc.grading.submissions.readers.package import picture_notes

LARGEST = 20_000_000
MOST_NESTED = 200
_TAG = re.compile(r"</?[a-z][a-z0-9]*[\s/>]|<!doctype", re.IGNORECASE)
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|center|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header"
    "|hr|html|legend|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
_UNSEEN = frozenset(("script", "style", "template", "title", "select", "button", "svg"))
_STRUCK_OUT = frozenset(("del", "s", "strike"))
"""Elements whose text was taken back, up to the next block where they are not closed."""


def read(data: bytes) -> Document:
    text, notes = decoded(data, "", LARGEST)
    if not _TAG.search(text):
        return Document([*text.splitlines()], [*notes])
    page = _Page()
    page.feed(text)
    page.close()
    page.line()
    return Document(page.lines, [*notes, *picture_notes(page.pictures, not any(page.lines))])


class _Page(HTMLParser):
    """Puts the text of a page together, line by line, as a browser shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.pictures = 0
        self.text: list[str] = []
        self.prefix = ""
        self.unseen: list[str] = []
        self.lists: list[tuple[str, int]] = []  # form and number; an unnumbered one has the form ""
        self.rows: list[list[str]] = []  # the row of each table that is open
        self.cells: list[list[Line]] = []  # the lines outside of each cell that is open
        self.raised: list[str] = []
        self.plain = 0  # how many <pre> are open
        self.math: list[Element] = []

    def line(self) -> None:
        """End the line that is being written."""
        text = "".join(self.text)
        self.text = []
        lines = text.split("\n") if self.plain else [" ".join(part.split()) for part in text.split("\0")]
        for number, one in enumerate(lines):
            if one.strip() or self.plain:
                self.lines.append(f"{self.prefix}{one}" if number == 0 or not self.prefix else one)
                self.prefix = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "math" or self.math:
            self._begin_math(tag, attrs)
            return
        if _BLOCKS.fullmatch(tag):
            self.unseen = [one for one in self.unseen if one not in _STRUCK_OUT]
            self.line()
        if tag in _UNSEEN or tag in _STRUCK_OUT:
            self.unseen.append(tag)
        given = dict(attrs)
        match tag:
            case "br":
                self.text.append("\n" if self.plain else "\0")
            case "img" | "object" | "embed" | "canvas":
                # Editors of course systems put equations in as pictures, with their LaTeX beside them.
                latex = given.get("data-equation-content") or given.get("alt") or ""
                if "\\" in latex or (given.get("class") or "").startswith(("equation", "Wirisformula", "texrender")):
                    self.text.append(f"${latex}$")
                else:
                    self.pictures += 1
            case "pre":
                self.plain += 1
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self.prefix = "# "
            case "ol":
                start = given.get("start") or "1"
                form = given.get("type") or "1"
                if "alpha" in (style := given.get("style") or "") or "latin" in style:
                    form = "a"
                elif "roman" in style:
                    form = "i"
                self._open_list(form if form in FORMS else "1", int(start) if start.isdecimal() else 1)
            case "ul":
                self._open_list("", 1)
            case "li":
                self._item(given.get("value"))
            case "table":
                self.rows.append([])
            case "tr":
                self._end_row()
            case "td" | "th" if self.rows:
                self._end_cell()
                self.cells.append(self.lines)
                self.lines = []
            case "sup" | "sub":
                self.raised.append(tag)
            case "input" if (given.get("type") or "text") == "text" and given.get("value"):
                self.text.append(f" {given['value']} ")

    def handle_endtag(self, tag: str) -> None:
        if self.math:
            self._end_math(tag)
            return
        if tag in self.unseen:
            del self.unseen[self.unseen.index(tag) :]
            self.text = [] if tag == "title" else self.text
        if _BLOCKS.fullmatch(tag):
            self.line()
        match tag:
            case "pre":
                self.plain = max(0, self.plain - 1)
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li":
                self.prefix = ""
            case "ol" | "ul" if self.lists:
                self.lists.pop()
            case "td" | "th":
                self._end_cell()
            case "tr":
                self._end_row()
            case "table" if self.rows:
                self._end_row()
                self.rows.pop()
                self.lines.append("")
            case "sup" | "sub" if self.raised:
                self.raised.pop()

    def handle_data(self, data: str) -> None:
        if self.math:
            last = self.math[-1]
            last.text = (last.text or "") + data
        elif not self.unseen:
            bare = data.strip()
            if self.raised and self.raised[-1] == "sup" and bare:
                self.text.append(f"^{bare}" if bare.isalnum() else f"^({bare})")
            else:
                self.text.append(data.replace("\0", " "))

    def _open_list(self, form: str, start: int) -> None:
        if len(self.lists) >= MOST_NESTED:
            raise NoText(f"unreadable: a web page with more than {MOST_NESTED} lists within each other")
        self.lists.append((form, start - 1))

    def _item(self, value: str | None) -> None:
        if not self.lists:
            return
        form, number = self.lists[-1]
        self.lists[-1] = (form, int(value) if value and value.isdecimal() else number + 1)
        levels = [level for level in self.lists if level[0]]
        self.prefix = f"{numbered(levels)} " if form else ""

    def _end_cell(self) -> None:
        if self.cells and len(self.cells) >= len(self.rows) > 0:
            self.line()
            lines = (", ".join(one) if isinstance(one, list) else str(one).removeprefix("# ") for one in self.lines)
            self.rows[-1].append("\n".join(one for one in lines if one.strip()))
            self.lines = self.cells.pop()

    def _end_row(self) -> None:
        self._end_cell()
        if not self.rows:
            return
        row = self.rows[-1]
        self.rows[-1] = []
        if len(row) > 1 and any(row):
            self.lines.append(row)
        elif row:
            self.lines.extend(row[0].split("\n"))

    def _begin_math(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if not self.math:
            self.math.append(Element(tag, given))
        elif len(self.math) < MOST_NESTED:
            self.math.append(SubElement(self.math[-1], tag, given))

    def _end_math(self, tag: str) -> None:
        if not any(one.tag == tag for one in self.math):
            return
        while self.math:
            last: Any = self.math.pop()
            if last.tag == tag:
                break
        if not self.math:
            self.text.append(linear(last))
