"""What every command says of itself fits a terminal; the documentation comes with the program."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS
from tests.cli.conftest import Run
from tests.effort import sampled

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS)])
def test_help_fits_the_screen(run: Run, words: tuple[str, ...]) -> None:
    lines = run(*words, "--help").stdout.splitlines()
    # An example is one line, to be copied as it stands.
    assert [line for line in lines if len(line) > 80 and not line.startswith("    cnncalc ")] == []


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(DOCS).as_posix()[:-3] for path in (*DOCS.glob("*.md"), *DOCS.glob("guides/*.md")))
)
def test_docs_prints_a_page(run: Run, page: str) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    page = page.removeprefix("guides/")
    assert run("docs", page).stdout == run("docs", f"docs/{page}.md").stdout == text
    title = text.partition("\n")[0].removeprefix("# ")
    assert f"{page:10} {title}" in run("docs").stdout.splitlines()


def test_a_page_that_is_not_there(run: Run) -> None:
    result = run("docs", "langage")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "Error: there is no page 'langage': did you mean 'language'?"
    pages = ", ".join(line[:10].strip() for line in run("docs").stdout.splitlines())
    assert run("docs", "x").stderr.splitlines()[-1] == f"Error: there is no page 'x': one of {pages}"


def test_lists_of_kinds_and_rules_are_tables(run: Run) -> None:
    assert run("layers", "--format", "csv").stdout.splitlines()[1].startswith("conv,Slide `out` learned windows")
    assert "| E101 | yaml |" in run("rule", "--format", "markdown").stdout
    wrong = run("layers", "conv", "--format", "html")
    said = "Error: --format html is for tables: a page is printed as markdown or json"
    assert (wrong.exit_code, wrong.stderr.splitlines()[-1]) == (2, said)


@pytest.mark.parametrize(
    "words", sampled([["docs", "counting"], ["rule", "W301"], ["layers", "conv"], ["layers"]], every=4)
)
def test_a_page_fits_the_terminal(words: list[str]) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    program = [sys.executable, "-c", "from cnncalc.cli import main; main()"]
    process = subprocess.Popen([*program, *words], stdout=theirs, env={**os.environ, "COLUMNS": "70"})
    os.close(theirs)
    printed = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
        while part := os.read(ours, 10_000):
            printed += part
    assert process.wait(timeout=60) == 0
    lines = re.sub(r"\x1b(\[[0-9;]*m|\]8;[^\x1b]*\x1b\\)", "", printed.decode()).splitlines()
    assert [line for line in lines if len(line) > 70 and not line.startswith("    ")] == []
    assert len(lines) > 10
