"""Tables in LaTeX for a paper: booktabs rules, the notes under them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnncalc.render.table import PAGE, Column, Row, Table, without_empty

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
    "μ": r"$\mu$",
    "σ": r"$\sigma$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "ε": r"$\varepsilon$",
    "λ": r"$\lambda$",
    "φ": r"$\phi$",
    "Φ": r"$\Phi$",
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


def printed(tables: Sequence[Table], width: int = 0) -> str:
    """Print tables that compile with the packages named in the first line; LaTeX has a width of its own."""
    long = any(len(table.rows) > PAGE for table in tables)
    packages = rf"% \usepackage{{booktabs, array{', longtable' if long else ''}}}"
    return "\n".join((packages, *map(_table, tables)))


def _table(table: Table) -> str:
    notes = [rf"\par {escape(str(note))}" for note in (*table.above, *table.notes)]
    if not (table.columns and table.rows):
        title = rf"\paragraph{{{escape(table.title)}}}" if table.title else ""
        return "\n".join(filter(None, (title, *notes)))
    kept = without_empty(table)
    columns = [table.columns[i] for i in kept]
    label = rf"\label{{tab:{re.sub(r'[^A-Za-z0-9-]+', '-', table.label)}}}" if table.label else ""
    body = [*_body(table, kept), r"\bottomrule"]
    long = len(table.rows) > PAGE
    title = table.title or table.caption
    caption = rf"\caption{{{escape(title)}}}{label}" if title else ""
    frame = (_LONG if long else _FLOATING).format(
        caption=(rf"{caption} \\" if long else caption) if caption else DROPPED,
        columns="".join(map(_alignment, columns)),
        heading=" & ".join(rf"\textbf{{{escape(column.heading)}}}" for column in columns) + r" \\",
        body="\n".join(f"    {line}" for line in body),
        notes=_notes(notes, long) if notes else DROPPED,
    )
    return "\n".join(line for line in frame.split("\n") if line.strip() != DROPPED)


def _body(table: Table, kept: Sequence[int]) -> Iterator[str]:
    for row in table.rows:
        if isinstance(row, Row):
            cells = (
                rf"\texttt{{{escape(row.cells[i])}}}" if table.columns[i].code else escape(row.cells[i]) for i in kept
            )
            yield rf"{' & '.join(cells)} \\"
        elif row.text:
            yield rf"\multicolumn{{{len(kept)}}}{{l}}{{\textit{{{escape(row.text)}}}}} \\"
    if table.totals:
        yield r"\midrule"
    for row in table.totals:
        yield rf"{' & '.join(escape(row.cells[i]) for i in kept)} \\"


def _notes(notes: Sequence[str], long: bool) -> str:
    lines = "\n".join(f"    {note}" for note in notes)
    opened = r"  \noindent" if long else "  \\par\\smallskip\n  "
    return rf"""{opened}\begin{{minipage}}{{\linewidth}}\footnotesize
{lines}
  \end{{minipage}}"""


DROPPED = "%"
"""A line that a table without a caption or notes lacks."""

_FLOATING = r"""\begin{{table}}[htbp]
  \centering\small
  {caption}
  \begin{{tabular}}{{{columns}}}
    \toprule
    {heading}
    \midrule
{body}
  \end{{tabular}}
{notes}
\end{{table}}"""

_LONG = r"""{{\footnotesize
  \begin{{longtable}}{{{columns}}}
    {caption}
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
{notes}
}}"""


def _alignment(column: Column) -> str:
    if column.widest:
        return rf">{{\raggedright\arraybackslash}}p{{{WRAPPED_WIDTH}\linewidth}}"
    return "r" if column.right else "l"


def escape(text: str) -> str:
    """Write a text so that LaTeX prints it as it stands."""
    text = re.sub(r'"([^"]*)"', r"``\1''", text)
    # Two hyphens in a row would become one dash.
    return re.sub("-(?=-)", "-{}", "".join(SPECIAL.get(c, c) for c in text))
