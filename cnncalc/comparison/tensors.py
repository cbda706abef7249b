"""The tensors of a file of weights, and the networks of the library that have the same ones."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cnncalc.comparison.catalogue import Shelf
from cnncalc.exchange.weights import Tensor, read_tensors
from cnncalc.loading import What, load
from cnncalc.network.network import Network
from cnncalc.numbers.arith import symbols_of
from cnncalc.result import Result


@dataclass(frozen=True, repr=False)
class Tensors(Result):
    """The tensors of a file of weights, and the networks of the library that have them.

    `same` have all of them by name and shape, `alike` have the same shapes under other names.
    """

    file: str
    tensors: tuple[Tensor, ...]
    same: tuple[str, ...]
    alike: tuple[str, ...]

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.tensors)

    def __repr__(self) -> str:
        return f"<Tensors of {self.file}: {len(self.tensors):,}>"

    @property
    def numbers(self) -> int:
        """How many numbers they hold; counters of batches are not counted."""
        return sum(tensor.numbers for tensor in _counted(self.tensors))

    @property
    def bytes(self) -> int:
        return sum(tensor.bytes for tensor in self.tensors)


def tensors(path: What) -> Tensors:
    """Return the tensors of a file of weights, `.safetensors`, `.pt` or `.pth`, and the networks they are of.

    Neither values are read nor code is run: a file of PyTorch is loaded with `weights_only`. Raises NotFound for a file
    that cannot be read, and NoAnswer for one of PyTorch without PyTorch.
    """
    name = os.fspath(path)
    found = tuple(read_tensors(name))
    shapes = {tensor.name: tensor.shape for tensor in _counted(found)}
    total = sum(tensor.numbers for tensor in _counted(found))
    same, alike = [], []
    for row in Shelf().summaries():
        if row.params is None or not 0.9 * total <= row.params + (row.aux_params or 0) <= total:
            continue
        theirs = tensors_of(load(row.name))
        if theirs == shapes:
            same.append(row.name)
        elif Counter(theirs.values()) == Counter(shapes.values()):
            alike.append(row.name)
    return Tensors(name, found, tuple(same), tuple(alike))


def tensors_of(network: Network) -> Mapping[str, tuple[int, ...]]:
    """Return the tensors of `network.torch()` by their names: weights and buffers."""
    found = {}
    for node in network.nodes:
        if node.shares is None:
            for name, shape in (node.layer.weights(*node.x) | node.layer.buffers(*node.x)).items():
                if not any(map(symbols_of, shape)):
                    found[f"{node.path}.{name}"] = tuple(map(int, shape))
    return found


def _counted(found: tuple[Tensor, ...]) -> list[Tensor]:
    """Leave out whole numbers alone, such as `num_batches_tracked`: they count batches and nothing of the network."""
    return [tensor for tensor in found if tensor.shape or not tensor.dtype.startswith(("int", "uint"))]
