"""The language server: errors and computed numbers while a spec is edited. Needs the extra `lsp` (pygls).

lines.py      places of a text and positions of an editor
document.py   one text as far as it can be understood, and its network
hints.py      shape, params and MACs of each line
cursor.py     what stands under the cursor
hover.py      worked formulas and pages
names.py      where names are defined, and the outline
complete.py   what could stand here
diagnostics.py  findings as diagnostics, and their fixes
linting.py    the whole linter, in a process beside
app.py        the server: requests and their answers
start.py      its start, where pygls is there
"""
