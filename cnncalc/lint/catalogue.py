"""Every code and its name: the problems of reading and walking, and the rules."""

from __future__ import annotations

from cnncalc.lint.errors import ERRORS
from cnncalc.lint.rules import RULES
from cnncalc.problem import CODES

NAMES = {code: CODES[code] for code in ERRORS} | {rule.code: rule.name for rule in RULES} | {"W108": "unused-suppression"}
"""Codes in the order of the manual."""

DEFAULT = frozenset(ERRORS) | {rule.code for rule in RULES if rule.default and not rule.code.startswith("N")} | {"W108"}
"""What is looked for where nothing else is asked for: errors and warnings."""
