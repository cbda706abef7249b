"""A network on given numbers: volumes and weights from files, the outputs as tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.live import pytorch, refuse_symbols
from cnncalc.live.arrays import read
from cnncalc.live.build import build, steps_of
from cnncalc.live.memory import refuse_memory, shortage
from cnncalc.network.network import Network
from cnncalc.problem import NoAnswer, Problem, did_you_mean, quoted


def run(
    network: Network,
    volumes: Mapping[str, str],
    weights: Mapping[str, str],
    *,
    layout: str = "hwc",
    dtype: str = "float32",
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Run a network in eval mode on the CPU; return its outputs by name, and the learned tensors that no file gave.

    `volumes` names a file for each input, its numbers in the order `layout`; `weights` names files by the path of a
    layer (its `weight`) or of a tensor (`conv1.bias`), in PyTorch's order; an empty path is the one layer that has
    a weight. What no file gives is drawn with `seed`. `progress` is called with the path of each layer that has
    run. Outputs come in the order `layout` too, without a batch. Raises NoAnswer for files that do not fit, and
    without PyTorch.
    """
    torch = pytorch("run")
    refuse_symbols(network)
    report = network.report(dtype=dtype)
    refuse_memory(torch, report, "cpu")
    with torch.random.fork_rng(()):
        torch.manual_seed(seed % 2**64)
        try:
            model = build(network, dtype=dtype).eval()
            tensors = named_tensors(network, model)
            given = {name: (file, tensors[name]) for name, file in _chosen(network, tensors, weights).items()}
            for name, (file, tensor) in given.items():
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
    ordered = {name: y[0].movedim(0, -1) if layout == "hwc" else y[0] for name, y in named.items()}
    return ordered, [name for name in tensors if name not in given]


def _reports(progress: Callable[[str], None], path: str) -> Callable[..., None]:
    return lambda *passed: progress(path)


def named_tensors(network: Network, model: Any) -> dict[str, Any]:
    """Return the learned tensors by the path of their layer and their name; shared ones once."""
    found: dict[str, Any] = {}
    known: set[int] = set()
    for step in steps_of(model):
        for name, tensor in step.module.named_parameters():
            if id(tensor) not in known:
                known.add(id(tensor))
                found[f"{network.nodes[step.index].path}.{name}"] = tensor
    return found


def _chosen(network: Network, tensors: Mapping[str, Any], weights: Mapping[str, str]) -> dict[str, str]:
    """Return which tensor each file is for, or raise NoAnswer."""
    chosen: dict[str, str] = {}
    for path, file in weights.items():
        name = _tensor_name(network, tensors, path)
        if name is None:
            raise NoAnswer([_no_tensor(network, tensors, path)])
        chosen[name] = file
    return chosen


def _tensor_name(network: Network, tensors: Mapping[str, Any], path: str) -> str | None:
    if not path:
        single = [name for name in tensors if name.endswith(".weight")]
        return single[0] if len(single) == 1 else None
    level, _, last = path.rpartition(".")
    for layer, tensor in ((path, "weight"), (level, last)):
        try:
            name = f"{network.find(layer).path}.{tensor}"
        except KeyError:
            continue
        if name in tensors:
            return name
    return None


def _no_tensor(network: Network, tensors: Mapping[str, Any], path: str) -> Problem:
    weights = [name.removesuffix(".weight") for name in tensors if name.endswith(".weight")]
    if not path:
        if not weights:
            return Problem("E109", f"no layer of {network.name} has a weight")
        message = f"{network.name} has {len(weights)} layers with a weight, so a file needs the path of its own"
        return Problem("E109", message, None, f"as in --weights {weights[0]}=FILE")
    listed = ", ".join(weights[:6]) + (" …" if len(weights) > 6 else "")
    hint = did_you_mean(path, [*weights, *tensors]) or (f"there are {listed}" if weights else None)
    return Problem("E109", f"no layer or learned tensor is called {quoted(path)}", None, hint)


def _volume(torch: Any, network: Network, name: str, files: Mapping[str, str], layout: str) -> Any:
    """Read the volume of an input as 1 x C x sides."""
    shape = network.input_shapes()[name]
    what = "the input" if len(network.inputs) == 1 else f"input {name}"
    if layout == "chw":
        return read(torch, files[name], shape.chw, what)[None]
    return read(torch, files[name], shape.hwc, what).movedim(-1, 0)[None]
