"""cnncalc computes what a convolutional network costs, layer by layer, from a short text.

import cnncalc
cnncalc.load("alexnet").report().totals.params    # 60965224

Names are imported when they are first used, so that the command line starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.algebra.budget import Budget, budget
    from cnncalc.algebra.closed import Closed, closed
    from cnncalc.algebra.explain import Explanation, explain
    from cnncalc.algebra.sizes import WorkingSizes, sizes
    from cnncalc.algebra.solve import Solutions, solve
    from cnncalc.algebra.sweep_in_memory import Sweep, sweep
    from cnncalc.claims.find import Published, published
    from cnncalc.comparison.compare import Comparison, LayerComparison, compare, compare_layers
    from cnncalc.comparison.networks import Networks, networks
    from cnncalc.homework.single import Marks, check
    from cnncalc.library import NotFound
    from cnncalc.linter.batch import Findings, lint
    from cnncalc.live.verify import Verification, verify
    from cnncalc.loading import load
    from cnncalc.network.network import Network
    from cnncalc.network.report import Report, Row, Totals
    from cnncalc.problem import NoAnswer, Problem, Problems
    from cnncalc.render.pictures.plot import plot
    from cnncalc.result import Result

__all__ = [
    "Budget",
    "Closed",
    "Comparison",
    "Explanation",
    "Findings",
    "LayerComparison",
    "Marks",
    "Network",
    "Networks",
    "NoAnswer",
    "NotFound",
    "Problem",
    "Problems",
    "Published",
    "Report",
    "Result",
    "Row",
    "Solutions",
    "Sweep",
    "Totals",
    "Verification",
    "WorkingSizes",
    "budget",
    "check",
    "closed",
    "compare",
    "compare_layers",
    "explain",
    "lint",
    "load",
    "networks",
    "plot",
    "published",
    "sizes",
    "solve",
    "sweep",
    "verify",
]
__version__ = "0.2.0"

WHERE = {
    "Budget": "algebra.budget",
    "Closed": "algebra.closed",
    "Comparison": "comparison.compare",
    "Explanation": "algebra.explain",
    "Findings": "linter.batch",
    "LayerComparison": "comparison.compare",
    "Marks": "homework.single",
    "Network": "network.network",
    "Networks": "comparison.networks",
    "NoAnswer": "problem",
    "NotFound": "library",
    "Problem": "problem",
    "Problems": "problem",
    "Published": "claims.find",
    "Report": "network.report",
    "Result": "result",
    "Row": "network.report",
    "Solutions": "algebra.solve",
    "Sweep": "algebra.sweep_in_memory",
    "Totals": "network.report",
    "Verification": "live.verify",
    "WorkingSizes": "algebra.sizes",
    "budget": "algebra.budget",
    "check": "homework.single",
    "closed": "algebra.closed",
    "compare": "comparison.compare",
    "compare_layers": "comparison.compare",
    "explain": "algebra.explain",
    "lint": "linter.batch",
    "load": "loading",
    "networks": "comparison.networks",
    "plot": "render.pictures.plot",
    "published": "claims.find",
    "sizes": "algebra.sizes",
    "solve": "algebra.solve",
    "sweep": "algebra.sweep_in_memory",
    "verify": "live.verify",
}
"""The module that each public name comes from."""


def __getattr__(name: str) -> object:
    if name not in WHERE:
        raise AttributeError(f"module 'cnncalc' has no attribute {name!r}")
    found: object = getattr(import_module(f"cnncalc.{WHERE[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
