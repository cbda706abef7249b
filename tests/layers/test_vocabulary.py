"""What files of other tools hold: each operation that at least one of a hundred public files has is a step here.

The counts are those of 186 Darknet, 334 Caffe and 20 Keras files and 1,945 ONNX exports; what is no layer is in
test_absent.py.
"""

from __future__ import annotations

import pytest

import cnncalc

DARKNET = {
    "convolutional": "416x416x3 -> conv 32 3x3 pad=1 bias=no -> batchnorm -> leaky_relu slope=0.1 -> 416x416x32",
    "convolutional groups": "14x14x960 -> conv 960 3x3 pad=1 groups=960 -> 14x14x960",
    "convolutional stride_x": "14x14x8 -> conv 8 3x3 stride=1x2 pad=1 -> 14x7x8",
    "convolutional dilation": "14x14x8 -> conv 8 3x3 pad=2 dilation=2 -> 14x14x8",
    "convolutional antialiasing": "14x14x8 -> conv 8 3x3 pad=1 -> blur_pool 3 -> 7x7x8",
    "maxpool": "13x13x8 -> maxpool 2 pad=0:1 -> 7x7x8",
    "maxpool stride=1": "13x13x8 -> maxpool 2 stride=1 pad=0:1 -> 13x13x8",
    "maxpool of SPP": "13x13x8 -> maxpool 13 stride=1 pad=6 -> concat input -> 13x13x16",
    "shortcut": "13x13x8 -> relu -> add input -> 13x13x8",
    "shortcut of fewer channels": "13x13x8 -> conv 4 1x1 -> pad_channels 8 -> add input -> 13x13x8",
    "route": "13x13x8 -> relu -> concat input -> 13x13x16",
    "route of a group": "13x13x8 -> slice channels//2 channels -> 13x13x4",
    "softmax": "1000 -> softmax -> 1000",
    "upsample": "13x13x8 -> upsample 2 -> 26x26x8",
    "upsample stride=-2": "26x26x8 -> maxpool 1x1 stride=2 -> 13x13x8",
    "avgpool": "13x13x8 -> global_avgpool -> 1x1x8",
    "connected": "7x7x8 -> flatten -> linear 10 -> logistic -> 10",
    "dropout": "10 -> dropout -> 10",
    "reorg": "26x26x64 -> reorg 2 -> 13x13x256",
    "reorg reverse=1": "13x13x256 -> pixel_shuffle 2 -> 26x26x64",
    "crop": "256x256x3 -> crop 224 -> 224x224x3",
    "scale_channels": "13x13x8 -> global_avgpool -> sigmoid -> mul input -> 13x13x8",
    "sam": "13x13x8 -> conv 8 1x1 -> sigmoid -> mul input -> 13x13x8",
    "local": "7x7x8 -> local_conv 4 3x3 pad=1 -> 7x7x4",
    "implicit_add": "13x13x8 -> bias_add -> 13x13x8",
    "implicit_mul": "13x13x8 -> scale init=1 -> 13x13x8",
    "activations": "8 -> mish -> relu -> silu -> logistic -> relu6 -> ramp -> hard_mish -> elu -> selu -> gelu -> tanh",
}
CAFFE = {
    "Convolution pad=100": "500x500x3 -> conv 64 3x3 pad=100 -> 698x698x64",
    "ReLU negative_slope": "8x8x3 -> leaky_relu slope=0.1 -> 8x8x3",
    "Pooling": "112x112x64 -> maxpool 3 stride=2 ceil=yes -> 56x56x64",
    "Pooling AVE": "112x112x64 -> avgpool 3 stride=2 ceil=yes -> 56x56x64",
    "Pooling global_pooling": "7x7x8 -> global_avgpool -> 1x1x8",
    "InnerProduct": "7x7x8 -> flatten -> linear 10 -> 10",
    "BatchNorm": "8x8x3 -> batchnorm affine=no -> 8x8x3",
    "Scale": "8x8x3 -> scale init=1 -> bias_add -> 8x8x3",
    "Scale of two bottoms": "8x8x3 -> global_avgpool -> mul input -> 8x8x3",
    "BN": "8x8x3 -> bn -> 8x8x3",
    "Softmax axis=2": "8x8x3 -> softmax axis=height -> 8x8x3",
    "Eltwise coeff": "8x8x3 -> rescale -1 -> add input -> 8x8x3",
    "Eltwise PROD": "8x8x3 -> relu -> mul input -> 8x8x3",
    "Eltwise MAX": "8x8x3 -> relu -> maximum input -> 8x8x3",
    "Concat": "8x8x3 -> relu -> concat input -> 8x8x6",
    "Concat axis=2": "8x8x3 -> relu -> concat_along height input -> 16x8x3",
    "LRN": "8x8x3 -> lrn 5 -> 8x8x3",
    "LRN WITHIN_CHANNEL": "8x8x3 -> lrn 3 region=within -> 8x8x3",
    "Deconvolution": "8x8x21 -> conv_transpose 21 4x4 stride=2 groups=21 bias=no -> 18x18x21",
    "Crop": "8x8x3 -> pad 3 -> crop_like input offset=5 -> 8x8x3",
    "Reshape": "7x7x8 -> reshape 49x8 -> 49x8",
    "Flatten": "7x7x8 -> flatten -> 392",
    "Permute": "7x6x8 -> permute [1,0,2] -> 6x7x8",
    "Slice": "7x7x8 -> slice 0 3 -> 7x7x3",
    "Slice axis=2": "7x7x8 -> crop 3x7 offset=4x0 -> 3x7x8",
    "Interp": "33x33x8 -> resize 65 mode=bilinear align_corners=yes -> 65x65x8",
    "Upsample": "8x8x3 -> maxpool 2 -> max_unpool 2 input -> 8x8x3",
    "Sigmoid, TanH, AbsVal, Exp, Log, BNLL, PReLU": (
        "8 -> sigmoid -> tanh -> abs -> exp -> log -> softplus -> prelu per_channel=yes"
    ),
    "Power": "8x8x3 -> rescale 2 offset=1 -> power 3 -> 8x8x3",
    "Normalize": "38x38x512 -> normalize -> scale init=20 -> 38x38x512",
    "MVN": "8x8x3 -> instancenorm -> 8x8x3",
    "Reduction": "8x8x3 -> sum all keep=no -> 1",
}
KERAS = {
    "Dense": "8 -> linear 10 -> 10",
    "SeparableConv2D": "8x8x3 -> separable 8 3x3 multiplier=2 -> 6x6x8",
    "DepthwiseConv2D": "8x8x3 -> depthwise 3x3 multiplier=2 pad=same -> 8x8x6",
    "Conv2DTranspose same": "8x8x3 -> conv_transpose 8 3x3 stride=2 pad=same -> 16x16x8",
    "LocallyConnected2D": "8x8x3 -> local_conv 8 3x3 -> 6x6x8",
    "ZeroPadding2D": "8x8x3 -> pad 0:1 -> 9x9x3",
    "Cropping2D": "8x8x3 -> trim 1:2x0:1 -> 5x7x3",
    "UpSampling2D": "8x8x3 -> upsample 2 mode=bilinear -> 16x16x3",
    "Resizing": "8x8x3 -> resize 20x30 mode=bicubic -> 20x30x3",
    "PReLU": "8x8x3 -> prelu per_channel=yes -> 8x8x3",
    "Rescaling": "8x8x3 -> rescale 1/127.5 offset=-1 -> 8x8x3",
    "Normalization": "8x8x3 -> batchnorm affine=no -> 8x8x3",
    "GlobalAveragePooling1D": "100x64 -> mean length keep=no -> 64",
    "MultiHeadAttention": "16x64 -> attention 4 -> 16x64",
    "LayerNormalization": "16x64 -> layernorm eps=0.001 -> 16x64",
    "GroupNormalization": "8x8x64 -> groupnorm 32 -> 8x8x64",
    "UnitNormalization": "8x8x64 -> normalize -> 8x8x64",
    "RepeatVector": "64 -> reshape 1x64 -> upsample 10 -> 10x64",
    "SpatialDropout2D, GaussianNoise": "8x8x3 -> dropout 0.2 -> gaussian_noise 0.1 -> 8x8x3",
    "Embedding, LSTM": "20 -> embedding 1000 64 -> lstm 32 biases=1 sequence=no -> 32",
    "Average, Maximum, Minimum, Subtract": "8 -> relu -> average input -> maximum input -> minimum input -> sub input",
    "Dot": "20x64 -> matmul input transpose=yes -> 20x20",
}
ONNX = {
    "Gemm": "8 -> linear 10 -> 10",
    "Mul, Sub, Div": "8x8x3 -> softplus -> divide input -> mul input -> sub input -> 8x8x3",
    "Add of one position": "8x8x3 -> global_avgpool -> resize_like input -> add input -> 8x8x3",
    "Transpose": "49x3 -> permute [1,0] -> 3x49",
    "Slice of positions": "8x8x3 -> crop 4x8 offset=2x0 -> 4x8x3",
    "Slice with steps": "8x8x3 -> maxpool 1x1 stride=2 -> 4x4x3",
    "ReduceMean of positions": "8x8x3 -> mean sides keep=no -> 3",
    "ReduceMean of channels": "8x8x3 -> mean channels -> 8x8x1",
    "ReduceSum": "2x8x8x3 -> sum branches keep=no -> 8x8x3",
    "ReduceL2": "10x16 -> vector_norm channels keep=no -> 10",
    "ReduceMax": "8x8x3 -> max width -> 8x1x3",
    "MatMul": "49x16 -> permute [1,0] -> matmul input -> 16x16",
    "Erf, Sqrt, Abs, Cos, Sin, Exp": "8 -> gelu -> abs -> sqrt -> cos -> sin -> exp -> 8",
    "Pow": "8 -> power 2 -> power 0.5 -> 8",
    "Clip": "8 -> clamp 0 6 -> 8",
    "Split": "8x8x6 -> slice 0 channels//3 -> 8x8x2",
    "Gather": "8x8x6 -> select [0,2,4] -> 8x8x3",
    "Gather of a token": "197x64 -> token 0 -> 64",
    "Softmax axis": "8x8x3 -> softmax axis=width -> 8x8x3",
    "Squeeze": "1x1x8 -> flatten -> 8",
    "Unsqueeze": "8 -> reshape 1x1x8 -> 1x1x8",
    "Expand, Tile": "1x1x8 -> upsample 7 -> 7x7x8",
    "AveragePool": "8x8x3 -> avgpool 3 stride=2 pad=1 count_include_pad=no -> 4x4x3",
    "Pad reflect, edge, wrap": "8x8x3 -> pad 1 mode=reflect -> pad 1 mode=replicate -> pad 1 mode=circular -> 14x14x3",
    "InstanceNormalization": "8x8x3 -> instancenorm affine=yes -> 8x8x3",
    "Resize": "8x8x3 -> resize factor=1/3 -> 2x2x3",
    "DepthToSpace": "8x8x12 -> depth_to_space 2 order=dcr -> 16x16x3",
    "HardSwish, HardSigmoid": "8 -> hardswish -> hardsigmoid -> 8",
    "DeformConv": "8x8x18 -> conv 4 1x1 -> deform_conv_by 8 3x3 input pad=1 -> 8x8x8",
    "LpNormalization": "8x8x3 -> normalize 1 -> 8x8x3",
}


@pytest.mark.parametrize("chain", [*DARKNET.values(), *CAFFE.values(), *KERAS.values(), *ONNX.values()])
def test_it_is_a_step(chain: str) -> None:
    assert cnncalc.load(chain).report().totals
