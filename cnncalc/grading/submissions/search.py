"""Where submissions are: files, folders, patterns, archives, standard input; each found once, in order of its name."""

from __future__ import annotations

import glob
import io
import os
import re
import stat
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cnncalc.files import reason_of
from cnncalc.grading.submissions import READ, Entry
from cnncalc.grading.submissions.decode import NoText
from cnncalc.grading.submissions.names import Names, clean_name
from cnncalc.grading.submissions.read import bytes_of
from cnncalc.grading.submissions.readers import read_document, reader_of
from cnncalc.grading.submissions.roster import Roster
from cnncalc.grading.submissions.rows import GivenRows
from cnncalc.grading.submissions.sections import FILES, depth_of
from cnncalc.grading.submissions.sheets import entries_of, is_sheet, rows_of, sheet_of
from cnncalc.library import NotFound
from cnncalc.problem import Problem, did_you_mean, quoted

SHEETS = (".csv", ".tsv")
WORKBOOKS = (".xlsx", ".ods", ".html", ".htm")
MOST_FILES = 200_000
MOST_MEMBERS = 20_000
LARGEST_DIRECTORY = 8_000_000
"""Bytes of the list of an archive's members."""
LARGEST_INPUT = 50_000_000
"""Bytes of standard input."""
DEEPEST = 20
ASIDE = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", ".ipynb_checkpoints", ".svn", ".hg"}

_MOODLE = re.compile(r"(.+?)_\d+_assignsubmission.*", re.DOTALL)
_CANVAS = re.compile(r"(.+?)(?:_LATE)?_\d{2,}_\d{2,}_.+", re.DOTALL)


class Search:
    """One search for submissions."""

    def __init__(
        self,
        names: Names,
        *,
        zips: bool = False,
        leave_out: Iterable[str] = (),
        students: str | None = None,  # FILES or FOLDERS; else as their names and the roster say
        roster: Roster | None = None,
        warn: Callable[[str], None],
    ) -> None:
        self.names, self.zips, self.warn = names, zips, warn
        self.students, self.roster = students, roster
        self.leave_out = {os.path.realpath(path) for path in leave_out}
        self.seen: set[str] = set()

    def all(self, paths: Sequence[str]) -> Iterator[Entry]:
        """Yield the submissions; raises NotFound where nothing is at a path."""
        for path in paths:
            if path == "-":
                yield from self.standard_input()
                continue
            there = os.path.lexists(path)
            found = [path] if there else sorted(glob.glob(path, recursive=True))
            if not found:
                raise NotFound([Problem("E114", f"there is nothing at {quoted(path, 200)}", None, _beside(path))])
            for one in found:
                if os.path.isdir(one):
                    paths_in = list(self.walk(one))
                    yield from self.files(paths_in, one, self.depth(paths_in, one, one))
                else:
                    depth = None if self.students == FILES else 0
                    yield from self.files([one], os.path.dirname(one) if there else _fixed(path), depth)

    def standard_input(self) -> Iterator[Entry]:
        data = sys.stdin.buffer.read(LARGEST_INPUT + 1)
        stream = io.BytesIO(data)
        if is_sheet(stream, self.names):
            yield from rows_of(stream, "<stdin>", self.names, self.warn)
        else:
            yield Entry("<stdin>", "", data=data)

    def walk(self, folder: str) -> Iterator[str]:
        """Yield the files of a folder and those below it; links are not followed."""
        waiting = [(folder, 0)]
        count = 0
        while waiting:
            here, depth = waiting.pop()
            try:
                inside = sorted(os.scandir(here), key=lambda entry: entry.name)
            except OSError as error:
                self.warn(f"{here} cannot be read: {reason_of(error)}")
                continue
            folders = []
            for entry in inside:
                if _aside(entry.name):
                    continue
                if os.path.realpath(entry.path) in self.leave_out or entry.name.endswith(".key.yaml"):
                    continue
                count += 1
                if count > MOST_FILES:
                    self.warn(f"{folder} has more than the {MOST_FILES:,} files that are read")
                    return
                if entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, depth + 1))
                else:
                    yield entry.path
            if depth < DEEPEST:
                waiting.extend(reversed(folders))
            elif folders:
                self.warn(f"{here} is nested deeper than the {DEEPEST} folders that are searched")

    def depth(self, paths: Iterable[str], folder: str, shown: str) -> int | None:
        """Return how many folders stand above the students' names, None where each file is one's; report a guess."""
        if self.students is not None:
            return None if self.students == FILES else 0
        depth, guess = depth_of((_inside(path, folder) for path in paths), shown, self.roster)
        if guess:
            self.warn(guess)
        return depth

    def files(self, paths: Iterable[str], folder: str, depth: int | None) -> Iterator[Entry]:
        for path in paths:
            student = student_of(path, folder, depth)
            real = os.path.realpath(path)
            if real in self.seen or real in self.leave_out:
                continue
            self.seen.add(real)
            yield from self.file(path, student)

    def file(self, path: str, student: str) -> Iterator[Entry]:
        lower = path.lower()
        if os.path.islink(path):
            yield Entry(path, student, status="unreadable: a link, which is not followed")
        elif lower.endswith(".zip") and self.zips:
            yield from self.archive(path)
        elif lower.endswith(SHEETS) and (stream := _opened(path)) is not None:
            with stream:
                if is_sheet(stream, self.names):
                    yield from rows_of(stream, path, self.names, self.warn)
                else:
                    yield Entry(path, student, path)
        else:
            entry = Entry(path, student, path)
            rows = self.workbook(entry) if lower.endswith(WORKBOOKS) else None
            yield from entries_of(rows, path, self.names, self.warn) if rows is not None else (entry,)

    def workbook(self, entry: Entry) -> GivenRows | None:
        """Return the rows of a workbook that is of many students; why one cannot be read is its status."""
        try:
            data = bytes_of(entry)
            reader = reader_of(data, entry.file)
            return sheet_of(read_document(reader, data), self.names) if reader else None
        except NoText as reason:
            entry.status = str(reason)
            return None

    def archive(self, path: str) -> Iterator[Entry]:
        """Yield the members of an archive, without unpacking anything."""
        refused = _refused(path)
        if refused:
            yield Entry(path, "", status=f"unreadable: {refused}")
            return
        try:
            with zipfile.ZipFile(path) as archive:
                members = [
                    one
                    for one in archive.infolist()
                    if not one.is_dir() and not any(map(_aside, one.filename.split("/")))
                ]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            yield Entry(path, "", status="unreadable: the archive is damaged")
            return
        if len(members) > MOST_MEMBERS:
            yield Entry(path, "", status=f"unreadable: more than the {MOST_MEMBERS:,} members that are read")
            return
        members.sort(key=lambda one: one.filename)
        names = [one.filename for one in members]
        twice = Counter(names)
        folder = _wrapping(names)
        depth = self.depth(names, folder, path)
        for member in members:
            student = student_of(member.filename, folder, depth)
            status = "unreadable: the archive has it twice" if twice[member.filename] > 1 else _status(member)
            yield Entry(f"{path}:{member.filename}", student, path, member.filename, status=status)


