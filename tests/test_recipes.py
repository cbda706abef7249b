"""The recipes of CONTRIBUTING.md, each in a copy of the package; and what is written but not listed is found."""

from __future__ import annotations

import inspect
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import cnncalc.cli
import cnncalc.homework.mistakes
import cnncalc.layers
import cnncalc.linter.rules
import cnncalc.quizzes.exports
from cnncalc.cli import COMMANDS
from cnncalc.homework.calculation import Mistake
from cnncalc.homework.diagnose import MISTAKES
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.linter.rules import RULES
from cnncalc.quizzes.exports.files import FORMATS

ROOT = Path(__file__).parents[1]


class Copy:
    """A copy of the package that can be changed and run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "cnncalc", folder / "cnncalc", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("architectures", "docs"):
            (folder / name).symlink_to(ROOT / name)

    def write(self, file: str, text: str) -> None:
        (self.folder / "cnncalc" / file).write_text(text, "utf-8")

    def append(self, file: str, text: str) -> None:
        with (self.folder / "cnncalc" / file).open("a", encoding="utf-8") as out:
            out.write(text)

    def line(self, file: str, before: str, line: str) -> None:
        """Insert a line before another one."""
        path = self.folder / "cnncalc" / file
        text = path.read_text("utf-8")
        assert text.count(before) == 1, before
        path.write_text(text.replace(before, f"{line}\n{before}"), "utf-8")

    def run(self, *words: str, status: int = 0) -> str:
        """Run a command; return what it prints."""
        return self._python("-m", "cnncalc", *words, status=status)

    def passes(self, *tests: str) -> None:
        """Run tests, which read the package only: `linter.test_rules.test_codes_and_names()`."""
        self._python("-c", _program(tests))

    def fails(self, test: str) -> None:
        assert "AssertionError" in self._python("-c", _program([test]), status=1)

    def _python(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr


def _program(tests: Iterable[str]) -> str:
    """Write a program that calls tests of other modules."""
    modules = dict.fromkeys(test.partition("(")[0].rpartition(".")[0] for test in tests)
    return "\n".join([*(f"import tests.{module}" for module in modules), *(f"tests.{test}" for test in tests)])


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


KIND = '''

class Boost(Activation):
    """Multiply each value by a number.

    f(x)     factor of x
    f′(x)    the same factor
    source   a test
    """

    kind = "boost"
    example = "8x8x3 -> boost strength=3"
    meanings = {"strength": "what each value is multiplied by"}
    strength: Real = 2

    def build(self, torch: Any, x: Shape) -> Any:
        strength = self.strength

        class Boosted(torch.nn.Module):
            def forward(self, x: Any) -> Any:
                return strength * x

        return Boosted()
'''


@pytest.mark.exhaustive  # processes of a copy of the package
def test_a_kind_is_a_class_and_its_line(copy: Copy) -> None:
    copy.append("layers/activation.py", KIND)
    assert "there is no layer or block 'boost'" in copy.run("show", "8x8x3 -> boost", status=1)
    copy.fails("test_recipes.test_every_kind_is_listed()")
    copy.line("layers/__init__.py", "        activation.Relu6,\n", "        activation.Boost,")
    page = copy.run("layers", "boost")
    assert "Multiply each value by a number." in page
    assert "what each value is multiplied by" in page
    assert "8x8x3 -> boost strength=3 -> 8x8x3" in page
    assert "boost" in copy.run("layers")
    assert "boost" in json.dumps(json.loads(copy.run("schema")))
    assert "8x8x3" in copy.run("show", "8x8x3 -> boost strength=3")
    assert "did you mean 'strength'" in copy.run("show", "8x8x3 -> boost strenght=3", status=1)
    assert "multiply each value" in copy._python("-m", "cnncalc.render.page").lower()  # docs/layers.md
    copy.passes("test_recipes.test_every_kind_is_listed()", "render.test_page.test_an_example_ends_in_its_kind()")
    if find_spec("torch"):
        assert "agree" in copy.run("verify", "8x8x3 -> boost strength=3")


RULE = '''"""Report a dropout.

