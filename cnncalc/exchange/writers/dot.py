"""The writer of diagrams for Graphviz."""

from __future__ import annotations

from cnncalc.exchange.drawing import drawing
from cnncalc.exchange.graph import Graph
from cnncalc.network.network import Network


def write(network: Network, weights: str | None) -> str:
    """Return the text of a directed graph in the DOT language."""
    lines = [f"digraph {_text([network.name])} {{", "  node [shape=box]"]
    for cluster in drawing(Graph.of(network)):
        lines += [f"  subgraph cluster_{cluster.id} {{", f"    label={_text([cluster.title])}"]
        for box in cluster.boxes:
            more = " shape=circle" if box.is_merge else ""
            lines.append(f"    {box.id} [label={_text(box.lines)}{more}]")
        for start, end, text in cluster.arrows:
            lines.append(f"    {start} -> {end}" + (f" [label={_text([text])}]" if text else ""))
        lines.append("  }")
    lines.append("}")
    return "".join(f"{line}\n" for line in lines)


def _text(lines: list[str]) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
