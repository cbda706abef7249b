"""Caffe's network definitions (`.prototxt`): layers of three generations, joined by the names of blobs.

source  https://github.com/BVLC/caffe: src/caffe/proto/caffe.proto, src/caffe/util/upgrade_proto.cpp
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request
from cnncalc.exchange.readers.prototext import Message, parse
from cnncalc.layers import activation, conv, dropout, joint, learned, linear, merge, norm, pool, reshape, resize
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import DIMENSIONS, Sides
from cnncalc.numbers.arith import product
from cnncalc.problem import Place, Problem, Source, did_you_mean, quoted
from cnncalc.shape import Shape
from cnncalc.spec.tree import place_of

MOST_LAYERS = 20_000
"""Layers of a file that are read; the longest public ones have some 3,000."""

_V1 = {
    "ABSVAL": "AbsVal",
    "BNLL": "BNLL",
    "TANH": "TanH",
    "RELU": "ReLU",
    "LRN": "LRN",
    "MVN": "MVN",
    "ARGMAX": "ArgMax",
    "HDF5_DATA": "HDF5Data",
    "HDF5_OUTPUT": "HDF5Output",
    "PRELU": "PReLU",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
}
_V0 = {
    "conv": "Convolution",
    "innerproduct": "InnerProduct",
    "pool": "Pooling",
    "lrn": "LRN",
    "relu": "ReLU",
    "tanh": "TanH",
    "bnll": "BNLL",
    "softmax_loss": "SoftmaxWithLoss",
}
_V0_FIELDS = {"kernelsize": "kernel_size", "biasterm": "bias_term"}

DATA = ("Data", "ImageData", "HDF5Data", "MemoryData", "WindowData", "DummyData", "AnnotatedData", "Input")
LOSSES = ("Accuracy", "Silence", "HDF5Output")
"""Beside the types whose names end in Loss: what is left out, and has no output."""
POST = ("DetectionOutput", "DetectionEvaluate", "ArgMax")
"""What comes behind a network: left out, with a note."""


class Absent(str):
    """A blob that is no volume of the network: labels of a data layer, constants; the text says what it is."""

    __slots__ = ()


Blob = int | None | Absent
"""A volume of the graph, one that was refused, or none at all."""


def read(request: Request) -> Graph:
    """Read a `.prototxt`; raises NotRead."""
    source = request.text()
    net = parse(source)
    layers = [
        _Layer(message, source, is_old=name == "layers")
        for name in ("layer", "layers")
        for message in net.messages(name)
    ]
    if not layers:
        message = "there is no layer: a network has `layer { … }`"
        raise NotRead([Problem("E126", message, Place(source, 1, 1))])
    if len(layers) > MOST_LAYERS:
        message = f"{len(layers):,} layers, more than the {MOST_LAYERS:,} that are read"
        raise NotRead([Problem("E112", message, layers[MOST_LAYERS].place())])
    kept = [layer for layer in layers if layer.in_test()]
    name = re.sub(r"\W+", "_", net.word("name")).strip("_")
    reader = _Reader(Graph(name or request.stem, source=request.source), request, source)
    reader.inputs(net)
    reader.count(kept)
    for layer in kept:
        reader.layer(layer)
    return reader.finished()


class _Layer:
    """A layer of any generation, with the words of the newest."""

    def __init__(self, message: Message, source: Source, *, is_old: bool) -> None:
        self.source, self.outer = source, message
        inner = message.messages("layer")  # of generation 0
        self.own = inner[-1] if inner else message
        self.is_v0 = bool(inner)
        word = self.own.word("type")
        camel = "".join(part.capitalize() for part in word.split("_"))
        if self.is_v0:
            self.type = _V0.get(word, camel)
        elif is_old and word.isupper():
            self.type = _V1.get(word, camel)
        else:
            self.type = word
        self.name = self.own.word("name") or self.type
        self.bottoms = [value.text for value in message.scalars("bottom")]
        self.tops = [value.text for value in message.scalars("top")]

    def place(self, *fields: tuple[Message, str]) -> Place:
        """Return the place of the layer, or of the first field that is written."""
        for message, name in fields:
            for value in message.all(name):
                return place_of(self.source, value.start, len(getattr(value, "text", "x")) or 1)
        return place_of(self.source, self.outer.start, len("layer"))

    def params(self, name: str) -> Message:
        """Return the fields of a kind of layer; those of generation 0 stand in the layer itself."""
        if not self.is_v0:
            return self.own.message(name)
        fields = {_V0_FIELDS.get(key, key): values for key, values in self.own.fields.items()}
        return Message(self.own.start, fields)

    def in_test(self) -> bool:
        """Judge whether the layer is there when the network is tested, without stages."""
        include, exclude = self.outer.messages("include"), self.outer.messages("exclude")
        if include:
            return any(map(_meets_test, include))
        return not any(map(_meets_test, exclude))


def _meets_test(rule: Message) -> bool:
    level = rule.word("min_level", "0")
    return rule.word("phase", "TEST") in ("TEST", "1") and not rule.all("stage") and level.lstrip("-0") == ""


@dataclass(slots=True)
class _Reader:
    """What is read so far: the blobs by name, each by its latest writer."""

    graph: Graph
    request: Request
    source: Source
    blobs: dict[str, Blob] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)  # how often each blob was written
    readers: Counter[tuple[str, int]] = field(default_factory=Counter)  # how often each version is read
    pools: dict[str, tuple[int, dict[str, Any]]] = field(
        default_factory=dict
    )  # mask -> what was pooled, and its window
    scaled: Counter[str] = field(default_factory=Counter)
    now: _Layer = field(init=False)

    # Blobs

    def refuse(self, message: str, *fields: tuple[Message, str], hint: str | None = None) -> None:
        self.graph.refuse(f"{self.now.type} {quoted(self.now.name)}: {message}", self.now.place(*fields), hint)

    def write(self, name: str, blob: Blob) -> None:
        self.blobs[name] = blob
        self.versions[name] += 1

    def bottom(self, number: int = 0) -> int | None:
        """Return a volume that the layer reads; None where it was refused, or is refused now."""
        if number >= len(self.now.bottoms):
            self.refuse(f"it has {len(self.now.bottoms)} bottoms, {number + 1} are needed")
            return None
        name = self.now.bottoms[number]
        if name not in self.blobs:
            hint = did_you_mean(name, self.blobs) or "a layer reads what is written above it"
            self.refuse(f"there is no blob {quoted(name)} above", (self.now.outer, "bottom"), hint=hint)
            return None
        blob = self.blobs[name]
        if isinstance(blob, Absent):
            self.refuse(f"it reads {quoted(name)}, {blob}, which is no volume", (self.now.outer, "bottom"))
            return None
        return blob

    def shape(self, index: int) -> Shape:
        return self.graph.nodes[index].y

    def add(self, kind: type[Layer], *inputs: int | None, part: str = "", **values: Any) -> int | None:
        """Add a layer behind the first bottom, or behind others."""
        inputs = inputs or (self.bottom(),)
        path = self.path + (f".{part or kind.kind}" if part else "")
        return self.graph.build(kind, *inputs, path=path, place=self.now.place(), **values)

    @property
    def path(self) -> str:
        return re.sub(r"\W+", "_", self.now.name).strip("_") or self.now.type

    def inputs(self, net: Message) -> None:
        """Add the inputs that the network declares itself, with `input_dim` or `input_shape`."""
        names = [value.text for value in net.scalars("input")]
        dims = [value.text for value in net.scalars("input_dim")]
        shapes = [_dims(message) for message in net.messages("input_shape")]
        shapes = shapes or [dims[at : at + 4] for at in range(0, len(dims), 4)]
        for number, name in enumerate(names):
            place = place_of(self.source, net.scalars("input")[number].start, len(name))
            self.input(name, shapes[number] if number < len(shapes) else [], f"input {quoted(name)}", place)

    def input(self, name: str, dims: list[str], description: str, place: Place, side: str = "") -> None:
        """Add an input of a batch of volumes, or one of the size that was given."""
        sizes = [int(text) if re.fullmatch(r"\d{1,18}", text) else 0 for text in dims]
        own = None
        if 2 <= len(sizes) <= 5 and all(sizes[1:]):
            own = Shape(tuple(sizes[2:]), sizes[1])
        try:
            given = self.request.shapes(needed=own is None)
        except NotRead as refused:
            self.graph.problems += refused.problems
            self.write(name, None)
            return
        shape = given.get(name) or (given.get("input") if not self.graph.inputs else None) or own
        if shape is None:
            size = f"{side}x{side}" if side else "224x224"
            written = f"{'x'.join(dims)} is no batch of volumes" if dims else "it has no size"
            self.graph.refuse(f"{description}: {written}", place, f"give it, as in --input {size}x3")
            self.write(name, None)
            return
        self.write(name, self.graph.input(name, shape))

    def count(self, layers: list[_Layer]) -> None:
        """Count how often each version of a blob is read."""
        versions = Counter(self.versions)
        for layer in layers:
            self.readers.update((name, versions[name]) for name in layer.bottoms)
            versions.update(layer.tops)

    # Layers

    def layer(self, layer: _Layer) -> None:
        self.now = layer
        if layer.type in DATA or (layer.type == "Python" and not layer.bottoms):
            self.data()
        elif layer.type in LOSSES or layer.type.endswith("Loss") or layer.type in POST:
            what = "comes behind the network" if layer.type in POST else "is no part of its outputs"
            if layer.type != "Silence":
                self.graph.note(f"{layer.type} {what} and is left out")
            for name in layer.tops:
                self.write(name, Absent(f"the result of {layer.type}"))
            if layer.type != "Silence":
                versions = self.versions
                self.readers.subtract((name, versions[name]) for name in layer.bottoms)
        elif layer.type == "PriorBox" or (
            layer.bottoms and all(isinstance(self.blobs.get(name), Absent) for name in layer.bottoms)
        ):
            if layer.type == "PriorBox":
                self.graph.note("PriorBox makes constants and is left out")
                versions = self.versions
                self.readers.subtract((name, versions[name]) for name in layer.bottoms)
            for name in layer.tops:
                self.write(name, Absent("a constant"))
        elif layer.type in ("Split", "Slice"):
            made = self.split() if layer.type == "Split" else self.slice()
            for name, volume in zip(layer.tops, made, strict=True):
                self.write(name, volume)
        elif rule := TYPES.get(layer.type):
            volume = rule(self)
            for number, name in enumerate(layer.tops):
                self.write(name, volume if not number else Absent("the places of maxima"))
        else:
            hint = did_you_mean(layer.type, (*TYPES, *DATA, *LOSSES, *POST)) if layer.type else None
            self.refuse("it has no type" if not layer.type else "it is not read", (layer.own, "type"), hint=hint)
            for name in layer.tops:
                self.write(name, None)

    def finished(self) -> Graph:
        """Name the outputs: the blobs that nothing reads."""
        graph = self.graph
        ends = [
            (name, blob)
            for name, blob in self.blobs.items()
            if isinstance(blob, int) and self.readers[name, self.versions[name]] <= 0
        ]
        ends = [(name, blob) for name, blob in ends if blob not in graph.inputs.values()] or ends
        taken: set[int] = set()
        for name, blob in ends:
            if blob not in taken:
                graph.output(name, blob)
                taken.add(blob)
        if len(graph.outputs) == 1:
            graph.outputs = {"output": next(iter(graph.outputs.values()))}
        if len(graph.inputs) == 1:
            graph.inputs = {"input": next(iter(graph.inputs.values()))}
        if not graph.problems:
            graph.note_counts(more=sum(self.scaled.values()))
        return graph

    def data(self) -> None:
        """Add the input of a data layer, whose second top are labels."""
        layer, types = self.now, ("input_param", "dummy_data_param")
        shapes = [_dims(shape) for name in types for shape in layer.own.message(name).messages("shape")]
        memory = layer.params("memory_data_param")
        side = layer.params("transform_param").word("crop_size") or layer.params("data_param").word("crop_size")
        if layer.type == "MemoryData":
            shapes = [["1", *(memory.word(name) for name in ("channels", "height", "width"))]]
        count = len(layer.tops) if layer.type in ("Input", "DummyData") else 1
        for number, name in enumerate(layer.tops):
            if number >= count:
                self.write(name, Absent("labels"))
                continue
            dims = shapes[number] if number < len(shapes) else shapes[-1] if shapes else []
            description = f"{layer.type} {quoted(layer.name)}"
            self.input(name, dims, description, layer.place(), side)

    # Windows

    def number(self, params: Message, name: str, default: int) -> int | None:
        """Return a whole number, refused where it is none."""
        word = params.word(name, str(default))
        if re.fullmatch(r"-?\d{1,18}", word):
            return int(word)
        self.refuse(f"{name} is {quoted(word)}, which is no number", (params, name))
        return None

    def real(self, params: Message, name: str, default: float) -> float:
        word = params.word(name, repr(default))
        try:
            return float(word)
        except ValueError:
            self.refuse(f"{name} is {quoted(word)}, which is no number", (params, name))
            return default

    def flag(self, params: Message, name: str, default: bool) -> bool:
        return params.word(name, str(default)).lower() in ("true", "1", "t")

    def sizes(self, params: Message, name: str, short: str, default: int | None) -> Any:
        """Return a size of a window: `kernel_h` and `kernel_w`, or one number for all dimensions, or one for each."""
        by_dimension = [f"{short}_h", f"{short}_w"]
        if any(params.all(each) for each in by_dimension):
            found = [self.number(params, each, default if default is not None else 0) for each in by_dimension]
        else:
            words = [value.text for value in params.scalars(name)]
            if not words and default is None:
                self.refuse(f"{name} is missing")
                return None
            found = [int(word) if re.fullmatch(r"\d{1,18}", word) else None for word in words or [str(default)]]
            if None in found:
                self.refuse(f"{name} is {quoted(' '.join(words))}, which is no size", (params, name))
        if None in found:
            return None
        return found[0] if len(set(found)) == 1 else Sides(found)

    def window(self, params: Message) -> dict[str, Any] | None:
        """Return the fields of a convolution's window."""
        values = {
            "kernel": self.sizes(params, "kernel_size", "kernel", None),
            "stride": self.sizes(params, "stride", "stride", 1),
            "pad": self.sizes(params, "pad", "pad", 0),
        }
        if params.all("dilation"):
            values["dilation"] = self.sizes(params, "dilation", "dilation", 1)
        return None if None in values.values() else values

    def on_channels(self, params: Message, name: str = "axis", old: str = "") -> bool:
        """Judge whether an axis is that of the channels, and refuse others."""
        word = params.word(name) or params.word(old, "1")
        x = self.bottom()
        if x is None:
            return False
        if word == "1" or word == str(-1 - len(self.shape(x).sides)):
            return True
        self.refuse(f"{name} {word} is not read, the channels are 1", (params, name), (params, old))
        return False

    def axis(self, params: Message, x: int, name: str = "axis", old: str = "") -> str | None:
        """Return the name of the dimension that an axis counts, whose first is that of the images."""
        word = params.word(name) or params.word(old, "1")
        names: tuple[str, ...] = ("images", "channels", *DIMENSIONS[len(self.shape(x).sides)])
        number = int(word) if re.fullmatch(r"-?\d", word) else len(names)
        if number != 0 and -len(names) < number < len(names):
            return names[number]
        self.refuse(f"axis {word} of {self.shape(x)} is not read", (params, name), (params, old))
        return None

    def convolution(self) -> int | None:
        params = self.now.params("convolution_param")
        window, out, x = self.window(params), self.number(params, "num_output", 0), self.bottom()
        if window is None or out is None or x is None or not self.on_channels(params):
            return None
        groups = self.shape(x).channels if self.now.type in DEPTHWISE else self.number(params, "group", 1)
        if self.now.type in DEPTHWISE and not params.all("num_output"):
            out = groups or 0
        kind = conv.ConvTranspose if self.now.type == "Deconvolution" else conv.Conv
        return self.add(kind, x, out=out, groups=groups, bias=self.flag(params, "bias_term", True), **window)

    def pooling(self) -> int | None:
        params, x = self.now.params("pooling_param"), self.bottom()
        method = {"0": "MAX", "1": "AVE"}.get(params.word("pool", "MAX"), params.word("pool", "MAX"))
        if x is None:
            return None
        if method not in ("MAX", "AVE"):
            self.refuse(f"pool {method} is not read", (params, "pool"))
            return None
        if self.flag(params, "global_pooling", False):
            return self.add(pool.GlobalMaxPool if method == "MAX" else pool.GlobalAvgPool, x)
        window = self.window(params)
        if window is None:
            return None
        down = params.word("round_mode", "CEIL") in ("FLOOR", "1") or not self.flag(params, "ceil_mode", True)
        made = self.add(pool.MaxPool if method == "MAX" else pool.AvgPool, x, ceil=not down, **window)
        if made is None:
            return None
        layer = self.graph.nodes[made].layer
        if not down and (sides := _pooled(self.shape(x).sides, layer)) != self.shape(made).sides:
            theirs, ours = ("x".join(map(str, each)) for each in (sides, self.shape(made).sides))
            self.refuse(f"Caffe's size is {theirs}, with windows beyond the input, and not {ours}", (params, "stride"))
            return None
        for mask in self.now.tops[1:]:
            self.pools[mask] = (x, {name: getattr(layer, name) for name in ("kernel", "stride", "pad", "ceil")})
        return made

    def upsample(self) -> int | None:
        """Return SegNet's unpooling with the places of a pool, or a plain enlargement."""
        params = self.now.params("upsample_param")
        if len(self.now.bottoms) < 2:
            factor = self.number(params, "scale", 2)
            return self.add(resize.Upsample, factor=factor) if factor is not None else None
        mask = self.now.bottoms[1]
        if mask not in self.pools:
            self.refuse(f"{quoted(mask)} is no second top of a pool", (self.now.outer, "bottom"))
            return None
        pooled, window = self.pools[mask]
        x, like = self.bottom(), self.shape(pooled)
        scale = self.number(params, "scale", 2) or 1
        if x is None:
            return None
        sides = tuple(
            int(word) if word.isdigit() else n * scale
            for word, n in zip(
                (params.word("upsample_h"), params.word("upsample_w")), self.shape(x).sides, strict=False
            )
        )
        if sides != like.sides:
            made, was = "x".join(map(str, sides)), "x".join(map(str, like.sides))
            self.refuse(f"{made} is not the size that was pooled, {was}", (params, "upsample_h"), (params, "scale"))
            return None
        values = {name: _written(value) for name, value in window.items()}
        return self.add(joint.MaxUnpool, x, pooled, **values)

    def interp(self) -> int | None:
        params, x = self.now.params("interp_param"), self.bottom()
        if x is None:
            return None
        if params.word("pad_beg", "0") != "0" or params.word("pad_end", "0") != "0":
            self.refuse("pad_beg and pad_end are not read", (params, "pad_beg"), (params, "pad_end"))
            return None
        zoom, shrink = (self.number(params, name, 1) for name in ("zoom_factor", "shrink_factor"))
        if not zoom or not shrink:
            return None
        sizes: list[int | None] = []
        for name, n in zip(("height", "width"), self.shape(x).sides, strict=False):
            size = (n - 1) // shrink + 1
            sizes.append(self.number(params, name, size + (size - 1) * (zoom - 1)))
        if None in sizes:
            return None
        return self.add(resize.Resize, x, size=Sides(sizes), mode="bilinear", align_corners=True)

    def inner_product(self) -> int | None:
        params, x = self.now.params("inner_product_param"), self.bottom()
        out = self.number(params, "num_output", 0)
        if x is None or out is None or not self.on_channels(params):
            return None
        if self.shape(x).sides:
            x = self.add(reshape.Flatten, x, part="flatten")
        return self.add(linear.Linear, x, out=out, bias=self.flag(params, "bias_term", True))

    # Norms

    def batch_norm(self) -> int | None:
        params = self.now.params("batch_norm_param")
        self.scaled["batch norm"] += 1
        eps = self.real(params, "eps", 1e-5)
        return self.add(norm.BatchNorm, affine=False, eps=eps)

    def bn(self) -> int | None:
        return self.add(norm.BatchNorm)

    def scale(self) -> int | None:
        params = self.now.params("scale_param")
        bias = self.flag(params, "bias_term", False)
        x = self.bottom()
        if x is None:
            return None
        if len(self.now.bottoms) > 1:
            factors = self.bottom(1)
            if bias or factors is None:
                if bias:
                    self.refuse("bias_term of a product is not read", (params, "bias_term"))
                return None
            return self.add(merge.Mul, x, factors)
        if not self.on_channels(params):
            return None
        if params.word("num_axes", "1") != "1":
            self.refuse(f"num_axes {params.word('num_axes')} is not read", (params, "num_axes"))
            return None
        name, node = self.now.bottoms[0], self.graph.nodes[x]
        alone = self.readers[name, self.versions[name]] == 1 and x == len(self.graph.nodes) - 1
        if alone and isinstance(node.layer, norm.BatchNorm) and not node.layer.affine:
            node.layer = norm.BatchNorm(len(node.y.sides), bias=bias, eps=node.layer.eps)
            return x
        made = self.add(learned.Scale, x, init=1, part="scale" if bias else "")
        return self.add(learned.BiasAdd, made, part="bias") if bias else made

    def bias(self) -> int | None:
        if len(self.now.bottoms) > 1:
            self.refuse("a bias of its own blob is not read", (self.now.outer, "bottom"))
            return None
        return self.add(learned.BiasAdd) if self.on_channels(self.now.params("bias_param")) else None

    def lrn(self) -> int | None:
        params = self.now.params("lrn_param")
        across = params.word("norm_region", "ACROSS_CHANNELS") in ("ACROSS_CHANNELS", "0")
        size = self.number(params, "local_size", 5)
        alpha, beta, k = (self.real(params, *each) for each in (("alpha", 1), ("beta", 0.75), ("k", 1)))
        if size is None:
            return None
        if not across:  # Caffe adds 1 there, whatever k says
            return self.add(norm.Lrn, size=size, alpha=alpha, beta=beta, k=1, region="within")
        return self.add(norm.Lrn, size=size, alpha=alpha, beta=beta, k=k)

    def normalize(self) -> int | None:
        """Return SSD's norm over the channels, with a trainable factor for each channel or one for all."""
        params = self.now.params("norm_param")
        if self.flag(params, "across_spatial", True):
            self.refuse("across_spatial true is not read", (params, "across_spatial"))
            return None
        per = "all" if self.flag(params, "channel_shared", True) else "channel"
        init = self.real(params.message("scale_filler"), "value", 0)
        return self.add(learned.Scale, self.add(norm.Normalize, part="normalize"), init=init, per=per, part="scale")

    # Functions

    def relu(self) -> int | None:
        slope = self.real(self.now.params("relu_param"), "negative_slope", 0)
        return self.add(activation.LeakyRelu, slope=slope) if slope else self.add(activation.Relu)

    def prelu(self) -> int | None:
        shared = self.flag(self.now.params("prelu_param"), "channel_shared", False)
        return self.add(activation.Prelu, per_channel=not shared)

    def elu(self) -> int | None:
        return self.add(activation.Elu, alpha=self.real(self.now.params("elu_param"), "alpha", 1))

    def power(self) -> int | None:
        params = self.now.params("power_param")
        power, scale, shift = (
            self.real(params, name, default) for name, default in (("power", 1), ("scale", 1), ("shift", 0))
        )
        x = self.bottom()
        if (scale, shift) != (1, 0):
            x = self.add(norm.Rescale, x, scale=scale, offset=shift, part="" if power == 1 else "rescale")
        if power == 1:
            return x
        return self.add(activation.Square, x) if power == 2 else self.add(activation.Power, x, exponent=power)

    def softmax(self) -> int | None:
        params, x = self.now.params("softmax_param"), self.bottom()
        if x is None:
            return None
        axis = self.axis(params, x)
        return self.add(activation.Softmax, x, axis=axis) if axis else None

    def dropout(self) -> int | None:
        rate = self.real(self.now.params("dropout_param"), "dropout_ratio", 0.5)
        return self.add(dropout.Dropout, rate=rate)

    def same(self) -> int | None:
        return self.bottom()

    # Several volumes

    def bottoms(self) -> list[int | None]:
        return [self.bottom(number) for number in range(len(self.now.bottoms))]

    def eltwise(self) -> int | None:
        params, volumes = self.now.params("eltwise_param"), self.bottoms()
        word = params.word("operation", "SUM")
        word = {"0": "PROD", "1": "SUM", "2": "MAX"}.get(word, word)
        kinds: dict[str, type[Layer]] = {"SUM": merge.Add, "PROD": merge.Mul, "MAX": joint.Maximum}
        kind = kinds.get(word)
        if kind is None or not volumes:
            self.refuse(f"operation {word} is not read" if volumes else "it has no bottom", (params, "operation"))
            return None
        factors = [self.real_of(value.text) for value in params.scalars("coeff")]
        if word == "SUM" and factors and factors != [1.0] * len(volumes):
            if factors == [1.0, -1.0]:
                return self.add(merge.Sub, *volumes)
            if None in factors or len(factors) != len(volumes):
                self.refuse(f"{len(factors)} coeff do not fit {len(volumes)} bottoms", (params, "coeff"))
                return None
            volumes = [
                volume if factor == 1 else self.add(norm.Rescale, volume, scale=factor, part="rescale")
                for volume, factor in zip(volumes, factors, strict=True)
            ]
        return self.add(kind, *volumes)

    def real_of(self, word: str) -> float | None:
        try:
            return float(word)
        except ValueError:
            return None

    def concat(self) -> int | None:
        params, volumes = self.now.params("concat_param"), self.bottoms()
        if not volumes or volumes[0] is None:
            return None
        axis = self.axis(params, volumes[0], "axis", "concat_dim")
        if axis is None or len(volumes) == 1:
            return volumes[0] if axis else None
        if axis == "channels":
            return self.add(merge.Concat, *volumes)
        return self.add(joint.ConcatAlong, *volumes, axis=axis)

    def split(self) -> list[int | None]:
        return [self.bottom()] * len(self.now.tops)

    def slice(self) -> list[int | None]:
        """Return the parts of the channels, equal ones or between points."""
        params, x, count = self.now.params("slice_param"), self.bottom(), len(self.now.tops)
        if x is None or not self.on_channels(params, "axis", "slice_dim"):
            return [None] * count
        channels = self.shape(x).channels
        points = [int(value.text) if value.text.isdigit() else -1 for value in params.scalars("slice_point")]
        if not points and channels % count == 0:
            points = [channels // count * number for number in range(1, count)]
        edges = [0, *points, channels]
        if len(edges) != count + 1 or sorted(set(edges)) != edges:
            description = f"at {', '.join(map(str, points))} " if points else ""
            self.refuse(f"{channels} channels cannot be cut {description}into {count} parts", (params, "slice_point"))
            return [None] * count
        pairs = pairwise(edges)
        return [self.add(reshape.Slice, x, begin=a, end=b, part=f"part{n}") for n, (a, b) in enumerate(pairs)]

    def crop(self) -> int | None:
        params, x, like = self.now.params("crop_param"), self.bottom(), self.bottom(1)
        axis = self.number(params, "axis", 2)
        offsets = [self.real_of(value.text) for value in params.scalars("offset")] or [0.0]
        if x is None or like is None:
            return None
        if axis != 2:
            self.refuse(f"axis {axis} is not read, 2 is", (params, "axis"))
            return None
        if any(offset is None or offset < 0 for offset in offsets):
            self.refuse("offset is no number", (params, "offset"))
            return None
        whole = [int(offset or 0) for offset in offsets]
        return self.add(joint.CropLike, x, like, offset=whole[0] if len(whole) == 1 else Sides(whole))

    def axpy(self) -> int | None:
        """Return a·x + y, the layer of SENet's authors."""
        factors, x, y = (self.bottom(number) for number in range(3))
        return self.add(merge.Add, self.add(merge.Mul, x, factors, part="mul"), y)

    # Shapes

    def flatten(self) -> int | None:
        params, x = self.now.params("flatten_param"), self.bottom()
        if params.word("axis", "1") != "1" or params.word("end_axis", "-1") != "-1":
            self.refuse("axis other than 1, or an end_axis, is not read", (params, "axis"), (params, "end_axis"))
            return None
        return x if x is not None and not self.shape(x).sides else self.add(reshape.Flatten, x)

    def reshape(self) -> int | None:
        params, x = self.now.params("reshape_param"), self.bottom()
        words = _dims(params.message("shape"))
        plain = params.word("axis", "0") == "0" and params.word("num_axes", "-1") == "-1"
        if x is None:
            return None
        if not plain or not 2 <= len(words) <= 5 or not all(re.fullmatch(r"-1|\d{1,18}", word) for word in words):
            self.refuse(f"the shape {' '.join(words)} is not read", (params, "shape"))
            return None
        was = (0, *self.shape(x).chw)  # the batch first
        dims: list[Any] = []
        for number, word in enumerate(words):
            if word == "0" and number >= len(was):
                self.refuse(f"dim 0 copies dimension {number}, which is not there", (params, "shape"))
                return None
            dims.append("_" if word == "-1" else int(word) or was[number])
        known = product(size for size in dims[1:] if size != "_")
        values = self.shape(x).values
        if "_" in dims[1:]:
            dims = [values // known if size == "_" and known else size for size in dims]
        batch = words[0] in ("0", "1", "-1")
        if not batch or product(dims[1:]) != values:
            size = "x".join(map(str, dims[1:]))
            self.refuse(f"{size} has not the {values:,} values of {self.shape(x)}", (params, "shape"))
            return None
        if len(dims) == 2:
            return x if not self.shape(x).sides else self.add(reshape.Flatten, x)
        return self.add(reshape.Reshape, x, to=Sides((*dims[2:], dims[1])))

    def permute(self) -> int | None:
        params, x = self.now.params("permute_param"), self.bottom()
        if x is None:
            return None
        count = len(self.shape(x).sides) + 2
        order = [int(value.text) if value.text.isdigit() else -1 for value in params.scalars("order")]
        order += [number for number in range(count) if number not in order]
        if sorted(order) != list(range(count)) or order[0] != 0:
            self.refuse(f"order {' '.join(map(str, order))} is not read", (params, "order"))
            return None
        last = count - 2
        ours = [last if number == 1 else number - 2 for number in (*order[2:], order[1])]
        return self.add(reshape.Permute, x, order=tuple(ours))

    def shuffle(self) -> int | None:
        groups = self.number(self.now.params("shuffle_channel_param"), "group", 1)
        return self.add(reshape.Shuffle, groups=groups) if groups is not None else None


def _plain(kind: type[Layer]) -> Callable[[_Reader], int | None]:
    return lambda reader: reader.add(kind)


DEPTHWISE = ("ConvolutionDepthwise", "DepthwiseConvolution", "DepthwiseConv")

TYPES: dict[str, Callable[[_Reader], int | None]] = {
    **dict.fromkeys(("Convolution", "Deconvolution", *DEPTHWISE), _Reader.convolution),
    "Pooling": _Reader.pooling,
    "Upsample": _Reader.upsample,
    "Interp": _Reader.interp,
    "InnerProduct": _Reader.inner_product,
    "BatchNorm": _Reader.batch_norm,
    "BN": _Reader.bn,
    "Scale": _Reader.scale,
    "Bias": _Reader.bias,
    "LRN": _Reader.lrn,
    "Normalize": _Reader.normalize,
    "ReLU": _Reader.relu,
    "ReLU6": _plain(activation.Relu6),
    "PReLU": _Reader.prelu,
    "ELU": _Reader.elu,
    "Sigmoid": _plain(activation.Sigmoid),
    "TanH": _plain(activation.Tanh),
    "BNLL": _plain(activation.Softplus),
    "AbsVal": _plain(activation.Abs),
    "Swish": _plain(activation.Silu),
    "Power": _Reader.power,
    "Softmax": _Reader.softmax,
    "Dropout": _Reader.dropout,
    "Split": _Reader.same,
    "Slice": _Reader.same,
    "Eltwise": _Reader.eltwise,
    "Concat": _Reader.concat,
    "Crop": _Reader.crop,
    "Axpy": _Reader.axpy,
    "Flatten": _Reader.flatten,
    "Reshape": _Reader.reshape,
    "Permute": _Reader.permute,
    "ShuffleChannel": _Reader.shuffle,
}
"""The rule of each type that is read; `Split` and `Slice` have several tops."""


def _dims(shape: Message) -> list[str]:
    return [value.text for value in shape.scalars("dim")]


def _pooled(sides: tuple[Any, ...], layer: Any) -> tuple[int, ...]:
    """Return the size of a pool as Caffe computes it: a window beyond the input is dropped with padding only."""
    padded = any(before for before, _ in layer.pad)
    found = []
    for n, k, s, (p, _) in zip(sides, layer.kernel, layer.stride, layer.pad, strict=True):
        size = -(-(n + 2 * p - k) // s) + 1
        found.append(size - 1 if padded and (size - 1) * s >= n + p else size)
    return tuple(found)


def _written(value: Any) -> Any:
    """Return a field of a layer as a value that its kind reads."""
    if not isinstance(value, tuple):
        return value
    return Sides(each[0] if isinstance(each, tuple) else each for each in value)
