"""`cnncalc quiz`: files, variants, refusals, and the session in the terminal."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cnncalc.cli import quiz as module
from cnncalc.files import held
from cnncalc.homework.key import load_key
from cnncalc.quizzes import make
from cnncalc.quizzes.draft import Draft, Topic
from cnncalc.quizzes.draws import Draws
from cnncalc.quizzes.exports.files import FORMATS
from cnncalc.quizzes.topics import TOPICS
from tests.cli.conftest import Run

USAGE = "Usage: cnncalc quiz [OPTIONS]\nTry 'cnncalc quiz --help' for help.\n\nError: "


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_help_names_every_format_and_topic() -> None:
    assert all(f" {name}" in module.EPILOG for name in (*TOPICS, *FORMATS))


@pytest.mark.parametrize("name", sorted(name for name, form in FORMATS.items() if form.folder is None))
def test_a_format_is_printed_or_written(run: Run, name: str) -> None:
    printed = run("quiz", "-n", "2", "--seed", "7", "--format", name)
    assert (printed.exit_code, printed.stderr) == (0, "")
    written = run("quiz", "-n", "2", "--seed", "7", "--format", name, "-o", "out")
    assert (written.exit_code, written.stdout, written.stderr) == (0, "", "")
    assert Path("out").read_text("utf-8") == printed.stdout


def test_several_formats_and_folders_of_questions(run: Run) -> None:
    result = run("quiz", "-n", "1", "--topics", "macs", "--format", "key", "--format", "prairielearn", "-o", "out")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "4 files in out\n")
    assert sorted(str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file()) == [
        "prairielearn/quiz-1-macs/info.json",
        "prairielearn/quiz-1-macs/question.html",
        "prairielearn/quiz-1-macs/server.py",
        "quiz.key.yaml",
    ]
    assert [p.ask for p in load_key("out/quiz.key.yaml").parts.values()] == ["macs"]


def test_a_key_of_ones_own(run: Run) -> None:
    Path("own.key.yaml").write_text("questions: [{id: 1a, text: 'Parameters?', network: alexnet, ask: params}]\n")
    result = run("quiz", "--key", "own.key.yaml", "--format", "gift")
    assert result.exit_code == 0
    assert "::1a::[html]<p>Parameters?</p> {#\n\t=60965224:0#<p>Right.</p>\n" in result.stdout


def test_variants_for_students(run: Run) -> None:
    Path("roster.csv").write_text('Name,Student ID\nAnn,a1\n"Ben, the 2nd",b.2@x.org\n')
    words = ("quiz", "-n", "2", "--students", "roster.csv", "--format", "key", "--format", "moodle", "-o", "out")
    result = run(*words)
    assert (result.exit_code, result.stderr) == (0, "4 files in out\n")
    found = {str(p.relative_to("out")): p.read_bytes() for p in Path("out").rglob("*") if p.is_file()}
    assert sorted(found) == ["key/a1.key.yaml", "key/b.2@x.org.key.yaml", "moodle.xml", "variants.csv"]
    lines = found["variants.csv"].decode().split("\r\n")
    assert lines[0] == "student,name,id,topic,question,answer"
    assert [line.split(",")[0] for line in lines[1:]] == ["a1", "a1", "b.2@x.org", "b.2@x.org", ""]
    run(*words)
    assert found == {str(p.relative_to("out")): p.read_bytes() for p in Path("out").rglob("*") if p.is_file()}


PEOPLE = {
    "student,name\ns1,Ada Lovelace\ns2,\n": ("s1", "Ada Lovelace (s1)", "s2"),
    "id;Vorname;Nachname\ns1;Ada;Lovelace\ns2;;\n": ("s1", "Ada Lovelace (s1)", "s2"),
    'Student,ID,SIS User ID\n"Lovelace, Ada",77,s1\n"",78,s2\n': ("s1", "Lovelace, Ada (s1)", "s2"),
    "name\nAda Lovelace\nBen\n": ("Ada Lovelace", "Ada Lovelace", "Ben"),
}


@pytest.mark.parametrize("text", PEOPLE)
def test_papers_have_the_name_and_the_id_of_the_student(run: Run, text: str) -> None:
    Path("roster.csv").write_text(text)
    kinds = ("latex", "markdown", "key")
    formats = [word for name in kinds for word in ("--format", name)]
    assert run("quiz", "-n", "1", "--students", "roster.csv", *formats, "-o", "out").exit_code == 0
    first, whose, second = PEOPLE[text]
    assert rf"\noindent {whose}" in Path(f"out/latex/{first}.tex").read_text().splitlines()
    assert rf"\noindent {second}" in Path(f"out/latex/{second}.tex").read_text().splitlines()
    named = f"# Quiz, {whose}" if whose != first else f"# Quiz ({whose})"
    assert Path(f"out/markdown/{first}.md").read_text().splitlines()[0] == named
    assert Path(f"out/key/{first}.key.yaml").exists()


def test_numbered_variants(run: Run) -> None:
    result = run("quiz", "-n", "1", "--variants", "3", "--format", "answers", "-o", "out")
    assert (result.exit_code, result.stderr) == (0, "4 files in out\n")
    assert sorted(path.name for path in Path("out/answers").iterdir()) == ["1.txt", "2.txt", "3.txt"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--topics", "parms"], "Invalid value for '--topics': no topic 'parms': did you mean 'params'?"),
        (
            ["--topics", "xyzzy"],
            f"Invalid value for '--topics': no topic 'xyzzy': one of {', '.join(TOPICS)}",
        ),
        (["--topics", ","], f"Invalid value for '--topics': no topic is named: one of {', '.join(TOPICS)}"),
        (["--level", "4"], "Invalid value for '--level': 4 is not in the range 1<=x<=3."),
        (["-n", "0"], "Invalid value for '-n' / '--count': 0 is not in the range 1<=x<=200."),
        (["--variants", "3"], "this makes several files: -o names their folder"),
        (["--format", "prairielearn"], "this makes several files: -o names their folder"),
        (["--key", "x", "--seed", "1"], "--seed makes new questions, and --key has its own: give one of them"),
        (
            ["--students", "x", "--variants", "2"],
            "--students and --variants both say how many variants: give one of them",
        ),
        (["--interactive", "-o", "x"], "--interactive asks here, -o writes files: give one of them"),
    ],
)
def test_wrong_use(run: Run, words: list[str], message: str) -> None:
    result = run("quiz", *words)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{USAGE}{message}\n")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a topic two questions."""

    def asked(draws: Draws) -> Draft:
        return Draft("How long?", {"network": f"{draws.choice((2, 3))}x1x1 -> flatten", "ask": "channels"})

    monkeypatch.setitem(TOPICS, "pad", Topic("pad", "sizes", {1: (asked,)}))


