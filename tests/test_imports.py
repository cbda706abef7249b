"""The architecture: imports point down, and what `show` does not need is not loaded."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

import cnncalc
from cnncalc.comparison.catalogue import Shelf

PACKAGE = Path(cnncalc.__file__).parent
FLOORS = [
    {"files", "patterns", "problem", "record", "result", "workers"},
    {"numbers", "shape"},
    {"layers"},
    {"spec"},
    {"library"},
    {"network"},
    {"expand"},
    {"loading"},
    {"values"},
    {"algebra", "live", "exchange"},
    {"documents"},
    {"formatter", "linter", "claims", "comparison"},
    {"render"},
    {"homework", "server"},
    {"quizzes"},
    {"grading"},
    {"cli"},
]
DOORS = {
    ("loading.find", "exchange.importing"),  # a network of another tool becomes a spec
    ("network.network", "live.build"),  # Network.torch()
    ("network.network", "network.memory"),  # Network.memory()
    ("network.network", "network.report"),  # Network.report()
    ("result", "render.results"),  # a result prints itself
}
"""Imports inside functions that open a floor above, so that a network and a result answer for themselves."""

FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "architectures" not in path.parts)


def module_of(path: Path) -> str:
    """Return the name of a file's module, without `cnncalc.`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES if path.parent != PACKAGE or not path.name.startswith("__")}


@lru_cache(None)
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@lru_cache(None)
def imports(name: str) -> set[str]:
    """Return the modules of cnncalc that a module imports: at its top, inside functions, for types; not its doors."""
    found = set()
    for node in ast.walk(parsed(MODULES[name])):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {member if member.removeprefix("cnncalc.") in MODULES else node.module for member in members}
    own = {module.removeprefix("cnncalc.") for module in found if module.startswith("cnncalc.")}
    return {module for module in own if (name, module) not in DOORS}


def test_imports_point_down() -> None:
    above = {name: {module for module in imports(name) if floor_of(module) > floor_of(name)} for name in MODULES}
    assert {name: modules for name, modules in above.items() if modules} == {}


def floor_of(module: str) -> int:
    return FLOOR[module.split(".")[0]]


def circles(below: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one module, and modules that import themselves (Tarjan)."""
    found, numbers, lowest, path = [], dict[str, int](), dict[str, int](), list[str]()

    def visit(name: str) -> None:
        numbers[name] = lowest[name] = len(numbers)
        path.append(name)
        for other in below.get(name, ()):
            if other not in numbers:
                visit(other)
            if other in path:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == numbers[name]:
            component = path[path.index(name) :]
            del path[path.index(name) :]
            if len(component) > 1 or name in below.get(name, ()):
                found.append(sorted(component))

    for name in below:
        if name not in numbers:
            visit(name)
    return found


def test_modules_have_no_circles() -> None:
    assert circles({name: imports(name) for name in MODULES}) == []


def test_circles_are_found() -> None:
    below = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"f", "a"}, "g": {"f"}}
    assert circles(below) == [["d", "e"], ["a", "b", "c"], ["f"]]


def test_each_door_is_used() -> None:
    for name, module in DOORS:
        package, _, last = f"cnncalc.{module}".rpartition(".")
        texts = (f"from {package}.{last} import", f"from {package} import {last}")
        assert any(text in MODULES[name].read_text("utf-8") for text in texts), f"{name} no longer opens {module}"


def test_first_line_says_what_a_file_is() -> None:
    assert [path for path in FILES if not ast.get_docstring(parsed(path))] == []


DEPENDENCIES = {"click", "pathspec", "pydantic", "pydantic_core", "rich", "sympy", "yaml"}
"""What the package is never without; the rest is for extras, and `cli.EXTRAS` says which."""


def test_nothing_is_imported_that_no_user_has() -> None:
    from cnncalc.cli import EXTRAS

    known = {"cnncalc", "torch", "lsprotocol", *DEPENDENCIES, *EXTRAS, *sys.stdlib_module_names}
    unknown = {(str(path.relative_to(PACKAGE)), name) for path in FILES for name in packages(path) - known}
    assert unknown == set()


def packages(path: Path) -> set[str]:
    """Return the top-level packages that a file imports."""
    names = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


LISTING = re.compile(r"^(\w+(?:\.py|/)) ", re.MULTILINE)


@pytest.mark.parametrize("folder", [path.parent for path in FILES if path.name == "__init__.py"], ids=lambda f: f.name)
def test_a_list_of_files_is_whole(folder: Path) -> None:
    listed = LISTING.findall(ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or "")
    there = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    there += [f"{path.parent.name}/" for path in folder.glob("*/__init__.py")]
    assert not listed or sorted(listed) == sorted(there)


def loaded(code: str) -> set[str]:
    """Return the top-level modules that a line of Python leaves loaded."""
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


HEAVY = {"torch", "sympy", "numpy", "pydantic", "matplotlib", "pyarrow"}


def test_import_loads_nothing_heavy() -> None:
    assert not loaded("import cnncalc") & (HEAVY | {"rich", "click"})


@pytest.mark.parametrize("arguments", [["show", "alexnet"], ["show", "resnet152", "--format", "json"], ["list"]])
def test_commands_load_nothing_heavy(arguments: list[str]) -> None:
    Shelf().summaries()  # the rows of `list` are computed once; that reads errata, by their model
    call = f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code"
    code = f"from cnncalc.cli import main\n{call}"
    assert not loaded(code) & HEAVY


def test_public_names_are_sorted_and_real() -> None:
    assert cnncalc.__all__ == sorted(cnncalc.__all__)
    assert all(hasattr(cnncalc, name) for name in cnncalc.__all__)


BROAD = {
    "cli/__init__.py": "what no command handles becomes a sentence, or is raised again",
    "grading/marking.py": "tests/cli/test_grade.py: one submission's fault leaves the others marked",
    "linter/batch.py": "tests/linter/test_files.py: one file's fault leaves the others linted",
    "live/foreign.py": "tests/live/test_against.py: code of others raises anything",
    "live/record.py": "tests/live/test_trace.py: code of others raises anything, and ours is not reported as theirs",
}
"""Where every exception is caught, and what shows why."""


def test_exceptions_are_caught_by_name() -> None:
    found = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                names = {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)} if node.type else {"all"}
                raises_again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
                if names & {"all", "Exception", "BaseException"} and not raises_again:
                    found.add(str(path.relative_to(PACKAGE)))
    assert found == set(BROAD)
