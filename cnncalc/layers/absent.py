"""Names of layers that do not exist here, each with what comes nearest in meaning."""

GONE = "it does not exist here"
LOSSES = (
    "loss cost cross_entropy cross_entropy_loss softmax_loss softmax_with_loss categorical_crossentropy "
    "binary_crossentropy mse mse_loss l1_loss smooth_l1_loss huber_loss euclidean_loss nll_loss bce bce_loss "
    "bce_with_logits_loss sigmoid_cross_entropy_loss hinge_loss contrastive contrastive_loss triplet_loss "
    "triplet_margin_loss infogain_loss multinomial_logistic_loss ctc_loss kl_div_loss dice_loss focal_loss "
    "multibox_loss"
)
DATA = "data image_data hdf5_data hdf5_output memory_data dummy_data window_data annotated_data dataset dataloader"
BOXES = (
    "prior_box detection_output detection detect region yolo yolo_layer gaussian_yolo nms non_max_suppression proposal "
    "anchor_generator anchors box_decoder"
)
AUGMENTATION = (
    "random_flip random_rotation random_zoom random_crop random_contrast random_brightness random_translation "
    "random_resized_crop random_horizontal_flip to_tensor color_jitter cutout mixup"
)
BLOCKS = (
    "bottleneck basic_block residual residual_block resblock inception fire mbconv dense_block transition highway cbam "
    "spp aspp spatial_pyramid_pool transformer se se_block squeeze_excite squeeze_excitation squeeze_and_excitation"
)

_HINTS = (
    (LOSSES, "it is a loss and no layer of the network: leave it out"),
    (DATA, "it gives data and is no layer: a chain begins with the shape of its input"),
    (BOXES, "it makes boxes of numbers and learns nothing: end with the layer that it reads"),
    (AUGMENTATION, "it changes data, not the network: leave it out"),
    (
        BLOCKS,
        "it is a block of several layers: define it under `blocks` in a file, as `cnncalc docs language` explains",
    ),
    ("accuracy argmax topk", "it reads the result and learns nothing: leave it out"),
    (
        "masking stop_gradient silence dropblock activity_regularization checkpoint",
        f"{GONE}; it changes neither shapes nor counts",
    ),
    (
        "lambda softargmax",
        f"{GONE}; where shapes and weights do not change, leave it out",
    ),
    ("unfold im2col fold col2im", f"{GONE}; a conv does both in one"),
    ("roi_pool roi_pooling roi_align", f"{GONE}; `adaptive_avgpool` has a fixed size"),
    ("maxout", f"{GONE}; `maximum NAME` takes the maximum of this volume and earlier results"),
    ("rearrange", f"{GONE}: write `reshape 7x7x128` or `permute [1,0,2]`"),
    ("squeeze", f"{GONE}: `flatten` makes a vector, `reshape 7x512` any shape"),
    ("unsqueeze expand_dims", f"{GONE}: `reshape 1x1x512` makes any shape"),
    ("tile repeat_vector broadcast broadcast_to expand", f"{GONE}: `upsample` and `resize_like NAME` repeat values"),
    ("time_distributed", f"{GONE}: `linear` and `conv OUT 1` work at each position already"),
    ("where equal nonzero scatter range shape constant cast", f"{GONE}: it computes no volume that layers read"),
    ("bilstm bidirectional", "write `lstm OUT bidirectional=yes`"),
    ("pool pooling", "write maxpool or avgpool"),
    ("global_pool global_pooling", "write global_avgpool or global_maxpool"),
    ("pointwise pointwise_conv pw pwconv", "write `conv OUT 1x1`"),
    ("dilated atrous dilated_conv atrous_conv", "write `conv OUT KERNEL dilation=2`"),
    ("focus", "write `space_to_depth 2 -> conv OUT 3x3`"),
    ("swiglu", "write `glu gate=silu`"),
    ("geglu", "write `glu gate=gelu`"),
    ("reglu", "write `glu gate=relu`"),
    ("weight_norm", "it is a field of the layer: write `conv OUT KERNEL parametrize=weight_norm`"),
    ("spectral_norm", "it is a field of the layer: write `conv OUT KERNEL parametrize=spectral_norm`"),
    (
        "std_conv std_conv2d ws_conv weight_standardization",
        "it is a field of the layer: write `conv OUT KERNEL parametrize=standardize`",
    ),
    (
        "scaled_std_conv scaled_std_conv2d",
        "it is a field of the layer: write `conv OUT KERNEL parametrize=scaled_standardize`",
    ),
    ("sobel prewitt edge_detection edge_detect", "write `filter sobel_x` and `filter sobel_y`"),
    ("laplacian laplace", "write `filter laplacian`"),
    ("blur gaussian_blur gaussian_filter gaussian", "write `filter gaussian 3`, or `blur_pool` with a stride of 2"),
    ("box_filter box_blur", "write `filter box 3`"),
    ("sharpen", "write `filter sharpen`"),
    ("leaky", "write `leaky_relu slope=0.1`"),
    ("non_local nonlocal_block non_local_block", "on a map it is `attention 1 key_dim=channels//2`"),
    ("crelu", "write `rescale -1 -> concat NAME -> relu` with the name of the volume before it"),
    ("softmin", "write `rescale -1 -> softmax`"),
    ("simple_gate", "write `glu gate=identity`"),
    ("implicit_mul gain", "write `scale init=1`"),
    ("rezero skip_init gate learned_scalar", "write `scale init=0 per=all`"),
    ("affine", "write `scale init=1 -> bias_add`"),
    ("bias", "a layer has one unless bias=no; a bias of its own is `bias_add`"),
    ("split chunk", "write `slice 0 channels//2`; the other part is `use NAME -> slice channels//2 channels`"),
    ("gather index_select narrow", "write `select [0,2]` or `slice 0 2` of channels, `token 0` of a sequence"),
    ("eltwise elementwise", "write `add NAME`, `mul NAME` or `maximum NAME`; a coefficient is `rescale 0.5` before it"),
    ("scale_channels sam", "write `mul NAME`"),
    ("route", "write `concat NAME`, or `use NAME` for one layer"),
    ("reduction reduce", "write sum, mean, max, min, std, var or vector_norm"),
    ("einsum", "write `matmul NAME`, with `permute` before it where the order differs"),
    ("neg negative", "write `rescale -1`"),
    ("reciprocal", "write `power -1`"),
    ("rsqrt", "write `power -0.5`"),
    ("mvn mean_variance_normalization", "write `instancenorm`, or `layernorm whole=yes`"),
    ("normalization", "with the mean and the variance of the data it is `batchnorm affine=no`"),
    ("norm", "write batchnorm, layernorm or groupnorm"),
)

ABSENT = {word.replace("_", ""): hint for words, hint in _HINTS for word in words.split()}
"""Words for what does not exist here, without underscores, and what comes nearest in meaning."""


def instead_of(name: str) -> str | None:
    """Return what comes nearest in meaning to a layer that does not exist here."""
    return ABSENT.get(name.lower().replace("_", ""))
