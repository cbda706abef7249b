"""`cnncalc check`: what a student sees, and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

CONV = "300x300x3 -> conv 100 5x5"


def test_a_right_answer(run: Run) -> None:
    result = run("check", CONV, "--params", "7,600", "--output", "296x296x100")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "✓ params: 7,600 is right.\n✓ output: 296x296x100 is right.\n2 of 2 right\n"


def test_a_wrong_answer_with_its_mistake(run: Run) -> None:
    result = run("check", CONV, "--params", "7500")
    assert result.exit_code == 1
    assert result.stdout == (
        "✗ params: You wrote 7500. That is 5·5·3·100: the 100 biases are missing. Right:\n"
        "  5·5·3·100 + 100 = 7,500 + 100 = 7,600.\n"
    )


def test_a_hint_without_the_answer(run: Run) -> None:
    result = run("check", CONV, "--params", "7500", "--hint")
    assert result.exit_code == 1
    assert result.stdout == (
        "✗ params: 7,500 is not right yet. Hint: what does each filter learn besides its\n  weights?\n"
    )


def test_an_answer_that_is_not_understood(run: Run) -> None:
    result = run("check", CONV, "--output", "large", width=200)
    assert result.exit_code == 2
    assert result.stdout.startswith("? output: You wrote large, which is not understood: 'large' ")


def test_a_chain_that_does_not_fit(run: Run) -> None:
    result = run("check", "9x9x3 -> conv 8 11x11", "--params", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "E201 kernel: 11 exceeds the input size 9 without padding" in result.stderr


def test_conventions(run: Run) -> None:
    assert run("check", CONV, "--params", "7500", "--convention", "biases=no").exit_code == 0
    result = run("check", CONV, "--params", "7500", "--convention", "bias=no")
    assert result.exit_code == 2
    assert "unknown key 'bias'" in result.stderr
    assert "did you mean 'biases'?" in result.stderr


def test_answers_to_a_key(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "hw.key.yaml"
    key.write_text(f"title: T\nquestions:\n  - {{id: 1, network: {CONV}, ask: params}}\n")
    assert run("check", "--key", str(key), "--answer", "1=7600").exit_code == 0
    assert run("check", "--key", str(key), "--answer", "1=7500").exit_code == 1
    result = run("check", "--key", str(key), "--answer", "2=7500")
    assert result.exit_code == 2
    assert "the key has no question '2': there are 1" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name a network, or a --key"),
        ((CONV,), "give an answer, as in --output 29x29x32 or --params 7600"),
        (
            (CONV, "--params", "1", "--params", "2"),
            "Invalid value for '--params': 2 answers to one question: give one",
        ),
        ((CONV, "--key", "k"), "--key stands for the network"),
        ((CONV, "--params", "1", "--answer", "1=2"), "--answers and --answer go with --key"),
        (("--key", "k", "--params", "3"), "the --key says what is asked: give --answers FILE or --answer ID=TEXT"),
    ],
)
def test_wrong_use(run: Run, words: tuple[str, ...], message: str) -> None:
    result = run("check", *words)
    assert result.exit_code == 2
    assert result.stderr.endswith(f"Error: {message}\n")


def test_a_key_that_is_not_there(run: Run) -> None:
    result = run("check", "--key", "nowhere", "--answer", "1=2")
    assert result.exit_code == 2
    assert "E114 file: there is no key 'nowhere'" in result.stderr


def test_a_list_in_a_question_keeps_its_lines(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "k.key.yaml"
    lines = ["An image goes through:", "1. a convolution", "2. a pool", "What comes out?"]
    text = "\n      ".join(lines)
    key.write_text(
        f"title: T\nquestions:\n  - id: 1\n    text: |\n      {text}\n    network: 9x9x1 -> conv 1 3x3\n"
        "    ask: output\n"
    )
    result = run("check", "--key", str(key))
    assert result.stdout == ("1: An image goes through:\n   1. a convolution\n   2. a pool\n   What comes out?\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("28x28x1 -> flatten -> linear 10", "--output", "2 x 2.5"), 1, "✗ output: You wrote 2 x 2.5. Right is 10.\n"),
        (("28x28x1 -> flatten -> linear 10", "--output", "2 * 2.5"), 1, "✗ output: You wrote 2 * 2.5. Right is 10.\n"),
    ],
)
def test_numbers_that_are_not_whole(run: Run, words: tuple[str, ...], code: int, message: str) -> None:
    result = run("check", *words, width=200)
    assert (result.exit_code, result.stdout, result.stderr) == (code, message, "")


def test_a_vector_has_no_sides(run: Run) -> None:
    result = run("check", "10 -> linear 5", "--sides", "5")
    assert result.exit_code == 2
    assert "H703 ask: what is asked about is a vector, which has no sides\n" in result.stderr
    assert "  help: ask output or channels\n" in result.stderr


def test_a_key_without_answers_prints_its_questions(run: Run) -> None:
    result = run("check", "--key", "lecture")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:4] == [
        "1: A 1x1 convolution with 3 filters is applied to 4x4x5; 16 filters of 3x3",
        "   follow, padded by 1.",
        "   1a: What leaves the 1x1 convolution?",
        "   1b: How many multiply-adds do both layers take?",
    ]
    assert "   8.conv.output, 8.conv.params, 8.avgpool.output, 8.avgpool.params," in lines
    assert max(map(len, lines)) <= 80


POOL = "2x2x1 -> maxpool 2x2"


def test_numbers_on_the_command_line_or_in_a_file(run: Run, tmp_path: Path) -> None:
    listed = run("check", POOL, "--values", "input=[[1, 3], [5, 2]]", "--value", "5")
    assert (listed.exit_code, listed.stdout) == (0, "✓ value: 5 is right.\n")
    file = tmp_path / "input.txt"
    file.write_text("1 3\n5 2\n")
    wrong = run("check", POOL, "--values", f"input={file}", "--value", "4")
    assert (wrong.exit_code, wrong.stdout) == (1, "✗ value: You wrote 4. Right: max(1, 3, 5, 2) = 5.\n")
    at = ("--values", "input=1 2 3; 4 5 6; 7 8 9", "--values", "filter=1 0; 0 1", "--at", "row=1", "--at", "column=2")
    assert run("check", "3x3x1 -> conv 1 2x2", *at, "--value", "8").exit_code == 0


def test_mean_and_variance_of_numbers(run: Run) -> None:
    result = run("check", "1 -> batchnorm", "--values", "input=[1,7,1,7]", "--mean", "4", "--variance", "9")
    assert (result.exit_code, result.stdout) == (0, "✓ mean: 4 is right.\n✓ variance: 9 is right.\n2 of 2 right\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--value", "5"), "Error: --value is about numbers: give --values input=[[1,2],[3,4]]\n"),
        (
            ("--params", "0", "--values", "input=1"),
            "Error: --values is for --value, --derivative, --mean, --variance\n",
        ),
        (("--params", "0", "--at", "row=1"), "Error: --at is for --value, --derivative, --mean, --variance\n"),
        (
            ("--values", "input=[[1,3],[5,2]]", "--value", "5", "--at", "row=one"),
            "Error: --at row=one: write a whole number, as in --at row=1\n",
        ),
    ],
)
def test_numbers_that_do_not_go_with_the_question(run: Run, arguments: tuple[str, ...], error: str) -> None:
    result = run("check", POOL, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(error)


def test_numbers_that_are_none(run: Run) -> None:
    result = run("check", POOL, "--values", "input=nowhere.txt", "--value", "5")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "E114 file: 'nowhere.txt' cannot be read: no such file or directory\n"
        "  help: write the numbers, as in input=[[1,2],[3,4]], or name a text file with a row a line\n"
        "1 problem\n"
    )
    uneven = run("check", POOL, "--values", "input=[[1,2],[3]]", "--value", "5")
    assert uneven.exit_code == 2
    assert "E124 numbers: input: this row has 1 number, the first one 2 numbers" in uneven.stderr
