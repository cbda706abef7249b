"""Whose key a single submission is marked by, where each student has one: as Gradescope says who hands in.

Source: Gradescope, "Autograder specifications": submission_metadata.json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.files import read_regular, reason_of
from cnncalc.grading.keys import Keys
from cnncalc.grading.submissions.names import clean_name
from cnncalc.homework.model import Key
from cnncalc.library import NotFound
from cnncalc.problem import Problem, listed, quoted

if TYPE_CHECKING:
    from cnncalc.documents.gradescope import User

LARGEST = 10_000_000


def load_submitters(path: str) -> list[list[str]]:
    """Return the names of each who hands in; raises NotFound."""
    from pydantic import ValidationError

    from cnncalc.documents.gradescope import SubmissionMetadata

    try:
        metadata = SubmissionMetadata.model_validate_json(read_regular(path, LARGEST))
    except OSError as error:
        reason = reason_of(error)
        raise NotFound([Problem("E114", f"{quoted(path, 200)} cannot be read: {reason}")]) from None
    except ValidationError:
        message = f"{quoted(path, 200)} does not say who hands in"
        hint = "Gradescope's submission_metadata.json, with users"
        raise NotFound([Problem("E114", message, None, hint)]) from None
    return [names for names in map(_names, metadata.users) if names]


def _names(user: User) -> list[str]:
    """Return what a user is called; an email's first part last, as a login is."""
    called = [clean_name(text) for text in (user.sid, user.email, user.name, user.id) if text]
    return [*called, *(name.partition("@")[0] for name in called if "@" in name)]


def key_for(keys: Keys, submitters: list[list[str]]) -> tuple[Key | None, str]:
    """Return the key of who hands in, and what is to be said: that there is none, or that others have another."""
    found: dict[str, Key] = {}
    for names in submitters:
        own = next((key for name in names if (key := keys.of(name)) is not None), None)
        if own is not None:
            found.setdefault(own.source.name, own)
    if not found:
        who = listed([_described(names) for names in submitters]) if submitters else "nobody"
        return None, f"no key for {who}"
    first, *others = found.values()
    if others:
        return (
            first,
            f"handed in by {listed([_described(names) for names in submitters])}, who have questions of their own: "
            "the first one's are marked",
        )
    return first, ""


def _described(names: list[str]) -> str:
    return next((name for name in names if "@" in name), names[0])
