"""Ultralytics' networks (`yolov8.yaml`): rows of [from, number, module, arguments], scaled in depth and width.

source  https://github.com/ultralytics/ultralytics (nn/tasks.py, parse_model; nn/modules), and the repositories of
        YOLOv5, YOLOv7, YOLOv9, YOLOv10 and YOLOv12, whose files have the same form
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request
from cnncalc.exchange.readers.yolo_modules import MODULES, Module, Rules
from cnncalc.exchange.readers.yolo_parts import RowError, value_of
from cnncalc.problem import Place, Problem, did_you_mean, quoted
from cnncalc.shape import Shape
from cnncalc.spec.text import read as read_tree
from cnncalc.spec.tree import Mapping, Node, Sequence

MOST_ROWS = 2_000
MOST_REPEATS = 1_000
"""Rows and repeats that are read; public files have at most 160 rows and 15 repeats."""


def read(request: Request) -> Graph:
    """Read a YOLO YAML; raises NotRead."""
    source = request.text()
    tree, problems = read_tree(source)
    if tree is None or problems:
        raise NotRead(problems)
    if not isinstance(tree, Mapping):
        raise NotRead([Problem("E126", "a network of Ultralytics is a mapping with backbone and head", tree.place())])
    keys = {key.text: value for key, value in tree.pairs}
    rows = []
    for part in ("backbone", "neck", "head"):
        value = keys.get(part)
        if isinstance(value, Sequence):
            rows += value.items
        elif part == "backbone" or value is not None:
            place = value.place() if value is not None else Place(source, 1, 1)
            raise NotRead([Problem("E126", f"{part} is no list of rows", place)])
    if len(rows) > MOST_ROWS:
        message = f"{len(rows):,} rows, more than the {MOST_ROWS:,} that are read"
        raise NotRead([Problem("E112", message, rows[MOST_ROWS].place())])
    reader = _Reader(Graph(request.stem, source=request.source), keys)
    reader.scale(request)
    reader.input(request, rows)
    for row in rows:
        reader.row(row)
    return reader.finished()


@dataclass(slots=True)
class _Reader(Rules):
    """What is read so far: the volume of each row."""

    made: list[int | None] = field(default_factory=list)
    depth: Fraction = Fraction(1)
    before: int | None = None

    def problem(self, key: str, message: str, hint: str | None = None) -> NotRead:
        place = self.keys[key].place() if key in self.keys else None
        return NotRead([Problem("E126", message, place, hint)])

    # Before the rows

    def scale(self, request: Request) -> None:
        """Choose the scale: the one that was named, that of the file's name or of `scale`, else the first."""
        nc = self.value("nc", 80)
        if not isinstance(nc, int) or not 0 < nc < 10**9:
            raise self.problem("nc", f"nc is {nc}, which is no number of classes")
        self.classes = nc
        scales = self.value("scales", None)
        if not scales:
            if request.variant:
                raise self.problem("nc", f"{request.source} has no scale {quoted(request.variant)}: it has none")
            gains = self.value("depth_multiple", 1), self.value("width_multiple", 1)
            self.depth, self.width = (self.gain(gain, "depth_multiple") for gain in gains)
            return
        if not isinstance(scales, dict):
            raise self.problem("scales", "scales is no mapping of letters")
        in_name = re.search(r"yolo(?:e-)?v?\d+([nslmxtcbe])(?=[-_.]|$)", request.stem)
        written = request.variant or (in_name[1] if in_name and in_name[1] in scales else self.value("scale", ""))
        self.letter = str(written or next(iter(scales)))
        if self.letter not in scales:
            known = ", ".join(scales)
            raise self.problem("scales", f"{request.source} has no scale {quoted(self.letter)}", f"it has {known}")
        if not written and len(scales) > 1:
            others = ", ".join(name for name in scales if name != self.letter)
            example = f"`{request.source}:{list(scales)[1]}`"
            self.graph.note(f"scale {self.letter} is read; there are also {others}, as in {example}")
        gains = scales[self.letter]
        if not isinstance(gains, list) or len(gains) not in (2, 3):
            raise self.problem("scales", f"the scale {self.letter} is no list of depth, width and most channels")
        self.depth, self.width = (self.gain(gain, "scales") for gain in gains[:2])
        if len(gains) == 3:
            if not isinstance(gains[2], int) or gains[2] < 1:
                raise self.problem("scales", f"the scale {self.letter} has no number of most channels")
            self.most = gains[2]
        if not self.graph.name.endswith(self.letter):
            self.graph.name += self.letter

    def gain(self, value: Any, key: str) -> Fraction:
        if isinstance(value, bool) or not isinstance(value, (int, Fraction)) or not 0 < value <= 1000:
            raise self.problem(key, f"{value} is no factor")
        return Fraction(value)

    def input(self, request: Request, rows: list[Node]) -> None:
        """Add the input: what was given, or Ultralytics' usual size."""
        channels = self.value("ch", 3)
        if isinstance(channels, bool) or not isinstance(channels, int) or channels < 1:
            raise self.problem("ch", "ch is no number of channels")
        given = request.shapes(needed=False)
        words = [value_of(row.items[2]) for row in rows if isinstance(row, Sequence) and len(row.items) > 2]
        side = 224 if "Classify" in words else 640
        shape = next(iter(given.values()), Shape((side, side), channels))
        if not given:
            self.graph.note(f"the file has no size of its input: {shape} is Ultralytics' usual one")
        self.before = self.graph.input("input", shape)

    # Rows

    def row(self, row: Node) -> None:
        """Read a row; what it makes is what the next one reads by -1."""
        self.now = row
        try:
            made = self.module(row)
        except RowError as wrong:
            part = wrong.part or row
            self.graph.refuse(f"row {len(self.made)}: {wrong.message}", part.place(), wrong.hint)
            made = None
        self.made.append(made)
        self.before = made

    def module(self, row: Node) -> int | None:
        if not isinstance(row, Sequence) or len(row.items) != 4:
            raise RowError("a row is [from, number, module, arguments]")
        origin, number, word, arguments = map(value_of, row.items)
        known = MODULES.get(word) if isinstance(word, str) else None
        if known is None:
            hint = did_you_mean(str(word), MODULES)
            raise RowError(f"the module {quoted(str(word))} is not read", row.items[2], hint)
        if not isinstance(arguments, list):
            raise RowError("the arguments are no list", row.items[3])
        names = {"nc": self.classes, "anchors": self.anchors}
        args = [names.get(arg, arg) if isinstance(arg, str) else arg for arg in arguments]
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_REPEATS:
            raise RowError(f"{number} is no number of repeats, 1 to {MOST_REPEATS:,}", row.items[1])
        repeats = max(round(number * self.depth), 1) if number > 1 else number
        volumes = [self.volume(each, row.items[0]) for each in (origin if isinstance(origin, list) else [origin])]
        if known.scaled:
            if not args or isinstance(args[0], bool) or not isinstance(args[0], int) or args[0] < 1:
                raise RowError("the first argument is no number of channels", row.items[3])
            args[0] = self.scaled(args[0])
        plain = word.removeprefix("nn.").lower()
        self.scope = f"{plain}_{len(self.made)}"
        self.graph.classes[self.scope] = word
        if None in volumes:
            return None
        try:
            return self.repeated(known, volumes, args, repeats)
        except (ArithmeticError, LookupError, TypeError, ValueError):  # a rule takes them as they are written
            raise RowError(f"{word} does not take these arguments", row.items[3]) from None

    def repeated(self, known: Module, xs: list[int | None], args: list[Any], repeats: int) -> int | None:
        """Return what the rule of a module makes, or the last of its repeats."""
        if known.repeats or repeats == 1:
            return known.rule(self, xs, args, repeats)
        x, scope = xs[0], self.scope
        for index in range(repeats):
            self.scope = f"{scope}.{index}"
            x = known.rule(self, [x], args, 1)
        return x

    def volume(self, origin: Any, node: Node) -> int | None:
        if isinstance(origin, bool) or not isinstance(origin, int):
            raise RowError(f"{origin} is no row", node)
        if origin == -1:
            return self.before
        row = origin + len(self.made) if origin < 0 else origin
        if not 0 <= row < len(self.made):
            raise RowError(f"{origin} is no row before it", node)
        return self.made[row]

    def finished(self) -> Graph:
        """Name the output where no head has, and write what the published counts have beside the parameters."""
        graph = self.graph
        if not graph.outputs:
            graph.output("output", self.before)
        if len(graph.outputs) == 1:
            graph.outputs = {"output": next(iter(graph.outputs.values()))}
        if not graph.problems:
            if self.unfixed:
                total = graph.params() + self.unfixed
                graph.note(f"published counts have the {self.unfixed} fixed weights of DFL, too: {total:,}")
            graph.note_counts()
        return graph
