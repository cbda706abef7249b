"""cnncalc computes what a convolutional network costs, layer by layer, from a short text.

import cnncalc
cnncalc.load("alexnet").report().totals.params    # 60965224

Names are imported when they are first used, so that the command line starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.loading import load
    from cnncalc.network.network import Network
    from cnncalc.network.report import Report, Row, Totals
    from cnncalc.problem import Problem, Problems

__all__ = ["Network", "Problem", "Problems", "Report", "Row", "Totals", "load"]
__version__ = "0.1.0"

WHERE = {
    "Network": "network.network",
    "Problem": "problem",
    "Problems": "problem",
    "Report": "network.report",
    "Row": "network.report",
    "Totals": "network.report",
    "load": "loading",
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
