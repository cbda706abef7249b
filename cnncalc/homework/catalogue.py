"""The keys that come with the program, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.homework.key import load_key, shipped
from cnncalc.homework.model import Key
from cnncalc.homework.wording import number
from cnncalc.render.table import CYAN, Column, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents.keys import Keys


class Summary(NamedTuple):
    """One key of the shelf."""

    name: str
    title: str
    questions: int
    answers: int
    points: str

    @classmethod
    def of(cls, name: str, key: Key) -> Summary:
        return cls(name, key.title, len(key.questions), len(key.parts), number(key.points))


def summaries() -> list[Summary]:
    return [Summary.of(name, load_key(name)) for name in shipped()]


def table(keys: Sequence[Summary]) -> Table:
    """Return a row a key: its name, its title, and how much it asks."""
    rows = [Row([key.name, key.title, str(key.questions), key.points]) for key in keys]
    columns = Column("key", style=CYAN), Column("title"), Column("questions", right=True), Column("points", right=True)
    return Table(columns=columns, rows=rows, data=lambda: (Summary._fields, keys))


def document(keys: Sequence[Summary]) -> Keys:
    """Return the keys as a document."""
    from cnncalc.documents.keys import Keys

    return Keys.model_validate([key._asdict() for key in keys])
