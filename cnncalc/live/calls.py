"""Both sides of a comparison in one form: an ordered list of calls, each a layer that reads earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from cnncalc.layers.activation import Activation, Prelu, Shares
from cnncalc.layers.attention import Attention, CosineWindowAttention, CrossAttention, GroupAttention
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, Depthwise, Separable
from cnncalc.layers.dropout import Dropout, DropPath, GaussianNoise
from cnncalc.layers.fields import Pair, Sides, kept
from cnncalc.layers.filter import FixedFilter
from cnncalc.layers.geometry import Window
from cnncalc.layers.joint import ResizeLike
from cnncalc.layers.learned import Learned, Scale
from cnncalc.layers.lecun import PartialConv, Subsample
from cnncalc.layers.linear import Linear
from cnncalc.layers.merge import Joint, ManyInputs, Merge
from cnncalc.layers.norm import BatchNorm, GlobalResponse, GroupNorm, InstanceNorm, LayerNorm, Lrn, Rescale, RmsNorm
from cnncalc.layers.pool import (
    AdaptiveAvgPool,
    AdaptivePool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    GlobalPool,
    LpPool,
    MaxPool,
    Pool,
)
from cnncalc.layers.recurrent import Embedding, Recurrent
from cnncalc.layers.reduce import Max, Mean
from cnncalc.layers.reshape import Flatten, Reshape
from cnncalc.layers.resize import Resize, Upsample, ZeroPad
from cnncalc.layers.tokens import ClassToken, Position
from cnncalc.layers.window import Windowed
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product
from cnncalc.shape import Shape

UNCHANGED = (Flatten, Dropout, DropPath, GaussianNoise)
"""Layers that change neither values (in eval) nor their order."""

NORMS = (BatchNorm, LayerNorm, RmsNorm, GroupNorm, InstanceNorm)
POOLS = (Pool, GlobalPool, AdaptivePool, LpPool)
MERGES = ("add", "concat", "mul", "sub", "matmul", "stack", "maximum", "minimum", "average", "divide", "max_unpool")
SPLICED = ("add", "concat", "mul")  # a + (b + c) is a + b + c
COUNTED = ("add", "mul", "sub")  # a + a is not a
ORDERED = ("concat", "sub", "stack", "divide")  # a - b is not b - a
UNFOLLOWED = "?"


class Pad(NamedTuple):
    """Padding around a volume, (before, after) per dimension."""

    sides: tuple[tuple[int, int], ...]
    value: float = 0.0
    mode: str = "zeros"

    def __str__(self) -> str:
        return str(ZeroPad(len(self.sides), pad=Sides(map(Pair, self.sides)), mode=self.mode))


Passed: TypeAlias = tuple["str | Pad", ...]


class Read(NamedTuple):
    """A volume that a call reads: the call it comes from, and what has no weights and was passed on the way."""

    at: int
    passed: Passed = ()

    def through(self, *what: str | Pad) -> Read:
        return Read(self.at, self.passed + what)


Reads: TypeAlias = tuple[Read, ...]


@dataclass(slots=True, eq=False)
class Call:
    """One layer that is run. Calls with equal keys are written alike, whatever the volume they get."""

    index: int
    path: str
    kind: str
    text: str  # as the language writes it
    key: Hashable
    reads: Reads
    layer: Layer | None = None  # None: merges, outputs, and what is no kind of ours
    x: Shape | None = None  # None where it does not say more than the output of what is read
    y: Shape | None = None
    shares: int | None = None  # the first call that used the same weights
    names: frozenset[str] = frozenset()  # the tensors that it uses, as their model names them, or our layer's path

    @property
    def weighted(self) -> bool:
        return self.kind in (UNFOLLOWED, "scale", "bias", "attention", "class_token") or (
            self.layer is not None and not isinstance(self.layer, POOLS)
        )


class Calls(list[Call]):
    """The calls of one side in the order they are made."""

    def __init__(self) -> None:
        self._merges: dict[Hashable, int] = {}

    def put(self, path: str, kind: str, text: str, key: Hashable, reads: Iterable[Read], **more: Any) -> Read:
        """Append a call."""
        self.append(Call(len(self), path, kind, text, key, tuple(dict.fromkeys(reads)), **more))
        return Read(len(self) - 1)

    def layer(self, path: str, layer: Layer, x: Shape, reads: Reads, shares: int | None = None) -> Read:
        """Append a layer in its plainest form: padding in numbers, and taken from a pad layer right before it."""
        if len(reads) == 1 and isinstance(layer, (Conv, Depthwise)) and layer.pad_mode != "zeros":
            # PyTorch pads in a call of its own, and convolves without padding.
            pads = tuple((w.before, w.after) for w in layer.windows(x))
            reads = (reads[0].through(Pad(pads, mode=layer.pad_mode)),)
            x = Shape(tuple(n + before + after for n, (before, after) in zip(x.sides, pads, strict=True)), x.channels)
            layer = plain(layer, x, unpadded=True)
        elif len(reads) == 1 and (pad := _folded(layer, reads[0])):
            sides = (n - before - after for n, (before, after) in zip(x.sides, pad.sides, strict=True))
            x = Shape(tuple(sides), x.channels)
            reads = (Read(reads[0].at, reads[0].passed[:-1]),)
            layer = plain(layer, x, pad)
        else:
            layer = plain(layer, x)
        y = layer.shape(x)
        kind = layer.kind
        return self.put(path, kind, str(layer), key(layer, x), reads, layer=layer, x=x, y=y, shares=shares)

    def merge(self, path: str, kind: str, sources: Iterable[Read], y: Shape | None = None) -> Read:
        """Append a merge; several volumes that come from one call are one volume, and equal merges one merge.

        Sums and products say which volume they have more than once.
        """
        volumes = [*sources]
        reads = dict.fromkeys(volumes)
        if len({read.at for read in reads}) == 1:
            passed = dict.fromkeys(chain.from_iterable(read.passed for read in reads))
            times = (f"{kind} with itself",) if len(reads) == 1 < len(volumes) and kind in COUNTED else ()
            return Read(next(iter(reads)).at, (*passed, *times))
        if kind in SPLICED:
            volumes = [part for r in volumes for part in self._spliced(kind, r)]
            reads = dict.fromkeys(volumes)
        repeated = sorted(volumes.count(read) for read in reads) if kind in COUNTED else []
        most = repeated[-1] if repeated else 1
        text = kind if most == 1 else f"{kind} with one volume {most} times"
        known = text, tuple(reads) if kind in ORDERED else frozenset(Counter(volumes).items())
        if known not in self._merges:
            self._merges[known] = self.put(path, kind, text, (kind,) if most == 1 else (kind, *repeated), reads, y=y).at
        return Read(self._merges[known])

    def _spliced(self, kind: str, read: Read) -> Iterable[Read]:
        """Return what a volume is made of where it is a merge of the same kind, else the volume."""
        call = self[read.at]
        return call.reads if not read.passed and call.kind == kind and call.text == kind else (read,)

    def learned(self, path: str, kind: str, read: Read, numbers: int, values: int, shares: int | None = None) -> Read:
        """Append a product (`scale`) or sum (`bias`) with trainable parameters: one, one a channel, or one a value."""
        share = "in all" if numbers == 1 else "a value" if numbers == values else "a channel"
        x = Shape((), numbers)
        return self.put(path, kind, f"{kind}, one {share}", (kind, share), (read,), x=x, shares=shares)

    def class_token(self, path: str, reads: Iterable[Read], shares: int | None = None) -> Read:
        return self.put(path, "class_token", "class_token", ("class_token",), reads, shares=shares)

    def looks(self, path: str, heads: int, places: int, scores: Iterable[Read]) -> Read:
        """Append how places look at each other, `heads` times: the softmax of attention."""
        text = f"attention, {heads} head{'' if heads == 1 else 's'}"
        return self.put(path, "attention", text, ("attention", heads), scores, x=Shape((places,), heads))

    def attention(
        self,
        path: str,
        read: Read,
        channels: int,
        heads: int,
        *,
        places: int,
        groups: int = 1,
        widths: tuple[int, int] | None = None,
        biases: tuple[bool, bool] = (True, True),
        projected: bool = True,
        scales: bool = False,
        distances: bool = False,
        shares: int | None = None,
    ) -> Read:
        """Append what attention is made of, for `groups` groups of `places`; `shares` is where it was made first.

        That is one projection for queries, keys and values, learned scales a head and biases a distance where there
        are any, and the projection of what is found. `widths` are the channels of queries and of values, if others.
        """
        start, volume = len(self), Shape((groups * places,), channels)
        keys, values = widths or (channels, channels)

        def first() -> int | None:
            return None if shares is None else shares + len(self) - start

        made = self.layer(path, Linear(1, out=2 * keys + values, bias=biases[0]), volume, (read,), first())
        scores, count = made, heads * places * places
        if scales:
            scores = self.learned(path, "scale", scores, heads, groups * count, first())
        if distances:
            scores = self.learned(path, "bias", scores, count, groups * count, first())
        found = self.merge(path, "matmul", (self.looks(path, heads, places, (scores,)), made))
        if not projected:
            return found
        mixed = Shape(volume.sides, values)
        return self.layer(path, Linear(1, out=channels, bias=biases[1]), mixed, (found,), first())

    def cross_attention(
        self,
        path: str,
        reads: Iterable[Read],
        xs: Iterable[Shape],
        heads: int,
        *,
        widths: tuple[int, int],
        biases: tuple[bool, bool, bool, bool] = (True, True, True, True),
        projected: bool = True,
        shares: int | None = None,
    ) -> Read:
        """Append attention with a projection each of queries, keys and values, whose volumes are `xs`."""
        start, volumes = len(self), tuple(xs)
        keys, values = widths

        def first() -> int | None:
            return None if shares is None else shares + len(self) - start

        parts = []
        for read, x, out, bias in zip(reads, volumes, (keys, keys, values), biases, strict=False):
            parts.append(self.layer(path, Linear(1, out=out, bias=bias), x, (read,), first()))
        looks = self.looks(path, heads, product(volumes[1].sides), parts[:2])
        found = self.merge(path, "matmul", (looks, parts[2]))
        if not projected:
            return found
        layer = Linear(1, out=volumes[0].channels, bias=biases[3])
        return self.layer(path, layer, Shape(volumes[0].sides, values), (found,), first())

    def output(self, name: str, read: Read, shape: Shape) -> None:
        self.put(name, "output", f"output {name}".rstrip(), ("output",), (read,), x=shape)

    def settled(self) -> list[Call]:
        """Return the calls without merges that went into larger ones and are read by nothing else."""
        kept: list[Call] = []
        read: set[int] = set()
        for call in reversed(self):  # readers come later
            if call.kind not in SPLICED or call.index in read:
                kept.append(call)
                read.update(r.at for r in call.reads)
        kept.reverse()
        new = {call.index: index for index, call in enumerate(kept)}
        for call in kept:
            call.index = new[call.index]
            call.reads = tuple(Read(new[r.at], r.passed) for r in call.reads)
            call.shares = None if call.shares is None else new[call.shares]
        return kept


def _folded(layer: Layer, read: Read) -> Pad | None:
    """Return the padding right before a layer that could as well do it itself."""
    pad = read.passed[-1] if read.passed else None
    if not isinstance(pad, Pad) or pad.mode != "zeros" or not isinstance(layer, Windowed):
        return None
    zeros = isinstance(layer, (Conv, Depthwise)) or (isinstance(layer, AvgPool) and layer.count_include_pad)
    fits = pad.value == 0 if zeros else isinstance(layer, MaxPool) and pad.value == float("-inf")
    return pad if fits else None


def plain(layer: Layer, x: Shape, pad: Pad | None = None, *, unpadded: bool = False) -> Layer:
    """Write a layer in its plainest form: padding as numbers, `depthwise` where there is a group a channel."""
    if layer.__dict__.get("parametrize", "none") != "none":  # PyTorch computes the weight in calls of their own
        computed, layer = layer, object.__new__(type(layer))
        layer.__dict__.update(computed.__dict__, parametrize="none")
        layer.__dict__.pop("hash", None)
    sides = len(x.sides)
    if isinstance(layer, (Conv, Depthwise, Pool)) and sides:
        extra = pad.sides if pad else ((0, 0),) * sides
        windows = layer.windows(x)
        pads = [(w.before + b, w.after + a) for w, (b, a) in zip(windows, extra, strict=True)]
        values = {name: value for name in layer.fields if (value := layer.__dict__[name]) is not None}
        for name in ("kernel", "stride", "dilation"):
            if name in values:
                values[name] = Sides(values[name])
        values["pad"] = Sides(map(Pair, pads))
        if unpadded:
            values |= {"pad": 0, "pad_mode": "zeros"}
        if isinstance(layer, Conv) and 1 < layer.groups == x.channels:
            del values["out"], values["groups"]
            return Depthwise(sides, multiplier=layer.out // layer.groups, **values)
        if isinstance(layer, Depthwise) and x.channels == 1:
            return Conv(sides, out=values.pop("multiplier"), **values)
        return type(layer)(sides, **values)
    if isinstance(layer, AdaptivePool) and sides:
        return type(layer)(sides, size=Sides(kept(layer.size, x.sides)))
    if isinstance(layer, Prelu):
        return Prelu(sides, per_channel=layer.per_channel and x.channels > 1)
    if isinstance(layer, Recurrent) and not layer.sequence:  # PyTorch gives all states, of which the last are taken
        values = {name: value for name in layer.fields if (value := layer.__dict__[name]) is not None}
        return type(layer)(sides, **values | {"sequence": True})
    return layer


def key(layer: Layer, x: Shape) -> Hashable:
    """Return what layers that are written alike share; a linear layer at every place and a conv 1x1 are one."""
    if isinstance(layer, Linear):
        return "dense", layer.out, layer.bias
    if isinstance(layer, Conv) and layer.groups == 1:
        ones = (1,) * len(x.sides)
        if layer.kernel == layer.stride == ones and not any(chain.from_iterable(layer.pad)):
            return "dense", layer.out, layer.bias
    if isinstance(layer, AvgPool) and not any(chain.from_iterable(layer.pad)):
        return "avgpool", layer.kernel, layer.stride, layer.ceil, layer.divisor
    if isinstance(layer, (GlobalAvgPool, GlobalMaxPool, Prelu, *NORMS)):
        fields = tuple(layer.__dict__[name] for name in layer.fields if name not in ("eps", "momentum"))
        return layer.kind, *fields
    return layer.kind, str(layer)


def size(call: Call, volume: Shape | None) -> tuple[Any, ...] | None:
    """Return the size of a volume as far as it matters to a call: some work place by place, in any arrangement."""
    if volume is None:
        return None
    if isinstance(call.key, tuple) and call.key[0] in ("dense", "layernorm", "global_avgpool", "global_maxpool"):
        return product(volume.sides), volume.channels
    return volume


def effect(call: Call) -> Hashable:
    """Return what a call does to its volume: calls of equal effect are the same layer, however it is written."""
    layer, x, y = call.layer, call.x, call.y
    if layer is None or x is None or y is None:
        return call.key
    whole = isinstance(layer, Windowed) and _is_whole(layer.windows(x), x)
    match layer:
        case Linear(bias=bias):
            return "dense", bias, x.channels, y.channels, product(y.sides)
        case Conv(groups=1, bias=bias) if whole or call.key == ("dense", layer.out, bias):
            return "dense", bias, x.values if whole else x.channels, y.channels, product(y.sides)
        case Conv() | Depthwise():
            groups = layer.groups if isinstance(layer, Conv) else x.channels
            return "conv", groups, layer.bias, *_moves(layer, x), x, y
        case MaxPool() | AvgPool() if all(w.kernel == 1 for w, _ in _windows(layer, x)) and _is_even(layer, x):
            return "places", *_moves(layer, x), x, y
        case MaxPool() | GlobalMaxPool() if whole or isinstance(layer, GlobalMaxPool):
            return "global_maxpool", product(x.sides), x.channels
        case MaxPool():
            return "maxpool", *_moves(layer, x), x, y
        case AvgPool() | AdaptiveAvgPool() | GlobalAvgPool() if whole or (
            not isinstance(layer, AvgPool) and y.values == x.channels
        ):
            return "global_avgpool", product(x.sides), x.channels
        case AvgPool(divisor=None) if not any(chain.from_iterable(layer.pad)) and _is_even(layer, x):
            return "avgpool", *_moves(layer, x), x, y
    return call.key, size(call, x)


def form(call: Call) -> Hashable:
    """Return what calls of equal effect share, whatever the volume they get."""
    if call.layer is None:
        return call.key
    kind = effect(call)
    if isinstance(kind, tuple) and kind[0] == "dense" and call.y is not None:
        return "dense", call.y.channels, call.layer.__dict__["bias"]
    return kind[0] if isinstance(kind, tuple) and kind[0] in ("global_avgpool", "global_maxpool") else call.key


def _windows(layer: Windowed, x: Shape) -> list[tuple[Window, int]]:
    return list(zip(layer.windows(x), x.sides, strict=True))


def _is_even(layer: Windowed, x: Shape) -> bool:
    """Return whether no window reaches beyond the volume."""
    return all((w.output(n) - 1) * w.stride + w.extent <= n for w, n in _windows(layer, x))


def _is_whole(windows: tuple[Window, ...], x: Shape) -> bool:
    """Return whether there is a single window, which covers the whole volume."""
    pairs = zip(windows, x.sides, strict=True)
    return all(w.kernel == n and w.output(n) == 1 and w.before == w.after == 0 and w.dilation == 1 for w, n in pairs)


def _moves(layer: Windowed, x: Shape) -> Iterator[tuple[int, ...]]:
    """Yield a side at a time what decides where windows look: a stride that is never made, say, does not."""
    for w, n in _windows(layer, x):
        yield w.kernel, w.stride if w.output(n) > 1 else 1, w.dilation if w.kernel > 1 else 1, w.before


def at_work(network: Network, *, aux: bool) -> set[int]:
    """Return the nodes that work: of side heads only those that an output reads, or all with `aux`."""
    needed = {node.index for node in network.layers() if aux or node.aux is None} | set(network.outputs.values())
    for node in reversed(network.nodes):
        if node.index in needed:
            needed.update(node.inputs)
    return needed


def ours(network: Network, *, aux: bool) -> list[Call]:
    """List the calls of a network by its rules; side heads that no output reads only with `aux`."""
    calls = Calls()
    needed = at_work(network, aux=aux)
    reads: dict[int, Read] = {}
    made: dict[int, int] = {}
    for position, node in enumerate(network.nodes):
        if node.kind == "input":
            reads[node.index] = calls.put(node.path, "input", "input", ("input", position), (), y=node.y)
        elif node.index in needed:
            before = len(calls)
            reads[node.index] = _made(calls, node, [reads[i] for i in node.inputs], made)
            for call in calls[before:]:
                call.names = frozenset((node.path,))
    for name, index in network.outputs.items():
        calls.output(name if len(network.outputs) > 1 else "", reads[index], network.nodes[index].y)
    read = {i for node in network.nodes for i in node.inputs} | set(network.outputs.values())
    for node in network.layers():
        if aux and node.aux is not None and node.index not in read:
            calls.output(node.aux, reads[node.index], node.y)
    return calls.settled()


def _made(calls: Calls, node: Node, reads: list[Read], made: dict[int, int]) -> Read:
    """Append what a node does, and return how its result is read."""
    layer, x, path = node.layer, node.x[0], node.path
    shares = None if node.shares is None else made.get(node.shares)
    if isinstance(layer, Merge):
        return calls.merge(path, layer.kind, _distinct(node, reads), node.y)
    before = reads[0]
    if isinstance(layer, ResizeLike):
        return before.through(str(resized(x, node.y, layer.mode, aligned=layer.align_corners)))
    if isinstance(layer, CrossAttention):
        made[node.index] = len(calls)
        return _cross_attention(calls, node, layer, reads, shares)
    if isinstance(layer, Joint):
        return calls.merge(path, layer.kind, _distinct(node, reads), node.y)
    if isinstance(layer, Shares):  # PyTorch numbers the dimension, and may have permuted it
        return before.through(layer.kind)
    if _pools_all(layer, x):
        whole = GlobalAvgPool if isinstance(layer, Mean) else GlobalMaxPool
        return calls.layer(path, whole(len(x.sides)), x, (before,))
    if isinstance(layer, (Activation, Lrn, Upsample)):
        return before.through(str(layer))
    if isinstance(layer, Resize):
        return before.through(str(resized(x, node.y, layer.mode, aligned=layer.align_corners)))
    if isinstance(layer, ZeroPad):
        return before.through(Pad(layer.pad, layer.value, layer.mode))
    if isinstance(layer, FixedFilter):
        return _filtered(layer, x, before)
    made[node.index] = len(calls)
    match layer:
        case Separable():
            depthwise, pointwise = layer.parts(x)
            between = calls.layer(path, depthwise, x, (before,), shares)
            return calls.layer(path, pointwise, depthwise.shape(x), (between,), None if shares is None else shares + 1)
        case PartialConv():
            return _partial_conv(calls, node, layer, before, shares)
        case Subsample():
            mean = AvgPool(len(x.sides), kernel=Sides(layer.kernel), stride=Sides(layer.stride))
            read = calls.layer(path, mean, x, (before,))
            made[node.index] = len(calls)
            read = calls.learned(path, "scale", read, x.channels, node.y.values, shares)
            return calls.learned(path, "bias", read, x.channels, node.y.values)
        case Learned():
            (numbers,) = map(product, layer.weights(x).values())
            kind = "scale" if isinstance(layer, Scale) else "bias"
            return calls.learned(path, kind, before, numbers, x.values, shares)
        case GlobalResponse():
            response = calls.learned(path, "scale", before, x.channels, x.values, shares)
            return calls.merge(path, "add", (before, calls.learned(path, "bias", response, x.channels, x.values)), x)
        case Position():
            return calls.learned(path, "bias", before, x.values, x.values, shares)
        case ClassToken():
            return calls.class_token(path, reads, shares)
        case Attention():
            return calls.attention(
                path,
                before,
                x.channels,
                layer.heads,
                places=product(x.sides),
                widths=layer.widths(x.channels),
                biases=(bool(layer.qkv_bias), layer.out_bias),
                projected=layer.out_proj,
                shares=shares,
            )
        case GroupAttention():
            return _group_attention(calls, node, layer, before, shares)
    if layer.weights(*node.x) or isinstance(layer, (*NORMS, *POOLS)):
        return calls.layer(path, layer, x, (before,), shares)
    return before


def vocabularies(network: Network) -> list[int | None]:
    """Return of each input how many different indices it may hold, where embeddings alone read it; None for volumes."""
    found: list[int | None] = []
    for at in network.inputs.values():
        readers = [node.layer for node in network.layers() if at in node.inputs]
        sizes = [layer.vocabulary for layer in readers if isinstance(layer, Embedding)]
        found.append(min(sizes) if sizes and len(sizes) == len(readers) else None)
    return found


def uncompared(network: Network, *, aux: bool) -> list[str]:
    """Return the kinds of layers at work that change values or their order in ways that calls do not show."""
    working = at_work(network, aux=aux)
    return [*dict.fromkeys(node.kind for node in network.layers() if node.index in working and _hidden(node))]


def _hidden(node: Node) -> bool:
    """Return whether a call does not show what a layer does."""
    layer, x = node.layer, node.x[0]
    if isinstance(layer, Rescale):
        return True
    if isinstance(layer, Shares):
        return bool(x.sides)
    if isinstance(layer, Recurrent):
        return not layer.sequence
    return not (
        layer.weights(*node.x)
        or isinstance(
            layer, (ManyInputs, Activation, Lrn, Upsample, Resize, ZeroPad, FixedFilter, *NORMS, *POOLS, *UNCHANGED)
        )
        or (isinstance(layer, Reshape) and layer.order == "channels_first")
        or _pools_all(layer, x)
    )


def _pools_all(layer: Layer, x: Shape) -> bool:
    """Return whether a reduction is a global pool; of a sequence, whose channels may come last, that is not known."""
    return isinstance(layer, (Mean, Max)) and len(x.sides) > 1 and layer.dimensions(x) == tuple(range(len(x.sides)))


def _distinct(node: Node, reads: list[Read]) -> list[Read]:
    """Return how inputs are read; of what was made of one volume and is read as it is, the first."""
    first: dict[Read, int] = {}
    for index, read in zip(node.inputs, reads, strict=True):
        first.setdefault(read, index)
    return [read for index, read in zip(node.inputs, reads, strict=True) if first[read] == index]


def resized(x: Shape, y: Shape, mode: str, *, aligned: bool = False) -> Layer:
    """Return interpolation to a size: by a whole factor where it is one."""
    fields: dict[str, Any] = {"mode": mode, "align_corners": aligned}
    if any(m % n for m, n in zip(y.sides, x.sides, strict=True)):
        return Resize(len(x.sides), size=Sides(y.sides), **fields)
    return Upsample(len(x.sides), factor=Sides(m // n for m, n in zip(y.sides, x.sides, strict=True)), **fields)


def _cross_attention(calls: Calls, node: Node, layer: CrossAttention, reads: list[Read], shares: int | None) -> Read:
    """Append attention to earlier results; all volumes as tokens."""
    three = (0, 1, len(reads) - 1)
    biased = bool(layer.qkv_bias)
    return calls.cross_attention(
        node.path,
        [reads[i] for i in three],
        [Shape((product(node.x[i].sides),), node.x[i].channels) for i in three],
        layer.heads,
        widths=layer.widths(node.x[0].channels),
        biases=(biased, biased and layer.qkv_bias != "qv", biased, layer.out_bias),
        projected=layer.out_proj,
        shares=shares,
    )


def _filtered(layer: FixedFilter, x: Shape, read: Read) -> Read:
    """Write a fixed filter as the padding and the convolution that it is."""
    windows = layer.windows(x)
    pads, mode = tuple((w.before, w.after) for w in windows), layer.__dict__["pad_mode"]
    apart = mode != "zeros" and any(map(any, pads))
    convolution = Conv(
        len(windows),
        out=x.channels,
        kernel=Sides(layer.kernel),
        stride=Sides(w.stride for w in windows),
        pad=0 if apart else Sides(map(Pair, pads)),
        dilation=Sides(w.dilation for w in windows),
        groups=x.channels,
        bias=False,
    )
    padded = read.through(Pad(pads, mode=mode)) if apart else read
    return padded.through(f"{convolution} with fixed weights")


def _group_attention(calls: Calls, node: Node, layer: GroupAttention, read: Read, shares: int | None) -> Read:
    """Append attention within windows or grids, which a roll shifts and shifts back."""
    x, places = node.x[0], product(layer.group_size)
    roll = rolled(layer.shifts(x))
    found = calls.attention(
        node.path,
        read.through(*roll),
        x.channels,
        layer.heads,
        places=places,
        groups=product(layer.padded(x)) // places,
        scales=isinstance(layer, CosineWindowAttention),
        distances=True,
        shares=shares,
    )
    return found.through(*roll)


def rolled(shifts: Iterable[int]) -> tuple[str, ...]:
    """Convert a roll of spatial dimensions; a shift of 0 is no layer."""
    steps = [abs(shift) for shift in shifts]
    return (f"roll {'x'.join(map(str, steps))}",) if any(steps) else ()


def _partial_conv(calls: Calls, node: Node, layer: PartialConv, read: Read, shares: int | None) -> Read:
    """Append one convolution a map, and the concat of the maps."""
    parts = []
    windows = layer.windows(node.x[0])
    for number, inputs in enumerate(layer.maps):
        conv = Conv(
            len(windows),
            out=1,
            kernel=Sides(layer.kernel),
            stride=Sides(layer.stride),
            pad=Sides(Pair((w.before, w.after)) for w in windows),
            bias=layer.bias,
        )
        first = None if shares is None else shares + number
        seen = Shape(node.x[0].sides, len(inputs))
        parts.append(calls.layer(f"{node.path}.maps.{number}", conv, seen, (read,), first))
    return calls.merge(node.path, "concat", parts, node.y)