@pytest.mark.usefixtures("small")
def test_students_who_are_asked_the_same_are_counted(run: Run) -> None:
    result = run("quiz", "--topics", "pad", "-n", "1", "--variants", "5", "--format", "key", "-o", "out")
    assert (result.exit_code, result.stderr) == (
        0,
        "note: level 1 of pad has 2 different questions: 3 of 5 asked repeat one that another student has\n"
        "6 files in out\n",
    )


def test_topics_are_listed_with_how_many_questions_they_have(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "MOST_COUNTED", 10)
    result = run("quiz", "--list-topics")
    assert (result.exit_code, result.stderr) == (0, "")
    head, levels, *lines = result.stdout.splitlines()
    assert (head.strip(), levels.split()) == ("different questions at level", ["1", "2", "3"])
    assert [line.split()[0] for line in lines] == [*TOPICS]
    assert lines[1] == "pad              the padding that gives a size             10+     10+     10+"


@pytest.mark.usefixtures("small")
def test_more_questions_than_there_are(run: Run) -> None:
    result = run("quiz", "--topics", "pad", "-n", "3")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "H704 quiz: level 1 of pad has only 2 different questions\n"
        "  help: take more topics, fewer questions or another level\n1 problem\n"
    )


def test_a_folder_that_cannot_be(run: Run) -> None:
    Path("out").write_text("a file")
    result = run("quiz", "-n", "1", "--variants", "2", "-o", "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "E114 file: 'out' cannot be written: file exists\n1 problem\n"
    assert Path("out").read_text() == "a file"


ROSTERS = [
    (b"", 2, "roster.csv:1:1: E114 file: the file is empty\n1 problem\n"),
    (
        b"id\n",
        1,
        "roster.csv:1:1: H705 roster: there is no student\n  id\n  ^\n  help: one a line below the headings\n",
    ),
    (b"\n\n", 1, "roster.csv:1:1: H705 roster: there is no student\n  help: one a line\n"),
    (
        b"id\nann\nAnn\n",
        1,
        "roster.csv:3:1: H705 roster: 'Ann' stands in line 2 already\n  Ann\n  ^^^\n  help: each student once\n",
    ),
    (
        b"id\n=cmd|' /C calc'!A0\n",
        1,
        "roster.csv:2:1: H705 roster: '=cmd|' /C calc'!A0' begins like a formula\n  =cmd|' /C calc'!A0\n"
        "  ^^^^^^^^^^^^^^^^^^\n  help: begin names with a letter or a digit\n",
    ),
    (
        b"id\n../../etc/passwd\n",
        1,
        "roster.csv:2:1: H705 roster: '../../etc/passwd' is a path, and each student gets a file\n"
        "  ../../etc/passwd\n  ^^^^^^^^^^^^^^^^\n  help: take a plain name\n",
    ),
    (
        b"id,name\nx,1\n,2\n",
        1,
        "roster.csv:3:1: H705 roster: this row has no student\n  ,2\n  ^\n  help: delete it, or name the student\n",
    ),
    (
        b"id\ncon\n",
        1,
        "roster.csv:2:1: H705 roster: 'con' cannot name a file\n  con\n  ^^^\n"
        "  help: letters, digits, spaces and . - _ @ + '\n",
    ),
    (
        b"id\n" + b"x" * 61,
        1,
        f"roster.csv:2:1: H705 roster: a name of 61 characters, more than 60\n  {'x' * 61}\n  {'^' * 61}\n"
        "  help: take a shorter one\n",
    ),
    (
        b'id\n"ann\n',
        1,
        'roster.csv:2:1: H705 roster: no CSV: unexpected end of data\n  "ann\n  ^\n  help: save it again as CSV\n',
    ),
    (
        b"id\n\xff\n",
        2,
        "roster.csv:2:1: E114 file: not UTF-8: byte 0xff at 3\n  \ufffd\n  ^\n  help: save the file as UTF-8\n",
    ),
    (b"id\n\x00\n", 2, "roster.csv:2:1: E114 file: not a text file: it holds a NUL byte\n   \n  ^\n"),
]


@pytest.mark.parametrize(("data", "code", "message"), ROSTERS, ids=range(len(ROSTERS)))
def test_rosters_that_are_refused(run: Run, data: bytes, code: int, message: str) -> None:
    Path("roster.csv").write_bytes(data)
    result = run("quiz", "-n", "1", "--students", "roster.csv", "-o", "out")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == (message if message.endswith("problem\n") else f"{message}1 problem\n")
    assert not Path("out").exists()


def test_a_roster_that_is_not_there(run: Run) -> None:
    result = run("quiz", "--students", "no.csv", "-o", "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "E114 file: 'no.csv' cannot be read: no such file or directory\n1 problem\n"


@pytest.mark.parametrize(
    "data",
    [
        "Ann Lee\nBen\n",
        "\ufeffSIS User ID;name\r\nAnn Lee;x\r\nBen;y\r\n",
        "email\tid\nx@y\tAnn Lee\n\nz@y\tBen\n",
        'name,student\n"a ""b"" c",Ann Lee\n"two\nlines",Ben\n',
    ],
)
def test_rosters_that_are_read(run: Run, data: str) -> None:
    Path("roster.csv").write_text(data, "utf-8", newline="")
    result = run("quiz", "-n", "1", "--students", "roster.csv", "--format", "answers", "-o", "out")
    assert (result.exit_code, result.stderr) == (0, "3 files in out\n")
    assert sorted(path.name for path in Path("out/answers").iterdir()) == ["Ann Lee.txt", "Ben.txt"]


# In the terminal.

PARAMS = """title: Two questions
questions:
  - {id: 1, topic: params, text: How many parameters?, network: 300x300x3 -> conv 100 5x5, ask: params}
  - id: 2
    text: Several things.
    network: 63x63x16 -> conv 32 7x7 stride=2
    parts: {a: {ask: output, text: The output}, b: {ask: weight_bytes, text: The memory of its weights}}
"""


@pytest.fixture
def key() -> str:
    Path("two.key.yaml").write_text(PARAMS)
    return "two.key.yaml"


def test_a_session_in_the_terminal(run: Run, key: str) -> None:
    typed = b"?\n7500\n7600\n29x29x32\n\n"
    result = run("quiz", "--key", key, "--interactive", width=200, input=typed)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "Two questions: 2 questions. ? gives a hint, an empty line skips, q ends; a second try counts half.\n"
        "\n"
        "Question 1 of 2: params (1 point)\n"
        "How many parameters?\n"
        "> ?\n"
        "What does each filter learn besides its weights?\n"
        "> 7500\n"
        "Not right. What does each filter learn besides its weights?\n"
        "try again> 7600\n"
        "7,600 is right.\n"
        "\n"
        "Question 2 of 2: 2 (2 points)\n"
        "Several things.\n"
        "The output> 29x29x32\n"
        "29x29x32 is right.\n"
        "The memory of its weights (in bytes)> \n"
        "Skipped.\n"
        "  (7·7·16·32 + 32)·4 = 25,120·4 = 100,480\n"
        "1.5 of 3 points\n"
    )


def test_two_wrong_answers_are_explained(run: Run, key: str) -> None:
    result = run("quiz", "--key", key, "--interactive", width=200, input=b"purple\n7500\n7501\n")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[4].startswith("> purple")
    assert lines[5].startswith("You wrote purple, which is not understood: ")
    assert lines[6:10] == [
        "> 7500",
        "Not right. What does each filter learn besides its weights?",
        "try again> 7501",
        "You wrote 7501. That is 5·5·3·100 + 1: there is one bias for each of the 100 outputs, not one for the layer. "
        "Right: 5·5·3·100 + 100 = 7,500 + 100 = 7,600.",
    ]
    assert lines[-1] == "0 of 1 point"


def test_the_end_of_the_input_ends_it_with_the_score(run: Run, key: str) -> None:
    result = run("quiz", "--key", key, "--interactive", width=200, input=b"7600\n")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "1 of 1 point"
    result = run("quiz", "--key", key, "--interactive", width=200, input=b"")
    assert result.stdout.splitlines()[-1] == "0 of 0 points"


@pytest.mark.parametrize("word", ["q", "Exit", "quit"])
def test_a_word_ends_it(run: Run, key: str, word: str) -> None:
    result = run("quiz", "--key", key, "--interactive", width=200, input=f"7600\n{word}\n29x29x32\n".encode())
    assert result.stdout.splitlines()[-1] == "1 of 1 point"


def test_a_hint_may_be_asked_for_by_its_name(run: Run, key: str) -> None:
    result = run("quiz", "--key", key, "--interactive", width=200, input=b"hint\n\nhelp\n")
    lines = result.stdout.splitlines()
    assert lines[5] == "What does each filter learn besides its weights?"
    first = "Take each side by itself: input, padding at both ends, kernel, stride; then the channels."
    assert lines[lines.index("The output> help") + 1] == first


@pytest.mark.exhaustive
@pytest.mark.parametrize("level", ["1", "2", "3"])
def test_there_is_a_hint_at_every_question(run: Run, level: str) -> None:
    words = ("quiz", "-n", str(len(TOPICS)), "--topics", ",".join(TOPICS), "--level", level, "--interactive")
    result = run(*words, width=200, input=b"?\n\n" * 100)
    assert result.stdout.count("> ?") > len(TOPICS)
    assert "> ?\nThere are no more hints." not in result.stdout


def test_bytes_that_are_no_text_are_an_answer_that_is_not_understood(run: Run, key: str) -> None:
    result = run("quiz", "--key", key, "--interactive", width=200, input=b"76\xff\xfe00\n7600\n")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "which is not understood" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 of 1 point"


def test_choices_of_several_parts_are_listed_once(run: Run) -> None:
    networks = "{a: 9x9x1 -> conv 1 3x3, b: 9x9x1 -> conv 1 5x5}"
    parts = "{c: {ask: fewest params}, d: {ask: most params}}"
    Path("c.key.yaml").write_text(
        f"title: T\nquestions:\n  - {{id: 1, text: Which?, networks: {networks}, parts: {parts}}}\n"
    )
    result = run("quiz", "--key", "c.key.yaml", "--interactive", width=200, input=b"a\nb\n")
    assert result.stdout.splitlines()[2:] == [
        "Question 1 of 1: 1 (2 points)",
        "Which?",
        "  a",
        "  b",
        "> a",
        "a is right.",
        "> b",
        "b is right.",
        "2 of 2 points",
    ]


def test_long_lines_are_wrapped_between_words(run: Run) -> None:
    result = run("quiz", "--interactive", "-n", "3", "--level", "3", width=60, input=b"")
    assert max(map(len, result.stdout.splitlines())) <= 60
    assert len(result.stdout.splitlines()) > 10


def test_colours_are_for_terminals(run: Run, key: str) -> None:
    plain = run("quiz", "--key", key, "--interactive", width=200, input=b"7600\n", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[" not in plain.stdout
    forced = run("quiz", "--key", key, "--interactive", width=200, input=b"7600\n", FORCE_COLOR="1")
    assert "\x1b[32m7,600 is right.\x1b[0m" in forced.stdout


def test_qti_is_a_package(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "quiz.zip"
    assert run("quiz", "-n", "2", "--format", "qti", "-o", str(out)).exit_code == 0
    assert zipfile.is_zipfile(out)
    refused = run("quiz", "-n", "2", "--format", "qti")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == "Error: qti is a package: -o names its file, such as quiz.zip"
    done = run("quiz", "-n", "2", "--variants", "2", "--format", "qti", "--format", "key", "-o", str(tmp_path / "v"))
    assert done.exit_code == 0
    assert sorted(one.name for one in (tmp_path / "v").iterdir()) == ["key", "qti.zip", "variants.csv"]


WRITES = ("quiz", "-n", "2", "--variants", "20", "--format", "latex", "--format", "key", "-o", "out")


def test_a_folder_into_which_another_run_writes_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with held(tmp_path / "out" / module.LOCK):
        result = run(*WRITES)
    message = "E114 file: 'out' cannot be written: another run of cnncalc is writing it\n1 problem\n"
    assert (result.exit_code, result.stderr) == (2, message)
    assert run(*WRITES).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["key", "latex", "variants.csv"]


@pytest.mark.exhaustive
def test_the_variants_of_two_runs_never_mix(run: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cnncalc", *WRITES, "--seed"]
    racing = [subprocess.Popen([*command, seed], stderr=subprocess.PIPE, text=True) for seed in ("5", "6")]
    ended = [(one.communicate(timeout=120)[1], one.returncode) for one in racing]
    assert {code for _, code in ended} <= {0, 2}
    assert any(code == 0 for _, code in ended)

    def files(folder: Path) -> dict[str, str]:
        return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}

    alone = []
    for seed in ("5", "6"):
        assert run(*WRITES[:-1], f"alone{seed}", "--seed", seed).exit_code == 0
        alone.append(files(tmp_path / f"alone{seed}"))
    assert files(tmp_path / "out") in alone
