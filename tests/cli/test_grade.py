"""`cnncalc grade`, and the files of answers that `cnncalc check` reads too."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import cnncalc
from cnncalc.grading import marking
from cnncalc.grading.journal import FEEDBACK, Journal
from cnncalc.grading.reports.wheel import wheel
from cnncalc.homework.key import load_key
from cnncalc.problem import NoAnswer
from tests.cli.conftest import Run
from tests.effort import sampled

KEY = str(Path(__file__).parent.parent / "homework" / "hw.key.yaml")


def test_a_student_checks_a_file(tmp_path: Path, run: Run) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("1a: 29x29x32\n1b: 7600\n1aa: 7\n")
    result = run("check", "--key", KEY, "--answers", str(mine))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "2 of 2 right")
    assert result.stderr == f"{mine}: there is no question '1aa': did you mean '1a'?\n"
    assert run("check", "--key", KEY, "--answers", "-", input=b"1b = 7500\n").exit_code == 1
    mine.write_bytes(b"\0")
    result = run("check", "--key", KEY, "--answers", str(mine))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == f"E114 file: {mine}: unreadable: not a text: it holds a NUL byte"


ANSWERS = {
    "Ann Lee.yaml": "student: ann@x.edu\n1a: 29x29x32\n1b: 7600\n2: {a: 32x32x10, b: 760, c: 768000}\n3: a\n",
    "bob.txt": "1a: (32, 29, 29)\n1b: 7500\n2a: 32x32x10\n2b: ?\n3: b\n",
    "carl.md": "| id | answer |\n|--|--|\n| 1a | 28x28x32 |\n| 1b | lots |\n",
    "dora.json": '{"1a": "29x29x32", "1b": "7500"}',
    "eve.pdf": "%PDF",
    "=cmd|' C calc'!A0.txt": "name: =1+1\n1a: =1+1\n",
    ".etc.txt": "name: ../../etc/passwd\n1a: 29x29x32\n",
    "dora.txt": "student: Dora\n1a: 29x29x32\n1b: 7600\n",
}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name, text in ANSWERS.items():
        (tmp_path / "in" / name).write_text(text)
    (tmp_path / "roster.csv").write_text(
        "student,email\nAnn Lee,ann@x.edu\nbob,bob@x.edu\ncarl,c@x.edu\nDora,d@x.edu\nFred,f@x\n"
    )
    return tmp_path


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_course_is_graded(run: Run, course: Path, golden: Callable[[str, str], None]) -> None:
    result = run("grade", KEY, "in", "-o", "out", "--roster", "roster.csv", width=110)
    assert (result.exit_code, result.stderr) == (0, "")
    golden("grade-summary.txt", result.stdout)
    golden("grade-grades.csv", (course / "out/grades.csv").read_text())
    golden("grade-answers.csv", (course / "out/answers.csv").read_text())
    assert (course / "out/answers.csv").read_bytes().count(b"\r\n") == (course / "out/answers.csv").read_bytes().count(
        b"\n"
    )
    golden("grade-summary.md", (course / "out/summary.md").read_text())
    golden("grade-feedback.md", (course / "out/feedback/bob.md").read_text())
    assert sorted(path.name for path in (course / "out").iterdir()) == [
        "answers.csv", "feedback", "grades.csv", "marks.jsonl", "review.csv", "review.html", "review.md",
        "review.yaml", "summary.html", "summary.md",
    ]  # fmt: skip
    assert sorted(path.name for path in (course / "out/feedback").iterdir()) == [
        "Ann Lee.md", "Dora.md", "Fred.md", "bob.md", "carl.md", "cmd_ C calc_A0-fcd2483d.md", "etc-c7afd740.md",
        "eve.md",
    ]  # fmt: skip


def test_scores_and_what_became_of_the_rest(run: Run, course: Path) -> None:
    run("grade", KEY, "in", "-o", "out", "--roster", "roster.csv")
    found = {row["file"] or row["student"]: row for row in rows(course / "out/grades.csv")}
    assert {file: (row["student"], row["total"], row["status"]) for file, row in found.items()} == {
        "in/.etc.txt": (".etc", "2", "not on the roster"),
        "in/=cmd|' C calc'!A0.txt": ("'=cmd|' C calc'!A0", "0", "not on the roster"),
        "in/Ann Lee.yaml": ("Ann Lee", "7", "marked"),
        "in/bob.txt": ("bob", "3.5", "marked"),
        "in/carl.md": ("carl", "0", "marked"),
        "in/dora.json": ("Dora", "2.5", "undecided: in/dora.txt is of the same student"),
        "in/dora.txt": ("Dora", "3", "undecided: in/dora.json is of the same student"),
        "in/eve.pdf": ("eve", "", "unreadable: a PDF document that is damaged"),
        "Fred": ("Fred", "", "nothing handed in"),
    }
    assert {row["max"] for row in found.values()} == {"11"}
    given = {(row["student"], row["part"]): row for row in rows(course / "out/answers.csv")}
    assert given["bob", "1b"]["diagnosis"] == "no-bias"
    assert (given["bob", "1b"]["score"], given["bob", "1b"]["max"]) == ("0.5", "1")
    assert given["carl", "1b"]["status"] == "not understood"
    assert given["bob", "2b"]["status"] == "blank"
    assert given["'=cmd|' C calc'!A0", "1a"]["given"] == "'=1+1"
    assert given["eve", ""]["status"] == "unreadable: a PDF document that is damaged"


def test_a_claim_inside_a_file_decides_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "roster.csv").write_text("student,name\ns001,Ann Lee\ns002,Bob\n")
    for name, text in {
        "s001.txt": "name: Ann Lee\nid: 77\n1a: 29x29x32\n",
        "s002.txt": "Name: s001\n1a: 1x1x1\n",
        "s003.txt": "Name: s003\n1a: 1\n",
    }.items():
        (tmp_path / "in" / name).write_text(text)
    said = "it says that it is by 's001', and was handed in as 's002'"
    for arguments, notes in (((), {"s001": "it says that it is by 'Ann Lee' and '77', and was handed in as 's001'"}),
                             (("--roster", "roster.csv"), {})):  # fmt: skip
        assert run("grade", KEY, "in", "-o", "out", *arguments).exit_code == 0
        found = {row["student"]: row for row in rows(tmp_path / "out/grades.csv")}
        assert [found[name]["total"] for name in ("s001", "s002", "s003")] == ["2", "0", "0"]
        assert {name: row["notes"] for name, row in found.items() if row["notes"]} == {"s002": said, **notes}
        assert f"| s002 | {said} | in/s002.txt |" in (tmp_path / "out/summary.md").read_text()


def test_rows_of_one_table_and_equal_files_need_no_decision(run: Run, course: Path) -> None:
    for path in (course / "in").iterdir():
        path.unlink()
    (course / "in/form.csv").write_text("student,1a\nann,1x1x1\nann,29x29x32\n")
    (course / "in/bob.md").write_text("1a: 29x29x32\n")
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0
    assert [(row["file"], row["total"], row["status"]) for row in rows(course / "out/grades.csv")] == [
        ("in/bob.md", "2", "marked"),
        ("in/form.csv:2", "", "superseded: in/form.csv:3 is the one that counts"),
        ("in/form.csv:3", "2", "marked"),
    ]
    (course / "in/bob.txt").write_text("1a = 29x29x32\n")
    (course / "in/ann.txt").write_text("1a: 1x1x1\n")
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0
    statuses = {row["file"]: row["status"] for row in rows(course / "out/grades.csv")}
    assert statuses == {
        "in/ann.txt": "undecided: in/form.csv:2 and in/form.csv:3 are of the same student",
        "in/bob.md": "superseded: in/bob.txt is the one that counts",
        "in/bob.txt": "marked",
        "in/form.csv:2": "undecided: in/ann.txt and in/form.csv:3 are of the same student",
        "in/form.csv:3": "undecided: in/ann.txt and in/form.csv:2 are of the same student",
    }
    assert (course / "out/feedback/ann.md").read_text() == (
        "# Homework 2: ann\n\nNot marked: undecided: in/form.csv:2 and in/form.csv:3 are of the same student.\n"
    )


def test_no_cell_is_a_formula(run: Run, course: Path) -> None:
    (course / "in/f.txt").write_text("name: '@SUM(1)\n1a: -1+cmd\n1b: \t=2\n2a: ＝x\n")
    run("grade", KEY, "in", "-o", "out", "--nbgrader")
    for name in ("grades.csv", "answers.csv", "nbgrader.csv"):
        for row in csv.reader((course / "out" / name).open(encoding="utf-8", newline="")):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]


def test_nothing_is_written_outside(run: Run, course: Path) -> None:
    (course / "in/form.csv").write_text("student,1a\n../../etc/passwd,29x29x32\n")
    before = set(course.rglob("*"))
    run("grade", KEY, "in", "-o", "out")
    assert (course / "out/feedback/etc_passwd-3754d6cb.md").exists()
    assert all("out" in path.parts for path in set(course.rglob("*")) - before)
    run("grade", KEY, "in")
    assert all("out" in path.parts for path in set(course.rglob("*")) - before)


@pytest.mark.exhaustive  # workers of their own
def test_marking_twice_and_on_several_cores_gives_the_same_bytes(run: Run, course: Path) -> None:
    with (course / "form.csv").open("w") as form:
        form.write("student,1a,1b,3\n")
        form.writelines(f"s{n:03},29x29x{n % 40},{7500 + n % 3 * 50},{'abc'[n % 3]}\n" for n in range(250))
    for out, jobs in (("one", "1"), ("two", "2"), ("one", "1"), ("three", "1")):
        assert run("grade", KEY, "in", "form.csv", "-o", out, "--jobs", jobs, "--nbgrader").exit_code == 0
    assert tree(course / "one") == tree(course / "two") == tree(course / "three")
    assert (
        len((course / "one/marks.jsonl").read_bytes().splitlines()) == 258 + 1
    )  # and the names of the files for students


def test_feedback_of_who_is_no_student_now_goes(run: Run, course: Path) -> None:
    run("grade", KEY, "in", "-o", "out")
    feedback = course / "out/feedback"
    (feedback / "carla.md").write_text("my own notes")
    for name in ("carl.md", "eve.pdf", "=cmd|' C calc'!A0.txt"):
        (course / "in" / name).unlink()
    (feedback / "eve.md").unlink()
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0
    own = ["Ann Lee.md", "bob.md", "carla.md", "dora.md", "etc-c7afd740.md"]
    assert sorted(path.name for path in feedback.iterdir()) == own
    (feedback / "carla.md").unlink()
    run("grade", KEY, "in", "-o", "anew")
    assert tree(course / "out") == tree(course / "anew")


def test_nothing_outside_the_feedback_is_taken_away(run: Run, course: Path) -> None:
    run("grade", KEY, "in", "-o", "out")
    with closing(Journal(str(course / "out/marks.jsonl"), ())) as journal:
        journal.keep_feedback(["../grades.csv", "../../roster.csv", str(course / "roster.csv"), "", "gone.md"])
        assert journal.feedback() == {"gone.md"}
        journal.add(FEEDBACK, b"{")
        assert journal.feedback() == set()
    before = tree(course / "out/feedback")
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0
    assert tree(course / "out/feedback") == before
    assert (course / "roster.csv").exists()


@pytest.mark.exhaustive  # 20,000 students
@pytest.mark.skipif(not Path("/proc/thread-self/children").exists(), reason="children are listed by Linux")
def test_workers_end_with_who_started_them(course: Path) -> None:
    (course / "form.csv").write_text("student,1a\n" + "".join(f"s{n},{n}x{n + 1}x{n + 2}\n" for n in range(20_000)))
    program = "from cnncalc.cli import main; main()"
    words = [sys.executable, "-c", program, "grade", KEY, "form.csv", "-o", "out", "--jobs", "2"]
    parent = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(Path(cnncalc.__file__).parent.parent)})
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    end = time.monotonic() + 60
    while len(workers := children.read_text().split()) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    assert len(workers) >= 2
    end = time.monotonic() + 20
    while (left := [one for one in workers if runs(one)]) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def runs(process: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def test_a_run_that_was_stopped_goes_on(run: Run, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("grade", KEY, "in", "-o", "whole")
    marked: list[str] = []
    mark = marking.mark

    def stops(key: Any, answers: Any, one: Any) -> Any:
        if len(marked) == 3:
            raise KeyboardInterrupt
        marked.append(str(answers))
        return mark(key, answers, one)

    monkeypatch.setattr(marking, "mark", stops)
    assert run("grade", KEY, "in", "-o", "out").exit_code == 130
    kept = course / "out/marks.jsonl"
    assert len(kept.read_bytes().splitlines()) == 3
    kept.write_bytes(kept.read_bytes() + b"0123456789012345678901234567890123456789\t[torn")
    assert not (course / "out/grades.csv").exists()
    marked.clear()
    monkeypatch.setattr(marking, "mark", lambda key, answers, one: (marked.append("x"), mark(key, answers, one))[1])
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0
    assert len(marked) == len(ANSWERS) - 1 - 3  # eve's is no text
    assert tree(course / "out") == tree(course / "whole")


def test_what_is_kept_counts_only_for_what_it_was_made_of(run: Run, course: Path) -> None:
    run("grade", KEY, "in", "-o", "out")
    (course / "in/bob.txt").write_text("1a: 29x29x32\n1b: 7600\n")
    changed = Path("other.key.yaml")
    changed.write_text(Path(KEY).read_text().replace("points: 2", "points: 5"))
    run("grade", str(changed), "in", "-o", "out")
    found = {row["student"]: row["total"] for row in rows(course / "out/grades.csv")}
    assert (found["bob"], found["Ann Lee"]) == ("6", "10")
    (course / "out/marks.jsonl").write_bytes(b"{\n\0")  # damaged: made anew
    before = (course / "out/grades.csv").read_bytes()
    assert run("grade", str(changed), "in", "-o", "out").exit_code == 0
    assert (course / "out/grades.csv").read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can be kept out")
def test_two_runs_never_write_into_one_folder(run: Run, course: Path) -> None:
    run("grade", KEY, "in", "-o", "out")
    before = tree(course / "out")
    with closing(Journal("out/marks.jsonl", ())):
        result = run("grade", KEY, "in", "-o", "out")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.splitlines() == [
            "E114 file: another run of cnncalc grade is writing into 'out'",
            "  help: wait for it, or name another folder by -o",
            "1 problem",
        ]
        assert tree(course / "out") == before
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0


FOREIGN = [
    b"[]",
    b"[]\t[]",
    b"1\t2\t3",
    b'["a","b","marked",[]]\t[{}]',
    b'["a","b","marked",[]]\t{"id":"1a"}',
    b'["a","b","marked",[1]]\t[]',
    b'["a",null,"marked",[]]\t[]',
    b"[" * 100_000,
]


@pytest.mark.parametrize("line", sampled(FOREIGN, every=8))
def test_a_foreign_line_with_a_right_digest_is_marked_anew(run: Run, course: Path, line: bytes) -> None:
    run("grade", KEY, "in", "-o", "out")
    before = tree(course / "out")
    with closing(Journal("out/marks.jsonl", load_key(KEY).parts)) as journal:
        for digest in list(journal.places):
            journal.add(digest, line)
    kept = Path("out/marks.jsonl").read_bytes()
    lines = kept.splitlines(keepends=True)
    Path("out/marks.jsonl").write_bytes(b"".join(lines[len(lines) // 2 :]))
    result = run("grade", KEY, "in", "-o", "out")
    assert (result.exit_code, result.stderr) == (0, "")
    assert tree(course / "out") == before


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flipped_bit_is_noticed(run: Run, course: Path, place: float) -> None:
    run("grade", KEY, "in", "-o", "out")
    before = tree(course / "out")
    kept = bytearray(Path("out/marks.jsonl").read_bytes())
    kept[int(len(kept) * place)] ^= 1
    Path("out/marks.jsonl").write_bytes(kept)
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0
    assert tree(course / "out") == before


def test_a_journal_that_changes_while_it_is_open_is_refused(course: Path) -> None:
    with closing(Journal("marks.jsonl", ())) as journal:
        journal.add("0" * 40, b"x")
        Path("marks.jsonl").write_bytes(b"0" * 60)
        with pytest.raises(NoAnswer) as raised:
            journal.line("0" * 40)
    assert [problem.headline() for problem in raised.value] == [
        "E114 file: 'marks.jsonl' was changed by another program"
    ]


def test_what_a_killed_run_left_goes(run: Run, course: Path) -> None:
    run("grade", KEY, "in", "-o", "out")
    before = tree(course / "out")
    for name in (".grades.csv.draft", ".marks.jsonl.draft", ".summary.md.draft", "feedback/.ann.md.draft"):
        Path("out", name).write_text("half")
    Path("out/own.part").write_text("whole")
    run("grade", KEY, "in", "-o", "out")
    assert tree(course / "out") == {**before, "own.part": b"whole"}


def test_without_shared_memory_one_process_marks(run: Run, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "FEWEST", 2)
    run("grade", KEY, "in", "-o", "several", "--jobs", "2")
    monkeypatch.setattr(marking, "workers", lambda *_: None)
    result = run("grade", KEY, "in", "-o", "one", "--jobs", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert tree(course / "one") == tree(course / "several")


STEERING = "\x1b]0;x\x07\x1b[2J\x9b\u202e\x85\u2066"


def test_control_characters_are_made_visible(run: Run, course: Path) -> None:
    (course / "in" / f"mal{STEERING}\n.txt").write_text(f"1a: 29x29x32{STEERING}\n1b: {STEERING}7500\n{STEERING}: 3\n")
    result = run("grade", KEY, "in", "-o", "out")
    assert result.exit_code == 0
    texts = [path.read_text("utf-8") for path in Path("out").rglob("*") if path.is_file()]
    for text in (result.stdout, result.stderr, *texts, *map(str, Path("out").rglob("*"))):
        assert not [c for c in text if not c.isprintable() and c not in "\r\n\t"]
    given = {row["part"]: row["given"] for row in rows(course / "out/answers.csv") if row["file"].startswith("in/mal")}
    assert given["1a"] == "29x29x32·]0;x··[2J··"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("what", ["pipe", "loop", "dangling"])
def test_a_pipe_or_a_broken_link_is_refused(run: Run, course: Path, what: str) -> None:
    if what == "pipe":
        os.mkfifo("x.key.yaml")
    else:
        Path("x.key.yaml").symlink_to("x.key.yaml" if what == "loop" else "nowhere")
    for words in (
        ("grade", "x.key.yaml", "in", "-o", "out"),
        ("grade", KEY, "in", "-o", "out", "--roster", "x.key.yaml"),
        ("quiz", "--students", "x.key.yaml", "-o", "out"),
        ("check", "--key", "x.key.yaml"),
    ):
        result = run(*words)
        assert result.exit_code == 2
        assert result.stderr.startswith("E114 file: "), result.stderr
    Path("in/pipe.txt").symlink_to("../x.key.yaml")
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0


def test_a_fault_of_ours_stops_nothing(run: Run, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = marking.mark

    def fails(key: Any, answers: Any, one: Any) -> Any:
        if answers.get("1b") == "lots":
            raise ZeroDivisionError
        return mark(key, answers, one)

    monkeypatch.setattr(marking, "mark", fails)
    assert run("grade", KEY, "in", "-o", "out").exit_code == 0
    found = {row["student"]: row for row in rows(course / "out/grades.csv")}
    assert found["carl"]["status"] == (
        "not marked: cnncalc fails on it (ZeroDivisionError), which is its own fault: please report it"
    )
    assert found["bob"]["total"] == "3.5"


def test_printed_forms(run: Run, course: Path) -> None:
    result = run("grade", KEY, "in", "--format", "csv")
    assert result.stdout_bytes.splitlines()[0].startswith(b"student,1a,1b,2a,2b,2c,3,4.conv1.params")
    assert run("grade", KEY, "in", "--format", "markdown").stdout.startswith("# Homework 2: 5 students, mean ")
    form = b"email,1a\na@x.edu,29x29x32\n"
    result = run("grade", KEY, "-", "--format", "csv", input=form)
    assert result.stdout.splitlines()[1].startswith("a@x.edu,2,0,0,0,0,0,0,0,0,2,11,marked,<stdin>:2")
    assert result.stderr == "<stdin>: no column is 1b, 2a, 2b, 2c, 3, …\n"


def test_hints_in_place_of_answers(run: Run, course: Path) -> None:
    run("grade", KEY, "in", "-o", "out", "--hint")
    told = "".join(path.read_text() for path in (course / "out/feedback").iterdir())
    assert "what does each filter learn besides its weights?" in told
    assert "7,600" not in told
    assert "768,000" not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((KEY,), "Error: name the submissions: files, folders or -\n"),
        ((KEY, "in", "--check-key"), "Error: --check-key takes no submissions\n"),
        (
            (KEY, "--check-key", "--autograder", "x"),
            "Error: --check-key and --autograder stand alone: give one of them\n",
        ),
        ((KEY, "in", "--gradescope", "x", "-o", "y"), "Error: --gradescope goes without -o, --nbgrader and --review\n"),
        ((KEY, "inn"), "E114 file: there is nothing at 'inn'\n  help: did you mean 'in'?\n1 problem\n"),
        (("no.key.yaml", "in"), "E114 file: there is no key 'no.key.yaml'\n"),
        (("broken.key.yaml", "in"), "broken.key.yaml:1:1: E104 missing: questions: is missing\n"),
        ((KEY, "in", "--roster", "gone"), "E114 file: 'gone' cannot be read: no such file or directory\n1 problem\n"),
        ((KEY, "in", "-o", "in/"), "Error: -o is the folder of the submissions: name another, or one in it\n"),
        ((KEY, "none"), "E114 file: there are no submissions in 'none'\n1 problem\n"),
        (
            (KEY, "in", "-o", "roster.csv"),
            "Error: Invalid value for '-o' / '--out': Directory 'roster.csv' is a file.\n",
        ),
        ((KEY, "in", "-o", "/dev/null/x"), "E114 file: '/dev/null/x' cannot be written: not a directory\n1 problem\n"),
    ],
)
def test_wrong_use(run: Run, course: Path, words: tuple[str, ...], said: str) -> None:
    Path("broken.key.yaml").write_text("title: x\n")
    Path("none").mkdir()
    result = run("grade", *words)
    assert result.exit_code == 2
    assert said in result.stderr


WRONG_KEYS = """title: Published keys
questions:
  - {id: flatten, network: "28x28x1 -> conv 16 5x5 -> conv 32 5x5 stride=2", ask: output, answer: 9x9x32}
  - {id: same, network: "18x1 -> conv 1 3 stride=9 pad=same", ask: sides, answer: 3}
  - {id: fine, network: "300x300x3 -> conv 100 5x5", ask: params, answer: "7,600"}
