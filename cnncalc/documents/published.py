"""`cnncalc published --format json`: every published number beside the computed one."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnncalc.documents.base import Document, Plain
from cnncalc.documents.writer import VERSION


class Value(Document):
    """One published value."""

    network: str
    """the network it is about"""
    at: str | None
    """path of the layer; null for the whole network"""
    what: str
    """the quantity: `params`, `macs`, `output`, `top1`"""
    printed: str
    """as the source prints it"""
    computed: Plain
    """what comes out here: a number, or the text of a shape; null for a fact that cannot be computed"""
    as_printed: str | None
    """the computed number written like the printed one"""
    verdict: str
    """whether they agree"""
    off: float | None
    """the difference as a share of the computed number"""
    kind: str | None
    """kind of the erratum that explains it"""
    note: str | None
    """what the erratum says"""
    complaint: str | None
    """why it is not fine"""
    where: str
    """table or section of the source"""
    source: str | None
    """another source than the network's"""
    input: str | None
    """another input than the network's"""
    than: str | None
    """the network it is compared with"""
    place: str
    """where it stands in the spec: `file:line:column`"""


class Published(Document):
    """What sources print, checked."""

    row_key: ClassVar = "values"

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    fine: bool
    """whether every value agrees or is explained"""
    values: list[Value]
    """the values"""
