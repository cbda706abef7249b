"""What is changed of one spec: its text before and after, written only when that is asked for."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from cnncalc import files
from cnncalc.linter.fixes import difference
from cnncalc.problem import Problem


@dataclass(frozen=True)
class Change:
    """One spec: its text before and after, or the problems for which it stays as it is."""

    path: str
    before: str = ""
    after: str = ""
    problems: tuple[Problem, ...] = ()
    is_read: bool = True  # its problems are those of a spec, not of a file that cannot be read
    unchecked: tuple[str, ...] = ()  # named items that `annotate` writes no check behind: no chain ends them
    data: bytes = b""  # the file as it was read, with its byte order mark

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return self.before != self.after

    def __str__(self) -> str:
        """The change as a unified diff."""
        return difference(self.before, self.after, self.path) if self else ""

    def write(self) -> None:
        """Replace the file, whole and in its mode; raises OSError, also where it was changed meanwhile."""
        bom = codecs.BOM_UTF8 if self.data.startswith(codecs.BOM_UTF8) else b""
        if self:
            files.put(self.path, bom + self.after.encode(), before=self.data)
