"""What a spec expects of its totals and outputs, checked against the computed ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc.network.network import Network
from cnncalc.problem import Problem, did_you_mean, index_of, quoted
from cnncalc.spec.expression import Literal
from cnncalc.spec.model import Spec, Variant
from cnncalc.spec.parse import parse_value
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Scalar


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
    totals = network.report().totals
    problems: list[Problem] = []
    for key, node in expectations.pairs:
        if key.text == "output":
            pairs = node.pairs if isinstance(node, Pairs) else [(key, node)]
            for name, shape in pairs:
                problems.extend(_output_problem(name, shape, network, one=name is key))
            continue
        assert isinstance(node, Scalar)
        computed, tree = getattr(totals, key.text), parse_value(node.text)
        assert isinstance(tree, Literal)
        if tree.value != computed:
            problems.append(Problem("E206", f"{key.text} is {computed:,}, expected {tree.value:,}", node.place()))
    return problems


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
