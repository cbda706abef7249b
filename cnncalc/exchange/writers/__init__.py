"""The forms in which a network is written for other tools, and the module that writes each.

A writer is a file here with `write(network, weights) -> str | Written`, which raises NotWritten for what its form
cannot express, and a line in `WRITERS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem


class NotWritten(NoAnswer):
    """A network that a form cannot express; each problem names a layer."""


class Written(NamedTuple):
    """What a writer makes: a text or the bytes of a file, what is to be known about it, and files beside it.

    A file beside has the name of the file itself, with another ending: `beside` has the content by ending.
    """

    content: str | bytes
    notes: tuple[str, ...] = ()
    beside: tuple[tuple[str, bytes], ...] = ()


class Writer(NamedTuple):
    """A form: what it is, its module, the endings of files that have no other form."""

    what: str
    module: str
    endings: tuple[str, ...] = ()
    takes_weights: bool = False

    def write(self, network: Network, weights: str | None) -> Written:
        """Return a network in this form."""
        written: Any = import_module(f"{__name__}.{self.module}").write(network, weights)
        return written if isinstance(written, Written) else Written(str(written))


WRITERS: dict[str, Writer] = {
    "spec": Writer("a spec of cnncalc", "spec", (".cnn.yaml", ".cnn.yml")),
    "mermaid": Writer("a diagram for Mermaid", "mermaid", (".mmd", ".mermaid")),
    "torch": Writer("source for PyTorch", "torch", takes_weights=True),
    "onnx": Writer("a model of ONNX, with weights", "onnx_model", (".onnx",), takes_weights=True),
    "keras": Writer("source for Keras 3", "keras"),
    "flax": Writer("source for Flax NNX", "flax"),
    "dot": Writer("a diagram for Graphviz", "dot", (".dot", ".gv")),
}
"""Every form, by its name."""


def of_ending(name: str) -> str | None:
    """Return the form that the ending of a file means, if it means one."""
    found = (form for form, writer in WRITERS.items() if name.lower().endswith(writer.endings or ("\0",)))
    return next(found, None)


def not_written(node: Node, form: str, why: str) -> NotWritten:
    """Return the refusal of a layer."""
    return NotWritten([Problem("E126", f"{node.path}: {node.layer} cannot be written for {form}: {why}", node.place)])
