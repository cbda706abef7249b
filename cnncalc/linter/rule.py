"""What a rule is: a code, a name, a function that yields hits, and a manual page, the docstring of its file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cnncalc.linter.finding import SEVERITIES, Fix
from cnncalc.linter.mentions import Text
from cnncalc.linter.view import View
from cnncalc.network.network import Node
from cnncalc.problem import Place


class Hit(NamedTuple):
    """A match of a rule, at a layer or at a location in the text.

    At a layer, `field` names the argument to point at, where the step gives it.
    """

    where: Node | Place
    message: str
    hint: str | None = None
    fix: Fix | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The manual page of a rule."""

    what: str
    why: str
    bad: str
    good: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule checks the text of a spec, or the network of each variant."""

    code: str
    name: str
    page: str  # a docstring
    text: Callable[[Text], Iterator[Hit]] | None = None
    network: Callable[[View], Iterator[Hit]] | None = None
    early: bool = False  # valid for an incomplete network, so it is reported even if the spec has errors
    fix: str = ""  # "safe" or "unsafe" where some findings have such a fix
    default: bool = True

    @property
    def severity(self) -> str:
        return SEVERITIES[self.code[0]]


_SECTION = re.compile(r"^(Why|Bad|Good|Source):[ \t]*", re.MULTILINE)


def read_page(docstring: str) -> Page:
    """Split a docstring into its sections; the text before the first section says what the rule reports."""
    parts = _SECTION.split(docstring)
    sections = dict(zip(parts[1::2], (part.strip("\n") for part in parts[2::2]), strict=True))
    why, source = (" ".join(sections.get(name, "").split()) for name in ("Why", "Source"))
    bad, good = (_unindented(sections.get(name, "")) for name in ("Bad", "Good"))
    return Page(" ".join(parts[0].split()), why, bad, good, source)


def _unindented(text: str) -> str:
    lines = text.rstrip().splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:] for line in lines)
