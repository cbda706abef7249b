"""The story of a network as text, LaTeX, Markdown or data: where its parameters, MACs and memory go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.algebra.explain import Explanation
from cnncalc.algebra.network_summary import Account, Part, story
from cnncalc.network.report import Report
from cnncalc.numbers.notation import Notation
from cnncalc.problem import columns
from cnncalc.render import numbers
from cnncalc.render.explain import formula_text, formula_typeset
from cnncalc.render.formula import PLAIN, SET, TYPED, number, rounded
from cnncalc.render.printers.latex import escape as in_latex
from cnncalc.render.printers.markdown import escape as in_markdown
from cnncalc.render.printers.terminal import Line, wrapped
from cnncalc.render.table import BOLD, CYAN, DIM, GREEN

if TYPE_CHECKING:
    from cnncalc.documents.network_summary import NetworkSummary

MOST_TERMS = 12
"""A total is written as the sum of its stages where they are no more than these."""

BAR = 20


def lines(found: Explanation, *, ascii_only: bool, width: int) -> Iterator[Line]:
    """Yield the lines of the story, for a screen of a width."""
    yield [(title(found.report, found.group), BOLD)]
    for account in story(found.report, found.group):
        yield []
        yield from _account(account, TYPED if ascii_only else PLAIN, width)


def title(report: Report, group: str) -> str:
    network = report.network
    entering = ", ".join(map(str, network.input_shapes().values()))
    return " · ".join(filter(None, (network.title or network.name, group, entering)))


def _account(account: Account, notation: Notation, width: int) -> Iterator[Line]:
    names = max((columns(part.name) for part in account.stages), default=0)
    yield from wrapped(" ".join(total(account, notation)), width, BOLD)
    values = [number(part.value, notation) for part in account.stages]
    widest = max(map(len, values), default=0)
    for part, value in zip(account.stages, values, strict=True):
        line = [(f"  {part.name}{' ' * (names - columns(part.name))}", CYAN), (f"  {value:>{widest}}", "")]
        if part.share is not None:
            bar = "#" * round(part.share * BAR) if notation is TYPED else numbers.drawn(part.share, BAR)
            line += [(f"  {numbers.percent(part.share):>6}", ""), *([(f"  {bar}", GREEN)] if bar else [])]
        yield line
    if account.most:
        row, part, quantity = account.most
        share = numbers.percent(part.share or 0)
        yield from wrapped(f"most: {row.path} ({row.written}), {share}: {formula_text(quantity, notation)}", width, DIM)
        yield from wrapped(f"by kind: {_kinds(account)}", width, DIM)


def _kinds(account: Account) -> str:
    return ", ".join(f"{part.name} {numbers.percent(part.share or 0)}" for part in account.kinds)


def total(account: Account, notation: Notation) -> list[str]:
    """Write a total as the sum of its stages."""
    total = f"{number(account.total, notation)}{' ' * bool(account.unit)}{account.unit}"
    about = "~" if notation is TYPED else "≈"
    short = rounded(account.total, account.unit)
    parts = [f"{account.name}:"]
    if 1 < len(account.stages) <= MOST_TERMS and account.most:
        parts += [" + ".join(number(part.value, notation) for part in account.stages), "="]
    return [*parts, total, *([about, short] if short else [])]


def markdown(found: Explanation) -> str:
    """Print the story in GitHub's Markdown: a table for each total."""
    blocks = [f"### {in_markdown(title(found.report, found.group))}"]
    for account in story(found.report, found.group):
        lines = [f"**{account.name}**: {_total(account)}", "", f"| stage | {account.name} | share |", "|---|---:|---:|"]
        lines += [f"| {in_markdown(part.name)} | {number(part.value)} | {_share(part)} |" for part in account.stages]
        if account.most:
            row, part, quantity = account.most
            lines += [
                "",
                f"Most: `{row.path}`, {_share(part)}: ${formula_typeset(quantity)}$",
                f"By kind: {_kinds(account)}",
            ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def latex(found: Explanation) -> str:
    """Print the story in LaTeX: a table for each total."""
    blocks = [r"% \usepackage{amsmath, booktabs}", rf"\paragraph{{{in_latex(title(found.report, found.group))}}}"]
    for account in story(found.report, found.group):
        rows = [rf"  {in_latex(p.name)} & ${number(p.value, SET)}$ & {in_latex(_share(p))} \\" for p in account.stages]
        blocks.append(
            "\n".join(
                (
                    r"\begin{tabular}{lrr}",
                    rf"  \toprule stage & {in_latex(account.name)} & share \\ \midrule",
                    *rows,
                    rf"  \midrule total & ${number(account.total, SET)}$ & \\ \bottomrule",
                    r"\end{tabular}",
                )
            )
        )
        if account.most:
            row, part, quantity = account.most
            share, kinds = in_latex(_share(part)), in_latex(_kinds(account))
            blocks.append(
                rf"Most: \texttt{{{in_latex(row.path)}}}, {share}: ${formula_typeset(quantity)}$. By kind: {kinds}."
            )
    return "\n".join(blocks)


def _total(account: Account) -> str:
    return " ".join(total(account, PLAIN)[1:])


def _share(part: Part) -> str:
    return "" if part.share is None else numbers.percent(part.share)


def document(found: Explanation) -> NetworkSummary:
    """Return where the numbers of a network go as a document."""
    from cnncalc.documents.network_summary import NetworkSummary

    def parts(found: list[Part]) -> list[dict[str, Any]]:
        return [{"name": part.name, "value": _plain(part.value), "share": part.share} for part in found]

    data = {
        "name": found.report.network.name,
        "group": found.group,
        "accounts": [
            {
                "name": account.name,
                "unit": account.unit,
                "total": _plain(account.total),
                "stages": parts(account.stages),
                "kinds": parts(account.kinds),
                "most": account.most[0].path if account.most else None,
            }
            for account in story(found.report, found.group)
        ],
    }
    return NetworkSummary.model_validate(data)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
