"""Darknet's network definitions (`.cfg`): sections of options, layers that refer to others by their number.

source  https://github.com/pjreddie/darknet (parser.c) and https://github.com/AlexeyAB/darknet
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request
from cnncalc.layers import activation, conv, dropout, learned, lecun, linear, merge, norm, pool, reshape, resize
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Pair, Sides
from cnncalc.problem import Place, Problem, Source, did_you_mean, quoted
from cnncalc.shape import Shape

MOST_SECTIONS = 20_000
"""Sections of a file that are read; the longest public file has 450."""

ALIASES = {
    "network": "net",
    "conv": "convolutional",
    "deconv": "deconvolutional",
    "conn": "connected",
    "max": "maxpool",
    "avg": "avgpool",
    "soft": "softmax",
    "lrn": "normalization",
    "silence": "empty",
}
ACTIVATIONS: dict[str, tuple[type[Layer], dict[str, Any]] | None] = {
    "linear": None,
    "logistic": (activation.Sigmoid, {}),
    "relu": (activation.Relu, {}),
    "relu6": (activation.Relu6, {}),
    "leaky": (activation.LeakyRelu, {"slope": 0.1}),
    "relie": (activation.LeakyRelu, {"slope": 0.01}),
    "ramp": (activation.Ramp, {}),
    "tanh": (activation.Tanh, {}),
    "elu": (activation.Elu, {}),
    "selu": (activation.Selu, {}),
    "gelu": (activation.Gelu, {}),
    "swish": (activation.Silu, {}),
    "silu": (activation.Silu, {}),  # the word of YOLOR's reader
    "mish": (activation.Mish, {}),
    "hard_mish": (activation.HardMish, {}),
    "hardtan": (activation.Hardtanh, {}),
}
"""The layer of each activation that has one; `linear` is none."""

NOT_READ = dict.fromkeys(
    ("rnn", "crnn", "gru", "lstm", "conv_lstm"), "it is not read: a recurrent layer of Darknet has tensors of its own"
)
"""Sections that are known and have no layer here, and why."""

WEIGHTED = {"none": "", "per_feature": "all", "per_layer": "all", "per_channel": "channel"}
"""What has a factor of its own in a weighted shortcut."""

_SECTION = re.compile(r"\[(.*)\]")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(slots=True)
class Section:
    """A section: what it is called, its options as written without white space, and the line that it begins in."""

    name: str
    line: int
    source: Source
    options: dict[str, tuple[str, int]] = field(default_factory=dict)

    def place(self, option: str | None = None) -> Place:
        """Return the place of the section's line, or of an option's."""
        number = self.options[option][1] if option in self.options else self.line
        text = self.source.line(number)
        indent = len(text) - len(text.lstrip())
        return Place(self.source, number, indent + 1, max(1, len(text.strip())))

    def word(self, option: str, default: str) -> str:
        return self.options[option][0] if option in self.options else default

    def integer(self, option: str, default: int) -> int:
        """Return a number as C's atoi reads it: up to the first character that is no digit, 0 where there is none."""
        if option not in self.options:
            return default
        found = _INTEGER.match(self.options[option][0])
        return int(found[0]) if found else 0

    def real(self, option: str, default: float) -> float:
        if option not in self.options:
            return default
        found = _REAL.match(self.options[option][0])
        return float(found[0]) if found else 0.0

    def integers(self, option: str) -> list[int]:
        """Return the numbers of a list with commas."""
        words = self.options[option][0].split(",") if option in self.options else []
        return [int(found[0]) for word in words if (found := _INTEGER.match(word))]


def sections_of(source: Source) -> list[Section]:
    """Return the sections of a text. White space does not count, and the first of two options with one name wins."""
    sections: list[Section] = []
    for number, line in enumerate(source.text.split("\n"), start=1):
        text = "".join(line.split())
        if not text or text[0] in "#;":
            continue
        if text[0] == "[":
            name = _SECTION.match(text)
            sections.append(Section(name[1].lower() if name else text[1:].lower(), number, source))
            sections[-1].name = ALIASES.get(sections[-1].name, sections[-1].name)
            continue
        option, equals, value = text.partition("=")
        if equals and sections:
            sections[-1].options.setdefault(option, (value, number))
    return sections


