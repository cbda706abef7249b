"""Names that the language takes."""

from __future__ import annotations

import re


def plain_name(text: str) -> str:
    """Return a text as a name of the language: letters, digits and _."""
    return re.sub(r"\W+", "_", text).strip("_")


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that is not taken yet, with a number behind it where it must be; it is taken then."""
    stem, number = name, 1
    if name.isdigit():
        name = stem = f"layer{name}"
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name
