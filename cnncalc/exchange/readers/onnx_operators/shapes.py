"""Operators of ONNX that move values: other shapes, parts, padding and resizing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

from cnncalc.exchange.readers.onnx_values import Stored, Value, Values, as_written, data_of, sizes_text, weight_of
from cnncalc.exchange.tensors import Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.resize import PadChannels, Resize, Upsample, ZeroPad


def _shape(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Stored:
    import numpy as np

    value = given[0]
    if not isinstance(value, (View, Stored)):
        raise Unreadable("of a part of another formula is not followed")
    sizes = value.shape[attributes.get("start", 0) : attributes.get("end")]
    return Stored((len(sizes),), (), np.array(sizes, np.int64))


def _reshape(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    wanted = list(attributes["shape"]) if "shape" in attributes else r.ints(given[1])
    sizes = [view.shape[i] if n == 0 and not attributes.get("allowzero") else n for i, n in enumerate(wanted)]
    if -1 in sizes:
        known = prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = prod(view.shape) // known if known else 0
    if prod(sizes) != prod(view.shape):
        raise Unreadable(f"to {sizes_text(wanted)} does not have as many values")
    return _flat(r, view, r.volumes.reshape(view, sizes))


def _flat(r: Values, view: View, found: View) -> View:
    if len(found.dims) == 2 and found.dims[0] == r.volumes.images and len(view.dims) > 2:
        return r.volumes.arranged(found, [[found.dims[1]]])
    return found


def _flatten(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    axis = attributes.get("axis", 1)
    axis += len(view.dims) if axis < 0 else 0
    sizes = (prod(view.shape[:axis]), prod(view.shape[axis:]))
    return _flat(r, view, r.volumes.reshape(view, sizes))


def _axes(r: Values, given: Sequence[Value], attributes: dict[str, Any]) -> list[int] | None:
    if "axes" in attributes:
        return list(attributes["axes"])
    return r.ints(given[1]) if len(given) > 1 and given[1] is not None else None


def _squeeze(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, axes = data_of(given[0]), _axes(r, given, attributes)
    gone = {i for i, n in enumerate(view.shape) if n == 1} if axes is None else {a % len(view.dims) for a in axes}
    return View(view.node, tuple(dims for i, dims in enumerate(view.dims) if i not in gone))


def _unsqueeze(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, axes = data_of(given[0]), _axes(r, given, attributes) or []
    count = len(view.dims) + len(axes)
    for axis in sorted(a % count for a in axes):
        view = View(view.node, (*view.dims[:axis], (), *view.dims[axis:]))
    return view


def _transpose(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    return r.volumes.permute(view, attributes.get("perm") or range(len(view.dims))[::-1])


def _expand(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, wanted = data_of(given[0]), r.ints(given[1])
    count = max(len(view.dims), len(wanted))
    own = (1,) * (count - len(view.dims)) + view.shape
    other = [1] * (count - len(wanted)) + wanted
    return r.volumes.expand(view, [max(a, b) for a, b in zip(own, other, strict=True)])


def _concat(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    if stored := [value for value in given if isinstance(value, Stored)]:
        view = data_of(given[-1])
        if len(stored) == len(given) - 1 == 1 and len(view.dims) == 3 and attributes["axis"] % 3:
            token, last = stored[0], attributes["axis"] % 3 == 1  # whether the channels are the last dimension
            if token.shape[-2:] != ((1, view.shape[-1]) if last else (view.shape[1], 1)):
                raise Unreadable(f"with a stored tensor of {sizes_text(token.shape)} is no layer kind")
            whole = r.volumes.arranged(view, [[view.dims[1 if last else 2]], [view.dims[2 if last else 1]]])

            def make(**tied: Any) -> View:
                return r.volumes.view(r.volumes.add(KINDS["class_token"](1), whole.node, tied=True), last=last)

            return r.tied(KINDS["class_token"], [token], make)
        raise Unreadable("with a stored tensor is no layer kind")
    return r.volumes.concat([data_of(value) for value in given], attributes["axis"])


def _split(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> list[View]:
    view, axis = data_of(given[0]), attributes.get("axis", 0) % len(data_of(given[0]).dims)
    size, count = view.shape[axis], len(node.output)
    if "split" in attributes:
        sizes = list(attributes["split"])
    elif len(given) > 1 and given[1] is not None:
        sizes = r.ints(given[1])
    else:
        each = -(-size // count)
        sizes = [each] * (count - 1) + [size - each * (count - 1)]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return [r.volumes.pick(view, axis, start, n) for start, n in zip(starts, sizes, strict=True)]


def _slice(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    if "starts" in attributes:
        starts, ends = list(attributes["starts"]), list(attributes["ends"])
        axes, steps = list(attributes.get("axes") or range(len(starts))), [1] * len(starts)
    else:
        starts, ends = r.ints(given[1]), r.ints(given[2])
        axes = r.ints(given[3]) if len(given) > 3 and given[3] is not None else list(range(len(starts)))
        steps = r.ints(given[4]) if len(given) > 4 and given[4] is not None else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step < 1:
            raise Unreadable("reverses a dimension, which no layer kind does")
        positions = range(view.shape[axis])[start:end:step]
        if not positions:
            raise Unreadable("leaves nothing")
        view = r.volumes.pick(view, axis, positions[0], len(positions), step)
    return view


def _gather(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, index = data_of(given[0]), weight_of(given[1])
    axis = attributes.get("axis", 0) % len(view.dims)
    positions = [n % view.shape[axis] for n in r.ints(index)]
    steps = {b - a for a, b in pairwise(positions)}
    if len(index.shape) > 1 or len(steps) > 1 or any(step < 1 for step in steps):
        raise Unreadable("selects by a list, which is no layer kind")
    found = r.volumes.pick(view, axis, positions[0], len(positions), *steps)
    return found if index.shape else View(found.node, (*found.dims[:axis], *found.dims[axis + 1 :]))


def _pad(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    pads = list(attributes.get("pads") or attributes.get("paddings") or []) or r.ints(given[1])
    value = attributes.get("value", 0.0)
    if len(given) > 2 and given[2] is not None:
        value = r.number(weight_of(given[2]))
    axes = r.ints(given[3]) if len(given) > 3 and given[3] is not None else list(range(len(pads) // 2))
    both = {axis % len(view.dims): (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    for dim, (before, after) in both.items():
        if before < 0 or after < 0:
            size = view.shape[dim] - max(-before, 0) - max(-after, 0)
            view = r.volumes.pick(view, dim, max(-before, 0), size)
    both = {dim: (max(before, 0), max(after, 0)) for dim, (before, after) in both.items() if before > 0 or after > 0}
    mode = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}.get(
        attributes.get("mode", b"constant").decode()
    )
    if mode is None:
        raise Unreadable(f"with mode {attributes['mode'].decode()} is no layer kind")
    if not both:
        return view
    sides = len(view.dims) - 2
    if set(both) == {1} and not both[1][0] and not value and mode == "zeros":
        return r.volumes.layer(view, PadChannels(sides, out=view.shape[1] + both[1][1]))
    if min(both) < 2:
        raise Unreadable(f"of dimension {min(both)} is no layer kind")
    around = Sides(Pair(both.get(dim, (0, 0))) for dim in range(2, len(view.dims)))
    return r.volumes.layer(view, ZeroPad(sides, pad=around, mode=mode, value=as_written(value)))


def _resize(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = data_of(given[0])
    stored = [value if isinstance(value, Stored) and value.numbers else None for value in given[1:]]
    if node.op_type == "Upsample" or r.opset < 11:
        scales, sizes = stored[0] if stored else None, None
        factors = list(attributes["scales"]) if "scales" in attributes else None
    else:
        scales, sizes, factors = (stored + [None] * 3)[1], (stored + [None] * 3)[2], None
    old = view.shape[2:]
    if sizes is not None:
        new = tuple(r.ints(sizes)[-len(old) :])
    else:
        if factors is None:
            if scales is None:
                raise Unreadable("has neither scales nor sizes")
            factors = [float(n) for n in r.array(scales).reshape(-1)]
        factors = factors[-len(old) :]
        new = tuple(int(n * f + 1e-6) for n, f in zip(old, factors, strict=True))
        if any(abs(n * f - m) > 1e-4 for n, f, m in zip(old, factors, new, strict=True)):
            raise Unreadable(f"by {' and '.join(f'{f:g}' for f in factors)} is no layer kind")
    mode = attributes.get("mode", b"nearest").decode()
    how = attributes.get("coordinate_transformation_mode", b"half_pixel").decode()
    ours = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}.get(mode)
    if node.op_type == "Upsample" or r.opset < 11:
        how = "asymmetric"
    whole = not any(m % n for m, n in zip(new, old, strict=True))
    fits = {
        "nearest": how == "asymmetric"
        or (whole and how in ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric")),
        "bilinear": how in ("half_pixel", "pytorch_half_pixel", "align_corners"),
        "bicubic": how in ("half_pixel", "pytorch_half_pixel", "align_corners"),
    }
    if ours is None or not fits[ours] or attributes.get("antialias"):
        raise Unreadable(f"with mode {mode} and {how} is no layer kind")
    fields: dict[str, Any] = {"mode": ours, "align_corners": how == "align_corners" and ours != "nearest"}
    if old == new:
        return view
    if whole:
        factor = Sides(m // n for m, n in zip(new, old, strict=True))
        return r.volumes.layer(view, Upsample(len(old), factor=factor, **fields))
    return r.volumes.layer(view, Resize(len(old), size=Sides(new), **fields))


def _moved(kind: str, field: str, order: str) -> Callable[..., View]:
    def make(r: Values, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = data_of(given[0])
        own = attributes.get("mode", order.encode()).decode().lower()
        layer = KINDS[kind](len(view.dims) - 2, **{field: attributes["blocksize"], "order": own})
        return r.volumes.layer(view, layer)

    return make


OPERATORS: dict[str, Callable[..., Any]] = {
    "Shape": _shape,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Expand": _expand,
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "DepthToSpace": _moved("pixel_shuffle", "factor", "dcr"),
    "SpaceToDepth": _moved("space_to_depth", "block", "dcr"),
}