def read(request: Request) -> Graph:
    """Read a `.cfg`; raises NotRead."""
    source = request.text()
    sections = sections_of(source)
    if not sections or sections[0].name != "net":
        found = f"it is [{sections[0].name}]" if sections else "there is none"
        place = sections[0].place() if sections else Place(source, 1, 1)
        raise NotRead([Problem("E126", f"the first section must be [net], {found}", place)])
    if len(sections) > MOST_SECTIONS:
        message = f"{len(sections):,} sections, more than the {MOST_SECTIONS:,} that are read"
        raise NotRead([Problem("E112", message, sections[MOST_SECTIONS].place())])
    reader = _Reader(Graph(request.stem, source=request.source))
    reader.net(sections[0], request)
    for section in sections[1:]:
        reader.layer(section)
    return reader.finished()


@dataclass(slots=True)
class Vector:
    """A trainable vector of `[implicit_add]` or `[implicit_mul]`, and the first layer that uses it."""

    size: int
    user: int | None = None


@dataclass(slots=True)
class _Reader:
    """What is read so far: for each section the volume that it makes, None where it was refused."""

    graph: Graph
    made: list[int | None] = field(default_factory=list)
    convolutions: dict[int, int] = field(
        default_factory=dict
    )  # section -> its convolution, whose weights may be shared
    norms: dict[int, int] = field(default_factory=dict)
    vectors: dict[int, Vector] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    before: int | None = None  # the volume that the next section reads
    section: Section = field(init=False)

    # Where things are

    @property
    def number(self) -> int:
        """The number of the current section, counted from 0 behind [net]."""
        return len(self.made)

    @property
    def label(self) -> str:
        return f"[{self.section.name}] of layer {self.number}"

    def path(self, part: str) -> str:
        return f"{self.section.name}_{self.number}.{part}"

    def refuse(self, message: str, option: str | None = None, hint: str | None = None) -> None:
        self.graph.refuse(f"{self.label}: {message}", self.section.place(option), hint)

    def add(self, kind: type[Layer], *inputs: int | None, shares: int | None = None, **values: Any) -> int | None:
        """Add a layer behind the volume that the section reads, or behind others."""
        inputs = inputs or (self.before,)
        path, place = self.path(kind.kind), self.section.place()
        return self.graph.build(kind, *inputs, path=path, shares=shares, place=place, **values)

    def shape(self, index: int) -> Shape:
        return self.graph.nodes[index].y

    def layer_at(self, number: int, option: str) -> int | None:
        """Return the volume of another section: below 0 counted from this one."""
        absolute = self.number + number if number < 0 else number
        if not 0 <= absolute < self.number:
            known = f"{self.number} layer{'s' * (self.number != 1)}"
            self.refuse(f"{option}={number} is none of the {known} above", option)
            return None
        if absolute in self.vectors:
            self.refuse(f"{option}={number} is a trainable vector, and no volume", option)
        return self.made[absolute]

    # Sections

    def net(self, section: Section, request: Request) -> None:
        """Add the input, whose size is in the section or was given."""
        sizes = tuple(section.integer(option, 0) for option in ("height", "width", "channels"))
        flat = section.integer("inputs", 0)
        own = Shape(sizes[:2], sizes[2]) if min(sizes) > 0 else Shape((), flat) if flat > 0 else None
        if given := request.shapes(needed=own is None):
            own = next(iter(given.values()))
        if own is None:
            written = "x".join(map(str, sizes))
            message = f"[net] has no size of the input: height, width and channels are {written}"
            self.graph.refuse(message, section.place(), "give it, as in --input 416x416x3")
            return
        self.before = self.graph.input("input", own)

    def layer(self, section: Section) -> None:
        """Read a section: what it makes is what the next one reads."""
        self.section = section
        if self.number - 1 in self.vectors and section.name not in ("route", "implicit_add", "implicit_mul"):
            self.refuse("it reads the trainable vector before it, which is no volume")
        rule: Callable[[_Reader], int | None] | None = SECTIONS.get(section.name)
        if rule is not None:
            made = rule(self)
        else:
            hint = None if section.name in NOT_READ else did_you_mean(section.name, (*SECTIONS, *ALIASES))
            self.refuse(NOT_READ.get(section.name, "it is not read"), None, hint)
            made = None
        self.made.append(made)
        self.before = made

    def finished(self) -> Graph:
        """Name the outputs: the detection heads, or else the last layer; and write the counts that tables print."""
        graph = self.graph
        if not self.heads and self.before is not None:
            graph.output("output", self.before)
        if len(graph.outputs) == 1:
            graph.outputs = {"output": next(iter(graph.outputs.values()))}
        if not graph.problems:
            graph.note_counts()
        return graph

    def activated(self, default: str, before: int | None) -> int | None:
        """Add the activation of the section behind a volume."""
        word = self.section.word("activation", default)
        if word not in ACTIVATIONS:
            known = did_you_mean(word, ACTIVATIONS)
            self.refuse(f"the activation {quoted(word)} is not read", "activation", known)
            return None
        found = ACTIVATIONS[word]
        if found is None:
            return before
        kind, values = found
        return self.add(kind, before, shares=None, **values)

    def per_dimension(self, default: int) -> Any:
        """Return the stride, which may differ by dimension."""
        stride = self.section.integer("stride", default)
        y, x = (self.section.integer(option, -1) for option in ("stride_y", "stride_x"))
        return Sides((y if y > 0 else stride, x if x > 0 else stride))

    def positive(self, *options: tuple[str, int]) -> bool:
        """Judge whether options are above 0, and refuse those that are not."""
        wrong = [(name, found) for name, default in options if (found := self.section.integer(name, default)) < 1]
        for name, found in wrong:
            self.refuse(f"{name}={found} must be at least 1", name)
        return not wrong

    def convolutional(self) -> int | None:
        section = self.section
        if not self.positive(("filters", 1), ("size", 1), ("stride", 1), ("groups", 1), ("dilation", 1)):
            return None
        size, groups = section.integer("size", 1), section.integer("groups", 1)
        dilation = section.integer("dilation", 1) if size > 1 else 1
        pad = size // 2 if section.integer("pad", 0) else section.integer("padding", 0)
        if dilation > 1 and 2 * pad != size - 1:
            self.refuse(f"dilation={dilation} with size={size} and padding {pad} has no size that fits", "dilation")
            return None
        if section.integer("antialiasing", 0):
            self.refuse("antialiasing is not read", "antialiasing")
            return None
        if section.integer("xnor", 0) or section.integer("binary", 0):
            self.graph.note("weights of xnor and binary convolutions are counted as numbers, as they are stored")
        normalised = section.integer("batch_normalize", 0) != 0
        shared = self.shared()
        made = self.add(
            conv.Conv,
            shares=self.convolutions.get(shared) if shared is not None else None,
            out=section.integer("filters", 1),
            kernel=size,
            stride=self.per_dimension(1),
            pad=pad * dilation,
            groups=groups,
            dilation=dilation,
            bias=not normalised,
        )
        if made is not None:
            self.convolutions[self.number] = made
        if normalised:
            made = self.add(norm.BatchNorm, made, shares=self.norms.get(shared) if shared is not None else None)
            if made is not None:
                self.norms[self.number] = made
        return self.activated("logistic", made)

    def shared(self) -> int | None:
        """Return the section whose weights are used again."""
        if "share_index" not in self.section.options:
            return None
        number = self.section.integer("share_index", 0)
        absolute = self.number + number if number < 0 else number
        if absolute not in self.convolutions:
            self.refuse(f"share_index={number} is no convolution before it", "share_index")
            return None
        return absolute

    def deconvolutional(self) -> int | None:
        section = self.section
        if not self.positive(("filters", 1), ("size", 1), ("stride", 1)):
            return None
        size, normalised = section.integer("size", 1), section.integer("batch_normalize", 0) != 0
        made = self.add(
            conv.ConvTranspose,
            out=section.integer("filters", 1),
            kernel=size,
            stride=section.integer("stride", 1),
            pad=size // 2 if section.integer("pad", 0) else section.integer("padding", 0),
            bias=not normalised,
        )
        return self.activated("logistic", self.add(norm.BatchNorm, made) if normalised else made)

    def window(self) -> dict[str, Any] | None:
        """Return the window of a pool: its padding is the sum of both ends, by default one less than its size."""
        section, stride = self.section, self.per_dimension(1)
        size = section.integer("size", section.integer("stride", 1))
        if not self.positive(("stride", 1), ("size", size)):
            return None
        total = section.integer("padding", size - 1)
        pad = Pair((total // 2, total - total // 2))
        return {"kernel": size, "stride": stride, "pad": pad if pad[0] != pad[1] else pad[0]}

    def maxpool(self) -> int | None:
        if self.section.integer("maxpool_depth", 0) or self.section.integer("antialiasing", 0):
            option = "maxpool_depth" if self.section.integer("maxpool_depth", 0) else "antialiasing"
            self.refuse(f"{option} is not read", option)
            return None
        window = self.window()
        if window is None:
            return None
        if window["kernel"] == 2 and window["pad"] == (0, 1) and window["stride"] == (2, 2):
            window = {"kernel": 2, "stride": 2, "ceil": True}  # the same for every size, and as others write it
        return self.add(pool.MaxPool, **window)

    def local_avgpool(self) -> int | None:
        window = self.window()
        return self.add(pool.AvgPool, **window, count_include_pad=False) if window else None

    def avgpool(self) -> int | None:
        return self.add(pool.GlobalAvgPool)

    def route(self) -> int | None:
        section = self.section
        numbers = section.integers("layers")
        if not numbers:
            self.refuse("layers is missing")
            return None
        groups, part = section.integer("groups", 1), section.integer("group_id", 0)
        if groups < 1 or not 0 <= part < groups:
            self.refuse(f"group_id={part} is no group: there are {groups}, counted from 0", "group_id")
            return None
        volumes = [self.layer_at(number, "layers") for number in numbers]
        if groups > 1:
            volumes = [self.group(volume, groups, part) for volume in volumes]
        if None in volumes or len(volumes) == 1:
            return volumes[0] if len(volumes) == 1 else None
        return self.add(merge.Concat, *volumes)

    def group(self, volume: int | None, groups: int, part: int) -> int | None:
        """Add the selection of one group of channels."""
        if volume is None:
            return None
        channels = self.shape(volume).channels
        if channels % groups:
            self.refuse(f"groups={groups} does not divide {channels} channels", "groups")
            return None
        size = channels // groups
        return self.add(reshape.Slice, volume, begin=part * size, end=(part + 1) * size)

    def shortcut(self) -> int | None:
        section = self.section
        numbers = section.integers("from")
        if not numbers:
            self.refuse("from is missing")
            return None
        weighted = section.word("weights_type", "none")
        if weighted not in WEIGHTED or section.word("weights_normalization", "none") != "none":
            option = "weights_type" if weighted not in WEIGHTED else "weights_normalization"
            self.refuse(f"{option}={section.word(option, '')} is not read", option)
            return None
        for option in ("alpha", "beta"):
            if self.section.real(option, 1) != 1:
                self.refuse(f"{option}={self.section.word(option, '')} is not read", option)
                return None
        others = [self.fitted(self.layer_at(number, "from")) for number in numbers]
        volumes = [self.before, *others]
        if per := WEIGHTED[weighted]:
            volumes = [self.add(learned.Scale, volume, init=1, per=per) for volume in volumes]
        return self.activated("linear", self.add(merge.Add, *volumes))

    def fitted(self, other: int | None) -> int | None:
        """Return a volume as a shortcut adds it: its first channels, and every n-th position where it is larger."""
        if other is None or self.before is None:
            return None
        shape, x = self.shape(self.before), self.shape(other)
        if x.sides != shape.sides:
            strides = tuple(n // m if m else 0 for n, m in zip(x.sides, shape.sides, strict=False))
            if len(set(strides)) != 1 or not strides[0]:
                self.refuse(f"{shape} and {x} cannot be added", "from")
                return None
            other = self.add(pool.MaxPool, other, kernel=1, stride=strides[0])
        if x.channels > shape.channels:
            return self.add(reshape.Slice, other, begin=0, end=shape.channels)
        return self.add(resize.PadChannels, other, out=shape.channels) if x.channels < shape.channels else other

    def upsample(self) -> int | None:
        factor, scale = self.section.integer("stride", 2), self.section.real("scale", 1)
        if factor < 1:
            self.refuse(f"stride={factor} downsamples, which is not read", "stride")
            return None
        made = self.add(resize.Upsample, factor=factor)
        return made if scale == 1 else self.add(norm.Rescale, made, scale=scale)

    def connected(self) -> int | None:
        if not self.positive(("output", 1)):
            return None
        normalised = self.section.integer("batch_normalize", 0) != 0
        made = self.add(linear.Linear, self.flat(), out=self.section.integer("output", 1), bias=not normalised)
        return self.activated("logistic", self.add(norm.BatchNorm, made) if normalised else made)

    def flat(self) -> int | None:
        """Return the volume that the section reads as a vector."""
        if self.before is None or not self.shape(self.before).sides:
            return self.before
        return self.add(reshape.Flatten)

    def local(self) -> int | None:
        section = self.section
        if not self.positive(("filters", 1), ("size", 1), ("stride", 1)):
            return None
        size, pad = section.integer("size", 1), int(section.integer("pad", 0) != 0)
        if pad and size != 3:
            self.refuse(f"pad=1 fits size=3 only, not {size}", "pad")
            return None
        stride = section.integer("stride", 1)
        made = self.add(lecun.LocalConv, out=section.integer("filters", 1), kernel=size, stride=stride, pad=pad)
        return self.activated("logistic", made)

    def dropout(self) -> int | None:
        return self.add(dropout.Dropout, rate=self.section.real("probability", 0.5))

    def softmax(self) -> int | None:
        section = self.section
        if section.integer("groups", 1) != 1 or "tree" in section.options:
            option = "tree" if "tree" in section.options else "groups"
            self.refuse(f"{option}={section.word(option, '')} is not read: one softmax of all values is", option)
            return None
        spatial = section.integer("spatial", 0) or (
            self.before is not None and set(self.shape(self.before).sides) <= {1}
        )
        return self.add(activation.Softmax, self.before if spatial else self.flat())

    def batchnorm(self) -> int | None:
        return self.add(norm.BatchNorm)

    def normalization(self) -> int | None:
        real = self.section.real
        size = self.section.integer("size", 5)
        return self.add(norm.Lrn, size=size, alpha=real("alpha", 1e-4), beta=real("beta", 0.75), k=real("kappa", 1))

    def l2norm(self) -> int | None:
        return self.add(norm.Normalize)

    def activation(self) -> int | None:
        return self.activated("linear", self.before)

    def crop(self) -> int | None:
        if not self.positive(("crop_height", 1), ("crop_width", 1)):
            return None
        size = Sides(self.section.integer(option, 1) for option in ("crop_height", "crop_width"))
        return self.add(resize.Crop, size=size)

    def reorg(self) -> int | None:
        if not self.positive(("stride", 1)):
            return None
        stride = self.section.integer("stride", 1)
        if self.section.integer("reverse", 0):
            return self.add(reshape.PixelShuffle, factor=stride)
        return self.add(reshape.SpaceToDepth, block=stride)

    def scale_channels(self) -> int | None:
        other = self.one_other()
        return self.activated("linear", self.add(merge.Mul, other, self.before) if other is not None else None)

    def sam(self) -> int | None:
        other = self.one_other()
        if other is not None and self.before is not None and self.shape(other) != self.shape(self.before):
            self.refuse(f"{self.shape(self.before)} and {self.shape(other)} differ", "from")
            return None
        return self.activated("linear", self.add(merge.Mul, self.before, other) if other is not None else None)

    def one_other(self) -> int | None:
        numbers = self.section.integers("from")
        if len(numbers) != 1:
            self.refuse("from is missing" if not numbers else f"from has {len(numbers)} layers, one is read", "from")
            return None
        return self.layer_at(numbers[0], "from")

    def implicit(self) -> int | None:
        if self.positive(("filters", 128)):
            self.vectors[self.number] = Vector(self.section.integer("filters", 128))
        return None

    def shift_channels(self) -> int | None:
        return self.with_vector(learned.BiasAdd)

    def control_channels(self) -> int | None:
        return self.with_vector(learned.Scale, init=1)

    def with_vector(self, kind: type[Layer], **values: Any) -> int | None:
        """Add a layer whose weights are the trainable vector of another section."""
        numbers = self.section.integers("from")
        number = numbers[0] if numbers else 0
        vector = self.vectors.get(self.number + number if number < 0 else number)
        if len(numbers) != 1 or vector is None:
            self.refuse(f"from={self.section.word('from', '')} is no trainable vector before it", "from")
            return None
        if self.before is not None and vector.size != (channels := self.shape(self.before).channels):
            self.refuse(f"{vector.size} numbers do not fit {channels} channels", "from")
            return None
        made = self.add(kind, self.before, shares=vector.user, **values)
        vector.user = made if vector.user is None else vector.user
        return made

    # Ends

    def same(self) -> int | None:
        return self.before

    def loss(self) -> int | None:
        self.graph.note(f"[{self.section.name}] is a loss and is left out")
        return self.before

    def head(self, channels: int, description: str) -> int | None:
        """Name what a detection head reads as an output; its channels must be those of its options."""
        if self.before is None:
            return None
        shape = self.shape(self.before)
        found = shape.channels if self.section.name != "detection" else shape.values
        if found != channels:
            what = "channels" if self.section.name != "detection" else "values"
            self.refuse(f"it reads {found:,} {what}, and {description} need {channels:,}")
            return None
        name = f"{self.section.name}_{self.number}"
        self.heads.append(name)
        self.graph.output(name, self.before)
        return self.before

    def yolo(self) -> int | None:
        classes, total = self.section.integer("classes", 20), self.section.integer("num", 1)
        boxes = len(self.section.integers("mask")) if "mask" in self.section.options else total
        numbers = 9 if self.section.name == "gaussian_yolo" else 5
        return self.head((classes + numbers) * boxes, f"{classes} classes and {boxes} boxes")

    def region(self) -> int | None:
        integer = self.section.integer
        classes, coords, boxes = integer("classes", 20), integer("coords", 4), integer("num", 1)
        return self.head(boxes * (classes + coords + 1), f"{classes} classes, {coords} coords and {boxes} boxes")

    def detection(self) -> int | None:
        integer = self.section.integer
        side, boxes, classes, coords = (
            integer(name, default) for name, default in (("side", 7), ("num", 1), ("classes", 1), ("coords", 1))
        )
        description = f"side {side}, {classes} classes, {coords} coords and {boxes} boxes"
        return self.head(side * side * ((coords + 1) * boxes + classes), description)


SECTIONS: dict[str, Callable[[_Reader], int | None]] = {
    "convolutional": _Reader.convolutional,
    "deconvolutional": _Reader.deconvolutional,
    "maxpool": _Reader.maxpool,
    "local_avgpool": _Reader.local_avgpool,
    "avgpool": _Reader.avgpool,
    "route": _Reader.route,
    "shortcut": _Reader.shortcut,
    "upsample": _Reader.upsample,
    "connected": _Reader.connected,
    "local": _Reader.local,
    "dropout": _Reader.dropout,
    "softmax": _Reader.softmax,
    "batchnorm": _Reader.batchnorm,
    "normalization": _Reader.normalization,
    "activation": _Reader.activation,
    "crop": _Reader.crop,
    "reorg": _Reader.reorg,
    "reorg3d": _Reader.reorg,
    "l2norm": _Reader.l2norm,
    "scale_channels": _Reader.scale_channels,
    "sam": _Reader.sam,
    "implicit_add": _Reader.implicit,
    "implicit_mul": _Reader.implicit,
    "shift_channels": _Reader.shift_channels,
    "control_channels": _Reader.control_channels,
    "empty": _Reader.same,
    "cost": _Reader.loss,
    "contrastive": _Reader.loss,
    "yolo": _Reader.yolo,
    "gaussian_yolo": _Reader.yolo,
    "region": _Reader.region,
    "detection": _Reader.detection,
}
"""The rule of each section that is read."""
