"""Whether to try everything: `CNNCALC_DEEP=1 pytest` takes hours where the usual run takes samples."""

from __future__ import annotations

import os

DEEP = os.environ.get("CNNCALC_DEEP") == "1"
