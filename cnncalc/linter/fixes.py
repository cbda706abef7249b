"""Fixes: edits of the text, applied together where they do not overlap, until none is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.linter.finding import Edit, Finding
from cnncalc.linter.settings import Selection
from cnncalc.linter.subject import build, read_source
from cnncalc.network.network import Network
from cnncalc.problem import Source

if TYPE_CHECKING:
    from cnncalc.linter.runner import Checked

MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text after its fixes: what was fixed, and what remains."""

    text: str
    fixed: tuple[Finding, ...]
    left: Checked


def fix(checked: Checked, selection: Selection, *, unsafe: bool, input: str | None = None) -> Fixed:
    """Apply all fixes and lint again; a fix after which the text has more errors is not applied."""
    fixed: list[Finding] = []
    for _ in range(MOST_ROUNDS):
        chosen = [f for f in checked.findings if may_fix(f, selection, unsafe=unsafe)]
        round_ = _applied(checked, chosen, selection, input)
        if round_ is None:
            break
        checked, done = round_
        fixed.extend(done)
    return Fixed(checked.source.text, tuple(fixed), checked)


def may_fix(finding: Finding, selection: Selection, *, unsafe: bool) -> bool:
    """Return whether a finding has a fix that is enabled."""
    return finding.fix is not None and (finding.fix.safe or unsafe) and finding.code in selection.fixable


def _applied(
    checked: Checked, chosen: list[Finding], selection: Selection, input: str | None
) -> tuple[Checked, list[Finding]] | None:
    """Apply the fixes together, or one by one where together they cause an error."""
    from cnncalc.linter.runner import check

    together = _without_overlaps(chosen)
    for attempt in (together, *([one] for one in together if len(together) > 1)):
        edits = [edit for finding in attempt for edit in (finding.fix.edits if finding.fix else ())]
        text = edited(checked.source.text, edits)
        if text == checked.source.text:
            continue
        after = check(Source(checked.source.name, text), selection, input)
        if _errors(after) > _errors(checked):
            continue
        if all(finding.fix and finding.fix.safe for finding in attempt) and not same_networks(
            checked.source.text, text
        ):
            continue
        return after, attempt
    return None


def _without_overlaps(findings: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    taken: list[Edit] = []
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        if not any(_meet(edit, other) for edit in edits for other in taken):
            kept.append(finding)
            taken.extend(edits)
    return kept


def _meet(one: Edit, other: Edit) -> bool:
    """Return whether two edits overlap or touch; two deletions may touch."""
    if not one.text and not other.text:
        return one.start < other.end and other.start < one.end
    return one.start <= other.end and other.start <= one.end


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with all edits applied; they do not overlap."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(set(edits)):
        pieces += (text[at : edit.start], edit.text)
        at = edit.end
    return "".join((*pieces, text[at:]))


def _errors(checked: Checked) -> int:
    return sum(finding.severity == "error" for finding in checked.findings) + checked.suppressed_errors


def same_networks(before: str, after: str) -> bool:
    """Return whether two texts build the same network for every variant, or have the same problems."""
    one, other = read_source(Source("", before)), read_source(Source("", after))
    if list(one.spec.variants) != list(other.spec.variants):
        return False
    for name in one.spec.variants or [None]:
        a, b = (build(reading, reading.spec.variants.get(name or "")) for reading in (one, other))
        if a.network is None or b.network is None:
            if [p.code for p in a.problems] != [p.code for p in b.problems]:
                return False
        elif list(layers(a.network)) != list(layers(b.network)):
            return False
    return [p.code for p in one.problems] == [p.code for p in other.problems]


def layers(network: Network) -> Iterator[object]:
    """Yield everything that defines a network: every layer with its path and shapes, its inputs and outputs."""
    yield network.inputs, network.outputs
    for node in network.nodes:
        yield node.path, str(node.layer), node.inputs, node.x, node.y, node.aux, node.shares


def difference(before: str, after: str, name: str) -> str:
    """Return the unified diff of a text and its fixed version."""
    import difflib

    below = name.lstrip("/")
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{below}", f"b/{below}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
