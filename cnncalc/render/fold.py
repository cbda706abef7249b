"""Which lines a table has: every layer, or groups and repeated blocks folded until they fit a page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Literal, TypeAlias

from cnncalc.network.network import Group, Network, Node
from cnncalc.network.report import Report, Row
from cnncalc.record import Record
from cnncalc.render.table import PAGE
from cnncalc.shape import Shape

Depth: TypeAlias = int | Literal["all"] | None
"""How many levels of the path are opened: a number, all of them with nothing folded, or None: as many as fit a page."""


INDENT = "  "
"""Of a name, for each opened group that stands above it."""


class Line(Record):
    """One line of a table: a layer, a folded group, or a run of `times` of them that are alike.

    An `opened` group stands above its members, and sums the numbers of their main path.
    """

    path: str
    written: str
    rows: list[Row]  # the layers whose numbers it sums
    last: int  # index of the layer whose output it shows, in the report's rows
    inputs: tuple[Shape, ...]
    output: Shape
    times: int = 1
    opened: bool = False
    below: str = ""  # the path of the opened group that it stands under
    level: int = 0  # how many opened groups stand above it

    @property
    def name(self) -> str:
        """Its path, below a group what is to be added to the group's: `.conv`, indented."""
        return f"{INDENT * self.level}{self.path.removeprefix(self.below)}"

    @property
    def layer(self) -> Row | None:
        """The layer it shows; None for a group of several."""
        return self.rows[0] if len(self.rows) == self.times and not self.opened else None

    @property
    def aux(self) -> str | None:
        """The side head it belongs to; None on the main path."""
        return self.rows[0].node.aux


class _Item(Record):
    """A member of a level: a group, or a layer under the name it is known by."""

    path: str
    first: int
    last: int
    group: Group | None = None  # None for a layer


def lines(report: Report, depth: Depth = None) -> list[Line]:
    """Return the lines of a table, the deepest that fit a page unless a depth is given.

    Without one, no group is opened beside a run of repeated ones, so that all lines are of one depth.
    """
    if depth == "all" or (depth is None and len(report.rows) <= PAGE):
        return list(_lines(report, None))
    if depth is not None:
        return list(_lines(report, depth))
    shown = list(_lines(report, 1))
    for deeper in range(2, _levels(report.network.root) + 1):
        if any(line.times > 1 and line.layer is None for line in shown):
            break
        further = list(islice(_lines(report, deeper), PAGE + 1))
        if len(further) > PAGE:
            break
        shown = further
    return shown


def tree(report: Report, shown: list[Line]) -> list[Line]:
    """Return lines with a line above each group of several of them, whose numbers are the sums of theirs."""
    groups = _groups(report.network.root)
    group = next(groups, None)
    found: list[Line] = []
    above: list[Group] = []
    for at, line in enumerate(shown):
        first = line.rows[0].node.index
        while above and first >= above[-1].last:
            above.pop()
        while group is not None and group.first <= first:
            further = shown[at + 1].rows[0].node.index if at + 1 < len(shown) else group.last
            if further < group.last and line.path.startswith(f"{group.path}."):
                found.append(_under(above, _header(report, group)))
                above.append(group)
            group = next(groups, None)
        found.append(_under(above, line))
    return found


def _header(report: Report, group: Group) -> Line:
    """Return the line of an opened group."""
    offset = len(report.network.nodes) - len(report.rows)  # inputs are nodes without a row
    rows = report.rows[group.first - offset : group.last - offset]
    main = [row for row in rows if row.node.aux is None] or rows
    last, inputs = main[-1].node, _entering(report.network, group.first, group.last)
    return Line(group.path, group.call or "", main, last.index - offset, inputs, group.output or last.y, opened=True)


def _under(above: list[Group], line: Line) -> Line:
    line.level, line.below = len(above), above[-1].path if above else ""
    return line


def _groups(root: Group) -> Iterator[Group]:
    """Yield the groups below one, in the order of the text, each before those in it."""
    stack = [*reversed(root.children)]
    while stack:
        group = stack.pop()
        yield group
        stack.extend(reversed(group.children))


def each(report: Report) -> Iterator[Line]:
    """Yield every layer on a line of its own, under its full path."""
    for at, row in enumerate(report.rows):
        yield Line(row.path, row.written, [row], at, row.input, row.output)


