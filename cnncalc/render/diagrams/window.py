"""One layer's window on its grid: padding, stride, dilation, what is left over, and the output positions it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnncalc.layers.geometry import Spread, Window
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem
from cnncalc.render.diagrams.canvas import Canvas, Layered, Line, Mark, Polygon, Text, rectangle, text_width

CELL = 22.0
"""Pixels of one position."""

HEAD, TAIL = 14, 6
"""Positions that are drawn at the beginning and at the end of a long row."""

WINDOWS = ("accent", "second")
"""Colours of the first window and of the next."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension: `length` positions, more `before` and `after` them, windows of `taps` at every `stride`."""

    length: int
    before: int
    after: int
    taps: tuple[int, ...]
    stride: int
    count: int

    def window(self, number: int) -> list[int]:
        """Return the positions that a window reads; those below 0 and from `length` on are padding."""
        return [number * self.stride - self.before + tap for tap in self.taps]

    @property
    def last(self) -> int:
        return self.length + self.after - 1

    @property
    def left_over(self) -> range:
        """The positions behind the last window."""
        return range(self.window(self.count - 1)[-1] + 1, self.last + 1)

    def shown(self) -> list[int]:
        """Return the positions that are drawn: all, or those at both ends."""
        return both_ends(range(-self.before, self.last + 1), max(HEAD, self.taps[-1] + self.stride + 2))


def both_ends(positions: range, head: int = HEAD) -> list[int]:
    """Return positions, of many those at the beginning and at the end."""
    return [*positions] if len(positions) <= head + TAIL + 2 else [*positions[:head], *positions[-TAIL:]]


class Ruler:
    """Where the positions of one dimension are drawn: in a row, with a gap where some are left out."""

    def __init__(self, positions: Sequence[int], start: float) -> None:
        self.at: dict[int, float] = {}
        self.gap: float | None = None
        for before, position in zip([positions[0] - 1, *positions], positions, strict=False):
            if position != before + 1:
                self.gap = start
                start += 1.4 * CELL
            self.at[position] = start
            start += CELL
        self.end = start

    def spans(self, first: int, last: int) -> Iterator[tuple[float, float]]:
        """Yield the stretches of the positions `first` to `last` that are drawn."""
        start: float | None = None
        end = 0.0
        for position, x in self.at.items():
            if first <= position <= last:
                if start is not None and x > end + 0.1:
                    yield start, end
                    start = None
                start, end = x if start is None else start, x + CELL
        if start is not None:
            yield start, end


def window(network: Network, path: str) -> Canvas:
    """Draw how the layer at a path slides its window over its input.

    Raises KeyError for a path that is none, and NoAnswer for a layer that slides no window (E126) or whose size is
    not known (E118).
    """
    node = network.find(path)
    axes, is_transposed = _axes(node)
    canvas = Canvas(f"{network.title or network.name}, {node.path}: {node.layer}", " ".join(_sentences(node, axes)))
    names = ("output", "input") if is_transposed else ("input", "output")
    shapes = {"input": node.x[0], "output": node.y}
    grids = _Grids(canvas, axes, node.path)
    grids.draw(*(f"{name} {'×'.join(map(str, shapes[name].hwc))}" for name in names))
    grids.legend(is_transposed)
    top = canvas.extent().top + canvas.margin - 24
    for sentence in reversed(_sentences(node, axes)):
        canvas.parts.insert(0, Text(0, top, sentence, 12.5, "start", ink="muted"))
        top -= 18
    canvas.parts.insert(0, Text(0, top - 4, f"{node.path}: {node.layer}", 17, "start", bold=True))
    return canvas


def _axes(node: Node) -> tuple[tuple[Axis, ...], bool]:
    """Return the last two dimensions of a window on the larger of its volumes, and whether that is the output."""
    sides = windows_of(node)
    if not sides:
        message = f"{node.path} ({node.kind}) slides no window over its input: there is no picture of one"
        raise NoAnswer([Problem("E126", message)])
    if not all(isinstance(number, int) for number in (*node.x[0].sides, *node.y.sides)):
        message = f"the input of {node.path} is {node.x[0]}: a picture of its window needs numbers"
        raise NoAnswer([Problem("E118", message)])
    is_transposed = isinstance(sides[0], Spread)
    large, small = (node.y, node.x[0]) if is_transposed else (node.x[0], node.y)
    axes = []
    for side, length, count in zip(sides, large.sides, small.sides, strict=True):
        taps = tuple(side.dilation * tap for tap in range(side.kernel))
        reached = (count - 1) * side.stride - side.before + taps[-1]
        # A transposed window is trimmed at the end; one that rounds up reaches beyond the padding.
        after = max(0 if is_transposed else side.after, reached - length + 1)
        axes.append(Axis(length, side.before, after, taps, side.stride, count))
    return tuple(axes[-2:]), is_transposed


