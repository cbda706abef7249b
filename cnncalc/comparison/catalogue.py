"""The rows of the library's networks, kept on disk by the content of each file, so that no number is ever stale.

The key of a row is the text that it was computed from and the program that computed it: another text or another line
of code is another key. A wheel brings the rows of its own networks with it, under the same keys. Where nothing can be
kept, everything is computed again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cnncalc
from cnncalc.files import SIZE_LIMIT, put, read_regular
from cnncalc.library import NotFound, ambiguous, defined, files, read_file, stem

if TYPE_CHECKING:
    from cnncalc.comparison.summary import Summary

MOST = 1_000
"""Files whose rows are kept; unused ones are removed first."""

SHIPPED = Path(cnncalc.__file__).parent / "rows.json"
"""The rows that a wheel contains; there is no such file in a checkout."""

COMPUTE = tuple(
    f"{folder}*.py" for folder in ("", "numbers/", "layers/", "spec/", "expand/", "network/", "claims/", "comparison/")
)
"""The files of the program that rows depend on."""


class Shelf:
    """All networks that have a name, and their rows as far as they were asked for."""

    def __init__(self, progress: Callable[[str], None] | None = None) -> None:
        self._kept = _read()
        self._progress = progress  # called with the name of each row that has been computed
        self._changed = False
        self._files = [(path, _key(path)) for path in files()]

    def summaries(self) -> list[Summary]:
        """Return every row, computed where it is not kept; raises NotFound when two files define a name."""
        from cnncalc.loading import uncollected

        if problems := [*ambiguous((name, path) for path, key in self._files for name in self._names(path, key))]:
            raise NotFound(problems)
        with uncollected():
            found = [self._row(path, key, name) for path, key in self._files for name in self._names(path, key)]
        self._keep()
        return found

    def names(self) -> list[str]:
        """Return every name that can be loaded, families and their networks, without computing anything."""
        found: dict[str, None] = {}
        for path, key in self._files:
            found.update(dict.fromkeys((stem(path), *self._names(path, key))))
        self._keep()
        return list(found)

    def missing(self) -> int:
        """Count the rows that have to be computed first."""
        pairs = ((key, name) for path, key in self._files for name in self._names(path, key))
        return sum(name not in self._kept[key]["rows"] for key, name in pairs)

    def find(self, names: list[str]) -> dict[str, Summary]:
        """Return the rows of those names that networks have; raises NotFound when two files define one."""
        from cnncalc.loading import uncollected

        places = [(name, path, key) for path, key in self._files for name in self._names(path, key) if name in names]
        if problems := [*ambiguous((name, path) for name, path, _ in places)]:
            raise NotFound(problems)
        with uncollected():
            found = {name: self._row(path, key, name) for name, path, key in places}
        self._keep()
        return found

    def as_text(self) -> str:
        """Return every row of the files, as a wheel ships them."""
        self.summaries()
        return _text({key: self._kept[key] for _, key in self._files})

    def _names(self, path: Path, key: str) -> list[str]:
        if key not in self._kept:
            self._kept[key] = {"names": [*defined(path, read_file(path)[0])], "rows": {}}
            self._changed = True
        names: list[str] = self._kept[key]["names"]
        return names

    def _row(self, path: Path, key: str, name: str) -> Summary:
        from cnncalc.comparison.summary import Summary, summary_of

        rows = self._kept[key]["rows"]
        if name in rows and set(rows[name]) == set(Summary._fields):
            return Summary(**rows[name])
        spec, problems = read_file(path)
        row = summary_of(spec, defined(path, spec)[name], stem(path), len(problems))
        rows[name] = row.as_dict()
        self._changed = True
        if self._progress:
            self._progress(name)
        return row

    def _keep(self) -> None:
        if self._changed:
            asked = dict.fromkeys(key for _, key in self._files)
            others = {key: entry for key, entry in self._kept.items() if key not in asked}
            newest = {**others, **{key: self._kept[key] for key in asked if key in self._kept}}
            _write(dict([*newest.items()][-MOST:]))
            self._changed = False


def folder() -> Path | None:
    """Return the folder where rows are kept; None where there is no home."""
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(given or Path.home() / ".cache") / "cnncalc"
    except RuntimeError:
        return None


def _key(path: Path) -> str:
    """Return the key of a file's name and content."""
    try:
        data = read_regular(path, SIZE_LIMIT + 1)
    except OSError:
        data = b""
    return blake2b(path.name.encode("utf-8", "surrogateescape") + b"\0" + data, digest_size=16).hexdigest()


@cache
def program() -> str:
    """Return the key of the program."""
    digest = blake2b(cnncalc.__version__.encode(), digest_size=16)
    root = Path(cnncalc.__file__).parent
    for pattern in COMPUTE:
        for path in sorted(root.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read() -> dict[str, Any]:
    """Read what is kept: the rows that were shipped, and those of the user's folder."""
    place = folder()
    return {**(_entries(place / "library.json") if place else {}), **_entries(SHIPPED)}


def _entries(file: Path) -> dict[str, Any]:
    """Read a file of rows; nothing where it cannot be read, is damaged or another program wrote it."""
    try:
        digest, _, text = file.read_bytes().partition(b"\n")
        kept = json.loads(text) if digest == _digest(text) else None
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict) or kept.get("program") != program() or not isinstance(kept.get("files"), dict):
        return {}
    return {key: entry for key, entry in kept["files"].items() if _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    names, rows = (entry.get("names"), entry.get("rows")) if isinstance(entry, dict) else (None, None)
    if not isinstance(names, list) or not isinstance(rows, dict):
        return False
    return all(isinstance(row, dict) for row in rows.values()) and all(isinstance(name, str) for name in names)


def _text(kept: dict[str, Any]) -> str:
    """Write rows: a digest on a line, so that what is damaged is not read, and the rows on the next."""
    text = json.dumps({"program": program(), "files": kept})
    return f"{_digest(text.encode()).decode()}\n{text}"


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).hexdigest().encode()


def _write(kept: dict[str, Any]) -> None:
    """Keep rows, whole or not at all; where that is not possible they are computed again next time."""
    place = folder()
    if place is None:
        return
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        put(place / "library.json", _text(kept).encode(), sync=False)
