"""Hypothesis strategies, used by tests everywhere: any shape, any valid layer with fitting inputs, any valid spec."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import yaml
from hypothesis import assume
from hypothesis import strategies as st

from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import AxisName, Decimal, Pair, Sides, dimensions_of
from cnncalc.layers.merge import Joint, ManyInputs, Merge, Mul
from cnncalc.shape import Shape

CHANNELS = st.sampled_from([1, 2, 3, 4, 6, 12])
SIDE = st.integers(1, 9)
FACTOR = st.one_of(st.integers(1, 3), st.fractions(Fraction(1, 5), 3, max_denominator=6).filter(lambda f: f > 0))
OPEN = ("adaptive_avgpool", "adaptive_maxpool", "resize")
SIDES = {
    "attention": (1, 2, 3),
    **dict.fromkeys(("class_token", "token", "lstm", "gru", "rnn"), (1,)),
    "embedding": (0, 0, 1),
    **dict.fromkeys(("filter", "blur_pool"), (1, 2, 3)),
    "deform_conv": (2,),
    **dict.fromkeys(("window_attention", "cosine_window_attention", "grid_attention", "position", "tokens"), (1, 2, 3)),
}
"""How many sides a volume has that a kind takes, where it takes few."""


@st.composite
def shapes(draw: st.DrawFn, sides: Sequence[int] = (0, 1, 2, 3)) -> Shape:
    """Any small volume with one of the given numbers of sides."""
    count = draw(st.sampled_from(sides))
    return Shape(tuple(draw(SIDE) for _ in range(count)), draw(CHANNELS))


@st.composite
def layers(draw: st.DrawFn, kinds: Sequence[str] = tuple(KINDS)) -> tuple[Layer, tuple[Shape, ...]]:
    """Any valid layer of one of the kinds, and the volumes that it works on."""
    kind = KINDS[draw(st.sampled_from(kinds))]
    if issubclass(kind, Merge):
        xs = draw(merged(kind))
        return kind(max(len(x.sides) for x in xs)), xs
    if kind.kind == "deform_conv_by":
        return draw(deformed())
    if issubclass(kind, Joint):
        xs = draw(JOINED.get(kind.kind, merged(Mul)))
        layer = draw(layers_on(xs[0], kind))
        assume(not list(layer.check(*xs)))
        return layer, xs
    x = draw(shapes(SIDES.get(kind.kind, (0, 1, 2, 3))))
    layer = draw(layers_on(x, kind))
    assume(not list(layer.check(x)))
    return layer, (x,)


@st.composite
def layers_on(draw: st.DrawFn, x: Shape, kind: type[Layer]) -> Layer:
    """A layer of a kind for a volume, which it need not fit."""
    values = {}
    for name, field in kind.fields.items():
        if field.required or draw(st.booleans()):
            values[name] = draw(field_value(kind.kind, name, x))
    return kind(len(x.sides), **values)


@st.composite
def merged(draw: st.DrawFn, kind: type[Merge]) -> tuple[Shape, ...]:
    """Volumes that can be merged."""
    x = draw(shapes())
    xs = [x]
    for _ in range(draw(st.integers(1, 3))):
        if kind.kind == "concat":
            xs.append(Shape(x.sides, draw(CHANNELS)))
        elif kind is Mul:
            few = [draw(st.sampled_from([1, n])) for n in x.hwc]
            xs.append(draw(st.sampled_from([Shape((), x.channels), Shape(tuple(few[:-1]), few[-1])])))
        else:
            xs.append(x)
    return tuple(draw(st.permutations(xs)))


@st.composite
def equal(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Volumes of one shape."""
    return (draw(shapes((0, 1, 2))),) * draw(st.integers(2, 4))


