"""Small networks on given numbers, in exact arithmetic where there is one; every result says how it came about.

numbers.py    exact roots and exponentials, and how numbers are written
tensor.py     tensors
entries.py    one number of an output: its value and its calculation
functions.py  activation functions and their derivatives
rules.py      which entry each kind of layer has at a position
evaluate.py   a network, layer by layer
files.py      files of numbers
run.py        a network on files of numbers
"""
