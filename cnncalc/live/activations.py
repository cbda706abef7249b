"""Whether a graph computes what the model that it was read from computes: both run on the same weights and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import torch

from cnncalc.exchange.graph import Graph
from cnncalc.live.execution import drawn, images
from cnncalc.live.read import Reader, run
from cnncalc.live.record import tensors
from cnncalc.shape import Shape

TOLERANCE = 1e-4
"""By how much outputs may differ, as a part of their own size."""


def difference(model: Any, shapes: Mapping[str, Shape], kwargs: Mapping[str, Any] | None = None) -> float:
    """Return by how much the graph of a model differs from it in its outputs, as a part of their size.

    The model is on the CPU; its weights are drawn again. Raises NotRead for one that cannot be read.
    """
    generator = torch.Generator().manual_seed(0)
    randomise(model, generator)
    volumes = [images(shape, generator) for shape in shapes.values()]
    reader, result = run(model.eval(), shapes, "model", "model", "cpu", kwargs, volumes)
    graph = reader.graph.finished()
    theirs = [tensor.float() for tensor in tensors(result)]
    ours = outputs(graph, reader, volumes)
    worst = 0.0
    for mine, other in zip(ours, theirs, strict=True):
        size = other.norm().clamp_min(1e-12)
        worst = max(worst, min(float((turned - other).norm() / size) for turned in _alike(mine, other)))
    return worst


def _alike(mine: Any, other: Any) -> Iterator[Any]:
    """Yield a volume in every order of its dimensions that has the shape of another: theirs may be channels last."""
    if mine.dim() != other.dim():
        yield mine.reshape(other.shape)
        return
    for order in permutations(range(mine.dim())):
        if tuple(mine.shape[i] for i in order) == tuple(other.shape):
            yield mine.permute(order)


def randomise(model: Any, generator: Any) -> None:
    """Draw parameters and statistics, so that no layer scale of 0 and no equal values hide a difference."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.is_floating_point():
                parameter.copy_(drawn(name, parameter.shape, generator) if parameter.dim() else torch.tensor(0.7))
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(torch.empty(buffer.shape).uniform_(-0.2, 0.2, generator=generator))
            elif name.endswith("running_var"):
                buffer.copy_(torch.empty(buffer.shape).uniform_(0.5, 1.5, generator=generator))


def outputs(graph: Graph, reader: Reader, volumes: Sequence[Any]) -> list[Any]:
    """Run a graph layer by layer on the tensors that its reader noted; return its outputs."""
    results: dict[int, Any] = dict(zip(graph.inputs.values(), volumes, strict=True))
    with torch.no_grad():
        for node in graph.layers():
            module = node.layer.build(torch, *node.x).eval()
            own = reader.weights.get(node, {})
            held = {**dict(module.named_parameters()), **dict(module.named_buffers())}
            for name, tensor in own.items():
                held[name].copy_(tensor.reshape(held[name].shape))
            results[node.index] = module(*(results[i] for i in node.inputs))
    return [results[i] for i in graph.outputs.values()]
