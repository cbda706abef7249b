"""The numbers of a network: one row a layer, and the totals. `docs/counting.md` says what is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import Tensors
from cnncalc.layers.geometry import Window
from cnncalc.network.network import Network, Node
from cnncalc.network.receptive import Field, receptive_fields
from cnncalc.numbers.arith import Number, maximum, product, root, symbols_of
from cnncalc.result import Result
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.network.training import Training

DTYPE_BYTES = {"float64": 8, "float32": 4, "tfloat32": 4, "float16": 2, "bfloat16": 2, "float8": 1, "int8": 1}
"""Bytes of one number, by the name of its type."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Row:
    """The numbers of one layer. MACs and activations are for the whole batch, shapes for one image."""

    node: Node
    weights: Tensors
    buffers: Tensors
    params: Number  # 0 when the weights are another layer's, used again
    buffer_values: Number
    macs: Number
    batch: Number
    number_bytes: Number

    def __repr__(self) -> str:
        counts = f"{_counted(self.params)} params, {_counted(self.macs)} MACs"
        return f"<Row {self.path}: {self.written}, {self.output}, {counts}>"

    @property
    def path(self) -> str:
        """Where the layer stands: `conv2.1.body.conv`."""
        return self.node.path

    @property
    def kind(self) -> str:
        return self.node.layer.kind

    @property
    def written(self) -> str:
        """The layer as a step of a chain, with its numbers."""
        return str(self.node.layer)

    @property
    def input(self) -> tuple[Shape, ...]:
        return self.node.x

    @property
    def output(self) -> Shape:
        return self.node.y

    @property
    def flops(self) -> Number:
        """2 × MACs, and only ever that."""
        return 2 * self.macs

    @property
    def weight_bytes(self) -> Number:
        return self.params * self.number_bytes

    @property
    def activation_values(self) -> Number:
        """Numbers in the output."""
        return self.node.y.values * self.batch

    @property
    def activation_bytes(self) -> Number:
        return self.activation_values * self.number_bytes

    @property
    def fan_in(self) -> Number | None:
        fans = self.node.layer.fans(*self.node.x)
        return fans[0] if fans else None

    @property
    def fan_out(self) -> Number | None:
        fans = self.node.layer.fans(*self.node.x)
        return fans[1] if fans else None

    @property
    def he_std(self) -> Number | None:
        """sqrt(2 / fan out), He et al. 2015, arXiv:1502.01852."""
        fan_out = self.fan_out
        return None if fan_out is None else root(2, fan_out)

    @property
    def he_std_in(self) -> Number | None:
        """sqrt(2 / fan in)."""
        fan_in = self.fan_in
        return None if fan_in is None else root(2, fan_in)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The sliding windows, one a side; empty for kinds that have none."""
        if "kernel" not in self.node.layer.fields:
            return ()
        return tuple(s for s in self.node.layer.geometry(*self.node.x) if isinstance(s, Window))

    @property
    def same_pad(self) -> tuple[tuple[Number, Number], ...] | None:
        """The padding (before, after) a side that `same` would need."""
        sides = self.node.x[0].sides if self.node.x else ()
        return tuple(w.same(n) for w, n in zip(self.windows, sides, strict=True)) if self.windows else None

    @property
    def left_over(self) -> tuple[Number, ...] | None:
        """How many rows and columns that the stride leaves uncovered."""
        sides = self.node.x[0].sides if self.node.x else ()
        return tuple(w.left_over(n) for w, n in zip(self.windows, sides, strict=True)) if self.windows else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the main path; side heads apart."""

    params: Number
    buffers: Number
    macs: Number
    weight_layers: int
    activation_values: Number
    weight_bytes: Number
    activation_bytes: Number
    aux_params: Number
    aux_macs: Number

    @property
    def flops(self) -> Number:
        """2 × MACs, and only ever that."""
        return 2 * self.macs


