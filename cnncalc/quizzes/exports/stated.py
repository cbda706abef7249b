"""How a course counts, in words for its students: what a key says about it at its top, where that is not the usual."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnncalc.homework.model import Conventions, Key, Question


class Sentence(NamedTuple):
    """What is said where a convention has a value, and of which quantities; none means always."""

    convention: str
    value: Any
    text: str
    asks: tuple[str, ...] = ()


COUNTS = ("params", "weight_bytes")
MEMORY = ("weight_bytes", "activation_bytes")

SENTENCES = (
    Sentence("biases", False, "Parameters are counted without biases.", COUNTS),
    Sentence("batchnorm", "all", "A batch normalisation of C channels has 4C parameters.", COUNTS),
    Sentence("batchnorm", "none", "The parameters of batch normalisations do not count.", COUNTS),
    Sentence("flops", "one", "A multiply-add is one FLOP.", ("flops",)),
    Sentence("sizes", "strict", "A layer whose stride leaves a remainder does not fit.", ("output", "sides")),
    Sentence("megabyte", 1000, "1 MB is 1,000,000 bytes.", MEMORY),
    Sentence("thousand", 1024, "K stands for 1024."),
    Sentence("number_bytes", 1, "A number takes 1 byte.", MEMORY),
    Sentence("number_bytes", 2, "A number takes 2 bytes.", MEMORY),
    Sentence("number_bytes", 8, "A number takes 8 bytes.", MEMORY),
    Sentence("activations", "all", "The outputs of all layers count.", ("activation",)),
    Sentence("activations", "with_input", "The outputs of all layers count, and the input.", ("activation",)),
    Sentence("order", "hwc", "Volumes are written height x width x channels.", ("output", "input")),
    Sentence("order", "chw", "Volumes are written channels x height x width.", ("output", "input")),
    Sentence("rounding", True, "Rounded numbers are accepted."),
)


def stated(conventions: Conventions, asks: str) -> str:
    """Return the sentences that matter for what is asked, those of usual conventions left out."""
    sentences = (
        one.text
        for one in SENTENCES
        if getattr(conventions, one.convention) == one.value and (not one.asks or any(ask in asks for ask in one.asks))
    )
    return " ".join(sentences)


def of_key(key: Key) -> str:
    """Return what a whole key has to say about how it counts."""
    return stated(key.conventions, " ".join(part.ask for part in key.parts.values()))


def alone(question: Question, key: Key) -> Question:
    """Return a question that says itself how is counted, for a bank that people draw from."""
    sentences = stated(key.conventions, " ".join(part.ask for part in question.parts))
    text = f"{question.text}\n\n{sentences}" if sentences else question.text
    return Question(**{**question.__dict__, "text": text})
