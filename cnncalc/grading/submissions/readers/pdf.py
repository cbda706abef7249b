"""PDF documents, by pypdf: the text of their pages; a page that is a picture is reported."""

from __future__ import annotations

import io
from typing import Any

from cnncalc.grading.submissions.decode import NoText
from cnncalc.grading.submissions.document import Document, Line
from cnncalc.grading.submissions.readers.package import LOCKED

MOST_PAGES = 60
MOST_NAMED = 5


def read(data: bytes) -> Document:
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError, PdfReadError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise NoText(LOCKED)
        pages = len(reader.pages)
        lines: list[Line] = []
        pictures = []
        for number, page in enumerate(reader.pages, 1):
            if number > MOST_PAGES:
                break
            text = page.extract_text()
            lines.extend(text.splitlines())
            if not text.strip() and _has_picture(page):
                pictures.append(number)
    except (DependencyError, FileNotDecryptedError):
        raise NoText(LOCKED) from None
    except PdfReadError:
        raise NoText("unreadable: a PDF document that is damaged") from None
    if pictures and not any(map(str.strip, map(str, lines))):
        whole = "its page is a picture" if len(pictures) == 1 else f"its {len(pictures)} pages are pictures"
        raise NoText(f"unreadable: {whole} without text: a person must read it")
    notes = []
    if pictures:
        few = ", ".join([*map(str, pictures[:MOST_NAMED]), *(["…"] if len(pictures) > MOST_NAMED else [])])
        notes.append(f"page {few} is a picture, which is not read")
    if pages > MOST_PAGES:
        notes.append(f"of its {pages:,} pages the first {MOST_PAGES} are read")
    return Document(lines, notes)


def _has_picture(page: Any) -> bool:
    """Return whether a page shows any picture, by its resources: none is unpacked."""
    objects = page.get("/Resources", {}).get_object().get("/XObject", {}).get_object()
    return bool(objects) or b"BI" in (page.get_contents().get_data() if page.get_contents() else b"")
