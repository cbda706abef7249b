"""What a spec expects of its totals and outputs, checked against the computed ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from cnncalc.network.network import Network
from cnncalc.network.report import DTYPE_BYTES
from cnncalc.problem import NoAnswer, Problem, did_you_mean, index_of, listed, quoted
from cnncalc.spec.bounds import is_bound, read_bounds
from cnncalc.spec.expression import Literal
from cnncalc.spec.model import Spec, Variant
from cnncalc.spec.parse import parse_value
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Scalar
from cnncalc.spec.units import in_bytes


def only_expects(spec: Spec, problems: Sequence[Problem]) -> bool:
    """Judge whether all problems of a text stand in what it expects: its totals can be checked all the same."""
    expected = [each for each in (spec.expect, *(v.expect for v in spec.variants.values())) if each is not None]
    places = [problem.place for problem in problems if problem.code != "E101"]  # that may have cut a number in two
    return len(places) == len(problems) and all(
        place is not None and any(each.start <= index_of(place) < each.end for each in expected) for place in places
    )


def unexpected(spec: Spec, variant: Variant | None, network: Network) -> list[Problem]:
    """Check the totals that a spec expects against the computed ones, and report those that differ."""
    expectations = (variant.expect if variant else None) or spec.expect
    if expectations is None:
        return []
    problems: list[Problem] = []
    for key, node in expectations.pairs:
        if key.text == "output":
            pairs = node.pairs if isinstance(node, Pairs) else [(key, node)]
            for name, shape in pairs:
                problems.extend(_output_problem(name, shape, network, one=name is key))
            continue
        assert isinstance(node, Scalar)
        if is_bound(node.text):
            problems.extend(_beyond(key.text, node, network))
            continue
        tree = parse_value(node.text)
        assert isinstance(tree, Literal)
        try:
            computed = _number(network, key.text)
        except NoAnswer as refused:
            problems.extend(replace(problem, place=node.place()) for problem in refused.problems)
            continue
        if tree.value != computed:
            problems.append(Problem("E206", f"{key.text} is {computed:,}, expected {tree.value:,}", node.place()))
    return problems


def _number(network: Network, name: str, options: dict[str, Any] | None = None) -> Any:
    """Return what `expect` names; raises NoAnswer for options of memory that cannot be."""
    if name == "peak_memory":
        found = network.memory(**(options or {}))
        if found.unknown:
            kinds = listed(sorted({node.kind for node in found.unknown}))
            raise NoAnswer([Problem("E126", f"peak_memory is not known: no rule says what {kinds} keeps")])
        return found.peak_bytes
    report = network.report()
    return report.receptive_field if name == "receptive_field" else getattr(report.totals, name)


def _beyond(name: str, node: Scalar, network: Network) -> Iterator[Problem]:
    """Check a number against its budget."""
    bounds = read_bounds(name, node)
    if isinstance(bounds, Problem):  # which reading the text has reported
        return
    from cnncalc.network.memory import OPTIMIZERS

    options = _options(bounds.conditions, OPTIMIZERS)
    if isinstance(options, str):
        hint = did_you_mean(options, (*OPTIMIZERS, *DTYPE_BYTES, *FLAGS, "batch"))
        hint = hint or "as in at batch 32 adam: a batch, an optimizer, a number type, inplace, inference"
        yield Problem("E105", f"{name}: {quoted(options)} is no condition", node.place(bounds.at), hint)
        return
    try:
        computed = _number(network, name, options)
    except NoAnswer as refused:
        for problem in refused.problems:
            yield replace(problem, place=node.place(bounds.at))
        return
    when = f" at {bounds.conditions}" if bounds.conditions else ""
    for bound in bounds.bounds:
        if not bound.holds(computed):
            apart = abs(computed - bound.number)
            side = "above" if computed > bound.number else "below"
            far = f", {ceil(apart):,} {side} it" if apart else ""
            bytes_ = " bytes" if in_bytes(name) else ""
            message = f"{name}{when} is {computed:,}{bytes_}, the budget is {bound.text}{far}"
            yield Problem("E206", message, node.place())


FLAGS = ("inplace", "inference")


def _options(conditions: str, optimizers: Collection[str]) -> dict[str, Any] | str:
    """Return the options of memory that the words of a condition are, or the word that is none."""
    words, options = conditions.replace(",", " ").split(), dict[str, Any]()
    while words:
        word = words.pop(0)
        if word == "batch" and words and re.fullmatch(r"\d{1,18}", words[0]):
            options["batch"] = int(words.pop(0))
        elif word in optimizers:
            options["optimizer"] = word
        elif word in DTYPE_BYTES:
            options["dtype"] = word
        elif word in FLAGS:
            options[word] = True
        else:
            return word
    return options


def _output_problem(name: Scalar, shape: Any, network: Network, *, one: bool) -> Iterator[Problem]:
    """Check the expected shape of an output against the computed one."""
    outputs = network.outputs
    if one and len(outputs) > 1:
        hint = f"write {{{', '.join(f'{output}: …' for output in outputs)}}}"
        yield Problem("E105", f"there are {len(outputs)} outputs", shape.place(), hint)
    elif not one and name.text not in outputs:
        hint = did_you_mean(name.text, outputs) or f"there {'is' if len(outputs) == 1 else 'are'} {', '.join(outputs)}"
        yield Problem("E109", f"there is no output {quoted(name.text)}", name.place(), hint)
    else:
        index = outputs[name.text] if not one else next(iter(outputs.values()))
        computed, written = str(network.nodes[index].y), shape.text.replace("×", "x").replace(" ", "")
        if written != computed:
            yield Problem("E206", f"output is {computed}, expected {shape.text}", shape.place())
