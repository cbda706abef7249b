"""Regular expressions that are compiled when they are first used: an answer needs five of the two hundred there are."""

from __future__ import annotations

import re
from typing import Any, cast


class _Regex:
    """What a compiled expression is, from its first use on."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(*self._given)
        for method in ("match", "fullmatch", "search", "sub", "split", "findall", "finditer", "pattern", "flags"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a regular expression; a fault in it shows when it is first used."""
    return cast("re.Pattern[str]", _Regex(pattern, flags))
