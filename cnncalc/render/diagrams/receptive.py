"""Receptive fields: how much of the input a position of each layer sees, on the input itself and as bars."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.network.network import Network
from cnncalc.network.receptive import Field, receptive_fields
from cnncalc.problem import NoAnswer, Problem
from cnncalc.render.diagrams.canvas import Canvas, Layered, Line, Text, legend, rectangle, text_width
from cnncalc.render.diagrams.stages import Stage, foldings, shortened
from cnncalc.render.diagrams.volumes import size_text

ROWS = 36
"""Bars of one picture; of deeper networks, layers are folded."""

SQUARE, BARS, ROW = 340.0, 420.0, 19.0
"""Pixels: the larger side of the input, the longest bar, and a row."""


def receptive(network: Network, path: str | None = None, depth: int | None = None) -> Canvas:
    """Draw the receptive fields of a network's layers, or those up to the layer at a path.

    Raises KeyError for a path that is none, and NoAnswer (E118) where the input has no sides or is not known.
    """
    inputs = [*network.input_shapes().values()]
    if len(inputs) != 1 or not inputs[0].sides or not all(isinstance(side, int) for side in inputs[0].sides):
        shapes = ", ".join(map(str, inputs))
        message = f"receptive fields are drawn on one input with known sides, and {network.name} reads {shapes}"
        raise NoAnswer([Problem("E118", message)])
    sides = inputs[0].sides
    fields = receptive_fields(network)
    chosen: list[Stage] = []
    for chosen in foldings(network, depth):
        if len(chosen) <= ROWS:
            break
    last = network.find(path).index if path else len(network.nodes)
    stages = [stage for stage in shortened(chosen) if stage.role != "input" and stage.layer.index <= last]
    if path and network.find(path).index not in {stage.layer.index for stage in stages}:
        node = network.find(path)
        stages = [stage for stage in stages if stage.layer.index < node.index]
        stages.append(Stage([node], node, node.path, "conv"))
    seen = [(stage, fields[stage.layer.index]) for stage in stages if fields[stage.layer.index]]
    title = network.title or network.name
    canvas = Canvas(f"{title}: receptive fields", _spoken(seen))
    _on_input(canvas, sides, seen)
    _bars(canvas, sides, seen)
    canvas.parts.insert(0, Text(0, -34, f"{title}: receptive fields", 17, "start", bold=True))
    return canvas


def _spoken(seen: Sequence[tuple[Stage, tuple[Field, ...]]]) -> str:
    return ", ".join(f"{stage.path} {_text(field)}" for stage, field in seen)


def _text(field: tuple[Field, ...]) -> str:
    sizes = [one.size for one in field]
    return "×".join(map(str, sizes))


def _on_input(canvas: Canvas, sides: Sequence[int], seen: Sequence[tuple[Stage, tuple[Field, ...]]]) -> None:
    """Draw the fields of a position in the middle on the input."""
    height, width = (sides[-2], sides[-1]) if len(sides) > 1 else (1, sides[-1])
    scale = SQUARE / max(height, width)
    high, wide = max(height * scale, 14.0), width * scale
    part = Layered("input", f"input {'×'.join(map(str, sides))}")
    part.marks.append(rectangle((0, 0, wide, high), fill="box", width=1.2))
    drawn = set()
    for _, field in reversed(seen):
        tall = min(field[-2].size if len(field) > 1 else height, height) * scale
        across = min(field[-1].size, width) * scale
        if (tall, across) not in drawn:
            drawn.add((tall, across))
            x, y = (wide - across) / 2, (high - max(tall, 14.0 if height == 1 else 0)) / 2
            box = (x, y, x + across, y + max(tall, 14.0 if height == 1 else 0))
            part.marks.append(rectangle(box, fill="accent", stroke="accent", width=1.0, translucent=True))
    canvas.add(part, Text(wide / 2, high + 22, f"input {'×'.join(map(str, sides))}", 13, bold=True))
    canvas.add(Text(wide / 2, high + 40, "seen by the position in the middle", 11.5, ink="muted"))


def _bars(canvas: Canvas, sides: Sequence[int], seen: Sequence[tuple[Stage, tuple[Field, ...]]]) -> None:
    names = [stage.label for stage, _ in seen]
    left = SQUARE + 60 + max((text_width(name, 12) for name in names), default=0)
    largest = max((field[-1].size for _, field in seen), default=1)
    scale = BARS / max(largest, sides[-1])
    for at, (stage, field) in enumerate(seen):
        y = ROW * at
        canvas.add(
            Layered(
                stage.path,
                f"{stage.path} {size_text(stage.y)}: receptive field {_text(field)}, jump {field[-1].jump}",
                [
                    Text(left - 8, y + 13, stage.label, 12, "end"),
                    rectangle(
                        (left, y + 3, left + max(field[-1].size * scale, 1), y + ROW - 2), fill=stage.role, width=0.5
                    ),
                    Text(left + max(field[-1].size * scale, 1) + 6, y + 13, _text(field), 12, "start", ink="muted"),
                ],
            )
        )
    whole, bottom = left + sides[-1] * scale, ROW * len(seen) + 4
    crossed = [box for box in (text.box() for text in canvas.texts()) if box.left - 2 < whole < box.right + 2]
    y = -4.0
    for box in sorted(crossed, key=lambda one: one.top):  # the line leaves room for the numbers
        if box.top > y and box.top < bottom:
            canvas.add(Line(((whole, y), (whole, box.top)), "ink", 1.0, dash=True))
            y = box.bottom
    if y < bottom:
        canvas.add(Line(((whole, y), (whole, bottom)), "ink", 1.0, dash=True))
    canvas.add(Text(whole, bottom + 16, f"width of the input, {sides[-1]}", 11.5, ink="muted"))
    legend(canvas, 0)
