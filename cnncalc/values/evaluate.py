"""A small network on given numbers, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import TypeAlias

from cnncalc.layers.learned import Learned
from cnncalc.layers.norm import Normalisation
from cnncalc.network.network import Network, Node
from cnncalc.values.entries import Entry
from cnncalc.values.numbers import Number, decimal
from cnncalc.values.rules import RULES, Position, Step
from cnncalc.values.tensor import Tensor

MOST_PRODUCTS = 1_000_000
"""Multiply-adds, numbers in windows and values that are evaluated; larger networks need PyTorch."""

NOT_EVALUATED = ("align_corners", "approximate", "divisor", "mode", "pad_mode", "parametrize", "value", "whole")
"""Fields that must have their default."""

EPSILON = decimal(1e-5)
"""What PyTorch's normalisations add to the variance."""

Tensors: TypeAlias = Mapping[str, Mapping[str, Tensor]]
"""Path of a layer → name → tensor, in PyTorch's order."""


def unsupported(network: Network, most: int = MOST_PRODUCTS) -> str:
    """Return what of a network is not evaluated here, "" for nothing: a kind without a rule, or its size."""
    for node in needed(network):
        layer = node.layer
        if node.kind not in ("input", *RULES):
            return node.kind
        for name in NOT_EVALUATED:
            if name in layer.fields and (value := layer.__dict__[name]) != layer.default(name):
                return f"{node.kind} {name}={layer.fields[name].type.write(value)}"
    size = sum(_work(node) for node in needed(network))
    if size > most:
        return f"{size:,} products and values, more than {most:,},"
    return ""


def _work(node: Node) -> int:
    """Count the products of a layer, the numbers in its windows, or its values."""
    macs = int(node.layer.macs(*node.x))
    window = prod(getattr(node.layer, "kernel", ())) if not macs else 1
    return max(macs, int(node.y.values) * window, sum(int(x.values) for x in node.x))


def needed(network: Network) -> list[Node]:
    """Return the nodes that the outputs are computed of, in order."""
    used = set(network.outputs.values()) | set(network.inputs.values())
    for node in reversed(network.nodes):
        if node.index in used:
            used.update(node.inputs)
    return [node for node in network.nodes if node.index in used]


def sizes_of(node: Node) -> dict[str, tuple[int, ...]]:
    """Return the tensors of a layer and their sizes: learned ones, then running statistics."""
    return {**node.layer.weights(*node.x), **node.layer.buffers(*node.x)}


def initial(node: Node, name: str) -> Number | None:
    """Return what every number of a tensor is before training; None where it is drawn at random."""
    layer = node.layer
    if name in ("running_mean", "running_var"):
        return int(name == "running_var")
    if isinstance(layer, Normalisation):
        return int(name == "weight")
    if node.kind == "prelu":
        return decimal(0.25)
    return decimal(layer.init) if isinstance(layer, Learned) and layer.init is not None else None


class Evaluation:
    """A network on a batch of images; `change` replaces the step of a layer, `made` its entries.

    `tensors` must have every tensor of every layer that is read (`sizes_of`), dropout's `mask` in training if any.
    `known` are outputs that need not be computed again, by node.
    """

    def __init__(
        self,
        network: Network,
        images: Sequence[Mapping[str, Tensor]],
        tensors: Tensors,
        *,
        training: bool = False,
        epsilon: Number = EPSILON,
        change: Callable[[Node, Step], Step] = lambda node, step: step,
        made: Callable[[Node, Entry], Entry] = lambda node, entry: entry,
        known: Mapping[int, list[Tensor]] = MappingProxyType({}),
    ) -> None:
        self.network, self.tensors, self.training, self.epsilon = network, tensors, training, epsilon
        self.change, self.made = change, made
        self.count = len(images)
        inputs = {index: [image[name] for image in images] for name, index in network.inputs.items()}
        self.known: dict[int, list[Tensor]] = {**inputs, **known}

    def step(self, node: Node, ask: str = "value") -> Step:
        """Return a layer at work on what is before it."""
        inputs = [self.output(self.network.nodes[index]) for index in node.inputs]
        images = [tuple(volumes[image] for volumes in inputs) for image in range(self.count)]
        origin = node if node.shares is None else self.network.nodes[node.shares]
        own = self.tensors.get(origin.path, {})
        return self.change(node, Step(node.layer, node.x, images, own, self.training, self.epsilon, ask))

    def entry(self, node: Node, image: int, position: Position, ask: str = "value") -> Entry:
        """Return one number and how it comes about."""
        return self.made(node, self.step(node, ask).entry(image, position))

    def output(self, node: Node, ask: str = "value") -> list[Tensor]:
        """Return the output of a layer for each image."""
        if ask == "value" and node.index in self.known:
            return self.known[node.index]
        step = self.step(node, ask)
        found = [step.output(image, lambda entry: self.made(node, entry)) for image in range(self.count)]
        if ask == "value":
            self.known[node.index] = found
        return found

    def outputs(self) -> dict[str, list[Tensor]]:
        """Return each output of the network by name, layers before it computed first."""
        for node in needed(self.network):  # in order, so that no call nests as deep as the network is long
            if node.kind != "input":
                self.output(node)
        return {name: self.output(self.network.nodes[index]) for name, index in self.network.outputs.items()}
