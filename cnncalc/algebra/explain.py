"""How each number of a layer comes about: the layer's own rules, run over numbers that remember.

Nothing here knows a formula of a layer. The fields and the input become letters, the rules of `layers/` and of the
report run over them, and the result is printed. Only the receptive field is traced position by position instead: its
textbook formula is written here and shown where it gives the same number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cnncalc.algebra.letters import SIDE_WORDS, SIDES, SUBSCRIPTS, with_letters
from cnncalc.layers.base import Layer
from cnncalc.layers.geometry import Global
from cnncalc.layers.merge import ManyInputs
from cnncalc.layers.window import Windowed
from cnncalc.loading import Stdin, What, load_of_layer
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.network import Node
from cnncalc.network.receptive import Field
from cnncalc.network.report import Report, Row, count
from cnncalc.numbers.arith import Number
from cnncalc.numbers.traced import Part, Traced, leaf, value_of
from cnncalc.problem import did_you_mean, quoted
from cnncalc.result import Result
from cnncalc.shape import Shape

MEANINGS = {
    "n": "input size",
    "k": "kernel",
    "s": "stride",
    "p": "padding",
    "p₁": "padding before",
    "p₂": "padding after",
    "P": "padding in all",
    "d": "dilation",
    "g": "groups",
    "F": "output channels",
    "C": "input channels",
    "m": "multiplier",
    "o": "output_pad",
    "f": "factor",
    "b": "block",
    "a": "begin",
    "e": "end",
    "w": "window",
    "G": "grid",
    "h": "heads",
    "S": "size",
    "N": "batch",
    "B": "bytes of a number",
    "r": "receptive field before",
    "j": "jump before",
}
"""What a letter stands for; with an index it is that of one side or input."""


class Quantity(NamedTuple):
    """One number of a layer: `formula` is a Traced, or the number itself where there is nothing to calculate."""

    name: str
    formula: Part
    unit: str = ""
    note: str = ""

    @property
    def value(self) -> Any:
        return value_of(self.formula)


@dataclass(frozen=True, repr=False)
class Explanation(Result):
    """How the numbers of layers are computed, or, without `rows`, where those of a network or group go."""

    report: Report
    rows: tuple[Row, ...] = ()
    group: str = ""
    full: bool = False

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, path: str) -> Row:
        row = self.report.row(path)
        if row not in self.rows:
            raise KeyError(f"{path} is not explained here, but {', '.join(one.path for one in self.rows) or 'a group'}")
        return row

    def quantities(self, row: Row) -> list[Quantity]:
        """Return every number of a layer with its formula."""
        return quantities_of(self.report, row, full=self.full)

    def __repr__(self) -> str:
        what = ", ".join(row.path for row in self.rows) or self.group or "the network"
        return f"<Explanation of {self.report.network.name}: {what}>"


def explain(
    what: What,
    path: str | None = None,
    *,
    full: bool = False,
    input: InputShape | None = None,
    settings: Settings | None = None,
    batch: Number | str = 1,
    dtype: str = "float32",
    stdin: Stdin | None = None,
) -> Explanation:
    """Explain the numbers of a layer: formula, numbers put in, steps, result.

    `path` names a layer or a group. Without it a chain is explained layer by layer, and of a network it says where its
    params, MACs and memory go. `full` keeps the terms that change nothing, such as dilation 1. Raises KeyError for a
    path that is none, ValueError for a batch or number type that cannot be.
    """
    report = load_of_layer(what, path, input=input, settings=settings, stdin=stdin).report(batch, dtype)
    if path is None:
        is_chain = "->" in os.fspath(what) or "→" in os.fspath(what)
        return Explanation(report, tuple(report.rows) if is_chain else (), "", full)
    try:
        return Explanation(report, (report.row(path),), "", full)
    except KeyError:
        levels = dict.fromkeys(".".join(words[: end + 1]) for words in _paths(report) for end in range(len(words)))
        if path not in levels:
            hint = did_you_mean(path, levels) or f"`cnncalc show {report.network.name} --depth all` lists them"
            raise KeyError(f"{report.network.name} has no layer {quoted(path)}: {hint}") from None
        return Explanation(report, (), path, full)


def _paths(report: Report) -> Iterator[list[str]]:
    return (row.path.split(".") for row in report.rows)


def quantities_of(report: Report, row: Row, *, full: bool = False) -> list[Quantity]:
    """Return every number of a layer with its formula; `full` keeps terms that change nothing here."""
    layer, xs = row.node.layer, row.node.x
    quantities = [] if isinstance(layer, ManyInputs) else list(_sides(layer, xs[0], full))
    traced = _traced_row(row, full)
    quantities += _channels(traced.node, row.node)
    shared = "" if row.node.shares is None else f"those of {report.network.nodes[row.node.shares].path}, counted there"
    learns = "" if row.weights else "nothing is learned"
    quantities.append(Quantity("params", row.params if shared else traced.params, note=shared or learns))
    if row.weights and not shared:
        quantities.append(Quantity("weight bytes", _times_bytes(leaf("params", row.params), row), "B"))
    if row.buffer_values:
        quantities.append(Quantity("buffers", traced.buffer_values))
    quantities.append(Quantity("MACs", traced.macs, note="" if isinstance(traced.macs, Traced) else "by definition"))
    if full:
        quantities.append(Quantity("FLOPs", 2 * leaf("MACs", row.macs)))
    in_place = "done in place: not in the total" if layer.in_place else ""
    quantities.append(Quantity("activation bytes", traced.activation_bytes, "B", in_place))
    if row.he_std is not None:
        quantities += [
            Quantity("He std", traced.he_std, note="fan out"),
            Quantity("He std in", traced.he_std_in, note="fan in"),
        ]
    quantities += _receptive(report, row)
    return quantities


def _times_bytes(number: Traced, row: Row) -> Part:
    return number * leaf("B", row.number_bytes)


# Sides, one at a time: n, k, s, p.


def _sides(layer: Layer, x: Shape, full: bool) -> Iterator[Quantity]:
    """Yield the formula of each output side, one where all are alike, and of the padding that `same` asks for."""
    sides = layer.shape(x).sides
    if len(sides) != len(x.sides):  # they are joined or taken apart
        lettered = Shape(tuple(map(leaf, SIDES[len(x.sides)], x.sides)), x.channels)
        for letter, formula in zip(SIDES[len(sides)], with_letters(layer, full).shape(lettered).sides, strict=True):
            yield Quantity(f"output, {SIDE_WORDS[letter]}", formula)
        return
    found = [_side(layer, x, side, full) for side in range(len(x.sides))]
    names = SIDES[len(x.sides)]
    alike = len(found) > 1 and all(_numbers(each) == _numbers(found[0]) for each in found)
    for letter, quantities in zip(names, found[:1] if alike else found, strict=False):
        word = "each side" if alike else SIDE_WORDS[letter]
        for quantity in quantities:
            yield quantity._replace(name=f"{quantity.name}{word}")


def _numbers(quantities: list[Quantity]) -> list[tuple[Any, Any]]:
    return [(quantity.formula, _leaves(quantity.formula)) for quantity in quantities]


def _leaves(part: Part) -> list[Any]:
    """Return the values of all letters, from left to right."""
    if not isinstance(part, Traced):
        return [part]
    if part.op == "leaf":
        return [part.value]
    inner = (p for _, p in part.parts) if part.op == "sum" else part.parts
    return [value for p in inner for value in _leaves(p)]


ODD = {
    "same": "the odd one after, as TensorFlow, Keras and ONNX's SAME_UPPER have it; same_lower puts it before",
    "same_lower": "the odd one before, as ONNX's SAME_LOWER has it; same puts it after, as TensorFlow and Keras do",
}
"""Where each word puts an odd pixel of padding, and who does it that way."""


def _odd_side(word: str, before: int, after: int) -> str:
    """Say which end an odd number of padding is longer at, and whose way that is; nothing where both are alike."""
    return f"; {ODD[word]}" if before != after and word in ODD else ""


def _side(layer: Layer, x: Shape, side: int, full: bool) -> list[Quantity]:
    """Return the formulas of one output side."""
    quantities = []
    here = Shape((*x.sides[:side], leaf("n", x.sides[side]), *x.sides[side + 1 :]), x.channels)
    lettered = with_letters(layer, full, side)
    if isinstance(layer, Windowed) and isinstance(layer.__dict__.get("pad"), str):
        # A stride of 1 drops out of the padding that keeps the side, as everyone knows it: k − 1.
        plain = layer.__dict__["stride"][side] == 1 and not full
        padding = with_letters(layer, full, side, keep=("stride",) if plain else ())
        assert isinstance(padding, Windowed)
        window = padding.windows(here)[side]
        before, after = value_of(window.before), value_of(window.after)
        both = f"{before} before, {after} after{_odd_side(layer.__dict__['pad'], before, after)}"
        quantities.append(Quantity("padding, ", window.before + window.after, note=both))
        pads: list[tuple[Part, Part]] = [(0, 0)] * len(x.sides)
        pads[side] = (leaf("p", before),) * 2 if before == after else (leaf("p₁", before), leaf("p₂", after))
        lettered.__dict__["pad"] = tuple(pads)
    formula = lettered.shape(here).sides[side]
    as_it_came = formula == here.sides[side]
    quantities.append(Quantity("output, ", formula, note="as it came" if as_it_came else ""))
    return quantities


# The whole layer: H, W, C, F.


def _traced_row(row: Row, full: bool) -> Row:
    """Return the row with letters for its numbers, as the report itself calculates it."""
    node = row.node
    layer, xs = with_letters(node.layer, full), _lettered_shapes(node)
    y = layer.shape(*xs)
    sides = tuple(_output_side(letter, part) for letter, part in zip(SIDES[len(y.sides)], y.sides, strict=True))
    traced = replace(node, layer=layer, x=xs, y=Shape(sides, y.channels))
    batch = row.batch if row.batch == 1 and not full else leaf("N", row.batch)
    weights, buffers, params, buffer_values, macs = count(traced, batch)
    known = dict(zip(y.sides, sides, strict=True))
    params, buffer_values, macs = (_cut(part, known) for part in (params, buffer_values, macs))
    return Row(traced, weights, buffers, params, buffer_values, macs, batch, leaf("B", row.number_bytes))


def _lettered_shapes(node: Node) -> tuple[Shape, ...]:
    """Return the input's shapes in letters, with an index where several inputs differ."""
    shapes = []
    several = len(node.x) > 1
    for index, x in enumerate(node.x, start=1):
        mark = str(index).translate(SUBSCRIPTS) if several else ""
        alike = len({shape.sides for shape in node.x}) == 1
        sides = (
            leaf(f"{name}{'' if alike else mark}", n) for name, n in zip(SIDES[len(x.sides)], x.sides, strict=True)
        )
        shapes.append(Shape(tuple(sides), leaf(f"C{mark}", x.channels)))
    return tuple(shapes)


