"""A network on given numbers: volumes and weights from files or arrays, the outputs as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnncalc.live import pytorch, refuse_symbols
from cnncalc.live.arrays import plain, read
from cnncalc.live.build import build, steps_of
from cnncalc.live.memory import refuse_memory, shortage
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem, quoted
from cnncalc.result import Result
from cnncalc.values.files import Given
from cnncalc.values.numbers import Number, decimal
from cnncalc.values.run import Outcome, chosen_tensors, evaluated, input_named
from cnncalc.values.tensor import Tensor

CONSTANT = ("batchnorm", "layernorm", "groupnorm", "instancenorm", "prelu", "scale", "bias_add")
"""Kinds whose learned tensors are not drawn, also where they are of one number."""


class InputsError(ValueError):
    """The inputs are not those of the network, whose names are `names`."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"each input needs its numbers: {', '.join(names)}")
        self.names = tuple(names)


@dataclass(frozen=True, repr=False)
class Run(Result):
    """What came out of a network. It iterates over the names of outputs; `run["output"]` has `sizes` and `nested()`."""

    network: Network
    outputs: dict[str, Tensor]  # in the order of `layout`, without a batch
    drawn: tuple[str, ...]  # learned tensors that were not given, at random
    initial: dict[str, Number]  # those that have their initial value
    layout: str
    dtype: str
    seed: int

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    def __getitem__(self, name: str) -> Tensor:
        if name not in self.outputs:
            raise KeyError(f"there is no {quoted(name)} among {', '.join(self.outputs)}")
        return self.outputs[name]

    def __repr__(self) -> str:
        listed = ", ".join(f"{name} {'x'.join(map(str, y.sizes))}" for name, y in self.outputs.items())
        return f"<Run of {self.network.name}: {listed}>"


def run(
    what: What | Network,
    inputs: Given | Mapping[str, Given],
    weights: Given | Mapping[str, Given] | None = None,
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    layout: str = "hwc",
    dtype: str = "float32",
    seed: int = 0,
    progress: Callable[[str, int], None] | None = None,
    stdin: Stdin | None = None,
) -> Run:
    """Run a network on given numbers, in eval mode on the CPU.

    `inputs` are the numbers of its input, or of each input by name, in the order `layout`: a file (.npy, .csv or text;
    `-` is standard input), an array, a tensor or nested lists. `weights` are those of the one layer that has a weight,
    or by the path of a layer (its `weight`) or of a tensor (`conv1.bias`), in PyTorch's order. What is not given has
    its initial value, or is drawn with `seed`. `progress` is called with the path of each layer that has run, and how
    many there are. Outputs come in the order `layout` too, without a batch. A small network runs without PyTorch if
    nothing is to be drawn. Raises InputsError, a ValueError, where an input is missing or none of the network's;
    NoAnswer for numbers that do not fit, and where PyTorch is needed and missing.
    """
    network = what if isinstance(what, Network) else load(what, input=input, settings=settings, stdin=stdin)
    volumes = _by_name(inputs)
    if list(volumes) == [""] and len(network.inputs) == 1:
        volumes = {next(iter(network.inputs)): volumes[""]}
    if set(volumes) != set(network.inputs):
        raise InputsError([*network.inputs])
    given = _by_name(weights) if weights is not None else {}
    outputs, drawn, initial = _outcome(network, volumes, given, layout, dtype, seed, progress)
    return Run(network, outputs, drawn, initial, layout, dtype, seed)


def _by_name(given: Given | Mapping[str, Given]) -> dict[str, Given]:
    """Return numbers by name; "" is the name of those that have none."""
    return {**given} if isinstance(given, Mapping) else {"": given}


def _outcome(
    network: Network,
    volumes: Mapping[str, Given],
    weights: Mapping[str, Given],
    layout: str,
    dtype: str,
    seed: int,
    progress: Callable[[str, int], None] | None,
) -> Outcome:
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
                count = sum(1 for _ in network.layers())
                for step in steps_of(model):
                    step.module.register_forward_hook(_reports(progress, network.nodes[step.index].path, count))
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


def _reports(progress: Callable[[str, int], None], path: str, count: int) -> Callable[..., None]:
    return lambda *passed: progress(path, count)


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


def _volume(torch: Any, network: Network, name: str, files: Mapping[str, Given], layout: str) -> Any:
    """Read the volume of an input as 1 x C x sides."""
    shape = network.input_shapes()[name]
    what = input_named(network, name)
    if layout == "chw":
        return read(torch, files[name], shape.chw, what)[None]
    return read(torch, files[name], shape.hwc, what).movedim(-1, 0)[None]
