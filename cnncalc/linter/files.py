"""Which files are linted: those given, and those found in folders, subject to .gitignore and `exclude`."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.files import SIZE_LIMIT, read_regular, reason_of
from cnncalc.library import SUFFIXES
from cnncalc.loading.find import OF_SPECS, is_binary, is_chain
from cnncalc.problem import Place, Problem, Source, quoted

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from cnncalc.exchange.readers import Reader
    from cnncalc.linter.settings import Settings


@dataclass(frozen=True, slots=True)
class Search:
    """The files that were found, each once, and the folders that cannot be read."""

    files: tuple[str, ...]
    missing: tuple[str, ...]  # paths that do not exist
    problems: tuple[Problem, ...]  # folders that cannot be read


def search(paths: Iterable[str], settings_for: Callable[[str], Settings]) -> Search:
    """Find the files of paths; one that is given explicitly is included whatever its name, and so is a chain."""
    files: dict[str, None] = {}
    missing, problems = [], []
    for path in paths:
        try:
            mode = os.lstat(path).st_mode
        except (OSError, ValueError):
            if is_chain(path) or is_other_tools(path):
                files[path] = None
            else:
                missing.append(path)
            continue
        if (stat.S_ISLNK(mode) and os.path.isdir(path)) or stat.S_ISDIR(mode):
            for found in _in_folder(path, settings_for):
                if isinstance(found, Problem):
                    problems.append(found)
                else:
                    files[found] = None
        else:
            files[path] = None
    return Search(tuple(files), tuple(missing), tuple(problems))


def _in_folder(path: str, settings_for: Callable[[str], Settings]) -> Iterator[str | Problem]:
    """Yield the files below a folder; links to folders are not followed, so there are no loops."""
    stack = [path]
    while stack:
        folder = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield unreadable(folder, error)
            continue
        below = []
        settings = settings_for(os.path.join(folder, "_"))
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not entry.name.endswith(SUFFIXES):
                continue
            whole = Path(os.path.abspath(entry.path))
            if settings.excludes(whole) or ignored(whole, is_folder):
                continue
            if is_folder:
                below.append(entry.path)
            elif not entry.is_symlink() or not os.path.isdir(entry.path):
                yield os.path.normpath(entry.path)
        stack.extend(reversed(below))


def ignored(path: Path, is_folder: bool) -> bool:
    """Return whether a .gitignore of the repository, the nearest first, excludes a path."""
    root = _repository(path.parent)
    if root is None:
        return False
    folder = path.parent
    while True:
        patterns = _patterns(folder)
        if patterns is not None:
            verdict = patterns.check_file(f"{path.relative_to(folder).as_posix()}{'/' * is_folder}").include
            if verdict is not None:
                return verdict
        if folder == root:
            return False
        folder = folder.parent


@lru_cache(maxsize=4096)
def _repository(folder: Path) -> Path | None:
    """Return the root of the git repository around a folder."""
    if (folder / ".git").exists():
        return folder
    return None if folder.parent == folder else _repository(folder.parent)


@lru_cache(maxsize=4096)
def _patterns(folder: Path) -> GitIgnoreSpec | None:
    lines: list[str] = []
    for file in (folder / ".git" / "info" / "exclude", folder / ".gitignore"):
        try:
            lines += read_regular(file, SIZE_LIMIT).decode("utf-8", "replace").splitlines()
        except OSError:
            continue
    if not lines:
        return None
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def read_file(path: str) -> bytes | Problem:
    """Read a file, at most one byte more than the limit; only regular files, because others may never end."""
    try:
        data = read_regular(path, SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        return unreadable(path, error)
    return data if path.endswith(OF_SPECS) else _foreign(path, data) or data


def is_other_tools(path: str) -> bool:
    """Return whether a path names a network of another tool: a file that is read as one, or a callable of Python."""
    from cnncalc.exchange.importing import is_foreign

    if path.endswith(OF_SPECS):
        return False
    try:
        data = read_regular(path, SIZE_LIMIT + 1)
    except (OSError, ValueError):
        return is_foreign(path)
    reader = _reader(data)
    return reader is not None and reader.module is not None


def _reader(data: bytes) -> Reader | None:
    from cnncalc.exchange import readers

    return readers.of_bytes(data) if is_binary(data) else readers.of_text(data.decode("utf-8", "replace"))


def _foreign(path: str, data: bytes) -> Problem | None:
    """Return the problem of a file of another tool, which would be written over as a spec; None where it is none."""
    reader = _reader(data)
    if reader is None:
        return None
    hint = f"`cnncalc import {path} -o FILE` writes it as a spec" if reader.module else None
    return Problem("E114", f"it is {reader.what}, and no spec", Place(Source(path, ""), 1, 1), hint)


def unreadable(path: str, error: Exception) -> Problem:
    """Return the problem of a file or folder that cannot be read."""
    reason = reason_of(error)
    return Problem(
        "E114", f"{quoted(os.path.basename(path) or path, 80)} cannot be read: {reason}", Place(Source(path, ""), 1, 1)
    )
