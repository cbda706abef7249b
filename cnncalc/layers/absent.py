"""Names of layers that do not exist here, each with what comes nearest in meaning."""

ABSENT = {
    "bilstm": "write `lstm OUT bidirectional=yes`",
    "rearrange": "it does not exist here: write `reshape 7x7x128` or `permute [1,0,2]`",
    **dict.fromkeys(("noise", "gaussian_noise"), "it does not exist here; it changes neither shapes nor counts"),
    **dict.fromkeys(("unfold", "im2col", "fold", "col2im"), "it does not exist here; a conv does both in one"),
    **dict.fromkeys(
        ("roi_pool", "roi_align", "roipool", "roialign"),
        "it does not exist here; `adaptive_avgpool` has a fixed size",
    ),
    **dict.fromkeys(
        (
            *("bottleneck", "basic_block", "residual", "residual_block", "resblock", "inception", "fire", "mbconv"),
            *("dense_block", "transition", "highway", "cbam", "spp", "aspp", "spatial_pyramid_pool", "transformer"),
            *("se", "se_block", "squeeze_excite", "squeeze_excitation", "squeeze_and_excitation"),
        ),
        "it is a block of several layers: define it under `blocks` in a file, as `cnncalc docs language` explains",
    ),
    "pool": "write maxpool or avgpool",
    **dict.fromkeys(("pointwise", "pointwise_conv", "pw", "pwconv"), "write `conv OUT 1x1`"),
    **dict.fromkeys(("dilated", "atrous", "dilated_conv", "atrous_conv"), "write `conv OUT KERNEL dilation=2`"),
    "maxout": "it does not exist here; `maximum NAME` takes the maximum of this volume and earlier results",
    **dict.fromkeys(
        ("weight_norm", "spectral_norm", "lambda", "softargmax"),
        "it does not exist here; where shapes and weights do not change, leave it out",
    ),
    **{word: f"write `glu gate={gate}`" for word, gate in (("swiglu", "silu"), ("geglu", "gelu"), ("reglu", "relu"))},
    **dict.fromkeys(("implicit_mul", "gain"), "write `scale init=1`"),
    **dict.fromkeys(("rezero", "skip_init", "skipinit", "gate", "learned_scalar"), "write `scale init=0 per=all`"),
    "affine": "write `scale init=1 -> bias_add`",
    "bias": "a layer has one unless bias=no; a bias of its own is `bias_add`",
    "simple_gate": "write `glu gate=identity`",
    **dict.fromkeys(
        ("masking", "stop_gradient"),
        "it does not exist here; it changes neither shapes nor counts",
    ),
}
"""Words for what does not exist here, and what comes nearest in meaning."""
