"""The formatter of specs, and the annotation with shape checks; both edit the text in place.

canonical.py   `cnncalc fmt`: kinds, arrows, spaces
chains.py      the edits of one chain
annotate.py    `cnncalc annotate`: the computed shape behind each named item
changes.py     what both would change, file by file
"""
