"""Operators of ONNX that reduce: pools over windows, and reductions over whole dimensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.exchange.readers.onnx_operators.weighted import window
from cnncalc.exchange.readers.onnx_values import Value, Values, data_of
from cnncalc.exchange.tensors import Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, LpPool, MaxPool


def _pool(kind: type[Layer]) -> Callable[..., View]:
    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = data_of(given[0])
        fields = window(attributes, attributes["kernel_shape"])
        dilation = fields.pop("dilation")
        if kind is MaxPool:
            fields["dilation"] = dilation
            if len(node.output) > 1 and node.output[1] in r.readers:
                raise Unreadable("with indices that are read is no layer kind")
        elif set(dilation) != {1}:
            raise Unreadable(f"with dilations {list(dilation)} is no layer kind")
        if kind is AvgPool:
            fields["count_include_pad"] = bool(attributes.get("count_include_pad", 0))
            if not any(any(pair) for pair in fields["pad"]) or isinstance(fields["pad"], str):
                fields["count_include_pad"] = not isinstance(fields["pad"], str)
        if kind is LpPool:
            fields["norm"] = attributes.get("p", 2)
            if fields.pop("pad") != Sides([Pair((0, 0))] * len(dilation)):
                raise Unreadable("with padding is no layer kind")
        return r.volumes.layer(view, kind(len(dilation), ceil=bool(attributes.get("ceil_mode", 0)), **fields))

    return make


def _global(kind: type[Layer]) -> Callable[..., View]:
    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = data_of(given[0])
        return r.volumes.layer(view, kind(len(view.dims) - 2))

    return make


def _reduce(how: str) -> Callable[..., View]:
    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = data_of(given[0])
        axes = attributes.get("axes") or (r.ints(given[1]) if len(given) > 1 and given[1] is not None else None)
        if axes is None:
            if attributes.get("noop_with_empty_axes"):
                return view
            axes = list(range(len(view.dims)))
        return r.volumes.reduce(view, axes, how, keep=bool(attributes.get("keepdims", 1)))

    return make


def _norm_of(power: int) -> Callable[..., View]:
    """Read the p-norm along dimensions: the root of a sum of powers."""

    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = r.volumes.each(data_of(given[0]), KINDS["square" if power == 2 else "abs"])
        found = _reduce("sum")(r, node, [view, *given[1:]], attributes)
        return r.volumes.each(found, KINDS["sqrt"]) if power == 2 else found

    return make


OPERATORS: dict[str, Callable[..., Any]] = {
    "MaxPool": _pool(MaxPool),
    "AveragePool": _pool(AvgPool),
    "LpPool": _pool(LpPool),
    "GlobalAveragePool": _global(GlobalAvgPool),
    "GlobalMaxPool": _global(GlobalMaxPool),
    "ReduceMean": _reduce("mean"),
    "ReduceSum": _reduce("sum"),
    "ReduceMax": _reduce("max"),
    "ReduceMin": _reduce("min"),
    "ReduceL1": _norm_of(1),
    "ReduceL2": _norm_of(2),
}
