"""Texts use the standard technical term: a glossary of words to avoid, with their replacements."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parent.parent

CELLS = r"cells?"
GLOSSARY = {
    r"(?:un)?told|(?<!please )tells?": "report, return whether, distinguish",
    r"mend(?:s|ed|ing)?": "fix",
    CELLS: "pixels, positions, or the size",
    r"(?:held|hold|holds) against": "check against",
    r"a wish|wishes|wished": "target, nearest",
    r"nothing (?:is )?lost|loses nothing": "no remainder",
    r"takes? (?:it|them|him) away": "redundant, removes",
    r"learned numbers?": "trainable parameters",
    r"here and now|once more|anew": "interactively, again",
    r"the house": "the architecture",
    r"apiece": "each",
    r"hushed|unheard": "suppressed, unreported",
}
"""A pattern of whole words, and what to write."""

TABLES = (
    "cnncalc/live/operations/products.py",  # the memory cell of an LSTM
    "docs/guides/notebooks",
    "architectures/nasnet",
    "architectures/yolo",
    "cnncalc/claims/",
    "cnncalc/documents/key.py",
    "cnncalc/exchange/blocks.py",
    "cnncalc/grading/",
    "cnncalc/homework/answers/",
    "cnncalc/homework/model.py",
    "cnncalc/quizzes/exports/",
    "cnncalc/render/",
    "docs/json.md",
)
"""Where a cell is one of a table, of a paper's grid or architecture, or a word that students write."""

PLACES = ("architectures", "cnncalc", "docs", "CONTRIBUTING.md", "README.md")
FILES = sorted(
    path
    for place in PLACES
    for path in ((ROOT / place).rglob("*") if (ROOT / place).is_dir() else [ROOT / place])
    if path.suffix in (".md", ".py", ".yaml")
)

NAMES = re.compile(r"`[^`\n]*`|\{[^{}]*\}|\bdid you mean\b|\b[a-z]+(?:_[a-z]+)+\b")
"""Code and identifiers, which are not prose."""


def prose(path: Path) -> str:
    """Return the text of a page, or the comments and strings of a source on their lines."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return NAMES.sub("", text)
    lines = [""] * (text.count("\n") + 2)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or token.type in STRINGS:
            for number, line in enumerate(token.string.split("\n"), token.start[0] - 1):
                lines[number] += f" {NAMES.sub('', line)}"
    return "\n".join(lines)


STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def test_the_words_are_technical_english() -> None:
    found = []
    for path in FILES:
        name = path.relative_to(ROOT).as_posix()
        text = prose(path)
        for pattern, replacement in GLOSSARY.items():
            if pattern == CELLS and name.startswith(TABLES):
                continue
            for match in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{name}:{line}: {match[0]!r}: write {replacement}")
    assert found == []


def test_prose_is_found() -> None:
    assert len(FILES) > 400
    assert "Texts use the standard technical term" in prose(Path(__file__))
