"""Every code and its name: errors of parsing and shape inference, and the rules."""

from __future__ import annotations

from cnncalc.linter.rules import RULES
from cnncalc.problem import CODES

ELSEWHERE = ("E121", "E122", "E123", "E124", "E125", "E126", "H")
"""Problems that are not in a spec: a missing package, device or memory, a wrong answer."""

NAMES = {code: name for code, name in CODES.items() if not code.startswith(ELSEWHERE)}
NAMES |= {rule.code: rule.name for rule in RULES}
"""Codes in the order of the manual."""

DEFAULT = frozenset(NAMES) - {rule.code for rule in RULES if not rule.default or rule.severity == "note"}
"""The codes that are selected by default: errors and warnings."""
