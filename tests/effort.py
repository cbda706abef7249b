"""How much a run of the tests tries.

The usual run draws the same examples each time and takes samples of what there is much of; `-m exhaustive` runs
the rest. With `--hypothesis-profile=search` there are many fresh draws, the largest samples, and all networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.internal.conjecture import providers

SAME, SEARCH = "same", "search"
usual_only = False
"""Whether this run has no exhaustive tests; conftest.py sets it before the tests are collected."""

SLOW_TO_DRAW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

settings.register_profile(SAME, max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW_TO_DRAW)
settings.register_profile(SEARCH, settings.get_profile(SAME), derandomize=False, max_examples=2_000, print_blob=True)

_is_local = getattr(providers, "is_local_module_file", None)


def _lends_constants(path: str) -> bool:
    """Judge whether Hypothesis tries the constants of a module: not where draws are to be the same each time.

    They are those of the modules that have been imported, so which ones depends on the tests that ran before; and to
    parse them all takes seconds of each worker.
    """
    return _is_local is not None and searching() and _is_local(path)


if _is_local is not None:  # older releases have no such constants
    providers.is_local_module_file = _lends_constants


def examples(count: int) -> settings:
    """Try a share of what a test without it tries: all of it at 100."""
    return settings(max_examples=max(1, count * settings.default.max_examples // 100))


def drawn(*strategies: Any, usual: int, whole: int) -> Callable[[Callable[..., None]], Callable[[int], None]]:
    """Give a test its values as `given` does: a share of `usual` in the usual run, of `whole` in the exhaustive one."""

    def decorated(test: Callable[..., None]) -> Callable[[int], None]:
        @pytest.mark.parametrize("share", sampled([usual, whole], every=2))
        def run(share: int) -> None:
            examples(share)(given(*strategies)(test))()

        run.__doc__ = test.__doc__
        return run

    return decorated


def searching() -> bool:
    """Judge whether this run is a search."""
    return settings.get_current_profile_name() == SEARCH


def families() -> list[str]:
    """Return a network of each file of the library; in a search all networks."""
    from cnncalc import library

    return library.names() if searching() else [library.stem(path) for path in library.files()]


def few(values: Iterable[Any], *, every: int) -> list[Any]:
    """Return one of `every` so many, in a search all: for tests that take seconds for each value."""
    return [*values] if searching() else [*values][::every]


def sampled(values: Iterable[Any], *, every: int) -> list[Any]:
    """Return parameters of a test: one of `every` so many for the usual run, the others for the exhaustive one.

    The usual run makes no tests of the others: to make and deselect them took a tenth of collecting.
    """
    if usual_only:
        return [*values][::every]
    return [value if index % every == 0 else _exhaustive(value) for index, value in enumerate(values)]


def _exhaustive(value: Any) -> Any:
    if isinstance(value, type(pytest.param())):
        return pytest.param(*value.values, id=value.id, marks=pytest.mark.exhaustive)
    values = value if isinstance(value, tuple) else (value,)  # a tuple has a value for each of several names
    return pytest.param(*values, marks=pytest.mark.exhaustive)
