"""From a Spec to a Network: blocks are expanded and shapes inferred in one walk, because either may ask for the other.

journal.py   problems and limits
names.py     what is written where: results, lists, levels of the path, calls of blocks
bind.py      arguments meet the fields of kinds and the parameters of blocks
check.py     shape checks and merges
start.py     inputs, vars and outputs
rounds.py    rounds of a repeat that are alike
walk.py      the walk over items and steps
whole.py     from the inputs to the outputs
"""

from cnncalc.expand.whole import Expanded, expand, expand_known

__all__ = ["Expanded", "expand", "expand_known"]
