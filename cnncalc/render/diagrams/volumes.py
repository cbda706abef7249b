"""Volumes as boxes: height and width by the sides, depth by the channels, windows on the faces they slide over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log1p, sqrt

from cnncalc.network.network import Network, Node
from cnncalc.render.diagrams.canvas import (
    Box,
    Canvas,
    Layered,
    Line,
    Mark,
    Point,
    Polygon,
    Text,
    legend,
    rectangle,
    text_width,
)
from cnncalc.render.diagrams.stages import Stage, foldings, is_chain, runs, shortened
from cnncalc.shape import Shape

SCALES: dict[str, Callable[[float], float]] = {
    "sqrt": sqrt,
    "log": lambda part: log1p(63 * part) / log1p(63),
    "linear": lambda part: part,
}
"""From a part of the largest, 0 to 1, to a part of the room."""

STYLES = ("lecture", "lenet", "alexnet", "vgg")
WIDE = 1280.0
"""Pixels of a row: a slide's."""

TALL, DEEP = 190.0, 72.0
"""Pixels of the largest side and of the most channels."""

ACROSS, UP = 0.36, 0.26
"""Where the width goes in the picture, for each pixel of it: to the right, and up."""

MOST_ROWS, LONGEST_ROW = 2.3, 1.45
"""Rows that a chain may take before it is folded, and the length of the one row of what branches."""

GAP = 24.0
NAME, OPERATION = 12.5, 11.5
SLICES = 4
"""Equal layers that are drawn side by side in the style of VGG's pictures."""

PLANES = 6
"""Planes that stand for many channels, as LeNet-5's paper drew them."""


@dataclass(slots=True)
class Drawn:
    """A box at its place; `face` is the side that the next window slides over, None for a vector."""

    stage: Stage
    front: Box
    across: float
    up: float
    lines: list[tuple[str, str]]
    label: float = 0.0

    @property
    def face(self) -> bool:
        return bool(self.stage.y.sides)

    @property
    def left(self) -> Point:
        return self.front.left, (self.front.top + self.front.bottom) / 2

    @property
    def right(self) -> Point:
        x, y = self.front.right + self.across / 2, (self.front.top + self.front.bottom - self.up) / 2
        return (x, y) if self.face else (self.front.right, (self.front.top + self.front.bottom) / 2)

    def on_face(self, u: float, v: float) -> Point:
        """Return a point of the face: `u` of its width to the right, `v` of its height down."""
        box = self.front
        return box.right + u * self.across, box.top - u * self.up + v * (box.bottom - box.top)


def volumes(network: Network, *, scale: str = "sqrt", style: str = "lecture", depth: int | None = None) -> Canvas:
    """Draw the volumes of a network.

    It folds blocks, then equal layers in a row, until the boxes fit the page; `depth` says down to which level of
    the paths it shows instead. Raises KeyError for an unknown scale.
    """
    sizes = _Sizes(network, SCALES[scale], style)
    chosen: list[Stage] = []
    for chosen in foldings(network, depth):
        if style == "vgg":
            chosen = runs(chosen)
        wide = sum(sizes.wide(stage) + GAP for stage in chosen)
        if wide <= WIDE * (MOST_ROWS if is_chain(chosen) else LONGEST_ROW):
            break
    chosen = shortened(chosen)
    canvas = Canvas(f"{network.title or network.name}: volumes", _spoken(chosen))
    rows = _rows(chosen, sizes)
    top, before = 0.0, None
    for row in rows:
        chain = [(at - 1,) if at else () for at in range(len(row))]
        drawn = _Row(canvas, row, [stage.sources for stage in row] if len(rows) == 1 else chain, sizes, top)
        if before is not None:  # the chain goes on from the end of the row above
            end, start = before.drawn[len(before.drawn) - 1].right, drawn.drawn[0].left
            canvas.add(Line((_past(end, 3), _past(end, 3 + GAP)), "muted", 1.0, arrow=True))
            canvas.add(Line((_past(start, -3 - GAP), _past(start, -3)), "muted", 1.0, arrow=True))
        top, before = drawn.bottom + 40, drawn
    box = canvas.extent()
    left = box.left + canvas.margin
    canvas.parts.insert(0, Text(left, box.top + 2, network.title or network.name, 17, "start", bold=True))
    legend(canvas, left)
    return canvas


def _spoken(stages: Sequence[Stage]) -> str:
    return ", then ".join(f"{stage.path} {stage.y}" for stage in stages[:40])


