"""The public functions behind the commands: each reads what a person names, asks one wing, and returns a Result.

`what` is always what `cnncalc.load` takes: a name of the library, a file, or a chain. Every function raises Problems
when a spec has problems, and NotFound, one of them, when nothing can be read. Wings are imported when they are asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.loading import find, load
from cnncalc.problem import NoAnswer, Problem, Problems, did_you_mean, quoted
from cnncalc.result import Result

if TYPE_CHECKING:
    from cnncalc.algebra.closed import Closed
    from cnncalc.algebra.sizes import Sizes
    from cnncalc.algebra.solve import Answer
    from cnncalc.algebra.sweep import Task
    from cnncalc.claims.verdict import Checked
    from cnncalc.comparison.summary import Summary
    from cnncalc.homework.model import Mark
    from cnncalc.linter.finding import Finding
    from cnncalc.live.verify import Verification
    from cnncalc.network.network import Network
    from cnncalc.network.report import Report, Row
    from cnncalc.numbers.arith import Number

What: TypeAlias = "str | os.PathLike[str]"
Shape: TypeAlias = "str | Sequence[int | str]"
Stdin: TypeAlias = "Callable[[], bytes]"


def _texts(settings: Mapping[str, object] | None) -> dict[str, str]:
    from cnncalc.loading import written_value

    return {name: written_value(value) for name, value in (settings or {}).items()}


def networks() -> list[str]:
    """Return the names of the library's networks, sorted; those of the folders in CNNCALC_PATH are among them."""
    from cnncalc.library import library

    return sorted(entry.name for entry in library())


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """Networks side by side. It iterates over their rows, and `comparison["alexnet"]` is one of them."""

    summaries: tuple[Summary, ...]
    baseline: Summary

    def __iter__(self) -> Iterator[Summary]:
        return iter(self.summaries)

    def __getitem__(self, name: str) -> Summary:
        return next((one for one in self.summaries if one.name == name), None) or _missing(name, self.summaries)

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(one.name for one in self.summaries)}, to {self.baseline.name}>"


def _missing(name: str, known: Iterable[Any]) -> Any:
    raise KeyError(f"there is no {quoted(name)} among {', '.join(one.name for one in known)}")


def compare(
    *what: What, baseline: What | None = None, input: Shape | None = None, stdin: Stdin | None = None
) -> Comparison:
    """Put networks side by side: params, MACs, memory in bytes, receptive field, published accuracy in percent.

    Ratios are to `baseline`, the first without one; `input` is another input for all. Raises TypeError without a
    network.
    """
    from cnncalc.comparison.catalogue import Shelf
    from cnncalc.comparison.summary import summarise
    from cnncalc.loading import shape_text

    if not what:
        raise TypeError('compare() takes networks, as in compare("alexnet", "vgg16")')
    names = [os.fspath(one) for one in what]
    shape = None if input is None else shape_text(input)
    extra = [] if baseline is None or os.fspath(baseline) in names else [os.fspath(baseline)]
    known = Shelf().find([*names, *extra]) if input is None else {}
    found = {name: known.get(name) or summarise(name, input=shape, stdin=stdin) for name in [*names, *extra]}
    first = names[0] if baseline is None else os.fspath(baseline)
    return Comparison(tuple(found[name] for name in names), found[first])


@dataclass(frozen=True, repr=False)
class Explanation(Result):
    """How the numbers of layers are computed, or, without `rows`, where those of a network or group go."""

    report: Report
    rows: tuple[Row, ...] = ()
    group: str = ""
    full: bool = False

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        what = ", ".join(row.path for row in self.rows) or self.group or "the network"
        return f"<Explanation of {self.report.network.name}: {what}>"


