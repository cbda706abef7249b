"""Text in, findings out: parsing, building every variant, rules, suppressions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from cnncalc.expand.names import StepPlace
from cnncalc.linter import remedies
from cnncalc.linter.finding import Finding, of_problem, order
from cnncalc.linter.mentions import Text
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.rules import RULES
from cnncalc.linter.settings import Selection
from cnncalc.linter.subject import Built, Reading, read_source, variants_of
from cnncalc.linter.suppression import read_comments
from cnncalc.linter.view import View, place_of_node
from cnncalc.loading import uncollected
from cnncalc.network.network import Network, Node
from cnncalc.problem import Place, Source, index_of
from cnncalc.spec.text import read_bytes
from cnncalc.spec.tree import Mapping
from cnncalc.spec.tree import Node as TextNode
from cnncalc.spec.tree import Sequence as Listing


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of linting one text: the findings in order, and how many errors comments suppress."""

    source: Source
    findings: tuple[Finding, ...]
    suppressed_errors: int = 0


def check_bytes(data: bytes, name: str, selection: Selection, input: str | None = None) -> Checked:
    """Lint a file's bytes."""
    source, problems = read_bytes(name, data)
    if source is None:
        empty = Source(name, "")
        findings = (of_problem(problem, problem.place or Place(empty, 1, 1)) for problem in problems)
        return Checked(empty, tuple(f for f in findings if selection.has(f.code)))
    return check(source, selection, input)


def check(source: Source, selection: Selection, input: str | None = None, *, layers_only: bool = False) -> Checked:
    """Lint a text; every variant is checked, and a finding that applies to all is reported once.

    With `layers_only`, how the text is written is not looked at.
    """
    with uncollected():
        reading = read_source(source)
        found, whole = _found(reading, selection, input, layers_only)
    comments = read_comments(reading.source, reading.root)
    kept, used = comments.apply(found)
    if input is None:
        kept = [*kept, *comments.unused(used, selection.codes if whole else frozenset(), selection)]
    findings = (replace(f, path=path_to(reading.root, f.place)) for f in kept)
    suppressed = sum(f.severity == "error" for f in found) - sum(f.severity == "error" for f in kept)
    return Checked(reading.source, tuple(sorted(findings, key=order)), suppressed)


def _found(reading: Reading, selection: Selection, input: str | None, layers_only: bool) -> tuple[list[Finding], bool]:
    """Return every selected finding, and whether all rules could check all variants."""
    rules = [rule for rule in RULES if selection.has(rule.code)]
    gathered = Gathered()
    for problem in reading.problems:
        gathered.add(of_problem(problem, reading.start), None)
    reached: set[tuple[int, int]] | None = set() if input is None else None
    whole = not reading.problems
    tried: set[str] = set()
    for built in variants_of(reading, input):
        gathered.variants += 1
        for problem in remedies.improved(built, reading, input, tried):
            gathered.add(of_problem(problem, reading.start), built.name)
        if built.known is not None:
            for finding in _of_network(built, built.known, reading, rules, input is not None):
                gathered.add(finding, built.name)
        if built.network is None:
            whole, reached = False, None
        elif reached is not None:
            reached |= _reached(built.network)
    findings = [f for f in gathered.findings() if selection.has(f.code)]
    if reading.root is not None and not layers_only:
        # What looks unused in a text with syntax errors may be used in a part that could not be parsed.
        is_understood = not any(f.code.startswith("E1") for f in findings)
        text = Text(reading.source, reading.root, reading.spec, reached)
        findings.extend(_of_text(text, rules if is_understood else _early(rules)))
    return remedies.with_fixes(findings), whole