"""


def test_a_key_is_checked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("grade", KEY, "--check-key")
    assert (result.exit_code, result.stdout) == (0, f"{KEY}: 0 typed answers, all as computed\n")
    Path("wrong.key.yaml").write_text(WRONG_KEYS)
    result = run("grade", "wrong.key.yaml", "--check-key")
    assert result.exit_code == 1
    heads = [line for line in result.stdout.splitlines() if line.startswith("wrong.key.yaml")]
    assert heads == [
        "wrong.key.yaml:3:99: H701 answer: flatten is 10x10x32, not 9x9x32",
        "wrong.key.yaml:4:83: H701 answer: same is 2, not 3",
        "wrong.key.yaml: 3 typed answers, 2 not as computed",
    ]


def test_one_submission_for_gradescope(run: Run, course: Path) -> None:
    result = run("grade", KEY, "in/bob.txt", "--gradescope", "results.json")
    assert (result.exit_code, result.output) == (0, "")
    found = json.loads(Path("results.json").read_text())
    assert set(found) == {
        "score", "output", "output_format", "visibility", "stdout_visibility", "tests", "extra_data",
    }  # fmt: skip
    assert (found["score"], found["extra_data"]) == (3.5, {"status": "marked", "max_score": 11.0})
    test = found["tests"][1]
    assert (test["number"], test["score"], test["max_score"], test["status"]) == ("1b", 0.5, 1.0, "failed")
    assert (test["tags"], test["visibility"]) == (["no-bias"], "after_published")
    assert test["output"].startswith("You wrote 7500. That is 5·5·3·100: the 100 biases are missing.")
    assert sum(test["max_score"] for test in found["tests"]) == pytest.approx(11)
    run("grade", KEY, "in/bob.txt", "--gradescope", "results.json", "--hint")
    assert "7,600" not in Path("results.json").read_text()
    assert {test["visibility"] for test in json.loads(Path("results.json").read_text())["tests"]} == {"visible"}


def test_files_of_one_student_are_taken_together(run: Run, course: Path) -> None:
    Path("sub").mkdir()
    run("grade", KEY, "sub", "--gradescope", "results.json")
    found = json.loads(Path("results.json").read_text())
    assert (found["score"], found["extra_data"]["status"]) == (0.0, "nothing handed in")
    Path("sub/a.txt").write_text("1a: 29x29x32\n1b: 1\n")
    Path("sub/b.txt").write_text("1b: 7600\n")
    Path("sub/c.pdf").write_bytes(b"%PDF")
    run("grade", KEY, "sub", "--gradescope", "results.json")
    found = json.loads(Path("results.json").read_text())
    assert found["score"] == 3
    assert found["output"].splitlines()[2:] == [
        "- 1b is answered in several files: the one in sub/b.txt counts",
        "- sub/c.pdf: unreadable: a PDF document that is damaged",
    ]


NEEDED = ("annotated-types", "click", "markdown-it-py", "mdurl", "mpmath", "pathspec", "pydantic", "pydantic-core")
NEEDED += ("pygments", "pyyaml", "rich", "sympy", "typing-extensions", "typing-inspection")
NEEDED += ("et-xmlfile", "lxml", "odfdo", "openpyxl", "pypdf", "python-docx")
"""What pip installs with the package and its readers of documents."""


@pytest.mark.exhaustive  # a virtual environment of its own
def test_the_autograder_marks_for_real(run: Run, course: Path) -> None:
    """Both scripts run in a folder of their own; pip finds what it needs in wheels of what is installed here."""
    root, wheels = course / "autograder", course / "wheels"
    result = run("grade", KEY, "--autograder", str(root / "source"), "--hint")
    version = cnncalc.__version__
    assert result.stdout.splitlines()[0] == (
        f"{root}/source: cnncalc-{version}-py3-none-any.whl, hw.key.yaml, run_autograder, setup.sh"
    )
    first = tree(root)
    run("grade", KEY, "--autograder", str(root / "source"), "--hint")
    assert tree(root) == first
    wheels.mkdir()
    for distribution in NEEDED:
        name, data = wheel(distribution)
        (wheels / name).write_bytes(data)
    (root / "submission").mkdir()
    (root / "submission" / "hw.txt").write_text(ANSWERS["bob.txt"])
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AUTOGRADER_ROOT": str(root),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "HOME": str(course),
    }
    for script in ("setup.sh", "run_autograder"):
        done = subprocess.run([str(root / "source" / script)], env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    found = json.loads((root / "results/results.json").read_text())
    assert (found["score"], len(found["tests"])) == (3.5, 9)
    (root / "source/hw.key.yaml").write_text("broken")
    subprocess.run([str(root / "source/run_autograder")], env=env, capture_output=True, timeout=300)
    failed = json.loads((root / "results/results.json").read_text())
    assert failed == {"score": 0, "output": "The autograder failed; please tell your course staff."}


def test_the_page_is_whole_and_harmless(run: Run, course: Path) -> None:
    (course / "in/x.txt").write_text("name: <script>alert(1)</script>\n1b: <b>1</b>\n")
    run("grade", KEY, "in", "-o", "out")
    text = (course / "out/summary.html").read_text()
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=(?!\"review\.html\")|url\(|@import", text)
    ElementTree.fromstring(text.removeprefix("<!doctype html>\n").replace('<meta charset="utf-8">', "").replace(
        '<meta name="viewport" content="width=device-width">', ""))  # fmt: skip
