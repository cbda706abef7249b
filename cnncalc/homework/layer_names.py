"""What the layers of a network are called in a calculation that students read."""

from __future__ import annotations

import re
from functools import lru_cache

from cnncalc.network.network import Network

NOUNS = {
    "conv": "convolution",
    "depthwise": "depthwise convolution",
    "conv_transpose": "transposed convolution",
    "maxpool": "max pooling",
    "avgpool": "average pooling",
    "global_avgpool": "global average pooling",
    "linear": "fully connected layer",
    "batchnorm": "batch normalisation",
    "flatten": "flattening",
    "relu": "ReLU",
}
"""What layers are called that have no name of their own."""


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@lru_cache(maxsize=100)
def layer_names(network: Network) -> dict[str, str]:
    """Return what each layer is called by its path: convolution 2 for conv2, which nobody has named so."""
    parted = [(node.path, re.fullmatch(r"(?:\d+\.)*([a-z_]+?)\d*", node.path)) for node in network.layers()]
    stems = [(path, found[1] if found and found[1] in NOUNS else "") for path, found in parted]
    own = {path.rpartition(".")[2] for path, _ in stems}  # the first without a name is conv, not conv1
    counts: dict[str, int] = {}
    names = {}
    for path, stem in stems:
        counts[stem] = counts.get(stem, 0) + 1
        several = sum(stem == other for _, other in stems) > 1
        names[path] = f"{NOUNS[stem]}{f' {counts[stem]}' if several else ''}" if stem in own else path
    return names


def where(network: Network, path: str) -> str:
    """Say where a layer is: in the first convolution, or at stage1.conv, whose path the author has given."""
    name = layer_names(network).get(path, path)
    if name == path:
        return f"at {path}"
    noun, _, number = name.rpartition(" ")
    if noun and number.isdigit():
        return f"in the {ORDINALS[int(number) - 1]} {noun}" if int(number) <= len(ORDINALS) else f"in {name}"
    return f"in the {name}"
