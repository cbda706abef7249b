"""What questions can be about: one file a topic, each with its ways to ask."""

from __future__ import annotations

from cnncalc.quizzes.topics import (
    batch_norm,
    compare,
    flatten,
    grouped,
    macs,
    memory,
    network,
    output,
    padding,
    params,
    pooling,
    receptive_field,
    same_padding,
    table,
    transposed,
    unknowns,
)

TOPICS = {
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
"""Every topic by its name, in the order of a lecture."""