def windows_of(node: Node) -> Sequence[Window | Spread]:
    """Return the windows of a layer, one a dimension; none of a layer that slides none."""
    if len(node.inputs) != 1 or not node.x[0].sides or not hasattr(node.layer, "kernel"):
        return ()
    sides = node.layer.geometry(node.x[0])
    windows = [side for side in sides if isinstance(side, (Window, Spread))]
    return windows if len(windows) == len(sides) else ()


def _sentences(node: Node, axes: Sequence[Axis]) -> list[str]:
    """Return how each output side comes about, in numbers."""
    found = []
    names = ("height", "width")[-len(axes) :] if len(axes) > 1 else ("length",)
    for name, side, axis in zip(names, windows_of(node)[-len(axes) :], axes, strict=True):
        extent = axis.taps[-1] + 1
        if isinstance(side, Spread):
            extra = f" + {side.extra}" if side.extra else ""
            trimmed = f" − {side.before + side.after}" if side.before or side.after else ""
            text = f"({axis.count} − 1)·{axis.stride} + {extent}{extra}{trimmed} = {axis.length}"
        else:
            padded = f"{axis.length} + {side.before + side.after}" if side.before or side.after else str(axis.length)
            text = f"⌊({padded} − {extent})/{axis.stride}⌋ + 1 = {axis.count}"
            if side.ceil:
                text = text.replace("⌊", "⌈").replace("⌋", "⌉")
        found.append(f"{name}: {text}")
    return found[:1] if len(found) == 2 and found[0].partition(":")[2] == found[1].partition(":")[2] else found


