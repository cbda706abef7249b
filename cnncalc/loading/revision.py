"""A file as it stood at a revision of git: `HEAD~1:net.cnn.yaml`, read by git, which runs nothing of the repository."""

from __future__ import annotations

import os
import re
import subprocess

from cnncalc.files import SIZE_LIMIT
from cnncalc.library import NotFound
from cnncalc.problem import Problem, did_you_mean, quoted

REVISION = re.compile(r"(?P<revision>[^\s:-][^\s:]*):(?P<path>[^:]*[./\\][^:]*?)(?::(?P<variant>[^:]+))?")
"""A revision, a path in it, and a variant: what begins with - is no revision, and git would read it as an option."""

OF_FILES = (".yaml", ".yml", ".json", ".py", ".cfg", ".prototxt", ".onnx", ".txt")
"""Endings of what stands before a variant's name, and is no revision."""

TIME = 30
"""Seconds that git has."""


def as_revision(what: str) -> tuple[str, str, str | None] | None:
    """Return the revision, the path and the variant that a text names; None where it is no such text."""
    found = REVISION.fullmatch(what)
    if found is None or found["revision"].endswith(OF_FILES) or os.path.exists(what):
        return None
    return found["revision"], found["path"], found["variant"]


def bytes_at(revision: str, path: str) -> bytes:
    """Return a file's content at a revision: from the root of the repository, else from the current folder.

    Raises NotFound without git, outside a repository, for an unknown revision or path, and for too large a file.
    """
    _check(revision)
    for written in (path, f"./{path}"):
        kind = _tried("cat-file", "-t", f"{revision}:{written}")
        if kind is None:
            continue
        if kind.strip() != b"blob":
            raise NotFound([Problem("E114", f"{quoted(path, 200)} is a folder at {revision}", None, "name a file")])
        if int(_tried("cat-file", "-s", f"{revision}:{written}") or 0) > SIZE_LIMIT:
            message = f"{quoted(path, 200)} at {revision} has more than {SIZE_LIMIT:,} bytes"
            raise NotFound([Problem("E112", message)])
        return _git("cat-file", "blob", f"{revision}:{written}", said=f"{path} at {revision} cannot be read")
    listed = _tried("ls-tree", "-r", "--name-only", "--full-tree", "-z", revision) or b""
    names = listed[:SIZE_LIMIT].decode("utf-8", "replace")
    hint = did_you_mean(path, names.split("\0")) or "a path from the root of the repository, or from this folder"
    raise NotFound([Problem("E114", f"there is no file {quoted(path, 200)} at {revision}", None, hint)])


def is_at(revision: str, path: str) -> bool:
    """Return whether there is such a file at a revision; raises NotFound without git, and for an unknown revision."""
    _check(revision)
    return _tried("cat-file", "-e", f"{revision}:{path}") is not None


def _check(revision: str) -> None:
    """Raise NotFound outside a repository, and for a revision that git does not know."""
    if revision.startswith("-") or re.search(r"[\s:]", revision):
        raise NotFound([Problem("E114", f"{quoted(revision)} is no revision", None, "as in HEAD~1, main or v1.2")])
    _git("rev-parse", "--git-dir", said="this folder is in no repository of git")
    if _tried("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") is None:
        names = (_tried("for-each-ref", "--format=%(refname:short)", "--count=500") or b"").decode("utf-8", "replace")
        hint = did_you_mean(revision, names.split()) or "`git log --oneline` and `git branch -a` list what there is"
        raise NotFound([Problem("E114", f"git knows no revision {quoted(revision)}", None, hint)])


def _tried(*arguments: str) -> bytes | None:
    """Return what git prints; None where it fails. Raises NotFound without git, and when it takes too long."""
    safe = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "--no-pager", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME,
            env={**os.environ, **safe},
            check=False,
        )
    except FileNotFoundError:
        hint = "install git, or write the older file beside the newer one"
        raise NotFound([Problem("E114", "git is not installed, and revisions are read by it", None, hint)]) from None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise NotFound([Problem("E114", f"git cannot be run: {type(error).__name__}")]) from None
    return done.stdout if done.returncode == 0 else None


def _git(*arguments: str, said: str) -> bytes:
    """Return what git prints; raises NotFound where it fails."""
    found = _tried(*arguments)
    if found is None:
        raise NotFound([Problem("E114", said)])
    return found
