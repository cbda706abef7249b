"""The review list of `cnncalc grade`, and decisions: what is listed, applied and refused, and that nothing is lost."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cnncalc
from cnncalc.grading.grade import Graded, grade
from cnncalc.problem import Source
from cnncalc.spec.text import read
from tests.cli.conftest import Run
from tests.effort import sampled

KEY = """title: Homework
questions:
  - {id: 1, network: 63x63x16 -> conv 32 7x7 stride=2, ask: output, points: 2}
  - {id: 2, network: 300x300x3 -> conv 100 5x5, ask: params, credit: {no-bias: 0.5}}
  - {id: 3, network: 28x28x6 -> conv 16 5x5 pad=2, ask: macs, accept: [{rounding: yes}]}
"""

ANSWERS = {
    "ann.txt": "1: 29x29x32\n2: 7500\n3: 1.9M\n",
    "bob.txt": "1: (32, 29, 29)\n2: 7500\n3: 1,881,600\n",
    "cem.txt": "1: (32, 29, 29)\n2: plenty\n3: 12345\n",
    "dan.txt": "1: 29x29x32\n2: Plenty\n3: 12,345\nhow nice\n",
    "eve.txt": "1: 29x29x32\n2: 7600\n3: 1\n",
    "eve.md": "1: 29x29x32\n2: 7500\n",
    "fay.txt": "Name: ann\n1: 29x29x32\n2: 7600\n",
    "gus.txt": "\0",
}


@pytest.fixture(autouse=True)
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw.key.yaml").write_text(KEY)
    (tmp_path / "in").mkdir()
    for name, text in ANSWERS.items():
        (tmp_path / "in" / name).write_text(text)
    return tmp_path


def marked(out: str = "out", **options: str) -> Graded:
    return grade(["in"], "hw.key.yaml", out=out, **options)


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def grades() -> dict[str, dict[str, str]]:
    return {row["file"]: row for row in rows("out/grades.csv")}


def decide(decisions: dict[str, str], file: str = "out/review.yaml") -> None:
    """Fill in decisions, each by the answer or the file that it is about."""
    text = Path(file).read_text().replace("\nby:\n", "\nby: Ann\n")
    for about, decision in decisions.items():
        before, quoted, after = text.partition(f': "{about}"\n')
        assert quoted
        text = f"{before}{quoted}{after.replace('decision:', f'decision: {decision}', 1)}"
    Path(file).write_text(text)


def tree(folder: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()
    }


def test_everything_to_look_at_is_listed_the_largest_group_first() -> None:
    found = marked()
    assert [(item.count, item.why, item.question, item.answer or item.file) for item in found.review.items] == [
        (2, "not understood", "2", "plenty"),
        (2, "wrong, no mistake named", "3", "12345"),
        (2, "right, with a note", "1", "(32, 29, 29)"),
        (2, "equal wrong answers", "2", "7500"),
        (1, "whose it is", "", "in/eve.md"),
        (1, "whose it is", "", "in/eve.txt"),
        (1, "whose it is", "", "in/fay.txt"),
        (1, "right under another convention", "3", "1.9M"),
        (1, "not read", "", "in/gus.txt"),
        (1, "note on the file", "", "in/dan.txt"),
    ]
    assert [item.students for item in found.review.items[:4]] == [
        ("cem", "dan"), ("cem", "dan"), ("bob", "cem"), ("ann", "bob"),
    ]  # fmt: skip
    said = {item.file or item.answer: item.said for item in found.review.items}
    assert said["1.9M"] == "right under the convention rounding: yes"
    assert said["in/dan.txt"] == "line 4 not read"
    assert said["in/fay.txt"] == "it says that it is by 'ann', and was handed in as 'fay'"


def test_the_list_is_a_table_a_page_a_sheet_and_a_document(run: Run) -> None:
    result = run("grade", "hw.key.yaml", "in", "-o", "out", "--format", "json")
    listed = json.loads(result.stdout)["review"]
    sheet = rows("out/review.csv")
    assert [(row["count"], row["digest"]) for row in sheet] == [(str(row["count"]), row["digest"]) for row in listed]
    assert listed[0] == {
        "why": "not understood", "count": 2, "students": ["cem", "dan"], "question": "2", "answer": "plenty",
        "right": "7,600", "score": 0.0, "points": 1.0,
        "said": "not understood: 'plenty' is no number: write it as 1234, 1,234, 1.2K or 2*(3+4)", "file": "",
        "digest": listed[0]["digest"],
    }  # fmt: skip
    for page in ("review.md", "review.html", "summary.md", "summary.html"):
        text = Path("out", page).read_text()
        assert "To review: 9 answers in 5 groups, 5 remarks on submissions" in text
        assert listed[0]["digest"] in text
    answers = [row for row in rows("out/answers.csv") if row["digest"] == listed[0]["digest"]]
    assert [row["student"] for row in answers] == ["cem", "dan"]


def test_the_file_to_fill_in_is_short_and_says_how() -> None:
    marked()
    head, _, body = Path("out/review.yaml").read_text().partition("decisions:\n")
    assert (
        re.sub("[0-9a-f]{12}", "…", head)
        == """# Decisions for Homework, as written by cnncalc: …
