"""The house: imports point down, and what `show` does not need is not loaded."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cnncalc
from cnncalc.comparison.catalogue import Shelf

PACKAGE = Path(cnncalc.__file__).parent
FLOORS = [
    {"problem", "record", "regular_file", "result", "workers"},
    {"numbers", "shape"},
    {"layers"},
    {"spec"},
    {"library"},
    {"network"},
    {"expand"},
    {"loading"},
    {"algebra", "live", "exchange"},
    {"documents"},
    {"formatter", "linter", "claims", "comparison"},
    {"render"},
    {"homework", "server"},
    {"quizzes"},
    {"grading"},
    {"api"},
    {"cli"},
]
DOORS = {
    ("network/network.py", "live"),  # Network.torch()
    ("result.py", "render"),  # a result prints itself
}
"""Imports inside functions that open a floor above, so that a network answers for itself."""

FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "architectures" not in path.parts)


def imports(path: Path) -> set[str]:
    """Return the parts of cnncalc that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"cnncalc.{alias.name}" for alias in node.names]
            modules = whole if node.module == "cnncalc" else [node.module]
        found.update(module.split(".")[1] for module in modules if module.startswith("cnncalc."))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    place = path.relative_to(PACKAGE)
    own = place.parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    above = {name for name in imports(path) if FLOOR.get(name, -1) > FLOOR[own]} - {
        name for file, name in DOORS if file == str(place)
    }
    assert not above, f"{place} imports {', '.join(sorted(above))} from above"


@pytest.mark.parametrize("folder", ["numbers", "algebra"])
def test_a_package_has_no_circles(folder: str) -> None:
    """Imports inside functions count, too."""
    below = {path.stem: modules(path, f"cnncalc.{folder}") for path in (PACKAGE / folder).glob("*.py")}
    while leaves := {name for name, used in below.items() if not used & below.keys()}:
        below = {name: used for name, used in below.items() if name not in leaves}
    assert not below, f"{' and '.join(sorted(below))} import each other"


def modules(path: Path, package: str) -> set[str]:
    """Return the modules of a package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            found.add((node.module or "").removeprefix(f"{package}."))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_first_line_says_what_a_file_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path


DEPENDENCIES = {"click", "pathspec", "pydantic", "pydantic_core", "rich", "sympy", "yaml"}
"""What the package is never without; the rest is for extras, and `cli.EXTRAS` says which."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_imported_that_no_user_has(path: Path) -> None:
    from cnncalc.cli import EXTRAS

    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    known = {"cnncalc", "torch", "lsprotocol", *DEPENDENCIES, *EXTRAS, *sys.stdlib_module_names}
    assert names <= known


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
