"""Wrong use, bad specs and failures: whole messages, exit codes, never a traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.effort import sampled

USAGE = "Usage: cnncalc show [OPTIONS] WHAT\nTry 'cnncalc show --help' for help.\n\nError: "


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["alexnet", "--columns", "pth"], "Invalid value for '--columns': no column 'pth': did you mean 'path'?"),
        (["alexnet", "--depth", "0"], "Invalid value for '--depth': '0' is neither a number from 1 nor 'all'"),
        (["alexnet", "--depth", "deep"], "Invalid value for '--depth': 'deep' is neither a number from 1 nor 'all'"),
        (
            ["alexnet", "--depth", "9" * 5000],
            f"Invalid value for '--depth': '{'9' * 39}…' is neither a number from 1 nor 'all'",
        ),
        (["alexnet", "--set", "towers"], "Invalid value for '--set': 'towers' is not name=value"),
        (["alexnet", "--set", "=2"], "Invalid value for '--set': '=2' is not name=value"),
        (
            ["227x227x3", "conv", "96"],
            'one network at a time, and a chain in quotes: cnncalc show "227x227x3 conv 96"',
        ),
        (
            ["alexnet", "--format", "json", "--columns", "path"],
            "--columns does not go with --format json, which has them all",
        ),
        (
            ["alexnet", "--format", "csv", "--depth", "2"],
            "--depth does not go with --format csv, which lists every layer",
        ),
    ],
)
def test_wrong_use(run: Run, words: list[str], message: str) -> None:
    result = run("show", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{USAGE}{message}\n"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("shwo", "no command 'shwo': did you mean 'show'?"),
        ("alexnet", "no command 'alexnet': did you mean cnncalc show 'alexnet'?"),
        ("3 -> relu", "no command '3 -> relu': did you mean cnncalc show '3 -> relu'?"),
        ("xyzzy", "no command 'xyzzy'"),
    ],
)
def test_unknown_command(run: Run, word: str, message: str) -> None:
    result = run(word)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: {message}"


def test_unknown_column_without_a_near_one_lists_all(run: Run) -> None:
    result = run("show", "alexnet", "--columns", "qqq")
    assert result.exit_code == 2
    assert "no column 'qqq': one of path, layer, kind, aux, in, out, params," in result.stderr


def test_unknown_network(run: Run) -> None:
    result = run("show", "alexnte")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("E114 file: there is no network, file or chain 'alexnte'\n  help: did you mean ")
    assert result.stderr.endswith("\n1 problem\n")


def test_problems_of_a_spec(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn.yaml").write_text("input: 8x8x6\nlayers:\n  - conv 8 3x3 groups=4\n  - cnv 8 3x3\n")
    result = run("show", "net.cnn.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[0] == ("net.cnn.yaml:3:23: E203 groups: 4 groups do not divide 6 input channels")
    assert "    ^^^" in result.stderr
    assert result.stderr.splitlines()[-1] == "2 problems"


def test_problems_in_colour(run: Run) -> None:
    result = run("show", "3 -> cnv 3", FORCE_COLOR="1")
    assert "\x1b[1;31mE108 kind:\x1b[0m" in result.stderr
    assert "\x1b[1;31m       ^^^\x1b[0m" in result.stderr
    assert "\x1b[36mhelp:\x1b[0m" in result.stderr
    assert "\x1b[" not in run("show", "3 -> cnv 3").stderr


@pytest.mark.parametrize(
    ("failure", "message"),
    [(MemoryError(), "Error: out of memory\n"), (RecursionError(), "Error: nested too deeply to be read\n")],
)
def test_limits_of_the_machine(run: Run, monkeypatch: pytest.MonkeyPatch, failure: Exception, message: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("cnncalc.report", fail)
    result = run("show", "alexnet")
    assert (result.exit_code, result.stderr) == (2, message)


def start(*words: str, **streams: int) -> subprocess.Popen[bytes]:
    """Start cnncalc as a process of its own."""
    program = "from cnncalc.cli import main; main()"
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # who runs the tests may have it ignored
    command = [sys.executable, "-c", program, *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=heard, **streams)


def test_broken_pipe() -> None:
    process = start("show", "resnet152", "--format", "json", stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait(timeout=60)


def test_interrupt() -> None:
    process = start("show", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"input: 4\n")
    process.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (130, b"")


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="needs /dev/stdout")
def test_the_standard_output_can_be_named_as_a_file() -> None:
    program = "from cnncalc.cli import main; main()"
    words = [sys.executable, "-c", program, "show", "8x8x3 -> relu"]
    piped = [subprocess.run([*words, *more], capture_output=True).stdout for more in ([], ["-o", "/dev/stdout"])]
    assert piped[0] == piped[1] != b""


def test_a_file_that_the_standard_output_goes_to_is_written_on(tmp_path: Path) -> None:
    with open(tmp_path / "log", "wb") as log:
        for name in ("-", "/dev/stdout"):
            start("show", "8x8x3 -> relu", "-o", name, stdout=log.fileno()).wait(timeout=60)
    assert (tmp_path / "log").read_text("utf-8").count("chain · 8x8x3") == 2


def test_a_broken_pipe_that_is_named() -> None:
    process = start("schema", "-o", "/dev/stdout", stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait(timeout=60)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk() -> None:
    with open("/dev/full", "wb") as full:
        process = start("show", "alexnet", stdout=full.fileno())
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (2, b"Error: cannot write: No space left on device\n")


@pytest.mark.parametrize("name", sampled(["stdout", "stdin", "stderr"], every=3))
def test_closed_streams(name: str) -> None:
    closed = f"import sys; sys.{name} = None; from cnncalc.cli import main; main()"
    for words, code in ((["show", "-"], 2), (["show", "lenet5"], 0), (["show", "3 -> cnv 3"], 1), (["--help"], 0)):
        process = subprocess.run([sys.executable, "-c", closed, *words], capture_output=True, input=b"", check=False)
        assert (process.returncode, b"Traceback" in process.stderr) == (code, False)


@pytest.mark.parametrize("number", [0xDCFF, 0xD800])
def test_a_name_that_is_no_text(run: Run, number: int) -> None:
    result = run("show", chr(number))
    message = "E114 file: there is no network, file or chain '·'"
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, message)


@pytest.mark.parametrize("encoding", sampled(["ascii", "latin-1", "cp437", "utf-8"], every=4))
def test_any_encoding(encoding: str) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80"}
    commands = [
        ["show", "resnet152"],
        ["layers", "relu"],
        ["show", "--help"],
        ["compare", "lenet5", "alexnet"],
        ["show", "3 → cnv"],
    ]
    program = f"""
