"""From what a person names to what is printed of it: a network, or every variant of a family or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from cnncalc.claims.reader import read_claims
from cnncalc.claims.verdict import Checked, check
from cnncalc.library import defined, files, named, read_file
from cnncalc.loading import build, find
from cnncalc.network.network import Network
from cnncalc.problem import Problem, Problems
from cnncalc.spec.model import Spec, Variant


def published(what: str, *, stdin: Callable[[], bytes] | None = None) -> list[Checked]:
    """Hold what is printed of a network against what is computed; of all networks where a family or file is named.

    Raises NotFound, Unreadable, and Problems when a spec has problems.
    """
    found = None if "->" in what or what == "-" else named(what)
    if found:
        path, spec, variant, problems = found
        chosen = [variant] if variant else list(defined(path, spec).values())
    else:
        spec, one, problems, remarks = find(what, stdin)
        chosen = [*spec.variants.values()] if remarks and spec.variants else [one]
    return [_checked(spec, variant, problems) for variant in chosen]


def published_of_all() -> Iterator[Checked]:
    """Hold everything that is printed of the library's networks against what is computed, one after the other."""
    for path in files():
        spec, problems = read_file(path)
        if "published" not in spec.says and not any("published" in v.says for v in spec.variants.values()):
            continue
        for variant in defined(path, spec).values():
            yield _checked(spec, variant, list(problems))


def _checked(spec: Spec, variant: Variant | None, problems: list[Problem]) -> Checked:
    if problems:
        raise Problems(problems)
    name = variant.name.text if variant else spec.name
    title, source = spec.said("title", variant) or name, spec.said("source", variant)
    return check(name, title, source, read_claims(spec), partial(_network, spec, variant))


def _network(spec: Spec, variant: Variant | None, shape: str | None) -> Network:
    return build(spec, variant, input=shape)
