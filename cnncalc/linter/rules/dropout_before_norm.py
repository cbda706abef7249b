"""Report dropout before a batch normalisation.

Why: dropout changes the variance of the activations during training but not during inference, so the running variance
of the normalisation is wrong at inference.

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
            message = f"dropout before {below.path} ({below.kind}), changes the variance it estimates"
            yield Hit(node, message, "move the dropout after the last normalisation")


RULE = Rule(code="W405", name="dropout-before-norm", page=__doc__, network=check, early=True)