def _opened(path: str) -> BinaryIO | None:
    """Return a file to read, or None for what is none, which is reported when it is read."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return open(handle, "rb")
        os.close(handle)
    except OSError:
        pass
    return None


def _refused(path: str) -> str | None:
    """Return why an archive is not looked into: its list of members is read whole, so its size is bounded first."""
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as stream:
            stream.seek(max(0, size - 65_557))
            end = stream.read()
    except OSError as error:
        return reason_of(error)
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + 22:
        return "the archive is damaged"
    count, length = struct.unpack_from("<HL", end, at + 10)
    if count > MOST_MEMBERS or length > LARGEST_DIRECTORY:
        return f"the archive has more than the {MOST_MEMBERS:,} members that are read"
    return None


def _status(member: zipfile.ZipInfo) -> str:
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in (parts[:1] or ("",))[0]:
        return "unreadable: its path leads out of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "unreadable: a link, which is not followed"
    if member.filename.lower().endswith(".zip"):
        return "unreadable: an archive within an archive"
    return READ


def _aside(name: str) -> bool:
    """Return whether a file or folder is put there by an operating system or a version control, not by a student."""
    return name in ASIDE or name.startswith(("._", ".git"))


def _inside(path: str, folder: str) -> tuple[str, ...]:
    """Return the parts of a path within a folder."""
    file = PurePosixPath(path.replace(os.sep, "/"))
    above = PurePosixPath(folder.replace(os.sep, "/"))
    return file.relative_to(above).parts if file.is_relative_to(above) else file.parts[-1:]


def student_of(path: str, folder: str, depth: int | None = 0) -> str:
    """Return whose file this is: by its name in the folder that was given, else by the folder in it that it lies in.

    So many folders as `depth` says are sections; None takes every file for a student's. What Moodle and Canvas put
    around a name is taken off.
    """
    file = PurePosixPath(path.replace(os.sep, "/"))
    inside = _inside(path, folder)
    own = inside[-1:] if depth is None else inside[depth:] or inside[-1:]
    given = [_MOODLE.fullmatch(file.parent.name), _MOODLE.fullmatch(file.stem), _CANVAS.fullmatch(file.stem)]
    cut = next(filter(None, given), None)
    name = file.stem if len(own) == 1 or inside[0] == ".." else own[0]
    return clean_name(cut[1] if cut else name)


def _wrapping(names: list[str]) -> str:
    """Return the folder that an archive was made of, where all its members lie in one; "" where they do not."""
    tops = {name.split("/", 1)[0] if "/" in name else "" for name in names}
    return tops.pop() if len(tops) == 1 and len(names) > 1 else ""


def _fixed(pattern: str) -> str:
    """Return the folder before the first part of a pattern that is none of a name."""
    parts = list(takewhile(lambda part: not glob.has_magic(part), pattern.replace(os.sep, "/").split("/")))
    return "/".join(parts) or ("/" if pattern.startswith("/") else "")


def _beside(path: str) -> str | None:
    try:
        return did_you_mean(os.path.basename(path), [one.name for one in Path(path).parent.iterdir()])
    except (OSError, ValueError):
        return None
