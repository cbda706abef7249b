"""Layers of networks that everybody knows."""

from __future__ import annotations

import re
from functools import lru_cache

from cnncalc.layers.conv import Conv
from cnncalc.loading import load
from cnncalc.network.network import Network, Node
from cnncalc.quizzes.draft import BIASES, VOLUME, Draft, Layer, Topic, an, conv
from cnncalc.quizzes.draws import Draws

NAMES = {
    "alexnet": "AlexNet",
    "zfnet": "ZFNet",
    "vgg11": "VGG-11",
    "vgg16": "VGG-16",
    "googlenet": "GoogLeNet",
    "inception_v3": "Inception v3",
    "resnet18": "ResNet-18",
    "resnet50": "ResNet-50",
    "densenet121": "DenseNet-121",
    "squeezenet": "SqueezeNet",
}


STAGES = (
    (r"group(\d)\.(\d)", r"conv\1_\2"),
    (r"(\d[a-e])\..*", r"inception \1"),
    (r"dense(\d)\.(\d+)\..*", r"dense block \1, layer \2"),
    (r"transition(\d)", r"transition \1"),
    (r"(conv\d)\.(\d)\..*", r"\1_\2"),
    (r"(\w+)\..*", r"\1"),
)
"""Paths of layers, and what papers and lectures call the place."""


def _stage(path: str) -> str:
    return next((found.expand(name) for old, name in STAGES if (found := re.fullmatch(old, path))), path)


@lru_cache
def _network(name: str) -> Network:
    return load(name)


@lru_cache
def _convolutions(name: str) -> list[Node]:
    """Return the convolutions that a question can be about, one of those that are alike."""
    found: dict[tuple[str, str], Node] = {}
    for node in _network(name).layers():
        if isinstance(node.layer, Conv) and node.aux is None:
            found.setdefault((str(node.layer), str(node.x[0])), node)
    return list(found.values())


def _words(node: Node) -> Layer | None:
    """Return a convolution in words; None where it has what they have no words for."""
    layer = node.layer
    values = layer.__dict__
    sizes = [values[field] for field in ("kernel", "stride", "pad", "dilation")]
    if any(isinstance(size, str) or len({*size}) > 1 for size in sizes):
        return None
    before, after = values["pad"][0]
    if before != after:
        return None
    words = conv(
        values["out"], sizes[0][0], sizes[1][0], before,
        dilation=sizes[3][0], groups=values["groups"], bias=values["bias"],
    )  # fmt: skip
    return words if str(layer) == words.chain else None


def _drawn(draws: Draws) -> tuple[str, str, Node, Layer] | None:
    name = draws.choice(tuple(NAMES))
    node = draws.choice(_convolutions(name))
    words = _words(node)
    return (name, _path(name, node), node, words) if words else None


@lru_cache
def _path(name: str, node: Node) -> str:
    """Return the shortest path that means a layer."""
    short = node.path.removesuffix(".conv")
    try:
        return short if _network(name).find(short) is node else node.path
    except KeyError:
        return node.path


def _biases(words: Layer) -> str:
    return "" if "no biases" in words.details else f" {BIASES}"


def _asked(draws: Draws, ask: str, question: str) -> Draft | None:
    drawn = _drawn(draws)
    if drawn is None:
        return None
    name, path, node, words = drawn
    question += _biases(words) if ask == "params" else ""
    text = f"In {NAMES[name]} ({_stage(path)}), {words.noun} works on {an(str(node.x[0]))} volume. {question}"
    return Draft(text, {"network": name, "layer": path, "ask": ask})


def output(draws: Draws) -> Draft | None:
    return _asked(draws, "output", f"What is its output volume? {VOLUME}")


def params(draws: Draws) -> Draft | None:
    return _asked(draws, "params", "How many parameters does it have?")


def macs(draws: Draws) -> Draft | None:
    return _asked(
        draws, "macs", "How many multiply-adds (MACs) does it take for one image? Adding biases does not count."
    )


def both(draws: Draws) -> Draft | None:
    drawn = _drawn(draws)
    if drawn is None:
        return None
    name, path, node, words = drawn
    text = f"In {NAMES[name]} ({_stage(path)}), {words.noun} works on {an(str(node.x[0]))} volume."
    parts = {
        "a": {"ask": "params", "text": f"How many parameters does it have?{_biases(words)}"},
        "b": {"ask": "macs", "text": "How many multiply-adds (MACs) does it take for one image?"},
        "c": {"ask": "activation_values", "text": "How many numbers does its output hold?"},
    }
    return Draft(text, {"network": name, "layer": path, "parts": parts})


TOPIC = Topic("network", "layers of well-known networks", {1: (output, params), 2: (macs,), 3: (both,)})
