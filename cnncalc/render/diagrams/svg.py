"""The printer of diagrams as SVG: real text, a title for each layer, colours for light and for dark paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.problem import visible
from cnncalc.render.diagrams.canvas import Canvas, Layered, Line, Mark, Polygon, Text, colour

FONT = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif"
THEMES = ("auto", "light", "dark")


def svg(canvas: Canvas, theme: str = "auto") -> str:
    """Return the text of an SVG file; `auto` follows whether the reader's page is light or dark."""
    left, top, right, bottom = canvas.extent()
    width, height = right - left, bottom - top
    dark = theme == "dark"
    body = [*_parts(canvas, dark)]
    used = sorted(set(re.findall(r' class="([fs]-[^"]+)"', "".join(body))))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{_n(left)} {_n(top)} {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}" role="img" font-family="{FONT}">',
        f"<title>{escaped(canvas.title)}</title>",
    ]
    if canvas.description:
        lines.append(f"<desc>{escaped(canvas.description)}</desc>")
    if theme == "auto":
        lines.append(f"<style>@media (prefers-color-scheme: dark){{{''.join(_rules(used))}}}</style>")
    lines.append(
        f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}" '
        f'fill="{colour("paper", dark)}" class="f-paper"/>'
    )
    return "\n".join([*lines, *body, "</svg>", ""])


def page(canvas: Canvas, theme: str = "auto") -> str:
    """Return a page that holds the diagram alone, as wide as the window."""
    style = f"body{{margin:0;background:{colour('paper', theme == 'dark')}}}"
    style += "svg{display:block;max-width:100%;height:auto;margin:auto}"
    if theme == "auto":
        style += f"@media (prefers-color-scheme: dark){{body{{background:{colour('paper', dark=True)}}}}}"
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escaped(canvas.title)}</title>",
        f"<style>{style}</style>",
    ]
    lines = ["<!doctype html>", '<html lang="en">', "<head>", *head, "</head>", "<body>", svg(canvas, theme).rstrip()]
    return "\n".join([*lines, "</body>", "</html>", ""])


def _rules(used: list[str]) -> Iterator[str]:
    names = {name for classes in (*used, "f-paper") for name in classes.split()}
    for name in sorted(names):
        kind, _, role = name.partition("-")
        role = role.replace("_", ".")
        if colour(role) != colour(role, dark=True):
            yield f".{name}{{{'fill' if kind == 'f' else 'stroke'}:{colour(role, dark=True)}}}"


def _parts(canvas: Canvas, dark: bool) -> Iterator[str]:
    taken: set[str] = set()
    for part in canvas.parts:
        if isinstance(part, Layered):
            name = part.id
            while name in taken:
                name += "_"
            taken.add(name)
            yield f'<g id="{escaped(name)}"><title>{escaped(part.title)}</title>'
            yield from (_mark(mark, dark) for mark in part.marks)
            yield "</g>"
        else:
            yield _mark(part, dark)


def _mark(mark: Mark, dark: bool) -> str:
    if isinstance(mark, Text):
        weight = ' font-weight="bold"' if mark.bold else ""
        return (
            f'<text x="{_n(mark.x)}" y="{_n(mark.y)}" font-size="{_n(mark.size)}" text-anchor="{mark.anchor}"{weight}'
            f' fill="{colour(mark.ink, dark)}" class="f-{mark.ink}">{escaped(mark.text)}</text>'
        )
    if isinstance(mark, Polygon):
        return f"<polygon {_points(mark.points)} {_style(mark, dark)}/>"
    line = f"<polyline {_points(mark.points)} {_style(mark, dark)}/>"
    if mark.arrow:
        fill = f'fill="{colour(mark.stroke, dark)}" class="f-{_class(mark.stroke)}"'
        line += f"<polygon {_points(mark.head())} {fill}/>"
    return line


def _style(mark: Polygon | Line, dark: bool) -> str:
    fill = mark.fill if isinstance(mark, Polygon) else None
    classes = [f"{kind}-{_class(role)}" for kind, role in (("f", fill), ("s", mark.stroke)) if role]
    words = [f'fill="{colour(fill, dark) if fill else "none"}"']
    if isinstance(mark, Polygon) and mark.translucent:
        words.append('fill-opacity="0.35"')
    if mark.stroke:
        words.append(f'stroke="{colour(mark.stroke, dark)}" stroke-width="{_n(mark.width)}" stroke-linejoin="round"')
    if mark.dash:
        words.append('stroke-dasharray="4 3"')
    return " ".join([*words, f'class="{" ".join(classes)}"'])


def _class(role: str) -> str:
    return role.replace(".", "_")


def _points(points: tuple[tuple[float, float], ...]) -> str:
    return f'points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}"'


def _n(number: float) -> str:
    """Write a number with one digit behind the point at most."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def escaped(text: str) -> str:
    """Return a text as XML holds it; characters that control a terminal or a file are made visible."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
