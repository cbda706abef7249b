"""What the layers of a network are called in a calculation that students read."""

from __future__ import annotations

import re

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
