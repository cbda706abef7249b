"""From a network to another form of it: source code, a model file, a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from cnncalc.exchange.writers import WRITERS, of_ending
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.network import Network
from cnncalc.problem import NoAnswer, Problem, did_you_mean, quoted
from cnncalc.result import Result


@dataclass(frozen=True, repr=False)
class Exported(Result):
    """A network in another form: `content` is a text, or the bytes of a file. `print` shows the text.

    `beside` are files that belong beside it: the content by the ending that replaces the file's own. `notes` say what
    is to be known, such as where the weights are from.
    """

    name: str
    form: str
    content: str | bytes
    notes: tuple[str, ...] = ()
    beside: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The content; of bytes, how many there are."""
        return self.content if isinstance(self.content, str) else f"{len(self.content):,} bytes of {self.form}\n"

    @property
    def data(self) -> bytes:
        """What a file of it holds."""
        return self.content.encode() if isinstance(self.content, str) else self.content

    def __repr__(self) -> str:
        return f"<Exported {self.name} as {self.form}: {len(self.data):,} bytes>"


def export(
    what: What | Network,
    to: str,
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    weights: str | None = None,
    stdin: Stdin | None = None,
) -> Exported:
    """Return a network in the form `to`: `torch`, `keras`, `onnx`, `spec` …, or a file name whose ending means one.

    `weights` is a file of a state_dict (.safetensors, .pt), for a form that holds weights; its tensors are matched by
    the keys of `network.torch()` and by shape. Raises ValueError for an unknown form, and
    NotWritten, a NoAnswer, for a layer that the form cannot express.
    """
    form = to if to in WRITERS else of_ending(to)
    if form is None:
        hint = did_you_mean(to, WRITERS)
        known = ", ".join(WRITERS)
        raise ValueError(f"there is no form {quoted(to)}: {hint or f'the forms are {known}'}")
    stdin = cache(stdin) if stdin else None  # a pipe is read once, and may be needed for several sizes
    network = what if isinstance(what, Network) else load(what, input=input, settings=settings, stdin=stdin)
    writer = WRITERS[form]
    if weights is not None and not writer.takes_weights:
        raise NoAnswer([Problem("E126", f"{writer.what} holds no weights", None, "leave --weights out")])
    if form == "onnx" and network.symbols() and len(network.inputs) == 1 and not isinstance(what, Network):
        from cnncalc.exchange.writers.onnx_sizes import write_for_sizes

        (shape,) = network.input_shapes().values()

        def at(sizes: Mapping[str, int]) -> Network:
            numbers = "x".join(str(sizes.get(str(n), n)) for n in shape.hwc)
            return load(what, input=numbers, settings=settings, stdin=stdin)

        written = write_for_sizes(network, weights, at)
        return Exported(network.name, form, written.content, written.notes)
    if symbols := sorted(network.symbols()):
        hint = "give the input as numbers"
        raise NoAnswer([Problem("E118", f"{', '.join(symbols)} must be known to write {writer.what}", None, hint)])
    written = writer.write(network, weights)
    return Exported(network.name, form, written.content, written.notes, dict(written.beside))
