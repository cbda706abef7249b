"""Every code and its name: the problems of reading and walking, and the rules."""

from __future__ import annotations

from cnncalc.linter.rules import RULES
from cnncalc.problem import CODES

ELSEWHERE = ("E121", "E122", "E123", "E124", "E125", "H")
"""Problems that no spec has: a package, a device or memory is missing, an answer is wrong."""

NAMES = {code: name for code, name in CODES.items() if not code.startswith(ELSEWHERE)}
NAMES |= {rule.code: rule.name for rule in RULES}
"""Codes in the order of the manual."""

DEFAULT = frozenset(NAMES) - {rule.code for rule in RULES if not rule.default or rule.severity == "note"}
"""What is looked for where nothing else is asked for: errors and warnings."""
