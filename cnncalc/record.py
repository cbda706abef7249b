"""Plain immutable-by-habit records: a dataclass costs a millisecond to define, and `show` starts in a hundred."""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform


@dataclass_transform()
class Record:
    """A class whose annotated attributes are its fields, in order; those with a value have a default.

    Too few, too many, unknown and repeated fields are a TypeError. Records are equal when they are of one class and
    their fields are; they are not hashed.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _needed: ClassVar[frozenset[str]] = frozenset()
    _names: ClassVar[frozenset[str]] = frozenset()
    __hash__ = None  # type: ignore[assignment]  # equal records need not be one record

    def __init_subclass__(cls) -> None:
        cls._fields = (*cls._fields, *(name for name in cls.__annotations__ if name not in cls._fields))
        cls._names = frozenset(cls._fields)
        cls._needed = frozenset(name for name in cls._fields if not hasattr(cls, name))

    def __init__(self, *values: Any, **named: Any) -> None:
        given = self.__dict__
        if len(values) == len(self._fields) and not named:
            given.update(zip(self._fields, values, strict=True))
            return
        given.update(zip(self._fields, values, strict=False), **named)
        if len(given) != len(values) + len(named) or not self._needed <= given.keys() <= self._names:
            raise TypeError(self._misfit(values, named))

    def _misfit(self, values: tuple[Any, ...], named: dict[str, Any]) -> str:
        """Say which fields are too many, unknown, given twice, or missing."""
        name, fields = type(self).__name__, self._fields
        if len(values) > len(fields):
            return f"{name} has {len(fields)} fields, and {len(values)} values were given"
        if unknown := [one for one in named if one not in fields]:
            return f"{name} has no field {', '.join(unknown)}: there are {', '.join(fields)}"
        if twice := [one for one in fields[: len(values)] if one in named]:
            return f"{name} was given {', '.join(twice)} twice"
        missing = [one for one in fields[len(values) :] if one in self._needed and one not in named]
        return f"{name} was given no {', '.join(missing)}"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return False
        return self.__dict__ == other.__dict__ or all(getattr(self, n) == getattr(other, n) for n in self._fields)

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({given})"
