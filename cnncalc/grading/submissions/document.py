"""What a reader makes of a document: its lines, the rows of its tables, the assignments of a program, and notes."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Line: TypeAlias = str | list[str] | dict[str, str]
"""A line of text, the cells of one row of a table, or one assignment by its name. JSON takes them as they are."""


class Document(NamedTuple):
    """A document in the order of its text."""

    lines: list[Line]
    notes: list[str]  # on what is in it and was not read