def _output_side(letter: str, part: Part) -> Part:
    """Return an output side as a letter of its own: H′. One that came in unchanged keeps its letter."""
    return part if not isinstance(part, Traced) or part.op == "leaf" else leaf(f"{letter}′", part.value)


def _cut(part: Part, known: dict[Part, Part]) -> Part:
    """Put letters in the place of what has been explained already."""
    if not isinstance(part, Traced) or part.op == "leaf":
        return part
    if part in known:
        return known[part]
    if part.op == "sum":
        parts: tuple[Part, ...] = tuple((factor, _cut(inner, known)) for factor, inner in part.parts)
    else:
        parts = tuple(_cut(inner, known) for inner in part.parts)
    return Traced(part.op, parts, part.value)


def _channels(traced: Node, node: Node) -> Iterator[Quantity]:
    """Yield the formula of the channels, where they are no field and not those that came in."""
    formula = traced.y.channels
    if isinstance(formula, Traced) and formula.op != "leaf":
        yield Quantity("channels" if node.y.sides else "values", formula)


# Receptive field.


def _receptive(report: Report, row: Row) -> Iterator[Quantity]:
    """Yield the receptive field and the jump a side, one for all where they are alike."""
    fields = report.fields[row.node.index]
    before = [report.fields[i] for i in row.node.inputs]
    names = SIDES.get(len(fields), ())
    found = [
        _field(row, side, field, [inputs[side] for inputs in before if len(inputs) == len(fields)])
        for side, field in enumerate(fields)
    ]
    alike = len(found) > 1 and all(_numbers(each) == _numbers(found[0]) for each in found)
    for letter, quantities in zip(names, found[:1] if alike else found, strict=False):
        for quantity in quantities:
            yield (
                quantity
                if len(found) < 2 or alike
                else quantity._replace(name=f"{quantity.name}, {SIDE_WORDS[letter]}")
            )


