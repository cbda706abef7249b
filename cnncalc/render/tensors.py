"""The tensors of a file of weights as a table and a document."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.comparison.tensors import Tensors
from cnncalc.documents import tensors as documents
from cnncalc.problem import listed
from cnncalc.render.numbers import exact, short_bytes
from cnncalc.render.table import Column, Note, Row, Table


def table(result: Tensors) -> Table:
    """Lay the tensors of a file out, with their sum and the networks that have them."""
    columns = [Column("name", breaks="."), Column("shape"), Column("numbers", right=True), Column("type")]
    rows = [
        Row([each.name, "x".join(map(str, each.shape)) or "a number", exact(each.numbers), each.dtype])
        for each in result.tensors
    ]
    count = f"{len(result.tensors):,} tensor{'s' * (len(result.tensors) != 1)}"
    totals = [Row([count, "", exact(result.numbers), short_bytes(result.bytes)])]
    return Table(result.file, columns, rows, totals=totals, notes=list(_notes(result)))


def _notes(result: Tensors) -> Iterator[Note]:
    if result.same:
        yield Note("note", f"names and shapes are those of {listed(result.same)}")
    if result.alike:
        yield Note("note", f"shapes are those of {listed(result.alike)}, with other names")
    if not result.same and not result.alike:
        yield Note("note", "no network of the library has these shapes")


def document(result: Tensors) -> documents.Tensors:
    """Return the document that `--format json` prints."""
    rows = [
        documents.Tensor(name=each.name, dtype=each.dtype, shape=[*each.shape], numbers=each.numbers)
        for each in result.tensors
    ]
    return documents.Tensors(
        file=result.file,
        numbers=result.numbers,
        bytes=result.bytes,
        same=[*result.same],
        alike=[*result.alike],
        tensors=rows,
    )
