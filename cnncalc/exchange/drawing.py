"""A network as boxes and arrows, blocks folded: drawn once each, and called from the layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnncalc.exchange.blocks import Block, Outline, Position, outline
from cnncalc.exchange.graph import Graph
from cnncalc.exchange.series import Element, Head, Merge, Scope, Step
from cnncalc.exchange.structured import folded_steps, item_names, step_writer


@dataclass(slots=True)
class Box:
    """One or several layers in a row, or a merge: its lines of text."""

    id: str
    lines: list[str]
    is_merge: bool = False


@dataclass(slots=True)
class Cluster:
    """The boxes of the network itself, or of a block, with arrows between them."""

    id: str
    title: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[tuple[str, str, str]] = field(default_factory=list)  # from, to, what is written beside it


def drawing(graph: Graph) -> list[Cluster]:
    """Return the network, then each of its blocks."""
    found = outline(graph)
    clusters = [_Painter(found, graph, None).cluster]
    return [*clusters, *(_Painter(found, graph, block).cluster for block in reversed(found.blocks))]


class _Painter:
    """Draws the body of a block, or the network itself."""

    def __init__(self, found: Outline, graph: Graph, block: Block | None) -> None:
        self.found, self.block = found, block
        self.write = step_writer(found, block)
        self.ends = {} if block else item_names(found)
        series = found.series
        body = block.body.body if block else series.elements
        title = block.name if block else graph.name
        self.cluster = Cluster(block.name if block else "network", title)
        self.at: dict[int, str] = {}  # the box that makes a volume
        if block:
            start = block.body.entry
            given = [(start, "input"), *zip(found.reads(block.body), block.reads, strict=True)]
        else:
            start = -1 if len(series.inputs) > 1 else next(iter(series.inputs.values()))
            given = [(index, name) for name, index in series.inputs.items()]
        for index, name in given:
            shape = [] if block else [str(series.nodes[index].y)]
            self.at[index] = self._box([name, *shape]).id
        self.read = {index for _, _, index in found.references(body, start)}
        self.read |= {element.entry for _, element in found.walk(body) if isinstance(element, (Merge, Head))}
        end = self._series(body, start, (), [])
        outputs = [("output", end)] if block else [*series.outputs.items()]
        for name, index in outputs:
            shape = [] if block else [str(series.nodes[index].y)]
            self._arrow(index, self._box([name, *shape]).id)

    def _box(self, lines: list[str], is_merge: bool = False) -> Box:
        box = Box(f"{self.cluster.id}_{len(self.cluster.boxes)}", lines, is_merge)
        self.cluster.boxes.append(box)
        return box

    def _arrow(self, index: int, box: str, text: str = "") -> None:
        if index in self.at:
            self.cluster.arrows.append((self.at[index], box, text))

    def _series(self, body: Sequence[Element], entry: int, around: Position, names: list[str]) -> int:
        """Draw elements; return the volume behind them."""
        current = entry
        chain: list[str] = []
        start = entry

        def flush() -> None:
            if chain:
                name = self.ends.get(current) if not around else ""
                box = self._box([*names, *([name] if name else []), *folded_steps(chain)])
                names.clear()
                if not self.block:
                    box.lines.append(str(self.found.series.nodes[current].y))
                self._arrow(start, box.id)
                self.at[current] = box.id
                chain.clear()

        for number, element in enumerate(self.found.effective(body)):
            position = (*around, number)
            if isinstance(element, Head):
                flush()
                self._series(element.body, current, (*position, 0), [element.name])
                continue
            refs = self._refs(element)
            if element.entry != current or current in self.read or refs or isinstance(element, Merge):
                flush()
                start = current = element.entry
            if isinstance(element, Merge):
                ends = [
                    (branch.name, self._series(branch.body, branch.source, (*position, at), []))
                    for at, branch in enumerate(element.branches)
                ]
                box = self._box([element.node.kind], is_merge=True)
                choice = self.block.choice if self.block else None
                if choice and choice.position == position:
                    ends[-1] = (f"if {choice.condition}", ends[-1][1])
                    self._arrow(element.entry, box.id, "else")
                for name, index in ends:
                    self._arrow(index, box.id, name)
                self.at[element.exit] = box.id
                start = current = element.exit
                continue
            chain.append(self.write(element, position))
            current = element.exit
            if refs or (not around and current in self.ends):
                flush()
                for index in refs:
                    self._arrow(index, self.at[current])
                start = current
        flush()
        return current

    def _refs(self, element: Element) -> Sequence[int]:
        if isinstance(element, Step):
            return element.refs
        return self.found.reads(element) if isinstance(element, Scope) else ()
