"""LaTeX documents: text without its markup, formulas as they are written, items with their numbers, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.grading.submissions.decode import decoded
from cnncalc.grading.submissions.document import Document, Line
from cnncalc.grading.submissions.readers.numbering import numbered
from cnncalc.grading.submissions.readers.package import picture_notes

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
_VERBATIM = re.compile(r"\\begin\{(verbatim|lstlisting|minted|comment)\*?\}(.*?)\\end\{\1\*?\}", re.DOTALL)
_HEADING = re.compile(r"\\(?:sub){0,2}(?:section|paragraph|chapter|question|part)\*?\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}")
_MARKUP = re.compile(
    r"\\(?:textbf|textit|texttt|textsf|textrm|emph|underline|uline|mbox|fbox|textsuperscript|hl)\s*\{([^{}]*)\}"
)
_DROPPED = re.compile(
    r"\\(?:label|vspace|hspace|usepackage|documentclass|input|include|bibliography|pagestyle|setlength|newcommand"
    r"|renewcommand|ref|cite|centering|noindent|newpage|clearpage|maketitle|hline|toprule|midrule|bottomrule|cline"
    r"|smallskip|medskip|bigskip|par|quad|qquad|large|Large|small|hfill|protect|item(?=\s*$))(?![a-zA-Z])\*?"
    r"(?:\s*\[[^\]]*\]|\s*\{[^{}]*\})*"
)
_AUTHOR = re.compile(r"\\author\s*\{([^{}]*)\}")
_STEP = re.compile(
    r"\\begin\{(?P<begin>[a-zA-Z*]+)\}(?P<options>(?:\s*\[[^\]]*\]|\s*\{[^{}]*\})*)|\\end\{(?P<end>[a-zA-Z*]+)\}"
    r"|\\item(?![a-zA-Z])\s*(?:\[(?P<item>[^\]]*)\])?|(?P<picture>\\includegraphics)(?:\s*\[[^\]]*\])?\s*\{[^{}]*\}"
    r"|(?P<row>\\\\(?:\s*\[[^\]]*\])?|\\tabularnewline)|(?P<display>\\\[|\\\]|\$\$)"
)
_LISTS = ("enumerate", "parts", "questions", "subparts")
_TABLES = ("tabular", "tabular*", "tabularx", "longtable", "array")
_FORMULAS = ("align", "align*", "equation", "equation*", "gather", "gather*", "aligned", "multline", "multline*")
_NUMBERS = re.compile(r"\\(alph|Alph|arabic|roman|Roman)\*|(?:^|[\[(])\(?([aAiI1])[).\]]")
_FORMS = {"alph": "a", "Alph": "A", "arabic": "1", "roman": "i", "Roman": "I"}
_USUAL = ("1", "a", "i", "A")
"""The numbers of LaTeX's lists within each other."""
DEEPEST = 4


def read(data: bytes) -> Document:
    text, notes = decoded(data, "")
    walk = _Walk()
    lines = [*walk.lines(text)]
    return Document(lines, [*notes, *picture_notes(walk.pictures, not any(lines))])


class _Walk:
    """One walk over a document: what is open, and how many pictures there are."""

    def __init__(self) -> None:
        self.pictures = 0
        self.lists: list[tuple[str, int]] = []  # "" is a list without numbers
        self.tables = self.formulas = 0
        self.row: list[str] = []  # what stands in the row of a table so far

    def lines(self, text: str) -> Iterator[Line]:
        text = _VERBATIM.sub(lambda found: "" if found[1] == "comment" else found[2].replace("\\", "\0"), text)
        text = _COMMENT.sub(r"\1", text)
        author = _AUTHOR.search(text)
        _, begun, body = text.partition(r"\begin{document}")
        text = body.partition(r"\end{document}")[0] if begun else text
        if author:
            yield f"name: {' '.join(author[1].split())}"
        text = _HEADING.sub("\n\n# \\1\n", text)
        for _ in range(2):  # markup within markup
            text = _MARKUP.sub(r"\1", text)
        text = _DROPPED.sub(" ", text)
        at = 0
        for step in _STEP.finditer(text):
            yield from self._text(text[at : step.start()])
            at = step.end()
            yield from self._step(step)
        yield from self._text(text[at:])

    def _step(self, step: re.Match[str]) -> Iterator[Line]:
        if name := step["begin"]:
            if name in _LISTS and len(self.lists) < DEEPEST:
                self.lists.append((self._form(step["options"]), 0))
            elif name in ("itemize", "description") and len(self.lists) < DEEPEST:
                self.lists.append(("", 0))
            self.tables += name in _TABLES
            self.formulas += name in _FORMULAS
        elif name := step["end"]:
            if name in (*_LISTS, "itemize", "description") and self.lists:
                self.lists.pop()
            if name in _TABLES and self.tables:
                yield from self._end_row()
                self.tables -= 1
                yield ""
            self.formulas = max(0, self.formulas - (name in _FORMULAS))
        elif step["picture"]:
            self.pictures += 1
        elif step["row"]:
            yield from self._end_row()
        elif not step["display"]:
            self.number = step["item"] or self._next()

    number = ""
    """What stands before the next text: the number of an item."""

    def _form(self, options: str) -> str:
        found = _NUMBERS.search(options)
        depth = sum(bool(form) for form, _ in self.lists)
        return (_FORMS[found[1]] if found[1] else found[2]) if found else _USUAL[min(depth, DEEPEST - 1)]

    def _next(self) -> str:
        if not self.lists:
            return ""
        form, number = self.lists[-1]
        self.lists[-1] = (form, number + 1)
        return numbered([level for level in self.lists if level[0]]) if form else ""

    def _text(self, text: str) -> Iterator[Line]:
        if self.tables:
            self.row.append(text)
            return
        for line in text.splitlines():
            line = self._plain(line)
            if line and self.number:
                line, self.number = f"{self.number} {line}", ""
            if line.strip("#"):
                yield line

    def _plain(self, line: str) -> str:
        line = line.replace("&=", "=").replace("=&", "=") if self.formulas else line
        line = line.replace(r"\&", "\1").replace("&", " ").replace("\1", "&")
        line = line.replace("\\%", "%").replace("\\#", "#").replace("\\_", "_").replace("~", " ").replace("\0", "\\")
        return line.strip()

    def _end_row(self) -> Iterator[Line]:
        if not self.tables:
            return
        cells = [self._plain(cell) for cell in "".join(self.row).replace(r"\&", "\1").split("&")]
        self.row = []
        if len(cells) > 1 and any(cells):
            yield [cell.replace("\1", "&") for cell in cells]
        elif cells[0]:
            yield cells[0]
