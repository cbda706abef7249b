"""A model of somebody else, to compare with."""

from torch import nn


def other() -> nn.Module:
    """Make one that differs in its kernel."""
    return nn.Sequential(nn.Conv2d(3, 4, 5))
