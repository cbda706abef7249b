"""Findings for people: with lines and carets, or one a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cnncalc.linter.finding import Finding
from cnncalc.problem import listed

MARK = "[*] "
"""Prefix of the message of a finding with a safe fix."""

_STYLES = (
    (re.compile(r"\b[E]\d{3} [\w-]+:"), "1;31"),
    (re.compile(r"\b[W]\d{3} [\w-]+:"), "1;33"),
    (re.compile(r"\b[N]\d{3} [\w-]+:"), "1;34"),
    (re.compile(r"^ +\^+$", re.MULTILINE), "1;31"),
    (re.compile(r"(?<=^  )help:", re.MULTILINE), "36"),
)


def full(findings: Sequence[Finding]) -> str:
    return "\n\n".join("\n".join(finding.lines(mark(finding))) for finding in findings)


def concise(findings: Sequence[Finding]) -> str:
    return "\n".join(finding.headline(mark(finding)) for finding in findings)


def mark(finding: Finding) -> str:
    return MARK if finding.fix and finding.fix.safe else ""


def coloured(text: str) -> str:
    for pattern, style in _STYLES:
        text = pattern.sub(f"\x1b[{style}m\\g<0>\x1b[0m", text)
    return text


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def summary(findings: Sequence[Finding], files: int, suppressed: int) -> str:
    """Return the number of findings, of fixable ones, and of errors suppressed by comments."""
    by = Counter(finding.severity for finding in findings)
    kinds = [count(by[kind], kind) for kind in ("error", "warning", "note") if by[kind]]
    lines = [f"found {listed(kinds)} in {count(files, 'file')}" if kinds else f"no findings in {count(files, 'file')}"]
    safe = sum(bool(finding.fix and finding.fix.safe) for finding in findings)
    unsafe = sum(bool(finding.fix and not finding.fix.safe) for finding in findings)
    if safe:
        lines.append(f"{MARK}{count(safe, 'finding')} fixable with --fix")
    if unsafe:
        more = " more" if safe else ""
        lines.append(f"{unsafe}{more} fixable with --fix --unsafe-fixes, which changes the network")
    if suppressed:
        lines.append(f"{count(suppressed, 'error')} suppressed by comments")
    return "\n".join(lines)


def statistics(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Count the findings of each code, the most frequent first."""
    counts = Counter(finding.code for finding in findings)
    names = {finding.code: finding.name for finding in findings}
    fixable = {finding.code for finding in findings if finding.fix and finding.fix.safe}
    return [
        {"code": code, "name": names[code], "count": number, "fixable": code in fixable}
        for code, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def statistics_text(findings: Sequence[Finding]) -> str:
    rows = statistics(findings)
    width = max((len(str(row["count"])) for row in rows), default=0)
    return "\n".join(
        f"{row['count']!s:>{width}}  {row['code']}  {'[*]' if row['fixable'] else '[ ]'} {row['name']}" for row in rows
    )
