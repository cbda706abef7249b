"""What the modules of Ultralytics are built of: convolutions with norm and activation, bottlenecks, attention."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

from cnncalc.exchange.graph import Graph
from cnncalc.layers import activation, conv, joint, merge, norm, reshape
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Sides
from cnncalc.problem import quoted
from cnncalc.spec.tree import Mapping, Node, Sequence

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


class RowError(Exception):
    """A row that cannot be read: what is wrong with it, and which part of it is meant."""

    def __init__(self, message: str, part: Node | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.part, self.hint = message, part, hint


@dataclass(slots=True)
class Parts:
    """The network so far, and the parts that are added to it."""

    graph: Graph
    keys: dict[str, Node]
    width: Fraction = Fraction(1)
    most: int | None = None  # channels before the width is applied
    letter: str = ""
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

    def scaled(self, channels: int) -> int:
        """Return channels times the width, rounded up to a multiple of 8; those of the outputs stay."""
        outputs = self.anchors * (self.classes + 5) if self.anchors else self.classes
        if channels == outputs:
            return channels
        most = channels if self.most is None else min(channels, self.most)
        return ceil(most * self.width / 8) * 8

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
            raise RowError(f"the activation {quoted(str(written))} is not read", self.keys.get("activation"))
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
            raise RowError(f"{sizes[0]} is no size")
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

    def ghost(
        self, x: int | None, out: int, kernel: int = 1, stride: int = 1, act: bool = True, at: str = ""
    ) -> int | None:
        """Add GhostConv: half of the channels by a convolution, half by a depthwise one behind it."""
        prefix = f"{at}." if at else ""
        y = self.cbs(x, out // 2, kernel, stride, act=act, at=f"{prefix}cv1")
        return self.concat(
            y, self.cbs(y, out // 2, 5, groups=out // 2, act=act, at=f"{prefix}cv2"), at=f"{prefix}concat"
        )

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

    def bottlenecks(
        self, n: int, inner: int, shortcut: bool, groups: int, kernels: Any
    ) -> Callable[[int | None, str], int | None]:
        """Return a chain of n bottlenecks that keep the channels."""

        def chain(x: int | None, at: str) -> int | None:
            for index in range(n):
                x = self.bottleneck(x, inner, shortcut, groups, kernels, inner, f"{at}.{index}")
            return x

        return chain

    def csp(
        self, x: int | None, out: int, inner: int, chain: Callable[[int | None, str], int | None], at: str = ""
    ) -> int | None:
        """Add C3: one of two 1x1 convolutions goes through a chain, and both are joined."""
        prefix = f"{at}." if at else ""
        y = chain(self.cbs(x, inner, at=f"{prefix}cv1"), f"{prefix}m")
        both = self.concat(y, self.cbs(x, inner, at=f"{prefix}cv2"), at=f"{prefix}concat")
        return self.cbs(both, out, at=f"{prefix}cv3")

    def c3k(self, x: int | None, out: int, shortcut: bool, groups: int, at: str) -> int | None:
        inner = out // 2
        self.kind("C3k", at)
        return self.csp(x, out, inner, self.bottlenecks(2, inner, shortcut, groups, (3, 3)), at)

    def split_chain(
        self, x: int | None, out: int, inner: int, n: int, unit: Callable[[int | None, str], int | None]
    ) -> int | None:
        """Add C2f: halves of a 1x1 convolution, n units behind the second, all of them joined."""
        kept = self.halves(self.cbs(x, 2 * inner, at="cv1"))
        for index in range(n):
            kept.append(unit(kept[-1], f"m.{index}"))
        return self.cbs(self.concat(*kept), out, at="cv2")

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

    def rep_csp(self, x: int | None, out: int, n: int, at: str) -> int | None:
        inner = out // 2

        def chain(y: int | None, where: str) -> int | None:
            for index in range(n):
                z = self.rep_conv(y, inner, at=f"{where}.{index}.cv1")
                y = self.add(merge.Add, y, self.cbs(z, inner, 3, at=f"{where}.{index}.cv2"), at=f"{where}.{index}.add")
            return y

        return self.csp(x, out, inner, chain, at)

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
            raise RowError(f"{areas} areas do not divide the {positions} positions of {shape}")
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

    def level(self, x: int | None, y: int | None, name: str = "p") -> None:
        """Name an output by its level: p3 is an eighth of the input."""
        if x is None or y is None:
            return
        ratio = self.graph.nodes[0].y.sides[0] / self.graph.nodes[y].y.sides[0]
        self.graph.output(f"{name}{max(round(ratio) - 1, 0).bit_length()}", y)


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


def filled(args: list[Any], defaults: tuple[Any, ...]) -> list[Any]:
    """Return arguments with the defaults of those that are not written; refuse too many, and those that are needed."""
    if len(args) > len(defaults):
        raise RowError(f"it takes {len(defaults)} arguments at most, not {len(args)}")
    found = [*args, *defaults[len(args) :]]
    for number, (arg, default) in enumerate(zip(found, defaults, strict=True)):
        if isinstance(default, bool) and not isinstance(arg, bool):
            raise RowError(f"argument {number + 1} is {arg}, True or False is needed")
        if (
            isinstance(default, int)
            and not isinstance(default, bool)
            and (type(arg) is not int or arg < 1)
            and arg != default
        ):
            raise RowError(f"argument {number + 1} is {arg}, a number is needed")
        if isinstance(default, Fraction):
            if isinstance(arg, bool) or not isinstance(arg, (int, Fraction)) or arg <= 0:
                raise RowError(f"argument {number + 1} is {arg}, a number is needed")
            found[number] = Fraction(arg)
    return found
