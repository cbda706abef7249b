"""What all documents share: their settings, and how they become dicts and JSON."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, RootModel, WithJsonSchema

from cnncalc.documents.writer import json_text

Number = Annotated[int | str, WithJsonSchema({"type": ["integer", "string"]})]
"""A whole number; a text such as `H//2` where it contains a symbol."""

Sizes = list[Number]
"""A shape, or one number for each dimension."""

Plain = Any
"""A value of JSON whose form depends on what it is about."""


class Document(BaseModel):
    """An object of JSON: unknown keys are refused, and keys that were never given are not printed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, defer_build=True)

    row_key: ClassVar[str | None] = None
    """The last key, where its list is printed with one row a line."""

    def data(self) -> dict[str, Any]:
        """Return dicts, lists, numbers and texts."""
        return self.model_dump(by_alias=True, exclude_unset=True)

    def to_json(self) -> str:
        """Write JSON."""
        return json_text(self.data(), self.row_key)


Row = TypeVar("Row")


class Listing(RootModel[list[Row]], Generic[Row]):
    """A list of JSON."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, defer_build=True)

    row_key: ClassVar[str | None] = None
    """Empty where each row is printed on a line of its own."""

    def data(self) -> list[Any]:
        """Return dicts, lists, numbers and texts."""
        return list(self.model_dump(by_alias=True, exclude_unset=True))

    def to_json(self) -> str:
        """Write JSON."""
        return json_text(self.data(), self.row_key)
