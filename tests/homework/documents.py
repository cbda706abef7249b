"""Documents made for tests: as Word, LibreOffice, Excel, Jupyter and others save them, and such as mean harm."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import docx
import odfdo
import openpyxl

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def zipped(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def rezipped(data: bytes, **changes: str | bytes) -> bytes:
    """Return an archive with other members, whose names are given with _ for / and __ for a point."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    names = {name.replace(".", "__").replace("/", "_"): name for name in members}
    return zipped(members | {names.get(name, name.replace("__", ".")): content for name, content in changes.items()})


def word(
    *paragraphs: str | tuple[str, str], table: Sequence[Sequence[str]] = (), xml: str = "", picture: bytes = b""
) -> bytes:
    """Return a Word document; a paragraph may have a style, `xml` is put at the end of the body."""
    from docx.oxml import parse_xml

    document = docx.Document()
    for one in paragraphs:
        text, style = one if isinstance(one, tuple) else (one, None)
        document.add_paragraph(text, style)
    if table:
        made = document.add_table(0, len(table[0]))
        for row in table:
            for cell, text in zip(made.add_row().cells, row, strict=True):
                cell.text = text
    if picture:
        document.add_picture(io.BytesIO(picture))
    if xml:
        for node in parse_xml(f'<w:body xmlns:w="{W}" xmlns:m="{M}">{xml}</w:body>'):
            document.element.body.insert(len(document.element.body) - 1, node)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def opendocument(content: str, *, kind: str = "text", members: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return an OpenDocument file with this content of its body, with the list style L1: 1., a)."""
    document = odfdo.Document(kind)
    out = io.BytesIO()
    document.save(out)
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (
            *((name, name) for name in ("office", "text", "table", "style")),
            ("draw", "drawing"),
        )
    )
    levels = "".join(
        f'<text:list-level-style-number text:level="{level}" style:num-format="{form}"/>'
        for level, form in ((1, "1"), (2, "a"))
    )
    body = "spreadsheet" if kind == "spreadsheet" else "text"
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3">'
        f'<office:automatic-styles><text:list-style style:name="L1">{levels}</text:list-style>'
        "</office:automatic-styles>"
        f"<office:body><office:{body}>{content}</office:{body}></office:body></office:document-content>"
    )
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as archive:
        whole: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", whole.pop("mimetype"), zipfile.ZIP_STORED)
        for name, text in {**whole, "content.xml": xml, **(members or {})}.items():
            archive.writestr(name, text)
    return stored.getvalue()


def excel(*sheets: Sequence[Sequence[Any]], names: Sequence[str] = (), hidden: Sequence[int] = ()) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = workbook.create_sheet(names[number] if names else None)
        for row in rows:
            sheet.append(list(row))
        if number in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def pdf(*pages: Sequence[str] | None, more: str = "") -> bytes:
    """Return a PDF with a page for each list of lines; None is a page with a picture alone."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    for lines in pages:
        if lines is None:
            stream, resources = "q 100 0 0 100 0 0 cm /Im0 Do Q", "/XObject << /Im0 {image} 0 R >>"
        else:
            shown = "".join(f"({line.translate(_ESCAPED)}) Tj T* " for line in lines)
            stream, resources = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET", f"/Font << /F1 {font} >>"
        packed = zlib.compress(stream.encode("latin-1")).decode("latin-1")
        objects.append(f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n{packed}\nendstream")
        content = len(objects)
        if lines is None:
            objects.append(
                "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
                "/Length 1 >>\nstream\nx\nendstream"
            )
        resources = resources.replace("{image}", str(len(objects)))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {content} 0 R "
            f"/Resources << {resources} >> {more} >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return pdf_of(objects)


_ESCAPED = str.maketrans({"(": r"\(", ")": r"\)", "\\": "\\\\", "×": "\xd7"})


def pdf_of(objects: Sequence[str], trailer: str = "") -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def notebook(*cells: tuple[str, str] | tuple[str, str, str]) -> bytes:
    """Return a notebook of cells: their kind, their source, and what a code cell printed."""
    made = []
    for kind, source, *printed in cells:
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
        if kind == "code":
            outputs = [{"output_type": "stream", "name": "stdout", "text": text.splitlines(True)} for text in printed]
            cell |= {"execution_count": 1, "outputs": outputs}
        made.append(cell)
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q"
    b"\0\0\0\0IEND\xaeB`\x82"
)
