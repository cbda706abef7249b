"""The solutions of a spec's question marks, as a table and as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.algebra.solve import Solution, Solutions
from cnncalc.algebra.unknowns import Hidden
from cnncalc.render.ranges import ranges
from cnncalc.render.table import GREEN, PLAIN, Column, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents import solutions as documents


def labels(answer: Solutions) -> list[str]:
    """Name the hidden numbers by their fields; those of one field are numbered."""
    often = Counter(hidden.field for hidden in answer.hidden)
    seen: Counter[str] = Counter()
    names = []
    for hidden in answer.hidden:
        seen[hidden.field] += 1
        names.append(hidden.field if often[hidden.field] == 1 else f"{hidden.field}{seen[hidden.field]}")
    return names


def written(answer: Solutions, values: tuple[int, ...]) -> str:
    """Return the text with the numbers in place of the question marks: a chain, or the lines that had some."""
    lines: dict[int, str] = {}
    marks = sorted(zip(answer.hidden, values, strict=True), key=lambda mark: mark[0].place[1:3], reverse=True)
    for hidden, value in marks:
        place = hidden.place
        line = lines.setdefault(place.line, place.source.line(place.line))
        lines[place.line] = f"{line[: place.column - 1]}{_value(hidden, value)}{line[place.column :]}"
    return "; ".join(" ".join(lines[number].split()) for number in sorted(lines))


def _value(hidden: Hidden, value: int) -> str:
    return ("no", "yes")[value] if hidden.flag else str(value)


def table(answer: Solutions, most: int | None) -> Table:
    """Return the solutions, at most so many, with what bounds them."""
    names, solutions = labels(answer), answer.solutions
    notes = [Note("", note, PLAIN) for note in _notes(answer, names)]
    if not solutions:
        title = "no solution" + (" found" if answer.stopped or answer.bounds else "")
        nearest = [f"{_values(answer, near.values, names)} {near.reason}" for near in answer.near]
        notes += [Note("nearest", text, PLAIN) for text in nearest[:1]]
        notes += [Note("", text, PLAIN, indent=len("nearest: ")) for text in nearest[1:]]
        notes += [Note("help", answer.remedy)] if answer.remedy else []
        return Table(title, notes=notes, level=2)
    shown = solutions if most is None else solutions[:most]
    endless = bool(answer.endless) and len(names) == 1
    if len(shown) < len(solutions) and not endless:
        more = f"and {len(solutions) - len(shown):,} more: --max {len(solutions)} shows them"
        notes.insert(0, Note("", more, PLAIN, indent=2))
    rows = [([*map(_value, answer.hidden, solution.values)], written(answer, solution.values)) for solution in shown]
    return Table(
        _count(answer, endless),
        [*(Column(name, right=True, style=GREEN) for name in names), Column("", breaks=" ", always=True)],
        [Row((*values, text)) for values, text in rows],
        notes=notes,
        level=2,
        ruled=False,
        indent=2,
        data=lambda: ([*names, "written"], ((*values, text) for values, text in rows)),
    )


def _count(answer: Solutions, endless: bool) -> str:
    """Say how many solutions there are: all, those found, or the first of those without an end."""
    if endless:
        return "infinitely many solutions, the first of them:"
    usual = "usual " if answer.further else ""
    count = f"1 {usual}solution" if len(answer.solutions) == 1 else f"{len(answer.solutions):,} {usual}solutions"
    more = answer.stopped or answer.endless or (_reached(answer) and not answer.further)
    return f"{'at least ' if more else ''}{count}"


def _notes(answer: Solutions, names: list[str]) -> Iterator[str]:
    by_name = dict(zip((hidden.name for hidden in answer.hidden), names, strict=True))
    least = {hidden.name: hidden.least for hidden in answer.hidden}
    for name, numbers in answer.endless.items():
        which = f"{by_name[name]} may be {ranges(numbers, least[name] - 1)}"
        yield which if len(names) == 1 else f"infinitely many: {which}, the others as in the first line"
    tried = [f"{by_name[name]} {least[name]} to {bound:,}" for name, bound in answer.bounds.items()]
    if tried and not (answer.endless and len(names) == 1):
        yield f"tried: {', '.join(tried)}{_beyond(answer, by_name)}"
    if answer.stopped:
        further = "" if answer.wide else ", or --all searches longer"
        yield f"the search stopped after {answer.walks:,} walks: write some of the numbers{further}"


def _beyond(answer: Solutions, by_name: dict[str, str]) -> str:
    """Say what is known of numbers beyond the bounds: one that fits, or that the largest ones tried do."""
    if answer.further:
        return f"; beyond, {_values(answer, answer.further.values, [*by_name.values()])} fits too: --all goes further"
    met = [by_name[name] for name in _reached(answer)]
    verb = "fits" if len(met) == 1 else "fit"
    return f"; the largest {' and '.join(met)} {verb} too, so there may be more beyond" if met else ""


def _reached(answer: Solutions) -> list[str]:
    """Return the hidden numbers whose largest one tried fits."""
    return [
        hidden.name
        for i, hidden in enumerate(answer.hidden)
        if hidden.name in answer.bounds
        and hidden.name not in answer.endless
        and any(solution.values[i] == answer.bounds[hidden.name] for solution in answer.solutions)
    ]


def _values(answer: Solutions, values: tuple[int, ...], names: list[str]) -> str:
    return " ".join(f"{name}={text}" for name, text in zip(names, map(_value, answer.hidden, values), strict=True))


def document(answer: Solutions, most: int | None) -> documents.Solutions:
    """Return everything about the solutions as a document."""
    from cnncalc.documents import solutions as documents

    names = labels(answer)
    by_name = dict(zip((hidden.name for hidden in answer.hidden), names, strict=True))

    def values(numbers: tuple[int, ...]) -> dict[str, int | bool]:
        flags = [hidden.flag for hidden in answer.hidden]
        return {name: bool(n) if flag else n for name, n, flag in zip(names, numbers, flags, strict=True)}

    def one(solution: Solution) -> dict[str, object]:
        network = solution.network
        last = network.nodes[next(iter(network.outputs.values()))].y
        return {
            "values": values(solution.values),
            "written": written(answer, solution.values),
            "output": [n if isinstance(n, int) else str(n) for n in last.hwc],
        }

    data = {
        "hidden": [
            {"name": name, "field": h.field, "kind": h.kind, "line": h.place.line, "column": h.place.column}
            for name, h in zip(names, answer.hidden, strict=True)
        ],
        "count": len(answer.solutions),
        "complete": not (answer.stopped or answer.bounds or answer.endless),
        "solutions": [one(s) for s in (answer.solutions if most is None else answer.solutions[:most])],
        "beyond": one(answer.further) if answer.further else None,
        "tried_up_to": {by_name[name]: bound for name, bound in answer.bounds.items()},
        "infinitely_many": {
            by_name[h.name]: ranges(answer.endless[h.name], h.least - 1)
            for h in answer.hidden
            if h.name in answer.endless
        },
        "nearest": [{"values": values(near.values), "reason": near.reason} for near in answer.near],
    }
    return documents.Solutions.model_validate(data)
