"""Code, tables and prose in answers, as arithmetic: np.ceil(28/2) is ceil(28/2), | H | 40 | is H: 40."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnncalc.homework.answers.number_words import in_digits
from cnncalc.homework.answers.vocabulary import AXES, NOUNS

_CELL = re.compile(r"\s*\|\s*")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_SUMMARY_ROW = re.compile(r"[a-z]\w* \([A-Z]\w*\)\s+(?:(?P<shape>[(\[][\w\s,]*[)\]])\s+)?(?P<params>\d[\d,]*)?$")
"""A row of Keras' summary: conv2d (Conv2D)  (None, 30, 30, 32)  896."""
_AXIS = "|".join(sorted((re.escape(axis) for axis in AXES), key=len, reverse=True))
_FIELDS = "stride|pad|padding|kernel|kernel_size|filter_size|input|in|dilation"
"""What stands for numbers in a formula: (in - 1)*stride - 2*pad + kernel."""
_SIZES = ("volume", "sides", "pad", "unknowns")
"""Forms of answers that are whole numbers."""

_ALWAYS = (
    (re.compile(r"^\s*(?:(?:={1,2}|-)>|[→⇒∴])\s*"), ""),
    (re.compile(r"(?<=\S)\s+(?:#\s+=?|#=|//\s+=|%\s+=)\s*(?=[\d(\[])"), " = "),  # a comment with the result
    (re.compile(r"\b(?:math|np|numpy|torch|tf|Math)\.(?=[a-z]+\()"), ""),
    (re.compile(r"\bint(?=\()"), "floor"),
    (re.compile(r"(?<=\w)\s*={2,3}(?=\s*[\d(\[])"), " ="),
    (re.compile(r"\s*\(\s*=\s*([^()]+)\)\.?\s*$"), r" = \1"),  # 40*40*32 (= 51,200 values)
    (
        re.compile(
            r"(?<=[\d)\]⌋⌉])\s+(?:which )?(?:makes|gives|equals|yields|ergibt|gibt|macht|donne|fait|da|son)"
            r"\s+(?=[\d(⌊⌈])",
            re.I,
        ),
        " = ",
    ),
    (
        re.compile(
            r"\s+(?:rounded|rounds|floored|abgerundet|aufgerundet)(?: (?:down|up))? (?:is|to|gives|makes)\s+(?=\d)",
            re.I,
        ),
        " -> ",
    ),
    (
        re.compile(
            r"\s*(?:=|~|≈)\s*(\d+)\s*\((?:rounded |we )?(?:floor|ceil|round|rounded|abgerundet|aufgerundet)(?:ed|ing)?"
            r"(?: (?:down|up|it))?\)",
            re.I,
        ),
        r" -> \1",
    ),
    (re.compile(r"(?<=\d)\s*(?:px|pixels?|Pixel|píxeles)\s*(?=(?:[x×]|by\b)\s*\d)", re.I), ""),  # 9 px x 9 px
    (re.compile(rf"(\d+)\s*\(({_AXIS})\)(?:\s*[x×,]\s*)?", re.I), r"\2=\1, "),  # 7 (h) x 3 (w)
    (re.compile(r"\b(?:p|pad|padding)_(?=(?:before|after|left|right|top|bottom|begin|end|[lrtb])\b)", re.I), ""),
    (re.compile(r"(?<=\d)(?:\.\.\.|…)"), ""),  # 0.3111…
    (re.compile(r"\b(?:out|output)_(?=[hwcd]\b|(?:height|width|channels|depth)\b)", re.I), ""),
    (re.compile(r"(?<=[\w)\]])\s+#\s*[NBCHWD](?:\s*[,x×]?\s*[NBCHWD])+$"), ""),  # (29, 29, 32) # H, W, C
    (re.compile(r"(?<=[\w)\]])\s+#\s+([^\d()]*[^\W\d_]{2}[^\d()]*)$"), r" (\1)"),
    (re.compile(rf"(?<==)[^=]*(?:[-+*/(]\s*(?:{_FIELDS})\b|(?<!\d )\b(?:{_FIELDS})\s*[-+*/)])[^=]*=(?=[^=]*\d)"), ""),
)
"""What is written in another way in every answer, and how it is read."""
_WHOLE = re.compile(r"(?<=\d)\.0(?![\d.])")
_GROUPS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d.,]*\d)(?=\s*[-+*/×)=])")
"""Groups of three digits within a calculation: 131 072 + 256."""
_NOUN_SUM = re.compile(r"\b([^\W\d_]{3,})\s*[+&]\s*([^\W\d_]{3,})\b")


def normalised(text: str, form: str) -> str:
    """Return an answer of numbers in the notation of arithmetic, line by line."""
    lines = _untabled(text.splitlines()) if "|" in text else text.splitlines()
    return "\n".join(_line(line, form) for line in lines)


def _line(line: str, form: str) -> str:
    if "(" in line and (row := _SUMMARY_ROW.match(line.strip())):
        line = (row["shape"] if form == "volume" else row["params"]) or line
    for pattern, written in _ALWAYS:
        line = pattern.sub(written, line)
    if form in _SIZES:
        line = _WHOLE.sub("", line)
    elif form == "number":
        line = _GROUPS.sub(lambda match: match[0].replace(" ", ""), line)
    line = _NOUN_SUM.sub(
        lambda match: _listed(match) if {match[1].lower(), match[2].lower()} <= NOUNS else match[0], line
    )
    return in_digits(line)


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