def _rows(stages: Sequence[Stage], sizes: _Sizes) -> list[Sequence[Stage]]:
    """Break a long chain into rows of about one width; one that branches stays in one."""
    widths = [sizes.wide(stage) + GAP for stage in stages]
    count = -int(-sum(widths) // WIDE) if is_chain(stages) else 1
    room = max(*widths, sum(widths) / count)
    while len(cuts := _cuts(widths, room)) > count:
        room *= 1.03
    return [stages[first:last] for first, last in zip(cuts, [*cuts[1:], len(stages)], strict=True)]


def _cuts(widths: Sequence[float], room: float) -> list[int]:
    """Return where rows begin that are filled one after the other."""
    cuts, used = [0], 0.0
    for at, width in enumerate(widths):
        if used and used + width > room:
            cuts.append(at)
            used = 0.0
        used += width
    return cuts


def size_text(shape: Shape) -> str:
    """Write a shape as a label: 55×55×96."""
    return "×".join(map(str, shape.hwc))


def operation(node: Node) -> str:
    """Write what a layer does in a few signs: `conv 11×11/4`, `maxpool 3×3/2`, `linear`."""
    layer = node.layer
    kernel, stride = getattr(layer, "kernel", None), getattr(layer, "stride", None)
    words = node.kind.replace("_", " ")
    if not isinstance(kernel, tuple):
        return words
    text = f"{words} {'×'.join(map(str, kernel))}"
    if isinstance(stride, tuple) and any(step != 1 for step in stride):
        text += f"/{stride[0] if len(set(stride)) == 1 else '×'.join(map(str, stride))}"
    return text


class _Sizes:
    """How large each volume is drawn, and what is written under it."""

    def __init__(self, network: Network, scale: Callable[[float], float], style: str) -> None:
        shapes = [node.y for node in network.nodes if node.aux is None]
        self.scale, self.style = scale, style
        self.side = max((side for shape in shapes for side in shape.sides[-2:]), default=1)
        self.channels = max((shape.channels for shape in shapes if shape.sides), default=1)
        self.values = max((shape.channels for shape in shapes if not shape.sides), default=1)

    def of(self, stage: Stage) -> tuple[float, float, float]:
        """Return the height, the width and the depth of a box in pixels."""
        shape = stage.y
        if not shape.sides:
            return 16 + (TALL - 16) * 0.85 * self.scale(shape.channels / self.values), 0.0, 11.0
        height = 8 + (TALL - 8) * self.scale(shape.sides[-2 if len(shape.sides) > 1 else -1] / self.side)
        width = 8 + (TALL - 8) * self.scale(shape.sides[-1] / self.side) if len(shape.sides) > 1 else 10.0
        deep = 4 + (DEEP - 4) * self.scale(shape.channels / self.channels)
        if self.style == "vgg" and stage.role != "block":
            deep *= min(stage.count, SLICES)
        if self.style == "lenet":
            deep = 5.0 * (min(shape.channels, PLANES) - 1) + 1
        return height, width, deep

    def lines(self, stage: Stage) -> list[tuple[str, str]]:
        """Return what is written under a box: the name, the volume, the operation, each with what it is."""
        shape, node = stage.y, stage.layer
        if stage.left_out:
            return [(f"{stage.left_out:,} layers", "name"), ("left out", "what")]
        size = size_text(shape)
        if shape.sides and self.style == "alexnet":
            size = ""  # on the edges
        if shape.sides and self.style == "lenet":
            size = f"{shape.channels}@{'×'.join(map(str, shape.sides))}"
        what = "" if stage.role == "input" else operation(node)
        if stage.is_block:
            layers = sum(1 for node in stage.nodes if node.layer.weighted)
            what = f"{layers} weight layer{'' if layers == 1 else 's'}" if layers else f"{len(stage.nodes)} layers"
        if what and stage.label == node.kind:
            return [(text, kind) for text, kind in ((what, "name"), (size, "size")) if text]
        lines = ((_cut(stage.label, 18), "name"), (size, "size"), (_cut(what, 22), "what"))
        return [(text, kind) for text, kind in lines if text]

    def wide(self, stage: Stage) -> float:
        _, width, deep = self.of(stage)
        return max(
            deep + width * ACROSS, *(text_width(text, NAME, kind == "name") + 8 for text, kind in self.lines(stage))
        )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


class _Row:
    """The boxes of one row: columns of boxes that can be computed at once, each reading from columns before it."""

    def __init__(
        self, canvas: Canvas, stages: Sequence[Stage], sources: Sequence[tuple[int, ...]], sizes: _Sizes, top: float
    ) -> None:
        self.canvas, self.sizes, self.sources = canvas, sizes, sources
        columns: list[list[int]] = []
        rank: dict[int, int] = {}
        for at in range(len(stages)):
            rank[at] = 1 + max((rank[source] for source in sources[at]), default=-1)
            while len(columns) <= rank[at]:
                columns.append([])
            columns[rank[at]].append(at)
        self.rank = rank
        self.skips = self._skips()
        rise = 14.0 * (1 + max((level for _, _, level in self.skips), default=-1)) + (18 if self.skips else 0)
        tallest = max(self._tall(stages, column) for column in columns)
        middle = top + rise + tallest / 2
        self.drawn: dict[int, Drawn] = {}
        x = 0.0
        for column in columns:
            x += self._column(stages, column, x, middle) + GAP
        floor = max(self._low(drawn) for drawn in self.drawn.values())
        single = all(len(column) == 1 for column in columns)
        for drawn in self.drawn.values():
            drawn.label = (floor if single else self._low(drawn)) + 18
        self._paint(top + rise)
        self.bottom = max(drawn.label + 16 * len(drawn.lines) for drawn in self.drawn.values())

    def _low(self, drawn: Drawn) -> float:
        return drawn.front.bottom + (14 if self.sizes.style == "alexnet" and drawn.face else 0)

    def _tall(self, stages: Sequence[Stage], column: Sequence[int]) -> float:
        total = 0.0
        for at in column:
            height, width, _ = self.sizes.of(stages[at])
            total += height + width * UP + (74 if len(column) > 1 else 0)
        return total

    def _column(self, stages: Sequence[Stage], column: Sequence[int], x: float, middle: float) -> float:
        wide = max(self.sizes.wide(stages[at]) for at in column)
        y = middle - self._tall(stages, column) / 2
        for at in column:
            stage = stages[at]
            height, width, deep = self.sizes.of(stage)
            across, up = width * ACROSS, width * UP
            left = x + (wide - deep - across) / 2
            front = Box(left, y + up, left + deep, y + up + height)
            self.drawn[at] = Drawn(stage, front, across, up, self.sizes.lines(stage))
            y += height + up + 74
        return wide

    def _skips(self) -> list[tuple[int, int, int]]:
        """Return arrows that pass over boxes, each with its level above them: those inside others lie lower."""
        pairs = [
            (source, at)
            for at, sources in enumerate(self.sources)
            for source in sources
            if self.rank[at] - self.rank[source] > 1
        ]
        found: list[tuple[int, int, int]] = []
        for source, at in sorted(pairs, key=lambda pair: (self.rank[pair[1]] - self.rank[pair[0]], pair)):
            level = 0
            while any(
                other == level and self.rank[start] < self.rank[at] and self.rank[source] < self.rank[end]
                for start, end, other in found
            ):
                level += 1
            found.append((source, at, level))
        return found

    def _paint(self, roof: float) -> None:
        for drawn in self.drawn.values():
            self.canvas.add(Layered(drawn.stage.path, _title(drawn.stage), [*_faces(drawn, self.sizes.style)]))
        for at, sources in enumerate(self.sources):
            for source in sources:
                if self.rank[at] - self.rank[source] == 1:
                    self._window(self.drawn[source], self.drawn[at])
        for source, at, level in self.skips:
            a, b = self.drawn[source], self.drawn[at]
            y = roof - 12 - 14 * level
            start = (a.front.left + a.front.right) / 2 + a.across / 2 + 3
            end = (b.front.left + b.front.right) / 2 + b.across / 2 - 3
            points = ((start, a.front.top - a.up), (start, y), (end, y), (end, b.front.top - b.up))
            self.canvas.add(Line(points, "muted", 1.2, arrow=True))
        if self.sizes.style == "alexnet":
            for drawn in self.drawn.values():
                self.canvas.add(*_edges(drawn))
        for drawn in self.drawn.values():
            x = (drawn.front.left + drawn.front.right + drawn.across) / 2
            for number, (text, kind) in enumerate(drawn.lines):
                ink, size = ("muted", OPERATION) if kind == "what" else ("ink", NAME)
                self.canvas.add(Text(x, drawn.label + 16 * number, text, size, bold=kind == "name", ink=ink))

    def _window(self, a: Drawn, b: Drawn) -> None:
        """Draw the window of a layer on the face it slides over, with its cone to one position of the output."""
        kernel = getattr(b.stage.layer.layer, "kernel", None)
        one_layer = not b.stage.is_block and b.stage.layer is b.stage.nodes[0]
        if self.sizes.style == "vgg":
            return
        if not (one_layer and isinstance(kernel, tuple) and a.face and b.face) or b.stage.role == "upsample":
            self.canvas.add(Line((_past(a.right, 3), _past(b.left, -3)), "muted", 1.0, arrow=True))
            return
        sides = a.stage.y.sides
        tall = min(1.0, kernel[-2 if len(kernel) > 1 else -1] / sides[-2 if len(sides) > 1 else -1])
        wide = min(1.0, kernel[-1] / sides[-1]) if len(sides) > 1 else 1.0
        high = a.front.bottom - a.front.top
        tall, wide = max(tall, min(1.0, 4 / high)), max(wide, min(1.0, 3 / max(a.across, 1)))
        u, v = (1 - wide) * 0.45, (1 - tall) * 0.45
        corners = tuple(a.on_face(u + du, v + dv) for du, dv in ((0, 0), (wide, 0), (wide, tall), (0, tall)))
        target = b.left
        self.canvas.add(
            Polygon(corners, "paper", "ink", 1.0, translucent=True),
            Line((corners[1], target), "ink", 0.7, dash=True),
            Line((corners[2], target), "ink", 0.7, dash=True),
        )


def _past(point: Point, by: float) -> Point:
    return point[0] + by, point[1]


def _title(stage: Stage) -> str:
    if stage.left_out:
        return f"{stage.left_out:,} layers left out"
    layers = ", ".join(str(node.layer) for node in stage.nodes[:6] if node.kind != "input")
    more = f", and {len(stage.nodes) - 6} more" if len(stage.nodes) > 6 else ""
    return f"{stage.path}: {layers}{more} -> {stage.y}" if layers else f"{stage.path}: {stage.y}"


def _faces(drawn: Drawn, style: str) -> list[Mark]:
    """Return the sides of a box that are seen."""
    box, role = drawn.front, drawn.stage.role
    if not drawn.face:
        return [rectangle(box, fill=role)]
    if style == "lenet":
        planes = min(drawn.stage.y.channels, PLANES)
        step = (box.right - box.left - 1) / max(planes - 1, 1)
        return [_plane(drawn, box.left + 1 + step * at) for at in range(planes)]
    a, u = drawn.across, drawn.up
    top = ((box.left, box.top), (box.left + a, box.top - u), (box.right + a, box.top - u), (box.right, box.top))
    side = (
        (box.right, box.top),
        (box.right + a, box.top - u),
        (box.right + a, box.bottom - u),
        (box.right, box.bottom),
    )
    fill = "paper" if style == "alexnet" else role
    slices = min(drawn.stage.count, SLICES) if style == "vgg" and drawn.stage.role != "block" else 1
    step = (box.right - box.left) / slices
    cuts = [box.left + step * at for at in range(1, slices)]
    faces = [(top, "top"), (side, "side"), (_corners(box), "front")]
    return [
        *(Polygon(points, fill if fill == "paper" else f"{fill}.{shade}") for points, shade in faces),
        *(Line(((x, box.bottom), (x, box.top), (x + a, box.top - u)), "ink", 0.8) for x in cuts),
    ]


def _edges(drawn: Drawn) -> list[Text]:
    """Write the sides and the channels at the edges of a box, as AlexNet's paper does."""
    shape, box = drawn.stage.y, drawn.front
    if not shape.sides:
        return []
    found = [Text(box.left - 4, box.top + 12, str(shape.sides[-2 if len(shape.sides) > 1 else -1]), 11, "end")]
    if len(shape.sides) > 1:
        found.append(Text(box.left + drawn.across / 2 - 6, box.top - drawn.up / 2 - 4, str(shape.sides[-1]), 11, "end"))
    return [*found, Text((box.left + box.right) / 2, box.bottom + 13, str(shape.channels), 11)]


def _corners(box: Box) -> tuple[Point, Point, Point, Point]:
    return (box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)


def _plane(drawn: Drawn, x: float) -> Polygon:
    box, a, u = drawn.front, drawn.across, drawn.up
    return Polygon(((x, box.top), (x + a, box.top - u), (x + a, box.bottom - u), (x, box.bottom)), drawn.stage.role)