Why: a test says so.

Bad:
    - flatten -> linear 10 -> dropout

Good:
    - flatten -> linear 10

Source: a test
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.dropout import Dropout
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(Dropout):
        yield Hit(node, "a dropout", "leave it out")


RULE = Rule(code="W499", name="any-dropout", page=__doc__, network=check)
'''


def test_a_rule_is_its_file_and_a_line(copy: Copy) -> None:
    copy.write("linter/rules/any_dropout.py", RULE)
    assert "W499" not in copy.run("rule")
    copy.fails("test_recipes.test_every_rule_is_listed()")
    copy.line("linter/rules/__init__.py", '        "dropout_before_norm",\n', '        "any_dropout",')
    assert "W499  any-dropout" in copy.run("rule")
    assert "A test says so." in copy.run("rule", "any-dropout")
    (copy.folder / "net.cnn.yaml").write_text("name: net\ninput: 8x8x3\nlayers: flatten -> linear 10 -> dropout\n")
    assert "W499 any-dropout: a dropout" in copy.run("lint", "--select", "W499", "net.cnn.yaml")
    assert "any-dropout" in copy.run("rule", "--all")  # docs/rules.md
    copy.passes(
        "test_recipes.test_every_rule_is_listed()",
        "linter.test_rules.test_the_examples_of_a_page_are_what_it_says('W499')",
    )


MISTAKE = """

class TimesSeven(Mistake):
    slug = "times-seven"
    general = "nothing is multiplied by seven"
    hint = "why seven?"

    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        return 7 * _whole(value) if quantity in WORK else value
"""


@pytest.mark.exhaustive  # processes of a copy of the package
def test_a_mistake_is_its_class_and_a_line(copy: Copy) -> None:
    path = copy.folder / "cnncalc/homework/mistakes/cost.py"
    path.write_text(path.read_text("utf-8").replace("\n\nCOST:", f"{MISTAKE}\n\nCOST:"), "utf-8")
    question = ("check", "8x8x3 -> conv 5 3x3", "--macs", str(7 * 6 * 6 * 5 * 27))
    assert "seven" not in copy.run(*question, status=1)
    copy.fails("test_recipes.test_every_mistake_is_listed()")
    copy.line("homework/mistakes/cost.py", "    TimesTwo(),\n", "    TimesSeven(),")
    assert "nothing is multiplied by seven" in copy.run(*question, status=1)
    assert "why seven?" in copy.run(*question, "--hint", status=1)
    copy.passes("test_recipes.test_every_mistake_is_listed()")
    copy.fails("test_homework_page.test_everything_that_can_be_said_is_explained()")  # its name is not in the docs yet


COMMAND = '''"""`cnncalc greet`: say hello."""

from __future__ import annotations

import click


@click.command("greet", short_help="Say hello.")
def command() -> None:
    """Say hello."""
    click.echo("hello")
'''


@pytest.mark.exhaustive  # processes of a copy of the package
def test_a_command_is_its_file_and_a_line(copy: Copy) -> None:
    copy.write("cli/greet.py", COMMAND)
    assert "no command 'greet'" in copy.run("greet", status=2)
    copy.fails("test_recipes.test_every_command_is_listed()")
    copy.line("cli/__init__.py", '        "list": "', '        "greet": "Say hello.",')
    assert copy.run("greet") == "hello\n"
    assert "Say hello." in copy.run("--help")
    assert "Say hello." in copy.run("help", "greet")
    copy.passes("test_recipes.test_every_command_is_listed()")


EXPORT = '''"""The numbers of the questions."""

from __future__ import annotations

from cnncalc.quizzes.exports.asking import Variant


def count(variant: Variant) -> str:
    return str(len(variant.key.questions))
