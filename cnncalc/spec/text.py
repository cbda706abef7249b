"""YAML with locations: parse a text into a tree whose scalars know the location of each character.

Every value stays text; what it means is for others to say.
"""

from __future__ import annotations

import codecs

from cnncalc.files import SIZE_LIMIT
from cnncalc.problem import Place, Problem, Source
from cnncalc.spec.events import FORBIDDEN, Builder
from cnncalc.spec.reading import BOM, Reading, Unreadable
from cnncalc.spec.tree import Node, place_of


def read_bytes(name: str, data: bytes) -> tuple[Source | None, list[Problem]]:
    """Decode a file's bytes into a source that `read` takes."""
    if len(data) > SIZE_LIMIT:
        return None, [_too_large(f"{len(data):,} bytes", Place(Source(name, ""), 1, 1))]
    if not data:
        return None, [Problem("E114", "the file is empty", Place(Source(name, ""), 1, 1))]
    if encoding := _wide(data):
        place = Place(Source(name, ""), 1, 1)
        return None, [Problem("E114", f"the file is {encoding}, not UTF-8", place, "save it as UTF-8")]
    source = Source(name, data.decode("utf-8", "replace").removeprefix(BOM))
    nul = source.text.find("\0")
    if nul >= 0:
        return None, [Problem("E114", "not a text file: it holds a NUL byte", place_of(source, nul))]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix(BOM)
        message = f"not UTF-8: byte 0x{data[error.start]:02x} at {error.start}"
        return None, [Problem("E114", message, place_of(source, len(before)), "save the file as UTF-8")]
    return source, []


def _wide(data: bytes) -> str:
    """Return which encoding of two or four bytes a character a text has, by its mark or its zeros; empty for none."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    zeros = (data[:200:2].count(0), data[1:200:2].count(0))
    mostly = len(data[:200]) // 3
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (max(zeros) > mostly and not min(zeros)):
        return "UTF-16"
    return ""


def read(source: Source) -> tuple[Node | None, list[Problem]]:
    """Read a text into a tree, with all problems that can be found.

    The tree is None when the text could not be read to its end; the hundredth problem is the last. What is refused but
    understood (an alias, a chain split by a comma, …) is read as it was probably meant, or left out, so that the rest
    can be checked.
    """
    if len(source.text) > SIZE_LIMIT:
        return None, [_too_large(f"{len(source.text):,} characters", Place(source, 1, 1))]
    forbidden = FORBIDDEN.search(source.text)
    if forbidden:
        message = f"the character U+{ord(forbidden[0]):04X} may not stand in a text"
        return None, [Problem("E101", message, place_of(source, forbidden.start()), "delete it")]
    reading = Reading(source)
    try:
        return Builder(reading).tree(), reading.problems
    except Unreadable:
        return None, reading.problems


def _too_large(size: str, place: Place) -> Problem:
    return Problem("E112", f"{size}, more than the {SIZE_LIMIT:,} that are read", place)
