"""Selection of rules: `[tool.cnncalc.lint]` of the nearest pyproject.toml or cnncalc.toml, and the command line."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.files import read_regular, reason_of
from cnncalc.linter.catalogue import DEFAULT, NAMES
from cnncalc.problem import did_you_mean, quoted

if TYPE_CHECKING:
    from pydantic import ValidationError

FILES = (".cnncalc.toml", "cnncalc.toml", "pyproject.toml")
"""Names of settings files; in one folder the first one is used."""

FAIL_ON = ("error", "warning", "note")
LISTS = ("select", "extend-select", "ignore", "fixable", "unfixable", "exclude")

EXCLUDED = (
    *(".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *("__pycache__", "node_modules", "build", "dist", "site-packages"),
)
"""Folders that are not searched."""

KNOWN = (*NAMES, *NAMES.values())


class Unusable(Exception):  # noqa: N818  # settings are unusable, the program is not
    """Settings that cannot be used, in one line."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The codes that are selected, and those that may be fixed."""

    codes: frozenset[str]
    fixable: frozenset[str]

    def has(self, code: str) -> bool:
        return code in self.codes


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one file, or of the command line; None where unset."""

    file: Path | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fixable: tuple[str, ...] | None = None
    unfixable: tuple[str, ...] = ()
    exclude: tuple[str, ...] = EXCLUDED
    fail_on: str = "error"
    notes: bool = field(default=False)  # notes are shown although nothing selects them

    def over(
        self, select: tuple[str, ...], extend: tuple[str, ...], ignore: tuple[str, ...], fail_on: str | None
    ) -> Settings:
        """Return these settings overridden by those of the command line, whose `select` replaces all selections."""
        fail_on = fail_on or self.fail_on
        return replace(
            self,
            select=select or self.select,
            extend_select=(*self.extend_select, *extend) if not select else extend,
            ignore=ignore if select else (*self.ignore, *ignore),
            fail_on=fail_on,
            notes=fail_on == "note",
        )

    def selection(self, path: str) -> Selection:
        """Return the selection for a file."""
        ignored = [*self.ignore]
        for pattern, selectors in self.per_file_ignores:
            if self._matches(path, pattern.removeprefix("!")) != pattern.startswith("!"):
                ignored.extend(selectors)
        codes = self._codes(tuple(ignored))
        return Selection(codes, _chosen(self.fixable or ("ALL",), self.unfixable))

    def switched_off(self) -> list[str]:
        """Return the codes of errors that the settings ignore."""
        if self.select is not None:
            return []
        return sorted(code for code in DEFAULT - self._codes(self.ignore) if code.startswith("E"))

    def excludes(self, path: Path) -> bool:
        """Return whether a folder or file is excluded from a search."""
        return any(fnmatch(path.name, pattern) or self._matches(str(path), pattern) for pattern in self.exclude)

    def _codes(self, ignored: tuple[str, ...]) -> frozenset[str]:
        if self.select is not None:
            return _chosen((*self.select, *self.extend_select), ignored)
        notes = {code for code in NAMES if self.notes and code.startswith("N")}
        selected = DEFAULT | notes | _chosen(self.extend_select, ())
        return selected - _chosen(ignored, self.extend_select)

    def _matches(self, path: str, pattern: str) -> bool:
        """Return whether a path matches a pattern, by its name or relative to the folder of the settings."""
        root = self.file.parent if self.file else Path.cwd()
        whole = os.path.abspath(path)
        relative = os.path.relpath(whole, root)
        return fnmatch(os.path.basename(path), pattern) or fnmatch(relative, pattern) or fnmatch(whole, pattern)

    def as_data(self) -> dict[str, Any]:
        """Return the settings as `--show-settings` prints them."""
        return {
            "file": str(self.file) if self.file else None,
            "select": list(self.select) if self.select is not None else sorted(DEFAULT),
            "extend-select": list(self.extend_select),
            "ignore": list(self.ignore),
            "per-file-ignores": {pattern: list(codes) for pattern, codes in self.per_file_ignores},
            "fixable": list(self.fixable or ("ALL",)),
            "unfixable": list(self.unfixable),
            "exclude": list(self.exclude),
            "fail-on": self.fail_on,
        }


def code_of(word: str) -> str | None:
    """Return the code of a code or rule name; None if there is no such rule."""
    if word in NAMES:
        return word
    return next((code for code, name in NAMES.items() if name == word), None)


def selectors(words: Iterable[str], where: str) -> tuple[str, ...]:
    """Normalise selectors: codes, prefixes of codes and rule names. Raises Unusable for an unknown one."""
    found = []
    for word in words:
        code = code_of(word)
        if code is None and word != "ALL" and not (word and any(known.startswith(word) for known in NAMES)):
            hint = did_you_mean(word, KNOWN) or "`cnncalc rule` lists them"
            raise Unusable(f"{where}: there is no rule {quoted(word)}: {hint}")
        found.append(code or word)
    return tuple(found)


def _chosen(selected: tuple[str, ...], ignored: tuple[str, ...]) -> frozenset[str]:
    """Return the codes whose longest matching selector selects them; `ignore` wins a tie."""
    return frozenset(code for code in NAMES if _weight(code, selected) > _weight(code, ignored))


def _weight(code: str, words: tuple[str, ...]) -> int:
    """Return the length of the longest selector that matches a code; -1 if none does."""
    weights = (0 if word == "ALL" else len(word) for word in words if word == "ALL" or code.startswith(word))
    return max(weights, default=-1)


class Finder:
    """Finds the settings of a file: those of a given settings file, else of the nearest folder."""

    def __init__(self, given: Path | None = None) -> None:
        self.given = read_settings(given) or Settings(given) if given else None
        self.known: dict[Path, Settings] = {}

    def __call__(self, path: str) -> Settings:
        """Return the settings for a path; raises Unusable."""
        return self.given or self.of_folder(Path(os.path.abspath(path)).parent)

    def of_folder(self, folder: Path) -> Settings:
        found = self.known.get(folder)
        if found is None:
            found = self.known[folder] = self.search(folder)
        return found

    def search(self, folder: Path) -> Settings:
        for name in FILES:
            file = folder / name
            found = read_settings(file) if file.is_file() else None
            if found is not None:
                return found
        return Settings() if folder.parent == folder else self.of_folder(folder.parent)


LONGEST = 10_000_000
"""Bytes of a file of settings that are read."""


def read_settings(file: Path) -> Settings | None:
    """Read a file of settings; None if it has none for the linter. Raises Unusable."""
    try:
        data = tomllib.loads(read_regular(file, LONGEST).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{file}: {str(error)[:1].lower()}{str(error)[1:]}") from None
    except OSError as error:
        raise Unusable(f"{file}: cannot be read: {reason_of(error)}") from None
    table: Any = data
    if file.name == "pyproject.toml" or "tool" in data:
        table = data.get("tool", {}).get("cnncalc", {}).get("lint")
    elif "lint" in data:
        table = data["lint"]
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise Unusable(f"{file}: lint is a table, as in `[tool.cnncalc.lint]`")
    return _settings(file, table)


def _settings(file: Path, table: Mapping[str, Any]) -> Settings:
    from pydantic import ValidationError

    from cnncalc.documents.lint_settings import LintSettings

    try:
        found = LintSettings.model_validate(dict(table))
    except ValidationError as error:
        raise Unusable(f"{file}: {_unusable(error)}") from None
    lists = {key: tuple(getattr(found, key.replace("-", "_"))) for key in LISTS if key in table}
    for key in lists:
        if key != "exclude":
            lists[key] = selectors(lists[key], f"{file}: {key}")
    ignores = tuple(
        (pattern, selectors(words, f"{file}: per-file-ignores")) for pattern, words in found.per_file_ignores.items()
    )
    return Settings(
        file=file,
        select=lists.get("select"),
        extend_select=lists.get("extend-select", ()),
        ignore=lists.get("ignore", ()),
        per_file_ignores=ignores,
        fixable=lists.get("fixable"),
        unfixable=lists.get("unfixable", ()),
        exclude=lists.get("exclude", EXCLUDED),
        fail_on=found.fail_on,
        notes=found.fail_on == "note",
    )


def _unusable(error: ValidationError) -> str:
    """Return what is said of settings that are refused, an unknown key first."""
    from cnncalc.documents.lint_settings import LintSettings
    from cnncalc.documents.placed import sentence

    details = error.errors(include_url=False)
    detail = next((one for one in details if one["type"] == "extra_forbidden"), details[0])
    key = str(detail["loc"][0])
    if detail["type"] == "extra_forbidden":
        _, message, hint = sentence(LintSettings, detail)
        return f"{message}: {hint}"
    if key == "fail-on":
        return f"fail-on is {', '.join(FAIL_ON[:-1])} or {FAIL_ON[-1]}"
    if key == "per-file-ignores" and detail["type"] == "dict_type":
        return 'per-file-ignores is a table, as in `"old/*" = ["W301"]`'
    return f'{key} is a list of strings, as in ["W301"]'
