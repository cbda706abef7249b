"""A network as boxes and arrows, with each block that it calls opened beside it."""

from __future__ import annotations

from cnncalc.exchange.drawing import Box, Cluster, drawing
from cnncalc.exchange.graph import Graph
from cnncalc.network.network import Network
from cnncalc.render.diagrams.canvas import Canvas, Layered, Line, Polygon, Text, rectangle, text_width
from cnncalc.render.diagrams.layout import layout

LETTERS, LINE, PAD = 12.0, 16.0, 8.0
MOST_LINES, WIDEST = 24, 44
"""Lines of a box and signs of a line; what is longer is cut, and its whole text is the box's title."""

MOST_BOXES = 200
"""Boxes of the network or of a block; of more, those in the middle are left out and counted."""

BETWEEN = 56.0
LEAST_COLUMN = 700.0
"""Pixels: blocks stand below one another until a column is as high as the network, or this high."""


def graph(network: Network) -> Canvas:
    """Draw a network as boxes and arrows; equal blocks are drawn once, beside it.

    Raises NotWritten, a NoAnswer, for a network that no boxes show.
    """
    clusters = drawing(Graph.of(network))
    clusters[0].title = title = network.title or network.name
    canvas = Canvas(f"{title}: layers and blocks", "; ".join(cluster.title for cluster in clusters))
    whole, *blocks = [_Part(_shortened(cluster), is_whole=not at) for at, cluster in enumerate(clusters)]
    whole.draw(canvas, 0.0, 0.0)
    room = max(whole.height, LEAST_COLUMN)
    x, y, wide = whole.width + BETWEEN, 0.0, 0.0
    for block in blocks:
        if y and y + block.height > room:
            x, y, wide = x + wide + BETWEEN, 0.0, 0.0
        block.draw(canvas, x, y)
        y += block.height + BETWEEN * 0.7
        wide = max(wide, block.width)
    return canvas


def _shortened(cluster: Cluster) -> Cluster:
    """Leave out boxes in the middle of a long network, with one that counts them."""
    count = len(cluster.boxes)
    if count <= MOST_BOXES:
        return cluster
    head, tail = MOST_BOXES * 2 // 3, count - MOST_BOXES // 3
    gap = Box(f"{cluster.id}_gap", [f"… {tail - head:,} boxes left out …"], is_merge=True)
    kept = {box.id: box.id for box in (*cluster.boxes[:head], *cluster.boxes[tail:])}
    arrows = {
        (kept.get(start, gap.id), kept.get(end, gap.id)): text if start in kept and end in kept else ""
        for start, end, text in cluster.arrows
    }
    pairs = [(start, end, text) for (start, end), text in arrows.items() if start != end]
    return Cluster(cluster.id, cluster.title, [*cluster.boxes[:head], gap, *cluster.boxes[tail:]], pairs)


class _Part:
    """The network itself or a block: its boxes placed, with its name above."""

    def __init__(self, cluster: Cluster, is_whole: bool) -> None:
        self.cluster, self.is_whole = cluster, is_whole
        number = {box.id: at for at, box in enumerate(cluster.boxes)}
        self.lines = [_cut(box) for box in cluster.boxes]
        arrows = list(cluster.arrows)
        if is_whole:  # a volume's size stands on the arrows that carry it
            outgoing = {start for start, _, _ in arrows}
            shapes = {}
            for box, lines in zip(cluster.boxes, self.lines, strict=True):
                if box.id in outgoing and not box.is_merge and len(lines) > 1:
                    shapes[box.id] = lines.pop().replace("x", "×")
            arrows = [(start, end, text or shapes.get(start, "")) for start, end, text in arrows]
        self.arrows = [(number[start], number[end], text) for start, end, text in arrows]
        sizes = [_size(box, lines) for box, lines in zip(cluster.boxes, self.lines, strict=True)]
        widths = [(start, end, text_width(text, 11) if text else 0.0) for start, end, text in self.arrows]
        self.placed = layout(sizes, widths)
        points = [point for route in self.placed.routes for point in route]
        texts = [(at, width) for at, (_, _, width) in zip(self.placed.texts, widths, strict=True) if at]
        edges = [(spot.x - spot.width / 2, spot.x + spot.width / 2) for spot in self.placed.spots]
        edges += [(x, x) for x, _ in points] + [(at[0] - width / 2, at[0] + width / 2) for at, width in texts]
        self.left = min(left for left, _ in edges)
        self.width = max(max(right for _, right in edges) - self.left + 28, text_width(cluster.title, 14, True) + 28)
        self.height = max(spot.y + spot.height / 2 for spot in self.placed.spots) + 34 + 28

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        frame = (x, y, x + self.width, y + self.height)
        if not self.is_whole:
            canvas.add(rectangle(frame, stroke="muted", width=1.0, dash=True))
        canvas.add(Text(x + 14, y + 22, self.cluster.title, 14, "start", bold=True))
        dx, dy = x + 14 - self.left, y + 40
        for route, (_, _, text), at in zip(self.placed.routes, self.arrows, self.placed.texts, strict=True):
            canvas.add(Line(tuple((px + dx, py + dy) for px, py in route), "muted", 1.1, arrow=True))
            if text and at:
                half = text_width(text, 11) / 2 + 3
                canvas.add(
                    rectangle(
                        (at[0] + dx - half, at[1] + dy - 8, at[0] + dx + half, at[1] + dy + 8),
                        fill="paper",
                        stroke=None,
                    ),
                    Text(at[0] + dx, at[1] + dy + 4, text, 11, ink="muted"),
                )
        for box, lines, spot in zip(self.cluster.boxes, self.lines, self.placed.spots, strict=True):
            cx, cy = spot.x + dx, spot.y + dy
            part = Layered(box.id, " · ".join(box.lines))
            part.marks.append(_outline(box, cx, cy, spot.width, spot.height))
            first = cy - LINE * len(lines) / 2 + 12
            part.marks += [Text(cx, first + LINE * at, line, LETTERS) for at, line in enumerate(lines)]
            canvas.add(part)


def _cut(box: Box) -> list[str]:
    lines = [line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…" for line in box.lines]
    if len(lines) > MOST_LINES:
        head, tail = MOST_LINES * 2 // 3, MOST_LINES // 4
        lines = [*lines[:head], f"… {len(lines) - head - tail:,} more …", *lines[-tail:]]
    return lines


def _size(box: Box, lines: list[str]) -> tuple[float, float]:
    width = max(text_width(line, LETTERS) for line in lines) + 2 * PAD
    height = LINE * len(lines) + 2 * PAD - 4
    return (width + 14, height) if box.is_merge else (width, height)


def _outline(box: Box, x: float, y: float, width: float, height: float) -> Polygon:
    """Return a rectangle, or for a merge a shape with six corners."""
    w, h = width / 2, height / 2
    if not box.is_merge:
        return rectangle((x - w, y - h, x + w, y + h), fill="box")
    cut = min(10.0, w / 2)
    points = (
        (x - w, y),
        (x - w + cut, y - h),
        (x + w - cut, y - h),
        (x + w, y),
        (x + w - cut, y + h),
        (x - w + cut, y + h),
    )
    return Polygon(points, "box", "merge", 1.6)
