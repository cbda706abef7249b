"""Whether two models compute the same: both run on the same weights and images, all drawn at random."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice, permutations
from typing import Any, NamedTuple

import torch

from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import BatchNorm, LayerNorm
from cnncalc.layers.reshape import SpaceToDepth
from cnncalc.live.build import build, steps_of
from cnncalc.live.calls import Call, vocabularies
from cnncalc.live.foreign import Foreign
from cnncalc.live.memory import free_bytes, least_bytes, size
from cnncalc.live.record import WeightsOnMeta, renew_lists, tensors
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer
from cnncalc.shape import Shape

TOLERANCE = 1e-3
"""By how much outputs may differ, as a part of the difference between the outputs for two images."""

EPS = 1e-5
"""What norms add to a variance on both sides: it is no field of the language, so it is not compared."""

SPOTS = 7
"""Spots of an image, per dimension."""


class Run(NamedTuple):
    """What running both showed: whether the outputs agree, None where they cannot be compared, and why."""

    agrees: bool | None
    text: str


class _CannotRun(Exception):  # noqa: N818  # its text is the reason
    """Both cannot be run on the same weights."""


def run_both(
    network: Network, foreign: Foreign, ours: Sequence[Call], theirs: Sequence[Call], pairs: Mapping[int, int]
) -> Run:
    """Run both in eval mode on the CPU, each layer of ours with the weights of its pair.

    Agreement shows that functions which were not compared one by one change nothing: the weights are random, so
    that no layer scale of 0 and no equal values hide another order.
    """
    try:
        needed, free = 2 * least_bytes(network.report()), free_bytes(torch, "cpu")
        if free is not None and needed > free:
            raise _CannotRun(f"that takes at least {size(needed)}, and {size(free)} are free")
        ends = _ends(ours, theirs, pairs)
        generator = torch.Generator().manual_seed(0)
        volumes = [
            images(shape, generator) if most is None else torch.randint(most, (2, *shape.chw), generator=generator)
            for shape, most in zip(network.input_shapes().values(), vocabularies(network), strict=True)
        ]
        with torch.random.fork_rng(()), torch.no_grad():
            model, their_outputs = _theirs(foreign, volumes, generator)
            mine = _ours(network, _weights(ours, theirs, pairs), model)
            if len(their_outputs) != sum(call.kind == "output" for call in theirs):
                raise _CannotRun("theirs gives other outputs on the CPU")
            del model
            first: Run | None = None
            for order, text in _orders(network):
                hooks = _reorder(network, mine, order)
                result = mine(*volumes)
                for hook in hooks:
                    hook.remove()
                outputs = list(result.values()) if isinstance(result, dict) else [result]
                found = _compared([(outputs[our], their_outputs[their]) for our, their in ends])
                if found.agrees:
                    return Run(True, found.text + text)
                first = first or found
            assert first is not None  # the first order is the one that space_to_depth has
            return first
    except _CannotRun as reason:
        return Run(None, f"both cannot be run on the same weights: {reason}")


def _orders(network: Network) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield orders of the channels that space_to_depth makes, ours first, then the reverse: offsets before channels.

    The others are tried where learned weights for each channel follow: those come in the same order then.
    """
    nodes = [node for node in network.layers() if isinstance(node.layer, SpaceToDepth)]
    sides = {len(node.x[0].sides) for node in nodes}
    yield (), ""
    if len(sides) == 1 and all(_relearned(network, node) for node in nodes):
        count = sides.pop() + 1
        for order in islice(permutations(reversed(range(count))), math.factorial(count) - 1):
            yield order, ", with the channels of space_to_depth in another order, which the weights after it follow"


def _relearned(network: Network, node: Node) -> bool:
    """Return whether all that reads a volume has weights of its own for each channel, and no groups of channels."""
    readers = [other for other in network.layers() if node.index in other.inputs]
    return bool(readers) and all(
        isinstance(reader.layer, Linear)
        or (isinstance(reader.layer, Conv) and reader.layer.groups == 1)
        or (isinstance(reader.layer, (BatchNorm, LayerNorm)) and _relearned(network, reader))
        for reader in readers
    )


def _reorder(network: Network, model: Any, order: tuple[int, ...]) -> list[Any]:
    """Let each space_to_depth give its channels in another order; return the hooks that do so."""
    if not order:
        return []
    dims = [0, *(1 + at for at in order)]

    def hook(channels: int, block: Sequence[int]) -> Callable[..., Any]:
        def permuted(module: Any, given: Any, y: Any) -> Any:
            rest = range(len(dims), len(dims) + y.dim() - 2)
            return y.unflatten(1, (channels, *block)).permute(*dims, *rest).flatten(1, len(order))

        return permuted

    return [
        step.module.register_forward_hook(hook(node.x[0].channels, node.layer.block))
        for step in steps_of(model)
        if isinstance((node := network.nodes[step.index]).layer, SpaceToDepth)
    ]


