"""A chain as a network, or None: by one walk, for tests that put every number in place of a question mark."""

from __future__ import annotations

from cnncalc.algebra.unknowns import Impatient
from cnncalc.expand.check import Checker
from cnncalc.expand.journal import Stop
from cnncalc.expand.whole import NetworkWalk
from cnncalc.network.network import Network
from cnncalc.spec.read import read_chain


class Plain(Checker):
    """Offers no remedies: trying them takes most of the time of a walk that fails."""

    def remedy(self, volume: object, wanted: object) -> None:
        return None


def built(chain: str) -> Network | None:
    """Build a chain as `expand` does, but end at the first problem, without remedies and without a second walk."""
    spec, problems = read_chain(chain)
    if problems:
        return None
    journal = Impatient()
    try:
        walk = NetworkWalk(spec, None, {}, {}, journal, trusting=False)
        walk.checker = Plain(journal, walk.binder, walk.nodes, free=False, trusting=False)
        return walk.network()
    except Stop:
        return None
