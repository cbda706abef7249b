"""From what a person names to what is printed of it: a network, or every variant of a family or a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from cnncalc.claims.reader import read_claims
from cnncalc.claims.verdict import Checked, check
from cnncalc.library import defined, files, named, read_file
from cnncalc.loading import Stdin, What, build
from cnncalc.loading.find import find
from cnncalc.network.network import Network
from cnncalc.problem import Problem, Problems
from cnncalc.result import Result, by_name
from cnncalc.spec.model import Spec, Variant


@dataclass(frozen=True, repr=False)
class Published(Result):
    """Published numbers beside the computed ones, network by network."""

    networks: tuple[Checked, ...]
    everything: bool = False  # of the whole library

    def __iter__(self) -> Iterator[Checked]:
        return iter(self.networks)

    def __getitem__(self, name: str) -> Checked:
        return by_name(self.networks, name)

    @property
    def fine(self) -> bool:
        """Whether every difference has an erratum, and every erratum a difference."""
        return all(one.fine for one in self.networks)

    def __repr__(self) -> str:
        count = sum(len(one.findings) for one in self.networks)
        which = f"{len(self.networks)} networks" if self.everything else ", ".join(one.name for one in self.networks)
        return f"<Published: {count:,} values of {which}>"


def published(*what: What, progress: Callable[[str], None] | None = None, stdin: Stdin | None = None) -> Published:
    """Check the numbers that sources publish of networks against the computed ones; without a name, of the library.

    A family or a file stands for all of its networks. `progress` is called with the name of each after it was checked.
    Raises NotFound, Unreadable, and Problems when a spec has problems.
    """
    checked = []
    for one in (one for name in what for one in _published(os.fspath(name), stdin)) if what else published_of_all():
        checked.append(one)
        if progress:
            progress(one.name)
    return Published(tuple(checked), everything=not what)


def _published(what: str, stdin: Stdin | None) -> list[Checked]:
    found = None if "->" in what or what == "-" else named(what)
    if found:
        path, spec, variant, problems = found
        chosen = [variant] if variant else list(defined(path, spec).values())
    else:
        spec, one, problems, remarks = find(what, stdin)
        chosen = [*spec.variants.values()] if remarks and spec.variants else [one]
    return [_checked(spec, variant, problems) for variant in chosen]


def published_of_all() -> Iterator[Checked]:
    """Check everything that is published of the library's networks, one after the other."""
    for path in files():
        spec, problems = read_file(path)
        if "published" not in spec.metadata and not any("published" in v.metadata for v in spec.variants.values()):
            continue
        for variant in defined(path, spec).values():
            yield _checked(spec, variant, list(problems))


def _checked(spec: Spec, variant: Variant | None, problems: list[Problem]) -> Checked:
    if problems:
        raise Problems(problems)
    name = variant.name.text if variant else spec.name
    title, source = spec.text_of("title", variant) or name, spec.text_of("source", variant)
    return check(name, title, source, read_claims(spec), partial(_network, spec, variant))


def _network(spec: Spec, variant: Variant | None, shape: str | None) -> Network:
    return build(spec, variant, input=shape)