'''


@pytest.mark.exhaustive  # processes of a copy of the package
def test_an_export_is_its_file_and_a_line(copy: Copy) -> None:
    copy.write("quizzes/exports/count.py", EXPORT)
    assert "'count' is not one of" in copy.run("quiz", "--format", "count", status=2)
    copy.fails("test_recipes.test_every_export_is_listed()")
    copy.line(
        "quizzes/exports/files.py",
        '    "latex": Format(',
        '    "count": Format("how many", "count.txt", _of("count", "count")),',
    )
    assert copy.run("quiz", "-n", "3", "--seed", "1", "--format", "count").strip() == "3"
    assert "count" in copy.run("quiz", "--help")
    copy.passes("test_recipes.test_every_export_is_listed()")


READER = '''"""Texts in capital letters."""

from __future__ import annotations

from cnncalc.grading.submissions.document import Document


def read(data: bytes) -> Document:
    return Document([*data.decode().lower().splitlines()], [])
'''


def test_a_format_of_submissions_is_its_file_and_a_line(copy: Copy) -> None:
    copy.write("grading/submissions/readers/shouted.py", READER)
    (copy.folder / "k.key.yaml").write_text("questions: [{id: 1, network: 8x8x3 -> conv 4 3x3, ask: params}]\n")
    (copy.folder / "ann.loud").write_text("TOTAL: 1\n1: SIXTY\n1: 112\n")
    words = ("grade", "k.key.yaml", "ann.loud", "--format", "csv")
    copy.line(
        "grading/submissions/readers/__init__.py",
        '    Reader("a Python program", ',
        '    Reader("a shouted text", "shouted", endings=(".loud",)),',
    )
    assert "ann,1,1,1,marked,ann.loud" in copy.run(*words)


# What is written but not listed.


def own(package: str, base: type) -> set[type]:
    """Return the classes of a package's modules below a base."""
    modules = [
        import_module(f"{package}.{info.name}") for info in pkgutil.iter_modules(import_module(package).__path__)
    ]
    names = {module.__name__ for module in modules}
    found, waiting = set(), [base]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found.update(kind for kind in below if kind.__module__ in names)
    return found


def test_every_kind_is_listed() -> None:
    written = {kind for kind in own("cnncalc.layers", Layer) if "kind" in vars(kind)}
    assert written == set(KINDS.values()) | {kind for kind in written if kind.kind == "input"}


def test_every_rule_is_listed() -> None:
    files = {info.name for info in pkgutil.iter_modules(cnncalc.linter.rules.__path__)}
    assert len(files) == len(RULES)


def test_every_mistake_is_listed() -> None:
    written = {kind for kind in own("cnncalc.homework.mistakes", Mistake) if "slug" in vars(kind)}
    listed = {kind for mistake in MISTAKES for kind in type(mistake).__mro__}
    assert {kind.__name__ for kind in written - listed} <= {"OtherChannels"}


def test_every_command_is_listed() -> None:
    files = {info.name for info in pkgutil.iter_modules(cnncalc.cli.__path__)}
    commands = {name for name in files if hasattr(import_module(f"cnncalc.cli.{name}"), "command")}
    assert commands == set(COMMANDS) - {"help"} | ({"help"} & commands)


def test_every_export_is_listed() -> None:
    """A function that makes a text, or files, of nothing but a variant of a quiz, or of all of them, is an export."""
    modules = [
        import_module(f"{cnncalc.quizzes.exports.__name__}.{info.name}")
        for info in pkgutil.iter_modules(cnncalc.quizzes.exports.__path__)
        if info.name != "files"
    ]
    written = {
        f"{module.__name__}.{name}"
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and _exports(function)
    }
    made = [maker for form in FORMATS.values() for maker in (form.each, form.all, form.folder) if maker]
    listed = {f"{maker.__module__}.{maker.__name__}" for maker in (getattr(one, "func", one) for one in made)}
    assert written <= listed


def _exports(function: Callable[..., Any]) -> bool:
    first, *others = inspect.signature(function).parameters.values()
    says = function.__annotations__
    takes = first.annotation in ("Variant", "Sequence[Variant]")
    return (
        takes
        and says["return"] in ("str", "dict[str, str]")
        and all(other.default is not other.empty for other in others)
    )
