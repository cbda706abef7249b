"""A PyTorch module, live or made by a callable that a target names, read as a graph. This runs its code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnncalc.exchange.graph import Graph, NotRead, Proof
from cnncalc.live import pytorch
from cnncalc.live.foreign import Foreign
from cnncalc.network.network import Network
from cnncalc.problem import NoAnswer, Problem
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.exchange.readers import Request

SIZES = {1: (16_000, 1000, 128), 2: (224, 299, 32, 28), 3: (112, 32)}
"""Sizes that are tried where none is given, by the number of spatial dimensions."""


def read_target(request: Request) -> Graph:
    """Return the graph of `package.module:callable` or `file.py:callable`; raises NoAnswer."""
    torch = pytorch("reading a Python module")
    from cnncalc.live.record import WeightsOnMeta

    foreign = Foreign(request.name, request.kwargs)
    name = re.sub(r"\W+", "_", request.name.rpartition(":")[2]).strip("_").lower()
    shapes = request.shapes(needed=True)
    failure: NoAnswer | None = None
    for place in (WeightsOnMeta(), torch.device("cpu")):
        try:
            model = foreign.model(place)
        except NoAnswer as problems:
            failure = problems
            continue
        try:
            return read_module(model, shapes, name=name, source=request.source, built="cpu" in str(place))
        except NotRead:
            raise
        except NoAnswer as problems:
            failure = problems
    assert failure is not None
    raise failure


def read_module(
    model: Any,
    shapes: Mapping[str, Shape] | None = None,
    *,
    name: str | None = None,
    source: str = "",
    kwargs: Mapping[str, Any] | None = None,
    built: bool = True,
) -> Graph:
    """Return the graph of a module, run on `meta`, or on the CPU where that fails and it is `built`.

    The module is left as it was. Without shapes, those of usual images are tried. Raises NotRead for what no layer
    kind expresses, and NoAnswer with its message where the module fails.
    """
    torch = pytorch("reading a PyTorch module")
    if not isinstance(model, torch.nn.Module):
        message = f"a torch.nn.Module is read, not {type(model).__name__}"
        raise NoAnswer([Problem("E125", message, None, "call the class: Net(), not Net")])
    name = name or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(model).__name__).lower()
    if lazy := [path for path, p in model.named_parameters() if isinstance(p, torch.nn.UninitializedParameter)]:
        message = f"{name} has lazy layers, whose weights are not there yet: {lazy[0]}"
        raise NoAnswer([Problem("E125", message, None, "run it once on an image of its size, then read it")])
    failure: NoAnswer | None = None
    for tried in [shapes] if shapes else _usual(torch, model):
        for device in ("meta", "cpu") if built else ("meta",):
            try:
                return _read(model, tried, device, name, source, kwargs).finished()
            except NotRead:
                raise
            except NoAnswer as problems:
                failure = failure or problems
    assert failure is not None
    if not shapes:
        hint = "give the shape of its input: --input 32x32x1, or input=(1, 32, 32) in Python"
        raise NoAnswer([replace(each, hint=each.hint or hint) for each in failure.problems])
    raise failure


def _read(
    model: Any,
    shapes: Mapping[str, Shape],
    device: str,
    name: str,
    source: str,
    kwargs: Mapping[str, Any] | None,
) -> Graph:
    from cnncalc.live.proof import prove
    from cnncalc.live.read import read_graph
    from cnncalc.live.record import NoTensor

    what = f"{source or name}, run on {' and '.join(map(str, shapes.values()))},"
    with Foreign.running(what), on_device(model, device), in_its_mode(model):
        try:
            graph = read_graph(model, shapes, name=name, source=source, device=device, kwargs=kwargs)
        except NoTensor as given:
            message = f"{source or name} gives {given} when run, which holds no tensor"
            raise NoAnswer([Problem("E125", message)]) from None

    def proof(network: Network) -> Proof:
        with in_its_mode(model):
            return prove(model, shapes, kwargs, network)

    graph.proof = proof
    return graph


@contextmanager
def in_its_mode(model: Any) -> Iterator[None]:
    """Leave every module of a model in training or in eval mode as it was."""
    training = {path: module.training for path, module in model.named_modules()}
    try:
        yield
    finally:
        for path, module in model.named_modules():
            module.training = training[path]


@contextmanager
def on_device(model: Any, device: str) -> Iterator[None]:
    """Let a model have tensors without values on `meta`, and have its own back afterwards."""
    if device != "meta":
        yield
        return
    from cnncalc.live.record import onto_meta, renew_lists

    own = [
        (held, name, tensor)
        for module in model.modules()
        for held in (module._parameters, module._buffers)
        for name, tensor in held.items()
    ]
    try:
        yield onto_meta(model)
    finally:
        for held, name, tensor in own:
            held[name] = tensor
        renew_lists(model)


def _usual(torch: Any, model: Any) -> Sequence[Mapping[str, Shape]]:
    """Return shapes of usual images, with as many channels and dimensions as its first convolution takes."""
    convolutions = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
    first = next((module for module in model.modules() if isinstance(module, convolutions)), None)
    if first is None:
        linear = next((module for module in model.modules() if isinstance(module, torch.nn.Linear)), None)
        vector = [{"input": Shape((), linear.in_features)}] if linear is not None else []
        return [{"input": Shape((224, 224), 3)}, *vector]
    sides = len(first.kernel_size)
    return [{"input": Shape((size,) * sides, first.in_channels)} for size in SIZES[sides]]
