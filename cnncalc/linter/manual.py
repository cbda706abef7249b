"""The manual of the rules: each page as Markdown or as data, and all of them as a result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnncalc.linter.catalogue import NAMES
from cnncalc.linter.errors import ERRORS
from cnncalc.linter.finding import SEVERITIES
from cnncalc.linter.rule import Page, read_page
from cnncalc.linter.rules import RULES
from cnncalc.linter.settings import KNOWN, code_of
from cnncalc.problem import did_you_mean, quoted
from cnncalc.result import Result

FIXABLE_ERRORS = ("E103", "E105", "E108", "E109", "E111", "E205", "E206")
"""Errors that may have a fix; it changes the network."""

FAMILIES = {
    "E1": "Syntax and names: errors",
    "E2": "Shapes: errors",
    "W1": "Syntax and names",
    "W3": "Sizes and strides",
    "W4": "Design",
    "W5": "Memory and cost",
    "N6": "Notes, shown with `--fail-on note` or `--select N`",
}


INTRODUCTION = """# Rules

The rules of `cnncalc lint`. `cnncalc rule CODE` prints the page of one rule. This file is generated from the rules:
`cnncalc rule --all -o docs/rules.md`.

The first letter of a code is the severity: E errors make a run fail, W warnings make it fail with `--fail-on warning`,
N notes are shown on request and make a run fail only with `--fail-on note`."""

BY_CODE = {rule.code: rule for rule in RULES}


@dataclass(frozen=True, repr=False)
class Rules(Result):
    """Rules of the linter by their codes; each has a page. `rules()["W301"]` is one page as data."""

    codes: tuple[str, ...]
    page: bool = False  # of one rule: it prints as its page

    def __iter__(self) -> Iterator[str]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, code: str) -> dict[str, Any]:
        if code not in self.codes:
            raise KeyError(f"there is no {quoted(code)} among {', '.join(self.codes)}")
        return data(code)

    def __repr__(self) -> str:
        return f"<Rules: {self.codes[0] if self.page else f'{len(self.codes)} rules'}>"


def rules(code: str | None = None) -> Rules:
    """Return every rule of the linter, or the one of a code such as `W301` or a name such as `stride-remainder`.

    Raises KeyError for what is neither; it names the nearest ones.
    """
    if code is None:
        return Rules(tuple(NAMES))
    known = code_of(code if code in KNOWN else code.upper()) or code_of(code.lower())
    if known is None:
        hint = did_you_mean(code.upper(), KNOWN) or "`cnncalc rule` lists them"
        raise KeyError(f"there is no rule {quoted(code)}: {hint}")
    return Rules((known,), page=True)


def page_of(code: str) -> Page:
    """Return the page of a code."""
    rule = BY_CODE.get(code)
    return read_page(rule.page) if rule else ERRORS[code]


def fix_of(code: str) -> str:
    """Return `safe` or `unsafe` where some findings of a code have such a fix."""
    rule = BY_CODE.get(code)
    return rule.fix if rule else "unsafe" if code in FIXABLE_ERRORS else ""


def markdown(code: str, level: int = 1) -> str:
    """Return the manual page of a code."""
    page, name, fix = page_of(code), NAMES[code], fix_of(code)
    head = "#" * level
    severity = SEVERITIES[code[0]]
    parts = [f"{head} {name} ({code})", f"{severity.capitalize()}. {page.what}"]
    if fix:
        option = "`--fix`" if fix == "safe" else "`--fix --unsafe-fixes`"
        parts.append(f"Some findings can be fixed with {option}.")
    parts += [f"{head}# Why is this bad?", f"{page.why[:1].upper()}{page.why[1:]}"]
    parts += [f"{head}# Example", f"```yaml\n{page.bad}\n```", "Use instead:", f"```yaml\n{page.good}\n```"]
    parts += [f"{head}# Source", page.source]
    return "\n\n".join(parts)


def data(code: str) -> dict[str, Any]:
    """Return the page of a code as data."""
    page, fix, rule = page_of(code), fix_of(code), BY_CODE.get(code)
    return {
        "code": code,
        "name": NAMES[code],
        "severity": SEVERITIES[code[0]],
        "summary": page.what,
        "why": page.why,
        "bad": page.bad,
        "good": page.good,
        "source": page.source,
        "fix": fix or None,
        "default": (rule.default and rule.severity != "note") if rule else True,
        "explanation": markdown(code),
    }


def document() -> str:
    """Return docs/rules.md: every page, family by family."""
    index = []
    for beginning, title in FAMILIES.items():
        links = (
            f"[{code} {name}](#{name}-{code.lower()})" for code, name in NAMES.items() if code.startswith(beginning)
        )
        index.append(f"- {title}: {', '.join(links)}")
    return "\n\n".join([INTRODUCTION, "\n".join(index), *(markdown(code, 2) for code in NAMES)])
