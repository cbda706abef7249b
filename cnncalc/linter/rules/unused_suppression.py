"""Report a suppression comment that suppresses nothing, or names an unknown rule.

Why: it was needed once. Left in place, it will hide the next finding of its kind on that line.

Bad:
    - conv1: conv 64 3x3 pad=1   # cnncalc: ignore[W301] the paper's input

Good:
    - conv1: conv 64 3x3 pad=1

Source: ruff RUF100, unused-noqa
"""

from __future__ import annotations

from cnncalc.linter.rule import Rule

RULE = Rule(code="W108", name="unused-suppression", page=__doc__, fix="safe")
"""What it finds comes from the comments themselves: see suppression.py."""
