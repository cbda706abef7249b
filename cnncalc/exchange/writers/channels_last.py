"""Layers as expressions over arrays whose channels are last, for frameworks that count dimensions so: Keras, JAX.

`ops` stands for the module of functions: `keras.ops`, or `jax.numpy`, which share their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from cnncalc.exchange.parameters import Slot
from cnncalc.exchange.writers.layout import statement
from cnncalc.exchange.writers.source import Init
from cnncalc.layers.fields import dimensions_of
from cnncalc.layers.geometry import Window
from cnncalc.layers.pool import reached
from cnncalc.layers.resize import begins
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product
from cnncalc.shape import Shape

Pads = Sequence[tuple[int, int]]


class Unwritten(Exception):  # noqa: N818  # no fault of the program
    """A framework does not express a layer, and why."""


Layer = TypeVar("Layer", bound=Init)


@dataclass(slots=True)
class Step(Generic[Layer]):
    """A call of a layer, or an expression, of what came before it: `{0}`, and other volumes `{1}` …"""

    made: Layer | None
    text: str = "{0}"  # what the layer is called with, or the expression
    suffix: str = ""  # behind the path, in the name of a layer beside the one that the path is of


def expression(text: str) -> list[Step[Any]]:
    """Return a layer that is one expression."""
    return [Step(None, text)]


# Arguments.


def numbers(name: str, value: Sequence[int], usual: int | None = None, *, whole: bool = False) -> Slot:
    """Return an argument with a number per dimension: one alone where they are equal, unless it must be `whole`."""
    values = tuple(value)
    same = len(set(values)) == 1
    text = str(values[0]) if same and not whole else pair(values)
    return Slot(name, text, values[:1] if same and not whole else None, is_default=same and values[0] == usual)


def number(name: str, value: int, usual: int | None = None) -> Slot:
    """Return an argument that is one number."""
    return Slot(name, str(value), value, is_default=value == usual)


def flag(name: str, value: bool, usual: bool = True) -> Slot:
    """Return an argument that is true or false."""
    return Slot(name, str(bool(value)), is_default=bool(value) == usual)


def real(value: Any) -> str:
    """Return a number as Python writes it, a fraction as the decimal nearest to it."""
    return repr(int(value)) if int(value) == value else repr(float(value))


def pair(values: Iterable[object]) -> str:
    """Return values as a tuple."""
    texts = [str(value) for value in values]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def pairs(pads: Pads) -> str:
    """Return padding before and after as a tuple of pairs."""
    return pair(pair(ends) for ends in pads)


# Windows.


def padding(windows: Iterable[Window]) -> list[tuple[int, int]]:
    """Return what windows pad before and after, per dimension."""
    return [(int(w.before), int(w.after)) for w in windows]


def is_same(windows: Iterable[Window], x: Shape, pads: Pads | None = None) -> bool:
    """Judge whether padding is that of `same` in TensorFlow, which depends on the size with a stride."""
    found = padding(windows) if pads is None else pads
    return [w.same(n) for w, n in zip(windows, x.sides, strict=True)] == list(found)


def pool_padding(windows: Sequence[Window], x: Shape) -> list[tuple[int, int]]:
    """Return the padding of a pool, up to the end of the last window where it is rounded up."""
    return reached(tuple(windows), x) if any(w.ceil for w in windows) else padding(windows)


NONNEGATIVE = frozenset(
    (
        *("relu", "relu6", "sigmoid", "hardsigmoid", "softmax", "exp", "square", "abs", "softplus", "vector_norm"),
        *("std", "var"),
    )
)
PASSING = frozenset(
    (
        *("maxpool", "avgpool", "global_avgpool", "global_maxpool", "adaptive_avgpool", "adaptive_maxpool"),
        *("concat", "add", "mul", "maximum", "average", "dropout", "drop_path", "upsample", "flatten", "shuffle"),
        *("slice", "select", "pad_channels", "crop", "trim", "space_to_depth", "pixel_shuffle", "reshape", "permute"),
    )
)


def is_nonnegative(network: Network, index: int) -> bool:
    """Judge whether no value of a volume is below 0, so that padding with 0 changes no maximum."""
    stack, seen = [index], {index}
    while stack:
        node = network.nodes[stack.pop()]
        if node.kind in PASSING and node.inputs:
            stack += [i for i in node.inputs if i not in seen]
            seen.update(node.inputs)
        elif node.kind not in NONNEGATIVE:
            return False
    return True


def padded(x: Shape, pads: Pads, how: str) -> str:
    """Return the expression that pads the dimensions between batch and channels."""
    every = ", ".join(f"({before}, {after})" for before, after in [(0, 0), *pads, (0, 0)])
    return f"ops.pad({{0}}, ({every}), {how})"


MODES = {"reflect": 'mode="reflect"', "replicate": 'mode="edge"', "circular": 'mode="wrap"'}
"""Ways to pad that are no constant, as numpy names them."""

# Expressions.

FUNCTIONS: dict[str, str] = {
    "exp": "ops.exp({0})",
    "log": "ops.log({0})",
    "abs": "ops.abs({0})",
    "square": "ops.square({0})",
    "sqrt": "ops.sqrt({0})",
    "sin": "ops.sin({0})",
    "cos": "ops.cos({0})",
    "hard_mish": "{0} / 2 * ops.clip({0} + 2, 0, 2)",
    "ramp": "ops.maximum({0}, 0) + {0} / 10",
    "tanhshrink": "{0} - ops.tanh({0})",
}


def formula(node: Node) -> str | None:
    """Return the expression of a layer that is one in every such framework, if there is one."""
    if node.kind in FUNCTIONS:
        return FUNCTIONS[node.kind]
    made = FORMULAS.get(node.kind)
    return made(node) if made else None


def _fields(node: Node) -> dict[str, Any]:
    return node.layer.__dict__


def _reduction(function: str) -> Callable[[Node], str]:
    def make(node: Node) -> str:
        x, f = node.x[0], _fields(node)
        gone = [at + 1 for at in dimensions_of(f["axis"], len(x.sides))]
        kept = f["keep"] or len(gone) == len(x.sides) + 1
        axis = str(gone[0]) if len(gone) == 1 else pair(gone)
        text = f"ops.{function}({{0}}, axis={axis}{', keepdims=True' if kept else ''})"
        if f["keep"] or not kept:
            return text
        return f"ops.reshape({text}, (-1, 1))"

    return make


def _deviation(function: str) -> Callable[[Node], str]:
    def make(node: Node) -> str:
        text, x = _reduction(function)(node), node.x[0]
        if not _fields(node)["unbiased"]:
            return text
        n = product(x.hwc[i] for i in dimensions_of(_fields(node)["axis"], len(x.sides)))
        ratio = f"({n} / {n - 1})"
        return f"{text} * {ratio}" if function == "var" else f"{text} * {ratio} ** 0.5"

    return make


def _vector_norm(node: Node) -> str:
    p = _fields(node)["norm"]
    powers = "ops.abs({0})" if p == 1 else "ops.square({0})" if p == 2 else f"ops.abs({{0}}) ** {p}"
    text = _reduction("sum")(node).replace("{0}", powers)
    return text if p == 1 else f"ops.sqrt({text})" if p == 2 else f"{text} ** (1 / {p})"


def _normalize(node: Node) -> str:
    p, eps = _fields(node)["norm"], real(_fields(node)["eps"])
    powers = "ops.abs({0})" if p == 1 else "ops.square({0})" if p == 2 else f"ops.abs({{0}}) ** {p}"
    total = f"ops.sum({powers}, axis=-1, keepdims=True)"
    length = total if p == 1 else f"ops.sqrt({total})" if p == 2 else f"{total} ** (1 / {p})"
    return f"{{0}} / ops.maximum({length}, {eps})"


def _glu(node: Node) -> str:
    half, gate = node.x[0].channels // 2, _fields(node)["gate"]
    values, gates = f"{{0}}[..., :{half}]", f"{{0}}[..., {half}:]"
    gated = {
        "identity": gates,
        "sigmoid": f"1 / (1 + ops.exp(-{gates}))",
        "tanh": f"ops.tanh({gates})",
        "relu": f"ops.maximum({gates}, 0)",
        "silu": f"{gates} / (1 + ops.exp(-{gates}))",
    }
    if gate not in gated:
        raise Unwritten(f"its gate {gate} is no function of arrays")
    return f"{values} * {gated[gate]}" if gate not in ("sigmoid", "silu") else f"{values} * ({gated[gate]})"


def _rescale(node: Node) -> str:
    scale, offset = real(_fields(node)["scale"]), _fields(node)["offset"]
    return f"{{0}} * {scale}" + (f" + {real(offset)}" if offset else "")


def _pad(node: Node) -> str:
    f, x = _fields(node), node.x[0]
    return padded(x, f["pad"], MODES.get(f["mode"], f"constant_values={real(f['value'])}"))


def _pad_channels(node: Node) -> str:
    x = node.x[0]
    every = pairs([(0, 0)] * (len(x.sides) + 1) + [(0, _fields(node)["out"] - x.channels)])
    return f"ops.pad({{0}}, {every})"


def cropped(node: Node) -> list[tuple[int, int]] | None:
    """Return how many positions a layer that crops removes before and after, per dimension."""
    f, x, sides = _fields(node), node.x[0], node.y.sides
    if node.kind == "trim":
        return [(before, after) for before, after in f["ends"]]
    if node.kind in ("crop", "crop_like"):
        first = begins(x, sides, f["offset"])
        return [(b, n - b - m) for n, m, b in zip(x.sides, sides, first, strict=True)]
    return None


def _volumes(node: Node) -> list[str]:
    """Return the names of the volumes; a vector beside an image is one of its pixels."""
    most = max(len(x.sides) for x in node.x)
    ones = ", ".join([":", *["None"] * most])
    return [f"{{{at}}}[{ones}]" if not x.sides and most else f"{{{at}}}" for at, x in enumerate(node.x)]


def _folded(function: str) -> Callable[[Node], str]:
    def make(node: Node) -> str:
        first, *others = _volumes(node)
        for other in others:
            first = f"ops.{function}({first}, {other})"
        return first

    return make


def _joined(sign: str) -> Callable[[Node], str]:
    return lambda node: f" {sign} ".join(_volumes(node))


def _select(node: Node) -> str:
    return f"ops.take({{0}}, ops.array([{', '.join(map(str, _fields(node)['channels']))}]), axis=-1)"


def _matmul(node: Node) -> str:
    return "ops.matmul({0}, ops.swapaxes({1}, -1, -2))" if _fields(node)["transpose"] else "ops.matmul({0}, {1})"


def _listed(node: Node) -> str:
    return ", ".join(f"{{{at}}}" for at in range(len(node.x)))


def _concat_along(node: Node) -> str:
    (axis,) = dimensions_of(_fields(node)["axis"], len(node.x[0].sides))
    return f"ops.concatenate([{_listed(node)}], axis={axis + 1})"


FORMULAS: dict[str, Callable[[Node], str]] = {
    "sum": _reduction("sum"),
    "mean": _reduction("mean"),
    "max": _reduction("max"),
    "min": _reduction("min"),
    "std": _deviation("std"),
    "var": _deviation("var"),
    "vector_norm": _vector_norm,
    "normalize": _normalize,
    "glu": _glu,
    "rescale": _rescale,
    "pad": _pad,
    "pad_channels": _pad_channels,
    "slice": lambda node: f"{{0}}[..., {_fields(node)['begin']}:{_fields(node)['end']}]",
    "select": _select,
    "unbind": lambda node: f"{{0}}[:, {_fields(node)['index']}]",
    "token": lambda node: f"{{0}}[:, {_fields(node)['index']}]",
    "hardtanh": lambda node: f"ops.clip({{0}}, {real(_fields(node)['min'])}, {real(_fields(node)['max'])})",
    "threshold": lambda node: (
        f"ops.where({{0}} > {real(_fields(node)['limit'])}, {{0}}, {real(_fields(node)['value'])})"
    ),
    "hardshrink": lambda node: f"ops.where(ops.abs({{0}}) > {real(_fields(node)['limit'])}, {{0}}, 0)",
    "softshrink": lambda node: (
        f"{{0}} - ops.clip({{0}}, -{real(_fields(node)['limit'])}, {real(_fields(node)['limit'])})"
    ),
    "power": lambda node: f"{{0}} ** {real(_fields(node)['exponent'])}",
    "add": _joined("+"),
    "sub": _joined("-"),
    "mul": _joined("*"),
    "divide": _joined("/"),
    "maximum": _folded("maximum"),
    "minimum": _folded("minimum"),
    "average": lambda node: f"({_joined('+')(node)}) / {len(node.x)}",
    "concat": lambda node: f"ops.concatenate([{_listed(node)}], axis=-1)",
    "concat_along": _concat_along,
    "stack": lambda node: f"ops.stack([{_listed(node)}], axis=1)",
    "matmul": _matmul,
}


@dataclass(slots=True)
class Rearranged:
    """Values in another arrangement: dimensions split, put in an order, and joined; the batch stands before them."""

    split: tuple[int, ...] | None
    order: tuple[int, ...] | None
    joined: tuple[int, ...] | None


def rearranged(node: Node) -> Rearranged | None:
    """Return a layer that moves values about, if it is one."""
    make = REARRANGED.get(node.kind)
    return make(node) if make else None


def _reshaped(node: Node) -> Rearranged:
    x, y = node.x[0], node.y
    if _fields(node)["order"] == "channels_last" or not (x.sides or y.sides):
        return Rearranged(None, None, y.hwc)
    if not x.sides:
        return Rearranged(y.chw, (*range(2, len(y.sides) + 2), 1), None)
    if y.sides:
        raise Unwritten("its values are counted channels first on both sides")
    return Rearranged(None, (len(x.sides) + 1, *range(1, len(x.sides) + 1)), y.hwc)


def _to_depth(node: Node) -> Rearranged:
    x, y, block = node.x[0], node.y, _fields(node)["block"]
    if any(n % b for n, b in zip(x.sides, block, strict=True)):
        raise Unwritten("it rounds a size up")
    split = [n for m, b in zip(y.sides, block, strict=True) for n in (m, b)]
    outer, inner = range(1, 2 * len(block), 2), range(2, 2 * len(block) + 1, 2)
    last = len(split) + 1
    channels = (last, *inner) if _fields(node)["order"] == "crd" else (*inner, last)
    return Rearranged((*split, x.channels), (*outer, *channels), y.hwc)


def _to_space(node: Node) -> Rearranged:
    x, y, factor = node.x[0], node.y, _fields(node)["factor"]
    count, crd = len(factor), _fields(node)["order"] == "crd"
    split = (*x.sides, *((y.channels, *factor) if crd else (*factor, y.channels)))
    first = count + (2 if crd else 1)  # the first offset in a block
    channels = count + 1 if crd else 2 * count + 1
    places = [axis for side in range(count) for axis in (side + 1, first + side)]
    return Rearranged(split, (*places, channels), y.hwc)


def _shuffled(node: Node) -> Rearranged:
    x, groups = node.x[0], _fields(node)["groups"]
    count = len(x.sides)
    split = (*x.sides, groups, x.channels // groups)
    return Rearranged(split, (*range(1, count + 1), count + 2, count + 1), x.hwc)


REARRANGED: dict[str, Callable[[Node], Rearranged]] = {
    "flatten": lambda node: Rearranged(None, None, (node.y.channels,)),
    "tokens": lambda node: Rearranged(None, None, node.y.hwc),
    "reshape": _reshaped,
    "permute": lambda node: Rearranged(None, tuple(i + 1 for i in _fields(node)["order"]), None),
    "space_to_depth": _to_depth,
    "pixel_shuffle": _to_space,
    "shuffle": _shuffled,
}

# Layers of their own.


@dataclass(slots=True)
class Part:
    """A layer that no framework has: a small class with tensors, whose calculation is written over arrays."""

    name: str
    summary: str
    tensors: dict[str, tuple[tuple[int, ...], str]]  # their shapes, and what they begin with: a number, or "normal"
    lines: list[str]  # the calculation of x
    trained: bool = True
    numbers: dict[str, str] = field(default_factory=dict)  # what it is made with besides


def part(node: Node) -> Part | None:
    """Return a layer as a class of its own, if it must be one."""
    make = PARTS.get(node.kind)
    return make(node) if make else None


def _part(node: Node, lines: list[str], begin: str = "normal", tensors: dict[str, Any] | None = None) -> Part:
    layer = type(node.layer)
    shapes = node.layer.weights(*node.x) if tensors is None else tensors
    summary = (layer.__doc__ or "").strip().partition("\n")[0]
    sizes = {name: (tuple(map(int, shape)), begin) for name, shape in shapes.items()}
    return Part(layer.__name__, summary, sizes, lines)


def _learned(sign: str) -> Callable[[Node], Part]:
    def make(node: Node) -> Part:
        x, per = node.x[0], _fields(node).get("per", "value")
        (tensor,) = node.layer.weights(x)
        init = _fields(node).get("init")
        shape = {"channel": (x.channels,), "position": (*(x.sides or (1,)), 1), "value": x.hwc, "all": (1,)}[per]
        begin = "normal" if init is None else repr(float(init))
        return _part(node, [f"return x {sign} self.{tensor}"], begin, {tensor: shape})

    return make


def _class_token(node: Node) -> Part:
    lines = [
        "token = ops.broadcast_to(self.class_token, (ops.shape(x)[0], 1, ops.shape(x)[-1]))",
        "return ops.concatenate([token, x], axis=1)",
    ]
    return _part(node, lines)


def _response(node: Node) -> Part:
    axes = pair(range(1, len(node.x[0].sides) + 1))
    lines = [
        f"energy = ops.sqrt(ops.sum(ops.square(x), axis={axes}, keepdims=True))",
        "response = energy / (ops.mean(energy, axis=-1, keepdims=True) + 1e-6)",
        "return x + x * response * self.gamma + self.beta",
    ]
    return _part(node, lines)


def _lrn(node: Node) -> Part:
    f, x = _fields(node), node.x[0]
    if f["region"] != "across":
        raise Unwritten("its region is that within a channel")
    size = f["size"]
    ends = pairs([(0, 0)] * (len(x.sides) + 1) + [(size // 2, (size - 1) // 2)])
    lines = [
        f"squares = ops.pad(ops.square(x), {ends})",
        f"energy = sum(squares[..., i : i + {x.channels}] for i in range({size})) / {size}",
        f"return x / ({real(f['k'])} + {real(f['alpha'])} * energy) ** {real(f['beta'])}",
    ]
    return _part(node, lines)


def _rbf(node: Node) -> Part:
    lines = ["return ops.sum(ops.square(x[:, None] - self.centres), axis=-1)"]
    made = _part(node, lines, "signs", node.layer.buffers(*node.x))
    made.trained = False
    return made


PARTS: dict[str, Callable[[Node], Part]] = {
    "scale": _learned("*"),
    "bias_add": _learned("+"),
    "place_bias": _learned("+"),
    "class_token": _class_token,
    "position": lambda node: _part(node, ["return x + self.pos_embedding"]),
    "global_response_norm": _response,
    "lrn": _lrn,
    "rbf": _rbf,
}


def body(made: Part, prefix: str) -> list[str]:
    """Return the statements of a calculation, with the functions of a module."""
    found = []
    for line in made.lines:
        lead, sign, text = line.partition(" = ")
        lead, text = (f"        {lead}{sign}", text) if sign else ("        return ", line.removeprefix("return "))
        found += statement(lead, text.replace("ops.", f"{prefix}."), "", 0)
    return found
