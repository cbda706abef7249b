"""Tensors of another tool as views of volumes: a reshape, a permutation or an expansion is no layer until one needs it.

A dimension of a tensor is a sequence of atoms, each a part of a dimension of the volume that the tensor looks at.
Reshaping splits and joins atoms, permuting reorders them; layers that work position by position do not care. What does
gets the volume in the form that it needs, by the fewest kinds that give it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod
from operator import mul
from typing import NamedTuple, TypeAlias

from cnncalc.exchange.graph import Graph
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv
from cnncalc.layers.fields import DIMENSIONS, Refused, Sides
from cnncalc.layers.joint import Average, ConcatAlong, Matmul, ResizeLike
from cnncalc.layers.learned import BiasAdd, Scale
from cnncalc.layers.linear import Linear
from cnncalc.layers.merge import Add, Concat, Merge, dimensions
from cnncalc.layers.norm import Rescale
from cnncalc.layers.pool import GlobalAvgPool, GlobalMaxPool, MaxPool
from cnncalc.layers.reduce import Max, Mean, Min, Sum
from cnncalc.layers.reshape import (
    Flatten,
    Permute,
    PixelShuffle,
    Reshape,
    Select,
    Shuffle,
    Slice,
    SpaceToDepth,
)
from cnncalc.layers.resize import Crop
from cnncalc.layers.tokens import Position, Token, Tokens
from cnncalc.shape import Shape

BATCH = -1
"""The dimension of the images, of which a volume is one."""

BROADCAST = -2
"""A dimension that the volume does not have: its values are repeated along it."""

MOST_SIDES = 3
REDUCTIONS: dict[str, type[Layer]] = {"mean": Mean, "sum": Sum, "max": Max, "min": Min}


class Unreadable(Exception):  # noqa: N818  # its text is the reason
    """An operation that no kinds express."""


def stated(fault: Unreadable | Refused) -> str:
    """Return why a step of a model is no layer, to stand after the step's name."""
    return f"has a value that {fault.reason}" if isinstance(fault, Refused) else str(fault)


class Atom(NamedTuple):
    """A part of dimension `dim` of a volume, channels last: `size` steps of `stride` positions each."""

    dim: int
    size: int
    stride: int = 1


