"""Specs with several problems each, every one expected on its own line: `# E203@31 message & E104@5`.

The code and the column must be right, the message where there is one; none may be missing, and none be more.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cnncalc
from cnncalc.problem import Problems

CASES = sorted((Path(__file__).parent / "cases").glob("*.cnn.yaml"))
EXPECTED = re.compile(r" # (E\d{3}@\d+.*)$")
ONE = re.compile(r"(E\d{3})@(\d+)(?: (.*))?")


def expected(text: str) -> list[tuple[int, str, int, str | None]]:
    """Return line, code, column and message of every problem that a spec's comments announce."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        comment = EXPECTED.search(line)
        for part in comment.group(1).split(" & ") if comment else ():
            one = ONE.fullmatch(part.strip())
            assert one, f"line {number}: {part}"
            found.append((number, one.group(1), int(one.group(2)), one.group(3)))
    return sorted(found, key=lambda problem: problem[:3])


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name.removesuffix(".cnn.yaml"))
def test_each_problem_stands_where_it_is_expected(case: Path) -> None:
    announced = expected(case.read_text("utf-8"))
    assert announced
    with pytest.raises(Problems) as raised:
        cnncalc.load(str(case))
    problems = [(p.place.line, p.code, p.place.column, p.message) for p in raised.value if p.place]
    assert len(problems) == len(raised.value.problems)
    found = sorted(problems, key=lambda problem: problem[:3])
    assert [p[:3] for p in found] == [a[:3] for a in announced], "\n".join(map(str, raised.value))
    for problem, announcement in zip(found, announced, strict=True):
        if announcement[3] is not None:
            assert problem[3] == announcement[3]
