"""The linter: errors, doubtful design and waste in a spec, reported before training.

finding.py      Finding, Fix, Edit
rule.py         what a rule is, and its page
errors.py       the pages of the errors of parsing and shape inference
catalogue.py    every code and its name
manual.py       the pages as Markdown and data
view.py         a network as rules see it
mentions.py     the names that a spec references
subject.py      from a text to its networks, with every problem
runner.py       text in, findings out
foreign.py      networks of other tools
batch.py        many files, on all cores
suppression.py  comments that suppress findings
settings.py     pyproject.toml and cnncalc.toml
files.py        which files are linted
fixes.py        applying fixes to a text
change.py       a text before and after, and the file that it replaces
deletions.py    edits that remove entries
stride_remainders.py  remainders of strides, and sizes without any
remedies.py     suggested fixes of problems
formats/        output formats
rules/          one file per rule
"""
