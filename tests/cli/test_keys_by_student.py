"""`cnncalc grade` by a folder of keys, one for each student, as `cnncalc quiz --students` writes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.grading import keys as by_student
from cnncalc.grading import marking
from cnncalc.homework.key import load_key
from tests.cli.conftest import Run
from tests.cli.test_grade import rows, tree
from tests.effort import sampled

STUDENTS = ("ann", "bob.k", "Zoë O'Neil")


def right(student: str) -> str:
    """Write the right answers to a student's own questions."""
    return "".join(f"{part.id}: {part.right.text}\n" for part in load_key(f"v/key/{student}.key.yaml").parts.values())


@pytest.fixture
def course(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three students with quizzes of their own; each answers rightly, and bob.k what ann was asked."""
    monkeypatch.chdir(tmp_path)
    Path("roster.csv").write_text("\n".join(["student", *STUDENTS]), "utf-8")
    words = ("--topics", "output,params", "--level", "1", "-n", "4", "--seed", "3", "--students", "roster.csv")
    assert run("quiz", *words, "--format", "key", "--format", "answers", "-o", "v").exit_code == 0
    Path("in").mkdir()
    for student in STUDENTS:
        Path("in", f"{student}.txt").write_text(right("ann" if student == "bob.k" else student), "utf-8")
    return tmp_path


def grades(folder: str = "out") -> dict[str, tuple[str, str, str]]:
    return {
        row["file"] or row["student"]: (row["student"], row["total"], row["status"])
        for row in rows(Path(folder, "grades.csv"))
    }


def test_each_is_marked_by_the_own_key(run: Run, course: Path) -> None:
    assert len({Path(f"v/key/{student}.key.yaml").read_text() for student in STUDENTS}) == 3
    result = run("grade", "v/key", "in", "-o", "out")
    assert (result.exit_code, result.stderr) == (0, "")
    bob = grades()["in/bob.k.txt"]
    assert float(bob[1]) < 4
    assert grades() == {
        "in/Zoë O'Neil.txt": ("Zoë O'Neil", "4", "marked"),
        "in/ann.txt": ("ann", "4", "marked"),
        "in/bob.k.txt": ("bob.k", bob[1], "marked"),
    }
    expected = {row["part"]: row["expected"] for row in rows(course / "out/answers.csv") if row["student"] == "bob.k"}
    key = load_key("v/key/bob.k.key.yaml")
    assert expected == {part.id: part.right.text for part in key.parts.values()}
    feedback = (course / "out/feedback/bob.k.md").read_text()
    wrong = [
        row["part"] for row in rows(course / "out/answers.csv") if row["student"] == "bob.k" and row["score"] == "0"
    ]
    assert wrong
    questions = {part.id: question for question in key.questions for part in question.parts}
    for id in wrong:  # reported with the student's own question and numbers
        assert questions[id].text.split(".")[0] in feedback
        assert key.parts[id].right.text in feedback


def test_what_is_not_there(run: Run, course: Path) -> None:
    Path("v/key/ann.key.yaml").rename("ann.kept")
    Path("in/bob.k.txt").unlink()
    Path("in/late").mkdir()
    Path("in/late/hw.txt").write_text("student: Zoë O'Neil\n1: 7\n", "utf-8")
    Path("in/Zoë O'Neil.md").write_text("1: 7\n", "utf-8")
    Path("in/eve.pdf").write_text("%PDF")
    assert run("grade", "v/key", "in", "-o", "out").exit_code == 0
    assert grades() == {
        "in/Zoë O'Neil.md": ("Zoë O'Neil", "0", "undecided: in/Zoë O'Neil.txt is of the same student"),
        "in/Zoë O'Neil.txt": ("Zoë O'Neil", "4", "undecided: in/Zoë O'Neil.md is of the same student"),
        "in/ann.txt": ("ann", "", "no key for this student"),
        "in/eve.pdf": ("eve", "", "unreadable: a PDF document that is damaged"),
        "in/late/hw.txt": ("late", "", "no key for this student"),
        "bob.k": ("bob.k", "", "nothing handed in"),
    }
    assert (course / "out/feedback/ann.md").read_text() == ("# Quiz: ann\n\nNot marked: no key for this student.\n")
    Path("ann.kept").rename("v/key/ann.key.yaml")
    assert run("grade", "v/key", "in", "-o", "out").exit_code == 0
    assert grades()["in/ann.txt"] == ("ann", "4", "marked")


def test_a_roster_tells_who_is_who(run: Run, course: Path) -> None:
    Path("who.csv").write_text("student,email\na1,ann\nb1,bob.k\nz1,Zoë O'Neil\nx1,x\n", "utf-8")
    Path("in/ann.txt").rename("in/a1.txt")
    Path("in/bob.k.txt").unlink()
    decomposed = unicodedata.normalize("NFD", "Zoë O'Neil")
    Path("in/Zoë O'Neil.txt").rename(f"in/{decomposed}.txt")
    Path("v/key/Guest.key.yaml").write_text(Path("v/key/ann.key.yaml").read_text())
    Path("v/key/other.key.yaml").write_text(Path("v/key/ann.key.yaml").read_text())
    Path("in/guest.txt").write_text(right("ann"))
    assert run("grade", "v/key", "in", "-o", "out", "--roster", "who.csv").exit_code == 0
    assert grades() == {
        f"in/{decomposed}.txt": ("z1", "4", "marked"),
        "in/a1.txt": ("a1", "4", "marked"),
        "b1": ("b1", "", "nothing handed in"),
        "x1": ("x1", "", "nothing handed in"),
        "in/guest.txt": ("guest", "4", "not on the roster"),
        "other": ("other", "", "nothing handed in"),
    }


def test_a_changed_key_marks_its_student_anew(run: Run, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("grade", "v/key", "in", "-o", "out").exit_code == 0
    marked: list[str] = []
    mark = marking.mark
    monkeypatch.setattr(marking, "mark", lambda key, *rest: (marked.append(key.source.name), mark(key, *rest))[1])
    key = Path("v/key/bob.k.key.yaml")
    key.write_text(f"{key.read_text()}# looked through\n")
    assert run("grade", "v/key", "in", "-o", "out").exit_code == 0
    assert marked == ["v/key/bob.k.key.yaml"]


def test_on_several_cores_with_few_keys_held_the_bytes_are_the_same(
    run: Run, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "FEWEST", 2)
    monkeypatch.setattr(marking, "CHUNK", 1)
    monkeypatch.setattr(by_student, "HELD", 1)
    Path("in/nobody.txt").write_text("1: 7\n")
    for out, jobs in (("one", "1"), ("two", "2"), ("one", "2")):
        assert run("grade", "v/key", "in", "-o", out, "--jobs", jobs).exit_code == 0
    assert tree(course / "one") == tree(course / "two")


def test_a_key_is_read_once(run: Run, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(by_student, "load_key", lambda path: (loaded.append(path), load_key(path))[1])
    Path("in/bob.k.txt").unlink()
    assert run("grade", "v/key", "in", "-o", "out", "--jobs", "1").exit_code == 0
    assert sorted(loaded) == ["v/key/Zoë O'Neil.key.yaml", "v/key/ann.key.yaml"]


ONE = "title: T\nquestions:\n  - {id: 1, network: 8x8x1 -> conv 2 3x3, ask: params}\n"
TWO = "  - {id: 2, network: 8x8x1 -> conv 2 3x3, ask: output}\n"
ALIKE = "  help: keys by student have the same ids and points\n1 problem\n"


@pytest.mark.parametrize("jobs", sampled(["1", "2"], every=2))
@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (ONE, ONE + TWO, f"H703 ask: 'k/b.key.yaml' asks for 2, and 'k/a.key.yaml' does not\n{ALIKE}"),
        (ONE + TWO, ONE, f"H703 ask: 'k/a.key.yaml' asks for 2, and 'k/b.key.yaml' does not\n{ALIKE}"),
        (
            ONE,
            ONE.replace("params", "params, points: 2"),
            f"H703 ask: 1 is worth 2 in 'k/b.key.yaml', and 1 in 'k/a.key.yaml'\n{ALIKE}",
        ),
        (
            ONE,
            "title: x\n",
            "k/b.key.yaml:1:1: E104 missing: questions: is missing\n  title: x\n  ^^^^^^^^\n"
            "  help: a list of questions, each with ask:\n1 problem\n",
        ),
    ],
)
def test_keys_that_do_not_go_together(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: str, first: str, second: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(marking, "FEWEST", 2)
    for folder in ("k", "in"):
        Path(folder).mkdir()
    for name, text in (("a", first), ("b", second)):
        Path(f"k/{name}.key.yaml").write_text(text)
        Path(f"in/{name}.txt").write_text("1: 20\n")
    result = run("grade", "k", "in", "-o", "out", "--jobs", jobs)
    assert (result.exit_code, result.stderr) == (2, said)
    assert run("grade", "k", "--check-key").stderr == said


SYSTEM = {"ann": "ann", "bob.k": "b.kay@x.edu", "Zoë O'Neil": "zoe@x.edu"}
"""Who is who at Gradescope, as the roster tells."""


def submitted(run: Run, course: Path, users: list[dict[str, object]]) -> dict[str, Any]:
    """Mark ann's right answers as handed in by some users."""
    Path("who.csv").write_text("student,email\n" + "".join(f"{a},{b}\n" for a, b in SYSTEM.items()), "utf-8")
    Path("who.json").write_text(json.dumps({"users": users}))
    words = ("--gradescope", "r.json", "--submitter", "who.json", "--roster", "who.csv")
    result = run("grade", "v/key", "in/ann.txt", *words)
    assert (result.exit_code, result.output) == (0, "")
    found: dict[str, Any] = json.loads(Path("r.json").read_text())
    return found


@pytest.mark.parametrize(
    "user",
    [
        {"email": "ann@x.edu", "id": 7, "name": "Ann Ash"},
        {"email": "a.ash@x.edu", "id": 7, "name": "Ann"},
        {"email": "a.ash@x.edu", "id": 7, "name": "A. Ash", "sid": "ann"},
    ],
)
def test_gradescope_says_whose_key_it_is(run: Run, course: Path, user: dict[str, object]) -> None:
    assert submitted(run, course, [user])["score"] == 4
    assert submitted(run, course, [{"email": "b.kay@x.edu", "id": 8, "name": "Bob"}])["score"] < 4
    assert submitted(run, course, [{"email": "zoe@x.edu"}, user])["output"].splitlines()[2:] == [
        f"- handed in by zoe@x.edu and {user['email']}, who have questions of their own: the first one's are marked"
    ]


def test_who_has_no_key_is_not_marked_by_that_of_another(run: Run, course: Path) -> None:
    for users, who in (([{"email": "eve@x.edu", "name": "Eve"}], "eve@x.edu"), ([], "nobody")):
        found = submitted(run, course, users)
        assert (found["score"], found["tests"]) == (0, [])
        assert found["output"].splitlines()[2:] == [f"Not marked: no key for {who}; please tell your course staff."]


@pytest.mark.exhaustive  # two processes
def test_an_autograder_has_the_keys_of_all(run: Run, course: Path) -> None:
    result = run("grade", "v/key", "--autograder", "auto", "--roster", "roster.csv")
    assert result.stdout.splitlines()[0] == (
        f"auto: cnncalc-{cnncalc.__version__}-py3-none-any.whl, roster.csv, run_autograder, setup.sh, key with 3 keys"
    )
    assert sorted(path.name for path in Path("auto/key").iterdir()) == sorted(f"{s}.key.yaml" for s in STUDENTS)
    assert Path("auto/roster.csv").read_bytes() == Path("roster.csv").read_bytes()
    root = course / "root"  # as Gradescope has it, with the program of this environment
    (root / "cnncalc/bin").mkdir(parents=True)
    (root / "submission").mkdir()
    Path("auto").rename(root / "source")
    Path("in/bob.k.txt").rename(root / "submission/hw.txt")
    words = f'exec "{sys.executable}" -c "from cnncalc.cli import main; main()" "$@"'
    (root / "cnncalc/bin/cnncalc").write_text(f"#!/bin/sh\n{words}\n")
    (root / "cnncalc/bin/cnncalc").chmod(0o755)
    env = {**os.environ, "AUTOGRADER_ROOT": str(root), "PYTHONPATH": str(Path(cnncalc.__file__).parents[1])}
    scores = []
    for student in ("ann", "bob.k"):
        (root / "submission_metadata.json").write_text(json.dumps({"users": [{"email": f"{student}@x.edu"}]}))
        subprocess.run([str(root / "source/run_autograder")], env=env, check=True, timeout=120)
        scores.append(json.loads((root / "results/results.json").read_text())["score"])
    assert scores[0] == 4 > scores[1]  # bob.k answers what ann was asked


def test_wrong_use(run: Run, course: Path) -> None:
    Path("none").mkdir()
    for words, said in (
        (
            ("none", "in"),
            "E114 file: there are no keys in 'none'\n  help: one a student, as in s1001.key.yaml\n1 problem\n",
        ),
        (("v", "in"), "E114 file: there are no keys in 'v'\n  help: name 'v/key'\n1 problem\n"),
    ):
        result = run("grade", *words)
        assert (result.exit_code, result.stderr) == (2, said)
    Path("who.json").write_text("[]")
    for words, said in (
        (
            ("v/key", "in", "--gradescope", "r.json"),
            "Error: 'v/key' is a folder of keys: say whose is used by --submitter submission_metadata.json",
        ),
        (
            ("v/key", "in", "--submitter", "who.json"),
            "Error: --submitter goes with --gradescope and a folder of keys",
        ),
        (
            ("v/key/ann.key.yaml", "--autograder", "a", "--roster", "roster.csv"),
            "Error: --autograder takes a --roster with a folder of keys",
        ),
    ):
        result = run("grade", *words, width=120)
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, said)
    by = ("grade", "v/key", "in", "--gradescope", "r.json", "--submitter")
    assert run(*by, "who.json").stderr == (
        "E114 file: 'who.json' does not say who hands in\n"
        "  help: Gradescope's submission_metadata.json, with users\n1 problem\n"
    )
    assert run(*by, "no.json").stderr == "E114 file: 'no.json' cannot be read: no such file or directory\n1 problem\n"
    Path("v/key/ANN.key.yaml").write_text(Path("v/key/ann.key.yaml").read_text())
    result = run("grade", "v/key", "in")
    assert (result.exit_code, result.stderr) == (
        2,
        "E102 duplicate: 'v/key/ann.key.yaml' and 'v/key/ANN.key.yaml' are keys of the same student\n"
        "  help: take one away\n1 problem\n",
    )


def test_typed_answers_are_checked_key_by_key(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("k").mkdir()
    Path("k/a.key.yaml").write_text(ONE.replace("params", "params, answer: 20"))
    Path("k/b.key.yaml").write_text(ONE.replace("params", "params, answer: 18"))
    result = run("grade", "k", "--check-key")
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[0], lines[-1]) == (
        1,
        "k/a.key.yaml: 1 typed answer, all as computed",
        "k/b.key.yaml: 1 typed answer, 1 not as computed",
    )
    Path("k/b.key.yaml").unlink()
    assert run("grade", "k", "--check-key").exit_code == 0
