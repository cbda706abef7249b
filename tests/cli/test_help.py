"""What every command says of itself fits a terminal; the documentation comes with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS
from tests.cli.conftest import Run

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS)])
def test_help_fits_the_screen(run: Run, words: tuple[str, ...]) -> None:
    lines = run(*words, "--help").stdout.splitlines()
    # An example is one line, to be copied as it stands.
    assert [line for line in lines if len(line) > 80 and not line.startswith("    cnncalc ")] == []


@pytest.mark.parametrize("page", sorted(path.stem for path in DOCS.glob("*.md")))
def test_docs_prints_a_page(run: Run, page: str) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    assert run("docs", page).stdout == run("docs", f"docs/{page}.md").stdout == text
    title = text.partition("\n")[0].removeprefix("# ")
    assert f"{page:10} {title}" in run("docs").stdout.splitlines()


def test_a_page_that_is_not_there(run: Run) -> None:
    result = run("docs", "langage")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "Error: there is no page 'langage': did you mean 'language'?"
    pages = "counting, editors, homework, json, language, layers, library, published, rules"
    assert run("docs", "x").stderr.splitlines()[-1] == f"Error: there is no page 'x': one of {pages}"
