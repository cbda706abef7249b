"""The configuration of one layer of Keras: each value is checked where it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncalc.exchange.tensors import Unreadable


class Fields:
    """The configuration of a layer. Each value is checked where it is needed; one that does not fit is Unreadable."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, *names: str) -> Any:
        """Return the value of the first name that has one, unchecked: Keras 1 to 3 differ in names."""
        return next((self.values[name] for name in names if self.values.get(name) is not None), None)

    def integer(self, *names: str, default: int | None = None, least: int = 1) -> int:
        return integer_of(names[0], self._given(names, default), least)

    def integers(self, *names: str, sides: int, default: int | None = None) -> list[int]:
        """Return a number for each dimension; one alone holds for all."""
        value = self._given(names, default)
        values = list(value) if isinstance(value, (list, tuple)) else [value] * sides
        if len(values) != sides:
            raise Unreadable(f"has {len(values)} numbers as {names[0]}, and {sides} dimensions")
        return [integer_of(names[0], number, 1) for number in values]

    def number(self, *names: str, default: float | None = None) -> float:
        value = self._given(names, default)
        if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):  # a number of numpy
            value = value["config"].get("value")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e30:
            raise Unreadable(f"has {names[0]} {short(value)}, which is no number")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._given((name,), default)
        if not isinstance(value, (bool, int)):
            raise Unreadable(f"has {name} {short(value)}, which is neither true nor false")
        return bool(value)

    def list(self, name: str) -> Sequence[Any]:
        value = self._given((name,), None)
        if not isinstance(value, (list, tuple)):
            raise Unreadable(f"has {name} {short(value)}, which is no list")
        return value

    @property
    def channels_first(self) -> bool:
        return bool(self.get("data_format") == "channels_first")

    def _given(self, names: tuple[str, ...], default: Any) -> Any:
        value = self.get(*names)
        if value is None and default is None:
            raise Unreadable(f"has no {names[0]}")
        return default if value is None else value


def integer_of(name: str, value: Any, least: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not least <= value < 10**18:
        raise Unreadable(f"has {name} {short(value)}, a whole number from {least} on is needed")
    return value


def short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