def explain(
    what: What,
    path: str | None = None,
    *,
    full: bool = False,
    input: Shape | None = None,
    settings: Mapping[str, object] | None = None,
    batch: Number | str = 1,
    dtype: str = "float32",
    stdin: Stdin | None = None,
) -> Explanation:
    """Explain the numbers of a layer: formula, numbers put in, steps, result.

    `path` names a layer or a group. Without it a chain is explained layer by layer, and of a network it says where its
    params, MACs and memory go. `full` keeps the terms that change nothing, such as dilation 1. Raises KeyError for a
    path that is none, ValueError for a batch or number type that cannot be.
    """
    report = load(what, input=input, settings=settings, stdin=stdin).report(batch, dtype)
    chain = "->" in os.fspath(what) or "→" in os.fspath(what)
    if path is None:
        return Explanation(report, tuple(report.rows) if chain else (), "", full)
    try:
        return Explanation(report, (report.row(path),), "", full)
    except KeyError:
        levels = dict.fromkeys(".".join(words[: end + 1]) for words in _paths(report) for end in range(len(words)))
        if path not in levels:
            hint = did_you_mean(path, levels) or f"`cnncalc show {report.network.name} --depth all` lists them"
            raise KeyError(f"{report.network.name} has no layer {quoted(path)}: {hint}") from None
    return Explanation(report, tuple(report.rows) if chain else (), path, full)


def _paths(report: Report) -> Iterator[list[str]]:
    return (row.path.split(".") for row in report.rows)


def solve(
    what: What, *, every: bool = False, progress: Callable[[int], None] | None = None, stdin: Stdin | None = None
) -> Answer:
    """Find the numbers that each `?` in a spec may stand for, so that its shape checks hold.

    `every` goes beyond the usual numbers; `progress` is called with how many were tried. Raises NoAnswer (E104) for a
    spec without a `?`.
    """
    from cnncalc.algebra.solve import solve as search

    spec, variant, problems, _ = find(os.fspath(what), stdin)
    if problems:
        raise Problems(problems)
    answer = search(spec, variant, progress, wide=every)
    if not answer.hidden:
        hint = "put one where a number is to be found, as in pad=?"
        raise NoAnswer([Problem("E104", "there is no ? in it", None, hint)])
    return answer


@dataclass(frozen=True, repr=False)
class WorkingSizes(Result):
    """The input sizes that a network works on: one entry for all dimensions together where they are alike."""

    network: Network
    sides: tuple[Sizes, ...]
    near: int | None = None

    def __iter__(self) -> Iterator[Sizes]:
        return iter(self.sides)

    def __getitem__(self, name: str) -> Sizes:
        return next((one for one in self.sides if one.name == name), None) or _missing(name, self.sides)

    def __repr__(self) -> str:
        return f"<WorkingSizes of {self.network.name}: {', '.join(one.name for one in self.sides)}>"


def sizes(
    what: What, *, near: int | None = None, settings: Mapping[str, object] | None = None, stdin: Stdin | None = None
) -> WorkingSizes:
    """Find every input size, in pixels, that a network works on: it builds, and all weights keep their shapes.

    `near` asks for the nearest working sizes, too. Raises Problems for an input without height or length.
    """
    from cnncalc.algebra.sizes import sizes_of

    network, found = sizes_of(os.fspath(what), _texts(settings), stdin)
    return WorkingSizes(network, tuple(found), near)


def closed(
    what: What,
    quantity: str = "macs",
    symbols: Sequence[str] = (),
    *,
    input: Shape | None = None,
    settings: Mapping[str, object] | None = None,
    batch: Number = 1,
    dtype: str = "float32",
    marginal: str | None = None,
    stdin: Stdin | None = None,
) -> Closed:
    """Return a total, or the output, as a formula that holds for every size at which the network builds.

    `symbols` are H, W (L, D), C, N for the batch, or vars; every spatial dimension without any. `marginal` names one of
    them by which the formula is differentiated, with quotients that are not rounded. Raises ValueError for
    an unknown quantity, Problems for a symbol that stands for nothing.
    """
    from cnncalc.algebra.closed import QUANTITIES
    from cnncalc.algebra.closed import closed as formula
    from cnncalc.loading import shape_text

    if quantity not in QUANTITIES:
        raise ValueError(f"quantity must be one of {', '.join(QUANTITIES)}, not {quantity}")
    shape = None if input is None else shape_text(input)
    given = _texts(settings)
    return formula(
        os.fspath(what),
        quantity,
        tuple(symbols),
        input=shape,
        settings=given,
        batch=batch,
        dtype=dtype,
        marginal=marginal,
        stdin=stdin,
    )


