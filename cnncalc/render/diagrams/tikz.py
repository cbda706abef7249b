"""The printer of diagrams as TikZ: a picture that LaTeX draws with its own letters."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.problem import visible
from cnncalc.render.diagrams.canvas import Canvas, Mark, Polygon, Text, colour

UNIT = 0.02
"""Centimetres of a pixel."""


def tikz(canvas: Canvas) -> str:
    """Return a tikzpicture; it needs `\\usepackage{tikz}`, and \\resizebox makes it as wide as the page."""
    names = {role: f"cnn{role.replace('.', '')}" for role in _roles(canvas)}
    lines = [f"% {_plain(canvas.title)}", r"% \usepackage{tikz}"]
    lines += [rf"\definecolor{{{name}}}{{HTML}}{{{colour(role)[1:].upper()}}}" for role, name in names.items()]
    lines.append(rf"\begin{{tikzpicture}}[x={UNIT}cm, y=-{UNIT}cm, line join=round]")
    lines += [f"  {_mark(mark, names)}" for mark in canvas.marks()]
    return "\n".join([*lines, r"\end{tikzpicture}", ""])


def _roles(canvas: Canvas) -> list[str]:
    found = set()
    for mark in canvas.marks():
        if isinstance(mark, Text):
            found.add(mark.ink)
        else:
            found |= {role for role in (mark.stroke, getattr(mark, "fill", None)) if role}
    return sorted(found)


def _mark(mark: Mark, names: dict[str, str]) -> str:
    if isinstance(mark, Text):
        anchor = {"start": "base west", "middle": "base", "end": "base east"}[mark.anchor]
        size = mark.size * UNIT * 28.45  # points of TeX in a centimetre
        font = rf"\fontsize{{{size:.1f}}}{{{size * 1.2:.1f}}}\selectfont" + (r"\bfseries" if mark.bold else "")
        where = f"({mark.x:.1f},{mark.y:.1f})"
        style = f"anchor={anchor}, inner sep=0, text={names[mark.ink]}, font={font}"
        return rf"\node[{style}] at {where} {{{_tex(mark.text)}}};"
    words = [*_options(mark, names)]
    path = " -- ".join(f"({x:.1f},{y:.1f})" for x, y in mark.points)
    if isinstance(mark, Polygon):
        return rf"\path[{', '.join(words)}] {path} -- cycle;"
    return rf"\draw[{', '.join(words)}] {path};"


def _options(mark: Mark, names: dict[str, str]) -> Iterator[str]:
    if isinstance(mark, Text):
        return
    if isinstance(mark, Polygon) and mark.fill:
        yield f"fill={names[mark.fill]}"
        if mark.translucent:
            yield "fill opacity=0.35"
    if mark.stroke:
        yield f"draw={names[mark.stroke]}"
        yield f"line width={mark.width * 0.6:.2f}pt"
    if mark.dash:
        yield "dashed"
    if not isinstance(mark, Polygon) and mark.arrow:
        yield "-latex"


_SIGNS = {
    **{sign: "\\" + sign for sign in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "→": r"$\to$",
    "≤": r"$\le$",
    "…": r"\dots{}",
    "−": "$-$",
}


def _tex(text: str) -> str:
    return "".join(_SIGNS.get(sign, sign) for sign in visible(text))


def _plain(text: str) -> str:
    return " ".join(visible(text).split())