def _early(rules: list[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.early]


def _of_network(built: Built, network: Network, reading: Reading, rules: list[Rule], given: bool) -> Iterator[Finding]:
    """Yield what rules find in a network; a step of a block is reported once, with the number of its further calls."""
    is_part = network is not built.network or bool(reading.problems)
    view = View(network, reading.spec, built.variant, given=given, is_part=is_part)
    found: dict[tuple[str, int, int], Finding] = {}
    lacking: dict[tuple[str, int, int], int] = {}  # layers of the same step for which the fix is not needed
    for rule in _early(rules) if is_part else rules:
        for hit in rule.network(view) if rule.network else ():
            finding = _finding(rule, hit, reading.start)
            key = (rule.code, finding.place.line, finding.place.column)
            known = found.setdefault(key, finding)
            if known is not finding:
                found[key] = replace(known, more=known.more + bool(known.calls))
            if hit.fix is not None and isinstance(hit.where, Node):
                lacking[key] = lacking.get(key, view.made_by_step(hit.where)) - 1
    for key, finding in found.items():
        yield replace(finding, fix=None) if lacking.get(key) or is_part else finding


def _of_text(text: Text, rules: list[Rule]) -> Iterator[Finding]:
    start = Place(text.source, 1, 1)
    for rule in rules:
        for hit in rule.text(text) if rule.text else ():
            yield _finding(rule, hit, start)


def _finding(rule: Rule, hit: Hit, start: Place) -> Finding:
    if not isinstance(hit.where, Node):
        return Finding(rule.code, rule.name, hit.message, hit.where, hit.hint, fix=hit.fix)
    node = hit.where
    place = place_of_node(node, hit.field) or start
    calls = tuple(map(str, reversed(node.calls)))
    return Finding(rule.code, rule.name, hit.message, place, hit.hint, calls, fix=hit.fix)


def _reached(network: Network) -> set[tuple[int, int]]:
    """Return the locations of the steps that created the nodes of a network, and the enclosing calls."""
    places = [node.where for node in network.nodes]
    places += {id(call.where): call.where for node in network.nodes for call in node.calls}.values()
    return {(p.text.start, p.step.start) for p in places if isinstance(p, StepPlace)}


@dataclass
class Gathered:
    """Findings of all variants, each once, with the variants it applies to."""

    variants: int = 0
    held: dict[tuple[str, int, int], tuple[Finding, list[str]]] = field(default_factory=dict)

    def add(self, finding: Finding, variant: str | None) -> None:
        """Add the findings of a variant; None for the text itself."""
        key = (finding.code, finding.place.line, finding.place.column)
        known, names = self.held.setdefault(key, (finding, []))
        if finding.fix is None and known.fix is not None:
            self.held[key] = (replace(known, fix=None), names)
        names.append("" if variant is None else variant)

    def findings(self) -> Iterable[Finding]:
        for finding, names in self.held.values():
            everywhere = "" in names or len(set(names)) == self.variants
            # A fix for one variant may break another.
            fix = finding.fix if everywhere else None
            yield replace(finding, variants=() if everywhere else tuple(dict.fromkeys(names)), fix=fix)


def path_to(root: TextNode | None, place: Place) -> tuple[str | int, ...]:
    """Return the keys and indices that lead from the root of a text to a place."""
    if root is None or place.source is not root.source:
        return ()
    index = index_of(place)
    path: list[str | int] = []
    node: TextNode | None = root
    while node is not None:
        step, node = _inside(node, index)
        if step is not None:
            path.append(step)
    return tuple(path)


def _inside(node: TextNode, index: int) -> tuple[str | int | None, TextNode | None]:
    """Return the key or index below a node that leads to an index, and the node there."""
    if isinstance(node, Mapping):
        at = bisect_right(node.pairs, index, key=lambda pair: pair[0].start) - 1
        if at >= 0:
            key, value = node.pairs[at]
            if index < key.end:
                return key.text, None
            if value.start <= index < value.end:
                return key.text, value
    elif isinstance(node, Listing):
        at = bisect_right(node.items, index, key=lambda item: item.start) - 1
        if at >= 0 and index < node.items[at].end:
            return at, node.items[at]
    return None, None
