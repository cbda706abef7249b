"""How the command line starts: help and completion import no command, and Ctrl-C is quiet at any moment."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import subprocess
import sys
from contextvars import copy_context
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

import cnncalc
from cnncalc import __main__ as entry
from cnncalc.cli import COMMANDS, GROUPS, main
from tests.cli.conftest import Run
from tests.effort import sampled

HELPERS = {"arguments", "batch", "complete", "edits", "output", "paths", "pictures", "problems", "progress", "unquoted"}
"""Files of the command line that are no command."""


def test_every_command_is_in_the_table() -> None:
    files = {path.stem for path in Path(cnncalc.__file__).parent.joinpath("cli").glob("[!_]*.py")}
    assert files - HELPERS == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    command: click.Command = import_module(f"cnncalc.cli.{name}").command
    assert (command.name, command.short_help) == (name, COMMANDS[name])


def imported(code: str, **env: str) -> set[str]:
    """Return the modules of cnncalc, and others that are heavy, that a run of the program leaves loaded."""
    end = "print(*sys.modules, file=sys.stderr)"
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit: pass\n{end}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=env)
    return set(done.stderr.split())


RUN = "from cnncalc.__main__ import main; main('cnncalc')"
LEAN = {"cnncalc", "cnncalc.__main__", "cnncalc.cli"}


@pytest.mark.parametrize("option", ["--help", "-h", "--version", "-V"])
def test_help_and_version_import_no_command(option: str) -> None:
    loaded = imported(f"sys.argv[1:] = [{option!r}]; {RUN}")
    assert {name for name in loaded if name.startswith("cnncalc")} == LEAN


def test_completion_of_a_command_imports_none() -> None:
    tab = {"_CNNCALC_COMPLETE": "bash_complete", "COMP_WORDS": "cnncalc sh", "COMP_CWORD": "1"}
    assert {name for name in imported(RUN, **tab) if name.startswith("cnncalc")} == LEAN


def test_completion_of_a_kept_name_reads_no_spec(run: Run) -> None:
    assert run("list").exit_code == 0
    tab = {"_CNNCALC_COMPLETE": "bash_complete", "COMP_WORDS": "cnncalc sizes resn", "COMP_CWORD": "2"}
    loaded = imported(RUN, **tab, XDG_CACHE_HOME=os.environ["XDG_CACHE_HOME"])
    assert "cnncalc.comparison.catalogue" in loaded
    assert "cnncalc.spec.read" not in loaded
    assert not loaded & {"yaml", "rich", "pydantic", "sympy", "numpy", "torch"}


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ([], "s", ["show", "solve", "sizes", "sweep", "schema"]),
        (["help"], "so", ["solve"]),
        (["show", "mobilenet_v2", "--set"], "w", ["width="]),
        (["sweep", "mobilenet_v2", "--vary"], "", ["width=", "classes=", "input=", "batch="]),
        (["solve", "mobilenet_v2", "--vary"], "width,", ["width,classes", "width,input", "width,batch"]),
        (["show", "alexnt", "--set"], "", []),
        (["sweep", "alexnet", "--columns"], "params,ma", ["params,macs"]),
        (["sweep", "alexnet", "--sort"], "par", ["params"]),
        (["lint", "--select"], "W301,stride-", ["W301,stride-remainder"]),
        (["lint", "--ignore"], "E20", [f"E20{number}" for number in range(1, 10)]),
        (["quiz", "--topics"], "params,outp", ["params,output"]),
        (["rule"], "stride-r", ["stride-remainder"]),
        (["show", "--path", "nowhere"], "resnet1", []),
    ],
)
def test_completion(words: list[str], incomplete: str, expected: list[str]) -> None:
    completer = ShellComplete(main, {}, "cnncalc", "_CNNCALC_COMPLETE")
    found = copy_context().run(completer.get_completions, words, incomplete)  # --path is kept for the whole Tab
    assert [item.value for item in found if item.type == "plain"] == expected


def test_help_of_a_command(run: Run) -> None:
    assert run("help", "show").stdout == run("show", "--help").stdout
    assert run("help").stdout == run("--help").stdout
    result = run("help", "shw")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: no command 'shw': did you mean 'show'?")


def test_help_has_groups_and_colour(run: Run) -> None:
    plain, coloured = run("--help").stdout, run("--help", FORCE_COLOR="1").stdout
    assert [line[:-1] for line in plain.splitlines() if line.endswith(":") and line[0] != " "] == ["Options", *GROUPS]
    assert "\x1b[33m\x1b[1mInspect\x1b[0m:" in coloured
    assert click.unstyle(coloured) == plain
    assert run("--help", FORCE_COLOR="1", NO_COLOR="1").stdout == plain


def test_rules_are_listed(run: Run) -> None:
    from cnncalc.linter.catalogue import NAMES

    lines = run("rule").stdout.splitlines()
    listed = [line.split()[0] for line in lines if line.startswith("  ") and line[2:3].strip()]
    assert listed == [*NAMES]
    assert run("rule", "--format", "json").stdout == run("rule", "--all", "--format", "json").stdout
    result = run("rule", "E203", "--all")
    assert result.stderr.splitlines()[-1] == "Error: name a rule or give --all, not both: 'E203' is one of all"


INTERRUPTED = """
import os, signal, sys
moment = int(sys.argv.pop(1))
seen = 0
def interrupt(event, details):
    global seen
    # What Python imports before the program's first line, and after its last, is not the program's.
    if event == "import" and "cnncalc.__main__" in sys.modules and hasattr(sys.modules["cnncalc.__main__"], "main"):
        seen += 1
        if seen == moment:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.addaudithook(interrupt)
from cnncalc.__main__ import main
main("cnncalc")
"""
"""Runs the program and interrupts it when it imports its n-th module."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
@pytest.mark.parametrize("moment", sampled([1, 55, 2, 21, 3, 5, 8, 13, 34, 70, 90, 110, 140], every=4))
@pytest.mark.parametrize("words", [("show", "alexnet"), ("--help",), ()], ids=lambda words: " ".join(words) or "Tab")
def test_an_interrupt_while_starting_is_quiet(words: tuple[str, ...], moment: int) -> None:
    tab = {"_CNNCALC_COMPLETE": "bash_complete", "COMP_WORDS": "cnncalc show resn", "COMP_CWORD": "2"}
    env = os.environ | ({} if words else tab)
    command = [sys.executable, "-c", INTERRUPTED, str(moment), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
    assert done.stderr.strip() == ""
    assert done.returncode in (0, 130, -2)  # done before, ended by the program, ended by the signal


def test_the_entry_hands_over_the_name_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str | None] = []
    handlers: list[object] = []
    monkeypatch.setattr("cnncalc.cli.main", lambda prog_name: names.append(prog_name))
    monkeypatch.setattr(gc, "set_threshold", lambda count: None)
    monkeypatch.setattr(atexit, "register", lambda function: None)
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.default_int_handler)
    monkeypatch.setattr(signal, "signal", lambda number, handler: handlers.append(handler))
    entry.main("cnncalc")
    assert names == ["cnncalc"]
    assert handlers == [signal.SIG_DFL]
