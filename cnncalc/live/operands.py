"""The tensors of a model that is read: what each shows of a volume, the layers of learned ones, sums and products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

import torch

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.tensors import Dim, Tensors, Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.joint import Divide, Maximum, Minimum
from cnncalc.layers.merge import Add, Mul, Sub
from cnncalc.layers.norm import Rescale
from cnncalc.live.record import Function, Learned, Recorder, tensors
from cnncalc.live.windows import Positions, Unfolded
from cnncalc.network.network import Node

BATCH = 2
"""How many images a model is run on: with one, its dimension could not be distinguished from others of size 1."""


class Pooled(NamedTuple):
    """The indices of a max pool: the tensor that was pooled."""

    view: View


class Unread(NamedTuple):
    """A result that is no volume of a layer: why it cannot be read."""

    reason: str


Value = View | Pooled | Unread | None  # None: what comes of something that was refused


class Stale(NamedTuple):
    """A tensor whose memory was changed through another view."""

    value: Any


COMBINED: dict[str, type[Layer]] = {
    "add": Add,
    "sub": Sub,
    "mul": Mul,
    "divide": Divide,
    "maximum": Maximum,
    "minimum": Minimum,
}


class Operands(Recorder):
    """The volumes and weights of a graph by the tensors of the model that is run."""

    graph: Graph

    def __init__(self, model: Any, name: str, source: str) -> None:
        super().__init__(dict(model.named_parameters()), model.buffers())
        self.parameters = dict(model.named_parameters())
        self.parts: dict[str, Any] = {}
        self.graph = Graph(name, source)
        self.graph.classes.update((path, type(module).__name__) for path, module in model.named_modules())
        self.volumes = Tensors(self.graph, BATCH)
        self.values: dict[int, tuple[Any, Value | Stale]] = {}  # by identity; each is kept, as those of a Recorder
        self._stores: dict[int, list[int]] = {}  # what memory -> the tensors there
        self._first: dict[tuple[type[Layer], tuple[str, ...]], int] = {}
        self._layer_of: dict[str, tuple[Any, str]] = {}  # what each tensor is used for, and where that was first
        self.weights: dict[Node, dict[str, Any]] = {}  # what each layer's tensors are, on the device of the model
        self.computed: dict[Any, str] = {}  # weights that are made of parameters each time the model runs
        self.call: Function
        self.nodes: list[Node] = []  # before any was left out: what views look at
        self.sizes: list[tuple[int, ...]] = []  # of their volumes
        self.ends: list[tuple[Any, View]] = []  # the outputs
        self.rows: dict[int, Dim] = {}  # the last positions that each projection works on

    def is_data(self, tensor: Any) -> bool:
        return id(tensor) in self.values

    def part(self, one: Any, tensor: Any) -> None:
        """Take a part of a learned tensor for one of its own."""
        name = f"{min(self.learned(tensor).names)}[{len(self.parts)}]"
        self.parts[name] = one
        self._learned[id(one)] = one, Learned(frozenset((name,)))

    def set_value(self, tensor: Any, value: Value) -> None:
        self.values[id(tensor)] = tensor, value
        self._stores.setdefault(tensor.untyped_storage()._cdata, []).append(id(tensor))

    def at(self, path: str) -> None:
        self.volumes.path = path
        self.volumes.scope = path.rpartition(".")[0]

    def refuse(self, call: Function, reason: str) -> None:
        self.graph.refuse(self.reason(call, reason))

    def reason(self, call: Function, reason: str) -> str:
        given = [sizes_text(t.shape) for t in tensors((call.args, call.kwargs)) if self.is_data(t)]
        at = self.volumes.path or call.name
        what = f"{call.name} of {' and '.join(given)}" if given else call.name
        return f"{at}: {what} {reason}".rstrip()

    def view_of(self, tensor: Any) -> View:
        value = self.values[id(tensor)][1]
        if isinstance(value, Stale):
            raise Unreadable("reads a tensor that was changed in place through another view of it")
        if isinstance(value, Unread):
            raise Unreadable(f"reads {value.reason}")
        if not isinstance(value, View):
            raise Unreadable("reads the indices of a max pool")
        return value

    def tied(
        self,
        kind: type[Layer],
        learned: Sequence[Any],
        make: Callable[..., View],
        orient: Callable[[Any, View], Any] | None = None,
    ) -> View:
        """Make a layer with weights: `shares` is the one that had them first, `orient` turns them as it has them."""
        if not learned:
            return make()
        for tensor in learned:
            self._check_learned(tensor)
        key = (kind, tuple(sorted(self.names(learned))))
        for name in key[1]:
            other = self._layer_of.setdefault(name, (key, self.volumes.path))
            if other[0] != key:
                raise Unreadable(
                    f"uses {name} in another way than {other[1] or 'before'}, so that it would count twice"
                )
        view = make(shares=self._first.get(key), tied=True)
        self._first.setdefault(key, view.node)
        own = self.graph.nodes[view.node]
        left = list(learned)
        found: dict[str, str] = {}
        values: dict[str, Any] = {}
        for name, shape in own.layer.weights(*own.x).items():
            fits = next((t for t in left if t.numel() == prod(shape)), None)
            if fits is not None:
                left = [t for t in left if t is not fits]
                found[name] = "+".join(sorted(self.learned(fits).names))
                values[name] = fits if orient is None else orient(fits, view).reshape(shape)
        self.graph.tensors[own.index] = found
        self.weights[own] = values
        return view

    def _check_learned(self, tensor: Any) -> None:
        """Note weights that are computed of parameters each time, such as standardised ones; refuse parts of some."""
        note = self.learned(tensor)
        names = " and ".join(sorted(note.names))
        own = prod(n for n, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride)
        if own not in {(self.parameters | self.parts)[name].numel() for name in note.names}:
            raise Unreadable(f"with {sizes_text(tensor.shape)} weights made of {names} is no layer kind")
        if note.changed:
            self.computed[tensor] = names

    def is_learned(self, tensor: Any) -> bool:
        return id(tensor) in self._learned

    # Sums and products.

    def combine(self, a: Any, b: Any, name: str) -> View:
        """Read a function of two operands: tensors, learned ones, numbers."""
        if isinstance(a, torch.Tensor) and self.is_data(a):
            view = self.view_of(a)
            if isinstance(b, torch.Tensor) and self.is_data(b):
                return self.two(view, self.view_of(b), name)
            if isinstance(b, torch.Tensor) and self.is_learned(b):
                return self.with_learned(view, b, name)
            if isinstance(b, torch.Tensor) and name == "add" and self._masked(view, b):
                return view
            return self._with_number(view, number_of(b), name)
        view = self.view_of(b)
        if isinstance(a, torch.Tensor) and self.is_learned(a):
            if name in ("add", "mul"):
                return self.with_learned(view, a, name)
            raise Unreadable(f"({name} of a learned tensor and a volume) is no layer kind")
        number = number_of(a)
        if name in ("add", "mul"):
            return self._with_number(view, number, name)
        if name == "sub":
            return self.rescaled(view, -1.0, number)
        raise Unreadable(f"({name} of {number:g} and a volume) is no layer kind")

    def two(self, a: View, b: View, name: str) -> View:
        if a == b and name in ("add", "mul"):
            return self.rescaled(a, 2.0) if name == "add" else self.volumes.each(a, KINDS["square"])
        return self.volumes.merge(COMBINED[name], [a, b])

    def _with_number(self, view: View, number: float, name: str) -> View:
        if name in ("add", "sub"):
            return self.rescaled(view, 1.0, -number if name == "sub" else number)
        if name == "divide":
            if number == 0:
                raise Unreadable("divides by 0")
            return self.rescaled(view, 1 / number)
        if name == "mul":
            return self.rescaled(view, number)
        if name == "maximum" and number == 0:
            return self.volumes.each(view, KINDS["relu"])
        raise Unreadable(f"({name} of a volume and {number:g}) is no layer kind")

    def rescaled(self, view: View, scale: float, offset: float = 0.0) -> View:
        if scale == 1 and offset == 0:
            return view
        return self.volumes.each(view, Rescale, scale=scale, offset=offset)

    def with_learned(self, view: View, tensor: Any, name: str) -> View:
        kind = {"add": "bias", "mul": "scale"}.get(name)
        if kind is None:
            raise Unreadable(f"({name} of a volume and a learned tensor) is no layer kind")
        if kind == "bias" and self._is_gathered(view, tensor):
            return self._positions(view, tensor)
        return self.tied(
            KINDS["scale" if kind == "scale" else "bias_add"],
            [tensor],
            lambda **tied: self.volumes.learned(view, kind, _own_sizes(tensor), shares=tied["shares"]),
            self._placed,
        )

    def _is_gathered(self, view: View, tensor: Any) -> bool:
        """Return whether scores get numbers of a table of offsets, one for each head and pair of positions."""
        sizes = _own_sizes(tensor)
        if len(sizes) < 3 or len(view.dims) < 3 or sizes[-1] != sizes[-2] or sizes[-3:] != view.shape[-3:]:
            return False
        names = self.learned(tensor).names
        return len(names) > 1 or prod(sizes) not in {(self.parameters | self.parts)[name].numel() for name in names}

    def _positions(self, view: View, tensor: Any) -> View:
        sizes, names = _own_sizes(tensor), self.learned(tensor).names
        reason = f"with {sizes_text(tensor.shape)} weights made of {' and '.join(sorted(names))} is no layer kind"
        return self.unfolded(view, Positions, reason, names=names, heads=sizes[-3], masked=prod(sizes[:-3]) > 1)

    def unfolded(self, view: View, kind: type[Unfolded], reason: str, **more: Any) -> View:
        """Add a step of attention within windows, of which the whole becomes a layer; `reason` is why it is none."""
        layer = kind(len(self.volumes.hwc(view.node)) - 1, self.reason(self.call, reason), **more)
        return View(self.volumes.add(layer, view.node), view.dims)

    def _masked(self, view: View, tensor: Any) -> bool:
        """Note a fixed mask of scores that know their positions."""
        layer = self.graph.nodes[view.node].layer
        if not isinstance(layer, Positions) or tensor.dim() < 3 or tensor.shape[-2:] != view.shape[-2:]:
            return False
        layer.__dict__["masked"] = True
        return True

    def _placed(self, tensor: Any, view: View) -> Any:
        """Return a tensor that is broadcast to a view in the order of the dimensions that its layer has it in."""
        tensor = tensor[tuple(slice(None) if stride else slice(1) for stride in tensor.stride())]
        dims = view.dims[len(view.dims) - tensor.dim() :]
        atoms = [atom for n, own in zip(tensor.shape, dims, strict=True) if n > 1 for atom in own]
        channels = len(self.volumes.hwc(view.node)) - 1
        last = self.graph.nodes[view.node].kind == "position"  # the others have the channels first
        order = sorted(
            range(len(atoms)), key=lambda i: (last or atoms[i].dim != channels, atoms[i].dim, -atoms[i].stride)
        )
        return tensor.reshape([atom.size for atom in atoms]).permute(order) if atoms else tensor


def _own_sizes(tensor: Any) -> tuple[int, ...]:
    """Return the sizes of a tensor, 1 where it was expanded."""
    return tuple(n if stride else 1 for n, stride in zip(tensor.shape, tensor.stride(), strict=True))


def number_of(value: Any) -> float:
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, torch.Tensor):
        if value.numel() == 1 and not value.is_meta:
            return float(value)
        raise Unreadable(f"with a fixed tensor of {sizes_text(value.shape)} is no layer kind")
    raise Unreadable(f"with {type(value).__name__} is no layer kind")


def sizes_text(shape: Iterable[int]) -> str:
    return "x".join(map(str, shape)) or "a number"


def data_of(reader: Operands, tensor: Any) -> View:
    if not reader.is_data(tensor):
        raise Unreadable(f"with a fixed or learned tensor of {sizes_text(tensor.shape)} is no layer kind")
    return reader.view_of(tensor)
