"""Changes of one layer that give the volume a shape check asks for; each is tried before it is offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import product as iterproduct
from typing import Any

from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv
from cnncalc.layers.fields import Ends, Pair, PerSide, Refused, Sides, text
from cnncalc.layers.window import Windowed
from cnncalc.network.network import Node
from cnncalc.numbers.arith import product
from cnncalc.shape import Shape
from cnncalc.spec.expression import Wildcard

MOST_STEPS_BACK = 20
"""Layers that keep the shape, through which a layer that changes it is looked for."""
MOST_PAD = 8
MOST_OFFERED = 2


def for_check(nodes: Sequence[Node], index: int, expected: Sequence[Any]) -> str | None:
    """Return the smallest changes, of the layer that made the volume, that give the expected shape; None for none."""
    if index < 0:
        return None
    last = node = nodes[index]
    if len(expected) == len(node.y.hwc):
        expected = [n if not isinstance(n, Wildcard) else own for n, own in zip(expected, node.y.hwc, strict=True)]
    if not all(isinstance(number, int) and number > 0 for number in expected):
        return None
    if len(expected) == 1 and node.y.sides and all(isinstance(number, int) for number in node.y.hwc):
        return "put `flatten` before it" if product(node.y.hwc) == expected[0] else None
    for _ in range(MOST_STEPS_BACK):
        if len(node.inputs) != 1 or node.y != node.x[0] or node.inputs[0] < 0:
            break
        node = nodes[node.inputs[0]]
    if node.kind == "input" and len(expected) == 1 and not node.y.sides:
        return f"a number alone is a check of the shape: `linear {expected[0]}` makes {expected[0]}"
    if len(node.x) != 1 or not all(isinstance(number, int) for number in node.x[0].hwc):
        return None
    target = Shape(tuple(expected[:-1]), expected[-1])
    found: list[str] = []
    for changes in _changes(node.layer, node.x[0], target):
        if len(found) < MOST_OFFERED and _gives(node.layer, node.x[0], changes, target):
            found.append(_written(changes))
    if not found:
        return _earlier(nodes, node, target)
    where = "" if node is last else f" at {node.path}"
    return f"{' or '.join(found)}{where} would give {target}"


def _earlier(nodes: Sequence[Node], node: Node, target: Shape) -> str | None:
    """Return a change of an earlier layer: where rows or columns were lost or can be added, then of its padding."""
    before: list[Node] = []  # the layers in front of what is checked, the last one first
    while len(node.inputs) == 1 and node.inputs[0] >= 0 and len(before) < MOST_STEPS_BACK:
        before.append(node)
        node = nodes[node.inputs[0]]
    if not before:
        return None
    for changes_of in (_sizes_of, _pads_of):
        if (
            changes_of is _pads_of
            and _through([_kept(each.layer, each.x[0]) for each in reversed(before)], before[-1].x[0]) == target
        ):
            return f"pad=same at each convolution would give {target}"
        for index, each in enumerate(before):
            behind = [other.layer for other in reversed(before[:index])]
            for change in changes_of(each.layer, each.x[0]):
                if (changed := _changed(each.layer, each.x[0], change)) is None:
                    continue
                if _through([changed, *behind], each.x[0]) == target:
                    return f"{_written(change)} at {each.path} would give {target}{_lost(before[index:])}"
    return None


def _sizes_of(layer: Layer, x: Shape) -> Iterator[dict[str, Any]]:
    """Yield the changes that keep, or add, what does not fill a whole window."""
    if "ceil" in layer.fields:
        yield {"ceil": True}
    if "output_pad" in layer.fields:
        yield from ({"output_pad": Sides(extra)} for extra in iterproduct((0, 1), repeat=len(x.sides)))


def _pads_of(layer: Layer, x: Shape) -> Iterator[dict[str, Any]]:
    if "pad" in layer.fields and "output_pad" not in layer.fields:
        yield from ({"pad": pad} for pad in range(1, MOST_PAD))


def _kept(layer: Layer, x: Shape) -> Layer:
    """Return a convolution of stride 1 with padding that keeps its size; other layers as they are."""
    if not isinstance(layer, Conv) or set(layer.stride) != {1}:
        return layer
    return _changed(layer, x, {"pad": "same"}) or layer


def _lost(before: Iterable[Node]) -> str:
    """Say which layer in front left out rows or columns that filled no window; "" where none did."""
    for node in before:
        x = node.x[0]
        windows = node.layer.windows(x) if isinstance(node.layer, Windowed) else ()
        lost = [window.left_over(n) for window, n in zip(windows, x.sides, strict=False)]
        if any(lost):
            names = ("row", "column") if len(lost) == 2 else ("position",) * len(lost)
            counted = dict.fromkeys(
                f"{n} {name}{'' if n == 1 else 's'}" for n, name in zip(lost, names, strict=True) if n
            )
            return f": {node.path} leaves out {' and '.join(counted)} of {x}"
    return ""


def _through(layers: Sequence[Layer], x: Shape) -> Shape | None:
    """Return what comes out of layers behind one another; None where one does not fit."""
    for layer in layers:
        if any(layer.check(x)):
            return None
        x = layer.shape(x)
    return x


def _changes(layer: Layer, x: Shape, target: Shape) -> Iterator[dict[str, Any]]:
    """Yield new values of fields, the likeliest first."""
    fields = layer.fields
    if target.sides == layer.shape(x).sides:
        if "out" in fields:
            yield {"out": target.channels}
        return
    if "ceil" in fields:
        yield {"ceil": True}
    if "pad" in fields:
        yield from ({"pad": pad} for pad in range(1, MOST_PAD))
        if "same" in fields["pad"].type.words:
            yield {"pad": "same"}
    if "output_pad" in fields:
        yield {"output_pad": 1}
        yield from ({"pad": pad, "output_pad": 1} for pad in range(1, MOST_PAD))
        extra = [expected - own for expected, own in zip(target.sides, layer.shape(x).sides, strict=False)]
        if all(number >= 0 for number in extra):
            yield {"output_pad": Sides(extra)}
    if "stride" in fields:
        yield from ({"stride": stride} for stride in (1, 2))


def _gives(layer: Layer, x: Shape, changes: dict[str, Any], target: Shape) -> bool:
    """Try a change of a layer."""
    other = _changed(layer, x, changes)
    return other is not None and not any(other.check(x)) and other.shape(x) == target


def _changed(layer: Layer, x: Shape, changes: dict[str, Any]) -> Layer | None:
    """Return a layer with other values of some fields; None where these are refused."""
    values = {name: value for name, value in arguments(layer).items() if name not in changes}
    with suppress(Refused, TypeError):
        return type(layer)(len(x.sides), **values, **changes)
    return None


def arguments(layer: Layer) -> dict[str, Any]:
    """Return the fields of a layer as its kind takes them, defaults left out."""
    found: dict[str, Any] = {}
    for name, declared in layer.fields.items():
        value = layer.__dict__[name]
        if value is None or (not declared.required and value == layer.default(name)):
            continue
        if isinstance(value, tuple) and isinstance(declared.type, (PerSide, Ends)):
            value = Sides(Pair(part) if isinstance(part, tuple) else part for part in value)
        found[name] = value
    return found


def _written(changes: dict[str, Any]) -> str:
    return " ".join(f"{name}={text(value)}" for name, value in changes.items())
