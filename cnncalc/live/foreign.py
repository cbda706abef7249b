"""A third-party model: imported by name, called, and returned as a torch.nn.Module. This runs its code."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import importlib
import inspect
import json
import os
import pkgutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from cnncalc.live import pytorch
from cnncalc.problem import NoAnswer, Problem, did_you_mean, quoted

LONGEST = 300
"""Characters kept of the message of an exception in their code."""


MODELS = {"timm": "timm.models", "torchvision": "torchvision.models"}
"""Libraries whose models are in a submodule."""


class Foreign:
    """A user's callable that returns a model: `package.module:callable` or `file.py:callable`."""

    def __init__(self, target: str, kwargs: str | Mapping[str, Any] | None = None) -> None:
        """Import it. Raises NoAnswer when there is no such callable, when its module fails, or for bad kwargs."""
        self.target = target
        self.kwargs = _arguments(kwargs)
        module, colon, name = target.rpartition(":")
        if not colon or not module or not name:
            raise _problem(
                f"{quoted(target, 80)} names no callable",
                "as in torchvision.models:resnet50 or net.py:Net",
            )
        self.callable = _attribute(self._imported(MODELS.get(module, module)), name, module)

    def _imported(self, module: str) -> Any:
        if module.endswith(".py") or os.sep in module:
            return self._file(module)
        with self.running(f"importing {module}"), _first_on_path(os.getcwd()):
            try:
                return importlib.import_module(module)
            except ModuleNotFoundError as error:
                # What a module of theirs fails to import is its own failure, reported as such.
                if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                    raise
                hint = did_you_mean(module, _neighbours(error.name))
                if hint is None and "." not in error.name:
                    hint = "is it installed for this Python? A file is named with its ending, net.py:Net"
                raise _problem(f"there is no module {quoted(error.name, 80)}", hint) from None

    def _file(self, file: str) -> Any:
        path = Path(file)
        if not path.is_file():
            with contextlib.suppress(OSError):
                there = [str(p) for p in path.parent.glob("*.py")]
                raise _problem(f"there is no file {quoted(file, 200)}", did_you_mean(file, there))
        # Named by its path: two files of one name are two modules, and none takes the place of a library.
        name = f"{path.stem}_{hashlib.sha1(str(path.resolve()).encode()).hexdigest()[:8]}"
        module = ModuleType(name)
        module.__file__ = str(path)
        sys.modules[name] = module  # dataclasses and pickles look there
        with self.running(f"importing {file}"), _first_on_path(str(path.resolve().parent)):
            # Not by an import: that would leave compiled code in their folder, or take what an earlier one left.
            exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
        return module

    def model(self, where: contextlib.AbstractContextManager[Any]) -> Any:
        """Return a new model in eval mode, made in the context of a device. Raises NoAnswer when none comes of it."""
        torch = pytorch("--against")
        if isinstance(self.callable, torch.nn.Module):
            if self.kwargs:
                raise _problem(f"{self.target} is a model already, it takes no --kwargs")
            with self.running(f"copying {self.target}"):
                return copy.deepcopy(self.callable).eval()  # weights of the copy are moved and drawn
        if not callable(self.callable):
            raise _problem(f"{self.target} is {_a(self.callable)}, nothing to call")
        with self.running(self.target), where:
            made = self.callable(**self.kwargs)
        if not isinstance(made, torch.nn.Module):
            raise _problem(f"{self.target} returned {_a(made)}, no torch.nn.Module")
        return made.eval()

    @staticmethod
    @contextlib.contextmanager
    def running(what: str) -> Iterator[None]:
        """Run their code: its output goes to standard error, its exceptions become a NoAnswer with their message."""
        try:
            with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except NoAnswer:
            raise
        except (Exception, SystemExit) as error:
            text = next((line for line in str(error).splitlines() if line.strip()), "").strip()
            reason = f": {text if len(text) <= LONGEST else f'{text[: LONGEST - 1]}…'}" if text else ""
            note = next(filter(None, getattr(error, "__notes__", ())), None)
            if "operator torchvision::" in text:
                note = "this torchvision has no operators: install the one that goes with this torch"
            raise _problem(f"{what} raised {type(error).__name__}{reason}", note) from error


def _arguments(given: str | Mapping[str, Any] | None) -> dict[str, Any]:
    if given is None or isinstance(given, Mapping):
        return {**(given or {})}
    text = given
    example = """as in --kwargs '{"num_classes": 10}'"""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _problem(f"--kwargs is no JSON: {quoted(text, 80)}", example) from None
    if not isinstance(value, dict):
        raise _problem(f"--kwargs must be a JSON object, not {quoted(text, 80)}", example)
    return value


def _attribute(module: Any, name: str, module_name: str) -> Any:
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [n for n, value in vars(found).items() if callable(value) and not n.startswith("_")]
            raise _problem(f"there is no {quoted(name, 80)} in {module_name}", did_you_mean(part, known))
        found = getattr(found, part)
    return found


def _neighbours(missing: str) -> list[str]:
    """Return the names of modules in the folder in which the missing one was searched."""
    parent, _, _ = missing.rpartition(".")
    places = getattr(sys.modules.get(parent), "__path__", []) if parent else None
    names = [found.name for found in pkgutil.iter_modules(places)]
    return [f"{parent}.{name}" for name in names] if parent else [*names, *sys.stdlib_module_names]


@contextlib.contextmanager
def _first_on_path(folder: str) -> Iterator[None]:
    """Let imports look into a folder first."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


def _a(value: object) -> str:
    """Say what a value is: `a dict`, `an int`, `nothing`."""
    if value is None:
        return "nothing"
    if inspect.ismodule(value):
        return "a module"
    name = type(value).__name__
    return f"a{'n' if name[0].lower() in 'aeiou' else ''} {name}"


def _problem(message: str, hint: str | None = None) -> NoAnswer:
    return NoAnswer([Problem("E125", message, None, hint)])


__all__ = ["Foreign"]
