"""`cnncalc verify --against`: what it prints, and what somebody's code may do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.live.test_against import MODEL, SPEC

BAD = {
    "a callable that raises": (
        "class Net:\n    def __init__(self):\n        raise RuntimeError('no weights here\\nand more')",
        None,
        "net.py:Net raised RuntimeError: no weights here",
    ),
    "a module that raises": ("1 / 0", None, "importing net.py raised ZeroDivisionError: division by zero"),
    "a module that leaves": ("raise SystemExit(3)", None, "importing net.py raised SystemExit: 3"),
    "a module that needs another": (
        "import no_such_package",
        None,
        "importing net.py raised ModuleNotFoundError: No module named 'no_such_package'",
    ),
    "no module": ("Net = dict", None, "net.py:Net returned a dict, no torch.nn.Module"),
    "nothing": ("def Net(): pass", None, "net.py:Net returned nothing, no torch.nn.Module"),
    "no callable": ("Net = 3", None, "net.py:Net is an int, nothing to call"),
    "no such callable": ("Nets = 3\nclass Nett: pass", None, "there is no 'Net' in net.py"),
    "an argument too many": (
        "def Net(): pass",
        '{"classes": 3}',
        "net.py:Net raised TypeError: Net() got an unexpected keyword argument 'classes'",
    ),
    "no JSON": ("", "{classes: 3}", "--kwargs is no JSON: '{classes: 3}'"),
    "no object": ("", "[3]", "--kwargs must be a JSON object, not '[3]'"),
    "an output that is no tensor": (
        "import torch\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return 3",
        None,
        "net.py:Net gives int when run, which holds no tensor",
    ),
    "a forward that raises": (
        "import torch\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        raise KeyError('features')",
        None,
        "net.py:Net, run on 4x4x1, raised KeyError: 'features'",
    ),
    "a forward with other inputs": (
        "import torch\nclass Net(torch.nn.Module):\n    def forward(self, x, y):\n        return x",
        None,
        "net.py:Net, run on 4x4x1, raised TypeError: Net.forward() missing 1 required positional argument: 'y'",
    ),
}


@pytest.mark.parametrize(("code", "kwargs", "wanted"), BAD.values(), ids=BAD)
def test_what_goes_wrong(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, kwargs: str | None, wanted: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(code)
    more = () if kwargs is None else ("--kwargs", kwargs)
    result = run("verify", "4x4x1 -> conv 1 3x3", "--against", "net.py:Net", *more)
    assert result.stderr.splitlines()[0] == f"E125 model: {wanted}"
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_what_their_code_prints_is_no_result(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text("import torch\nprint('hello')\nNet = lambda: torch.nn.Conv2d(1, 1, 3)")
    result = run("verify", "4x4x1 -> conv 1 3x3", "--against", "net.py:Net", "--format", "json")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("{")
    assert "hello" in result.stderr


def test_the_screen(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn.yaml").write_text(SPEC)
    Path("net.py").write_text(MODEL)
    result = run("verify", "net.cnn.yaml", "--against", "net.py:Net", "--kwargs", '{"classes": 12}')
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "small · 16x16x3 · against net.py:Net",
        "",
        "✗ 1 difference: 15 layers compared",
        "",
        "theirs     ours       at           theirs at",
        "────────────────────────────────────────────",
        "linear 12  linear 10  head.linear  fc",
        "",
        "         theirs     ours",
        "────────────────────────",
        "params    4,064    4,030",
        "MACs    198,848  198,816",
        "output       12       10",
    ]


@pytest.mark.parametrize("option", [["--device", "cpu"], ["--batch", "2"], ["--backward"], ["--seed", "1"]])
def test_options_that_would_be_ignored_are_refused(run: Run, option: list[str]) -> None:
    done = run("verify", "lenet5", "--against", "net.py:Net", *option)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"Error: {option[0]} does not go with --against, which runs once on meta\n")
