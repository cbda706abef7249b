"""Texts use the standard technical term: a glossary of words to avoid, with their replacements."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

GLOSSARY = {
    r"(?:un)?told|tells?": "report, print, say",
    r"mend(?:s|ed|ing)?": "fix",
    r"cells?": "pixels, positions, or the size",
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

CLEAN = (
    "cnncalc/comparison",
    "cnncalc/formatter",
    "cnncalc/layers",
    "cnncalc/linter",
    "cnncalc/server",
    "docs/counting.md",
    "docs/editors.md",
    "docs/language.md",
    "docs/layers.md",
    "docs/published.md",
    "docs/rules.md",
)
"""What has been rewritten; a package is added when its texts are."""

NAMES = re.compile(r"`[^`\n]*`|\bdid you mean\b|\b[a-z]+(?:_[a-z]+)+\b")
"""Code and identifiers, which are not prose."""


def files() -> list[Path]:
    """Return the sources and pages that are checked."""
    found: list[Path] = []
    for name in CLEAN:
        path = ROOT / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_words_are_technical_english(path: Path) -> None:
    text = NAMES.sub("", path.read_text("utf-8"))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]!r}: write {replacement}"
        for pattern, replacement in GLOSSARY.items()
        for number, line in enumerate(text.splitlines(), 1)
        for match in re.finditer(rf"\b(?:{pattern})\b", line, re.IGNORECASE)
    ]
    assert found == []


def test_the_checked_places_exist() -> None:
    assert all((ROOT / name).exists() for name in CLEAN)
