"""The usual run touches every module of the package: one of whose functions none ran fails it.

A module is compiled with one more expression at the start of each of its functions, which notes the module as the
first of them runs and looks at a name afterwards: 1 % of the time of the tests.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec, source_hash
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

PACKAGE = Path(__file__).parents[1] / "cnncalc"
PROBE = "__touch__"
VERSION = f"touched-{source_hash(Path(__file__).read_bytes()).hex()}"
"""A part of the names of the files with bytecode: others are read after a change of this file."""

TOUCHED = pytest.StashKey[set[str]]()
LEFT = pytest.StashKey[list[str]]()


class Probed(SourceFileLoader):
    """Loads a module that calls `touch` with its file as the first of its functions runs."""

    touch: Callable[[str], None]

    def get_data(self, path: str) -> bytes:
        return super().get_data(with_probes(path))

    def set_data(self, path: str, data: bytes, *, _mode: int = 0o666) -> None:
        super().set_data(with_probes(path), data, _mode=_mode)

    def source_to_code(self, data: bytes, path: str, *, _optimize: int = -1) -> CodeType:
        """Compile the source with a probe in each function."""
        tree = ast.parse(data, path)
        for function in functions(tree):
            function.body.insert(ast.get_docstring(function) is not None, probe(function.body[0]))
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

    def exec_module(self, module: ModuleType) -> None:
        def touch() -> bool:
            setattr(module, PROBE, None)
            self.touch(self.path)
            return True

        setattr(module, PROBE, touch)
        super().exec_module(module)


def with_probes(path: str) -> str:
    """Return the file of the bytecode with probes for that of the bytecode without; another file is itself."""
    return f"{path.removesuffix('.pyc')}.{VERSION}.pyc" if path.endswith(".pyc") else path


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the functions and methods of a module, and those inside them."""
    for node in getattr(tree, "body", ()):
        if isinstance(node, ast.FunctionDef):
            yield node
        yield from functions(node)


def probe(first: ast.stmt) -> ast.stmt:
    """Return `__touch__ and __touch__()` at the place of a function's first statement."""
    name = ast.copy_location(ast.Name(PROBE, ast.Load()), first)
    call = ast.copy_location(ast.Call(name, [], []), first)
    return ast.copy_location(ast.Expr(ast.copy_location(ast.BoolOp(ast.And(), [name, call]), first)), first)


class Finder:
    """Finds the modules of the package for a Probed loader."""

    def __init__(self, touch: Callable[[str], None]) -> None:
        self.touch = touch

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] != PACKAGE.name:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = Probed(spec.loader.name, spec.loader.path)
            spec.loader.touch = self.touch
        return spec


def pytest_configure(config: pytest.Config) -> None:
    touched = config.stash[TOUCHED] = set()
    sys.meta_path.insert(0, Finder(touched.add))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of xdist touched."""
    node.config.stash[TOUCHED].update(getattr(node, "workeroutput", {}).get("touched", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["touched"] = sorted(config.stash[TOUCHED])
    elif is_usual(config) and not session.testsfailed:
        config.stash[LEFT] = left = untouched(config.stash[TOUCHED])
        if left:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for module in config.stash.get(LEFT, []):
        terminalreporter.write_line(f"no function of {module} ran", red=True)


def is_usual(config: pytest.Config) -> bool:
    """Judge whether a run is of all tests that are not for the exhaustive one."""
    narrowing = ("keyword", "deselect", "ignore", "lf", "stepwise", "collectonly")
    chosen = any(config.getoption(name, None) for name in narrowing)
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
