"""cnncalc computes what a convolutional network costs, layer by layer, from a short text."""

__version__ = "0.1.0"
