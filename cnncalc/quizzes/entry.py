"""A key written as text: YAML that people like to read and that `read_key` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc.problem import escaped_json

PLAIN = re.compile(r"[A-Za-z0-9](?:[\w ./=*>()-]*[\w./=*)])?%?")
"""What may stand without quotes, also within brackets."""


def key_text(title: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """Write a key; each entry is a question, `id` and all."""
    lines = [f"title: {_scalar(title)}", "questions:"]
    for entry in entries:
        body = [line for name, value in entry.items() for line in _pair(name, value)]
        lines += [f"  - {body[0]}", *(f"    {line}" for line in body[1:])]
    return "\n".join((*lines, ""))


def _pair(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield f"{name}: |-"
        yield from (f"  {line}" for line in value.split("\n"))
    elif isinstance(value, Mapping) and len(_flow(value)) > 60:
        yield f"{name}:"
        for inner, under in value.items():
            yield from (f"  {line}" for line in _pair(_scalar(inner), under))
    else:
        yield f"{name}: {_flow(value)}"


def _flow(value: Any) -> str:
    """Write a value in one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(name)}: {_flow(under)}' for name, under in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    return text if PLAIN.fullmatch(text) else escaped_json(json.dumps(text, ensure_ascii=False))
