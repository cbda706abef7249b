"""Findings as an editor has them: diagnostics, and fixes as actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from lsprotocol.types import (
    CodeAction,
    CodeActionKind,
    Diagnostic,
    DiagnosticSeverity,
    DiagnosticTag,
    Range,
    TextEdit,
    WorkspaceEdit,
)

from cnncalc.linter.catalogue import NAMES
from cnncalc.linter.finding import Finding
from cnncalc.server.lines import Lines

SEVERITIES = {
    "error": DiagnosticSeverity.Error,
    "warning": DiagnosticSeverity.Warning,
    "note": DiagnosticSeverity.Information,
}

Edits = tuple[tuple[int, int, int, int, str], ...]


class Told(NamedTuple):
    """One finding: lines and columns count from 1, `end` is the column behind it."""

    code: str
    severity: str
    message: str
    line: int
    column: int
    end: int
    fix: str = ""  # what the fix does; empty when there is none
    safe: bool = False
    edits: Edits = ()


def of_finding(finding: Finding) -> Told:
    """Return a finding of this process."""
    calls = [*finding.calls, *([f"and {finding.more} more calls"] if finding.more else [])]
    message = _message(finding.text, calls, finding.hint)
    return Told(finding.code, finding.severity, message, *finding.place[1:3], finding.end_column)


def of_data(data: dict[str, Any]) -> Told:
    """Return a finding as `cnncalc lint --format json` prints it."""
    calls = [*data["calls"], *([f"and {data['more_calls']} more calls"] if data["more_calls"] else [])]
    place, end, fix = data["location"], data["end_location"], data["fix"] or {}
    return Told(
        data["code"],
        data["severity"],
        _message(data["message"], calls, data["help"]),
        place["row"],
        place["column"],
        end["column"],
        fix.get("message", ""),
        fix.get("applicability") == "safe",
        tuple(
            (*_pair(edit["location"]), *_pair(edit["end_location"]), edit["content"]) for edit in fix.get("edits", ())
        ),
    )


def _pair(location: dict[str, int]) -> tuple[int, int]:
    return location["row"], location["column"]


def _message(text: str, calls: list[str], hint: str | None) -> str:
    return "\n".join((text, *calls, *([f"help: {hint}"] if hint else [])))


def diagnostic(told: Told, lines: Lines) -> Diagnostic:
    """Return a finding as a diagnostic."""
    return Diagnostic(
        range=lines.span(lines.at(told.line, told.column), lines.at(told.line, told.end)),
        message=told.message,
        severity=SEVERITIES[told.severity],
        code=told.code,
        source="cnncalc",
        tags=[DiagnosticTag.Unnecessary] if NAMES[told.code].startswith("unused") else None,
    )


def actions(found: Iterable[Told], lines: Lines, uri: str, within: Range) -> list[CodeAction]:
    """Return the fixes of findings on some lines; a safe one is preferred."""
    wanted = []
    for told in found:
        if not told.edits or not within.start.line <= told.line - 1 <= within.end.line:
            continue
        edits = [TextEdit(lines.span(lines.at(*edit[:2]), lines.at(*edit[2:4])), edit[4]) for edit in told.edits]
        wanted.append(
            CodeAction(
                title=f"{told.fix} ({told.code}{'' if told.safe else ', changes the network'})",
                kind=CodeActionKind.QuickFix,
                diagnostics=[diagnostic(told, lines)],
                is_preferred=told.safe,
                edit=WorkspaceEdit(changes={uri: edits}),
            )
        )
    return wanted


def moved(found: Iterable[Told], before: str, after: str) -> list[Told]:
    """Return warnings of a text that still hold for another: those on lines that are unchanged, where they are now."""
    old, new = before.split("\n"), after.split("\n")
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != new[-1 - i]), most - head)
    kept = []
    for told in found:
        if told.severity == "error":
            continue
        if told.line <= head:
            kept.append(told._replace(edits=()))
        elif told.line > len(old) - tail:
            kept.append(told._replace(line=told.line + len(new) - len(old), edits=()))
    return kept
