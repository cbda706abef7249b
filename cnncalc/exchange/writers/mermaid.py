"""The writer of diagrams for Mermaid, which GitHub and many editors draw."""

from __future__ import annotations

from cnncalc.exchange.drawing import Box, drawing
from cnncalc.exchange.graph import Graph
from cnncalc.network.network import Network


def write(network: Network, weights: str | None) -> str:
    """Return the text of a flowchart."""
    lines = ["flowchart TD"]
    for cluster in drawing(Graph.of(network)):
        lines.append(f'  subgraph {cluster.id}_0g["{_text([cluster.title])}"]')
        lines += [f"    {box.id}{_shape(box)}" for box in cluster.boxes]
        for start, end, text in cluster.arrows:
            lines.append(f'    {start} -->|"{_text([text])}"| {end}' if text else f"    {start} --> {end}")
        lines.append("  end")
    return "".join(f"{line}\n" for line in lines)


def _shape(box: Box) -> str:
    return f'(("{_text(box.lines)}"))' if box.is_merge else f'["{_text(box.lines)}"]'


def _text(lines: list[str]) -> str:
    """Return lines as Mermaid reads them: with its own escapes of what is a sign there."""
    signs = {"&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;", "#": "#35;", "`": "#96;"}
    return "<br>".join("".join(signs.get(sign, sign) for sign in line) for line in lines)
