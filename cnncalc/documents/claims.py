"""What a spec says that others printed: the entries of `published:` and `erratum:`."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from cnncalc.documents.placed import Many, Placed, refuse
from cnncalc.problem import did_you_mean, quoted

SHARED = ("where", "source", "unit", "input", "columns", "at", "of", "than", "what", "printed")
"""Keys of an entry of `published:` beside the quantities."""

Kind = Literal["wrong", "truncated", "approximate", "other convention", "unexplained"]
ERRATA: tuple[str, ...] = get_args(Kind)
"""Why a printed number is not the computed one."""


def _kind(word: object) -> object:
    if not word:
        refuse(*Erratum.missing["kind"], code="E104")
    if word not in ERRATA:
        hint = did_you_mean(str(word), ERRATA) or f"one of {', '.join(ERRATA)}"
        refuse(f"{quoted(str(word))} is no kind of erratum", hint)
    return word


def _note(text: object) -> object:
    return text or refuse(*Erratum.missing["note"], code="E104")


class Erratum(Placed):
    """Why published values are not the computed ones."""

    unknown = "erratum has no key {}"
    known = "known are {}"
    missing = {
        "kind": ("the kind of this erratum is missing", f"one of {', '.join(ERRATA)}"),
        "note": ("the note of this erratum is missing", "say what the number is, with arithmetic"),
    }

    of: Many | None = None
    """variants that it is about; any where it is missing"""
    at: Many | None = None
    """layers that it is about; `whole` for values of the whole network"""
    what: Many | None = None
    """quantities that it is about"""
    where: Many | None = None
    """tables or sections of the source"""
    kind: Annotated[Kind, BeforeValidator(_kind)]
    """what is wrong with the printed number"""
    note: Annotated[str, BeforeValidator(_note)]
    """what the number is, with arithmetic"""
