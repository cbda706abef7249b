"""The summary as one web page that needs nothing beside it: tables, and charts drawn in SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice

from cnncalc.grading.reports.summary import headline, tables
from cnncalc.grading.review import Review
from cnncalc.grading.score_text import score_text
from cnncalc.grading.statistics import BINS, Statistics
from cnncalc.problem import visible
from cnncalc.render.printers import html, ready
from cnncalc.render.table import Table, cleaned

# Okabe and Ito 2008, distinguishable with every common kind of colour blindness; the bars also keep one order.
COLOURS = {
    "right": "#009E73",
    "partly": "#56B4E9",
    "wrong": "#D55E00",
    "not understood": "#CC79A7",
    "blank": "#BBBBBB",
}

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; font-size: 0.92rem; }
th, td { text-align: left; padding: 0.25rem 0.6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td { overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
svg { width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
.note { font-size: 0.88rem; opacity: 0.75; } .wide { overflow-x: auto; }
"""

WIDTH = 900
LABEL = 190
ROW = 26
HIGHEST = 150


def page(found: Statistics, review: Review) -> str:
    """Write the page of the summary; every text in it is escaped, and nothing in it runs."""
    return "\n".join(_framed(found.key.title, headline(found), _summary(found, review))) + "\n"


def page_of(title: str, shown: Iterable[Table]) -> str:
    """Write a page of tables, whose first one is a title."""
    first, *others = ready(shown)
    return "\n".join(_framed(title, first.title, (line for table in others for line in _table(table)))) + "\n"


def _framed(title: str, heading: str, body: Iterable[str]) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(visible(title))}</title><style>{STYLE}</style></head><body>"
    yield f"<h1>{escape(visible(heading))}</h1>"
    yield from body
    yield "</body></html>"


def _summary(found: Statistics, review: Review) -> Iterator[str]:
    if found.students:
        yield f"<h2>Points</h2>\n{histogram(found)}"
        yield f"<h2>Answers</h2>\n{verdicts(found)}"
    for table in islice(tables(found, review), 1, None):  # the first one is the headline
        yield from _table(table)
    yield '<p><a href="review.html">The whole review list</a></p>'


def _table(table: Table) -> Iterator[str]:
    untitled = Table(**{**table.__dict__, "title": ""})
    yield f'<h2>{escape(table.title)}</h2>\n<div class="wide">'
    yield from html.lines(cleaned(untitled))
    yield "</div>"


def histogram(found: Statistics) -> str:
    """Draw how many students have how many points."""
    most = max(found.bins) or 1
    step = WIDTH / BINS
    lines = [_open(HIGHEST + 50, "how many students have how many points")]
    for at, count in enumerate(found.bins):
        height = HIGHEST * count / most
        x, y = at * step, 20 + HIGHEST - height
        low, high = (found.key.points * edge / BINS for edge in (at, at + 1))
        tooltip = f"{score_text(low)} to {score_text(high)} points: {count:,}"
        lines.append(_bar(x + 3, y, step - 6, height, "#0072B2", tooltip))
        if count:
            lines.append(f'<text x="{x + step / 2:.1f}" y="{y - 5:.1f}" text-anchor="middle">{count:,}</text>')
        lines.append(f'<text x="{x:.1f}" y="{HIGHEST + 40}">{score_text(low)}</text>')
    lines.append(f'<text x="{WIDTH}" y="{HIGHEST + 40}" text-anchor="end">{score_text(found.key.points)} points</text>')
    return "\n".join((*lines, "</svg>"))


def verdicts(found: Statistics) -> str:
    """Draw what became of the answers to each question, a bar each."""
    lines = [_open(ROW * (len(found.tallies) + 1) + 6, "what became of the answers to each question")]
    x: float = LABEL
    for verdict, colour in COLOURS.items():
        lines.append(_bar(x, 4, 14, 14, colour, verdict))
        lines.append(f'<text x="{x + 19}" y="16">{verdict}</text>')
        x += 50 + 8 * len(verdict)
    for row, (id, tally) in enumerate(found.tallies.items(), 1):
        y = row * ROW
        label = id if len(id) <= 26 else f"{id[:25]}…"
        lines.append(f'<text x="{LABEL - 8}" y="{y + 17}" text-anchor="end">{escape(label)}</text>')
        x, room = LABEL, WIDTH - LABEL
        for verdict, colour in COLOURS.items():
            count = tally.verdicts[verdict]
            width = room * count / (tally.count or 1)
            if count:
                lines.append(_bar(x, y + 3, width, ROW - 6, colour, f"{id}, {verdict}: {count:,}"))
            x += width
    return "\n".join((*lines, "</svg>"))


def _open(height: int, label: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">'


def _bar(x: float, y: float, width: float, height: float, colour: str, tooltip: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{colour}"><title>{escape(tooltip)}</title></rect>'
