"""The usual run touches every module of the package: one of whose functions none ran fails it.

Functions are seen as they start by `sys.monitoring`, once each, which costs next to nothing; Python 3.11 has none.
"""

from __future__ import annotations

import ast
import sys
from importlib.util import find_spec
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

PACKAGE = Path(__file__).parents[1] / "cnncalc"
TOOL = 4
"""A number that no tool of the standard library takes."""

TOUCHED = pytest.StashKey[set[str]]()
LEFT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    touched = config.stash[TOUCHED] = set()
    if sys.version_info < (3, 12):
        return
    monitoring = sys.monitoring

    def started(code: CodeType, offset: int) -> Any:
        if code.co_flags & CO_OPTIMIZED and code.co_filename.startswith(str(PACKAGE)):
            touched.add(code.co_filename)
        return monitoring.DISABLE

    monitoring.use_tool_id(TOOL, "touched")
    monitoring.register_callback(TOOL, monitoring.events.PY_START, started)
    monitoring.set_events(TOOL, monitoring.events.PY_START)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of xdist touched."""
    node.config.stash[TOUCHED].update(getattr(node, "workeroutput", {}).get("touched", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["touched"] = sorted(config.stash[TOUCHED])
    elif sys.version_info >= (3, 12) and is_usual(config) and not session.testsfailed:
        config.stash[LEFT] = left = untouched(config.stash[TOUCHED])
        if left:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for module in config.stash.get(LEFT, []):
        terminalreporter.write_line(f"no function of {module} ran", red=True)


def is_usual(config: pytest.Config) -> bool:
    """Judge whether a run is of all tests that are not for the exhaustive one."""
    chosen = any(config.getoption(name, None) for name in ("keyword", "deselect", "ignore", "lf", "stepwise"))
    return config.args_source is config.ArgsSource.TESTPATHS and config.option.markexpr != "exhaustive" and not chosen


def untouched(touched: set[str]) -> list[str]:
    """Return the modules with functions none of which ran; without PyTorch, those that need it are left out."""
    torch = find_spec("torch") is not None
    return [
        str(path.relative_to(PACKAGE.parent))
        for path in sorted(PACKAGE.rglob("*.py"))
        if str(path) not in touched
        and (torch or path.parent.name != "live")
        and any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    ]
