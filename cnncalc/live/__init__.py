"""Live PyTorch: networks built, run, measured and held against their formulas. Nothing else imports torch."""

from __future__ import annotations

from typing import Any

from cnncalc.problem import NoAnswer, Problem

DTYPES = ("float32", "float64", "float16", "bfloat16")
"""The number types that a network is built in."""

DEVICES = ("cpu", "cuda", "meta")
"""Where it is built; `meta` computes shapes alone, no numbers."""


def pytorch(reader: str) -> Any:
    """Return torch for what `reader` names, such as `verify`; raises NoAnswer without it."""
    try:
        import torch
    except ImportError as missing:
        if missing.name not in (None, "torch"):
            raise
        raise NoAnswer([Problem("E121", f"{reader} needs PyTorch: pip install torch")]) from None
    return torch