def _compared(outputs: Sequence[tuple[Any, Any]]) -> Run:
    """Compare outputs of two images each."""
    for our, their in outputs:
        if our.shape != their.shape:
            return Run(None, "both were run on the same random weights, but their outputs have other shapes")
        between = (our[0] - our[1]).square().mean().sqrt().item()
        scale = our.square().mean().sqrt().item()
        apart = (our - their).square().mean().sqrt().item()
        if not math.isfinite(scale) or between <= 1e-3 * scale:
            return Run(None, "both were run on the same random weights, but the outputs do not depend on the input")
        if not apart <= TOLERANCE * between:
            return Run(False, "both were run on the same random weights: the outputs differ")
    return Run(True, "both were run on the same random weights: the outputs agree")


def _ends(ours: Sequence[Call], theirs: Sequence[Call], pairs: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return which output of ours is which of theirs, by their numbers."""
    mine, yours = ([call.index for call in calls if call.kind == "output"] for calls in (ours, theirs))
    if not all(pairs.get(index) in yours for index in mine):
        raise _CannotRun("an output of ours is none of theirs")
    return [(number, yours.index(pairs[index])) for number, index in enumerate(mine)]


def _theirs(foreign: Foreign, volumes: Sequence[Any], generator: Any) -> tuple[Any, list[Any]]:
    """Return their model with random weights, and its outputs."""
    ways: tuple[AbstractContextManager[Any], ...] = (WeightsOnMeta(), torch.device("cpu"))
    for way in ways:
        try:
            with foreign.running(foreign.target):
                model = foreign.model(way)
                _randomise(model, generator)
                outputs = [tensor.float() for tensor in tensors(model(*volumes))]
            if not any(tensor.is_meta for tensor in outputs):
                return model, outputs
            failure = "its output holds no numbers"
        except NoAnswer as problems:
            failure = problems.problems[0].message
    raise _CannotRun(failure)


def _randomise(model: Any, generator: Any) -> None:
    """Draw every parameter, give room to those on `meta`, and set what is not compared to the same on both sides."""
    new: dict[int, Any] = {}
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                if id(parameter) not in new:
                    # The old one is kept as well: no other can get its identity.
                    new[id(parameter)] = (
                        parameter,
                        torch.nn.Parameter(drawn(name, parameter.shape, generator), False),
                    )
                module._parameters[name] = new[id(parameter)][1]
    renew_lists(model)
    _settle(model)


def _settle(model: Any) -> None:
    """Set the statistics and the eps of norms, which are not compared."""
    for module in model.modules():
        if isinstance(getattr(module, "eps", None), float):
            module.eps = EPS
        if isinstance(module, torch.nn.modules.batchnorm._NormBase):
            module.reset_running_stats()


def drawn(name: str, shape: Sequence[int], generator: Any) -> Any:
    """Draw a tensor so that volumes keep their size, and small biases do not hide what depends on the image."""
    made = torch.empty(tuple(shape))
    if "bias" in name:
        return made.uniform_(-0.2, 0.2, generator=generator)
    if math.prod(shape) == max(shape, default=1):  # a scale, a number a channel
        return made.uniform_(0.5, 1.5, generator=generator)
    fan_in = 1 if shape[0] == 1 else math.prod(shape[1:])
    bound = math.sqrt(6 / fan_in)
    return made.uniform_(-bound, bound, generator=generator)


def images(shape: Shape, generator: Any) -> Any:
    """Draw two images of a few large spots each: means over noise would be alike."""
    spots = torch.randn((2, shape.channels, *(min(n, SPOTS) for n in shape.sides)), generator=generator)
    for dim, n in enumerate(shape.sides, 2):
        spots = spots.index_select(dim, torch.arange(n) * spots.shape[dim] // n)
    return spots + 0.5 * torch.randn(spots.shape, generator=generator)


def _weights(ours: Sequence[Call], theirs: Sequence[Call], pairs: Mapping[int, int]) -> dict[str, set[str]]:
    """Return by the path of each layer of ours the tensors of theirs that its pairs use."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for call in ours:
        if call.index in pairs:
            for path in call.names:
                found[path] |= theirs[pairs[call.index]].names
    return found


def _ours(network: Network, weights: Mapping[str, set[str]], model: Any) -> Any:
    """Return our model in eval mode with the weights of theirs, in the same memory where that can be."""
    theirs = dict(model.named_parameters())
    order = {name: number for number, name in enumerate(theirs)}
    built = build(network).eval()
    for step in steps_of(built):
        path = network.nodes[step.index].path
        left = sorted(weights.get(path, ()), key=order.__getitem__)
        for parameter in step.module.parameters():
            name = next((name for name in left if theirs[name].numel() == parameter.numel()), None)
            if name is None:
                raise _CannotRun(f"no weights of theirs fit those of {path} one by one")
            left.remove(name)
            parameter.data = theirs[name].data.reshape(parameter.shape)
        if left:
            raise _CannotRun(f"{left[0]} of theirs fits none of the weights of {path}")
    _settle(built)
    return built
