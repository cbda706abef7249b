"""While the wheel is built: compute the rows of the shipped networks, so that the first `cnncalc list` is quick too."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Rows(BuildHookInterface[Any]):
    """Put `cnncalc/rows.json` into the wheel; an editable install, whose code changes, computes its rows when asked."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        os.environ.pop("CNNCALC_PATH", None)
        sys.path.insert(0, self.root)
        from cnncalc.comparison.catalogue import SHIPPED, Shelf

        file = Path(tempfile.mkdtemp()) / SHIPPED.name
        file.write_text(Shelf().as_text(), "utf-8")
        build_data["force_include"][str(file)] = f"cnncalc/{SHIPPED.name}"