from cnncalc.cli import main
for words in {commands!a}:
    try:
        main(words)
    except SystemExit as end:
        print("exit", end.code)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, env=env, timeout=300)
    text = (result.stdout + result.stderr).decode(encoding)
    assert re.findall("^exit .*", text, re.MULTILINE) == ["exit 0"] * 4 + ["exit 1"]
    assert "Traceback" not in text
    assert "\\u" not in text
    assert (".2–36 " if encoding == "utf-8" else ".2-36 ") in text


def test_symbols_where_numbers_are_needed(run: Run) -> None:
    pytest.importorskip("torch")
    done = run("verify", "lenet5", "--input", "HxWx1")
    assert done.exit_code == 2
    assert done.stderr == (
        "E118 symbol: numbers are needed here in place of H and W\n"
        "  help: give it a number; show, explain and closed take symbols\n"
        "1 problem\n"
    )


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ("k", ("verify", "densenet121", "--set", "growth=k", "--device", "meta")),
        ("H and W", ("verify", "HxWx1 -> conv 3 3x3", "--against", "torch.nn:ReLU")),
        ("H and W", ("run", "HxWx1 -> conv 3 3x3", "--input-file", "x.csv")),
    ],
)
def test_symbols_cannot_be_built(run: Run, letters: str, words: tuple[str, ...]) -> None:
    pytest.importorskip("torch")
    result = run(*words)
    message = f"E118 symbol: numbers are needed here in place of {letters}"
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, message)


@pytest.mark.parametrize("seed", [-5, 2**70])
def test_any_seed(run: Run, seed: int) -> None:
    pytest.importorskip("torch")
    result = run("verify", "3 -> linear 3", "--seed", str(seed))
    assert (result.exit_code, result.stderr) == (0, "")


