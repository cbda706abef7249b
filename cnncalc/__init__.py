"""cnncalc computes what a convolutional network costs, layer by layer, from a short text.

import cnncalc
cnncalc.load("alexnet").report().totals.params    # 60965224
"""

from cnncalc.loading import load
from cnncalc.network.network import Network
from cnncalc.network.report import Report, Row, Totals
from cnncalc.problem import Problem, Problems

__all__ = ["Network", "Problem", "Problems", "Report", "Row", "Totals", "load"]
__version__ = "0.1.0"
