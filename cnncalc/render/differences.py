"""A comparison with somebody else's model as a screen, Markdown, or JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import cnncalc
from cnncalc.live.against import Comparison, Total
from cnncalc.render.markdown import escape
from cnncalc.render.numbers import exact
from cnncalc.render.table import BOLD, CYAN, DIM, GREEN, Paint, painter, terminal_width

if TYPE_CHECKING:
    from cnncalc.documents.verification import Differences

RED = "31"
UNITS = {"params": "params", "macs": "MACs", "output": "output"}


def screen(result: Comparison, *, width: int | None = None, colour: bool = False) -> str:
    """Print the verdict, every difference in our order, the totals of both sides, and what else is to be told."""
    paint, width = painter(colour=colour), width or terminal_width()
    lines = [paint(_title(result), BOLD), ""]
    if result.uncompared:
        lines += _wrapped(uncompared(result), width)
    mark = paint("✓", GREEN) if result.agrees else paint("✗", RED)
    lines.append(f"{mark} {paint(verdict(result), BOLD)}")
    for difference in result.differences:
        lines += _wrapped(str(difference), width, "  ")
    lines += ["", *_totals(result.totals, paint), ""]
    for note in _notes(result):
        lines += [paint(line, DIM) for line in _wrapped(note, width)]
    return "\n".join(lines).rstrip()


def verdict(result: Comparison) -> str:
    """Say in a sentence how far both agree."""
    count = len(result.differences)
    compared = f"{result.layers:,} layer{'' if result.layers == 1 else 's'} compared"
    if not count:
        return f"the same network: {compared}"
    return f"{count:,} difference{'' if count == 1 else 's'}: {compared}"


def uncompared(result: Comparison) -> str:
    """Say which functions of theirs were not compared."""
    return f"not compared, in theirs: {', '.join(result.uncompared)}"


def markdown(result: Comparison) -> str:
    """Print the same as a heading, lists and a table."""
    lines = [f"### {escape(_title(result))}", "", f"{verdict(result)}.", ""]
    if result.uncompared:
        lines[2:2] = [f"{escape(uncompared(result))}.", ""]
    if result.differences:
        lines += ["| theirs | ours | at | theirs at |", "|---|---|---|---|"]
        for found in result.differences:
            cells = (found.theirs, found.ours, found.path, found.their_path)
            lines.append(f"| {' | '.join(map(escape, cells))} |")
        lines.append("")
    lines += ["| | theirs | ours |", "|---|--:|--:|"]
    lines += [f"| {UNITS[total.name]} | {_number(total.theirs)} | {_number(total.ours)} |" for total in result.totals]
    return "\n".join([*lines, "", *(f"- {escape(note)}" for note in _notes(result))]).rstrip()


def document(result: Comparison) -> Differences:
    """Return all that was compared as a document."""
    from cnncalc.documents.verification import Differences
    from cnncalc.documents.writer import VERSION

    return Differences.model_validate(
        {
            "version": VERSION,
            "cnncalc": cnncalc.__version__,
            "name": result.network.name,
            "against": result.target,
            "agrees": result.agrees,
            "layers": result.layers,
            "totals": {total.name: {"theirs": total.theirs, "ours": total.ours} for total in result.totals},
            "differences": [found._asdict() for found in result.differences],
            "follow": result.follow,
            "equivalent": [found._asdict() for found in result.equivalent],
            "remarks": result.remarks,
            "not_compared": result.uncompared,
        }
    )


def _title(result: Comparison) -> str:
    inputs = " and ".join(map(str, result.network.input_shapes().values()))
    return f"{result.network.title or result.network.name} · {inputs} · against {result.target}"


def _totals(totals: list[Total], paint: Paint) -> Iterator[str]:
    rows = [("", "theirs", "ours"), *((UNITS[t.name], _number(t.theirs), _number(t.ours)) for t in totals)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, theirs, ours in rows:
        style = BOLD if not name else CYAN
        numbers = f"{theirs:>{widths[1]}}  {ours:>{widths[2]}}"
        yield f"  {paint(name.ljust(widths[0]), style)}  {paint(numbers, BOLD) if not name else numbers}"


def _number(value: int | str) -> str:
    return exact(value) if isinstance(value, int) else value


def _notes(result: Comparison) -> Iterator[str]:
    if result.follow:
        several = "layers differ" if result.follow > 1 else "layer differs"
        yield f"{result.follow:,} further {several} in size only, as a consequence"
    if result.equivalent:
        first, more = result.equivalent[0], len(result.equivalent) - 1
        yield f"the same layer, written otherwise: {first}{f'; {more:,} more such' if more else ''}"
    yield from result.remarks


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, max(width, 40), initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )
