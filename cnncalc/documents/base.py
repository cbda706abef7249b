"""What all documents share: their settings, and how they become dicts and JSON."""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, RootModel, WithJsonSchema

Number = Annotated[int | str, WithJsonSchema({"type": ["integer", "string"]})]
"""A whole number; a text such as `H//2` where it contains a symbol."""

Sizes = list[Number]
"""A shape, or one number for each dimension."""

Plain = Annotated[Any, PlainSerializer(lambda value: value)]
"""A value of JSON whose form depends on what it is about."""

VERSION = 1
"""Goes up when a key goes or changes its meaning; further keys may be added without."""


class Document(BaseModel):
    """An object of JSON: unknown keys are refused, and keys that were never given are not printed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, defer_build=True)

    rows: ClassVar[str] = ""
    """The last key, where its list is printed with one row a line."""

    def data(self) -> dict[str, Any]:
        """Return dicts, lists, numbers and texts."""
        return self.model_dump(by_alias=True, exclude_unset=True)

    def to_json(self) -> str:
        """Write JSON: with an indentation, or the rows of a long list on a line each."""
        data = self.data()
        if not self.rows or self.rows not in data:
            return json.dumps(data, ensure_ascii=False, indent=2)
        rows = data.pop(self.rows)
        head = "".join(f'  "{key}": {_line(value)},\n' for key, value in data.items())
        body = ",\n".join(f"    {_line(row)}" for row in rows)
        return f'{{\n{head}  "{self.rows}": [\n{body}\n  ]\n}}'


Row = TypeVar("Row")


class Listing(RootModel[list[Row]], Generic[Row]):
    """A list of JSON."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, defer_build=True)

    one_a_line: ClassVar[bool] = False
    """Whether each row is printed on a line of its own."""

    def data(self) -> list[Any]:
        """Return dicts, lists, numbers and texts."""
        return list(self.model_dump(by_alias=True, exclude_unset=True))

    def to_json(self) -> str:
        """Write JSON."""
        if not self.one_a_line or not self.root:
            return json.dumps(self.data(), ensure_ascii=False, indent=2)
        body = ",\n".join(f"  {_line(row)}" for row in self.data())
        return f"[\n{body}\n]"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
