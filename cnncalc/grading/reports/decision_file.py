"""The file in which persons decide: written with an entry for everything that is open, and only added to after that."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cnncalc.files import put
from cnncalc.grading.decisions import AS_WRITTEN, FIRST, Decisions, is_untouched
from cnncalc.grading.digests import content_of, key_id
from cnncalc.grading.reports.review import who
from cnncalc.grading.review import Item
from cnncalc.grading.score_text import of_text
from cnncalc.homework.model import Key
from cnncalc.problem import Problem, Source, quoted, visible
from cnncalc.spec.reading import BOM
from cnncalc.spec.text import read

LARGEST = 500_000
"""Bytes that are written into a file: half of what is read, so that there is room for reasons."""

HEAD = """#
# Fill in `decision:` and run cnncalc grade again. An entry without a decision stays as it was marked.
#
#   decision: accept     all points of the question
#             refuse     no points
#             0.5        so many points
#   students: all        all with this answer; or some of them, as in [ann, bob]
#   reason:              why; the students see it
#   by:                  who decides: here for all, or in an entry
#
# Of a file, the decision is accept, which takes it as it was handed in, the name of another student whose it is, or
# nobody, which leaves it out.
# What you write stays as it is: what comes up later is added at the end.
"""


def fresh(key: Key, items: Iterable[Item]) -> str:
    """Write a file with an entry for everything that may be decided."""
    entries = list(map(_entry, filter(_is_decidable, items)))
    body = f"{HEAD}version: 1\nkey: {_quoted(key_id(key))}\nby:\ndecisions:{'' if entries else ' []'}\n"
    body, left = _joined(body, entries)
    if left:
        body += f"  # and {left:,} more: decide some of these, and run again\n"
    title = " ".join(visible(key.title).split())
    return f"{FIRST}{title}{AS_WRITTEN}{content_of(body.encode('utf-8', 'backslashreplace'))}\n{body}"


def appended(text: str, items: Iterable[Item], decisions: Decisions) -> str:
    """Return a file with what is open and not in it at its end; what stands there is left as it is."""
    new = [item for item in items if _is_decidable(item) and not _is_known(item, decisions)]
    if not new:
        return text
    if text.rstrip().endswith("decisions: []"):
        text = f"{text.rstrip()[: -len(' []')]}\n"
    return _joined(text if text.endswith("\n") else f"{text}\n", list(map(_entry, new)))[0]


def write(path: Path, key: Key, items: Iterable[Item], decisions: Decisions) -> list[Problem]:
    """Write the file, or add to it what is open now; return why nothing could be added. Raises OSError."""
    before = decisions.data
    text = "" if before is None else before.decode()
    written = before is None or is_untouched(text)
    new = fresh(key, items) if written else appended(text, items, decisions)
    data = new.encode("utf-8", "backslashreplace")
    if data == before:
        return []
    if not written and read(Source(str(path), new.removeprefix(BOM)))[1]:
        message = f"{quoted(str(path), 200)} does not end in its decisions, so that what is open now was not added"
        return [Problem("H706", message, None, "let `decisions:` be its last key, whose entries begin with `  - `")]
    put(path, data, before=before)
    return []


def _is_known(item: Item, decisions: Decisions) -> bool:
    return (item.question.lower() or item.file, item.digest) in decisions.known


def _is_decidable(item: Item) -> bool:
    return bool(item.digest)


def _joined(text: str, entries: list[str]) -> tuple[str, int]:
    """Return a text with entries at its end, as many as a file may have, and how many are left."""
    size = len(text.encode())
    parts = [text]
    for number, entry in enumerate(entries):
        size += len(entry.encode("utf-8", "backslashreplace"))
        if size > LARGEST:
            return "".join(parts), len(entries) - number
        parts.append(entry)
    return "".join(parts), 0


def _entry(item: Item) -> str:
    if not item.question:
        return (
            f"  # {_line(item.said)}\n"
            f"  - file: {_quoted(item.file)}\n    digest: {_quoted(item.digest)}\n    decision:\n    reason:\n"
        )
    points = f"{of_text(item.score, item.points)} point{'' if item.points == 1 else 's'}"
    answers = f"{item.count:,} answer{'' if item.count == 1 else 's'}"
    said = [f"{answers}: {item.why}, {points}; right is {item.right}", who(item), item.said]
    comments = "".join(f"  # {_line(text)}\n" for text in said if text)
    return (
        f"{comments}  - question: {_quoted(item.question)}\n    answer: {_quoted(item.answer)}\n"
        f"    digest: {_quoted(item.digest)}\n    students: all\n    decision:\n    reason:\n"
    )


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back."""
    return json.dumps(visible(text), ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(visible(text).split())
