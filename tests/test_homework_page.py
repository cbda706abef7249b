"""docs/homework.md: every file in it is written, every command run, and what is printed is what stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from cnncalc.cli import main
from cnncalc.documents.key import Conventions, Question
from cnncalc.homework.mistakes.catalogue import SLUGS
from cnncalc.homework.quantities import QUANTITIES

PAGE = Path(__file__).parent.parent / "docs" / "homework.md"
TEXT = PAGE.read_text("utf-8")
FENCE = re.compile(r"^```(?P<kind>\w+)(?: (?P<name>[^\n]+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def printed(command: str) -> str:
    program, *words = shlex.split(command)
    assert program in ("cnncalc", "cat")
    if program == "cat":
        return "".join(Path(word).read_text("utf-8") for word in words)
    return CliRunner().invoke(main, words, env={"COLUMNS": "100", "NO_COLOR": "1"}).output


def rerun(text: str) -> str:
    """Return the page with what its commands print now; files are written into the working folder on the way."""

    def again(match: re.Match[str]) -> str:
        if match["kind"] in ("yaml", "text", "csv"):
            assert match["name"], match["body"]
            path = Path(match["name"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(match["body"], "utf-8")
            return match[0]
        assert match["kind"] == "console"
        commands = [line[2:] for line in match["body"].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"$ {command}\n{printed(command)}" for command in commands) + "```"

    return FENCE.sub(again, text)


def test_its_outputs_are_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    now = rerun(TEXT)
    if request.config.getoption("--update"):
        PAGE.write_text(now, "utf-8")
    assert now == PAGE.read_text("utf-8")


def test_every_fence_is_run() -> None:
    assert TEXT.count("```") == 2 * len(FENCE.findall(TEXT))


def test_everything_that_can_be_said_is_explained() -> None:
    for word in {*Question.model_fields, *Conventions.model_fields, *QUANTITIES, *SLUGS}:
        assert f"`{word}`" in TEXT, word


def test_every_value_of_a_convention_is_named() -> None:
    section = TEXT.partition("### Conventions\n")[2].partition("\n#")[0]
    rows = dict(re.findall(r"^\| `(\w+)` +\| ([^|]*)\|", section, re.MULTILINE))
    for name, field in Conventions.model_fields.items():
        if field.annotation is int:
            assert rows[name].strip() == f"**{field.default}** and more"
            continue
        values = ("yes", "no") if field.annotation is bool else get_args(field.annotation)
        assert {word.strip("* ") for word in rows[name].split(",")} == {str(value) for value in values}


def test_its_contents_lead_somewhere() -> None:
    titles = re.findall(r"^## (.*)$", FENCE.sub("", TEXT), re.MULTILINE)
    links = re.findall(r"^- \[(.*?)\]\(#(.*?)\)$", TEXT, re.MULTILINE)
    assert [title for title, _ in links] == titles
    assert [anchor for _, anchor in links] == [re.sub(r"[^\w ]", "", t).lower().replace(" ", "-") for t in titles]
