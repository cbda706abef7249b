"""Output formats of findings: for people, editors and CI services."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncalc.linter.finding import Finding
from cnncalc.linter.formats import data, services, text

Format = Callable[[Sequence[Finding]], str]

FORMATS: dict[str, Format] = {
    "full": text.full,
    "concise": text.concise,
    "json": data.json_text,
    "github": services.github,
    "gitlab": services.gitlab,
    "sarif": data.sarif,
    "junit": services.junit,
}
"""Every format; `full` and `concise` leave the counts to the command."""
