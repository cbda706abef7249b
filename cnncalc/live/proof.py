"""Whether a spec computes what the model that it was read from computes: both run on the same weights and images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch

from cnncalc.exchange.equality import paired
from cnncalc.exchange.graph import Graph, Proof
from cnncalc.exchange.tensors import BATCH as IMAGES
from cnncalc.exchange.tensors import BROADCAST, View
from cnncalc.layers.base import Layer
from cnncalc.live.execution import drawn, images
from cnncalc.live.foreign import Foreign
from cnncalc.live.memory import free_bytes, size
from cnncalc.live.operands import BATCH
from cnncalc.live.read import Reader, run
from cnncalc.live.record import WeightsOnMeta
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product
from cnncalc.problem import NoAnswer
from cnncalc.shape import Shape

TOLERANCES = {torch.float64: 1e-3, torch.float32: 1e-3, torch.float16: 0.03, torch.bfloat16: 0.2}
"""By how much outputs may differ, as a part of the difference between two images, by the coarsest numbers used."""

MOST_MACS = 25_000_000_000
"""Multiply-adds per image of what is run: some seconds on a small CPU."""

AGREE = "outputs compared with those of the model on the same random weights: they agree"


class _CannotCompare(Exception):  # noqa: N818  # its text is the reason
    """Both cannot be run on the same weights."""


def prove(model: Any, shapes: Mapping[str, Shape], kwargs: Mapping[str, Any] | None, network: Network) -> Proof:
    """Run a model and the network of its spec on the same random weights and images, and compare the outputs.

    The model is left as it was. What cannot be run is stated with the reason.
    """
    try:
        _refuse_size(network)
        generator = torch.Generator().manual_seed(0)
        with torch.random.fork_rng(()), torch.no_grad(), randomised(model, generator):
            volumes = [images(shape, generator) for shape in shapes.values()]
            try:
                with Foreign.running("the model, run with values,"):
                    reader, _ = run(model.eval(), shapes, "model", "model", "cpu", kwargs, volumes)
            except NoAnswer as problems:
                raise _CannotCompare(problems.problems[0].message) from None
            return _Comparison(reader, network).proof(volumes)
    except _CannotCompare as reason:
        return Proof(None, f"outputs not compared with those of the model: {reason}")


def _refuse_size(network: Network) -> None:
    """Raise _CannotCompare for what would take long, or more memory than there is."""
    macs = sum(int(node.layer.macs(*node.x)) for node in network.nodes)
    if macs > MOST_MACS:
        raise _CannotCompare(f"{macs:,} multiply-adds, and up to {MOST_MACS:,} are run")
    values = sum(int(product(node.y.hwc)) for node in network.nodes)
    weights = sum(int(product(shape)) for node in network.nodes for shape in node.layer.weights(*node.x).values())
    needed, free = 4 * (2 * BATCH * values + 2 * weights), free_bytes(torch, "cpu")
    if free is not None and needed > free:
        raise _CannotCompare(f"that takes {size(needed)}, and {size(free)} are free")


@contextmanager
def randomised(model: Any, generator: Any) -> Iterator[None]:
    """Give a model random weights and statistics on the CPU, and its own back afterwards.

    With its own, a layer scale of 0 or equal values could hide a difference.
    """
    held = [(module, values) for module in model.modules() for values in (module._parameters, module._buffers)]
    own = [(values, name, tensor) for _, values in held for name, tensor in values.items()]
    new: dict[int, Any] = {}
    try:
        for module, values in held:
            for name, tensor in values.items():
                if tensor is not None and id(tensor) not in new:
                    new[id(tensor)] = (
                        _parameter(name, tensor, generator)
                        if values is module._parameters
                        else _buffer(name, tensor, generator)
                    )
                if tensor is not None:
                    values[name] = new[id(tensor)]
        yield
    finally:
        for values, name, tensor in own:
            values[name] = tensor


def _parameter(name: str, tensor: Any, generator: Any) -> Any:
    if not tensor.is_floating_point():
        raise _CannotCompare(f"the parameter {name} holds {tensor.dtype}")
    return torch.nn.Parameter(drawn(name, tensor.shape, generator) if tensor.dim() else torch.tensor(0.7), False)


def _buffer(name: str, tensor: Any, generator: Any) -> Any:
    if name == "running_mean":
        return torch.empty(tensor.shape).uniform_(-0.2, 0.2, generator=generator)
    if name == "running_var":
        return torch.empty(tensor.shape).uniform_(0.5, 1.5, generator=generator)
    if tensor.is_meta:
        raise _CannotCompare(f"the buffer {name} has no values")
    tensor = tensor.detach().to("cpu", copy=True)
    return tensor.float() if tensor.is_floating_point() else tensor


class _Comparison:
    """The network of a spec, and a model that was run and read."""

    def __init__(self, reader: Reader, network: Network) -> None:
        self.reader, self.network = reader, network
        theirs: Graph = reader.graph
        if theirs.problems:
            raise _CannotCompare(f"run with values, {theirs.problems[0].message}")
        pairs = paired(theirs, Graph.of(network))
        if pairs is None:
            raise _CannotCompare("run with values, it gives other layers")
        self.own = {ours: theirs.nodes[index] for index, ours in pairs.items()}
        self.pairs = pairs

    def proof(self, volumes: Sequence[Any]) -> Proof:
        """Return whether the outputs agree, and else the first layer that differs."""
        ends = [(tensor, view) for tensor, view in self.reader.ends if self._ours(view) is not None]
        if len(ends) < len(self.reader.graph.outputs):
            raise _CannotCompare("an output is none of a layer")
        dtypes = {tensor.dtype for tensor, _ in self.reader.known() if tensor.dtype in TOLERANCES}
        tolerance = max(TOLERANCES[dtype] for dtype in dtypes)
        results = self._run(volumes, {self._ours(view) for _, view in ends})
        verdicts = [self._agrees(tensor, view, results, tolerance) for tensor, view in ends]
        if None not in verdicts and all(verdicts):
            heads = sum(node.aux is not None for node in self.network.nodes)
            return Proof(True, AGREE + (f"; {heads} layers of side heads were not run" if heads else ""))
        if False not in verdicts:
            raise _CannotCompare("they do not depend on the image with random weights")
        return Proof(False, self._first(volumes, tolerance))

    def _ours(self, view: View) -> int | None:
        """Return the node of ours that a view looks at; None where its layer was replaced or left out."""
        node = self.reader.nodes[view.node]
        if node.y.hwc != self.reader.sizes[view.node]:
            return None  # it stands for another layer now
        known = node.index < len(self.reader.graph.nodes) and self.reader.graph.nodes[node.index] is node
        return self.pairs[node.index] if known else None

    def _run(
        self, volumes: Sequence[Any], kept: set[int | None], watch: Callable[[int, Any], None] | None = None
    ) -> Any:
        """Run our layers in order, each with the weights of its pair; return what is kept of their results."""
        last = {index: node.index for node in self.network.nodes if node.index in self.own for index in node.inputs}
        results: dict[int, Any] = {}
        names = self.network.inputs
        for volume, (name, _) in zip(volumes, self.reader.graph.inputs.items(), strict=True):
            results[self.pairs[self.reader.graph.inputs[name]]] = volume
        assert set(results) == set(names.values())
        for node in self.network.nodes:
            if node.index in results or node.index not in self.own:
                continue
            results[node.index] = self._layer(node)(*(results[index] for index in node.inputs))
            if watch:
                watch(node.index, results[node.index])
            for index in {*node.inputs, node.index}:
                if last.get(index, -1) <= node.index and index not in kept:
                    del results[index]
        return results

    def _layer(self, node: Node) -> Any:
        """Return a layer of ours with the weights of its pair."""
        layer: Layer = node.layer
        with WeightsOnMeta():
            module = layer.build(torch, *node.x).eval()
        own = self.reader.weights.get(self.own[node.index], {})
        for name, shape in layer.weights(*node.x).items():
            if name not in own:
                raise _CannotCompare(f"the weights of {node.path} are not found in the model one by one")
            if own[name].numel() != product(shape):
                raise _CannotCompare(f"{name} of {node.path} has another size in the model")
        for name, tensor in own.items():
            holder, _, last = name.rpartition(".")
            part = module.get_submodule(holder)
            held = part._parameters if last in part._parameters else part._buffers
            if held.get(last) is not None:
                tensor = tensor.reshape(held[last].shape)
                held[last] = torch.nn.Parameter(tensor, False) if held is part._parameters else tensor
        return module

    def _agrees(self, tensor: Any, view: View, results: Mapping[int, Any], tolerance: float) -> bool | None:
        ours = self._ours(view)
        assert ours is not None
        return _agree(_seen(results[ours], view), tensor, tolerance)

    def _first(self, volumes: Sequence[Any], tolerance: float) -> str:
        """Return which layer is the first that gives other values than the model."""
        theirs: dict[int, list[tuple[Any, View]]] = {}
        for tensor, view in self.reader.known():
            if (ours := self._ours(view)) is not None:
                theirs.setdefault(ours, []).append((tensor, view))
        found: list[str] = []

        def watch(index: int, result: Any) -> None:
            if not found and any(
                _agree(_seen(result, view), t, tolerance) is False for t, view in theirs.get(index, ())
            ):
                node = self.network.nodes[index]
                found.append(f"{node.path}, {node.layer} of {' and '.join(map(str, node.x))}")

        self._run(volumes, set(), watch)
        return f"it gives other values than the model on the same weights, first at {(found or ['an output'])[0]}"


def _seen(volume: Any, view: View) -> Any:
    """Return a volume of ours, channels first, as the tensor of theirs that a view says."""
    volume = volume.movedim(1, -1).contiguous()
    strides = volume.stride()
    sizes, steps = [], []
    for atom in chain.from_iterable(view.dims):
        sizes.append(atom.size)
        steps.append(
            0 if atom.dim == BROADCAST else strides[0] if atom.dim == IMAGES else strides[atom.dim + 1] * atom.stride
        )
    return volume.as_strided(sizes, steps).reshape(view.shape)


def _agree(ours: Any, theirs: Any, tolerance: float) -> bool | None:
    """Return whether two tensors of two images agree; None where both images give the same."""
    theirs = theirs.to(ours.dtype)
    if ours.shape != theirs.shape:
        return False
    between = (theirs[0] - theirs[1]).square().mean().sqrt().item()
    scale = theirs.square().mean().sqrt().item()
    apart = (ours - theirs).square().mean().sqrt().item()
    if not math.isfinite(scale):
        return None
    if between <= 1e-3 * scale:
        return None if apart <= 1e-3 * scale else False
    return bool(apart <= tolerance * between)


__all__ = ["prove"]
