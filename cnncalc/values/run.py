"""A network on files of numbers: a small one by itself, others by PyTorch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod
from typing import NamedTuple

from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem, did_you_mean, quoted
from cnncalc.values.evaluate import Evaluation, initial, needed, sizes_of, unsupported
from cnncalc.values.files import STRUCT, Given, read, rounded
from cnncalc.values.numbers import Number
from cnncalc.values.tensor import Tensor


class Outcome(NamedTuple):
    """The outputs of a run by name, in the order of its layout, and the learned tensors that no file gave."""

    outputs: dict[str, Tensor]
    drawn: tuple[str, ...]  # at random
    initial: dict[str, Number]  # all of whose numbers are one and the same: 1 for the scale of a batch norm


def evaluated(
    network: Network, volumes: Mapping[str, Given], weights: Mapping[str, Given], *, layout: str, dtype: str
) -> Outcome | str:
    """Run a small network in eval mode without PyTorch; return what needs PyTorch where something does.

    Large networks do, kinds without a rule, and tensors that are to be drawn at random. Arguments and errors are those
    of `cnncalc.live.run.run`.
    """
    reason = dtype if dtype not in STRUCT else unsupported(network)
    if reason:
        return f"running {reason}"
    tensors = all_tensors(network)
    chosen = chosen_tensors(network, tensors, weights)
    starts = {name: initial(*tensors[name]) for name in tensors if name not in chosen}
    drawn = [name for name, start in starts.items() if start is None]
    if drawn:
        return f"drawing {', '.join(drawn[:4])}{', …' if len(drawn) > 4 else ''} at random"
    found: dict[str, dict[str, Tensor]] = {}
    for name, (node, tensor) in tensors.items():
        sizes = sizes_of(node)[tensor]
        start = starts.get(name)
        if name in chosen:
            made = rounded(read(chosen[name], sizes, name), dtype)
        else:
            made = Tensor(sizes, [start or 0] * prod(sizes))
        found.setdefault(node.path, {})[tensor] = made
    images = {name: rounded(_volume(network, name, volumes, layout), dtype) for name in network.inputs}
    outputs = {}
    for name, (output,) in Evaluation(network, [images], found).outputs().items():
        outputs[name] = rounded(output.channels_last() if layout == "hwc" else output, dtype)
    learned = {name: start for name, start in starts.items() if start is not None and is_learned(*tensors[name])}
    return Outcome(outputs, (), learned)


def _volume(network: Network, name: str, files: Mapping[str, Given], layout: str) -> Tensor:
    """Read the volume of an input, channels first."""
    shape = network.input_shapes()[name]
    found = read(files[name], shape.chw if layout == "chw" else shape.hwc, input_named(network, name))
    return found if layout == "chw" else found.channels_first()


def input_named(network: Network, name: str) -> str:
    """Return what an input is called in messages."""
    return "the input" if len(network.inputs) == 1 else f"input {name}"


def all_tensors(network: Network) -> dict[str, tuple[Node, str]]:
    """Return the learned tensors and running statistics by path and name, `conv1.bias`; shared ones once."""
    return {
        f"{node.path}.{name}": (node, name)
        for node in needed(network)
        if node.kind != "input" and node.shares is None
        for name in sizes_of(node)
    }


def is_learned(node: Node, name: str) -> bool:
    return name in node.layer.weights(*node.x)


def chosen_tensors(network: Network, tensors: Collection[str], weights: Mapping[str, Given]) -> dict[str, Given]:
    """Return which tensor each file is for, by the path of a layer or a tensor; raises NoAnswer."""
    chosen: dict[str, Given] = {}
    for path, file in weights.items():
        name = _tensor_name(network, tensors, path)
        if name is None:
            raise NoAnswer([_no_tensor(network, tensors, path)])
        chosen[name] = file
    return chosen


def _tensor_name(network: Network, tensors: Collection[str], path: str) -> str | None:
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


def _no_tensor(network: Network, tensors: Collection[str], path: str) -> Problem:
    weights = [name.removesuffix(".weight") for name in tensors if name.endswith(".weight")]
    if not path:
        if not weights:
            return Problem("E109", f"no layer of {network.name} has a weight")
        message = f"{network.name} has {len(weights)} layers with a weight, so a file needs the path of its own"
        return Problem("E109", message, None, f"as in --weights {weights[0]}=FILE")
    listed = ", ".join(weights[:6]) + (" …" if len(weights) > 6 else "")
    hint = did_you_mean(path, [*weights, *tensors]) or (f"there are {listed}" if weights else None)
    return Problem("E109", f"no layer or learned tensor is called {quoted(path)}", None, hint)