def test_explain_of_an_input(run: Run) -> None:
    result = run("explain", "8x8x3 -> conv 4 3x3", "input")
    message = "Error: chain has no layer 'input': `cnncalc show chain --depth all` lists them"
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, message)


def test_explain_of_the_largest_numbers(run: Run) -> None:
    result = run("explain", "999999999999999999x9x3 -> conv 999999999999999999 1x1")
    assert result.exit_code == 0
    assert "≈ 2.7e37" in result.stdout


def test_a_wish_beyond_all_sizes(run: Run) -> None:
    result = run("sizes", "8x8x3 -> conv 4 3x3", "--near", "99999999999999999999999")
    message = "99999999999999999999999 is not in the range 1<=x<=1000000."
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"Error: Invalid value for '--near': {message}")


@pytest.mark.parametrize(
    ("chain", "headline", "hint"),
    [
        (
            "28x28 -> conv 8 3x3",
            "17: E202 sides: kernel: 3x3 has 2 dimensions, the input has 1",
            "an image ends with its channels: write 28x28x1",
        ),
        (
            "28x28x3 -> conv 8 3x3x3",
            "19: E202 sides: kernel: 3x3x3 has 3 dimensions, the input has 2",
            "channels are excluded: one number applies to every dimension",
        ),
        (
            "9x28x28x3 -> conv 8 3x3",
            "21: E202 sides: kernel: 3x3 has 2 dimensions, the input has 3",
            "a shape has no batch: write 28x28x3, with --batch 9",
        ),
    ],
)
def test_sides_that_are_not_those_of_the_volume(run: Run, chain: str, headline: str, hint: str) -> None:
    lines = run("show", chain).stderr.splitlines()
    assert (lines[0], lines[-2]) == (f"<command line>:1:{headline}", f"  help: {hint}")


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (
            "3.5x32x3",
            [
                "--input:1:1: E105 value: '3.5x32x3' is no shape",
                "  3.5x32x3",
                "  ^^^^^^^^",
                "  help: as in 224x224x3: height, width, channels",
            ],
        ),
        (
            "wide",
            [
                "--input:1:1: E105 value: 'wide' is no shape",
                "  wide",
                "  ^^^^",
                "  help: as in 224x224x3: height, width, channels",
            ],
        ),
    ],
)
def test_an_input_that_is_no_shape_is_wrong_use(run: Run, given: str, lines: list[str]) -> None:
    result = run("show", "alexnet", "--input", given)
    assert (result.exit_code, result.stderr) == (2, "\n".join([*lines, "1 problem", ""]))


def test_a_file_is_named_with_its_ending(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn.yaml").write_text("input: 8x8x6\nlayers: relu\n")
    result = run("show", "net")
    assert (result.exit_code, result.stderr) == (
        2,
        "E114 file: there is no network, file or chain 'net'\n  help: did you mean 'net.cnn.yaml'?\n1 problem\n",
    )


def test_what_is_given_from_outside_is_listed(run: Run) -> None:
    words = ["--input", "160x160x3", "--set", "width=0.5", "--set", "classes=10"]
    said = run("show", "mobilenet_v2", *words, width=160).stdout
    assert "note: input, width and classes given from outside: numbers in shape checks and expect were not" in said


@pytest.mark.parametrize(
    "words",
    [
        ["sweep", "--vary", "width=8..16"],
        ["solve", "--target", "params<1K", "--vary", "width"],
    ],
)
def test_without_numpy_a_grid_says_what_to_install(tmp_path: Path, words: list[str]) -> None:
    net = tmp_path / "net.cnn.yaml"
    net.write_text("input: 8x8x3\nvars: {width: 8}\nlayers: conv width 3x3\n")
    (tmp_path / "numpy.py").write_text("raise ModuleNotFoundError('No module named numpy', name='numpy')\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from cnncalc.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, *words, str(net)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ('E121 package: this needs the package numpy\n  help: pip install ".[sweep]"\n1 problem\n')


def test_python_finds_the_command_too() -> None:
    words = [sys.executable, "-m", "cnncalc", "show"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: python -m cnncalc show [OPTIONS] WHAT\n")