@dataclass(frozen=True, repr=False)
class Sweep(Result):
    """The configurations of a grid and their totals. In `columns`, numpy arrays, vars are indices of the grid."""

    task: Task
    columns: dict[str, Any]
    configurations: int
    unbuilt: int

    def __iter__(self) -> Iterator[dict[str, Any]]:
        from cnncalc.render.results import records

        return iter(records(self))

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __repr__(self) -> str:
        return f"<Sweep: {len(self):,} of {self.configurations:,} configurations, {', '.join(self.task.columns)}>"


def sweep(
    what: What,
    vary: Mapping[str, str | Iterable[int]],
    *,
    columns: Sequence[str] = ("params", "macs", "activation_bytes"),
    where: str | None = None,
    sort: str | None = None,
    top: int | None = None,
    pareto: Sequence[str] = (),
    settings: Mapping[str, object] | None = None,
    jobs: int = 1,
) -> Sweep:
    """Compute totals for every combination of values of vars and of the input's size; the rows stay in memory.

    `vary` gives the values: `{"width": "16..128:8", "input": [128, 160]}`. `where`, `sort`, `top`, `pareto` are the
    options of `cnncalc sweep`, which also resumes an interrupted sweep and writes larger ones to files. It takes
    numpy; raises ModuleNotFoundError without it.
    """
    import tempfile
    from pathlib import Path

    from cnncalc.algebra.runs import alone, processes, rows, run
    from cnncalc.algebra.tasks import task_of

    axes = [f"{name}={v if isinstance(v, str) else ','.join(map(str, v))}" for name, v in vary.items()]
    task = task_of(os.fspath(what), axes, tuple(columns), where, sort, top, tuple(pareto), _texts(settings))
    with tempfile.TemporaryDirectory() as folder:
        parts, progress = run(task, Path(folder) / "parts", alone if jobs == 1 else processes(jobs))
        batches = [batch for batch in rows(parts, progress) if batch]
        import numpy as np

        found = {name: np.concatenate([batch[name] for batch in batches]) for name in task.columns} if batches else {}
        parts.remove()
    return Sweep(task, found, progress.configurations, progress.unbuilt)


@dataclass(frozen=True, repr=False)
class Findings(Result):
    """What the linter found, in the order of the files."""

    findings: tuple[Finding, ...]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        return f"<Findings: {len(self.findings)}>"


def lint(*paths: What, select: Sequence[str] = (), ignore: Sequence[str] = (), input: str | None = None) -> Findings:
    """Find what is wrong, doubtful or wasteful in the specs of files and folders; nothing is changed.

    Settings are those of the nearest `cnncalc.toml` or `pyproject.toml`; `select` and `ignore` take codes such as W3 or
    W301. Raises ValueError for an unknown code or settings that cannot be used, NotFound for a path that is not there.
    """
    from cnncalc.library import NotFound
    from cnncalc.linter.batch import check_files, of_unreadable
    from cnncalc.linter.files import search
    from cnncalc.linter.settings import Finder, Settings, Unusable, selectors

    try:
        chosen, left_out = selectors(select, "select"), selectors(ignore, "ignore")
        finder = Finder()

        def settings(path: str) -> Settings:
            return finder(path).over(chosen, (), left_out, None)

        found = search([os.fspath(path) for path in paths], settings)
        if found.missing:
            raise NotFound([Problem("E114", f"there is no file or folder {quoted(path)}") for path in found.missing])
        tasks = [(path, settings(path).selection(path), input) for path in found.files]
    except Unusable as error:
        raise ValueError(str(error)) from None
    unread = of_unreadable(found.problems).findings if found.problems else ()
    return Findings((*unread, *(finding for one in check_files(tasks) for finding in one.findings)))


