"""Bytes of a submission to its text: UTF-8, UTF-16 with a mark, else as Windows writes it; nothing that is no text."""

from __future__ import annotations

import codecs
from pathlib import PurePath

LARGEST = 1_000_000
"""Bytes that one submission may have."""

OLD_OFFICE = "an office document from before 2007: save it as .docx, .xlsx or .pdf"

KNOWN = (
    (b"PK\x03\x04", "an archive or an office document"),
    (b"PK\x05\x06", "an empty archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"\xd0\xcf\x11\xe0", OLD_OFFICE),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
"""How files begin that are no text."""


class NoText(Exception):  # noqa: N818  # a state of a file, not a fault of ours
    """A file that is no text; the status of its submission."""


def decoded(data: bytes, file: str, most: int = LARGEST) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file and notes on how it was read; raises NoText."""
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise NoText("empty")
    if len(data) > most:
        raise NoText(f"too large: more than {most:,} bytes")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _utf16(data)
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    kind = next((kind for start, kind in KNOWN if data.startswith(start) and not _is_text(data)), None)
    if kind == OLD_OFFICE:
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise NoText(f"unreadable: {'it is locked with a password' if locked else OLD_OFFICE}")
    if kind is not None:
        zips = ", or unpack it with --zip" if PurePath(file).suffix.lower() == ".zip" else ""
        raise NoText(f"unreadable: {kind}, not a text with answers{zips}")
    if b"\0" in data:
        raise NoText("unreadable: not a text: it holds a NUL byte")
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    strange = sum(not c.isprintable() and c not in "\t\r\n" for c in text[:10_000])
    if strange * 20 > len(text[:10_000]):
        raise NoText("unreadable: not a text")
    return text, ("read as Windows-1252, because it is not UTF-8",)


def _is_text(data: bytes) -> bool:
    """Return whether what begins like a program is a text all the same: MZ may be a name."""
    return data[:2] == b"MZ" and b"\0" not in data[:1000]


def _utf16(data: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError:
        raise NoText("unreadable: it begins as UTF-16 and does not go on so") from None
    if not text.strip():
        raise NoText("empty")
    if "\0" in text:
        raise NoText("unreadable: not a text: it holds a NUL character")
    return text, ("read as UTF-16",)
