"""From a network of another tool to the text of a spec that computes the same, and to that spec."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnncalc.exchange import readers
from cnncalc.exchange.equality import differing, paired
from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Reader, Request
from cnncalc.exchange.text import spec_text
from cnncalc.files import SIZE_LIMIT
from cnncalc.library import NotFound, alike, read_text
from cnncalc.loading import Stdin, What, build
from cnncalc.loading.find import file_bytes, is_binary
from cnncalc.loading.overrides import InputShape, shape_text
from cnncalc.network.network import Network
from cnncalc.problem import Problem, quoted
from cnncalc.result import Result
from cnncalc.shape import Shape
from cnncalc.spec.model import Spec


class OnlyWeights(NotFound):
    """A file of weights was named where a network is needed."""


@dataclass(frozen=True, repr=False)
class Imported(Result):
    """A network of another tool as the text of a spec. `print` shows the text."""

    name: str
    source: str  # what was read
    text: str
    notes: tuple[str, ...]  # what differs from the source, and why that is no difference

    def __repr__(self) -> str:
        return f"<Imported {self.name} from {self.source}: {self.text.count(chr(10)):,} lines>"


def import_model(
    what: What,
    *,
    input: InputShape | None = None,
    kwargs: Mapping[str, Any] | None = None,
    flat: bool = False,
    stdin: Stdin | None = None,
) -> Imported:
    """Return a network of another tool as the text of a spec that computes the same.

    `what` is a file such as `yolov3.cfg`, `module:name`, or `-` for what `stdin` returns. `input` is the shape of its
    input where the source has none, `kwargs` are arguments of a module's constructor; a Python module is run, a file is
    not. With `flat`, each layer has a line of its own.

    The text is loaded again, and each layer, shape and count is compared with what was read. Raises NotRead with
    everything that cannot be read or written, and NotFound for what is no network of another tool.
    """
    name = os.fspath(what)
    shape = None if input is None else shape_text(input)
    reader, request = _named(name, shape, kwargs or {}, stdin)
    graph = reader.read(request)
    text, network = written(graph, flat=flat)
    return Imported(graph.name, graph.source, text, network.remarks)


def sourced(what: str, input: str | None = None) -> tuple[str, dict[int, str]]:
    """Return the flat text of a network of another tool, and the source's own name of the layer on each line.

    Raises what `import_model` raises.
    """
    reader, request = _named(what, input, {}, None)
    graph = reader.read(request)
    text, network = written(graph, flat=True)
    names: dict[int, str] = {}
    for index, ours in (paired(graph, Graph.of(network)) or {}).items():
        place, node = network.nodes[ours].place, graph.nodes[index]
        if place is not None:
            names[place.line] = node.path or node.kind
    return text, names


def is_foreign(what: str) -> bool:
    """Return whether a word names a callable of Python, or one of several networks of a file, and no file itself."""
    path = what.rpartition(":")[0]
    return not os.path.lexists(what) and (readers.of_name(what) is not None or os.path.isfile(path))


def read_model(
    model: Any,
    input: Sequence[int] | Mapping[str, Sequence[int]] | None = None,
    *,
    kwargs: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Network:
    """Return the network of a live torch.nn.Module, run without values and left as it was, or of a Keras model.

    `input` is the shape of its input, channels first as PyTorch has it, such as `(3, 224, 224)`; several inputs are a
    dictionary of them in the order of `forward`. Without it, usual images are tried. `kwargs` are passed to `forward`.
    Raises NotRead with everything that no layer kind expresses, and NoAnswer where the module fails.
    """
    if any(base.__module__.startswith("keras.") for base in type(model).__mro__):
        from cnncalc.exchange.readers.keras_model import read_config

        kind = "Sequential" if hasattr(model, "pop") else "Functional"
        return network_of(read_config({"class_name": kind, "config": model.get_config()}, name or model.name))
    from cnncalc.live.modules import read_module

    shapes = None
    if input is not None:
        given = input if isinstance(input, Mapping) else {"input": input}
        shapes = {key: Shape(tuple(map(int, sides)), int(channels)) for key, (channels, *sides) in given.items()}
    graph = read_module(model, shapes, name=name, kwargs=kwargs, source=type(model).__name__)
    return network_of(graph)


def network_of(graph: Graph) -> Network:
    """Return the network of a graph, by way of its text; raises NotRead, as `written` does."""
    return written(graph)[1]


def written(graph: Graph, *, flat: bool = False) -> tuple[str, Network]:
    """Return the text of a graph and the network that is loaded of it.

    Each layer, shape, connection and count is compared with the graph, and the outputs with those of the model where
    that can be run. Raises NotRead with everything that differs.
    """
    what = graph.source or graph.name
    text = spec_text(graph, flat=flat)
    spec, problems = read_text(text, f"the spec of {what}")
    network = build(spec, None, problems)
    if differences := differing(graph, Graph.of(network)):
        raise NotRead([Problem("E126", f"{what} cannot be written: {each}") for each in differences])
    network.remarks = (*graph.notes, *proven(graph, network))
    return text, network


def proven(graph: Graph, network: Network) -> tuple[str, ...]:
    """Return what running the model beside its network showed, if it can be run; raises NotRead where they differ."""
    if graph.proof is None:
        return ()
    proof = graph.proof(network)
    if proof.agrees is False:
        raise NotRead([Problem("E126", f"{graph.source or graph.name} cannot be written: {proof.text}")])
    return (proof.text,)


def _named(name: str, shape: str | None, kwargs: Mapping[str, Any], stdin: Stdin | None) -> tuple[Reader, Request]:
    """Return the reader of what a user named, and what it is to read; raises NotFound."""
    path, _, variant = name.partition(":") if name.count(":") == 1 and not os.path.exists(name) else (name, "", "")
    is_file = os.path.exists(path) and not path.endswith(".py")
    if name != "-" and not is_file and (reader := readers.of_name(name)):
        return reader, Request(name, None, shape, kwargs)
    if not is_file and name != "-" and len(known := alike(path)) == 1:
        message = f"{quoted(name, 200)} is a network of the library, and none of another tool"
        raise NotFound([Problem("E114", message, None, f"`cnncalc show {known[0]}` shows it")])
    data = (stdin() if stdin else b"") if name == "-" else file_bytes(path)
    own = "<stdin>" if name == "-" else path
    found = recognised(own, data, shape, kwargs, variant=variant, binary=is_binary(data))
    if found is None:
        hint = "a spec is shown by `cnncalc show`, and formatted by `cnncalc fmt`"
        raise NotFound([Problem("E114", f"{quoted(own, 200)} is no network of another tool", None, hint)])
    return found


def recognised(
    name: str,
    data: bytes,
    shape: str | None = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    variant: str = "",
    binary: bool,
) -> tuple[Reader, Request] | None:
    """Return the reader of a file and what it is to read; None for a file of no other tool.

    Raises NotFound for a file that is recognised and not read.
    """
    known = readers.of_bytes(data) if binary else readers.of_text(data.decode("utf-8", "replace"))
    reader = known if known and not known.weights else readers.of_ending(name) or known
    if reader is not None and reader.module is not None:
        whole = data if len(data) <= SIZE_LIMIT or name == "<stdin>" else None
        return reader, Request(name, whole, shape, kwargs or {}, variant)
    if reader is not None and reader.weights:
        hint = f"`cnncalc show {name}` lists its tensors"
        raise OnlyWeights([Problem("E114", f"{quoted(name, 200)} is {reader.what}, and no network", None, hint)])
    if known is None:
        return None
    own = stem_of(name)
    if in_library := alike(own):
        hint = f"the library has {in_library[0]}: `cnncalc show {in_library[0]}`"
    elif known.what == "a Python program":
        hint = f"name what makes the model, as in {name}:Net; its code is run then"
    else:
        hint = "write its layers as a spec, as `cnncalc docs language` explains, or as a chain"
    raise NotFound([Problem("E114", f"{quoted(name, 200)} is {known.what}, and no spec", None, hint)])


def spec_of_code(name: str, input: str | None) -> tuple[Spec, tuple[Problem, ...]]:
    """Return the spec of what a callable of Python makes, whose code is run, and the problems of its text."""
    reader = readers.of_name(name)
    if reader is None:
        raise NotFound([Problem("E114", f"{quoted(name, 200)} names no callable of Python")])
    return spec_of(reader, Request(name, None, input))


def spec_of(reader: Reader, request: Request) -> tuple[Spec, tuple[Problem, ...]]:
    """Return the spec of a network that a reader reads, and the problems of its text; raises NotRead.

    The text expects the counts of what was read, so loading it checks that it computes the same.
    """
    graph = reader.read(request)
    spec, problems = read_text(spec_text(graph), f"the spec of {request.name}")
    spec.remarks = tuple(graph.notes)
    if graph.proof is not None and not problems:
        spec.remarks += proven(graph, build(spec, None))
    return spec, problems


def stem_of(name: str) -> str:
    """Return the name of a file without its folder and its ending."""
    return os.path.splitext(os.path.basename(name))[0]
