"""Broken specs with what is printed about them, whole: golden files that `pytest --update` writes anew.

A file of tests/golden/problems holds sections: a title behind `===`, options as the command line has them behind
`---`, the spec, and after `~~~` what is printed. A spec that begins with `$` is what the command line names.
"""

from __future__ import annotations

import pickle
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cnncalc
from cnncalc.problem import NoAnswer, Problem, Problems

FOLDER = Path(__file__).parent / "golden" / "problems"
TOPICS = sorted(path.name for path in FOLDER.glob("*.txt"))
SECTION = re.compile(
    r"^=== (?P<title>.*?)(?: --- (?P<options>.*))?\n(?P<spec>(?:.*\n)*?)~~~\n(?P<said>(?:(?!=== ).*\n)*)", re.M
)


def sections(topic: str) -> Iterator[re.Match[str]]:
    yield from SECTION.finditer((FOLDER / topic).read_text("utf-8"))


def problems(spec: str, options: str) -> list[Problem]:
    """Load a spec, or what `$` says, in the current folder; return its problems."""
    given = {"input": None, "settings": {}}
    words = iter(shlex.split(options))
    for option in words:
        if option == "--input":
            given["input"] = next(words)
        else:
            assert option == "--set"
            name, _, value = next(words).partition("=")
            given["settings"][name] = value
    what = spec[1:].strip() if spec.startswith("$") else "net.cnn.yaml"
    Path("net.cnn.yaml").write_text(spec, "utf-8")
    try:
        cnncalc.load(what, **given)
    except Problems as found:
        return found.problems
    return []


def printed(section: re.Match[str]) -> str:
    """Return the section with what is printed now."""
    said = "".join(f"{problem}\n" for problem in problems(section["spec"], section["options"] or ""))
    options = f" --- {section['options']}" if section["options"] else ""
    return f"=== {section['title']}{options}\n{section['spec']}~~~\n{said}\n"


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_printed(
    topic: str, golden: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    golden(f"problems/{topic}", "".join(map(printed, sections(topic))))


ALL = [pytest.param(section, id=section["title"]) for topic in TOPICS for section in sections(topic)]


def test_there_are_many() -> None:
    assert len(ALL) >= 150
    titles = [parameter.id for parameter in ALL]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("section", ALL)
def test_each_is_one_line_in_plain_words(
    section: re.Match[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = problems(section["spec"], section["options"] or "")
    assert found
    for problem in found:
        for text in (problem.message, problem.hint or "x"):
            assert "\n" not in text
            assert not text.endswith(".")
            assert not re.search(
                r"\b(None|True|False|int|str|tuple|list|dict|NoneType|Fraction|Error)\(|<class|\bobject at", text
            )
        assert re.match(r"[^A-Z]|[A-Z]\w*\b", problem.message)
        if problem.place and problem.place.source.name == "net.cnn.yaml":
            line = section["spec"].splitlines()[problem.place.line - 1]
            assert 1 <= problem.place.column <= len(line) + 1


def test_problems_go_from_process_to_process() -> None:
    told = NoAnswer([Problem("E112", "too large", None, "narrow the grid")])
    again = pickle.loads(pickle.dumps(told))
    assert type(again) is NoAnswer
    assert [*map(str, again)] == ["E112 limit: too large\n  help: narrow the grid"]
