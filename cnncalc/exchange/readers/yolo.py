"""Ultralytics' networks (`yolov8.yaml`): rows of [from, number, module, arguments], scaled in depth and width.

source  https://github.com/ultralytics/ultralytics (nn/tasks.py, parse_model; nn/modules), and the repositories of
        YOLOv5, YOLOv7, YOLOv9, YOLOv10 and YOLOv12, whose files have the same form
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil, gcd
from typing import Any, NamedTuple

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request
from cnncalc.layers import activation, conv, dropout, joint, learned, linear, merge, norm, pool, reshape, resize
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Pair, Sides
from cnncalc.problem import Place, Problem, did_you_mean, quoted
from cnncalc.shape import Shape
from cnncalc.spec.text import read as read_tree
from cnncalc.spec.tree import Mapping, Node, Sequence

MOST_ROWS = 2_000
MOST_REPEATS = 1_000
"""Rows and repeats that are read; public files have at most 160 rows and 15 repeats."""

ACTIVATIONS: dict[str, tuple[type[Layer], dict[str, Any]] | None] = {
    "SiLU": (activation.Silu, {}),
    "ReLU": (activation.Relu, {}),
    "ReLU6": (activation.Relu6, {}),
    "LeakyReLU": (activation.LeakyRelu, {}),
    "Hardswish": (activation.Hardswish, {}),
    "Mish": (activation.Mish, {}),
    "GELU": (activation.Gelu, {}),
    "ELU": (activation.Elu, {}),
    "Identity": None,
}
_ACTIVATION = re.compile(r"(?:torch\.)?nn\.(\w+)\(([\d.]*)(?:,?\s*inplace=\w+)?\)")


class _Wrong(Exception):  # noqa: N818  # it ends the reading of a row
    """A row that cannot be read: what is wrong with it, and which part of it is meant."""

    def __init__(self, message: str, part: Node | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.part, self.hint = message, part, hint


class Module(NamedTuple):
    """How a word of a row is read: its rule, whether its first argument is scaled, and whether it counts repeats."""

    rule: Callable[[_Reader, list[int | None], list[Any], int], int | None]
    scaled: bool = True
    repeats: bool = False


def read(request: Request) -> Graph:
    """Read a YOLO YAML; raises NotRead."""
    source = request.text()
    tree, problems = read_tree(source)
    if tree is None or problems:
        raise NotRead(problems)
    if not isinstance(tree, Mapping):
        raise NotRead([Problem("E126", "a network of Ultralytics is a mapping with backbone and head", tree.place())])
    keys = {key.text: value for key, value in tree.pairs}
    rows = []
    for part in ("backbone", "neck", "head"):
        value = keys.get(part)
        if isinstance(value, Sequence):
            rows += value.items
        elif part == "backbone" or value is not None:
            place = value.place() if value is not None else Place(source, 1, 1)
            raise NotRead([Problem("E126", f"{part} is no list of rows", place)])
    if len(rows) > MOST_ROWS:
        message = f"{len(rows):,} rows, more than the {MOST_ROWS:,} that are read"
        raise NotRead([Problem("E112", message, rows[MOST_ROWS].place())])
    reader = _Reader(Graph(request.stem, source=request.source), keys)
    reader.scale(request)
    reader.input(request, rows)
    for row in rows:
        reader.row(row)
    return reader.finished()


def value_of(node: Node) -> Any:
    """Return a value of Python, as its YAML says it."""
    if isinstance(node, Sequence):
        return [value_of(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.text: value_of(value) for key, value in node.pairs}
    text = node.text
    if node.style is None:
        if re.fullmatch(r"[+-]?\d{1,18}", text):
            return int(text)
        if re.fullmatch(r"[+-]?(\d{1,18}\.\d{0,18}|\.\d{1,18})", text):
            return Fraction(text)
    words = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None, "~": None}
    return words.get(text, text)


@dataclass(slots=True)
class _Reader:
    """What is read so far: the volume of each row."""

    graph: Graph
    keys: dict[str, Node]
    made: list[int | None] = field(default_factory=list)
    depth: Fraction = Fraction(1)
    width: Fraction = Fraction(1)
    most: int | None = None  # channels before the width is applied
    letter: str = ""
    before: int | None = None
    scope: str = ""
    now: Node | None = None
    classes: int = 80
    unfixed: int = 0  # weights of DFL, which are fixed

    def value(self, key: str, default: Any) -> Any:
        return value_of(self.keys[key]) if key in self.keys else default

    @property
    def anchors(self) -> int:
        """How many anchors a level has; 0 for heads without."""
        found = self.value("anchors", None)
        if isinstance(found, int):
            return found
        return len(found[0]) // 2 if isinstance(found, list) and found and isinstance(found[0], list) else 0

    def problem(self, key: str, message: str, hint: str | None = None) -> NotRead:
        place = self.keys[key].place() if key in self.keys else None
        return NotRead([Problem("E126", message, place, hint)])

    # Before the rows

    def scale(self, request: Request) -> None:
        """Choose the scale: the one that was named, that of the file's name or of `scale`, else the first."""
        nc = self.value("nc", 80)
        if not isinstance(nc, int) or not 0 < nc < 10**9:
            raise self.problem("nc", f"nc is {nc}, which is no number of classes")
        self.classes = nc
        scales = self.value("scales", None)
        if not scales:
            if request.variant:
                raise self.problem("nc", f"{request.source} has no scale {quoted(request.variant)}: it has none")
            gains = self.value("depth_multiple", 1), self.value("width_multiple", 1)
            self.depth, self.width = (self.gain(gain, "depth_multiple") for gain in gains)
            return
        if not isinstance(scales, dict):
            raise self.problem("scales", "scales is no mapping of letters")
        in_name = re.search(r"yolo(?:e-)?v?\d+([nslmxtcbe])(?=[-_.]|$)", request.stem)
        written = request.variant or (in_name[1] if in_name and in_name[1] in scales else self.value("scale", ""))
        self.letter = str(written or next(iter(scales)))
        if self.letter not in scales:
            known = ", ".join(scales)
            raise self.problem("scales", f"{request.source} has no scale {quoted(self.letter)}", f"it has {known}")
        if not written and len(scales) > 1:
            others = ", ".join(name for name in scales if name != self.letter)
            example = f"`{request.source}:{list(scales)[1]}`"
            self.graph.note(f"scale {self.letter} is read; there are also {others}, as in {example}")
        gains = scales[self.letter]
        if not isinstance(gains, list) or len(gains) not in (2, 3):
            raise self.problem("scales", f"the scale {self.letter} is no list of depth, width and most channels")
        self.depth, self.width = (self.gain(gain, "scales") for gain in gains[:2])
        if len(gains) == 3:
            if not isinstance(gains[2], int) or gains[2] < 1:
                raise self.problem("scales", f"the scale {self.letter} has no number of most channels")
            self.most = gains[2]
        if not self.graph.name.endswith(self.letter):
            self.graph.name += self.letter

    def gain(self, value: Any, key: str) -> Fraction:
        if isinstance(value, bool) or not isinstance(value, (int, Fraction)) or not 0 < value <= 1000:
            raise self.problem(key, f"{value} is no factor")
        return Fraction(value)

    def input(self, request: Request, rows: list[Node]) -> None:
        """Add the input: what was given, or Ultralytics' usual size."""
        channels = self.value("ch", 3)
        if isinstance(channels, bool) or not isinstance(channels, int) or channels < 1:
            raise self.problem("ch", "ch is no number of channels")
        given = request.shapes(needed=False)
        words = [value_of(row.items[2]) for row in rows if isinstance(row, Sequence) and len(row.items) > 2]
        side = 224 if "Classify" in words else 640
        shape = next(iter(given.values()), Shape((side, side), channels))
        if not given:
            self.graph.note(f"the file has no size of its input: {shape} is Ultralytics' usual one")
        self.before = self.graph.input("input", shape)

    # Rows

    def row(self, row: Node) -> None:
        """Read a row; what it makes is what the next one reads by -1."""
        self.now = row
        try:
            made = self.module(row)
        except _Wrong as wrong:
            part = wrong.part or row
            self.graph.refuse(f"row {len(self.made)}: {wrong.message}", part.place(), wrong.hint)
            made = None
        self.made.append(made)
        self.before = made

    def module(self, row: Node) -> int | None:
        if not isinstance(row, Sequence) or len(row.items) != 4:
            raise _Wrong("a row is [from, number, module, arguments]")
        origin, number, word, arguments = map(value_of, row.items)
        known = MODULES.get(word) if isinstance(word, str) else None
        if known is None:
            hint = did_you_mean(str(word), MODULES)
            raise _Wrong(f"the module {quoted(str(word))} is not read", row.items[2], hint)
        if not isinstance(arguments, list):
            raise _Wrong("the arguments are no list", row.items[3])
        names = {"nc": self.classes, "anchors": self.anchors}
        args = [names.get(arg, arg) if isinstance(arg, str) else arg for arg in arguments]
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_REPEATS:
            raise _Wrong(f"{number} is no number of repeats, 1 to {MOST_REPEATS:,}", row.items[1])
        repeats = max(round(number * self.depth), 1) if number > 1 else number
        volumes = [self.volume(each, row.items[0]) for each in (origin if isinstance(origin, list) else [origin])]
        if known.scaled:
            if not args or isinstance(args[0], bool) or not isinstance(args[0], int) or args[0] < 1:
                raise _Wrong("the first argument is no number of channels", row.items[3])
            args[0] = self.scaled(args[0])
        plain = word.removeprefix("nn.").lower()
        self.scope = f"{plain}_{len(self.made)}"
        self.graph.classes[self.scope] = word
        if None in volumes:
            return None
        try:
            return self.repeated(known, volumes, args, repeats)
        except (ArithmeticError, LookupError, TypeError, ValueError):  # a rule takes them as they are written
            raise _Wrong(f"{word} does not take these arguments", row.items[3]) from None

    def repeated(self, known: Module, xs: list[int | None], args: list[Any], repeats: int) -> int | None:
        """Return what the rule of a module makes, or the last of its repeats."""
        if known.repeats or repeats == 1:
            return known.rule(self, xs, args, repeats)
        x, scope = xs[0], self.scope
        for index in range(repeats):
            self.scope = f"{scope}.{index}"
            x = known.rule(self, [x], args, 1)
        return x

    def volume(self, origin: Any, node: Node) -> int | None:
        if isinstance(origin, bool) or not isinstance(origin, int):
            raise _Wrong(f"{origin} is no row", node)
        if origin == -1:
            return self.before
        row = origin + len(self.made) if origin < 0 else origin
        if not 0 <= row < len(self.made):
            raise _Wrong(f"{origin} is no row before it", node)
        return self.made[row]

    def scaled(self, channels: int) -> int:
        """Return channels times the width, rounded up to a multiple of 8; those of the outputs stay."""
        outputs = self.anchors * (self.classes + 5) if self.anchors else self.classes
        if channels == outputs:
            return channels
        most = channels if self.most is None else min(channels, self.most)
        return ceil(most * self.width / 8) * 8

    def finished(self) -> Graph:
        """Name the output where no head has, and write what the published counts have beside the parameters."""
        graph = self.graph
        if not graph.outputs:
            graph.output("output", self.before)
        if len(graph.outputs) == 1:
            graph.outputs = {"output": next(iter(graph.outputs.values()))}
        if not graph.problems:
            if self.unfixed:
                total = graph.params() + self.unfixed
                graph.note(f"published counts have the {self.unfixed} fixed weights of DFL, too: {total:,}")
            graph.note_counts()
        return graph

    # Layers

    def channels(self, x: int | None) -> int:
        return int(self.graph.nodes[x].y.channels) if x is not None else 1

    def add(self, kind: type[Layer], *inputs: int | None, at: str = "", **values: Any) -> int | None:
        path = f"{self.scope}.{at}" if at else f"{self.scope}.{kind.kind}"
        return self.graph.build(kind, *inputs, path=path, place=self.now.place() if self.now else None, **values)

    def kind(self, name: str, at: str) -> str:
        """Say which class a scope is of."""
        self.graph.classes[f"{self.scope}.{at}"] = name
        return at

    def activated(self, x: int | None, at: str, act: Any = True) -> int | None:
        """Add the activation of the file, another one, or none where it is False."""
        if act is False:
            return x
        written = self.value("activation", "nn.SiLU()") if act is True or act is None else str(act)
        found = _ACTIVATION.fullmatch(str(written))
        if found is None or found[1] not in ACTIVATIONS:
            raise _Wrong(f"the activation {quoted(str(written))} is not read", self.keys.get("activation"))
        known = ACTIVATIONS[found[1]]
        if known is None:
            return x
        kind, values = known
        slope = {"slope": float(found[2])} if found[1] == "LeakyReLU" and found[2] else {}
        return self.add(kind, x, at=f"{at}.act" if at else "act", **values, **slope)

    def cbs(
        self,
        x: int | None,
        out: int,
        kernel: Any = 1,
        stride: int = 1,
        pad: Any = None,
        groups: int = 1,
        dilation: int = 1,
        act: Any = True,
        at: str = "",
    ) -> int | None:
        """Add Conv: a convolution without bias that keeps the size, batch norm, an activation."""
        if at:
            self.kind("Conv", at)
        kernels = kernel if isinstance(kernel, (list, tuple)) else [kernel]
        sizes = [size for size in (*kernels, out, stride, groups, dilation) if type(size) is not int or size < 1]
        if sizes:
            raise _Wrong(f"{sizes[0]} is no size")
        if pad is None:
            pad = Sides((dilation * (k - 1) + 1) // 2 for k in kernels)
            pad = pad[0] if len(pad) == 1 else pad
        prefix = f"{at}." if at else ""
        kernel = Sides(kernels) if len(kernels) > 1 else kernels[0]
        fields = {"kernel": kernel, "stride": stride, "pad": pad, "groups": groups, "dilation": dilation}
        x = self.add(conv.Conv, x, at=f"{prefix}conv", out=out, bias=False, **fields)
        return self.activated(self.normed(x, f"{prefix}bn"), at, act)

    def normed(self, x: int | None, at: str) -> int | None:
        return self.add(norm.BatchNorm, x, at=at, eps=1e-3, momentum=0.03)

    def conv_bias(self, x: int | None, out: int, at: str, bias: bool = True) -> int | None:
        return self.add(conv.Conv, x, at=at, out=out, kernel=1, bias=bias)

    def concat(self, *volumes: int | None, at: str = "concat") -> int | None:
        return self.add(merge.Concat, *volumes, at=at)

    def parts(self, x: int | None, sizes: list[int], at: str = "part") -> list[int | None]:
        """Add the slices of a volume's channels."""
        edges = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
        return [
            self.add(reshape.Slice, x, at=f"{at}{number}", begin=a, end=b)
            for number, (a, b) in enumerate(pairwise(edges))
        ]

    def halves(self, x: int | None) -> list[int | None]:
        half = self.channels(x) // 2
        return self.parts(x, [half, half])

    # Modules of rows

    def row_conv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        names = ["out", "kernel", "stride", "pad", "groups", "dilation", "act"]
        if len(args) == 6 and not isinstance(args[5], int):  # YOLOv7's has no dilation
            names.remove("dilation")
        return self.cbs(xs[0], **dict(zip(names, args, strict=False)))

    def row_dwconv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        kernel, stride = (*args[1:], *(1, 1)[len(args) - 1 :])[:2]
        return self.cbs(xs[0], args[0], kernel, stride, groups=gcd(self.channels(xs[0]), args[0]))

    def row_focus(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        x = self.add(reshape.SpaceToDepth, xs[0], block=2, order="dcr")
        out, kernel = _filled(args[:2], (None, 1))
        return self.cbs(x, out, kernel, at="conv")

    def ghost(
        self, x: int | None, out: int, kernel: int = 1, stride: int = 1, act: bool = True, at: str = ""
    ) -> int | None:
        """Add GhostConv: half of the channels by a convolution, half by a depthwise one behind it."""
        prefix = f"{at}." if at else ""
        y = self.cbs(x, out // 2, kernel, stride, act=act, at=f"{prefix}cv1")
        return self.concat(
            y, self.cbs(y, out // 2, 5, groups=out // 2, act=act, at=f"{prefix}cv2"), at=f"{prefix}concat"
        )

    def row_ghost(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.ghost(xs[0], *args[:3])

    def bottleneck(
        self, x: int | None, out: int, shortcut: bool, groups: int, kernels: Any, inner: int, at: str = ""
    ) -> int | None:
        """Add Bottleneck: two convolutions, and a shortcut where the channels stay."""
        prefix = f"{at}." if at else ""
        if at:
            self.kind("Bottleneck", at)
        y = self.cbs(x, inner, kernels[0], at=f"{prefix}cv1")
        y = self.cbs(y, out, kernels[1], groups=groups, at=f"{prefix}cv2")
        return self.add(merge.Add, x, y, at=f"{prefix}add") if shortcut and self.channels(x) == out else y

    def row_bottleneck(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, kernels, part = _filled(args, (None, True, 1, [3, 3], Fraction(1, 2)))
        kernels = kernels if isinstance(kernels, list) else [kernels, kernels]
        if self.anchors and len(args) < 4:
            kernels = [1, 3]  # YOLOv5's and YOLOv7's
        return self.bottleneck(xs[0], out, shortcut, groups, kernels, int(out * part))

    def csp(
        self, x: int | None, out: int, inner: int, chain: Callable[[int | None, str], int | None], at: str = ""
    ) -> int | None:
        """Add C3: one of two 1x1 convolutions goes through a chain, and both are joined."""
        prefix = f"{at}." if at else ""
        y = chain(self.cbs(x, inner, at=f"{prefix}cv1"), f"{prefix}m")
        both = self.concat(y, self.cbs(x, inner, at=f"{prefix}cv2"), at=f"{prefix}concat")
        return self.cbs(both, out, at=f"{prefix}cv3")

    def bottlenecks(
        self, n: int, inner: int, shortcut: bool, groups: int, kernels: Any
    ) -> Callable[[int | None, str], int | None]:
        """Return a chain of n bottlenecks that keep the channels."""

        def chain(x: int | None, at: str) -> int | None:
            for index in range(n):
                x = self.bottleneck(x, inner, shortcut, groups, kernels, inner, f"{at}.{index}")
            return x

        return chain

    def row_c3(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = _filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        return self.csp(xs[0], out, inner, self.bottlenecks(n, inner, shortcut, groups, (1, 3)))

    def row_c3x(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = _filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        return self.csp(xs[0], out, inner, self.bottlenecks(n, inner, shortcut, groups, ((1, 3), (3, 1))))

    def row_c3ghost(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, _, _, part = _filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)

        def chain(x: int | None, at: str) -> int | None:
            for index in range(n):
                y = self.ghost(x, inner // 2, at=f"{at}.{index}.conv.0")
                y = self.ghost(y, inner, act=False, at=f"{at}.{index}.conv.2")
                x = self.add(merge.Add, y, x, at=f"{at}.{index}.add")
            return x

        return self.csp(xs[0], out, inner, chain)

    def c3k(self, x: int | None, out: int, shortcut: bool, groups: int, at: str) -> int | None:
        inner = out // 2
        self.kind("C3k", at)
        return self.csp(x, out, inner, self.bottlenecks(2, inner, shortcut, groups, (3, 3)), at)

    def row_csp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = _filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        chain = self.bottlenecks(n, inner, shortcut, groups, (1, 3))
        y = self.conv_bias(chain(self.cbs(xs[0], inner, at="cv1"), "m"), inner, "cv3", bias=False)
        both = self.concat(y, self.conv_bias(xs[0], inner, "cv2", bias=False))
        return self.cbs(self.activated(self.normed(both, "bn"), ""), out, at="cv4")

    def split_chain(
        self, x: int | None, out: int, inner: int, n: int, unit: Callable[[int | None, str], int | None]
    ) -> int | None:
        """Add C2f: halves of a 1x1 convolution, n units behind the second, all of them joined."""
        kept = self.halves(self.cbs(x, 2 * inner, at="cv1"))
        for index in range(n):
            kept.append(unit(kept[-1], f"m.{index}"))
        return self.cbs(self.concat(*kept), out, at="cv2")

    def row_c2f(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = _filled(args, (None, False, 1, Fraction(1, 2)))
        inner = int(out * part)
        return self.split_chain(
            xs[0], out, inner, n, lambda x, at: self.bottleneck(x, inner, shortcut, groups, (3, 3), inner, at)
        )

    def row_c2(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = _filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        first, second = self.halves(self.cbs(xs[0], 2 * inner, at="cv1"))
        y = self.bottlenecks(n, inner, shortcut, groups, (3, 3))(first, "m")
        return self.cbs(self.concat(y, second), out, at="cv2")

    def row_c3k2(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, c3k, part, attended, groups, shortcut = _filled(args, (None, False, Fraction(1, 2), False, 1, True))
        c3k, inner = c3k or self.letter in ("m", "l", "x"), int(out * part)

        def unit(x: int | None, at: str) -> int | None:
            if attended:
                y = self.bottleneck(x, inner, shortcut, groups, (3, 3), inner // 2, f"{at}.0")
                return self.psa_block(y, max(inner // 64, 1), f"{at}.1")
            if c3k:
                return self.c3k(x, inner, shortcut, groups, at)
            return self.bottleneck(x, inner, shortcut, groups, (3, 3), inner // 2, at)

        return self.split_chain(xs[0], out, inner, n, unit)

    def row_c2fcib(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, large, _, part = _filled(args, (None, False, False, 1, Fraction(1, 2)))
        inner = int(out * part)

        def unit(x: int | None, at: str) -> int | None:
            y = self.cbs(x, inner, 3, groups=inner, at=f"{at}.cv1.0")
            y = self.cbs(y, 2 * inner, at=f"{at}.cv1.1")
            if large:
                wide = self.cbs(y, 2 * inner, 7, groups=2 * inner, act=False, at=f"{at}.cv1.2.conv")
                narrow = self.cbs(y, 2 * inner, 3, groups=2 * inner, act=False, at=f"{at}.cv1.2.conv1")
                y = self.activated(self.add(merge.Add, wide, narrow, at=f"{at}.cv1.2.add"), f"{at}.cv1.2")
            else:
                y = self.cbs(y, 2 * inner, 3, groups=2 * inner, at=f"{at}.cv1.2")
            y = self.cbs(y, inner, at=f"{at}.cv1.3")
            y = self.cbs(y, inner, 3, groups=inner, at=f"{at}.cv1.4")
            return self.add(merge.Add, x, y, at=f"{at}.add") if shortcut else y

        return self.split_chain(xs[0], out, inner, n, unit)

    # Pyramids

    def row_sppf(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, size, count, shortcut = _filled(args, (None, 5, 3, False))
        x, inner = xs[0], self.channels(xs[0]) // 2
        kept = [self.cbs(x, inner, at="cv1", act=len(args) < 3)]
        for index in range(count):
            kept.append(self.add(pool.MaxPool, kept[-1], at=f"m{index}", kernel=size, stride=1, pad=size // 2))
        y = self.cbs(self.concat(*kept), out, at="cv2")
        return self.add(merge.Add, y, x) if shortcut and self.channels(x) == out else y

    def row_spp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, sizes = _filled(args, (None, [5, 9, 13]))
        x = self.cbs(xs[0], self.channels(xs[0]) // 2, at="cv1")
        pools = [self.add(pool.MaxPool, x, at=f"m.{i}", kernel=k, stride=1, pad=k // 2) for i, k in enumerate(sizes)]
        return self.cbs(self.concat(x, *pools), out, at="cv2")

    def row_sppelan(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, inner, size = _filled(args, (None, None, 5))
        kept = [self.cbs(xs[0], inner, at="cv1")]
        for index in range(3):
            kept.append(self.add(pool.MaxPool, kept[-1], at=f"cv{index + 2}", kernel=size, stride=1, pad=size // 2))
        return self.cbs(self.concat(*kept), out, at="cv5")

    def row_sppcspc(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, x = args[0], xs[0]
        y = self.cbs(self.cbs(self.cbs(x, out, at="cv1"), out, 3, at="cv3"), out, at="cv4")
        pools = [
            self.add(pool.MaxPool, y, at=f"m.{i}", kernel=k, stride=1, pad=k // 2) for i, k in enumerate((5, 9, 13))
        ]
        y = self.cbs(self.cbs(self.concat(y, *pools, at="concat1"), out, at="cv5"), out, 3, at="cv6")
        return self.cbs(self.concat(y, self.cbs(x, out, at="cv2"), at="concat2"), out, at="cv7")

    # YOLOv9

    def rep_conv(self, x: int | None, out: int, stride: int = 1, identity: bool = False, at: str = "") -> int | None:
        """Add RepConv as it is trained: a 3x3 and a 1x1 convolution, perhaps the input normalised, summed."""
        prefix = f"{at}." if at else ""
        both = [
            self.cbs(x, out, 3, stride, act=False, at=f"{prefix}conv1"),
            self.cbs(x, out, 1, stride, act=False, at=f"{prefix}conv2"),
        ]
        if identity and stride == 1 and self.channels(x) == out:
            both.append(self.normed(x, f"{prefix}bn"))
        return self.activated(self.add(merge.Add, *both, at=f"{prefix}add"), at)

    def row_repconv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, kernel, stride = _filled(args[:3], (None, 3, 1))
        if kernel != 3:
            raise _Wrong(f"RepConv with a kernel of {kernel} is not read, 3 is")
        return self.rep_conv(xs[0], out, stride, identity=bool(self.anchors))

    def rep_csp(self, x: int | None, out: int, n: int, at: str) -> int | None:
        inner = out // 2

        def chain(y: int | None, where: str) -> int | None:
            for index in range(n):
                z = self.rep_conv(y, inner, at=f"{where}.{index}.cv1")
                y = self.add(merge.Add, y, self.cbs(z, inner, 3, at=f"{where}.{index}.cv2"), at=f"{where}.{index}.add")
            return y

        return self.csp(x, out, inner, chain, at)

    def row_elan4(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, third, fourth, count = _filled(args, (None, None, None, 1))
        kept = self.halves(self.cbs(xs[0], third, at="cv1"))
        for name in ("cv2", "cv3"):
            y = self.rep_csp(kept[-1], fourth, count, f"{name}.0")
            kept.append(self.cbs(y, fourth, 3, at=f"{name}.1"))
        return self.cbs(self.concat(*kept), out, at="cv4")

    def row_elan1(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, third, fourth = _filled(args[:3], (None, None, None))
        kept = self.halves(self.cbs(xs[0], third, at="cv1"))
        for name in ("cv2", "cv3"):
            kept.append(self.cbs(kept[-1], fourth, 3, at=name))
        return self.cbs(self.concat(*kept), out, at="cv4")

    def row_aconv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.cbs(self.add(pool.AvgPool, xs[0], kernel=2, stride=1), args[0], 3, 2, at="cv1")

    def row_adown(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        first, second = self.halves(self.add(pool.AvgPool, xs[0], kernel=2, stride=1))
        y = self.cbs(first, args[0] // 2, 3, 2, at="cv1")
        z = self.add(pool.MaxPool, second, kernel=3, stride=2, pad=1)
        return self.concat(y, self.cbs(z, args[0] // 2, at="cv2"))

    def row_scdown(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, kernel, stride = _filled(args, (None, 3, 2))
        return self.cbs(self.cbs(xs[0], out, at="cv1"), out, kernel, stride, groups=out, act=False, at="cv2")

    # Attention

    def attended(
        self, x: int | None, heads: int, key: int, size: int, at: str, areas: int = 1, near: int = 3
    ) -> int | None:
        """Add attention of `heads` heads with keys of `key` and values of `size` channels, within areas of the map.

        A depthwise convolution of `near` positions says where the values are.
        """
        if x is None:
            return None
        shape = self.graph.nodes[x].y
        positions, out = shape.values // shape.channels, heads * size
        if positions % areas:
            raise _Wrong(f"{areas} areas do not divide the {positions} positions of {shape}")
        each, split = 2 * key + size, (areas, positions // areas) if areas > 1 else (positions,)
        turn = (len(split) + 1, *range(1, len(split) + 1), 0)

        def flat(y: int | None, name: str) -> int | None:
            y = self.add(reshape.Permute, y, at=f"{at}.{name}_turn", order=turn)
            return self.add(reshape.Reshape, y, at=f"{at}.{name}_map", to=Sides((*shape.sides, out)))

        y = self.cbs(x, heads * each, act=False, at=f"{at}.qkv")
        y = self.add(reshape.Reshape, y, at=f"{at}.heads", to=Sides((each, *split, heads)))
        y = self.add(reshape.Permute, y, at=f"{at}.turn", order=turn)
        query, keys, values = self.parts(y, [key, key, size], f"{at}.part")
        scores = self.add(joint.Matmul, query, keys, at=f"{at}.scores", transpose=True)
        scores = self.add(norm.Rescale, scores, at=f"{at}.scale", scale=key**-0.5)
        scores = self.add(activation.Softmax, scores, at=f"{at}.softmax")
        y = flat(self.add(joint.Matmul, scores, values, at=f"{at}.product"), "y")
        pe = self.cbs(flat(values, "v"), out, near, groups=out, act=False, at=f"{at}.pe")
        return self.cbs(self.add(merge.Add, y, pe, at=f"{at}.add"), out, act=False, at=f"{at}.proj")

    def psa_block(self, x: int | None, heads: int, at: str) -> int | None:
        """Add attention and two 1x1 convolutions, each with a shortcut."""
        channels = self.channels(x)
        size = channels // heads
        x = self.add(merge.Add, x, self.attended(x, heads, size // 2, size, f"{at}.attn"), at=f"{at}.add1")
        y = self.cbs(self.cbs(x, 2 * channels, at=f"{at}.ffn.0"), channels, act=False, at=f"{at}.ffn.1")
        return self.add(merge.Add, x, y, at=f"{at}.add2")

    def row_psa(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, part = _filled(args, (None, Fraction(1, 2)))
        channels = self.channels(xs[0])
        if out != channels:
            raise _Wrong(f"its {out} channels must be those of its input, {channels}")
        inner = int(channels * part)
        if inner < 64:
            raise _Wrong(f"{inner} channels have no head of 64")
        first, second = self.halves(self.cbs(xs[0], 2 * inner, at="cv1"))
        for index in range(n):
            second = self.psa_block(second, inner // 64, f"m.{index}")
        return self.cbs(self.concat(first, second), channels, at="cv2")

    def row_a2c2f(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        values = _filled(args, (None, True, None, False, Fraction(2), Fraction(1, 2), 1, True))
        out, attends, areas, residual, ratio, part, groups, shortcut = values
        if self.letter in ("l", "x") and attends:
            residual, ratio = True, Fraction(6, 5)
        inner = int(out * part)
        areas = 1 if areas is None else areas
        if attends and (type(areas) is not int or areas < 1):
            raise _Wrong(f"{areas} is no number of areas")
        if inner % 32:
            raise _Wrong(f"{inner} channels are no multiple of 32")
        kept = [self.cbs(xs[0], inner, at="cv1")]
        for index in range(n):
            y = kept[-1]
            if not attends:
                y = self.c3k(y, inner, shortcut, groups, f"m.{index}")
            for number in range(2 if attends else 0):
                at, heads = f"m.{index}.{number}", inner // 32
                z = self.attended(y, heads, 32, 32, f"{at}.attn", areas, near=7)
                y = self.add(merge.Add, y, z, at=f"{at}.add1")
                z = self.cbs(self.cbs(y, int(inner * ratio), at=f"{at}.mlp.0"), inner, act=False, at=f"{at}.mlp.1")
                y = self.add(merge.Add, y, z, at=f"{at}.add2")
            kept.append(y)
        y = self.cbs(self.concat(*kept), out, at="cv2")
        if not (attends and residual):
            return y
        return self.add(merge.Add, xs[0], self.add(learned.Scale, y, at="gamma", init=0.01))

    # Without weights

    def row_concat(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        if args not in ([], [1]):
            raise _Wrong(f"dimension {args[0]} is not read, 1 is")
        return xs[0] if len(xs) == 1 else self.concat(*xs)

    def row_add(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.add(merge.Add, *xs)

    def row_upsample(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        size, factor, mode = _filled(args, (None, None, "nearest"))
        if size is not None or not isinstance(factor, int):
            raise _Wrong("a size, or a factor that is not whole, is not read")
        return self.add(resize.Upsample, xs[0], factor=factor, mode=mode)

    def row_maxpool(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        kernel, stride, pad = _filled(args, (None, None, 0))
        return self.add(pool.MaxPool, xs[0], kernel=kernel, stride=kernel if stride is None else stride, pad=pad)

    def row_mp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        (kernel,) = _filled(args[:1], (2,))
        return self.add(pool.MaxPool, xs[0], kernel=kernel)

    def row_sp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        kernel, stride = _filled(args, (3, 1))
        return self.add(pool.MaxPool, xs[0], kernel=kernel, stride=stride, pad=kernel // 2)

    def row_reorg(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.add(reshape.SpaceToDepth, xs[0], block=2, order="dcr")

    def row_pad(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        ends = args[0] if args else None
        if not isinstance(ends, list) or len(ends) != 4 or not all(type(end) is int for end in ends):
            raise _Wrong("ZeroPad2d takes a list of four numbers")
        left, right, top, bottom = ends
        return self.add(resize.ZeroPad, xs[0], pad=Sides((Pair((top, bottom)), Pair((left, right)))))

    def row_identity(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return xs[0]

    # Heads

    def row_classify(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        x = self.cbs(self.concat(*xs) if len(xs) > 1 else xs[0], 1280, at="conv")
        x = self.add(reshape.Flatten, self.add(pool.GlobalAvgPool, x, at="pool"), at="flatten")
        x = self.add(dropout.Dropout, x, at="drop", rate=0)
        return self.add(linear.Linear, x, at="linear", out=args[0])

    def level(self, x: int | None, y: int | None, name: str = "p") -> None:
        """Name an output by its level: p3 is an eighth of the input."""
        if x is None or y is None:
            return
        ratio = self.graph.nodes[0].y.sides[0] / self.graph.nodes[y].y.sides[0]
        self.graph.output(f"{name}{max(round(ratio) - 1, 0).bit_length()}", y)

    def row_detect(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        if self.anchors:
            return self.with_anchors(xs, args)
        return self.anchor_free(xs, args[0] if args else self.classes, end2end=bool(self.value("end2end", False)))

    def row_v10(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.anchor_free(xs, args[0], end2end=True, legacy=False)

    def with_anchors(self, xs: list[int | None], args: list[Any], implicit: bool = False) -> int | None:
        """Add a 1x1 convolution per level, which predicts boxes at anchors."""
        out = self.anchors * (args[0] + 5)
        for index, x in enumerate(xs):
            y = self.add(learned.BiasAdd, x, at=f"ia.{index}") if implicit else x
            y = self.conv_bias(y, out, f"m.{index}")
            self.level(x, self.add(learned.Scale, y, at=f"im.{index}", init=1) if implicit else y)
        return None

    def row_idetect(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        if not self.anchors:
            raise _Wrong("IDetect needs anchors")
        return self.with_anchors(xs, args, implicit=True)

    def anchor_free(
        self, xs: list[int | None], classes: Any, *, end2end: bool, legacy: bool | None = None
    ) -> int | None:
        """Add a branch of boxes and one of classes per level; twice where an end-to-end head is trained beside it."""
        if isinstance(classes, bool) or not isinstance(classes, int) or classes < 1:
            raise _Wrong(f"{classes} is no number of classes")
        bins = self.value("reg_max", 16)
        if legacy is None:
            legacy = not any(name in ("C3k2", "A2C2f", "C2fCIB") for name in self.graph.classes.values())
        first = self.channels(xs[0])
        boxes, inner = max(16, first // 4, 4 * bins), max(first, min(classes, 100))
        for copy in ("", "one2one_")[: 1 + end2end]:
            for index, x in enumerate(xs):
                at = f"{copy}cv2.{index}"
                y = self.cbs(self.cbs(x, boxes, 3, at=f"{at}.0"), boxes, 3, at=f"{at}.1")
                y = self.conv_bias(y, 4 * bins, f"{at}.2")
                at, z = f"{copy}cv3.{index}", x
                for number in range(2):
                    if legacy:
                        z = self.cbs(z, inner, 3, at=f"{at}.{number}")
                        continue
                    channels = self.channels(z)
                    z = self.cbs(z, channels, 3, groups=channels, at=f"{at}.{number}.0")
                    z = self.cbs(z, inner, at=f"{at}.{number}.1")
                z = self.conv_bias(z, classes, f"{at}.2")
                self.level(x, self.concat(y, z, at=f"{copy}concat.{index}"), f"{copy}p")
        if bins > 1:
            self.unfixed = bins
        return None

    def row_segment(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        classes, masks, inner = _filled(args, (self.classes, 32, 256))
        inner = self.scaled(inner)
        self.row_detect(xs, [classes], 1)
        self.coefficients(xs, masks)
        y = self.cbs(xs[0], inner, 3, at="proto.cv1")
        y = self.add(conv.ConvTranspose, y, at="proto.upsample", out=inner, kernel=2, stride=2)
        self.graph.output("proto", self.cbs(self.cbs(y, inner, 3, at="proto.cv2"), masks, at="proto.cv3"))
        return None

    def row_pose(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        classes, points = _filled(args, (self.classes, [17, 3]))
        points = self.value("kpt_shape", [17, 3]) if isinstance(points, str) else points
        self.row_detect(xs, [classes], 1)
        self.coefficients(xs, points[0] * points[1])
        return None

    def row_obb(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        classes, angles = _filled(args, (self.classes, 1))
        self.row_detect(xs, [classes], 1)
        self.coefficients(xs, angles)
        return None

    def coefficients(self, xs: list[int | None], out: int) -> None:
        """Add the third branch of a head per level: mask coefficients, key points, angles."""
        inner = max(self.channels(xs[0]) // 4, out)
        for index, x in enumerate(xs):
            y = self.cbs(self.cbs(x, inner, 3, at=f"cv4.{index}.0"), inner, 3, at=f"cv4.{index}.1")
            self.level(x, self.conv_bias(y, out, f"cv4.{index}.2"), "more_p")


def _filled(args: list[Any], defaults: tuple[Any, ...]) -> list[Any]:
    """Return arguments with the defaults of those that are not written; refuse too many, and those that are needed."""
    if len(args) > len(defaults):
        raise _Wrong(f"it takes {len(defaults)} arguments at most, not {len(args)}")
    found = [*args, *defaults[len(args) :]]
    for number, (arg, default) in enumerate(zip(found, defaults, strict=True)):
        if isinstance(default, bool) and not isinstance(arg, bool):
            raise _Wrong(f"argument {number + 1} is {arg}, True or False is needed")
        if (
            isinstance(default, int)
            and not isinstance(default, bool)
            and (type(arg) is not int or arg < 1)
            and arg != default
        ):
            raise _Wrong(f"argument {number + 1} is {arg}, a number is needed")
        if isinstance(default, Fraction):
            if isinstance(arg, bool) or not isinstance(arg, (int, Fraction)) or arg <= 0:
                raise _Wrong(f"argument {number + 1} is {arg}, a number is needed")
            found[number] = Fraction(arg)
    return found


MODULES: dict[str, Module] = {
    "Conv": Module(_Reader.row_conv),
    "DWConv": Module(_Reader.row_dwconv),
    "Focus": Module(_Reader.row_focus),
    "GhostConv": Module(_Reader.row_ghost),
    "RepConv": Module(_Reader.row_repconv),
    "Bottleneck": Module(_Reader.row_bottleneck),
    "BottleneckCSP": Module(_Reader.row_csp, repeats=True),
    "C2": Module(_Reader.row_c2, repeats=True),
    "C2f": Module(_Reader.row_c2f, repeats=True),
    "C2fCIB": Module(_Reader.row_c2fcib, repeats=True),
    "C2PSA": Module(_Reader.row_psa, repeats=True),
    "C3": Module(_Reader.row_c3, repeats=True),
    "C3Ghost": Module(_Reader.row_c3ghost, repeats=True),
    "C3k2": Module(_Reader.row_c3k2, repeats=True),
    "C3x": Module(_Reader.row_c3x, repeats=True),
    "A2C2f": Module(_Reader.row_a2c2f, repeats=True),
    "PSA": Module(_Reader.row_psa),
    "SPP": Module(_Reader.row_spp),
    "SPPF": Module(_Reader.row_sppf),
    "SPPELAN": Module(_Reader.row_sppelan),
    "SPPCSPC": Module(_Reader.row_sppcspc),
    "ELAN1": Module(_Reader.row_elan1),
    "RepNCSPELAN4": Module(_Reader.row_elan4),
    "AConv": Module(_Reader.row_aconv),
    "ADown": Module(_Reader.row_adown),
    "SCDown": Module(_Reader.row_scdown),
    "Concat": Module(_Reader.row_concat, scaled=False),
    "Shortcut": Module(_Reader.row_add, scaled=False),
    "MP": Module(_Reader.row_mp, scaled=False),
    "SP": Module(_Reader.row_sp, scaled=False),
    "ReOrg": Module(_Reader.row_reorg, scaled=False),
    "nn.Upsample": Module(_Reader.row_upsample, scaled=False),
    "nn.MaxPool2d": Module(_Reader.row_maxpool, scaled=False),
    "nn.ZeroPad2d": Module(_Reader.row_pad, scaled=False),
    "nn.Identity": Module(_Reader.row_identity, scaled=False),
    "Silence": Module(_Reader.row_identity, scaled=False),
    "Classify": Module(_Reader.row_classify),
    "Detect": Module(_Reader.row_detect, scaled=False),
    "v10Detect": Module(_Reader.row_v10, scaled=False),
    "IDetect": Module(_Reader.row_idetect, scaled=False),
    "Segment": Module(_Reader.row_segment, scaled=False),
    "Pose": Module(_Reader.row_pose, scaled=False),
    "OBB": Module(_Reader.row_obb, scaled=False),
}
"""The modules that rows may name."""
