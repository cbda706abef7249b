"""Documents as students hand them in, read for their text: a format is a file of this folder and its line in READERS.

    bytes ──recognised──> Reader ──in a process of its own──> Document ──lines.py──> answers

A reader is a function `read`, which takes bytes and returns a Document or raises NoText. It runs where it can be ended:
what a library makes of a hostile file costs that submission and nobody else's.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePath

from cnncalc.grading.submissions.decode import NoText
from cnncalc.grading.submissions.document import Document
from cnncalc.record import Record
from cnncalc.workers import Watched

LARGEST_DOCUMENT = 20_000_000
"""Bytes that a document may have: notebooks and office files hold pictures."""

MOST_CHARACTERS = 10_000_000
"""Characters of text that are taken out of a document."""

SECONDS, MEMORY = 1.5, 150_000_000
"""Time of the processor, and bytes of memory, that one document may take."""

INSTALL = 'pip install ".[homework]"'


class Reader(Record):
    """A format: what it is called, how a file of it begins or its name ends, and who reads it."""

    about: str
    file: str  # of this folder
    begins: re.Pattern[bytes] | None = None  # for what is recognised whatever its name
    endings: tuple[str, ...] = ()
    module: str = ""
    package: str = ""  # that has the module, where it is named otherwise


def _zip(inside: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"PK\x03\x04.*?" + inside, re.DOTALL)


READERS = (
    Reader("a Word document", "word", _zip(rb"word/document\.xml"), module="docx", package="python-docx"),
    Reader("an Excel workbook", "excel", _zip(rb"xl/workbook\.xml"), module="openpyxl"),
    Reader("an OpenDocument file", "opendocument", _zip(rb"mimetypeapplication/vnd\.oasis\.open"), module="odfdo"),
    Reader("a PDF document", "pdf", re.compile(rb"%PDF|.{0,1000}?%PDF-\d", re.DOTALL), module="pypdf"),
    Reader("a notebook", "notebook", re.compile(rb'(?:\xef\xbb\xbf)?\s*\{.*"nbformat"', re.DOTALL), (".ipynb",)),
    Reader(
        "a web page", "web_page", re.compile(rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+)?html\b"), (".html", ".htm")
    ),
    Reader("a LaTeX document", "latex", re.compile(rb"(?:\xef\xbb\xbf)?\s*\\documentclass\b"), (".tex", ".latex")),
    Reader("a Python program", "program", endings=(".py",)),
)


def reader_of(data: bytes, file: str) -> Reader | None:
    """Return the reader of a file, by what is in it and then by its name; None for a text."""
    by_content = (reader for reader in READERS if reader.begins is not None and reader.begins.match(data))
    ending = PurePath(file).suffix.lower()
    by_name = (reader for reader in READERS if ending in reader.endings)
    return next(by_content, None) or next(by_name, None)


def require(reader: Reader) -> None:
    """Raise NoText where the package that a reader needs is not installed."""
    if reader.module and find_spec(reader.module) is None:
        raise NoText(f"unreadable: {reader.about} needs {reader.package or reader.module}: {INSTALL}")


_given_up: dict[bytes, str] = {}
"""Why a document was given up, by its digest: it is not tried again in the same run."""

_process = Watched("cnncalc.grading.submissions.readers", "prepared", SECONDS, MEMORY)


def read_document(reader: Reader, data: bytes) -> Document:
    """Return what is in a document; raises NoText."""
    if len(data) > LARGEST_DOCUMENT:
        raise NoText(f"too large: more than {LARGEST_DOCUMENT:,} bytes")
    digest = hashlib.sha256(data).digest()
    if digest in _given_up:
        raise NoText(_given_up[digest])
    try:
        found = json.loads(_process.answer(reader.file.encode() + b"\n" + data))
    except TimeoutError:
        _given_up[digest] = f"unreadable: {reader.about} that takes more than {SECONDS:g} seconds to read"
        raise NoText(_given_up[digest]) from None
    except MemoryError:
        _given_up[digest] = f"unreadable: {reader.about} that takes more than {MEMORY // 1_000_000} MB to read"
        raise NoText(_given_up[digest]) from None
    except ChildProcessError:
        raise NoText(f"unreadable: {reader.about} that is damaged") from None
    except OSError as error:
        raise NoText(f"unreadable: {reader.about} needs a process of its own, and none starts: {error}") from None
    if isinstance(found, str):
        raise NoText(found)
    return Document(*found)


def prepared(work: bytes) -> Callable[[], bytes]:
    """Return what reads a document, in the process that may be ended; a text is why there is none."""
    file, _, data = work.partition(b"\n")
    read: Callable[[bytes], Document] = import_module(f"{__name__}.{file.decode()}").read
    module = next(reader.module for reader in READERS if reader.file == file.decode())
    if module:
        import_module(module)

    def answer() -> bytes:
        try:
            document = read(data)
            if sum(len(str(line)) for line in document.lines) > MOST_CHARACTERS:
                raise NoText(f"too large: more than {MOST_CHARACTERS:,} characters of text")
        except NoText as reason:
            return json.dumps(str(reason)).encode()
        return json.dumps(document).encode()

    return answer
