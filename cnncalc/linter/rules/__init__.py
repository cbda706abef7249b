"""The rules, one file each, in the order of the manual."""

from __future__ import annotations

from importlib import import_module

from cnncalc.linter.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    import_module(f"{__name__}.{file}").RULE
    for file in (
        "unused_block",
        "unused_parameter",
        "unused_variable",
        "unused_result",
        "shadowed_name",
        "unreachable",
        "does_nothing",
        "unused_suppression",
        "stride_remainder",
        "uneven_same",
        "pool_rounding",
        "skipped_input",
        "checkerboard",
        "channels_first",
        "gridding",
        "padded_pool",
        "padding_only",
        "bias_before_norm",
        "no_activation",
        "twice",
        "softmax_inside",
        "dropout_before_norm",
        "receptive_field",
        "lone_depthwise",
        "wide_bottleneck",
        "strided_pointwise",
        "no_source",
        "published_differs",
        "clipped_output",
        "lrn_memory",
        "activation_before_add",
        "dominant_layer",
        "channels_of_eight",
        "receptive_field_note",
        "pool_indices",
        "avgpool_memory",
        "never_taken",
        "pool_rounding_note",
    )
)
"""Every rule; E codes are problems of reading and walking, explained in errors.py."""
