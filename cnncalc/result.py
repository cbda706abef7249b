"""What a public function returns: it prints itself, and gives itself as data, a DataFrame or HTML."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cnncalc.problem import NoAnswer, Problem, escaped_json, quoted

if TYPE_CHECKING:
    from cnncalc.render.results import View

Named = TypeVar("Named", bound="HasName")


class HasName(Protocol):
    """What is found by its name."""

    @property
    def name(self) -> str: ...


def by_name(known: Sequence[Named], name: str) -> Named:
    """Return the one of that name; raises KeyError with all names."""
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise KeyError(f"there is no {quoted(name)} among {', '.join(one.name for one in known)}")
    return found


class Result:
    """A computed answer. `print` shows what the command shows; a notebook shows a table."""

    def view(self) -> View:
        """Return how it is printed: its tables, its data, its rows, its text."""
        from cnncalc.render.results import view

        return view(self)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data: what the command prints with `--format json`."""
        return self.view().data(self)

    def to_json(self, indent: int | None = 2) -> str:
        """Return `to_dict()` as a JSON text."""
        import json

        return escaped_json(json.dumps(self.to_dict(), indent=indent, ensure_ascii=False))

    def to_dataframe(self) -> Any:
        """Return its rows as a pandas.DataFrame; raises NoAnswer (E121) without pandas."""
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError as error:
            if error.name != "pandas":
                raise
            problem = Problem("E121", "to_dataframe() needs the package pandas", None, "pip install pandas")
            raise NoAnswer([problem]) from None
        return pandas.DataFrame.from_records(self.view().records(self))

    def _repr_html_(self) -> str:
        return self.view().html(self)

    def __str__(self) -> str:
        return self.view().printed(self)
