"""A network on given numbers: volumes and weights from files, the outputs as tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.live import pytorch, refuse_symbols
from cnncalc.live.arrays import plain, read
from cnncalc.live.build import build, steps_of
from cnncalc.live.memory import refuse_memory, shortage
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem
from cnncalc.values.numbers import Number, decimal
from cnncalc.values.run import Outcome, chosen_tensors, evaluated, input_named

CONSTANT = ("batchnorm", "layernorm", "groupnorm", "instancenorm", "prelu", "scale")
"""Kinds whose learned tensors are not drawn, also where they are of one number."""


def run(
    network: Network,
    volumes: Mapping[str, str],
    weights: Mapping[str, str],
    *,
    layout: str = "hwc",
    dtype: str = "float32",
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Run a network in eval mode on the CPU; return its outputs by name, and the learned tensors that no file gave.

    `volumes` names a file for each input, its numbers in the order `layout`; `weights` names files by the path of a
    layer (its `weight`) or of a tensor (`conv1.bias`), in PyTorch's order; an empty path is the one layer that has
    a weight. What no file gives has its initial value, or is drawn with `seed`. `progress` is called with the path of
    each layer that has run. Outputs come in the order `layout` too, without a batch. A small network runs without
    PyTorch if nothing is to be drawn. Raises NoAnswer for files that do not fit, and where PyTorch is needed and
    missing.
    """
    refuse_symbols(network)
    outcome = evaluated(network, volumes, weights, layout=layout, dtype=dtype)
    if isinstance(outcome, Outcome):
        return outcome
    torch = pytorch(outcome)
    report = network.report(dtype=dtype)
    refuse_memory(torch, report, "cpu")
    with torch.random.fork_rng(()):
        torch.manual_seed(seed % 2**64)
        try:
            model = build(network, dtype=dtype).eval()
            tensors = named_tensors(network, model)
            chosen = chosen_tensors(network, tensors, weights)
            left = {name: _start(*own) for name, own in tensors.items() if name not in chosen and own[1].requires_grad}
            for name, file in chosen.items():
                tensor = tensors[name][1]
                tensor.data.copy_(read(torch, file, tuple(tensor.shape), name))
            inputs = [
                _volume(torch, network, name, volumes, layout).to(getattr(torch, dtype)) for name in network.inputs
            ]
            if progress:
                for step in steps_of(model):
                    step.module.register_forward_hook(_reports(progress, network.nodes[step.index].path))
            with torch.no_grad():
                outputs = model(*inputs)
        except (RuntimeError, MemoryError) as error:
            short = shortage(torch, error, report, "cpu")
            if short is None:
                short = Problem(
                    "E122", f"PyTorch does not run {network.name} in {dtype}: {str(error).partition(chr(10))[0]}"
                )
            raise NoAnswer([short]) from None
    named = outputs if isinstance(outputs, dict) else dict.fromkeys(network.outputs, outputs)
    ordered = {name: plain(y[0].movedim(0, -1) if layout == "hwc" else y[0]) for name, y in named.items()}
    drawn = tuple(name for name, start in left.items() if start is None)
    return Outcome(ordered, drawn, {name: start for name, start in left.items() if start is not None})


def _reports(progress: Callable[[str], None], path: str) -> Callable[..., None]:
    return lambda *passed: progress(path)


def named_tensors(network: Network, model: Any) -> dict[str, tuple[Node, Any]]:
    """Return the learned tensors and running statistics with their layer, by its path and their name; shared ones once.

    A counter of training steps, which is a whole number, is left out.
    """
    found: dict[str, tuple[Node, Any]] = {}
    known: set[int] = set()
    for step in steps_of(model):
        for name, tensor in (*step.module.named_parameters(), *step.module.named_buffers()):
            if id(tensor) not in known and tensor.is_floating_point():
                known.add(id(tensor))
                node = network.nodes[step.index]
                found[f"{node.path}.{name}"] = node, tensor
    return found


def _start(node: Node, tensor: Any) -> Number | None:
    """Return the number that all of a tensor is before training; None where PyTorch draws it at random."""
    low, high = tensor.min().item(), tensor.max().item()
    constant = low == high and (tensor.numel() > 1 or node.kind in CONSTANT)
    return decimal(low) if constant else None


def _volume(torch: Any, network: Network, name: str, files: Mapping[str, str], layout: str) -> Any:
    """Read the volume of an input as 1 x C x sides."""
    shape = network.input_shapes()[name]
    what = input_named(network, name)
    if layout == "chw":
        return read(torch, files[name], shape.chw, what)[None]
    return read(torch, files[name], shape.hwc, what).movedim(-1, 0)[None]
