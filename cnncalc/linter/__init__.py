"""The linter: what is wrong, doubtful or wasteful in a spec, told before anybody trains it.

finding.py      Finding, Fix, Edit
rule.py         what a rule is, and its page
errors.py       the pages of the problems of reading and walking
catalogue.py    every code and its name
manual.py       the pages as Markdown and data
view.py         a network as rules look at it
mentions.py     what the text of a spec mentions
subject.py      from a text to its networks, with every problem on the way
runner.py       text in, findings out
batch.py        many files, on all cores
suppression.py  comments that switch findings off
settings.py     pyproject.toml and cnncalc.toml
files.py        which files are linted
fixes.py        edits of the text by its places
deletions.py    edits that take entries out
stride_remainders.py  what a stride leaves over, and sizes at which nothing is
remedies.py     what would mend a problem
formats/        how findings are written
rules/          one file a rule
"""
