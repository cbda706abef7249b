"""Published quantities: those that are computed, and facts that are not."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from cnncalc.network.report import Report, Row
from cnncalc.numbers.arith import Number, product
from cnncalc.record import Record
from cnncalc.shape import Shape


class Part(Record):
    """The subject of a value: the whole network, or the layers in `rows`."""

    report: Report
    rows: list[Row]
    whole: bool
    entering: Shape | None = None  # where an input is meant
    other: Report | None = None  # the network that it is compared with


def _sum(name: str) -> Callable[[Part], Number]:
    def computed(part: Part) -> Number:
        rows = [row for row in part.rows if row.node.aux is None] if part.whole else part.rows
        return sum(getattr(row, name) for row in rows)

    return computed


def _total(*names: str) -> Callable[[Part], Number]:
    return lambda part: sum(getattr(part.report.totals, name) for name in names)


def _fewer(part: Part) -> Number:
    own, other = part.report.totals, part.other and part.other.totals
    return Fraction(other.params, own.params) if other and own.params else Fraction(0)


def _more(part: Part) -> Number:
    own, other = part.report.totals, part.other and part.other.totals
    return Fraction(own.macs, other.macs) if other and other.macs else Fraction(0)


def _share(name: str) -> Callable[[Part], Number]:
    """Make the part of the whole network's, in percent."""

    def computed(part: Part) -> Number:
        whole = getattr(part.report.totals, name)
        return Fraction(100 * sum(getattr(row, name) for row in part.rows), whole) if whole else Fraction(0)

    return computed


def weights_alone(rows: list[Row]) -> Number:
    """Count the weights of convolutions and linear layers, without biases."""
    learning = (row for row in rows if row.node.layer.weighted and row.params)
    return sum(product(shape) for row in learning for name, shape in row.weights.items() if not name.endswith("bias"))


def _weights(part: Part) -> Number:
    return weights_alone([row for row in part.rows if row.node.aux is None] if part.whole else part.rows)


def _weights_share(part: Part) -> Number:
    whole = weights_alone([row for row in part.report.rows if row.node.aux is None])
    return Fraction(100 * weights_alone(part.rows), whole) if whole else Fraction(0)


def _values(part: Part) -> Number:
    """Count the output values of the last layer; of a whole network those of its weight layers."""
    if part.entering is not None:
        return part.entering.values
    if part.whole:
        return sum(row.activation_values for row in part.rows if row.node.layer.weighted and row.node.aux is None)
    return part.rows[-1].activation_values


def _connections(part: Part) -> Number:
    """Count, as LeCun does, the inputs and biases used at every position."""
    return sum(map(_connected, part.rows))


def _connected(row: Row) -> Number:
    values, kind = row.activation_values, row.kind
    if kind == "subsample":
        return values * (product(window.kernel for window in row.windows) + 1)
    if kind == "rbf":
        return values * row.input[0].channels
    if kind in ("place_bias", "bias_add"):
        return values
    return row.macs + (values if any(name.endswith("bias") for name in row.weights) and row.macs else 0)


def _depth(part: Part) -> int:
    """Count weight layers along the longest path through a part."""
    if part.whole:
        return part.report.totals.weight_layers
    longest: dict[int, int] = {}
    for row in part.rows:
        before = max((longest.get(i, 0) for i in row.node.inputs), default=0)
        longest[row.node.index] = before + row.node.layer.weighted
    return max(longest.values())


def _output(part: Part) -> str:
    if part.entering is not None:
        return str(part.entering)
    if part.whole:
        network = part.report.network
        return str(network.nodes[next(iter(network.outputs.values()))].y)
    return str(part.rows[-1].output)


def _entering(part: Part) -> str:
    return str(part.rows[0].input[0]) if part.rows else _output(part)


def _field(name: str) -> Callable[[Part], Number]:
    def computed(part: Part) -> Number:
        fields = part.report.fields[part.report.last_volume(part.rows).node.index]
        return max((getattr(field, name) for field in fields), default=0)

    return computed


class Quantity(Record):
    """One thing that sources print; `of` computes it for a part of a network, None when nobody can."""

    name: str
    heading: str
    meaning: str
    of: Callable[[Part], Number] | None = None
    in_bytes: bool = False
    only_whole: bool = False
    compares: bool = False  # with another network, which `than:` names


_ALL = (
    Quantity("params", "params", "trainable parameters", _sum("params")),
    Quantity("weights", "weights", "those of convolutions and linear layers, without biases", _weights),
    Quantity("macs", "MACs", "multiply-adds", _sum("macs")),
    Quantity("flops", "FLOPs", "two for each multiply-add", _sum("flops")),
    Quantity("connections", "connections", "every input and bias at every place, as LeCun counts", _connections),
    Quantity("neurons", "neurons", "numbers that come out", _values),
    Quantity("output", "output", "the volume that comes out", _output),
    Quantity("entering", "entering", "the volume that enters", _entering),
    Quantity("depth", "depth", "weighted layers along the longest path", _depth),
    Quantity("params_share", "params, %", "part of all params, in percent", _share("params")),
    Quantity("weights_share", "weights, %", "part of all weights without biases, in percent", _weights_share),
    Quantity("macs_share", "MACs, %", "part of all multiply-adds, in percent", _share("macs")),
    Quantity("receptive_field", "rec. field", "input pixels seen, per dimension", _field("size")),
    Quantity("jump", "jump", "input pixels between neighbouring positions", _field("jump")),
    Quantity(
        "buffers", "buffers", "values stored but not trained", lambda part: sum(r.buffer_values for r in part.rows)
    ),
    Quantity(
        "aux_params", "aux params", "trainable parameters of auxiliary heads", _total("aux_params"), only_whole=True
    ),
    Quantity("aux_macs", "aux MACs", "multiply-adds of side heads", _total("aux_macs"), only_whole=True),
    Quantity(
        "all_params",
        "all params",
        "trainable parameters, auxiliary heads included",
        _total("params", "aux_params"),
        only_whole=True,
    ),
    Quantity("weight_bytes", "weight bytes", "memory of the params", _sum("weight_bytes"), in_bytes=True),
    Quantity("fewer_params", "fewer params", "times fewer params than another", _fewer, only_whole=True, compares=True),
    Quantity("more_macs", "more MACs", "times more multiply-adds than another", _more, only_whole=True, compares=True),
    Quantity("top1", "top-1", "accuracy on ImageNet, in percent", only_whole=True),
    Quantity("top5", "top-5", "accuracy of the best five answers on ImageNet, in percent", only_whole=True),
    Quantity("top1_error", "top-1 error", "error on ImageNet, in percent", only_whole=True),
    Quantity("top5_error", "top-5 error", "error of the best five answers on ImageNet, in percent", only_whole=True),
    Quantity("ilsvrc_error", "ILSVRC error", "top-5 error of an ILSVRC entry, in percent", only_whole=True),
    Quantity("cifar10_error", "CIFAR-10 error", "error on CIFAR-10, in percent", only_whole=True),
    Quantity("mean_iou", "mean IoU", "mean intersection over union, in percent", only_whole=True),
    Quantity("map", "mAP", "mean average precision, in percent", only_whole=True),
)

QUANTITIES = {quantity.name: quantity for quantity in _ALL}
"""Every quantity by its name in `published:`."""
