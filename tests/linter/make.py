"""What tests of the linter share: linting a text, and one with a little of everything."""

from __future__ import annotations

from textwrap import dedent

from cnncalc.linter.runner import Checked, check
from cnncalc.linter.settings import Settings
from cnncalc.problem import Source

NAME = "net.cnn.yaml"

MIXED = """\
name: mixed
input: 224x224x3
vars: {w: 64}
variants:
  small: {}
  large: {w: 128}
blocks:
  unit out: conv out 3x3 pad=1 -> batchnorm -> relu
layers:
  - stem: conv w 11x11 stride=4 -> identity -> relu   # cnncalc: ignore[W409, E203]
  - 3 * unit w
  - if: w == 128
    then: conv w 1x1 pad=1 -> relu
  - pool: maxpool 3x3 stride=2 -> flatten -> linear 10
"""
"""A warning inside a block, a safe and an unsafe fix, unused suppressions, a finding of one variant alone."""

BROKEN = """\
input: 32x32x6
layers:
  - conv 12 3x3 groups=4 -> relu
"""


def lint(text: str, settings: Settings | None = None, input: str | None = None) -> Checked:
    """Lint a text."""
    return check(Source(NAME, dedent(text)), (settings or Settings()).selection(NAME), input)


def codes(text: str, settings: Settings | None = None) -> list[tuple[int, str]]:
    """Return the line and the code of every finding."""
    return [(finding.place.line, finding.code) for finding in lint(text, settings).findings]


def headlines(text: str) -> list[str]:
    return [finding.headline() for finding in lint(text).findings]
