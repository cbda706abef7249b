"""Tensors that students write: [[1, 2], [3, 4]], rows line by line or behind semicolons, matrices of LaTeX, tables."""

from __future__ import annotations

import re
from fractions import Fraction

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.clean import SIGNS
from cnncalc.homework.model import Given, Unreadable
from cnncalc.patterns import regex
from cnncalc.problem import quoted
from cnncalc.values.numbers import Number, exact
from cnncalc.values.tensor import Tensor

LONGEST = 4_000
EXAMPLES = "write it as [[1, 2], [3, 4]], or a row a line"

_LABEL = regex(r"\s*(?:[A-Za-z][\w ]{0,40}[=:]|=)\s*(?=[\[({|\d\\$+.-])")
_LATEX = regex(r"\\(?:begin|end)\{[a-z]*matrix\}|\\(?:begin|end)\{array\}(?:\{[clr| ]*\})?|\\left|\\right|\$+|\\[()]")
_ARRAY = regex(r"(?:np\.|numpy\.|torch\.)?(?:array|tensor|matrix)\s*(?=\()|,\s*dtype=[\w.]+")
_TABLE_RULE = regex(r"^[\s|:+-]*-{2,}[\s|:+-]*$", re.MULTILINE)
_NUMBER = regex(r"(?P<sign>[+-]?)(?P<digits>\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:/(?P<by>[1-9]\d{0,8}))?", re.ASCII)
_TOKEN = regex(
    r"(?P<open>[\[({])|(?P<close>[\])}])|(?P<row>;|\\\\|\n)|(?P<apart>[\s,&|]+)|(?P<number>[^\s,;&|\\\[\](){}]+|\\)"
)


_AND = regex(r"(?<=\d)\s*,?\s+(?:and|und|et|y)\s+(?=[-\d.])", re.IGNORECASE)
_RESULT = regex(r"=\s*(-?\d+(?:\.\d+)?)(?=\s*(?:[,;\n]|and\b|und\b|et\b|y\b|$))", re.IGNORECASE)


class Written(Tensor):
    """A tensor as a student wrote it, with what one in the last digit of each number is worth, None of whole ones."""

    steps: tuple[Fraction | None, ...] = ()


_ROW_LABEL = regex(
    r"(?:^|[,;]?\s+|(?<=\n))(?:and |und |et |y )?(?:the |die )?"
    r"(?:(?:first|second|third|fourth|fifth|last|1st|2nd|3rd|4th"
    r"|erste|zweite|dritte|vierte|première|deuxième|troisième|primera|segunda|tercera) (?:row|zeile|ligne|fila)"
    r"|(?:row|zeile|ligne|fila) [1-9]|第[1-9一二三四五]行)(?: (?:is|ist|est|es))?\s*[:=]?\s*",
    re.IGNORECASE,
)


def read_tensor(text: str, expected: Expected) -> Given:
    """Read a tensor; raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(f"the answer has {len(text):,} characters, more than the {LONGEST:,} that are read")
    bare = _TABLE_RULE.sub("", _ARRAY.sub("", _LATEX.sub(" ", text.translate(SIGNS))))
    bare = re.sub(r"(?<![\d.])([+-])\s+(?=[\d.])", r"\1", _LABEL.sub("", _ROW_LABEL.sub("\n", bare).strip(), count=1))
    results = _RESULT.findall(text) if text.count("=") > 1 and not any(sign in text for sign in "[{\\") else []
    if len(results) == text.count("=") > 1:  # (1+3+5+7)/4 = 4 and (2+2+0+4)/4 = 2
        bare = " ".join(results)
    bare = _AND.sub(", ", bare)
    tokens = [found for found in _TOKEN.finditer(bare.strip()) if found.lastgroup != "apart"]
    if not any(token.lastgroup == "number" for token in tokens):
        raise Unreadable(f"{quoted(text.strip(), 60)} holds no numbers: {EXAMPLES}")
    rows = _bracketed(tokens) if any(token.lastgroup == "open" for token in tokens) else _lined(tokens)
    sizes, numbers = _regular(rows)
    value = Written(sizes, tuple(number for number, _ in numbers), tuple(step for _, step in numbers))
    return Given(text, expected.form, value)


Rows = list["Rows | tuple[Number, Fraction | None]"]


def _bracketed(tokens: list[re.Match[str]]) -> Rows:
    """Nest by brackets; a line that ends within a list of numbers begins no row."""
    stack: list[Rows] = [[]]
    for token in tokens:
        if token.lastgroup == "open":
            if len(stack) > 6:
                raise Unreadable("brackets are nested too deep")
            stack.append([])
        elif token.lastgroup == "close":
            if len(stack) == 1:
                raise Unreadable(f"a bracket is closed that none opened: {EXAMPLES}")
            rows = _cut(stack.pop())
            stack[-1].append(rows)
        elif token.lastgroup == "row":
            if token.group() != "\n":
                stack[-1].append([])  # stands for the end of a row until the bracket closes
        else:
            stack[-1].append(_number(token.group()))
    if len(stack) > 1:
        raise Unreadable(f"a bracket is not closed: {EXAMPLES}")
    (top,) = stack
    return top[0] if len(top) == 1 and isinstance(top[0], list) else top


def _cut(rows: Rows) -> Rows:
    """Cut a list at its semicolons: [1 2; 3 4]."""
    if [] not in rows:
        return rows
    parts: list[Rows] = [[]]
    for each in rows:
        if each == []:
            parts.append([])
        else:
            parts[-1].append(each)
    return [part for part in parts if part]


def _lined(tokens: list[re.Match[str]]) -> Rows:
    rows: list[Rows] = [[]]
    for token in tokens:
        if token.lastgroup == "row":
            rows.append([])
        else:
            rows[-1].append(_number(token.group()))
    full: Rows = [row for row in rows if row]
    return full[0] if len(full) == 1 and isinstance(full[0], list) else full


def _number(word: str) -> tuple[Number, Fraction | None]:
    found = _NUMBER.fullmatch(word)
    if not found:
        raise Unreadable(f"{quoted(word)} is no number: {EXAMPLES}")
    digits = found["digits"]
    value = Fraction(digits.rstrip(".")) / int(found["by"] or 1)
    places = len(digits.partition(".")[2])
    step = Fraction(1, 10**places) if places and not found["by"] else None
    return exact(-value if found["sign"] == "-" else value), step


def _regular(rows: Rows) -> tuple[tuple[int, ...], list[tuple[Number, Fraction | None]]]:
    """Return sizes and numbers of lists; raises Unreadable where rows differ in length."""
    sizes: tuple[int, ...] | None = None
    numbers: list[tuple[Number, Fraction | None]] = []
    for row in rows:
        own, inside = _regular(row) if isinstance(row, list) else ((), [row])
        if sizes is not None and own != sizes:
            raise Unreadable(f"its rows have different lengths: {EXAMPLES}")
        sizes = own
        numbers += inside
    return (len(rows), *(sizes or ())), numbers