Dim: TypeAlias = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A tensor: the node whose volume it looks at, and its dimensions."""

    node: int
    dims: tuple[Dim, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(length, self.dims))


def length(atoms: Iterable[Atom]) -> int:
    return prod(atom.size for atom in atoms)


def merged(atoms: Iterable[Atom]) -> Dim:
    """Join neighbours that are one part of a dimension."""
    found: list[Atom] = []
    for atom in atoms:
        last = found[-1] if found else None
        if last and last.dim == atom.dim and last.stride == atom.size * atom.stride:
            found[-1] = Atom(atom.dim, last.size * atom.size, atom.stride)
        else:
            found.append(atom)
    return tuple(found)


def split(atoms: Iterable[Atom], sizes: Iterable[int]) -> list[Dim] | None:
    """Distribute atoms over dimensions of the given sizes, cutting them where needed; None where no cut fits."""
    rest, found = list(reversed(merged(atoms))), []
    for size in sizes:
        taken: list[Atom] = []
        while size > 1:
            if not rest:
                return None
            atom = rest.pop()
            if size % atom.size == 0:
                taken.append(atom)
                size //= atom.size
            elif atom.size % size == 0 and atom.dim != BATCH:
                inner = atom.size // size
                taken.append(Atom(atom.dim, size, atom.stride * inner))
                rest.append(Atom(atom.dim, inner, atom.stride))
                size = 1
            else:
                return None
        found.append(merged(taken))
    return None if rest else found


def runs(atoms: Dim) -> list[Dim]:
    """Return the parts of a dimension that the images of a batch separate."""
    found: list[list[Atom]] = [[]]
    for atom in atoms:
        if atom.dim == BATCH:
            found.append([])
        else:
            found[-1].append(atom)
    return [merged(run) for run in found if run]


class Tensors:
    """The volumes of a graph as tensors.

    `path` is where the operation is that is being read, `scope` what holds it: there is what the operation needs first.
    """

    def __init__(self, graph: Graph, batch: int = 1) -> None:
        self.graph = graph
        self.batch = batch
        self.path = ""
        self.scope = ""
        self._made: dict[tuple[Layer, tuple[int, ...], str], int] = {}

    # From a volume to a tensor and back.

    def input(self, name: str, shape: Shape, *, last: bool = False) -> View:
        return self.view(self.graph.input(name, shape), last=last)

    def hwc(self, node: int) -> tuple[int, ...]:
        return self.graph.nodes[node].y.hwc

    def whole(self, node: int) -> tuple[Dim, ...]:
        """Return the dimensions of a volume as atoms, channels last."""
        return tuple((Atom(dim, n),) if n > 1 else () for dim, n in enumerate(self.hwc(node)))

    def view(self, node: int, *, last: bool = False) -> View:
        """Return a volume as a tensor of images, with the channels first or last."""
        *sides, channels = self.whole(node)
        return View(node, (self.images, *sides, channels) if last else (self.images, channels, *sides))

    @property
    def images(self) -> Dim:
        return (Atom(BATCH, self.batch),) if self.batch > 1 else ()

    def add(self, layer: Layer, *inputs: int, shares: int | None = None, tied: bool = False) -> int:
        """Add a layer; one without weights that was added on the same volumes in the same module is that one."""
        key = (layer, inputs, self.path)
        if key in self._made and not tied:
            return self._made[key]
        before = len(self.graph.problems)
        index = self.graph.add(layer, *inputs, path=self.path, shares=shares)
        if index is None:
            problem = self.graph.problems[-1]
            del self.graph.problems[before:]
            raise Unreadable(problem.message.removeprefix(f"{self.path or layer.kind}: "))
        if not tied:
            self._made[key] = index
        return index

    def _helper(self, layer: Layer, *inputs: int) -> int:
        """Add what an operation needs before it."""
        path, self.path = self.path, f"{self.scope}.{layer.kind}".lstrip(".")
        try:
            return self.add(layer, *inputs)
        finally:
            self.path = path

    def _rearranged(self, node: int, groups: Sequence[Dim]) -> int:
        """Return a volume whose dimensions, channels last, are made of the given atoms of another."""
        groups = [merged(group) for group in groups]
        whole = self.whole(node)
        if tuple(groups) == whole:
            return node
        order_after = [atom for group in groups for atom in group]
        self._tiles(node, order_after)
        *sides, channels = map(length, groups)
        old = sorted(order_after, key=lambda atom: (atom.dim, -atom.stride))
        last = len(whole) - 1
        first_old = [a for a in old if a.dim == last] + [a for a in old if a.dim != last]
        first_new = [*groups[-1], *(atom for group in groups[:-1] for atom in group)]
        if merged(order_after) == merged(old) and groups[-1] == whole[-1] and len(sides) == 1 < len(whole) - 1:
            return self._helper(Tokens(last), node)
        if merged(first_new) == merged(first_old):
            return self._helper(Reshape(last, to=Sides((*sides, channels))) if sides else Flatten(last), node)
        if merged(order_after) == merged(old):
            return self._reshaped(node, (*sides, channels))
        return self._moved(node, groups, whole) or self._permuted(node, groups, old)

    def _tiles(self, node: int, atoms: Sequence[Atom]) -> None:
        """Raise Unreadable unless the atoms are the volume, each value once."""
        if any(atom.dim == BROADCAST for atom in atoms):
            raise Unreadable("repeats values along a dimension, which no layer kind does")
        for dim, n in enumerate(self.hwc(node)):
            inner = 1
            for atom in sorted((a for a in atoms if a.dim == dim), key=lambda atom: atom.stride):
                if atom.stride != inner:
                    raise Unreadable("reads a part of a volume in an order that no layer kind gives")
                inner *= atom.size
            if inner != n:
                raise Unreadable("reads a part of a volume in an order that no layer kind gives")

    def _moved(self, node: int, groups: Sequence[Dim], whole: Sequence[Dim]) -> int | None:
        """Return the volume by one kind that moves values between positions and channels, if there is one."""
        last = len(whole) - 1
        *sides, channels = groups
        if tuple(sides) == tuple(whole[:-1]) and len(channels) == 2 and all(a.dim == last for a in channels):
            return self._helper(Shuffle(last, groups=channels[1].size), node)
        if len(sides) == last and last:
            cut = [side[0] if len(side) == 1 and side[0].dim == dim else None for dim, side in enumerate(sides)]
            if all(atom is not None or not whole[dim] for dim, atom in enumerate(cut)):
                block = [atom.stride if atom else 1 for atom in cut]
                offsets = [Atom(dim, b) for dim, b in enumerate(block) if b > 1]
                own = list(whole[-1])
                for order, order_after in (("crd", [*own, *offsets]), ("dcr", [*offsets, *own])):
                    if offsets and list(channels) == order_after:
                        return self._helper(SpaceToDepth(last, block=Sides(block), order=order), node)
            parts = [
                (side[0].size, side[1]) if len(side) == 2 and side[0] == (*whole[dim], None)[0] else None
                for dim, side in enumerate(sides)
            ]
            if all(part and part[1].dim == last for part in parts) and all(a.dim == last for a in channels):
                inner = [part[1] for part in parts if part]
                for order, order_after in (("crd", [*channels, *inner]), ("dcr", [*inner, *channels])):
                    if merged(order_after) == whole[-1]:
                        factor = Sides(atom.size for atom in inner)
                        return self._helper(PixelShuffle(last, factor=factor, order=order), node)
        return None

    def _permuted(self, node: int, groups: Sequence[Dim], old: Sequence[Atom]) -> int:
        """Return the volume by permutations, several where it has more parts than a volume has dimensions."""
        order_after = [atom for group in groups for atom in group]
        while True:
            blocks = _blocks(old, order_after)
            goal = sorted(blocks, key=lambda block: order_after.index(block[0]))
            if blocks == goal:
                return self._reshaped(node, tuple(map(length, groups)))
            if len(blocks) > MOST_SIDES + 1:  # bring the first one that is not in its place there
                at = next(i for i, block in enumerate(blocks) if block != goal[i])
                end = blocks.index(goal[at])
                parts = [sum(blocks[:at], ()), sum(blocks[at:end], ()), blocks[end], sum(blocks[end + 1 :], ())]
                blocks, goal = ([parts[i] for i in order if parts[i]] for order in ((0, 1, 2, 3), (0, 2, 1, 3)))
            node = self._reshaped(node, tuple(map(length, blocks)))
            node = self._helper(Permute(len(blocks) - 1, order=tuple(blocks.index(block) for block in goal)), node)
            old = [atom for block in goal for atom in block]

    def _reshaped(self, node: int, hwc: tuple[int, ...]) -> int:
        """Return the same values in the same order, channels last, in another shape."""
        if hwc == self.hwc(node):
            return node
        order = "channels_first" if hwc[-1] == self.hwc(node)[-1] else "channels_last"
        return self._helper(Reshape(len(self.hwc(node)) - 1, to=Sides(hwc), order=order), node)

    def arranged(self, view: View, groups: Sequence[Sequence[Dim]]) -> View:
        """Return the tensor on a volume whose dimensions, channels last, are the given parts of the tensor's."""
        node = self._rearranged(view.node, [sum(group, ()) for group in groups])
        if node == view.node:
            return view
        places: dict[Atom, tuple[int, int]] = {}
        for dim, group in enumerate(groups):
            stride = 1
            for atom in reversed([atom for part in group for atom in part]):
                places[atom] = dim, stride
                stride *= atom.size
        dims = tuple(
            merged(Atom(places[a][0], a.size, places[a][1]) if a in places else a for a in atoms) for atoms in view.dims
        )
        return View(node, dims)

    def channels(self, view: View, dim: int) -> View:
        """Return the tensor on a volume whose channels are its dimension `dim`; the sides are anything."""
        dim %= len(view.dims)
        own = view.dims[dim]
        if own == self.whole(view.node)[-1]:
            return view
        others = [part for i, atoms in enumerate(view.dims) if i != dim for part in runs(atoms)]
        if any(atom.dim == BATCH for atom in own):
            raise Unreadable("works across the images of a batch")
        while len(others) > MOST_SIDES:
            others[:2] = [(*others[0], *others[1])]
        return self.arranged(view, [*([part] for part in others), [own]])

    def spatial(self, view: View, sides: int | None = None) -> int:
        """Return the volume of a tensor of images with the channels first; `sides` is how many it must have."""
        images, *rest = view.dims
        if images != self.images or not rest:
            raise Unreadable(f"works on {_shape(view)}, whose first dimension is not the images of the batch")
        if sides is not None and len(rest) != sides + 1:
            raise Unreadable(f"works on {_shape(view)}, which has no channels after the images")
        return self._rearranged(view.node, [*rest[1:], rest[0]])

    # Layers.

    def layer(self, view: View, layer: Layer, *, shares: int | None = None, tied: bool = False) -> View:
        """Apply a layer that works on images with the channels first."""
        sides: int = layer.__dict__["sides"]
        node = self.spatial(view, sides)
        return self.view(self.add(layer, node, shares=shares, tied=tied))

    def each(self, view: View, kind: type[Layer], *, dim: int | None = None, **fields: object) -> View:
        """Apply a layer that works value by value, or on the channels of each position: dimension `dim`."""
        if dim is not None:
            view = self.channels(view, dim)
        node = self.add(kind(len(self.hwc(view.node)) - 1, **fields), view.node)
        return View(node, view.dims)

    def along(self, view: View, kind: type[Layer], dim: int) -> View:
        """Apply a layer along a dimension: one of the volume by its name, else one that becomes the channels."""
        whole = self.whole(view.node)
        if view.dims[dim] and view.dims[dim] in whole[:-1]:
            name = DIMENSIONS[len(whole) - 1][whole.index(view.dims[dim])]
            return View(self.add(kind(len(whole) - 1, axis=name), view.node), view.dims)
        return self.each(view, kind, dim=dim)

    def linear(self, view: View, out: int, bias: bool, *, shares: int | None = None, tied: bool = False) -> View:
        """Apply a linear layer to the last dimension: a convolution of size 1 on two sides and more."""
        view = self.channels(view, -1)
        count = len(self.hwc(view.node)) - 1
        own = [part for atoms in view.dims[:-1] for part in runs(atoms)]
        if count > 1 and not own:  # one position: a vector
            view = self.arranged(view, [[view.dims[-1]]])
            count = 0
        layer: Layer = Linear(count, out=out, bias=bias)
        if count > 1:
            layer = Conv(count, out=out, kernel=Sides((1,) * count), bias=bias)
        node = self.add(layer, view.node, shares=shares, tied=tied)
        return View(node, (*view.dims[:-1], self.whole(node)[-1]))

    def norm(
        self, view: View, layer: type[Layer], *, shares: int | None = None, tied: bool = False, **fields: object
    ) -> View:
        """Apply a norm over the last dimension."""
        view = self.channels(view, -1)
        node = self.add(layer(len(self.hwc(view.node)) - 1, **fields), view.node, shares=shares, tied=tied)
        return View(node, view.dims)

    # Other shapes.

    def reshape(self, view: View, sizes: Sequence[int]) -> View:
        dims = split([atom for atoms in view.dims for atom in atoms], sizes)
        if dims is None:
            parts = [part for atoms in view.dims for part in runs(atoms)]
            images = [atom for atoms in view.dims for atom in atoms if atom.dim == BATCH]
            if images and view.dims[0][:1] != tuple(images):
                raise Unreadable(f"gives {_shape(view)} the shape {_sizes(sizes)}, across the images of the batch")
            node = self._rearranged(view.node, [sum(parts, ())])
            flat = (*images, Atom(0, self.hwc(node)[0]))
            dims = split(flat, sizes)
            if dims is None:
                node, dims = self._cut(node, sizes)
            return View(node, tuple(dims))
        return View(view.node, tuple(dims))

    def _cut(self, node: int, sizes: Sequence[int]) -> tuple[int, list[Dim]]:
        """Reshape a vector in order, for images of other dimensions."""
        if sizes[0] != self.batch or len(sizes) - 1 > MOST_SIDES + 1:
            raise Unreadable(f"gives a vector of {self.hwc(node)[0]:,} values the shape {_sizes(sizes)}")
        node = self._reshaped(node, tuple(sizes[1:]))
        return node, [self.images, *self.whole(node)]

    def permute(self, view: View, order: Sequence[int]) -> View:
        return View(view.node, tuple(view.dims[i] for i in order))

    def unsqueeze(self, view: View, dim: int) -> View:
        dim %= len(view.dims) + 1
        return View(view.node, (*view.dims[:dim], (), *view.dims[dim:]))

    def expand(self, view: View, sizes: Sequence[int]) -> View:
        dims = [()] * (len(sizes) - len(view.dims)) + list(view.dims)
        grown = (
            (Atom(BROADCAST, n, 0),) if not atoms and n > 1 else atoms for atoms, n in zip(dims, sizes, strict=True)
        )
        return View(view.node, tuple(grown))

    def pick(self, view: View, dim: int, start: int, count: int, step: int = 1) -> View:
        """Select `count` positions of a dimension, `step` apart."""
        dim %= len(view.dims)
        atoms = view.dims[dim]
        if start == 0 and step == 1 and count == length(atoms):
            return view
        if any(atom.dim == BATCH for atom in atoms):
            raise Unreadable("selects images of the batch")
        if atoms[0].dim == BROADCAST and len(atoms) == 1:
            return self._with(view, dim, (Atom(BROADCAST, count, 0),) if count > 1 else ())
        first, inner = atoms[0], length(atoms[1:])
        whole = self.hwc(view.node)
        outer = first.size * first.stride == whole[first.dim]
        if not outer or start % inner or (count % inner and count > 1) or (inner > 1 and step > 1):
            view = self._alone(view, dim)
            return self.pick(view, dim, start, count, step)
        if count == 1 and inner > 1:
            raise Unreadable("selects a part of a volume in an order that no layer kind gives")
        begin, kept, stride = start // inner, max(count // inner, 1), first.stride
        node = self._range(view.node, first.dim, begin * stride, kept * stride, step if stride == 1 else 1)
        if step > 1 and stride > 1:
            raise Unreadable(f"selects every {step}th part of a dimension")
        found = View(node, view.dims)
        rest = atoms[1:]
        if len(self.hwc(node)) < len(whole):  # the dimension is gone
            found = View(node, tuple(tuple(a._replace(dim=a.dim - (a.dim > first.dim)) for a in d) for d in found.dims))
            rest = tuple(a._replace(dim=a.dim - (a.dim > first.dim)) for a in rest)
        return self._with(found, dim, merged(((Atom(first.dim, kept, stride),) if kept > 1 else ()) + rest))

    def _with(self, view: View, dim: int, atoms: Dim) -> View:
        return View(view.node, (*view.dims[:dim], atoms, *view.dims[dim + 1 :]))

    def _alone(self, view: View, dim: int) -> View:
        """Return the tensor on a volume of which the outer part of a dimension is the outer part of one as well."""
        own, whole = view.dims[dim], self.whole(view.node)
        first = own[0]
        parts = [part for i, atoms in enumerate(view.dims) if i != dim for part in runs(atoms)]
        if len(own) == 1 and all(a.dim != BROADCAST for part in parts for a in part):
            units = sorted((atom for part in parts for atom in part), key=lambda atom: -atom.stride)
            groups = [[(atom,) for atom in units if atom.dim == d] for d in range(len(whole))]
            groups[first.dim].insert(0, (first,))
            found = self.arranged(view, groups)
            if found.node != view.node:
                return found
        if len(parts) > MOST_SIDES:
            raise Unreadable(f"selects a part of a tensor of {len(view.dims)} dimensions")
        channels = [i for i, part in enumerate(parts) if part == whole[-1]] or [len(parts) - 1]
        if not parts:
            return self.arranged(view, [[own]])
        last = parts.pop(channels[0])
        found = self.arranged(view, [[own], *([part] for part in parts), [last]])
        if found.node == view.node:
            raise Unreadable("selects a part of a volume in an order that no layer kind gives")
        return found

    def _range(self, node: int, dim: int, begin: int, count: int, step: int) -> int:
        """Return positions `begin`, `begin + step` … of a dimension of a volume."""
        hwc = self.hwc(node)
        sides, end = len(hwc) - 1, begin + (count - 1) * step + 1
        if dim == sides:
            if step > 1:
                return self._helper(Select(sides, channels=tuple(range(begin, end, step))), node)
            return self._helper(Slice(sides, begin=begin, end=end), node)
        if count == 1 and sides == 1:
            return self._helper(Token(1, index=begin), node)
        if begin or (hwc[dim] - 1) // step + 1 != count:
            size, offset = list(hwc[:-1]), [0] * sides
            size[dim], offset[dim] = end - begin, begin
            node = self._helper(Crop(sides, size=Sides(size), offset=Sides(offset)), node)
        if step > 1:
            strides = tuple(step if i == dim else 1 for i in range(sides))
            node = self._helper(MaxPool(sides, kernel=Sides((1,) * sides), stride=Sides(strides)), node)
        return node

    # Several tensors.

    def merge(self, kind: type[Layer], views: Sequence[View]) -> View:
        """Combine tensors value by value; dimensions of 1 are broadcast, and so are those that were expanded."""
        views, sizes, units = self._common(_unexpanded(views))
        lead = max(range(len(views)), key=lambda i: prod(views[i].shape))
        groups = self._groups(units[lead], views[lead])
        if groups is None:
            parts = [unit for unit, atoms in units[lead].items() if atoms and atoms[0].dim != BATCH]
            own = [dim for dim in range(len(sizes)) if any(unit[0] == dim for unit in parts)]
            if len(own) > MOST_SIDES + 1:
                raise Unreadable(f"combines tensors of {len(sizes)} dimensions in different orders")
            groups = [[unit for unit in parts if unit[0] == dim] for dim in own]
        placed = [self._placed(view, unit, groups) for view, unit in zip(views, units, strict=True)]
        dims = self._broadcast(placed)
        node = self._combined(kind, [view.node for view in placed])
        return View(node, dims)

    def _combined(self, kind: type[Layer], nodes: list[int]) -> int:
        shapes = [self.graph.nodes[node].y for node in nodes]
        sides = max(len(shape.sides) for shape in shapes)
        if issubclass(kind, Merge) and kind.kind in ("add", "sub") and any(shape != shapes[0] for shape in shapes):
            goal = tuple(max(numbers) for numbers in zip(*dimensions(tuple(shapes)), strict=True))
            largest = next((i for i, shape in enumerate(shapes) if shape.hwc == goal), None)
            if largest is not None and all(
                shape.channels == goal[-1] and len(shape.sides) == sides for shape in shapes
            ):
                like = nodes[largest]
                nodes = [
                    node if shape.hwc == goal else self._helper(ResizeLike(sides), node, like)
                    for node, shape in zip(nodes, shapes, strict=True)
                ]
            elif kind.kind == "sub" or len(nodes) > 2:
                raise Unreadable(f"{kind.kind} of {' and '.join(map(str, shapes))}, of which one is repeated")
            else:  # the mean of two is half of their sum, exactly
                return self.add(Rescale(sides, scale=2), self.add(Average(sides), *nodes))
        return self.add(kind(sides), *nodes)

    def _common(self, views: Sequence[View]) -> tuple[list[View], tuple[int, ...], list[dict[tuple[int, int], Dim]]]:
        """Return tensors of equally many dimensions, their common sizes, and their parts cut alike.

        A part is numbered by its dimension and its position in that.
        """
        count = max(len(view.dims) for view in views)
        views = [View(view.node, ((),) * (count - len(view.dims)) + view.dims) for view in views]
        sizes = tuple(max(numbers) for numbers in zip(*(view.shape for view in views), strict=True))
        units: list[dict[tuple[int, int], Dim]] = [{} for _ in views]
        for dim, size in enumerate(sizes):
            cuts = {1}
            for view in views:
                cuts |= set(accumulate((atom.size for atom in view.dims[dim]), mul))
            lengths = [b // a if b % a == 0 else 0 for a, b in pairwise(sorted(cuts))]
            cut_alike = (not view.dims[dim] or split(view.dims[dim], lengths) for view in views)
            if not all(lengths) or not all(cut_alike):
                lengths = [size]
            for own, view in zip(units, views, strict=True):
                atoms = view.dims[dim]
                cut = split(atoms, lengths) if len(lengths) > 1 and atoms else None
                for number, part in enumerate(cut or ([atoms] if atoms else [()] * max(len(lengths), 1))):
                    own[dim, number] = part
        return views, sizes, units

    def _groups(self, units: dict[tuple[int, int], Dim], view: View) -> list[list[tuple[int, int]]] | None:
        """Return the parts that each dimension of a volume consists of; None where they are not whole."""
        groups: list[list[tuple[int, int]]] = []
        for dim, whole in enumerate(self.whole(view.node)):
            own = [unit for unit, atoms in units.items() if atoms and atoms[0].dim == dim]
            own.sort(key=lambda unit: -units[unit][0].stride)
            if merged(atom for unit in own for atom in units[unit]) != whole:
                return None
            groups.append(own)
        return groups

    def _placed(
        self, view: View, units: dict[tuple[int, int], Dim], groups: Sequence[Sequence[tuple[int, int]]]
    ) -> View:
        """Return a tensor on a volume made of the given parts; a vector of the channels may stay one."""
        *sides, channels = ([units[unit] for unit in group] for group in groups)
        flat = merged(sum(channels, ()))
        if (
            len(self.hwc(view.node)) == 1
            and not any(sum(side, ()) for side in sides)
            and flat == self.whole(view.node)[0]
        ):
            dims = tuple(tuple(a._replace(dim=len(sides)) if a.dim == 0 else a for a in atoms) for atoms in view.dims)
            return View(view.node, dims)
        return self.arranged(view, [*sides, channels])

    def _broadcast(self, views: Sequence[View]) -> tuple[Dim, ...]:
        """Return the dimensions of a combination: those of the tensors that are not broadcast there."""
        found = []
        for dims in zip(*(view.dims for view in views), strict=True):
            own = [atoms for atoms in dims if atoms and all(a.dim != BROADCAST for a in atoms)]
            found.append(own[0] if own else next((atoms for atoms in dims if atoms), ()))
        return tuple(found)

    def concat(self, views: Sequence[View], dim: int) -> View:
        """Concatenate along a dimension."""
        if len(views) == 1:
            return views[0]
        dim %= len(views[0].dims)
        lead = views[0]
        names = DIMENSIONS.get(len(lead.dims) - 2, ())
        if names and dim > 1 and all(view == self.view(view.node) for view in views):
            along = ConcatAlong(len(names), axis=names[dim - 2])
            return self.view(self.add(along, *(view.node for view in views)))
        whole = self.whole(lead.node)
        own = lead.dims[dim]
        outer = not own or (own[0].dim == len(whole) - 1 and own[0].size * own[0].stride == length(whole[-1]))
        if not outer or len(own) > 1:
            lead = self.channels(lead, dim)
            own, whole = lead.dims[dim], self.whole(lead.node)
        rest = [View(view.node, self._with(view, dim, ()).dims) for view in views]
        rest[0] = self._with(lead, dim, ())
        _, _, units = self._common(rest)
        last = len(whole) - 1
        sides: list[list[tuple[int, int]]] = []
        for number in range(len(whole)):
            part = [unit for unit, atoms in units[0].items() if atoms and atoms[0].dim == number]
            sides.append(sorted(part, key=lambda unit: -units[0][unit][0].stride))
        inner = prod(length(units[0][unit]) for unit in sides[last])
        nodes, total = [], 0
        for view, unit in zip([lead, *views[1:]], units, strict=True):
            groups = [[unit[part] for part in group] for group in sides]
            groups[last].insert(0, view.dims[dim])
            placed = self.arranged(view, groups)
            nodes.append(placed.node)
            total += length(view.dims[dim])
        node = self.add(Concat(last), *nodes)
        first = self.arranged(
            lead,
            [
                [units[0][part] for part in g] if i < last else [own, *(units[0][part] for part in g)]
                for i, g in enumerate(sides)
            ],
        )
        return View(node, self._with(first, dim, (Atom(last, total, inner),)).dims)

    def stack(self, views: Sequence[View], dim: int) -> View:
        """Stack along a new dimension: the channels one after another, of which the new dimension is the outer part."""
        dim %= len(views[0].dims) + 1
        return self.concat([self.unsqueeze(view, dim) for view in views], dim)

    def matmul(self, a: View, b: View) -> View:
        """Multiply matrices: the last two dimensions of two tensors."""
        if min(len(a.dims), len(b.dims)) < 2:
            raise Unreadable(f"multiplies {_shape(a)} by {_shape(b)}")
        (a, b), (units_a, units_b) = self._leads(a, b)
        lead_a = [atoms for atoms in units_a.values() if atoms and atoms[0].dim != BATCH]
        lead_b = [atoms for atoms in units_b.values() if atoms and atoms[0].dim != BATCH]
        if [length(atoms) for atoms in lead_a] != [length(atoms) for atoms in lead_b]:
            raise Unreadable(f"multiplies {_shape(a)} by {_shape(b)}, of which one is repeated")
        sides_a, sides_b = [[atoms] for atoms in lead_a], [[atoms] for atoms in lead_b]
        while len(sides_a) > MOST_SIDES - 1:
            for sides in (sides_a, sides_b):
                sides[:2] = [[*sides[0], *sides[1]]]
        last = self.whole(b.node)[-1]
        turned = bool(b.dims[-2]) and all(atom.dim == len(self.hwc(b.node)) - 1 for atom in b.dims[-2])
        turned = turned and not (b.dims[-1] and b.dims[-1] == last)
        first = self.arranged(a, [*sides_a, [a.dims[-2]], [a.dims[-1]]])
        ends = (b.dims[-1], b.dims[-2]) if turned else (b.dims[-2], b.dims[-1])
        second = self.arranged(b, [*sides_b, *([end] for end in ends)])
        count = len(sides_a) + 1
        node = self.add(Matmul(count, transpose=turned), first.node, second.node)
        return View(node, (*first.dims[:-1], self.whole(node)[-1]))

    def _leads(
        self, a: View, b: View
    ) -> tuple[tuple[View, View], tuple[dict[tuple[int, int], Dim], dict[tuple[int, int], Dim]]]:
        """Return two tensors of equally many dimensions, and what stands before their matrices, cut alike."""
        count = max(len(a.dims), len(b.dims))
        a, b = (View(v.node, ((),) * (count - len(v.dims)) + v.dims) for v in (a, b))
        _, _, (one, two) = self._common([View(v.node, v.dims[:-2]) for v in (a, b)])
        return (a, b), (one, two)

    # Fewer values.

    def reduce(self, view: View, dims: Sequence[int], how: str, *, keep: bool) -> View:
        """Take the mean, the sum, the maximum or the minimum over dimensions."""
        count = len(view.dims)
        over = sorted({dim % count for dim in dims})
        left = tuple(() if dim in over else atoms for dim, atoms in enumerate(view.dims))
        parts = [part for dim in over for part in runs(view.dims[dim])]
        if any(atom.dim == BATCH for dim in over for atom in view.dims[dim]):
            raise Unreadable(f"takes the {how} over the images of the batch")
        if any(atom.dim == BROADCAST for part in parts for atom in part):
            raise Unreadable(f"takes the {how} of values that are repeated")
        found = self._reduced(View(view.node, left), parts, how)
        return found if keep else View(found.node, tuple(d for i, d in enumerate(found.dims) if i not in over))

    def _reduced(self, view: View, parts: list[Dim], how: str) -> View:
        whole = self.whole(view.node)
        last = len(whole) - 1
        atoms = [atom for part in parts for atom in part]
        if not atoms:
            return view
        sides = {atom.dim for atom in atoms}
        full = all(merged(sorted((a for a in atoms if a.dim == d), key=lambda a: -a.stride)) == whole[d] for d in sides)
        if full and (last not in sides or len(sides) in (1, len(whole))):
            return View(self._pooled(view.node, sides, how), view.dims)
        single = atoms[0]
        if (
            len(atoms) == 1
            and single.dim == last
            and single.size * single.stride == length(whole[-1])
            and (single.size <= 8 and single.stride > 1 and how in ("mean", "sum"))
        ):
            slices = [
                self.add(Slice(last, begin=i * single.stride, end=(i + 1) * single.stride), view.node)
                for i in range(single.size)
            ]
            node = self.add(Add(last), *slices)
            if how == "mean":
                node = self.add(Rescale(last, scale=1 / single.size), node)
            return View(node, view.dims)
        others = [part for dims in view.dims for part in runs(dims)]
        channels = next((i for i, part in enumerate(others) if part == whole[-1]), len(others) - 1)
        own = others.pop(channels) if others else ()
        while len(others) > MOST_SIDES - 1:
            others[:2] = [(*others[0], *others[1])]
        marked = View(view.node, (*view.dims, *parts))
        placed = self.arranged(marked, [parts, *([part] for part in others), [own]])
        return View(self._pooled(placed.node, {0}, how), placed.dims[: len(view.dims)])

    def _pooled(self, node: int, sides: set[int], how: str) -> int:
        """Return a volume reduced along whole dimensions, of which one position is left."""
        hwc = self.hwc(node)
        count = len(hwc) - 1
        if sides == set(range(count)) and how in ("mean", "max"):
            return self.add((GlobalMaxPool if how == "max" else GlobalAvgPool)(count), node)
        names = (*DIMENSIONS[count], "channels")
        several = {frozenset(range(count + 1)): "all", frozenset(range(count)): "sides"}
        axis = several.get(frozenset(sides)) if len(sides) > 1 else None
        for name in [axis] if axis else [names[dim] for dim in sorted(sides) if hwc[dim] > 1]:
            node = self.add(REDUCTIONS[how](count, axis=name), node)
        return node

    # Learned tensors, value by value.

    def learned(self, view: View, kind: str, sizes: Sequence[int], *, shares: int | None = None) -> View:
        """Multiply by (`scale`) or add (`bias`) a learned tensor of a shape that is broadcast."""
        sizes = [1] * (len(view.dims) - len(sizes)) + list(sizes)
        if len(sizes) > len(view.dims) or any(m not in (1, n) for m, n in zip(sizes, view.shape, strict=True)):
            raise Unreadable(f"combines {_shape(view)} with a learned tensor of {_sizes(sizes)}")
        over = [dim for dim, n in enumerate(sizes) if n > 1]
        if any(atom.dim == BATCH for dim in over for atom in view.dims[dim]):
            raise Unreadable(f"combines {_shape(view)} with a learned tensor of {_sizes(sizes)}, one for each image")
        values = prod(self.hwc(view.node))
        make = Scale if kind == "scale" else BiasAdd
        if not over:
            return self._learned(view, make, shares, init=1 if kind == "scale" else 0, per="all")
        if prod(sizes) == values:
            if kind == "bias" and len(self.hwc(view.node)) == 2:
                return self._learned(view, Position, shares)
            return self._learned(view, make, shares, init=1 if kind == "scale" else 0, per="value")
        own = [view.dims[dim] for dim in over]
        if merged(sum(own, ())) != self.whole(view.node)[-1]:
            others = [part for dim, atoms in enumerate(view.dims) if dim not in over for part in runs(atoms)]
            while len(others) > MOST_SIDES:
                others[:2] = [(*others[0], *others[1])]
            view = self.arranged(view, [*([part] for part in others), own])
        return self._learned(view, make, shares, init=1 if kind == "scale" else 0)

    def _learned(self, view: View, kind: type[Layer], shares: int | None, **fields: object) -> View:
        sides = len(self.hwc(view.node)) - 1
        return View(self.add(kind(sides, **fields), view.node, shares=shares, tied=True), view.dims)


def _unexpanded(views: Sequence[View]) -> Sequence[View]:
    """Return tensors without repeated values along dimensions in which another one has values of its own."""
    if not any(atom.dim == BROADCAST for view in views for dim in view.dims for atom in dim):
        return views
    own = {
        dim - len(view.dims)
        for view in views
        for dim, atoms in enumerate(view.dims)
        if atoms and all(atom.dim != BROADCAST for atom in atoms)
    }
    return [
        View(
            view.node,
            tuple(
                () if dim - len(view.dims) in own and all(atom.dim == BROADCAST for atom in atoms) else atoms
                for dim, atoms in enumerate(view.dims)
            ),
        )
        for view in views
    ]


def _blocks(old: Sequence[Atom], order_after: Sequence[Atom]) -> list[Dim]:
    """Cut a sequence where it is not the other one's."""
    follows = dict(pairwise(order_after))
    blocks: list[list[Atom]] = []
    for atom in old:
        if blocks and follows.get(blocks[-1][-1]) == atom:
            blocks[-1].append(atom)
        else:
            blocks.append([atom])
    return [tuple(block) for block in blocks]


def _shape(view: View) -> str:
    return _sizes(view.shape)


def _sizes(sizes: Iterable[int]) -> str:
    return "x".join(map(str, sizes)) or "a number"
