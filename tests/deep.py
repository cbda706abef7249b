"""Whether to try everything: `CNNCALC_DEEP=1 pytest` takes many times as long as the usual run, which takes samples."""

from __future__ import annotations

import os

DEEP = os.environ.get("CNNCALC_DEEP") == "1"
