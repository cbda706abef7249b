"""What a person asks a sweep for -> a Task, or the problems of the question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cnncalc.algebra.grid import read_grid
from cnncalc.algebra.quantities import QUANTITIES
from cnncalc.algebra.sweep import Task
from cnncalc.loading.find import find
from cnncalc.loading.overrides import given_settings
from cnncalc.loading.readings import warn_of_readings
from cnncalc.network.memory import Options, unknown_names
from cnncalc.problem import NoAnswer, Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.tree import place_of


def task_of(
    what: str,
    vary: Sequence[str],
    quantities: tuple[str, ...],
    where: str | None = None,
    sort: str | None = None,
    top: int | None = None,
    pareto: tuple[str, ...] = (),
    settings: Mapping[str, str] | None = None,
    stdin: Callable[[], bytes] | None = None,
    training: Options | None = None,
) -> Task:
    """Return the task of sweeping a spec; `sort` may begin with - for the largest first. Raises Problems."""
    spec, variant, problems, _ = find(what, stdin)
    if problems:
        raise Problems(problems)
    given = given_settings(settings or {}, spec, problems)
    if problems:
        raise Problems(problems)
    warn_of_readings(spec, variant, given)
    training = training or Options()
    if unknown := [*unknown_names(training)]:
        raise NoAnswer(unknown)
    grid = read_grid(vary, spec)
    numbers = (*(axis.name for axis in grid.axes if axis.whole), *QUANTITIES)
    descending, sort = (sort or "").startswith("-"), (sort or "").removeprefix("-") or None
    for option, names, known in (
        ("--columns", quantities, QUANTITIES),
        ("--sort", (sort,) if sort else (), numbers),
        ("--pareto", pareto, numbers),
    ):
        for name in names:
            if name not in known:
                _unknown(option, name, known)
    asked = tuple(dict.fromkeys((*quantities, *(name for name in pareto if name in QUANTITIES))))
    task = Task(spec, variant, given, grid, asked, where, sort, descending, top, pareto, training)
    _ = task.condition  # its problems are reported before anything is computed
    return task


def _unknown(option: str, name: str, known: Sequence[str]) -> None:
    hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
    place = place_of(Source(option, name), 0, len(name))
    raise Problems([Problem("E109", f"there is no quantity {quoted(name)}", place, hint)])
