"""Settings: where they are found, what they select, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.linter.catalogue import DEFAULT, NAMES
from cnncalc.linter.settings import Finder, Settings, Unusable, read_settings, selectors


def selected(**settings: tuple[str, ...]) -> set[str]:
    return set(Settings(**settings).selection("a.cnn.yaml").codes)  # type: ignore[arg-type]


def test_the_default_is_errors_and_warnings() -> None:
    assert selected() == DEFAULT
    assert {code[0] for code in DEFAULT} == {"E", "W"}
    assert set(NAMES) - DEFAULT == {code for code in NAMES if code[0] == "N"} | {"W410"}


def test_select_and_ignore() -> None:
    assert selected(select=("W3",)) == {code for code in NAMES if code.startswith("W3")}
    assert selected(select=("ALL",), ignore=("N",)) == {code for code in NAMES if code[0] != "N"}
    assert selected(select=("W301",), ignore=("W3",)) == {"W301"}  # the closer one wins
    assert selected(select=("W301",), ignore=("W301",)) == set()
    assert selected(ignore=("W",)) == {code for code in DEFAULT if code[0] == "E"}
    assert selected(extend_select=("N603",)) == DEFAULT | {"N603"}


def test_the_command_line_over_the_file() -> None:
    file = Settings(select=("W3",), ignore=("W301",))
    assert set(file.over(("W301",), (), (), None).selection("a").codes) == {"W301"}
    assert "W302" not in file.over((), (), ("W302",), None).selection("a").codes
    assert {"N603"} <= set(Settings().over((), (), (), "note").selection("a").codes)


def test_errors_that_are_switched_off_are_named() -> None:
    assert Settings(ignore=("E203", "W301")).switched_off() == ["E203"]
    assert Settings(select=("W",)).switched_off() == []


def test_names_are_selectors() -> None:
    assert selectors(["stride-remainder", "W4", "ALL"], "here") == ("W301", "W4", "ALL")
    with pytest.raises(Unusable, match=r"^here: there is no rule 'W30x': did you mean 'W3\d\d'"):
        selectors(["W30x"], "here")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.cnncalc.lint]\nignore = ["W301"]\nper-file-ignores = {"sub/*" = ["W4"], "!*.yml" = ["W501"]}\n'
        'exclude = ["old"]\nfail-on = "warning"\n'
    )
    return tmp_path


def test_the_nearest_file_wins(tree: Path) -> None:
    deep = str(tree / "sub" / "deep" / "a.cnn.yaml")
    assert Finder()(deep).file == tree / "pyproject.toml"
    # a pyproject.toml without the table is passed over
    (tree / "sub" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tree / "sub" / "deep" / ".cnncalc.toml").write_text('select = ["W3"]\n')
    assert Finder()(str(tree / "sub" / "a.cnn.yaml")).file == tree / "pyproject.toml"
    assert Finder()(deep).select == ("W3",)
    assert Finder(tree / "pyproject.toml")("a").fail_on == "warning"


@pytest.mark.parametrize(
    "text", ['ignore = ["W301"]', '[lint]\nignore = ["W301"]', '[tool.cnncalc.lint]\nignore = ["W301"]']
)
def test_the_forms_of_a_file_of_its_own(tmp_path: Path, text: str) -> None:
    (tmp_path / "cnncalc.toml").write_text(text)
    found = read_settings(tmp_path / "cnncalc.toml")
    assert found is not None
    assert found.ignore == ("W301",)


def test_per_file_ignores(tree: Path) -> None:
    settings = Finder()(str(tree / "a.cnn.yaml"))
    top, sub, yml = (settings.selection(str(tree / name)).codes for name in ("a.cnn.yaml", "sub/a.cnn.yaml", "a.yml"))
    assert "W401" in top
    assert "W401" not in sub
    assert "W501" not in top
    assert "W501" in yml
    assert "W301" not in yml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select = [", "invalid value (at end of document)"),
        ("selct = []", "lint has no key 'selct': did you mean 'select'"),
        ("frobnicate = 1", "lint has no key 'frobnicate': known are select, extend-select, ignore, fixable,"),
        ('select = "W"', 'select is a list of strings, as in ["W301"]'),
        ('ignore = ["W777"]', "ignore: there is no rule 'W777': `cnncalc rule` lists them"),
        ('per-file-ignores = ["W3"]', 'per-file-ignores is a table, as in `"old/*" = ["W301"]`'),
        ('[per-file-ignores]\n"*" = ["X"]', "per-file-ignores: there is no rule 'X': `cnncalc rule` lists them"),
        ('fail-on = "never"', "fail-on is error, warning or note"),
        ("lint = 3", "lint is a table, as in `[tool.cnncalc.lint]`"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "cnncalc.toml"
    file.write_text(text)
    with pytest.raises(Unusable) as caught:
        read_settings(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value).casefold() or message in str(caught.value)
