"""What questions can be about: one file a topic, each with its ways to ask."""

from __future__ import annotations

from cnncalc.quizzes.topics import (
    activation,
    batch_norm,
    compare,
    convolution,
    dropout,
    flatten,
    grouped,
    initialisation,
    macs,
    memory,
    network,
    normalisation,
    output,
    padding,
    params,
    pooled_values,
    pooling,
    receptive_field,
    same_padding,
    table,
    transposed,
    unknowns,
)

SHAPES = {
    module.TOPIC.name: module.TOPIC
    for module in (
        output,
        padding,
        params,
        macs,
        receptive_field,
        memory,
        pooling,
        same_padding,
        transposed,
        grouped,
        batch_norm,
        flatten,
        compare,
        unknowns,
        table,
        network,
    )
}
"""Topics about shapes and counts, which a quiz has where it names none, in the order of a lecture."""

NUMBERS = {
    module.TOPIC.name: module.TOPIC
    for module in (convolution, pooled_values, activation, normalisation, dropout, initialisation)
}
"""Topics about calculating with numbers."""

TOPICS = {**SHAPES, **NUMBERS}
"""Every topic by its name."""
