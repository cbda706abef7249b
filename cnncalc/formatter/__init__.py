"""One spelling for every spec, and shape checks written for it; both edit the text by its places.

canonical.py   `cnncalc fmt`: kinds, arrows, spaces
chains.py      the edits of one chain
annotate.py    `cnncalc annotate`: the computed shape behind each named item
"""