@dataclass(frozen=True, eq=False, repr=False)
class Report(Result):
    """All numbers of a network for a batch size and a number type.

    It iterates over its rows, one a layer; `report["conv1"]` is the row at a path.
    """

    network: Network
    rows: list[Row]
    totals: Totals
    batch: Number
    dtype: str

    @cached_property
    def receptive(self) -> list[tuple[Field, ...]]:
        """Receptive field of each row, one Field a side of the input."""
        return [self.fields[row.node.index] for row in self.rows]

    @cached_property
    def fields(self) -> list[tuple[Field, ...]]:
        """Receptive field of each node, inputs included."""
        return receptive_fields(self.network)

    @cached_property
    def training(self) -> Training:
        """What each layer keeps and computes in the backward pass of training, without activations in place."""
        from cnncalc.network.training import Precision, Training

        return Training(self.network, self.batch, Precision(DTYPE_BYTES[self.dtype]), inplace=False)

    @cached_property
    def saved(self) -> list[Number]:
        """Bytes that each node keeps for the backward pass, and that none before it does; inputs included."""
        return self.training.newly_saved()

    def last_volume(self, rows: list[Row] | None = None) -> Row:
        """Return the last layer, of all or of some, with more than one position along a side; else the last layer."""
        rows = self.rows if rows is None else rows
        kept = [row for row in rows if row.node.aux is None and any(side != 1 for side in row.output.sides)]
        return (kept or rows)[-1]

    @property
    def receptive_field(self) -> Number:
        """Positions along a side of the input that the last volume sees, along its longest side; 0 without sides."""
        fields = self.fields[self.last_volume().node.index] if self.rows else ()
        return reduce(maximum, (field.size for field in fields), 0)

    def row(self, path: str) -> Row:
        """Return the row at a path; raises KeyError when there is none."""
        index = self.network.find(path).index
        found = next((row for row in self.rows if row.node.index == index), None)
        if found is None:  # an input
            raise KeyError(f"{path} is an input of {self.network.name}, no layer")
        return found

    def sympy(self, quantity: str) -> Any:
        """Return a total as an exact sympy expression of positive integer symbols, floors as sympy.floor.

        `quantity` is a field of `totals`, or flops; raises KeyError for anything else.
        """
        from cnncalc.numbers.symbolic import as_sympy

        known = (*Totals.__slots__, "flops")
        if quantity not in known:
            raise KeyError(f"{quantity!r} is no total of a report: it has {', '.join(known)}")
        return as_sympy(getattr(self.totals, quantity))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, path: str) -> Row:
        return self.row(path)

    def __repr__(self) -> str:
        counts = f"{_counted(self.totals.params)} params, {_counted(self.totals.macs)} MACs"
        return f"<Report of {self.network.name}: {counts}, batch {self.batch}, {self.dtype}>"


def _counted(number: Number) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def report(network: Network, batch: Number | str = 1, dtype: str = "float32") -> Report:
    """Compute every number of a network; the batch may be a symbol, or a word that stands for one.

    Raises ValueError for a batch below 1, a symbol that the network has already, or a number type not in DTYPE_BYTES.
    """
    if isinstance(batch, str):
        if not batch.isidentifier():
            raise ValueError(f"batch must be a number or a word that stands for one, not {batch!r}")
        from cnncalc.numbers.symbolic import symbol

        batch = symbol(batch)
    if isinstance(batch, bool) or not (isinstance(batch, int) or symbols_of(batch)):
        raise ValueError(f"batch must be a whole number or a word that stands for one, not {batch!r}")
    if symbols_of(batch) and (taken := symbols_of(batch) & network.symbols()):
        raise ValueError(f"{', '.join(taken)} stands for a number of the network already, the batch needs another name")
    if isinstance(batch, int) and batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    if dtype not in DTYPE_BYTES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPE_BYTES)}, not {dtype}")
    return counted(network, batch, dtype)


def counted(network: Network, batch: Number, dtype: str = "float32") -> Report:
    """Compute every number of a network for a batch that has been checked, or for arrays of batches."""
    number_bytes = DTYPE_BYTES[dtype]
    known: dict[Any, tuple[Tensors, Tensors, Number, Number, Number]] = {}
    rows = []
    for node in network.layers():
        key = (node.layer, node.x)
        counted = known.get(key)
        if counted is None:
            counted = known[key] = count(node, batch)
        weights, buffers, params, buffer_values, macs = counted
        if node.shares is not None:
            params = buffer_values = 0
        rows.append(Row(node, weights, buffers, params, buffer_values, macs, batch, number_bytes))
    return Report(network, rows, _totals(network, rows, batch, number_bytes), batch, dtype)


def count(node: Node, batch: Number) -> tuple[Tensors, Tensors, Number, Number, Number]:
    """Return the weights, the buffers, how many numbers they hold, and the multiply-adds of a layer."""
    weights, buffers = node.layer.weights(*node.x), node.layer.buffers(*node.x)
    return weights, buffers, _values(weights), _values(buffers), node.layer.macs(*node.x) * batch


def _values(tensors: Tensors) -> Number:
    return sum(map(product, tensors.values()))


def _totals(network: Network, rows: list[Row], batch: Number, number_bytes: int) -> Totals:
    params: Number = 0
    buffers: Number = 0
    macs: Number = 0
    values: Number = 0
    aux_params: Number = 0
    aux_macs: Number = 0
    for row in rows:
        if row.node.aux is not None:
            aux_params += row.params
            aux_macs += row.macs
            continue
        params += row.params
        buffers += row.buffer_values
        macs += row.macs
        if not row.node.layer.in_place:
            values += row.activation_values
    return Totals(
        params,
        buffers,
        macs,
        weight_layers(network),
        values,
        params * number_bytes,
        values * number_bytes,
        aux_params,
        aux_macs,
    )


def weight_layers(network: Network) -> int:
    """Count weighted layers along the path that has most of them, side heads left out: the 16 of VGG-16."""
    longest = [0] * len(network.nodes)
    best = 0
    for node in network.nodes:
        before = max((longest[i] for i in node.inputs), default=0)
        longest[node.index] = before + node.layer.weighted
        if node.aux is None:
            best = max(best, longest[node.index])
    return best
