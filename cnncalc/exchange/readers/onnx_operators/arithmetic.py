"""Operators of ONNX on several values: sums and products of volumes and stored tensors, GELU as it is written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.exchange.readers.onnx_values import Erf, Stored, Value, Values, as_written, data_of, sizes_text, weight_of
from cnncalc.exchange.tensors import Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.activation import Threshold
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, Depthwise
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.joint import Divide, Maximum, Minimum
from cnncalc.layers.linear import Linear
from cnncalc.layers.merge import Add, Mul, Sub
from cnncalc.layers.norm import GroupNorm, Rescale

COMBINED: dict[str, type[Layer]] = {
    "Add": Add,
    "Sum": Add,
    "Sub": Sub,
    "Mul": Mul,
    "Div": Divide,
    "Max": Maximum,
    "Min": Minimum,
}


def _binary(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Value:
    kind = node.op_type
    if len(given) == 1:
        return given[0]
    if any(isinstance(value, Erf) for value in given):
        return _of_erf(r, kind, given)
    views = [value for value in given if isinstance(value, View)]
    if len(views) == len(given):
        if len(views) == 2 and views[0] == views[1] and kind in ("Add", "Mul"):
            if kind == "Mul":
                return r.volumes.each(views[0], KINDS["square"])
            return r.volumes.each(views[0], Rescale, scale=2)
        return r.volumes.merge(COMBINED[kind], views)
    if len(given) > 2:
        raise Unreadable("of several values, some of them stored, is no layer kind")
    view, turned = views[0], not isinstance(given[0], View)
    stored = weight_of(given[0] if turned else given[1])
    if stored.numbers == 1:
        return _with_number(r, kind, view, r.number(stored), turned)
    return _with_stored(r, kind, view, stored, turned)


def _with_number(r: Values, kind: str, view: View, number: float, turned: bool) -> View:
    scale, offset = 1.0, 0.0
    if kind == "Add":
        offset = number
    elif kind == "Sub":
        scale, offset = (-1.0, number) if turned else (1.0, -number)
    elif kind == "Mul":
        scale = number
    elif kind == "Div" and not turned and number:
        scale = 1 / number
    elif kind == "Max" and number == 0:
        return r.volumes.each(view, KINDS["relu"])
    elif kind == "Max":
        return r.volumes.each(view, Threshold, limit=as_written(number), value=as_written(number))
    else:
        raise Unreadable(f"with the number {number:g} is no layer kind")
    if scale == 1 and offset == 0:
        return view
    return r.volumes.each(view, Rescale, scale=as_written(scale), offset=as_written(offset))


def _with_stored(r: Values, kind: str, view: View, stored: Stored, turned: bool) -> View:
    """Add or multiply by a stored tensor: the bias of the layer before, a part of its norm, or a layer of its own."""
    if kind not in ("Add", "Sub", "Mul", "Div") or (turned and kind in ("Sub", "Div")):
        raise Unreadable(f"with a stored tensor of {sizes_text(stored.shape)} is no layer kind")
    learned = "bias" if kind in ("Add", "Sub") else "scale"
    before = r.graph.nodes[view.node]
    channels = r.volumes.whole(view.node)[-1]
    own = [dim for dim, n in zip(range(-len(stored.shape), 0), stored.shape, strict=True) if n > 1]
    per_channel = len(own) == 1 and len(view.dims) >= -own[0] and view.dims[own[0]] == channels
    if per_channel and r.readers.get(_input_of(r, view), 1) == 1:
        layer = before.layer
        fields = {name: layer.__dict__[name] for name in ("bias", "affine", "scale") if name in layer.fields}
        if learned == "bias" and isinstance(layer, (Conv, Depthwise, Linear)) and not fields["bias"]:
            return _again(r, view, stored, bias=True)
        if isinstance(layer, GroupNorm):
            if learned == "scale" and not fields["affine"]:
                return _again(r, view, stored, affine=True, bias=False)
            if learned == "bias" and fields["affine"] and not fields["bias"]:
                return _again(r, view, stored, bias=True)
    return r.tied(
        KINDS["bias_add" if learned == "bias" else "scale"],
        [stored],
        lambda **tied: r.volumes.learned(view, learned, stored.shape, shares=tied["shares"]),
    )


def _input_of(r: Values, view: View) -> str:
    return next((name for name, value in r.values.items() if value is view), "")


def _again(r: Values, view: View, stored: Stored, **changed: Any) -> View:
    """Give the layer that was just added a weight more."""
    node = r.graph.nodes[view.node]
    fields: dict[str, Any] = {}
    for name in node.layer.fields:
        value = node.layer.__dict__[name]
        if value is not None:
            fields[name] = (
                Sides(Pair(n) if isinstance(n, tuple) else n for n in value) if isinstance(value, tuple) else value
            )
    node.layer = type(node.layer)(node.layer.__dict__["sides"], **{**fields, **changed})
    r.graph.tensors.setdefault(node.index, {})["bias" if changed.get("bias") else "weight"] = (
        stored.names[0] if stored.names else ""
    )
    return view


def _of_erf(r: Values, kind: str, given: Sequence[Value]) -> Value:
    """Follow GELU as exporters write it out: x · (1 + erf(x/√2)) · 1/2 in any order."""
    erf, other = given if isinstance(given[0], Erf) else given[::-1]
    if not isinstance(erf, Erf):
        raise Unreadable("is a part of no formula that is known")
    times, times_x = erf.times, erf.times_x
    if isinstance(other, Stored) and other.numbers == 1:
        number = r.number(other)
        if kind == "Add" and number == 1 and not erf.plus_one and times == 1 and not times_x:
            return Erf(erf.of, True)
        if kind == "Mul" or (kind == "Div" and given[0] is erf and number):
            times *= number if kind == "Mul" else 1 / number
        else:
            raise Unreadable("of the error function is no layer kind")
    elif isinstance(other, View) and kind == "Mul" and erf.plus_one and not times_x:
        times_x = True
        if other != erf.of:
            layer = r.graph.nodes[other.node]
            if not (isinstance(layer.layer, Rescale) and layer.inputs == (erf.of.node,) and not layer.layer.offset):
                raise Unreadable("of the error function and another volume is no layer kind")
            times *= layer.layer.scale
    else:
        raise Unreadable("of the error function is no layer kind")
    if erf.plus_one and times_x and abs(times - 0.5) < 1e-6:
        return r.volumes.each(erf.of, KINDS["gelu"])
    return Erf(erf.of, erf.plus_one, times, times_x)


def _erf(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Erf:
    view = data_of(given[0])
    before = r.graph.nodes[view.node]
    if not isinstance(before.layer, Rescale) or abs(before.layer.scale - 0.5**0.5) > 1e-6 or before.layer.offset:
        raise Unreadable("is no layer kind, except in GELU")
    return Erf(View(before.inputs[0], view.dims))


OPERATORS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(COMBINED, _binary),
    "Erf": _erf,
}