#
# Fill in `decision:` and run cnncalc grade again. An entry without a decision stays as it was marked.
#
#   decision: accept     all points of the question
#             refuse     no points
#             0.5        so many points
#   students: all        all with this answer; or some of them, as in [ann, bob]
#   reason:              why; the students see it
#   by:                  who decides: here for all, or in an entry
#
# Of a file, the decision is accept, which takes it as it was handed in, the name of another student whose it is, or
# nobody, which leaves it out.
# What you write stays as it is: what comes up later is added at the end.
version: 1
key: "…"
by:
"""
    )
    assert re.sub("[0-9a-f]{12}", "…", body).startswith("""\
  # 2 answers: not understood, 0 of 1 point; right is 7,600
  # cem, dan
  # not understood: 'plenty' is no number: write it as 1234, 1,234, 1.2K or 2*(3+4)
  - question: "2"
    answer: "plenty"
    digest: "…"
    students: all
    decision:
    reason:
""")
    assert body.count("- question:") == 5
    assert body.count("- file:") == 3
    before = tree("out")
    marked()
    assert tree("out") == before


def test_decisions_change_the_marks_and_say_whose_they_are(run: Run) -> None:
    marked()
    decide({"plenty": "0.25", "(32, 29, 29)": "refuse", "in/eve.md": "eve", "in/fay.txt": "nobody", "12345": "1"})
    found = marked()
    assert not found.unused
    got = grades()
    assert {file: (row["1"], row["2"], row["3"], row["by"]) for file, row in got.items()} == {
        "in/ann.txt": ("2", "0.5", "1", ""),
        "in/bob.txt": ("0", "0.5", "1", "Ann"),
        "in/cem.txt": ("0", "0.25", "1", "Ann"),
        "in/dan.txt": ("2", "0.25", "1", "Ann"),
        "in/eve.md": ("2", "0.5", "0", ""),
        "in/eve.txt": ("", "", "", ""),
        "in/fay.txt": ("2", "1", "0", ""),
        "in/gus.txt": ("", "", "", ""),
    }
    assert got["in/eve.txt"]["status"] == "superseded: in/eve.md is the one that counts, as a person has decided"
    assert (got["in/eve.md"]["status"], got["in/eve.md"]["notes"]) == ("marked", "decided to be 'eve''s by Ann")
    assert got["in/fay.txt"]["status"] == "left out: decided to be left out by Ann"
    feedback = Path("out/feedback/cem.md").read_text()
    assert "0 of 2 points, decided by Ann." in feedback
    assert "1 of 1 point, decided by Ann." in feedback
    assert "0.25 of 1 point, decided by Ann. You wrote plenty, which is not understood" in feedback
    assert {item.answer or item.file for item in found.review.items} == {"7500", "1.9M", "in/gus.txt", "in/dan.txt"}
    again = tree("out")
    marked()
    assert tree("out") == again
    whole = Path("out/review.md").read_text()
    assert "| 0.25 | 2 | plenty | 2 | Ann |" in whole


def test_one_answer_of_a_group_is_decided_by_itself() -> None:
    marked()
    decide({"plenty": "refuse"})
    text = Path("out/review.yaml").read_text()
    digest = re.search(r'answer: "plenty"\n    digest: "(\w+)"', text)
    assert digest
    one = f"  - {{question: 2, digest: {digest[1]}, students: [Dan], decision: 0.5, by: Bo, reason: said in class}}\n"
    Path("out/review.yaml").write_text(text + one)
    marked()
    assert (grades()["in/cem.txt"]["2"], grades()["in/dan.txt"]["2"]) == ("0", "0.5")
    of_dan = next(row for row in rows("out/answers.csv") if row["student"] == "dan" and row["part"] == "2")
    assert (of_dan["by"], of_dan["reason"], of_dan["digest"]) == ("Bo", "said in class", digest[1])
    assert of_dan["feedback"].startswith("0.5 of 1 point, decided by Bo: said in class. You wrote Plenty")


def test_a_changed_answer_is_listed_again(run: Run) -> None:
    marked()
    decide({"plenty": "accept", "in/eve.md": "eve", "12345": "1"})
    Path("in/cem.txt").write_text("2: a lot\n3: 12345\n")
    Path("in/dan.txt").write_text("3: 12345\n")
    Path("in/eve.md").write_text("1: 29x29x32\n2: 7\n")
    before = Path("out/review.yaml").read_text()
    result = run("grade", "hw.key.yaml", "in", "-o", "out")
    assert result.exit_code == 1
    digests = re.findall(r'digest: "(\w+)"', before)
    assert result.stderr.splitlines()[0::4][0].partition(" H706 ")[2] == (
        f"decision: no answer to 2 has the digest {digests[0]}"
    )
    assert f"H706 decision: no submission 'in/eve.md' has the digest {digests[4]}" in result.stderr
    assert "help: it is gone or was changed: what is open is listed again" in result.stderr
    assert grades()["in/cem.txt"]["2"] == "0"
    assert grades()["in/cem.txt"]["3"] == "1"
    after = Path("out/review.yaml").read_text()
    assert after.startswith(before)
    new = after.removeprefix(before)
    assert re.findall(r'(?:answer|file): "(.*)"', new) == ["in/eve.md", "a lot"]


def test_comments_order_and_words_of_the_person_stay() -> None:
    marked(review="mine.yaml")
    decide({"plenty": "accept"}, "mine.yaml")
    text = Path("mine.yaml").read_text().replace("version: 1\n", "# my own words\n")
    Path("mine.yaml").write_text(text)
    marked(review="mine.yaml")
    assert Path("mine.yaml").read_text() == text
    Path("in/zoe.txt").write_text("2: heaps\n")
    marked(review="mine.yaml")
    added = Path("mine.yaml").read_text()
    assert added.startswith(text)
    assert '    answer: "heaps"\n' in added.removeprefix(text)
    assert not Path("out/review.yaml").exists()


def test_an_untouched_file_is_written_anew() -> None:
    marked()
    for name in ("cem.txt", "dan.txt"):
        Path("in", name).unlink()
    marked()
    marked("anew")
    assert tree("out") == tree("anew")


def entries(*said: str, top: str = "") -> str:
    return f"by: Ann\n{top}decisions:\n" + "".join(f"  - {{{one}}}\n" for one in said)


D = "digest: 0123456789ab"
POINTS = "decision is accept, refuse or points from 0 to"
BAD = [
    (entries(f"question: 2, {D}, decision: 1.5"), f"E105 value: {POINTS} 1, not '1.5'"),
    (entries(f"question: 2, {D}, decision: -1"), f"E105 value: {POINTS} 1, not '-1'"),
    (entries(f"question: 1, {D}, decision: fine"), f"E105 value: {POINTS} 2, not 'fine'"),
    (entries(f"question: 9, {D}, decision: accept"), "E105 value: the key has no question '9'"),
    (entries(f"question: 2, {D}, decison: accept"), "E103 key: unknown key 'decison'"),
    (entries("question: 2, decision: accept"), "E104 missing: digest: is missing"),
    (entries("question: 2, digest: xyz, decision: accept"), "E105 value: 'xyz' is no digest"),
    (entries(f"{D}, decision: accept"), "E104 missing: question: is missing"),
    (entries(f"question: 2, file: in/a.txt, {D}, decision: accept"), "E103 key: question and file stand together"),
    (entries(f"file: in/a.txt, {D}, students: [ann], decision: ann"), "E103 key: students is not for a submission"),
    (entries(f"question: 2, {D}, decision: accept", f"question: 2, {D}, decision: refuse"),
     "E102 duplicate: there are two decisions about the answer '0123456789ab' to 2"),
    (entries(f"question: 2, {D}, students: [ann], decision: 1", f"question: 2, {D}, students: [bob, ANN], decision: 0"),
     "E102 duplicate: there are two decisions about the answer '0123456789ab' to 2 by 'ann'"),
    (entries(f"file: a.txt, {D}, decision: ann", f"file: a.txt, {D}, decision: bob"),
     "E102 duplicate: there are two decisions about the file 'a.txt'"),
    (entries(f"file: a.txt, {D}, decision: ann", f"file: b.txt, {D}, decision: Ann"),
     "E102 duplicate: there are two decisions about which submission is 'Ann''s"),
    (entries(f"question: 2, {D}, decision: accept").replace("by: Ann\n", ""), "E104 missing: by: is missing"),
    (entries(f"question: 2, {D}, decision: accept", top="key: 0123456789ab\n"),
     "H706 decision: these decisions are about another key: 0123456789ab, and this one is "),
    (entries(f"question: 2, {D}, decision: accept, reason: {'x' * 1001}"),
     "E105 value: reason: string should have at most 1000 characters"),
    (entries(f"question: 2, {D}, students: [], decision: accept"), "E105 value: students: is empty"),
    ("[1, 2]", "E105 value: a file of decisions is a mapping"),
    ("decisions: [x]", "E105 value: a decision is a mapping"),
    ("version: 2\ndecisions: []", "E105 value: version: input should be less than or equal to 1"),
    ("decisions: [", "E101 yaml:"),
    ("a: &a [*a]", "E101 yaml:"),
    ("", "E114 file: the file is empty"),
    ("decisions: \0", "E114 file: not a text file: it holds a NUL byte"),
    (entries(f'question: 2, {D}, reason: "\\e[31m"'), "E101 yaml: the escape makes the character U+001B"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), sampled([pytest.param(*case, id=case[1][:60]) for case in BAD], every=3))
def test_a_file_with_problems_is_refused_whole(run: Run, text: str, said: str) -> None:
    marked()
    before = tree("out")
    Path("bad.yaml").write_text(text)
    result = run("grade", "hw.key.yaml", "in", "-o", "out", "--review", "bad.yaml")
    assert result.exit_code == 2
    line = result.stderr.splitlines()[0]
    assert re.match(r"bad\.yaml:\d+:\d+: ", line)
    assert line.partition(": ")[2].startswith(said)
    assert tree("out") == before
    assert Path("bad.yaml").read_text() == text


def test_all_problems_of_a_file_come_at_once(run: Run) -> None:
    Path("bad.yaml").write_text(
        entries(f"question: 2, {D}, decision: 2", f"question: 7, {D}, decision: 1", f"file: x, {D}, answer: y")
    )
    result = run("grade", "hw.key.yaml", "in", "--review", "bad.yaml")
    assert result.stderr.splitlines()[-1] == "3 problems"


def test_a_decision_about_what_is_not_there(run: Run) -> None:
    of_ann = f"question: 2, {D}, students: [ann], decision: 1"
    Path("mine.yaml").write_text(entries(of_ann, f"file: x, {D}, decision: y"))
    result = run("grade", "hw.key.yaml", "in", "-o", "out", "--review", "mine.yaml")
    assert result.exit_code == 1
    assert [line for line in result.stderr.splitlines() if line.startswith("mine")] == [
        "mine.yaml:3:5: H706 decision: 'ann' gave no answer to 2 with the digest 0123456789ab",
        "mine.yaml:4:5: H706 decision: no submission 'x' has the digest 0123456789ab",
    ]
    assert len(grades()) == len(ANSWERS)


def test_hostile_reasons_harm_no_file(run: Run) -> None:
    marked()
    text = Path("out/review.yaml").read_text()
    reason = "=cmd|' /C calc'!A0 <script>alert(1)</script> | **x** `y` \u202e"
    text = text.replace("\nby:\n", "\nby: '@sum(1)'\n")
    decided = f"decision: 0\n    reason: {json.dumps(reason)}\n"
    text = text.replace("decision:\n    reason:\n", decided, 1)
    Path("out/review.yaml").write_text(text)
    result = run("grade", "hw.key.yaml", "in", "-o", "out")
    assert result.exit_code == 0
    assert not [line for line in result.stderr.splitlines() if "Traceback" in line]
    for file in ("grades.csv", "answers.csv", "review.csv"):
        for row in rows(f"out/{file}"):
            assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    for path in Path("out").rglob("*"):
        if path.is_file() and path.name != "review.yaml":
            assert "\u202e" not in path.read_text("utf-8")
    assert "<script" not in Path("out/review.html").read_text()
    assert "\\<script>" in Path("out/feedback/cem.md").read_text()
    assert next(row["by"] for row in rows("out/answers.csv") if row["by"]) == "'@sum(1)"


def test_an_owner_is_marked_by_his_own_key() -> None:
    Path("keys").mkdir()
    Path("keys/ann.key.yaml").write_text(KEY)
    Path("keys/bob.key.yaml").write_text(KEY.replace("63x63x16", "65x65x16"))
    for path in Path("in").iterdir():
        path.unlink()
    Path("in/someone.txt").write_text("1: 30x30x32\n")
    found = grade(["in"], "keys", out="out")
    assert [(item.why, item.said) for item in found.review.items] == [("whose it is", "no key for this student")]
    decide({"in/someone.txt": "bob"})
    found = grade(["in"], "keys", out="out")
    assert not found.unused
    row = grades()["in/someone.txt"]
    assert (row["student"], row["1"], row["status"]) == ("bob", "2", "marked")


def test_a_decision_is_of_who_is_on_the_roster(run: Run) -> None:
    Path("roster.csv").write_text("student,name\nann,Ann Lee\nbob,Bob\n")
    arguments = ("grade", "hw.key.yaml", "in", "-o", "out", "--roster", "roster.csv")
    assert run(*arguments).exit_code == 0
    decide({"in/fay.txt": "an"})
    result = run(*arguments)
    assert result.exit_code == 2
    assert "E105 value: 'an' is not on the roster" in result.stderr
    assert "help: did you mean 'ann'?" in result.stderr


def test_decisions_are_not_for_single_submissions(run: Run) -> None:
    result = run("grade", "hw.key.yaml", "in/ann.txt", "--gradescope", "x", "--review", "y")
    assert result.exit_code == 2
    assert "--gradescope goes without -o, --nbgrader and --review" in result.stderr


def test_the_reader_of_the_file_reads_what_is_written() -> None:
    Path("in/zoe.txt").write_text('2: "quoted" \\n # no: comment - {x} [y] \'z\' \u2028 é 漢 😀\n3: "\n')
    marked()
    root, problems = read(Source("review.yaml", Path("out/review.yaml").read_text("utf-8")))
    assert not problems
    assert root is not None
    marked()


WRITTEN = {
    "1": ["29x29x32", "29 x 29 x 32", "(32, 29, 29)", "28x28x32", "31x31x16", "about thirty", "?"],
    "2": ["7600", "(5*5*3+1)*100", "7500", "7,500", "2501", "7777", "plenty", "lots and lots"],
    "3": ["1,881,600", "28*28*16*5*5*6", "1.9M", "2400", "313600", "4711", "too many"],
}


def write_class(folder: Path, count: int, seed: int = 3) -> None:
    """Write what a class handed in, in the forms that people use."""
    draw = random.Random(seed)
    folder.mkdir()
    for number in range(count):
        name, said = f"s{number:03}", {id: draw.choice(texts) for id, texts in WRITTEN.items()}
        match number % 4:
            case 0:
                (folder / f"{name}.txt").write_text("".join(f"{id}: {text}\n" for id, text in said.items()))
            case 1:
                (folder / f"{name}.json").write_text(json.dumps(said))
            case 2:
                text = "".join(f"## Question {id}\n{answer}\n\n" for id, answer in said.items())
                (folder / f"{name}.md").write_text(text)
            case _:
                text = "".join(f"{id}: {json.dumps(answer)}\n" for id, answer in said.items())
                (folder / f"{name}.yaml").write_text(text)


@pytest.mark.exhaustive  # five runs over 200 students
def test_a_class_of_200_is_marked_reviewed_regraded_killed_and_resumed() -> None:
    write_class(Path("class"), 200)
    first = grade(["class"], "hw.key.yaml", out="out")
    listed = [item for item in first.review.items if item.question]
    assert [item.count for item in listed] == sorted((item.count for item in listed), reverse=True)
    decisions = {"plenty": "0.5", "about thirty": "1", "too many": "refuse", "4711": "accept", "1.9M": "0.75"}
    decide(decisions)
    whole = grade(["class"], "hw.key.yaml", out="out")
    assert not whole.unused
    expected = {}
    for row in rows("out/answers.csv"):
        by = row["given"] in decisions
        assert bool(row["by"]) == by
        if by:
            expected[row["given"]] = row["score"]
    assert expected == {"plenty": "0.5", "about thirty": "1", "too many": "0", "4711": "1", "1.9M": "0.75"}
    assert {item.answer for item in whole.review.items} == {item.answer for item in listed} - decisions.keys()
    uninterrupted = tree("out")
    again = Path("again")
    again.mkdir()
    (again / "review.yaml").write_bytes(uninterrupted["review.yaml"])
    program = "from cnncalc.cli import main; main()"
    words = [sys.executable, "-c", program, "grade", "hw.key.yaml", "class", "-o", "again"]
    environment = {**os.environ, "PYTHONPATH": str(Path(cnncalc.__file__).parent.parent)}
    for lines in (40, 120):
        process = subprocess.Popen([*words, "--jobs", "1"], env=environment, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 120
        journal = again / "marks.jsonl"
        while time.monotonic() < end and process.poll() is None:
            if journal.exists() and journal.read_bytes().count(b"\n") >= lines:
                break
            time.sleep(0.002)
        process.kill()
        process.wait()
        assert not (again / "grades.csv").exists()
    grade(["class"], "hw.key.yaml", out="again")
    assert tree("again") == uninterrupted


def test_a_submission_is_accepted_as_it_was_handed_in() -> None:
    marked()
    decide({"in/eve.md": "accept", "in/eve.txt": "refuse", "in/fay.txt": "accept"})
    found = marked()
    assert not found.unused
    got = grades()
    assert (got["in/eve.md"]["status"], got["in/eve.md"]["2"]) == ("marked", "0.5")
    assert got["in/eve.txt"]["status"] == "left out: decided to be left out by Ann"
    assert got["in/fay.txt"]["status"] == "marked"
    assert not [item for item in found.review.items if item.why == "whose it is"]


def test_two_that_are_accepted_for_one_student_stay_undecided() -> None:
    marked()
    decide({"in/eve.md": "accept", "in/eve.txt": "accept"})
    marked()
    assert {grades()[file]["status"] for file in ("in/eve.md", "in/eve.txt")} == {
        "undecided: in/eve.txt is of the same student", "undecided: in/eve.md is of the same student",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["decisions: []\nby: Ann\n", "by: Ann\n", "decisions: [\n]\n"])
def test_a_file_that_cannot_be_added_to_is_left_as_it_is(run: Run, text: str) -> None:
    Path("mine.yaml").write_text(text)
    result = run("grade", "hw.key.yaml", "in", "-o", "out", "--review", "mine.yaml")
    assert result.exit_code == 1
    assert result.stderr == (
        "H706 decision: 'mine.yaml' does not end in its decisions, so that what is open now was not added\n"
        "  help: let `decisions:` be its last key, whose entries begin with `  - `\n"
    )
    assert Path("mine.yaml").read_text() == text
    assert len(grades()) == len(ANSWERS)


def test_a_file_without_entries_gets_them(run: Run) -> None:
    Path("mine.yaml").write_text("by: Ann\ndecisions: []\n")
    assert run("grade", "hw.key.yaml", "in", "-o", "out", "--review", "mine.yaml").exit_code == 0
    assert Path("mine.yaml").read_text().startswith("by: Ann\ndecisions:\n  # 2 answers: not understood")
    decide({"plenty": "accept"}, "mine.yaml")
    assert run("grade", "hw.key.yaml", "in", "-o", "out", "--review", "mine.yaml").exit_code == 0
    assert grades()["in/cem.txt"]["by"] == "Ann"


def test_a_file_that_is_full_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnncalc.grading.reports import decision_file

    monkeypatch.setattr(decision_file, "LARGEST", 1_500)
    marked()
    text = Path("out/review.yaml").read_text()
    assert text.endswith("  # and 5 more: decide some of these, and run again\n")
    decide({"plenty": "accept"})
    before = Path("out/review.yaml").read_text()
    marked()
    assert Path("out/review.yaml").read_text() == before
