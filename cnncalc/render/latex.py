"""A report as a LaTeX table for a paper: booktabs rules, the conventions as notes under it."""

from __future__ import annotations

import re

from cnncalc.network.report import Report
from cnncalc.render.columns import LAYER, Column, View
from cnncalc.render.fold import PAGE
from cnncalc.render.grid import grid

WRAPPED_WIDTH = 0.3
"""Of the line, for a column whose text may go on below."""

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "–": r"\textendash{}",
    "−": "$-$",
    "→": r"$\rightarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "√": r"$\surd$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$",
    "⌉": r"$\rceil$",
    "′": r"$'$",
    "…": r"\ldots{}",
    **{sign: f"$^{digit}$" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{sign: f"$_{digit}$" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}
"""Characters that LaTeX reads as its own or that its fonts lack."""


def latex(report: Report, view: View) -> str:
    """Print a table that compiles with the packages named in its first line."""
    table = grid(report, view)
    long = len(table.cells) > PAGE
    caption = rf"\caption{{{escape(table.title)}}}\label{{tab:{re.sub(r'[^A-Za-z0-9-]+', '-', report.network.name)}}}"
    heading = " & ".join(rf"\textbf{{{escape(column.heading)}}}" for column in table.columns)
    body = [
        *(rf"{_row(cells, table.columns)} \\" for cells in table.cells),
        r"\midrule" if table.totals else "",
        *(rf"{' & '.join(map(escape, totals))} \\" for totals in table.totals),
        r"\bottomrule",
    ]
    notes = [rf"\par {escape(str(note))}" for note in table.notes]
    frame = _LONG if long else _FLOATING
    return frame.format(
        caption=caption,
        columns="".join(map(_alignment, table.columns)),
        heading=rf"{heading} \\",
        body="\n".join(f"    {line}" for line in body if line),
        notes="\n".join(f"    {note}" for note in notes),
    )


_FLOATING = r"""% \usepackage{{booktabs, array}}
\begin{{table}}[htbp]
  \centering\small
  {caption}
  \begin{{tabular}}{{{columns}}}
    \toprule
    {heading}
    \midrule
{body}
  \end{{tabular}}
  \par\smallskip
  \begin{{minipage}}{{\linewidth}}\footnotesize
{notes}
  \end{{minipage}}
\end{{table}}"""

_LONG = r"""% \usepackage{{booktabs, array, longtable}}
{{\footnotesize
  \begin{{longtable}}{{{columns}}}
    {caption} \\
    \toprule
    {heading}
    \midrule
    \endfirsthead
    \toprule
    {heading}
    \midrule
    \endhead
{body}
  \end{{longtable}}
  \noindent\begin{{minipage}}{{\linewidth}}\footnotesize
{notes}
  \end{{minipage}}
}}"""


def _alignment(column: Column) -> str:
    if column.wraps:
        return rf">{{\raggedright\arraybackslash}}p{{{WRAPPED_WIDTH}\linewidth}}"
    return "r" if column.right else "l"


def _row(cells: list[str], columns: tuple[Column, ...]) -> str:
    texts = zip(cells, columns, strict=True)
    return " & ".join(rf"\texttt{{{escape(cell)}}}" if column is LAYER else escape(cell) for cell, column in texts)


def escape(text: str) -> str:
    """Write a text so that LaTeX prints it as it stands."""
    text = re.sub(r'"([^"]*)"', r"``\1''", text)
    # Two hyphens in a row would become one dash.
    return re.sub("-(?=-)", "-{}", "".join(SPECIAL.get(c, c) for c in text))
