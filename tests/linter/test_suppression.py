"""Comments that switch findings off, and those that switch off nothing."""

from __future__ import annotations

import pytest

from cnncalc.linter.settings import Settings
from tests.linter.make import codes, headlines, lint

SPEC = """\
input: 32x32x6
layers:
  - conv 8 3x3 pad=1 -> batchnorm -> relu{}
  - conv 8 1x1 pad=1 -> relu
"""


def test_on_the_line() -> None:
    assert codes(SPEC.format("   # cnncalc: ignore[W401] as the paper has it")) == [(4, "W309")]
    assert codes(SPEC.format("   # why: see below  # cnncalc: ignore[bias-before-norm]")) == [(4, "W309")]
    assert codes(SPEC.format("   #cnncalc:ignore[ W401 ,]")) == [(4, "W309")]
    assert codes(SPEC.format("   # cnncalc: ignore")) == [(4, "W309")]


def test_on_the_line_above() -> None:
    text = SPEC.format("\n  # cnncalc: ignore[W309]\n  # because")
    assert codes(text) == [(3, "W401")]
    # a comment behind something speaks of its own line alone
    assert codes(SPEC.format("  # cnncalc: ignore[W401, W309]")) == [(3, "W108"), (4, "W309")]


def test_above_a_chain_of_several_lines() -> None:
    text = """\
        input: 32x32x6
        layers:
          # cnncalc: ignore[W401, W309]
          - conv 8 3x3 pad=1
            -> batchnorm -> relu
            -> conv 8 1x1 pad=1 -> relu
        """
    assert codes(text) == []


def test_for_the_file_and_for_a_stretch() -> None:
    assert codes("# cnncalc: ignore-file[W401, W309]\n" + SPEC.format("")) == []
    assert codes("# cnncalc: ignore-file\n" + SPEC.format("")) == []
    text = "# cnncalc: disable[W309]\n" + SPEC.format("\n  # cnncalc: enable[W309]")
    assert codes(text) == [(1, "W108"), (4, "W401"), (6, "W309")]
    assert codes("# cnncalc: disable[W309]\n" + SPEC.format("")) == [(4, "W401")]


def test_errors_are_switched_off_by_name_only() -> None:
    text = SPEC.replace("3x3 pad=1", "3x3 groups=4")
    assert codes(text.format("  # cnncalc: ignore")) == [(3, "E203"), (4, "W309")]
    checked = lint(text.format("  # cnncalc: ignore[E203]"))
    assert [finding.code for finding in checked.findings] == ["W401", "W309"]
    assert checked.suppressed_errors == 1
    assert codes("# cnncalc: ignore-file[E101]\ninput: 8\nlayers: [\n") == [(3, "E101")]


def test_in_quotes_it_is_no_comment() -> None:
    assert codes("notes: 'see # cnncalc: ignore-file'\n" + SPEC.format("")) == [(4, "W401"), (5, "W309")]


@pytest.mark.parametrize(
    ("comment", "headline"),
    [
        ("ignore[W301]", "net.cnn.yaml:3:61: W108 unused-suppression: W301 has no finding here"),
        ("ignore[W999]", "net.cnn.yaml:3:61: W108 unused-suppression: there is no rule 'W999'"),
        ("ignore[E101]", "net.cnn.yaml:3:61: W108 unused-suppression: errors of this kind cannot be suppressed"),
    ],
)
def test_unused(comment: str, headline: str) -> None:
    text = SPEC.format(f" # cnncalc: {comment}")
    assert headline in headlines(text)


def test_unused_without_brackets() -> None:
    text = SPEC.format("") + "  - relu   # cnncalc: ignore\n"
    text = text.replace("pad=1 -> relu\n  - relu", "pad=1\n  - relu")
    assert "net.cnn.yaml:5:12: W108 unused-suppression: this comment suppresses nothing" in headlines(text)


def test_what_is_not_looked_for_is_not_called_unused() -> None:
    text = SPEC.format("  # cnncalc: ignore[N603, W301]")
    assert [c for _, c in codes(text, Settings(select=("W108", "W401")))] == ["W401"]
    # with an error in the text, nobody knows what the rules would find
    text = SPEC.format("") + "  - rleu  # cnncalc: ignore[W301]\n"
    assert codes(text) == [(3, "W401"), (4, "W309"), (5, "E108")]
