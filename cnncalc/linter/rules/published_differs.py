"""Report a number under `published:` that differs from the computed one without an erratum.

Why: either the spec differs from the published network, or the source is wrong; the spec should state which.

Bad:
    input: 32x32x3
    published:
      - {what: params, printed: 60M, where: abstract}
    layers:
      - conv 64 3x3

Good:
    input: 32x32x3
    published:
      - {what: params, printed: 1.8K, where: abstract}
    layers:
      - conv 64 3x3

Source: cnncalc's own library
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.expand import expand
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View
from cnncalc.loading.overrides import given_inputs
from cnncalc.network.network import Network
from cnncalc.problem import Problems


def check(view: View) -> Iterator[Hit]:
    from cnncalc.claims.reader import read_claims
    from cnncalc.claims.verdict import check as judged

    if view.given or not view.known or not view.has_metadata("published"):
        return

    def network(shape: str | None) -> Network:
        if shape is None:
            return view.network
        found, problems = expand(view.spec, view.variant, given_inputs(shape, view.spec))
        if found is None:
            raise Problems(problems)
        return found

    try:
        verdict = judged(view.network.name, "", "", read_claims(view.spec), network)
    except Problems as problems:
        for problem in problems:
            if problem.place:
                yield Hit(problem.place, problem.message, problem.hint)
        return
    for finding in verdict.findings:
        if finding.fine:
            continue
        claim, computed = finding.claim, finding.computed
        value = f"{computed:,}" if isinstance(computed, int) else str(computed)
        message = f"{claim.what} is {value}, the source prints {claim.printed.text} ({finding.complaint})"
        yield Hit(claim.place, message, "erratum: {what: …, kind: …, note: …} records why")


RULE = Rule(code="W411", name="published-differs", page=__doc__, network=check)