class _Grids:
    """The large grid, where windows slide, and beside it the small one, with a position for each window."""

    def __init__(self, canvas: Canvas, axes: Sequence[Axis], path: str) -> None:
        self.canvas, self.path = canvas, path
        self.rows = axes[0] if len(axes) == 2 else Axis(1, 0, 0, (0,), 1, 1)
        self.columns = axes[-1]
        self.down = Ruler(self.rows.shown(), 0)
        self.across = Ruler(self.columns.shown(), 0)
        self.small_down = Ruler(both_ends(range(self.rows.count)), 0)
        self.small_across = Ruler(both_ends(range(self.columns.count)), self.across.end + 90)

    def draw(self, large: str, small: str) -> None:
        shift = (self.down.end - self.small_down.end) / 2
        low = {position: y + shift for position, y in self.small_down.at.items()}
        self.small_down.at, self.small_down.end = low, self.small_down.end + shift
        if self.small_down.gap is not None:
            self.small_down.gap += shift
        part = Layered(self.path, large)
        part.marks += self._area(self.down, self.across, self._all(self.rows), self._all(self.columns), "faint")
        real = ((0, self.rows.length - 1), (0, self.columns.length - 1))
        part.marks += self._area(self.down, self.across, *real, "paper")
        part.marks += self._left_over()
        for number, role in enumerate(WINDOWS):
            if number < self.columns.count:
                part.marks += self._taps(number, role)
        part.marks += self._lines(self.down, self.across)
        for number, role in enumerate(WINDOWS):
            if number < self.columns.count:
                part.marks += self._frame(0, number, role)
        if self.rows.count > 1 or self.columns.count > 2:
            part.marks += self._frame(self.rows.count - 1, self.columns.count - 1, "ink", dash=True)
        out = Layered(f"{self.path}.small", small)
        every = ((0, self.rows.count - 1), (0, self.columns.count - 1))
        out.marks += self._area(self.small_down, self.small_across, *every, "paper")
        for number, role in enumerate(WINDOWS):
            if number < self.columns.count:
                out.marks.append(Polygon(self._cell(0, number), role, None, translucent=True))
        out.marks += self._lines(self.small_down, self.small_across)
        self.canvas.add(part, out)
        self._join(0, 0, WINDOWS[0])
        if self.columns.count > 1:
            self._join(0, 1, WINDOWS[1])
        self.canvas.add(*self._dots(self.down, self.across), *self._dots(self.small_down, self.small_across))
        self.canvas.add(
            self._caption(large, self.across, self.down), self._caption(small, self.small_across, self.small_down)
        )

    def _caption(self, text: str, across: Ruler, down: Ruler) -> Text:
        x = (min(across.at.values()) + across.end) / 2
        return Text(
            max(x, min(across.at.values()) + text_width(text, 13, True) / 2), down.end + 22, text, 13, bold=True
        )

    def _all(self, axis: Axis) -> tuple[int, int]:
        return -axis.before, axis.last

    def _area(
        self,
        down: Ruler,
        across: Ruler,
        rows: tuple[int, int],
        columns: tuple[int, int],
        fill: str,
        translucent: bool = False,
    ) -> Iterator[Mark]:
        for top, bottom in down.spans(*rows):
            for left, right in across.spans(*columns):
                yield rectangle((left, top, right, bottom), fill=fill, stroke=None, translucent=translucent)

    def _left_over(self) -> Iterator[Mark]:
        columns, rows = self.columns.left_over, self.rows.left_over
        if columns:
            yield from self._area(
                self.down, self.across, self._all(self.rows), (columns[0], columns[-1]), "merge", True
            )
        if rows:
            whole = (-self.columns.before, columns[0] - 1 if columns else self.columns.last)
            yield from self._area(self.down, self.across, (rows[0], rows[-1]), whole, "merge", True)

    def _taps(self, number: int, role: str) -> Iterator[Mark]:
        for row in self.rows.window(0):
            for column in self.columns.window(number):
                if row in self.down.at and column in self.across.at:
                    x, y = self.across.at[column], self.down.at[row]
                    yield rectangle((x, y, x + CELL, y + CELL), fill=role, stroke=None, translucent=True)

    def _frame(self, row: int, column: int, role: str, dash: bool = False) -> Iterator[Mark]:
        rows, columns = self.rows.window(row), self.columns.window(column)
        for top, bottom in self.down.spans(rows[0], rows[-1]):
            for left, right in self.across.spans(columns[0], columns[-1]):
                yield rectangle((left, top, right, bottom), stroke=role, width=2.2, dash=dash)

    def _lines(self, down: Ruler, across: Ruler) -> Iterator[Mark]:
        rows, columns = (min(down.at), max(down.at)), (min(across.at), max(across.at))
        for top, bottom in down.spans(*rows):
            for left, right in across.spans(*columns):
                for x in sorted({*across.at.values(), *(x + CELL for x in across.at.values())}):
                    if left <= x <= right:
                        yield Line(((x, top), (x, bottom)), "muted", 0.6)
                for y in sorted({*down.at.values(), *(y + CELL for y in down.at.values())}):
                    if top <= y <= bottom:
                        yield Line(((left, y), (right, y)), "muted", 0.6)

    def _dots(self, down: Ruler, across: Ruler) -> Iterator[Mark]:
        top, left = min(down.at.values()), min(across.at.values())
        if across.gap is not None:
            yield Text(across.gap + 0.7 * CELL, (top + down.end) / 2, "…", 14, bold=True)
        if down.gap is not None:
            yield Text((left + across.end) / 2, down.gap + 0.7 * CELL + 4, "…", 14, bold=True)

    def _cell(self, row: int, column: int) -> tuple[tuple[float, float], ...]:
        x, y = self.small_across.at[column], self.small_down.at[row]
        return (x, y), (x + CELL, y), (x + CELL, y + CELL), (x, y + CELL)

    def _join(self, row: int, column: int, role: str) -> None:
        """Lead from a window to the position that it gives."""
        columns = [position for position in self.columns.window(column) if position in self.across.at]
        rows = [position for position in self.rows.window(row) if position in self.down.at]
        if not columns or not rows:
            return
        right = self.across.at[columns[-1]] + CELL
        (x, top), _, (_, bottom), _ = self._cell(row, column)
        self.canvas.add(
            Line(((right, self.down.at[rows[0]]), (x, top)), role, 0.9, dash=True),
            Line(((right, self.down.at[rows[-1]] + CELL), (x, bottom)), role, 0.9, dash=True),
        )

    def legend(self, is_transposed: bool) -> None:
        entries: list[tuple[str, str]] = [("accent", "first window")]
        if self.columns.count > 1:
            entries.append(("second", "next window"))
        if self.rows.count > 1 or self.columns.count > 2:
            entries.append(("ink", "last window"))
        if any(axis.before or axis.after for axis in (self.rows, self.columns)):
            entries.append(("faint", "trimmed away" if is_transposed else "padding"))
        if self.rows.left_over or self.columns.left_over:
            entries.append(("merge", "added at the end" if is_transposed else "left over: no window reads it"))
        y = self.canvas.extent().bottom - self.canvas.margin + 30
        x = 0.0
        for role, text in entries:
            box, last = (x, y - 11, x + 14, y + 1), role == "ink"
            sample = rectangle(
                box, fill=None if last else role, width=1.4 if last else 0.6, dash=last, translucent=role != "faint"
            )
            self.canvas.add(sample, Text(x + 20, y, text, 12, "start"))
            x += 44 + text_width(text, 12)
