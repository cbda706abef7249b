"""Operators of ONNX with weights: convolutions, linear layers and norms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnncalc.exchange.readers.onnx_values import Stored, Value, Values, as_written, data_of, is_fixed, weight_of
from cnncalc.exchange.tensors import Unreadable, View
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Lrn, RmsNorm


def _pads(attributes: Mapping[str, Any], sides: int) -> Any:
    """Return padding as pairs, or the word for automatic padding."""
    word = attributes.get("auto_pad", b"NOTSET").decode()
    if word in ("SAME_UPPER", "SAME_LOWER"):
        return "same" if word == "SAME_UPPER" else "same_lower"
    pads = list(attributes.get("pads", [])) if word == "NOTSET" else []
    pads = pads or [0] * 2 * sides
    if min(pads) < 0:
        raise Unreadable(f"has negative padding {pads}")
    return Sides(Pair((pads[i], pads[i + sides])) for i in range(sides))


def window(attributes: Mapping[str, Any], kernel: Sequence[int]) -> dict[str, Any]:
    sides = len(kernel)
    return {
        "kernel": Sides(kernel),
        "stride": Sides(attributes.get("strides") or [1] * sides),
        "pad": _pads(attributes, sides),
        "dilation": Sides(attributes.get("dilations") or [1] * sides),
    }


def _conv(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, weight = data_of(given[0]), weight_of(given[1])
    bias = given[2] if len(given) > 2 and given[2] is not None else None
    out, _, *kernel = weight.shape
    fields = {**window(attributes, kernel), "bias": bias is not None}
    groups = attributes.get("group", 1)
    layer: Layer = Conv(len(kernel), out=out, groups=groups, **fields)
    if groups == view.shape[1] > 1:
        layer = Depthwise(len(kernel), multiplier=out // groups, **fields)
    return r.tied(type(layer), [weight, bias], lambda **tied: r.volumes.layer(view, layer, **tied))


def _conv_transpose(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, weight = data_of(given[0]), weight_of(given[1])
    bias = given[2] if len(given) > 2 and given[2] is not None else None
    groups = attributes.get("group", 1)
    _, out, *kernel = weight.shape
    fields = window(attributes, kernel)
    extra = attributes.get("output_padding") or [0] * len(kernel)
    if "output_shape" in attributes:
        wanted = [n * s for n, s in zip(view.shape[2:], fields["stride"], strict=True)]
        if list(attributes["output_shape"])[-len(kernel) :] != wanted:
            raise Unreadable(f"with output_shape {attributes['output_shape']} is no layer kind")
        fields["pad"] = "same"
    if fields["pad"] == "same_lower":
        raise Unreadable("with auto_pad SAME_LOWER is no layer kind")
    if not isinstance(fields["pad"], str):
        uneven = [(b, a) for b, a in fields["pad"] if b != a]
        if uneven:
            raise Unreadable(
                f"trims {uneven[0][0]} positions before and {uneven[0][1]} after, which no layer kind does"
            )
        fields["pad"] = Sides(b for b, _ in fields["pad"])
    layer = ConvTranspose(
        len(kernel), out=out * groups, groups=groups, output_pad=Sides(extra), bias=bias is not None, **fields
    )
    return r.tied(ConvTranspose, [weight, bias], lambda **tied: r.volumes.layer(view, layer, **tied))


def _gemm(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, weight = data_of(given[0]), weight_of(given[1])
    bias = given[2] if len(given) > 2 and given[2] is not None else None
    if attributes.get("transA") or any(attributes.get(name, 1.0) != 1.0 for name in ("alpha", "beta")):
        raise Unreadable("with transA, alpha or beta is no layer kind")
    if bias is not None and not isinstance(bias, Stored):
        raise Unreadable("has a bias that depends on an input")
    out = weight.shape[0 if attributes.get("transB") else 1]
    return r.tied(Linear, [weight, bias], lambda **tied: r.volumes.linear(view, out, bias is not None, **tied))


def _matmul(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    a, b = given
    if isinstance(a, View) and isinstance(b, Stored) and len(b.shape) == 2:
        return r.tied(Linear, [b], lambda **tied: r.volumes.linear(a, b.shape[1], False, **tied))
    return r.volumes.matmul(data_of(a), data_of(b))


def _batch_norm(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    if attributes.get("training_mode"):
        raise Unreadable("takes the statistics of the batch")
    momentum = round(1 - attributes.get("momentum", 0.9), 7)
    scale, bias = not is_fixed(r, given[1], 1), not is_fixed(r, given[2], 0)
    fields = {"scale": scale, "bias": bias} if scale or bias else {"affine": False}
    eps = as_written(attributes.get("epsilon", 1e-5))
    layer = BatchNorm(len(view.dims) - 2, eps=eps, momentum=momentum, **fields)
    learned = [value for value, is_learned in zip(given[1:3], (scale, bias), strict=True) if is_learned]
    return r.tied(BatchNorm, learned, lambda **tied: r.volumes.layer(view, layer, **tied))


def _instance_norm(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, eps = data_of(given[0]), as_written(attributes.get("epsilon", 1e-5))
    whole = r.volumes.whole(view.node)
    own = view.dims[1]
    if own and own != whole[-1] and len(own) == 1 and own[0].dim == len(whole) - 1:  # group norm, as it is exported
        ones = all(float(n) == 1 for n in r.array(given[1]).reshape(-1))
        zeros = all(float(n) == 0 for n in r.array(given[2]).reshape(-1))
        if not (ones and zeros) or own[0].size * own[0].stride != r.volumes.hwc(view.node)[-1]:
            raise Unreadable("of groups with weights of their own is no layer kind")
        node_ = r.volumes.add(GroupNorm(len(whole) - 1, groups=own[0].size, affine=False, eps=eps), view.node)
        return View(node_, view.dims)
    if is_fixed(r, given[1], 1) and is_fixed(r, given[2], 0):
        return r.volumes.layer(view, InstanceNorm(len(view.dims) - 2, eps=eps))
    layer = InstanceNorm(len(view.dims) - 2, affine=True, eps=eps)
    return r.tied(InstanceNorm, given[1:3], lambda **tied: r.volumes.layer(view, layer, **tied))


def _group_norm(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    if weight_of(given[1]).shape != (view.shape[1],):
        raise Unreadable("with a scale for each group is no layer kind")
    eps = as_written(attributes.get("epsilon", 1e-5))
    layer = GroupNorm(len(view.dims) - 2, groups=attributes["num_groups"], eps=eps)
    return r.tied(GroupNorm, given[1:3], lambda **tied: r.volumes.layer(view, layer, **tied))


def _layer_norm(kind: type[Layer]) -> Callable[..., View]:
    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = data_of(given[0])
        if attributes.get("axis", -1) % len(view.dims) != len(view.dims) - 1:
            raise Unreadable("over several dimensions is no layer kind")
        fields: dict[str, Any] = {"eps": as_written(attributes.get("epsilon", 1e-5))}
        if is_fixed(r, given[1], 1) and len(given) == 2:
            return r.volumes.norm(view, kind, affine=False, **fields)
        if kind is LayerNorm:
            fields["bias"] = len(given) > 2 and given[2] is not None
        return r.tied(kind, given[1:3], lambda **tied: r.volumes.norm(view, kind, **fields, **tied))

    return make


def _lrn(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    names = {"alpha": ("alpha", 1e-4), "beta": ("beta", 0.75), "k": ("bias", 1.0)}
    fields = {ours: as_written(attributes.get(theirs, default)) for ours, (theirs, default) in names.items()}
    return r.volumes.layer(view, Lrn(len(view.dims) - 2, size=attributes["size"], **fields))


OPERATORS: dict[str, Callable[..., Any]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm(LayerNorm),
    "RMSNormalization": _layer_norm(RmsNorm),
    "LRN": _lrn,
}
