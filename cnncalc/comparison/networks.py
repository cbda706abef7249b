"""The networks of the library: all, or those that a word or a filter leaves, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cnncalc.comparison.catalogue import Shelf
from cnncalc.comparison.filter import ordered
from cnncalc.comparison.filter import where as fulfilling
from cnncalc.comparison.summary import Summary
from cnncalc.result import Result, by_name


@dataclass(frozen=True, repr=False)
class Networks(Result):
    """Networks of the library with their numbers. It iterates over them; `networks["alexnet"]` is one."""

    summaries: tuple[Summary, ...]

    def __iter__(self) -> Iterator[Summary]:
        return iter(self.summaries)

    def __len__(self) -> int:
        return len(self.summaries)

    def __getitem__(self, name: str) -> Summary:
        return by_name(self.summaries, name)

    @property
    def names(self) -> list[str]:
        """What `cnncalc.load` takes."""
        return [one.name for one in self.summaries]

    def __repr__(self) -> str:
        return f"<Networks: {len(self.summaries):,}>"


def networks(
    word: str | None = None,
    *,
    where: str | None = None,
    sort: str | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Networks:
    """List the networks of the library with their numbers; those of the folders in CNNCALC_PATH are among them.

    `word` is looked for in name, title, family, source and year; `where` is a filter such as `"params < 10M and top1 >
    70"`; `sort` names a column, with - before it from the largest. `progress` is called with the name of each network
    that has to be computed first, and their number. Raises NoAnswer for a filter or a column that is none.
    """
    if where is not None:
        fulfilling([], where)  # a filter that cannot be read is reported before anything is computed
    if sort is not None:
        ordered([], sort)
    missing = Shelf().missing() if progress else 0
    shelf = Shelf((lambda name: progress(name, missing)) if progress else None)
    found = [one for one in shelf.summaries() if word is None or word.lower() in _text(one).lower()]
    if where is not None:
        found = fulfilling(found, where)
    return Networks(tuple(found if sort is None else ordered(found, sort)))


def _text(one: Summary) -> str:
    return " ".join((one.name, one.title, one.family, one.source, str(one.year or "")))
