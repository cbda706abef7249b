"""What a file of settings says to the linter."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, StrictStr

from cnncalc.documents.placed import Placed

Selectors = list[StrictStr]
"""Codes, their beginnings, or names of rules."""


class LintSettings(Placed):
    """`[tool.cnncalc.lint]`: what is missing is as the linter has it."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    unknown = "lint has no key {}"
    known = "known are {}"

    select: Selectors | None = None
    """rules that are looked for, instead of the usual ones"""
    extend_select: Selectors = []
    """rules in addition"""
    ignore: Selectors = []
    """rules left out"""
    fixable: Selectors | None = None
    """rules that `--fix` may fix"""
    unfixable: Selectors = []
    """rules that it may not"""
    exclude: Selectors | None = None
    """patterns of files and folders that are not searched"""
    per_file_ignores: dict[str, Selectors] = {}
    """pattern of a file → rules left out there"""
    fail_on: Literal["error", "warning", "note"] = "error"
    """the least severity that makes the exit code 1"""
