"""A table of texts, whatever it is about: for a screen, as Markdown, LaTeX, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cnncalc.record import Record
from cnncalc.render.table import BOLD, DIM, GAP, PLAIN, Paint

Style = Callable[[int, str], str]
"""The style of a cell, by its column and text."""


class Head(Record):
    """One column: its heading, and whether its cells stand at the right."""

    text: str
    right: bool = False


def screen(
    heads: Sequence[Head], rows: Sequence[Sequence[str]], paint: Paint, style: Style | None = None, indent: int = 0
) -> Iterator[str]:
    """Yield the lines of a table: headings, a rule, and the rows; columns without a cell are left out."""
    kept = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    widths = {i: max(len(heads[i].text), *(len(row[i]) for row in rows)) for i in kept}
    room = " " * indent

    def line(cells: Sequence[str], styles: Callable[[int, str], str]) -> str:
        texts = []
        for i in kept:
            space, text = " " * (widths[i] - len(cells[i])), paint(cells[i], styles(i, cells[i]))
            texts.append(space + text if heads[i].right else text + space)
        return room + (" " * GAP).join(texts).rstrip()

    yield line([head.text for head in heads], lambda i, text: BOLD)
    yield room + paint("─" * (sum(widths.values()) + GAP * (len(kept) - 1)), DIM)
    yield from (line(row, style or (lambda i, text: PLAIN)) for row in rows)


def markdown(heads: Sequence[Head], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    from cnncalc.render.markdown import escape

    yield f"| {' | '.join(escape(head.text) for head in heads)} |"
    yield f"|{'|'.join('---:' if head.right else '---' for head in heads)}|"
    yield from (f"| {' | '.join(map(escape, row))} |" for row in rows)


def latex(heads: Sequence[Head], rows: Iterable[Sequence[str]], caption: str) -> Iterator[str]:
    """Yield the lines of a LaTeX table with booktabs rules."""
    from cnncalc.render.latex import escape

    yield r"% \usepackage{booktabs}"
    yield r"\begin{table}[htbp]"
    yield r"  \centering\small"
    yield rf"  \caption{{{escape(caption)}}}"
    yield rf"  \begin{{tabular}}{{{''.join('r' if head.right else 'l' for head in heads)}}}"
    yield r"    \toprule"
    yield "    " + " & ".join(rf"\textbf{{{escape(head.text)}}}" for head in heads) + r" \\"
    yield r"    \midrule"
    yield from (f"    {' & '.join(map(escape, row))} \\\\" for row in rows)
    yield r"    \bottomrule"
    yield r"  \end{tabular}"
    yield r"\end{table}"


def csv_text(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write values under their names; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().removesuffix("\n")


def json_rows(head: dict[str, Any], key: str, rows: Iterable[dict[str, Any]]) -> str:
    """Write an object whose last key is a list, every row of it on a line of its own."""
    lines = [f'  "{name}": {json.dumps(value, ensure_ascii=False)},\n' for name, value in head.items()]
    body = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows)
    return f'{{\n{"".join(lines)}  "{key}": [\n{body}\n  ]\n}}'
