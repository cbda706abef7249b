"""Answers to the questions of a homework key, checked for one who learns: all that are given, and no others."""

from __future__ import annotations

import os
from collections.abc import Mapping

from cnncalc.grading.submissions import READ
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.read import read_own
from cnncalc.homework.key import load_key
from cnncalc.homework.mark import mark
from cnncalc.homework.model import Key
from cnncalc.homework.single import Marks
from cnncalc.library import NotFound
from cnncalc.loading import What
from cnncalc.problem import Problem, did_you_mean, quoted, visible


def check_answers(key: What, answers: Mapping[str, str] | None = None, *, file: What | None = None) -> Marks:
    """Check answers to a homework key: a file, or a name of `cnncalc list --homework`.

    `answers` are texts by the ids of the questions, as in `{"4a": "32x32x10"}`; `file` is one as a student hands it in,
    of which `answers` replace some. What is odd about it is in `notes`. Raises KeyError for an id that the key has not,
    NotFound for a file that cannot be read, and Problems of the key.
    """
    known = load_key(os.fspath(key))
    given = {**(answers or {})}
    _refuse_unknown(known, given)
    notes: tuple[str, ...] = ()
    if file is not None:
        read, notes = _read(os.fspath(file), known)
        given = {**read, **given}
    asked = {id.lower() for id in given}
    return Marks(tuple(one for one in mark(known, given) if one.part.id.lower() in asked), notes)


def _refuse_unknown(key: Key, answers: Mapping[str, str]) -> None:
    ids = {id.lower() for id in key.parts}
    for id in answers:
        if id.lower() not in ids:
            hint = did_you_mean(id, key.parts) or f"there are {', '.join(key.parts)}"
            raise KeyError(f"the key has no question {quoted(id)}: {hint}")


def _read(path: str, key: Key) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read a file of answers, and what is odd about it; raises NotFound."""
    own = read_own(path, Names(key))
    if own.status != READ:
        raise NotFound([Problem("E114", f"{own.file}: {own.status}")])
    return own.answers, tuple(visible(f"{own.file}: {note}") for note in own.notes)
