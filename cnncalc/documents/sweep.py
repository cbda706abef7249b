"""`cnncalc sweep -o FILE.json`: the configurations of a grid."""

from __future__ import annotations

from typing import ClassVar

from cnncalc.documents.base import Listing


class SweepRows(Listing[dict[str, int | str]]):
    """One object a configuration: vars, input sizes and totals by name."""

    row_key: ClassVar = ""
