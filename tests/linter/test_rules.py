"""Every rule against its case file and its page, and the library against all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnncalc.library import files
from cnncalc.linter.catalogue import ELSEWHERE, NAMES
from cnncalc.linter.errors import ERRORS
from cnncalc.linter.manual import document, fix_of, page_of
from cnncalc.linter.rules import RULES
from cnncalc.linter.runner import Checked, check, check_bytes
from cnncalc.linter.settings import Settings
from cnncalc.problem import CODES, Source
from tests.effort import sampled
from tests.linter.cases import FOLDER, Case, cases

ELSEWHERE_TESTED = {"E114", "W108"}
"""Files that cannot be read, and comments: tests of their own."""


def found(text: str, *select: str) -> Checked:
    return check(Source("net.cnn.yaml", text), Settings(select=select or None).selection("net.cnn.yaml"))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Case) -> None:
    findings = found(case.text, *case.select).findings
    assert sorted((f.place.line, f.place.column, f.code) for f in findings) == case.expected()


def test_messages_are_tidy() -> None:
    for case in cases():
        for finding in found(case.text, "ALL").findings:
            for words in (finding.message, finding.hint or "x"):
                assert "\n" not in words
                assert not words.endswith("."), (case.name, words)
                assert not re.match(r"[A-Z][a-z]", words), (case.name, words)
                assert not re.search(r"\bNone\b|<class|Traceback|object at", words), (case.name, words)
            assert finding.place.length >= 1
            line = case.text.splitlines()[finding.place.line - 1]
            assert finding.end_column <= len(line) + 1, (case.name, finding)


def test_every_rule_has_a_case_file() -> None:
    tested = {path.name[:4] for path in FOLDER.glob("*.cnn.yaml")}
    assert tested == set(NAMES) - ELSEWHERE_TESTED
    for path in FOLDER.glob("*.cnn.yaml"):
        code, _, name = path.name.removesuffix(".cnn.yaml").partition("-")
        assert name == NAMES[code]
        assert f"{code}@" in path.read_text("utf-8")


def test_codes_and_names() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert set(ERRORS) == {code for code in CODES if not code.startswith(ELSEWHERE)}
    codes = [rule.code for rule in RULES]
    assert codes == sorted(codes, key=lambda code: ("WN".index(code[0]), code))
    for rule in RULES:
        assert re.fullmatch(r"[WN]\d{3}", rule.code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)


def whole(fragment: str) -> str:
    """Make a spec of a page's example."""
    lines = fragment.splitlines()
    if lines[0].startswith("- "):
        fragment = "layers:\n" + "\n".join(f"  {line}" for line in lines)
    if re.match(r"unit ", fragment):
        fragment = f"blocks:\n  {fragment}\nlayers: unit 64"
    if not re.search(r"^inputs?:", fragment, re.MULTILINE):
        fragment = f"input: 64x64x64\n{fragment}"
    if not re.search(r"^layers?:", fragment, re.MULTILINE):
        fragment += "\nlayers: unit 64" if "blocks:" in fragment else "\nlayers: relu"
    return f"{fragment}\n"


@pytest.mark.parametrize("code", sorted(set(NAMES) - {"E110", "E114"}))
def test_the_examples_of_a_page_are_what_it_says(code: str) -> None:
    page = page_of(code)
    assert all((page.what, page.why, page.bad, page.good, page.source))
    select = ("ALL",) if code == "W108" else (code, "E")
    assert code in {finding.code for finding in found(whole(page.bad), *select).findings}
    good = {finding.code for finding in found(whole(page.good), *select).findings}
    assert code not in good
    assert not {other for other in good if other.startswith("E")}


def test_fixes_are_announced() -> None:
    fixable: dict[str, set[str]] = {}
    for case in cases():
        for finding in found(case.text, "ALL").findings:
            if finding.fix:
                fixable.setdefault(finding.code, set()).add(finding.fix.applicability)
    assert {code: {fix_of(code)} for code in fixable} == fixable
    assert {code for code in NAMES if fix_of(code)} == set(fixable) | {"W108"}


def test_the_document_is_up_to_date() -> None:
    written = Path(__file__).parents[2] / "docs" / "rules.md"
    assert written.read_text("utf-8") == f"{document()}\n", "cnncalc rule --all -o docs/rules.md"


@pytest.mark.parametrize("path", sampled(files(), every=12), ids=lambda path: path.name)
def test_the_library_is_clean(path: Path) -> None:
    settings = Settings(extend_select=("W410",))
    checked = check_bytes(path.read_bytes(), path.name, settings.selection(path.name))
    assert [finding.headline() for finding in checked.findings] == []


def test_suppressions_of_the_library_say_why() -> None:
    for path in files():
        for line in path.read_text("utf-8").splitlines():
            if "cnncalc: ignore" in line:
                assert re.search(r"# cnncalc: ignore\[[\w, ]+\] \S", line), f"{path.name}: {line.strip()}"