@st.composite
def two(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Two volumes with as many sides."""
    x = draw(shapes((1, 2, 3)))
    return x, Shape(tuple(draw(SIDE) for _ in x.sides), draw(CHANNELS))


@st.composite
def pooled(draw: st.DrawFn) -> tuple[Shape, ...]:
    """A volume and what it was pooled from by halves, thirds or not at all."""
    x, by = draw(shapes((1, 2, 3))), draw(st.integers(1, 3))
    return x, Shape(tuple(n * by + draw(st.integers(0, by - 1)) for n in x.sides), x.channels)


@st.composite
def deformed(draw: st.DrawFn) -> tuple[Layer, tuple[Shape, ...]]:
    """A deformable convolution of an image, its offsets and perhaps a mask."""
    kind, x = KINDS["deform_conv_by"], draw(shapes((2,)))
    layer = draw(layers_on(x, kind))
    assume(not list(layer.fitting(x)))  # type: ignore[attr-defined]
    sides = layer.shape(x).sides
    elements = layer.elements  # type: ignore[attr-defined]
    xs = x, Shape(sides, 2 * elements), Shape(sides, elements)
    return layer, xs[: draw(st.integers(2, 3))]


@st.composite
def cropped(draw: st.DrawFn) -> tuple[Shape, ...]:
    """A volume and a smaller one."""
    x = draw(shapes((1, 2, 3)))
    return x, Shape(tuple(draw(st.integers(1, n)) for n in x.sides), draw(CHANNELS))


@st.composite
def matrices(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Two volumes of matrices that can be multiplied, the second as it is or transposed."""
    pairs, (n, k, m) = draw(st.lists(SIDE, max_size=2)), (draw(SIDE) for _ in range(3))
    return Shape((*pairs, n), k), draw(st.sampled_from([Shape((*pairs, k), m), Shape((*pairs, m), k)]))


@st.composite
def attended(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Queries, and the keys and values that they look at, perhaps apart."""
    x, keys = draw(shapes((0, 1, 2))), draw(shapes((1, 2)))
    return (x, keys, Shape(keys.sides, draw(CHANNELS))) if draw(st.booleans()) else (x, keys)


@st.composite
def joined(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Volumes that differ in one dimension at most."""
    x = draw(shapes())
    at = draw(st.integers(0, len(x.sides)))
    more = [[draw(SIDE) if i == at else n for i, n in enumerate(x.hwc)] for _ in range(draw(st.integers(1, 2)))]
    return x, *(Shape(tuple(numbers[:-1]), numbers[-1]) for numbers in more)


JOINED = {
    "concat_along": joined(),
    "cross_attention": attended(),
    "stack": equal(),
    "matmul": matrices(),
    "resize_like": two(),
    "crop_like": cropped(),
    "max_unpool": pooled(),
}
"""Volumes that layers of several inputs read, where they need not be those of a product."""


def field_value(kind: str, name: str, x: Shape) -> st.SearchStrategy[Any]:
    """Any value that a field may have before a volume, as the language gives it."""
    sides, channel = len(x.sides), st.integers(0, x.channels - 1)
    values = {
        "axis": st.sampled_from(axes(sides)),
        "begin": channel,
        "biases": st.sampled_from([1, 2]),
        "block": sizes(st.integers(1, 3), sides),
        "channels": lists(channel),
        "dilation": sizes(st.integers(1, 3), sides),
        "end": st.integers(1, x.channels),
        "deviation": st.fractions(0, 1, max_denominator=9),
        "ends": pads("pad", sides),
        "eps": st.fractions(Fraction(1, 1000), 1, max_denominator=1000),
        "divisor": st.integers(1, 9),
        "factor": sizes(FACTOR if kind == "resize" else st.integers(1, 4), sides),
        "grid": st.tuples(*(st.sampled_from(divisors(n)) for n in x.sides)).map(Sides),
        "groups": st.sampled_from([1, 2, 3]),
        "heads": st.sampled_from(divisors(x.channels)),
        "index": st.integers(0, x.sides[0] - 1 if sides else 0),
        "kernel": sizes(st.integers(1, 4), sides),
        "key_dim": st.integers(1, 4),
        "qkv_bias": st.sampled_from([True, False, "qv"]),
        "value_dim": st.integers(1, 4),
        "layers": st.integers(1, 3),
        "maps": lists(lists(channel)),
        "multiplier": st.integers(1, 3),
        "exponent": st.integers(-2, 3),
        "offset_groups": st.sampled_from([1, 2]),
        "norm": st.integers(1, 4),
        "taps": taps(sides),
        "to": reshaped(x),
        **({"order": st.permutations(range(sides + 1)).map(tuple)} if kind == "permute" else {}),
        "out": st.sampled_from([1, 2, 4, 6]),
        "output_pad": sizes(st.integers(0, 2), sides),
        "pad": pads(kind, sides),
        "project": st.integers(1, 4),
        "vocabulary": st.integers(2, 9),
        "shift": sizes(st.integers(0, 3), sides),
        "size": sizes(st.integers(1, 7), sides if kind != "lrn" else 0, kept=kind in OPEN),
        "stride": sizes(st.integers(1, 3), sides),
        **({"offset": sizes(st.integers(0, 3), sides)} if kind.startswith("crop") else {}),
        "window": sizes(st.integers(1, 4), sides),
        "alpha": st.fractions(Fraction(1, 20), 2, max_denominator=20),
    }
    if name in values:
        return values[name]
    declared = KINDS[kind].fields[name].type
    if isinstance(declared, Decimal):
        return st.fractions(0, 1, max_denominator=20)
    return st.sampled_from(declared.words) if declared.words else st.booleans()


@st.composite
def taps(draw: st.DrawFn, sides: int) -> Any:
    """A kernel with a name, or given numbers."""
    if draw(st.booleans()):
        return draw(st.sampled_from(KINDS["filter"].fields["taps"].type.words))
    numbers: Any = st.fractions(-3, 3, max_denominator=8)
    for _ in range(sides or 1):
        count = draw(st.integers(1, 3))
        numbers = st.tuples(*[numbers] * count)
    return draw(numbers)


@st.composite
def reshaped(draw: st.DrawFn, x: Shape) -> Any:
    """A shape with as many values, one number of it perhaps left open."""
    numbers: list[Any] = draw(st.permutations(x.hwc))
    if len(numbers) > 1 and draw(st.booleans()):
        numbers[0] *= numbers.pop()
    if len(numbers) == 1:
        return numbers[0]
    at = draw(st.integers(0, len(numbers)))
    return Sides("_" if i == at else n for i, n in enumerate(numbers))


def pads(kind: str, sides: int) -> st.SearchStrategy[Any]:
    """Padding of a kind: plain numbers, pairs, and the words of windows."""
    cells = st.integers(0, 2)
    if kind == "conv_transpose":
        return sizes(cells, sides)
    uneven = sizes(st.one_of(cells, st.builds(lambda before, after: Pair((before, after)), cells, cells)), sides)
    return uneven if kind == "pad" else st.one_of(uneven, st.sampled_from(["same", "same_lower", "valid", "causal"]))


def sizes(number: st.SearchStrategy[Any], sides: int, *, kept: bool = False) -> st.SearchStrategy[Any]:
    """One number for every side, or one each; `kept` where `_` may stand for all but one."""
    if not sides:
        return number
    each = st.tuples(*[number] * sides).map(Sides)
    if not kept or sides == 1:
        return st.one_of(number, each)
    one = st.tuples(st.integers(0, sides - 1), number)
    return st.one_of(number, each, one.map(lambda at: Sides(at[1] if i == at[0] else "_" for i in range(sides))))


def axes(sides: int) -> list[str]:
    """The names of dimensions that a volume has."""
    return [name for name in AxisName().words if dimensions_of(name, sides)]


def divisors(number: int) -> list[int]:
    """The divisors of a number up to 4."""
    return [n for n in range(1, 5) if number % n == 0]


def lists(element: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(element, min_size=1, max_size=4).map(tuple)


# Whole specs.

LARGEST = 3_000
"""Values of a volume; what grows beyond is pooled."""
DEEPEST = 3
STEPS = tuple(name for name, kind in KINDS.items() if not issubclass(kind, ManyInputs))
WINDOWS = tuple(name for name in STEPS if "kernel" in KINDS[name].fields)
ALIKE = ("maximum", "minimum", "average", "divide")
"""Kinds that read volumes of one shape, and keep it."""


@st.composite
def specs(draw: st.DrawFn) -> str:
    """The text of any valid spec: chains, branches, repeats, conditions, blocks, side heads, shared weights."""
    return Writer(draw).spec()


class Plain(yaml.SafeDumper):
    """Writes no aliases, which specs do not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class Writer:
    """Writes a spec item by item and knows the volume behind each, so that the next one fits."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.blocks: dict[str, Any] = {}
        self.names = 0

    def name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def often(self, share: float = 0.5) -> bool:
        return bool(self.draw(st.integers(0, 99)) < 100 * share)

    def pick(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def spec(self) -> str:
        x = self.draw(shapes((0, 1, 2, 2, 3)))
        text: dict[str, Any] = {"name": "drawn"}
        if self.often(0.15):
            text |= {"inputs": {"left": str(x), "right": str(other := Shape(x.sides, self.draw(CHANNELS)))}}
            begin = [{"a": "use left -> relu"}, {"b": "use right -> tanh"}, "use a -> concat b"]
            items, y = self.items(Shape(x.sides, x.channels + other.channels), 0, inside=False)
            items = begin + items
        else:
            text |= {"input": str(x)}
            items, y = self.items(x, 0)
        if self.often(0.2):
            items.append({"last": self.steps(y, 1)[0]})
            text["outputs"] = ["last"]
            if self.often():
                items.insert(-1, {"side": "relu"})
                text["outputs"].append("side")
        if self.blocks:
            text["blocks"] = self.blocks
        return yaml.dump({**text, "layers": items}, Dumper=Plain, sort_keys=False, width=10**6, allow_unicode=True)

    # Items; each returns what is written and the volume behind it.

    def items(self, x: Shape, depth: int, *, free: bool = True, inside: bool = True) -> tuple[list[Any], Shape]:
        """A list of items. Unless `free` there are as many sides as before; `inside` a block `input` is the volume."""
        written: list[Any] = []
        named: dict[str, Shape] = {}
        before = x
        for _ in range(self.draw(st.integers(1, 3))):
            forms = [self.chain] * 3
            if depth < DEEPEST:
                forms += [self.merge, self.repeat, self.choice, self.aux, self.block, self.shared]
            item, y = self.pick(*forms)(x, depth + 1, free)
            if self.often(0.4):
                name = self.name()
                written.append({name: item})
                named[name] = y
            else:
                written += item if isinstance(item, list) else [item]
            x = y
            fitting = [name for name, shape in named.items() if shape == x]
            if fitting and self.often(0.4):
                written.append(f"{self.pick('add', 'sub', 'mul', 'concat', *ALIKE)} {self.pick(*fitting)}")
                x = Shape(x.sides, 2 * x.channels) if written[-1].startswith("concat") else x
            alike = [name for name, shape in named.items() if len(shape.sides) == len(x.sides) > 0]
            if alike and free and self.often(0.2):
                name = self.pick(*alike)
                smaller = all(n <= m for n, m in zip(named[name].sides, x.sides, strict=True))
                written.append(f"{'crop_like' if smaller and self.often() else 'resize_like'} {name}")
                x = Shape(named[name].sides, x.channels)
            elif x in named.values() and free and len(x.sides) < 3 and self.often(0.2):
                name = self.pick(*(name for name, shape in named.items() if shape == x))  # concat has changed x
                written.append(f"stack {name}")
                x = Shape((2, *x.sides), x.channels)
            seen = [name for name, shape in named.items() if 0 < len(shape.sides) < 4]
            if seen and len(x.sides) < 4 and self.often(0.2):
                written.append(f"cross_attention {self.pick(*divisors(x.channels))} {self.pick(*seen)}")
            earlier = [name for name, shape in named.items() if free or len(shape.sides) == len(before.sides)]
            if earlier and self.often(0.1):
                name = self.pick(*earlier)
                written.append(f"use {name} -> relu")
                x = named[name]
        if inside and depth == 0 and x == before and self.often(0.3):
            written.append("add input")
        return written, x

    def chain(self, x: Shape, depth: int, free: bool) -> tuple[str, Shape]:
        text, y = self.steps(x, self.draw(st.integers(1, 4)), free)
        if self.often(0.2):
            text += f" -> {'x'.join([*map(str, y.sides), '_'])}"
        return text, y

    def steps(self, x: Shape, count: int, free: bool = True) -> tuple[str, Shape]:
        written = []
        for _ in range(count):
            step, x = self.step(x, free)
            written.append(step)
        return " -> ".join(written), x

    def step(self, x: Shape, free: bool) -> tuple[str, Shape]:
        """A layer that fits; where the drawn one does not, relu does."""
        if x.values > LARGEST:
            return (
                ("adaptive_avgpool 2", Shape((2,) * len(x.sides), x.channels))
                if x.sides
                else ("linear 6", Shape((), 6))
            )
        if x.sides and self.often(0.1):
            return "conv channels+1 1", Shape(x.sides, x.channels + 1)
        layer = self.draw(layers_on(x, KINDS[self.pick(*(STEPS if self.often(0.7) else WINDOWS))]))
        if next(layer.check(x), None) is not None:
            return "relu", x
        y = layer.shape(x)
        return (str(layer), y) if free or len(y.sides) == len(x.sides) else ("relu", x)

    def fitted(self, x: Shape, goal: Shape, depth: int) -> list[Any]:
        """A list of items that ends in a volume of a given shape."""
        written, y = self.items(x, depth, free=False, inside=False)
        return written + self.fit(y, goal)

    def fit(self, x: Shape, goal: Shape) -> list[str]:
        steps = []
        if x.sides != goal.sides:
            steps.append(f"adaptive_avgpool {'x'.join(map(str, goal.sides))}")
        if x.channels != goal.channels:
            steps.append(f"conv {goal.channels} 1" if goal.sides else f"linear {goal.channels}")
        return [" -> ".join(steps)] if steps else []

    def merge(self, x: Shape, depth: int, free: bool) -> tuple[dict[str, Any], Shape]:
        kind = self.pick("add", "sub", "mul", "concat")
        goal = x if self.often() else Shape(tuple(self.draw(st.integers(1, 5)) for _ in x.sides), self.draw(CHANNELS))
        goals = [Shape(goal.sides, self.draw(CHANNELS)) if kind == "concat" else goal for _ in range(self.pick(1, 2))]
        branches: list[Any] = [self.fitted(x, one, depth) or "identity" for one in goals]
        if goal == x:
            branches.append("identity")
            goals.append(x)
        else:
            squeezed = kind == "mul" and goal.sides and x.sides
            excite = f"global_avgpool -> conv {goal.channels} 1 -> sigmoid"
            branches.append(excite if squeezed else self.fitted(x, goal, depth) or "identity")
            goals.append(goal)
        y = Shape(goal.sides, sum(one.channels for one in goals)) if kind == "concat" else goal
        branches = self.draw(st.permutations(branches))
        return {kind: {f"b{i}": branch for i, branch in enumerate(branches)} if self.often() else branches}, y

    def repeat(self, x: Shape, depth: int, free: bool) -> tuple[Any, Shape]:
        count = self.draw(st.integers(0, 3))
        if self.often():
            return {"repeat": str(count), "layers": self.fitted(x, x, depth) or ["relu"]}, x
        steps, y = self.steps(x, self.draw(st.integers(1, 2)), free=False)
        return f"{count} * ({' -> '.join([steps, *self.fit(y, x)])})", x

    def choice(self, x: Shape, depth: int, free: bool) -> tuple[dict[str, Any], Shape]:
        bound = self.draw(st.integers(1, 6))
        holds, condition = self.pick(
            (x.channels > bound, f"channels > {bound}"), (x.channels % bound == 0, f"channels % {bound} == 0")
        )
        taken, y = self.items(x, depth, free=free, inside=False)
        other = [f"conv {bound} 1 -> relu" if x.sides else "relu"]
        item = {"if": condition, "then": taken if holds else other}
        if not holds:
            return item | {"else": taken}, y
        return item | {"else": self.pick(other, "identity")}, y

    def aux(self, x: Shape, depth: int, free: bool) -> tuple[dict[str, Any], Shape]:
        head, _ = self.items(x, depth, inside=False)
        return {"aux": {self.name(): head}}, x

    def block(self, x: Shape, depth: int, free: bool) -> tuple[Any, Shape]:
        """A block that is written for this volume, with a parameter or two, and its call."""
        name, out, kernel = f"block{len(self.blocks)}", self.draw(CHANNELS), self.pick(1, 2, 3)
        self.blocks[name] = None  # its name is taken, also by what is written inside it
        first = "conv out kernel pad=same" if x.sides else "linear out*kernel"
        middle = Shape(x.sides, out if x.sides else out * kernel)
        body, y = self.items(middle, depth, free=free, inside=False)
        named = f"{name} out kernel=1"
        del self.blocks[name]
        self.blocks[named] = [first, *body]
        call = f"{name} {out} {kernel}" if kernel > 1 else f"{name} out={out}"
        if not x.sides and x.channels == y.channels and not y.sides and self.often():
            return f"{self.pick(1, 2)} * {call}", y
        return call, y

    def shared(self, x: Shape, depth: int, free: bool) -> tuple[list[Any], Shape]:
        """A named item, and again with the same weights."""
        name = self.name()
        weighted = f"conv {x.channels} 1" if x.sides else f"linear {x.channels}"
        return [{name: [*self.fitted(x, x, depth), weighted]}, f"again {name}"], x
