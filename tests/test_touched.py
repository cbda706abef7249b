"""The check that the usual run touches every module: a module is noted as the first of its functions runs."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from tests.touched import PACKAGE, VERSION, Probed, untouched

MODULE = '''"""A module."""
from __future__ import annotations

class One:
    def number(self) -> int:
        """Return one."""
        return 1
'''


def test_a_module_is_noted_as_its_first_function_runs(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(MODULE)
    touched: list[str] = []
    loader = Probed("one", str(path))
    loader.touch = touched.append
    module = module_from_spec(spec_from_loader("one", loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    assert touched == []
    assert [module.One().number(), module.One().number()] == [1, 1]
    assert touched == [str(path)]
    assert (module.One.number.__doc__, module.One.number.__code__.co_firstlineno) == ("Return one.", 5)


def test_bytecode_with_probes_is_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "one.py"
    path.write_text(MODULE)
    for _ in range(2):  # the second time from the bytecode
        touched: list[str] = []
        loader = Probed("one", str(path))
        loader.touch = touched.append
        module = module_from_spec(spec_from_loader("one", loader))  # type: ignore[arg-type]
        loader.exec_module(module)
        assert (module.One().number(), touched) == (1, [str(path)])
        monkeypatch.setattr(Probed, "source_to_code", None)
    assert [file.name.endswith(f".{VERSION}.pyc") for file in (tmp_path / "__pycache__").iterdir()] == [True]


def test_modules_none_of_whose_functions_ran_are_named() -> None:
    everything = {str(path) for path in PACKAGE.rglob("*.py")}
    assert untouched(everything) == []
    assert untouched(everything - {str(PACKAGE / "library.py")}) == ["cnncalc/library.py"]
