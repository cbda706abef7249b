"""Live PyTorch: networks built, run, measured and checked against their formulas. Nothing else imports torch.

build.py      a network as a torch.nn.Module
run.py        a network on given numbers
arrays.py     files of numbers
verify.py     every number checked against a model that runs
measure.py    time, rates and memory on a device
memory.py     whether a device is there and has room
against.py    a network against somebody else's model
foreign.py    their model, found and called
record.py     what a model does when it is run
trace.py      their model as a list of calls
modules.py    their model, live or named, read without its values
exported.py   a program of torch.export, run again without its values
read.py       its functions as the layers of a graph
operands.py   what each of its tensors shows of a volume
operations/   functions of several tensors, by family
proof.py      whether the spec of that graph computes the same
windows.py    attention within windows that is written out
functions.py  what PyTorch's functions are here
calls.py      both sides in one form
align.py      which call is which
execution.py  whether both models give the same outputs on the same weights
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from cnncalc.problem import NoAnswer, Problem

if TYPE_CHECKING:
    from cnncalc.network.network import Network

DTYPES = ("float32", "float64", "float16", "bfloat16")
"""The number types that a network is built in."""

DEVICES = ("cpu", "cuda", "meta")
"""The device; `meta` computes shapes only, no values."""


def pytorch(reader: str) -> Any:
    """Return torch for what `reader` names, such as `verify`; raises NoAnswer without it."""
    try:
        with warnings.catch_warnings():
            # torch works without NumPy, and so does this package: the warning is irrelevant for users.
            warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
            import torch
    except ImportError as missing:
        if missing.name not in (None, "torch"):
            raise
        raise NoAnswer([Problem("E121", f"{reader} needs PyTorch: pip install torch")]) from None
    return torch


def refuse_symbols(network: Network) -> None:
    """Raise NoAnswer if a network has symbols such as H, with which it cannot be built."""
    if names := sorted(network.symbols()):
        message = f"numbers are needed here in place of {' and '.join(names)}"
        hint = "give it a number; show, explain and closed take symbols"
        raise NoAnswer([Problem("E118", message, None, hint)])