@dataclass(frozen=True, repr=False)
class Marks(Result):
    """What answers are worth, in the order they were given."""

    marks: tuple[Mark, ...]

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.marks)

    def __getitem__(self, question: str) -> Mark:
        found = next((mark for mark in self.marks if mark.part.id == question), None)
        if found is None:
            raise KeyError(f"there is no answer to {quoted(question)}")
        return found

    def __repr__(self) -> str:
        return f"<Marks: {', '.join(f'{mark.part.id} {mark.verdict}' for mark in self.marks)}>"


def check(
    what: What,
    layer: str | None = None,
    *,
    input: str | None = None,
    settings: Mapping[str, object] | None = None,
    conventions: Mapping[str, str] | None = None,
    **answers: str,
) -> Marks:
    """Check answers about a network or one of its layers, as in `check("lenet5", "C1", params="156")`.

    An answer is a text as a student writes it; its name is an option of `cnncalc check`. Raises NoAnswer for a quantity
    or a layer that is none.
    """
    from cnncalc.homework.single import mark_asked

    given = _texts(settings)
    return Marks(
        tuple(mark_asked(os.fspath(what), answers, layer=layer, input=input, settings=given, conventions=conventions))
    )


@dataclass(frozen=True, repr=False)
class Published(Result):
    """Published numbers beside the computed ones, network by network."""

    networks: tuple[Checked, ...]

    def __iter__(self) -> Iterator[Checked]:
        return iter(self.networks)

    def __getitem__(self, name: str) -> Checked:
        return next((one for one in self.networks if one.name == name), None) or _missing(name, self.networks)

    @property
    def fine(self) -> bool:
        """Whether every difference has an erratum, and every erratum a difference."""
        return all(one.fine for one in self.networks)

    def __repr__(self) -> str:
        count = sum(len(one.findings) for one in self.networks)
        return f"<Published: {count} values of {', '.join(one.name for one in self.networks)}>"


def published(*what: What, stdin: Stdin | None = None) -> Published:
    """Check the numbers that sources publish of networks against the computed ones; without a name, of the library.

    A family or a file stands for all of its networks.
    """
    from cnncalc.claims.find import published as checked
    from cnncalc.claims.find import published_of_all

    if not what:
        return Published(tuple(published_of_all()))
    return Published(tuple(one for name in what for one in checked(os.fspath(name), stdin=stdin)))


def verify(
    what: What,
    *,
    device: str = "cpu",
    batch: int = 1,
    dtype: str = "float32",
    backward: bool = False,
    seed: int = 0,
    input: Shape | None = None,
    settings: Mapping[str, object] | None = None,
) -> Verification:
    """Build a network in PyTorch, run it, and compare shapes, tensors, params and MACs with the report.

    `device="meta"` compares without numbers and without memory. Raises NoAnswer without PyTorch, without the device, or
    where memory is short.
    """
    from cnncalc.live.verify import verify as run

    network = load(what, input=input, settings=settings)
    return run(network, device=device, batch=batch, dtype=dtype, backward=backward, seed=seed)


def plot(kind: str, *what: What, file: What, input: Shape | None = None) -> None:
    """Draw networks into an .svg, .png or .pdf: `accuracy`, `cost` or `depth` of several.

    Raises ValueError for another kind, NoAnswer without matplotlib or for another ending, OSError where the file cannot
    be written.
    """
    from pathlib import Path

    from cnncalc.render.pictures import bars, bubbles
    from cnncalc.render.pictures.picture import encoded, format_of

    if kind not in ("accuracy", "cost", "depth"):
        raise ValueError(f"kind must be accuracy, cost or depth, not {kind}")
    form = format_of(os.fspath(file))
    summaries = compare(*what, input=input).summaries
    if kind == "accuracy":
        drawn = bubbles.accuracy(summaries)[0]
    else:
        drawn = bars.depth(summaries) if kind == "depth" else bars.cost(summaries)
    Path(file).write_bytes(encoded(drawn, form))
