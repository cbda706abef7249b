"""`cnncalc lint --format json`, its statistics and settings, and `cnncalc rule --format json`."""

from __future__ import annotations

from pydantic import Field

from cnncalc.documents.base import Document, Listing


class Location(Document):
    """A place of a text."""

    row: int
    """line, from 1"""
    column: int
    """column, from 1"""


class Edit(Document):
    """One change of the text."""

    content: str
    """what is put there"""
    location: Location
    """where the change begins"""
    end_location: Location
    """where it ends: the place behind the last character"""


class Fix(Document):
    """How a finding is fixed."""

    applicability: str
    """`safe` or `unsafe`"""
    message: str
    """what it does"""
    edits: list[Edit]
    """its changes"""


class Finding(Document):
    """A finding, with the keys of ruff's JSON."""

    code: str
    """code of the rule: `W301`"""
    name: str
    """name of the rule"""
    message: str
    """what is found"""
    severity: str
    """`error`, `warning` or `note`"""
    filename: str
    """the file, with its whole path"""
    location: Location
    """where it begins"""
    end_location: Location
    """where it ends"""
    fix: Fix | None
    """how it is fixed, where the linter can"""
    noqa_row: int
    """the line of a comment that suppresses it"""
    help: str | None
    """the remedy"""
    path: list[str | int]
    """where it stands in the spec: keys and numbers of items"""
    calls: list[str]
    """the calls of blocks that lead to it"""
    more_calls: int
    """further calls with the same finding"""
    variants: list[str]
    """variants it concerns; empty for all"""


class Findings(Listing[Finding]):
    """What the linter finds."""


class Count(Document):
    """How often a rule has findings."""

    code: str
    """code of the rule"""
    name: str
    """its name"""
    count: int
    """how many findings"""
    fixable: bool
    """whether the linter can fix them"""


class Statistics(Listing[Count]):
    """`lint --statistics`: findings by rule, the most frequent first."""


class Settings(Document):
    """`lint --show-settings`: what is looked for in a file."""

    for_file: str = Field(alias="for")
    """the file that the settings hold for"""
    file: str | None
    """where they stand; null for none"""
    select: list[str]
    """rules that are looked for"""
    extend_select: list[str] = Field(alias="extend-select")
    """rules in addition"""
    ignore: list[str]
    """rules left out"""
    per_file_ignores: dict[str, list[str]] = Field(alias="per-file-ignores")
    """pattern of a file → rules left out there"""
    fixable: list[str]
    """rules that `--fix` may fix"""
    unfixable: list[str]
    """rules that it may not"""
    exclude: list[str]
    """patterns of files and folders that are not searched"""
    fail_on: str = Field(alias="fail-on")
    """the least severity that makes the exit code 1"""


class Rule(Document):
    """The manual page of a rule."""

    code: str
    """its code"""
    name: str
    """its name"""
    severity: str
    """`error`, `warning` or `note`"""
    summary: str
    """what it finds"""
    why: str
    """why that is bad"""
    bad: str
    """an example that has it"""
    good: str
    """the same without"""
    source: str
    """where the rule comes from"""
    fix: str | None
    """`safe` or `unsafe` where the linter can fix it"""
    default: bool
    """whether it is looked for unless the settings say otherwise"""
    explanation: str
    """the whole page as Markdown"""


class Rules(Listing[Rule]):
    """`rule --all`: every rule."""
