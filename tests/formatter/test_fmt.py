"""`cnncalc fmt`: one spelling, the same network, comments and layout kept."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cnncalc.formatter.canonical import formatted
from cnncalc.problem import Problems, Source
from tests.cli.conftest import Run

HEAD = "input: 28x28x4\nlayers:\n"
ARCHITECTURES = Path(__file__).parents[2] / "architectures"


def spelt(text: str) -> str:
    done = formatted(Source("a", text))
    assert formatted(Source("a", done)) == done
    return done


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  - conv 8 3×3→relu\n", "  - conv 8 3x3 -> relu\n"),
        ("  - convolution 8   3x3   ->   bn\n", "  - conv 8 3x3 -> batchnorm\n"),
        ("  - a:   'max_pool 2->( relu  ->  relu )'\n", "  - a: 'maxpool 2 -> (relu -> relu)'\n"),
        ('  - "a\\u0062": relu->relu\n', '  - "a\\u0062": relu -> relu\n'),
        ("  -   3*relu ->2 *( relu )\n", "  - 3 * relu -> 2 * (relu)\n"),
        ("  - (1+ 1) *relu\n", "  - (1+ 1) * relu\n"),
        ("  - conv 8 (2  + 1) bias=false  # a   comment → ×  \n", "  - conv 8 (2 + 1) bias=no  # a   comment → ×\n"),
        ("  - flatten  ->\n      fc 10→\n      relu\n", "  - flatten ->\n      linear 10 ->\n      relu\n"),
        ("  - a: relu\n  - relu->add   a\n", "  - a: relu\n  - relu -> add a\n"),
        ("  - a: relu\n  - use  a→again   a\n", "  - a: relu\n  - use a -> again a\n"),
        ("  - flatten\n  - dense: {out:10 , bias: true}\n", None),
        ("  - flatten\n  - dense: { out: 10 ,bias: true }\n", "  - flatten\n  - linear: {out: 10, bias: yes}\n"),
        ("  - {add: [relu,identity]}", "  - {add: [relu, identity]}\n"),
        ("  - >\n    conv 8 3x3→\n    relu\n", "  - >\n    conv 8 3x3 ->\n    relu\n"),
        ("  - relu\n\n\n", "  - relu\n"),
        ("  - if:   true\n    then : relu\n", "  - if: yes\n    then: relu\n"),
    ],
)
def test_one_spelling(before: str, after: str | None) -> None:
    if after is None:
        with pytest.raises(Problems):
            spelt(HEAD + before)
    else:
        assert spelt(HEAD + before) == HEAD + after


def test_what_is_bound_is_no_synonym() -> None:
    text = "input: 8\nblocks:\n  fc out bn=1: linear out*bn\nlayers: fc 10\n"
    assert spelt(text) == text


def test_words_in_values() -> None:
    text = "input: 8×8x3\nvars: {act: bn, deep:  true}\nlayers: act\nexpect:  {output: 8×8×3}\nnotes: a  ×  → bn\n"
    after = "input: 8x8x3\nvars: {act: batchnorm, deep: yes}\nlayers: act\nexpect: {output: 8x8x3}\nnotes: a  ×  → bn\n"
    assert spelt(text) == after


def test_line_ends_mode_and_mark_are_kept(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.cnn.yaml"
    file.write_bytes(b"\xef\xbb\xbfinput: 8x8x3\r\nlayers: relu->relu")
    file.chmod(0o640)
    result = run("fmt", str(file))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "formatted 1 of 1 file\n")
    assert file.read_bytes() == b"\xef\xbb\xbfinput: 8x8x3\r\nlayers: relu -> relu\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.cnn.yaml"]


def test_check_and_diff_change_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.cnn.yaml").write_text("input: 8\nlayers: relu->relu\n")
    Path("b.cnn.yaml").write_text("input: 8\nlayers: relu\n")
    result = run("fmt", "--check")
    assert (result.exit_code, result.stdout) == (1, "a.cnn.yaml\n")
    assert result.stderr == "would format 1 of 2 files\n"
    result = run("fmt", "--diff", "a.cnn.yaml")
    assert result.exit_code == 1
    assert result.stdout.endswith("@@ -1,2 +1,2 @@\n input: 8\n-layers: relu->relu\n+layers: relu -> relu\n")
    assert Path("a.cnn.yaml").read_text() == "input: 8\nlayers: relu->relu\n"
    assert run("fmt", "--check", "b.cnn.yaml").exit_code == 0


def test_standard_input(run: Run) -> None:
    result = run("fmt", "-", input="input: 8\nlayers: relu→relu\n".encode())
    assert (result.exit_code, result.stdout) == (0, "input: 8\nlayers: relu -> relu\n")
    result = run("fmt", "-", "--check", input="input: 8\nlayers: relu→relu\n".encode())
    assert (result.exit_code, result.stdout) == (1, "")


def test_bad_input(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.cnn.yaml").write_text("input: 8\nlayers: [relu\n")
    Path("b.cnn.yaml").write_text("input: 8\nlayers: relu->relu\n")
    os.mkfifo("c.cnn.yaml")
    Path("d.cnn.yaml").symlink_to("d.cnn.yaml")
    result = run("fmt", "a.cnn.yaml")
    assert (result.exit_code, Path("a.cnn.yaml").read_text()) == (1, "input: 8\nlayers: [relu\n")
    assert result.stderr.startswith("a.cnn.yaml:")
    result = run("fmt", ".", "gone.cnn.yaml")
    assert result.exit_code == 2
    assert "there is no file or folder 'gone.cnn.yaml'\n" in result.stderr
    assert "'c.cnn.yaml' cannot be read: it is a pipe or a device, and no regular file" in result.stderr
    assert "'d.cnn.yaml' cannot be read: " in result.stderr
    assert Path("b.cnn.yaml").read_text() == "input: 8\nlayers: relu -> relu\n"
    result = run("fmt", "-", "a.cnn.yaml")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: - stands alone: standard input is one file\n")


def test_the_library_is_canonical(run: Run) -> None:
    assert run("fmt", "--check", str(ARCHITECTURES)).exit_code == 0


@pytest.mark.parametrize("word", ["fmt", "annotate", "schema", "lsp"])
def test_help(run: Run, golden: Callable[[str, str], None], word: str) -> None:
    result = run(word, "--help")
    assert result.exit_code == 0
    golden(f"help-{word}.txt", result.stdout)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fmt", "a.cnn.yaml"], "formatted 0 of 1 file"),
        (["annotate", "a.cnn.yaml"], ""),
        (["lint", "--fix", "--unsafe-fixes", "a.cnn.yaml"], ""),
    ],
    ids=["fmt", "annotate", "lint"],
)
@pytest.mark.parametrize("fault", ["full", "edited"])
def test_a_file_that_cannot_be_replaced_stays(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str, fault: str
) -> None:
    """A full disk, and an edit that another program made after the file was read."""
    monkeypatch.chdir(tmp_path)
    before = "input: 64\nlayers:\n  - a: fc 4 ->fc 2\n"
    if words[0] == "lint":
        before = "input: 8x8x3\nlayers:\n  - conv 8 3x3 -> batchnorm -> relu\n"
    Path("a.cnn.yaml").write_text(before)
    write = Path.write_bytes

    def failing(path: Path, data: bytes) -> int:
        if fault == "full":
            write(path, data[:3])
            raise OSError(28, "No space left on device")
        write(Path("a.cnn.yaml"), b"input: 9x9x3\n")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", failing)
    done = run(*words)
    reason = {
        "full": "no space left on device",
        "edited": "another program has changed it meanwhile, run the command again",
    }[fault]
    assert f"'a.cnn.yaml' cannot be written: {reason}" in done.output
    assert said in done.output
    assert done.exit_code == 2 or words[0] == "lint"
    assert Path("a.cnn.yaml").read_text() == (before if fault == "full" else "input: 9x9x3\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.cnn.yaml"]


@pytest.mark.exhaustive
def test_long_files_take_time_in_proportion() -> None:
    """Copying the whole text for each edit, or each line, took 15 s for 60,000 layers."""
    from time import process_time

    def seconds(layers: int) -> float:
        text = "input: 8x8x3\nlayers:\n" + "  - relu  \n" * layers
        begin = process_time()
        assert formatted(Source("a", text)) == text.replace("  \n", "\n")
        return process_time() - begin

    seconds(100)
    assert seconds(16_000) < 16 * seconds(4_000)