def _levels(root: Group) -> int:
    deepest, stack = 1, [(root, 1)]
    while stack:
        group, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in group.children)
    return deepest


def _lines(report: Report, depth: int | None) -> Iterator[Line]:
    """Yield the lines with `depth` levels opened; None opens all of them and folds nothing."""
    network = report.network
    # A stack of iterators, as specs may nest deeper than Python calls may.
    stack = [_runs(network, network.root, fold=depth is not None)]
    while stack:
        run = next(stack[-1], None)
        if run is None:
            stack.pop()
        elif len(run) == 1 and run[0].group and (depth is None or len(stack) < depth):
            stack.append(_runs(network, run[0].group, fold=depth is not None))
        else:
            yield from _folded(report, run)


def _runs(network: Network, group: Group, *, fold: bool) -> Iterator[list[_Item]]:
    """Yield the members of a level, those that repeat together."""
    run: list[_Item] = []
    for item in _items(network, group):
        if run and not (fold and _alike(network.nodes, run[-1], item)):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def _items(network: Network, group: Group) -> Iterator[_Item]:
    """Yield the members of a level in order; a group of a single layer is that layer."""
    at = group.first
    for child in (*group.children, None):
        for node in network.nodes[at : child.first if child else group.last]:
            if node.kind != "input":
                yield _Item(node.path, node.index, node.index + 1)
        if child and child.last > child.first:
            single = child.last - child.first == 1
            yield _Item(child.path, child.first, child.last, None if single else child)
        if child:
            at = child.last


def _alike(nodes: list[Node], a: _Item, b: _Item) -> bool:
    """Return whether two members hold the same layers on the same shapes, joined in the same way."""
    if b.last - b.first != a.last - a.first:
        return False
    for left, right in zip(nodes[a.first : a.last], nodes[b.first : b.last], strict=True):
        if left.layer != right.layer or left.x != right.x or left.y != right.y:
            return False
        if left.aux != right.aux or (left.shares is None) != (right.shares is None):
            return False
        inside = [i - a.first if i >= a.first else None for i in left.inputs]
        if inside != [i - b.first if i >= b.first else None for i in right.inputs]:
            return False
    return True


def _folded(report: Report, run: list[_Item]) -> Iterator[Line]:
    """Yield the line of a run, and one more for each side head inside it, whose numbers count apart."""
    offset = len(report.network.nodes) - len(report.rows)  # inputs are nodes without a row
    start, group = run[0], run[-1].group
    parts: dict[str | None, list[Row]] = {}
    for row in report.rows[start.first - offset : run[-1].last - offset]:
        parts.setdefault(row.node.aux, []).append(row)
    for aux, rows in parts.items():
        last = rows[-1].node
        output = (group.output if group and not aux else None) or last.y
        if aux and len(parts) > 1:
            path, written, times = _shared_path(rows), f"aux {aux}", 1
            inputs = _entering(report.network, rows[0].node.index, last.index + 1)
        else:
            path, times = _range(run), len(run)
            written = _group_text(start.group, rows) if start.group else rows[0].written
            inputs = _entering(report.network, start.first, start.last) if start.group else rows[0].input
        yield Line(path, written, rows, last.index - offset, inputs, output, times)


def _shared_path(rows: list[Row]) -> str:
    """Return the levels that the paths of all rows share."""
    first, last = rows[0].path.split("."), rows[-1].path.split(".")
    same = takewhile(lambda levels: levels[0] == levels[1], zip(first[:-1], last, strict=False))
    return ".".join(level for level, _ in same)


def _range(run: list[_Item]) -> str:
    """Write the path of a run: `conv4.2–36`."""
    return run[0].path if len(run) == 1 else f"{run[0].path}–{run[-1].path.rpartition('.')[2]}"


def _entering(network: Network, first: int, last: int) -> tuple[Shape, ...]:
    """Return the shapes of the volumes that the nodes from `first` to `last` read from outside, each once."""
    outside = dict.fromkeys(i for node in network.nodes[first:last] for i in node.inputs if not first <= i < last)
    return tuple(network.nodes[i].y for i in outside)


def _group_text(group: Group, rows: list[Row]) -> str:
    """Write a group: what the text says, or its layers where the text has a block's names in place of numbers."""
    if group.in_block and group.call is None:
        return " -> ".join(row.written for row in rows[: group.last - group.first])
    return group.written
