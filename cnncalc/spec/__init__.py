"""The spec language: from text with places to items, chains and expressions. Nothing is counted here.

text.py         bytes become a source, a source becomes a tree
events.py       the tree, built from the events of a YAML parser
reading.py      how far a text is read, and what problems quote of it
yaml_misreadings.py  what YAML reads otherwise than it was meant, or what is refused
yaml_hints.py   what a person did where the parser gives up
tree.py         scalars, mappings and sequences with their places
expression.py   expressions as trees
calculate.py    their operations
parse.py        the grammar of values and expressions
chain.py        the grammar of chains
model.py        what a spec says
data.py         specs given as data, as text with places
notations.py    steps as papers and figures write them
framework_calls.py  calls of PyTorch and Keras, as steps
shape_readings.py  other ways in which a written shape may be meant
values.py       reading scalars, pairs, names
items.py        reading items
units.py        numbers with units
condition.py    conditions of options
bounds.py       budgets in `expect`
read.py         reading a file, or a chain of the command line
"""
