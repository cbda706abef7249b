"""How JSON is laid out: with an indentation, or the rows of a long list on a line each."""

from __future__ import annotations

import json
from typing import Any, Final

from cnncalc.problem import escaped_json

VERSION: Final = 1
"""Goes up when a key goes or changes its meaning; further keys may be added without."""


def json_text(data: dict[str, Any] | list[Any], rows: str | None = None) -> str:
    """Write dicts and lists as JSON; `rows` is the last key, whose list has a row a line, or empty for a whole list."""
    if rows is None or not data or (rows and rows not in data):
        return escaped_json(json.dumps(data, ensure_ascii=False, indent=2))
    if isinstance(data, list):
        body = ",\n".join(f"  {line(row)}" for row in data)
        return f"[\n{body}\n]"
    head = "".join(f'  "{key}": {line(value)},\n' for key, value in data.items() if key != rows)
    body = ",\n".join(f"    {line(row)}" for row in data[rows])
    return f'{{\n{head}  "{rows}": [\n{body}\n  ]\n}}'


def line(value: object) -> str:
    """Write a value in one line."""
    return escaped_json(json.dumps(value, ensure_ascii=False))
