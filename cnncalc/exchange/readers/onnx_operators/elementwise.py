"""Operators of ONNX on each value: activations, softmax and dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from cnncalc.exchange.readers.onnx_values import Value, Values, as_written, data_of, sizes_text, weight_of
from cnncalc.exchange.tensors import Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.activation import Power
from cnncalc.layers.norm import Rescale


def _function(kind: str, **names: tuple[str, float]) -> Callable[..., View]:
    """Read a function of each value; `names` are its fields with ONNX's names and defaults."""

    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        fields: dict[str, Any] = {
            ours: as_written(attributes.get(own, default)) for ours, (own, default) in names.items()
        }
        return r.volumes.each(data_of(given[0]), KINDS[kind], **fields)

    return make


def _gelu(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    return r.volumes.each(data_of(given[0]), KINDS["gelu"], approximate=attributes.get("approximate", b"none").decode())


def _hard_sigmoid(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, slope, middle = data_of(given[0]), attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    if abs(slope - 1 / 6) < 1e-6 and middle == 0.5:
        return r.volumes.each(view, KINDS["hardsigmoid"])
    line = r.volumes.each(view, Rescale, scale=as_written(slope), offset=as_written(middle))
    return r.volumes.each(line, KINDS["hardtanh"], min=0, max=1)


def _clip(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    low, high = (
        r.number(weight_of(given[i])) if len(given) > i and given[i] is not None else attributes.get(name)
        for i, name in ((1, "min"), (2, "max"))
    )
    if low == 0 and high in (6, None):
        return r.volumes.each(view, KINDS["relu6" if high else "relu"])
    if low is None or high is None or abs(low) > 1e30 or abs(high) > 1e30:
        if low == 0:
            return r.volumes.each(view, KINDS["relu"])
        raise Unreadable(f"from {low} to {high} is no layer kind")
    return r.volumes.each(view, KINDS["hardtanh"], min=as_written(low), max=as_written(high))


def _prelu(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, slope = data_of(given[0]), weight_of(given[1])
    if slope.numbers not in (1, view.shape[1]):
        raise Unreadable(f"with slopes of {sizes_text(slope.shape)} is no layer kind")
    layer = KINDS["prelu"](len(view.dims) - 2, per_channel=slope.numbers > 1)
    return r.tied(KINDS["prelu"], [slope], lambda **tied: r.volumes.layer(view, layer, **tied))


def _softmax(kind: str) -> Callable[..., View]:
    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = data_of(given[0])
        axis = attributes.get("axis", -1 if r.opset >= 13 else 1) % len(view.dims)
        if r.opset < 13 and prod(view.shape[axis + 1 :]) > 1:
            raise Unreadable(f"over all dimensions from {axis} on, as opsets below 13 have it, is no layer kind")
        return r.volumes.each(view, KINDS[kind], dim=axis)

    return make


def _dropout(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> list[Any]:
    rate = r.number(weight_of(given[1])) if len(given) > 1 and given[1] is not None else attributes.get("ratio", 0.5)
    return [r.volumes.each(data_of(given[0]), KINDS["dropout"], rate=as_written(rate)), None]


def _same(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Value:
    return given[0]


def _power(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    exponent = r.number(weight_of(given[1]))
    if kind := {2.0: "square", 0.5: "sqrt"}.get(exponent):
        return r.volumes.each(data_of(given[0]), KINDS[kind])
    return r.volumes.each(data_of(given[0]), Power, exponent=as_written(exponent))


def _shrink(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    limit, moved = as_written(attributes.get("lambd", 0.5)), as_written(attributes.get("bias", 0.0))
    if moved not in (0, limit):
        raise Unreadable(f"moves values by {moved:g} beyond {limit:g}, which no layer kind does")
    return r.volumes.each(data_of(given[0]), KINDS["softshrink" if moved else "hardshrink"], limit=limit)


def _negated(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    return r.volumes.each(data_of(given[0]), Rescale, scale=-1)


OPERATORS: dict[str, Callable[..., Any]] = {
    "Shrink": _shrink,
    **{
        name: _function(kind)
        for name, kind in {
            "Relu": "relu",
            "Selu": "selu",
            "Sigmoid": "sigmoid",
            "Tanh": "tanh",
            "Softplus": "softplus",
            "Softsign": "softsign",
            "HardSwish": "hardswish",
            "Mish": "mish",
            "Swish": "silu",
            "Exp": "exp",
            "Log": "log",
            "Abs": "abs",
            "Sqrt": "sqrt",
            "Sin": "sin",
            "Cos": "cos",
        }.items()
    },
    "LeakyRelu": _function("leaky_relu", slope=("alpha", 0.01)),
    "Elu": _function("elu", alpha=("alpha", 1.0)),
    "Celu": _function("celu", alpha=("alpha", 1.0)),
    "ThresholdedRelu": _function("threshold", limit=("alpha", 1.0)),
    "Gelu": _gelu,
    "HardSigmoid": _hard_sigmoid,
    "Clip": _clip,
    "PRelu": _prelu,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "Dropout": _dropout,
    "Identity": _same,
    "Cast": _same,
    "Pow": _power,
    "Neg": _negated,
}
