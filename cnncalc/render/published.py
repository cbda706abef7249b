"""Printed and computed values side by side: a table for the terminal, Markdown, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

import cnncalc
from cnncalc.claims.quantities import QUANTITIES
from cnncalc.claims.reader import Erratum
from cnncalc.claims.verdict import AGREES, FACT, Checked, Finding
from cnncalc.render.numbers import exact
from cnncalc.render.table import (
    CYAN,
    DIM,
    GREEN,
    MAGENTA,
    PLAIN,
    RED,
    Across,
    Column,
    Data,
    Note,
    Row,
    Table,
)

if TYPE_CHECKING:
    from cnncalc.documents.published import Published

COLUMNS = (
    Column("at", style=CYAN),
    Column("what"),
    Column("printed", right=True),
    Column("computed", right=True),
    Column("exactly", right=True, spare=2),
    Column("off", right=True, spare=1),
    Column("verdict"),
)
VERDICT = len(COLUMNS) - 1

VALUES = (
    "network",
    "at",
    "what",
    "printed",
    "computed",
    "as_printed",
    "verdict",
    "off",
    "kind",
    "note",
    "complaint",
    "where",
    "source",
    "input",
    "than",
    "place",
)
"""What JSON and CSV have of each printed value."""


def tables(checked: Sequence[Checked], *, whole: bool) -> Iterator[Table]:
    """Yield networks one by one, or, when all were asked for, a row each and what is not recorded."""
    if whole:
        yield _overview(checked)
        yield Table(notes=[Note("", sentence(checked), PLAIN)])
        return
    for one in checked:
        yield from _network(one)


def _network(one: Checked) -> Iterator[Table]:
    title = " · ".join(dict.fromkeys(filter(None, (one.name, one.title))))
    if not one.findings:
        yield Table(title, notes=[Note("", "no published values are recorded", PLAIN)])
        return
    yield Table(title, notes=[Note("", one.source)] if one.source else ())
    for (origin, whole), group in groupby(one.findings, key=_section):
        findings = [*group]
        if whole:
            yield Table(columns=COLUMNS, rows=[*_by_origin(findings)])
        else:
            rows = [*map(_row, findings)]
            for row, before in zip(rows[:0:-1], rows[-2::-1], strict=True):
                if row.cells[0] == before.cells[0]:
                    row.cells = ["", *row.cells[1:]]
            yield Table(origin or "its source", COLUMNS, rows, level=2)
    errata = errata_of(one.findings)
    if errata:
        yield Table("errata", notes=[Note("", outcome, PLAIN) for outcome in errata], level=2)
    complaints = [Note("", _complaint(finding), RED, whole=True) for finding in one.findings if not finding.fine]
    if complaints:
        yield Table(notes=complaints)
    yield Table(notes=[Note("", sentence([one]), PLAIN)])


def _by_origin(findings: Sequence[Finding]) -> Iterator[Row | Across]:
    """Yield what is printed of a whole network, each origin above its values."""
    for origin, group in groupby(findings, key=_origin):
        yield Across(origin or "its source", CYAN)
        for finding in group:
            row = _row(finding)
            yield Row([row.cells[0], f"  {row.cells[1]}", *row.cells[2:]], styles=row.styles)


def _row(finding: Finding) -> Row:
    cells = _cells(finding)
    outcome = cells[VERDICT]
    style = {"agrees": GREEN, "not computed": DIM}.get(
        outcome, RED if outcome.startswith(("DIFFERS", "STALE")) else MAGENTA
    )
    return Row(cells, styles={VERDICT: style})


def _section(finding: Finding) -> tuple[str, bool]:
    """Return what findings of one table have in common: where its layers are printed; all else is one table."""
    return ("", True) if finding.claim.at is None else (_origin(finding), False)


def _origin(finding: Finding) -> str:
    claim = finding.claim
    shape = f"at {claim.input.text}" if claim.input else ""
    than = f"than {claim.than.text}" if claim.than else ""
    return ", ".join(filter(None, (than, claim.source, claim.where, shape)))


def _cells(finding: Finding) -> list[str]:
    claim = finding.claim
    known = isinstance(finding.computed, (int, Fraction))
    return [
        claim.at.text if claim.at else "",
        QUANTITIES[claim.what].heading,
        _grouped(claim.printed.text),
        _grouped(finding.like_printed) if finding.verdict != FACT else "",
        _exact(finding.computed) if known and claim.number and (claim.number.scale != 1 or claim.than) else "",
        "" if finding.off is None else off_text(finding.off),
        verdict(finding),
    ]


def _grouped(text: str) -> str:
    """Put commas into a number of many digits: 60,965,224."""
    digits = text.replace("_", "").replace(",", "")
    return f"{int(digits):,}" if digits.isdecimal() and len(digits) > 4 else text.replace("_", ",")


def _exact(number: int | Fraction | str | None) -> str:
    return exact(number) if isinstance(number, int) else f"{float(number or 0):.4g}"


def off_text(off: float) -> str:
    """Write by how much a printed number is too large or too small: −71%, +4.9%, −0.3%."""
    percent, sign = 100 * abs(off), "−" if off < 0 else "+"
    if percent < 0.005:
        return "<0.01%"
    digits = 0 if percent >= 9.95 else 1 if percent >= 0.095 else 2
    return f"{sign}{percent:.{digits}f}%"


def verdict(finding: Finding) -> str:
    """Say in a word or two what the comparison comes to."""
    if finding.verdict == AGREES:
        return "STALE erratum" if finding.complaint else "agrees"
    if finding.verdict == FACT:
        return "not computed"
    return f"differs: {finding.erratum.kind}" if finding.erratum and finding.fine else "DIFFERS"


def _complaint(finding: Finding) -> str:
    claim = finding.claim
    what = f"{QUANTITIES[claim.what].heading} of {claim.at.text}" if claim.at else QUANTITIES[claim.what].heading
    return f"{claim.place}: {what}: {claim.printed.text} printed, {_computed(finding)}: {finding.complaint}"


def _computed(finding: Finding) -> str:
    computed = finding.computed
    if computed is None:
        return "not computed"
    return f"{computed if isinstance(computed, str) else _exact(computed)} computed"


def errata_of(findings: Sequence[Finding]) -> list[str]:
    """Say each erratum once, with the values it is about."""
    about: dict[int, tuple[Erratum, list[str]]] = {}
    for finding in findings:
        if finding.erratum:
            claim = finding.claim
            name = " ".join(filter(None, (claim.at.text if claim.at else "", QUANTITIES[claim.what].heading)))
            about.setdefault(id(finding.erratum), (finding.erratum, []))[1].append(name)
    return [f"{', '.join(dict.fromkeys(names))} ({erratum.kind}): {erratum.note}" for erratum, names in about.values()]


def sentence(checked: Sequence[Checked]) -> str:
    """Say how many values agree, differ and are not computed."""
    findings = [finding for one in checked for finding in one.findings]
    agree = sum(f.verdict == AGREES for f in findings)
    facts = sum(f.verdict == FACT for f in findings)
    recorded = sum(f.verdict not in (AGREES, FACT) and f.fine for f in findings)
    open_ = sum(not f.fine for f in findings)
    of = f" of {len(checked)} networks" if len(checked) > 1 else ""
    printed = f"{len(findings):,} printed value{'' if len(findings) == 1 else 's'}{of}"
    parts = [f"{printed}: {agree:,} agree{'s' if agree == 1 else ''}"]
    parts += [f"{recorded:,} differ{'s' if recorded == 1 else ''} with an erratum"] if recorded else []
    parts += [f"{facts:,} not computed"] if facts else []
    parts += [f"{open_:,} not in order"] if open_ else []
    return ", ".join(parts)


def _overview(checked: Sequence[Checked]) -> Table:
    numbers = (Column(text, right=True) for text in ("values", "agree", "errata", "facts"))
    rows = []
    for one in checked:
        agree = sum(f.verdict == AGREES for f in one.findings)
        facts = sum(f.verdict == FACT for f in one.findings)
        errata = sum(f.erratum is not None for f in one.findings)
        cells = [one.name, *map(str, (len(one.findings), agree, errata, facts)), "" if one.fine else "✗"]
        rows.append(Row(cells, styles={i: DIM for i, cell in enumerate(cells) if cell == "0"}))
    notes = [
        Note("", f"{one.name}: {_complaint(finding)}", RED, whole=True)
        for one in checked
        for finding in one.findings
        if not finding.fine
    ]
    columns = (Column("network", style=CYAN), *numbers, Column("", style=RED))
    return Table(columns=columns, rows=rows, notes=notes)


def values(checked: Sequence[Checked]) -> Data:
    """Return a row a printed value, with what was computed and what is said of it."""
    rows = [_as_dict(one.name, finding) for one in checked for finding in one.findings]
    return VALUES, [[*row.values()] for row in rows]


def document(checked: Sequence[Checked]) -> Published:
    """Return every value with what was computed and what is said of it."""
    from cnncalc.documents.published import Published
    from cnncalc.documents.writer import VERSION

    rows = [_as_dict(one.name, finding) for one in checked for finding in one.findings]
    head = {"version": VERSION, "cnncalc": cnncalc.__version__, "fine": all(one.fine for one in checked)}
    return Published.model_validate({**head, "values": rows})


def _as_dict(name: str, finding: Finding) -> dict[str, Any]:
    claim, computed = finding.claim, finding.computed
    return {
        "network": name,
        "at": claim.at.text if claim.at else None,
        "what": claim.what,
        "printed": claim.printed.text,
        "computed": float(computed) if isinstance(computed, Fraction) else computed,
        "as_printed": finding.like_printed or None,
        "verdict": finding.verdict,
        "off": finding.off,
        "kind": finding.erratum.kind if finding.erratum else None,
        "note": finding.erratum.note if finding.erratum else None,
        "complaint": finding.complaint or None,
        "where": claim.where,
        "source": claim.source or None,
        "input": claim.input.text if claim.input else None,
        "than": claim.than.text if claim.than else None,
        "place": str(claim.place),
    }
