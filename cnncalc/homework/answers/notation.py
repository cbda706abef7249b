"""Code, tables and prose in answers, as arithmetic: np.ceil(28/2) is ceil(28/2), | H | 40 | is H: 40."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnncalc.homework.answers.number_words import in_digits
from cnncalc.homework.answers.numbers import OPERATOR
from cnncalc.homework.answers.vocabulary import AXES, NOUNS, ROUNDED, WORDS
from cnncalc.patterns import regex

_CELL = regex(r"\s*\|\s*")
_RULE = regex(r"[\s|:-]*-[\s|:-]*")
_SUMMARY_ROW = regex(
    r"[│├└─|\s]*(?:[a-z]\w* \([A-Z]\w*\)|[A-Z]\w*(?:-\d+|: \d+-\d+))[│|\s]+"
    r"(?:(?P<shape>[(\[](?:None|-?\d+)(?:,\s*\d+)*[)\]])[│|\s]+)?(?P<params>\d[\d,]*)?[│|\s]*$"
)
"""A row of a summary of Keras, torchsummary or torchinfo: conv2d (Conv2D)  (None, 30, 30, 32)  896."""
_SUMMARY_TOTAL = regex(r"^[^\w\n]*Total params:\s*(\d[\d,]*)\b.*$", re.MULTILINE)
_AXIS = "|".join(sorted((re.escape(axis) for axis in AXES), key=len, reverse=True))
_SIZES = ("volume", "sides", "pad", "unknowns")
"""Forms of answers that are whole numbers."""

_ALWAYS = (
    (regex(r"^\s*(?:(?:={1,2}|-)>|[→⇒∴])\s*"), ""),
    (regex(r"(?<=\S)\s+(?:#\s+=?|#=|//\s+=|%\s+=)\s*(?=[\d(\[])"), " = "),  # a comment with the result
    (regex(r"\b(?:math|np|numpy|torch|tf|Math)\.(?=[a-z]+\()"), ""),
    (regex(r"\bint(?=\()"), "floor"),
    (regex(r"(?<=\w)\s*={2,3}(?=\s*[\d(\[])"), " ="),
    (regex(r"\s*\(\s*=\s*([^()]+)\)\.?\s*$"), r" = \1"),  # 40*40*32 (= 51,200 values)
    (
        regex(
            r"(?<=[\d)\]⌋⌉])\s+(?:which )?(?:makes|gives|equals|yields|ergibt|gibt|macht|donne|fait|da|son)"
            r"\s+(?=[\d(⌊⌈])",
            re.I,
        ),
        " = ",
    ),
    (
        regex(
            rf"\s+(?:{ROUNDED})(?: (?:down|up))?\s*(?:(?:is|to|gives|makes|auf|ergibt|à|donne|a|da)\s|[=:])\s*(?=\d)",
            re.I,
        ),
        " -> ",
    ),
    (
        regex(
            r"\s*(?:=|~|≈)\s*(\d+)\s*\((?:rounded |we )?(?:floor|ceil|round|rounded|abgerundet|aufgerundet)(?:ed|ing)?"
            r"(?: (?:down|up|it))?\)",
            re.I,
        ),
        r" -> \1",
    ),
    (regex(r"(?<=\d)\s*(?:px|pixels?|Pixel|píxeles)\s*(?=(?:[x×]|by\b)\s*\d)", re.I), ""),  # 9 px x 9 px
    (regex(rf"(\d+)\s*\(({_AXIS})\)(?:\s*[x×,]\s*)?", re.I), r"\2=\1, "),  # 7 (h) x 3 (w)
    (regex(r"(?<=\d)\s+(?:(?:is|are|columns?|rows?|pixels?)\s+)*left[- ]over\b", re.I), ""),
    (regex(r"^\s*(?:halved|doubled|reduced|pooled|downsampled|upsampled|shrinks?|shrunk|grows?) to\b", re.I), ""),
    (regex(r"\b(?:p|pad|padding)_(?=(?:before|after|left|right|top|bottom|begin|end|[lrtb])\b)", re.I), ""),
    (regex(r",?\s*\(?(?:one|1|a single one) (?:for each|for every|per) [^\W\d_]+\)?$", re.I), ""),
    (regex(r"\bmil millones\b", re.I), "billion"),
    (regex(r"(?<=\d)(?:\.\.\.|…)"), ""),  # 0.3111…
    (regex(r"(?<=[^\W\d_])(?:\.{2,}|…)\s*(?=\w)"), "; "),
    (regex(r"\b(?:out|output)_(?=[hwcd]\b|(?:height|width|channels|depth)\b)", re.I), ""),
    (regex(r"(?<=[\w)\]])\s+#\s*[NBCHWD](?:\s*[,x×]?\s*[NBCHWD])+$"), ""),  # (29, 29, 32) # H, W, C
    (regex(r"\s*[(\[]\s*(?:n\s*[x×*,]\s*)?[hwcd](?:\s*[x×*,]\s*[hwcd]){1,3}\s*[)\]]\.?$", re.I), ""),
    (regex(r"(?<=\d)-(?=[^\W\d_]{3})"), " "),  # 7x7-Filter
    (regex(r",?\s*\(?\b(?:of which|davon|dont|de los cuales)\b[^;\n]*$", re.I), ""),  # 7600, of which 100 are biases
    (regex(r"(?<=[\w)\]])\s+#\s+([^\d()]*[^\W\d_]{2}[^\d()]*)$"), r" (\1)"),
)
"""What is written in another way in every answer, and how it is read."""
CHINESE = regex("[一-鿿]+")
_CHINESE_WORDS = frozenset(filter(CHINESE.match, WORDS))
_LONGEST_WORD = max(map(len, _CHINESE_WORDS))
_PAIRED = regex(
    r"[(\[]?\s*(?P<names>[^\W\d]\w{0,20}(?:\s*,\s*[^\W\d]\w{0,20}){1,3})\s*[)\]]?\s*=\s*"
    r"[(\[]?\s*(?P<values>\d+(?:\s*,\s*\d+){1,3})\s*[)\]]?(?![\d,])"
)
_WHOLE = regex(r"(?<=\d)\.0(?![\d.])")
_SUM_LINE = regex(r"\n[^\S\n]*[-=_—]{3,}[^\S\n]*\n(?=[^\S\n]*\d[^\n|]*\s*$)")
"""The line above a sum."""
_BY = regex(r"(?<=\d)\s+(?:par|por|mal)\s+(?=\d)", re.IGNORECASE)
_COUNT_BEHIND = regex(
    r"(?<=[\d)\]])\s*(?:->|=>|,)\s*(?:that is|i\.e\.,?|d\.h\.|das sind|soit|es decir)\s+(?=[\d,.]+ [^\W\d_]+\W*$)", re.I
)
"""What stands between a volume and the number of its values."""
_POINTS = regex(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3}){2,}(?![\d.])")
_POINTED = regex(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.,]*\d)")
"""Groups of three digits behind points; one alone may be decimals."""
_GROUPS = regex(r"(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d.,]*\d)(?=\s*[-+*/×)=])")
"""Groups of three digits within a calculation: 131 072 + 256."""
_NOUN_SUM = regex(r"\b([^\W\d_]{3,})\s*[+&]\s*([^\W\d_]{3,})\b")


def normalised(text: str, form: str) -> str:
    """Return an answer of numbers in the notation of arithmetic, line by line."""
    if not text.isascii():
        text = CHINESE.sub(_segmented, text)
    text = _SUM_LINE.sub("\ntotal: ", text) if "\n" in text else text
    lines = _untabled(text.splitlines()) if "|" in text else text.splitlines()
    return "\n".join(_line(line, form) for line in lines)


def printed_total(text: str) -> str:
    """Return the number of a printed summary's total, where a text is one; else the text."""
    total = _SUMMARY_TOTAL.search(text) if "rainable params" in text else None
    return total[1] if total else text


def _line(line: str, form: str) -> str:
    if ("(" in line or "[" in line) and (row := _SUMMARY_ROW.match(line.strip())):
        line = (row["shape"] if form == "volume" else row["params"]) or line
    line = _PAIRED.sub(_each_its_own, line)
    for pattern, written in _ALWAYS:
        line = pattern.sub(written, line)
    line = _BY.sub(" by " if form in _SIZES else " * ", line)
    if form == "volume":
        line = _COUNT_BEHIND.sub(" = ", line)
    if form in _SIZES:
        line = _WHOLE.sub("", line)
    elif form == "number":
        line = _GROUPS.sub(lambda match: match[0].replace(" ", ""), line)
        if _POINTS.search(line) and OPERATOR.search(line):
            line = _POINTED.sub(lambda match: match[0].replace(".", ""), line)
    line = _NOUN_SUM.sub(
        lambda match: _listed(match) if {match[1].lower(), match[2].lower()} <= NOUNS else match[0], line
    )
    return in_digits(line)


def _each_its_own(match: re.Match[str]) -> str:
    """Return (stride, padding) = (2, 0) as stride = 2, padding = 0."""
    names, values = (re.split(r"\s*,\s*", match[side]) for side in ("names", "values"))
    return ", ".join(map("{} = {}".format, names, values)) if len(names) == len(values) else match[0]


def _segmented(match: re.Match[str]) -> str:
    """Return the words of a Chinese text with blanks between them; a text with others as it is."""
    words = [*segments(match[0])]
    return f" {' '.join(word for word, _ in words)} " if all(known for _, known in words) else match[0]


def segments(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a Chinese text, the longest first, and whether each is known."""
    at = 0
    while at < len(text):
        end = next((n for n in range(min(len(text), at + _LONGEST_WORD), at, -1) if text[at:n] in _CHINESE_WORDS), None)
        yield text[at : end or at + 1], end is not None
        at = end or at + 1


def _listed(match: re.Match[str]) -> str:
    return f"{match[1]} and {match[2]}"


def _untabled(lines: Sequence[str]) -> list[str]:
    """Return the rows of a Markdown table as labels and values; lines as they are where there is no such table."""
    rows = [_CELL.split(line.strip().strip("|").strip()) for line in lines if line.strip()]
    at = next((n for n, line in enumerate(lines) if n == 1 and _RULE.fullmatch(line)), None)
    if at is None or len({len(row) for row in rows if len(row) > 1}) != 1 or any(len(row) == 1 for row in rows):
        return list(lines)
    header, body = rows[0], rows[2:]
    if len(header) == 2:
        return [f"{label}: {value}" for label, value in body]
    if len(body) == 1:
        return [", ".join(f"{label} = {value}" for label, value in zip(header, body[0], strict=True))]
    return list(lines)