def _field(row: Row, side: int, field: Field, before: list[Field]) -> list[Quantity]:
    """Return the receptive field and the jump of one side, by their textbook formulas where these hold."""
    size: Part = field.size
    jump: Part = field.jump
    note = "traced pixel by pixel"
    geometry = row.node.layer.geometry(*row.node.x) if len(row.node.x) == 1 else ()
    if len(before) > 1:
        size, note = (
            _largest([leaf(f"r{i}".translate(SUBSCRIPTS), b.size) for i, b in enumerate(before, 1)]),
            "the longest path",
        )
    elif (side < len(geometry) and isinstance(geometry[side], Global)) or (
        len(row.node.x) == 1 and row.node.layer.mixes_all and not row.node.x[0].sides
    ):
        note = "the whole input"
    elif before and side < len(row.windows):
        window = row.windows[side]
        r, j = leaf("r", before[0].size), leaf("j", before[0].jump)
        k, s = leaf("k", window.kernel), leaf("s", window.stride)
        d = 1 if window.dilation == 1 else leaf("d", window.dilation)
        size, jump, note = r + (k - 1) * d * j, j * s, ""
    elif before and before[0] == field:
        note = "as before"
    if value_of(size) != field.size or value_of(jump) != field.jump:
        size, jump, note = field.size, field.jump, note or "traced pixel by pixel"
    return [
        Quantity("receptive field", size, note=note),
        Quantity("jump", jump, note=note if not isinstance(jump, Traced) else ""),
    ]


def _largest(parts: list[Traced]) -> Part:
    """Return the largest; of equal ones only one is written."""
    largest, *others = {part.value: part for part in parts}.values()
    for other in others:
        largest = largest.maximum(other)
    return largest if others else largest.value
