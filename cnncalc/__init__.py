"""cnncalc computes what a convolutional network costs, layer by layer, from a short text.

import cnncalc
cnncalc.load("alexnet").report().totals.params    # 60965224

Names are imported when they are first used, so that the command line starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.api import (
        Comparison,
        Explanation,
        Findings,
        Marks,
        Published,
        Sweep,
        WorkingSizes,
        check,
        closed,
        compare,
        explain,
        lint,
        networks,
        plot,
        published,
        sizes,
        solve,
        sweep,
        verify,
    )
    from cnncalc.library import NotFound
    from cnncalc.loading import load
    from cnncalc.network.network import Network
    from cnncalc.network.report import Report, Row, Totals
    from cnncalc.problem import NoAnswer, Problem, Problems
    from cnncalc.result import Result

__all__ = [
    "Comparison",
    "Explanation",
    "Findings",
    "Marks",
    "Network",
    "NoAnswer",
    "NotFound",
    "Problem",
    "Problems",
    "Published",
    "Report",
    "Result",
    "Row",
    "Sweep",
    "Totals",
    "WorkingSizes",
    "check",
    "closed",
    "compare",
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
__version__ = "0.1.0"

WHERE = {
    "Comparison": "api",
    "Explanation": "api",
    "Findings": "api",
    "Marks": "api",
    "Network": "network.network",
    "NoAnswer": "problem",
    "NotFound": "library",
    "Problem": "problem",
    "Problems": "problem",
    "Published": "api",
    "Report": "network.report",
    "Result": "result",
    "Row": "network.report",
    "Sweep": "api",
    "Totals": "network.report",
    "WorkingSizes": "api",
    "check": "api",
    "closed": "api",
    "compare": "api",
    "explain": "api",
    "lint": "api",
    "load": "loading",
    "networks": "api",
    "plot": "api",
    "published": "api",
    "sizes": "api",
    "solve": "api",
    "sweep": "api",
    "verify": "api",
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
