"""Functions that move values: joined, shifted, padded, shuffled, unpooled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.exchange.tensors import Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.joint import MaxUnpool
from cnncalc.layers.resize import PadChannels, ZeroPad
from cnncalc.layers.tokens import ClassToken
from cnncalc.live.operands import Operands, Pooled, data_of
from cnncalc.live.windows import Roll


def _get(reader: Operands, input: Any) -> Any:
    name = getattr(getattr(reader.call.function, "__self__", None), "__name__", "")
    if name in ("data", "real"):
        return reader.view_of(input)
    if name in ("T", "mT", "H", "mH"):
        view = reader.view_of(input)
        order = list(range(len(view.dims)))
        order = order[::-1] if name in ("T", "H") else [*order[:-2], order[-1], order[-2]]
        return reader.volumes.permute(view, order)
    raise Unreadable(f"({name}) is no layer kind")


def _cat(reader: Operands, tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> View:
    dim = dim if axis is None else axis
    given = [t for t in tensors if not (t.dim() == 1 and t.numel() == 0)]
    views = [reader.view_of(t) if reader.is_data(t) else None for t in given]
    if None not in views:
        return reader.volumes.concat([view for view in views if view], dim)
    data = [view for view in views if view]
    first = next(i for i, view in enumerate(views) if view)
    if (
        len(data) > 1
        or any(view is None for view in views[first:])
        or any(not reader.is_learned(t) for t in given[:first])
    ):
        raise Unreadable("with a learned or fixed tensor between others is no layer kind")
    view = data[0]
    if dim % len(view.dims) != 1 or len(view.dims) != 3:
        raise Unreadable("with a learned tensor is no layer kind here")
    for tensor in reversed(given[:first]):
        for number in reversed(range(tensor.shape[1])):
            view = reader.volumes.arranged(view, [[view.dims[1]], [view.dims[2]]])
            whole = view

            def token(whole: View = whole, **tied: Any) -> View:
                return reader.volumes.view(reader.volumes.add(ClassToken(1), whole.node, tied=True), last=True)

            one = tensor[:1, number : number + 1]
            reader.part(one, tensor)
            view = reader.tied(ClassToken, [one], token)
    return view


def _stack(reader: Operands, tensors: Any, dim: int = 0, *, out: Any = None) -> View:
    return reader.volumes.stack([data_of(reader, t) for t in tensors], dim)


def _roll(reader: Operands, input: Any, shifts: Any, dims: Any = None) -> View:
    view = reader.view_of(input)
    if dims is None:
        raise Unreadable("is no layer kind")
    given = ([shifts], [dims]) if isinstance(shifts, int) else (shifts, dims)
    moved = {dim % len(view.dims): shift for shift, dim in zip(*given, strict=True)}
    if any(view.dims[dim] not in reader.volumes.whole(view.node)[:-1] for dim in moved):
        view = reader.volumes.arranged(view, [[dim] for dim in view.dims[1:]])
    sides = reader.volumes.whole(view.node)[:-1]
    if any(view.dims[dim] not in sides for dim in moved):
        raise Unreadable("is no layer kind")
    own = {sides.index(view.dims[dim]): shift for dim, shift in moved.items()}
    return reader.unfolded(view, Roll, "is no layer kind", shifts=tuple(own.get(side, 0) for side in range(len(sides))))


def _pad(reader: Operands, input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> View:
    view = reader.view_of(input)
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    dims = range(len(view.dims) - 1, -1, -1)
    for dim, (before, after) in zip(dims, pairs, strict=False):
        if before < 0 or after < 0:
            size = view.shape[dim] - max(-before, 0) - max(-after, 0)
            view = reader.volumes.pick(view, dim, max(-before, 0), size)
    pairs = [(max(before, 0), max(after, 0)) for before, after in pairs]
    channels = [pair for dim, pair in zip(dims, pairs, strict=False) if dim < 2]
    if not any(map(any, pairs)):
        return view
    sides = len(view.dims) - 2
    if mode == "constant" and any(map(any, channels)):
        at = dict(zip(dims, pairs, strict=False))
        whole = reader.volumes.whole(view.node)
        padded = {dim: pair for dim, pair in at.items() if any(pair)}
        if all(view.dims[dim] and view.dims[dim] in whole[:-1] for dim in padded):  # channels last
            return _padded_in_place(reader, view, padded, float(value or 0))
    if any(map(any, channels)):
        _, after = channels[0]
        if any(map(any, channels[1:])) or channels[0][0] or any(map(any, pairs[:sides])) or value or mode != "constant":
            raise Unreadable("(of channels) is no layer kind")
        node = reader.volumes.spatial(view, sides)
        return reader.volumes.layer(reader.volumes.view(node), PadChannels(sides, out=view.shape[1] + after))
    pads = [*pairs[:sides], *[(0, 0)] * (sides - len(pairs))]
    how = "zeros" if mode == "constant" else mode
    layer = ZeroPad(sides, pad=Sides(map(Pair, reversed(pads))), mode=how, value=float(value or 0))
    return reader.volumes.layer(view, layer)


def _padded_in_place(reader: Operands, view: View, padded: Mapping[int, tuple[int, int]], value: float) -> View:
    """Pad dimensions of a tensor that are sides of its volume, wherever they stand."""
    whole = reader.volumes.whole(view.node)
    own = {whole.index(view.dims[dim]): pair for dim, pair in padded.items()}
    sides = len(whole) - 1
    pads = Sides(Pair(own.get(side, (0, 0))) for side in range(sides))
    node = reader.volumes.add(ZeroPad(sides, pad=pads, value=value), view.node)
    after = reader.volumes.whole(node)
    return View(node, tuple(after[whole.index(d)] if n in padded else d for n, d in enumerate(view.dims)))


def _pixel_shuffle(kind: str, field: str) -> Callable[..., View]:
    def read(reader: Operands, input: Any, factor: int) -> View:
        view = reader.view_of(input)
        return reader.volumes.layer(view, KINDS[kind](len(view.dims) - 2, **{field: factor}))

    return read


def _channel_shuffle(reader: Operands, input: Any, groups: int) -> View:
    view = reader.view_of(input)
    return reader.volumes.layer(view, KINDS["shuffle"](len(view.dims) - 2, groups=groups))


def _max_unpool(
    reader: Operands,
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> View:
    known = reader.values.get(id(indices))
    if known is None or not isinstance(known[1], Pooled):
        raise Unreadable("with indices that are not those of a max pool")
    view, pooled = reader.view_of(input), known[1].view
    sides = len(view.dims) - 2

    def each(value: Any) -> Any:
        return Sides(value if isinstance(value, (list, tuple)) else [value] * sides)

    fields = {"kernel": each(kernel_size), "stride": each(stride or kernel_size), "pad": each(padding)}
    nodes = (reader.volumes.spatial(view, sides), reader.volumes.spatial(pooled, sides))
    return reader.volumes.view(reader.volumes.add(MaxUnpool(sides, **fields), *nodes))


def _refused(reason: str) -> Callable[..., View]:
    def read(reader: Operands, *args: Any, **kwargs: Any) -> View:
        raise Unreadable(reason)

    return read


OPERATIONS: dict[str, Callable[..., Any]] = {
    "get": _get,
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    "stack": _stack,
    "roll": _roll,
    "pad": _pad,
    "pixel_shuffle": _pixel_shuffle("pixel_shuffle", "factor"),
    "pixel_unshuffle": _pixel_shuffle("space_to_depth", "block"),
    "channel_shuffle": _channel_shuffle,
    **dict.fromkeys(tuple(f"max_unpool{n}d" for n in (1, 2, 3)), _max_unpool),
    "setitem": _refused("writes into a part of a tensor, which is no layer kind"),
}
