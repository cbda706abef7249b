"""The layer kinds as a result: all of them, or the one with a name, here or in PyTorch or Keras."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.layers.base import Layer
from cnncalc.problem import did_you_mean, quoted
from cnncalc.result import Result


@dataclass(frozen=True, repr=False)
class Kinds(Result):
    """Layer kinds, as classes: `kind`, `fields` and `example` say how one is written. `kinds()["conv"]` is one."""

    kinds: tuple[type[Layer], ...]
    page: bool = False  # of one kind: it prints as its page

    def __iter__(self) -> Iterator[type[Layer]]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    def __getitem__(self, name: str) -> type[Layer]:
        found = _named(name)
        if found not in self.kinds:
            raise KeyError(f"there is no {quoted(name)} among {', '.join(kind.kind for kind in self.kinds)}")
        return found

    def __repr__(self) -> str:
        return f"<Kinds: {self.kinds[0].kind if self.page else f'{len(self.kinds)} layer kinds'}>"


def kinds(name: str | None = None) -> Kinds:
    """Return every layer kind, or the one that `name` is: a kind, a synonym, or a name of PyTorch or Keras.

    Raises KeyError for a name that no kind has; it names the nearest ones.
    """
    return Kinds(tuple(KINDS.values())) if name is None else Kinds((_named(name),), page=True)


def _named(name: str) -> type[Layer]:
    others = SYNONYMS | {word: found for found in KINDS.values() for word in found.framework_names}
    found = KINDS.get(name) or others.get(name)
    if found is None:
        hint = did_you_mean(name, [*KINDS, *others]) or "`cnncalc layers` lists them all"
        raise KeyError(f"there is no layer kind {quoted(name)}: {hint}")
    return found
