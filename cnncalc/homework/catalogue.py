"""The keys that come with the program, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.homework.key import load_key, shipped
from cnncalc.homework.model import Key
from cnncalc.homework.wording import number
from cnncalc.render import texts

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


def lines(keys: Sequence[Summary]) -> str:
    """Print a line a key: its name, its title, and how much it asks."""
    wide = max((len(key.name) for key in keys), default=0)
    wider = max((len(key.title) for key in keys), default=0)
    return "\n".join(
        f"{key.name:<{wide}}  {key.title:<{wider}}  {key.questions:>3} questions, {key.points} points" for key in keys
    )


def document(keys: Sequence[Summary]) -> Keys:
    """Return the keys as a document."""
    from cnncalc.documents.keys import Keys

    return Keys.model_validate([key._asdict() for key in keys])


def csv_text(keys: Sequence[Summary]) -> str:
    return texts.csv_text(Summary._fields, [tuple(key) for key in keys])
