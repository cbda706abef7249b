"""Documents that are archives of XML files, checked before a library opens them."""

from __future__ import annotations

import io
import zipfile
import zlib

from cnncalc.grading.submissions.decode import NoText

MOST_MEMBERS = 2_000
LARGEST_CONTENT = 60_000_000
"""Bytes of all members, unpacked."""

ENTITIES = tuple("<!ENTITY".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
"""What no office program writes: texts that stand for others, which may grow without bounds."""

LOCKED = "unreadable: it is locked with a password"


def checked(data: bytes, about: str) -> zipfile.ZipFile:
    """Return an archive that is whole, small enough and without entities; raises NoText."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise NoText(f"too large: {about} of more than {MOST_MEMBERS:,} members")
        size = sum(one.file_size for one in members)
        if size > LARGEST_CONTENT:
            raise NoText(f"too large: {about} that unpacks to {size:,} bytes, more than {LARGEST_CONTENT:,}")
        for one in members:
            if one.flag_bits & 1:
                raise NoText(LOCKED)
            if one.filename.lower().endswith((".xml", ".rels")):
                content = archive.read(one)  # whole: its length and its checksum are compared
                if any(sign in content for sign in ENTITIES):
                    raise NoText(f"unreadable: {about} whose XML defines entities")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise NoText(f"unreadable: {about} that is damaged") from None
    return archive


def picture_notes(count: int, empty: bool) -> list[str]:
    """Return the notes on pictures; raises NoText where there is nothing else."""
    if not count:
        return []
    pictures = "a picture" if count == 1 else f"{count} pictures"
    if empty:
        raise NoText(f"unreadable: it is {pictures} without text: a person must read it")
    return [f"{pictures} in it {'is' if count == 1 else 'are'} not read"]
