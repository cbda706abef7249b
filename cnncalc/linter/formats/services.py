"""Findings as GitHub, GitLab and whoever reads JUnit's XML take them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from cnncalc.documents.writer import json_text
from cnncalc.linter.finding import Finding
from cnncalc.linter.formats.data import absolute, relative

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_GRAVITY = {"error": "major", "warning": "minor", "note": "info"}


def github(findings: Sequence[Finding]) -> str:
    """Write workflow commands, https://docs.github.com/actions, "Workflow commands": `::error file=…,line=…::text`."""
    return "\n".join(map(_command, findings))


def _command(finding: Finding) -> str:
    place = finding.place
    properties = {
        "title": f"cnncalc ({finding.code})",
        "file": absolute(place.source.name),
        "line": place.line,
        "col": place.column,
        "endLine": place.line,
        "endColumn": finding.end_column,
    }
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    message = f"{relative(place.source.name)}:{place.line}:{place.column}: {finding.code} {finding.text}"
    if finding.hint:
        message += f"\nhelp: {finding.hint}"
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def gitlab(findings: Sequence[Finding]) -> str:
    """Write a Code Quality report, https://docs.gitlab.com/ci/testing/code_quality, paths from the project on."""
    root = os.environ.get("CI_PROJECT_DIR", "")
    entries, seen = [], set()
    for finding in findings:
        place, path = finding.place, relative(finding.place.source.name, root)
        turn = 0
        while (mark := _fingerprint(finding, path, turn)) in seen:
            turn += 1
        seen.add(mark)
        begin = {"line": place.line, "column": place.column}
        end = {"line": place.line, "column": finding.end_column}
        entries.append(
            {
                "check_name": finding.code,
                "description": f"{finding.code} {finding.name}: {finding.text}",
                "severity": _GRAVITY[finding.severity],
                "fingerprint": mark,
                "location": {"path": path, "positions": {"begin": begin, "end": end}},
            }
        )
    return json_text(entries)


def _fingerprint(finding: Finding, path: str, turn: int) -> str:
    """Return what a finding keeps when lines above it come or go."""
    line = finding.place.source.line(finding.place.line).strip()
    return sha256("\0".join((path, finding.code, line, finding.message, str(turn))).encode()).hexdigest()


def junit(findings: Sequence[Finding]) -> str:
    """Write JUnit's XML: a suite a file, a failed case a finding; one case that passes when there are no findings."""
    total = len(findings)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="cnncalc" tests="{max(total, 1)}" failures="{total}" errors="0">')
    if not findings:
        lines.append(
            '  <testsuite name="cnncalc" tests="1" disabled="0" errors="0" failures="0" package="org.cnncalc">'
        )
        lines.append('    <testcase name="no findings" classname="cnncalc"/>')
        lines.append("  </testsuite>")
    for name, group in groupby(findings, key=lambda finding: finding.place.source.name):
        cases = list(group)
        file = quoteattr(_clean(absolute(name)))
        size = f'tests="{len(cases)}" disabled="0" errors="0" failures="{len(cases)}"'
        lines.append(f'  <testsuite name={file} {size} package="org.cnncalc">')
        for finding in cases:
            line, column = finding.place.line, finding.place.column
            stem = quoteattr(_clean(absolute(name).removesuffix(".yaml").removesuffix(".yml").removesuffix(".cnn")))
            where = f'line="{line}" column="{column}"'
            lines.append(f'    <testcase name="org.cnncalc.{finding.code}" classname={stem} {where}>')
            text = f"line {line}, col {column}, {finding.text}"
            lines.append(f"      <failure message={quoteattr(_clean(finding.text))}>{escape(_clean(text))}</failure>")
            lines.append("    </testcase>")
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines)


def _clean(text: str) -> str:
    """Replace characters that XML cannot represent."""
    return "".join(c if c in "\t\n\r" or c.isprintable() else "?" for c in text)
