"""Tell a dropout before a batch normalisation.

Why: dropout changes the variance of what passes in training, and not when the network is used; the running variance
that the normalisation keeps is then wrong for use.

Bad:
    - flatten -> linear 512 -> relu -> dropout 0.5 -> linear 256 -> batchnorm -> relu

Good:
    - flatten -> linear 512 -> batchnorm -> relu -> linear 256 -> batchnorm -> relu -> dropout 0.5

Source: Li et al. 2018, "Understanding the disharmony between dropout and batch normalization by variance shift",
    arXiv:1801.05134
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.dropout import Dropout
from cnncalc.layers.norm import BatchNorm
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import ACTIVATIONS, RESHAPES, WEIGHTED, View


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(Dropout):
        if not getattr(node.layer, "rate", 0):
            continue
        below = view.below(node, (*ACTIVATIONS, *WEIGHTED), RESHAPES)
        if below is not None and isinstance(below.layer, BatchNorm):
            message = f"dropout before {below.path} ({below.kind}), whose variance it shifts"
            yield Hit(node, message, "dropout behind the last normalisation")


RULE = Rule(code="W405", name="dropout-before-norm", page=__doc__, network=check, early=True)
