"""From a Spec to a Network: blocks are expanded and shapes inferred in one walk, because either may ask for the other.

journal.py     problems and limits
names.py       what is written where: results, lists, levels of the path, calls of blocks
arguments.py   arguments meet the names of fields and parameters
bind.py        layers are made of steps, and blocks get their parameters
check.py       shape checks and merges
remedies.py    changes of a layer that a failed shape check offers, each tried
assumed_equal.py  numbers that are equal for some values of their symbols
start.py       inputs and vars
back_references.py  earlier results, and layers that share weights
count.py       how many rounds
rounds.py      rounds of a repeat that are alike
fixed_growth.py  rounds that add the same to every side, however many there are
walk.py        the walk over items and steps
whole.py       from the inputs to the outputs
"""

from cnncalc.expand.whole import Expanded, expand, expand_known

__all__ = ["Expanded", "expand", "expand_known"]
