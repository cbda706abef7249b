"""Steps as papers, PyTorch and Keras write them: what they are read as, and what is left to be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.problem import Problems
from cnncalc.spec.notations import translated


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("conv 64 7x7/2 pad=3", "conv 64 7x7 stride=2 pad=3"),
        ("conv 64 7x7,2", "conv 64 7x7 stride=2"),
        ("conv 64 3x3s2", "conv 64 3x3 stride=2"),
        ("conv 64 3x3s2p1", "conv 64 3x3 stride=2 pad=1"),
        ("conv 64 k3 s2 p1", "conv 64 kernel=3 stride=2 pad=1"),
        ("conv 64 3x3 s=2", "conv 64 3x3 stride=2"),
        ("conv 64 3x3 strides=2 padding=SAME", "conv 64 3x3 stride=2 pad=same"),
        ("conv 64 3x3, relu", "conv 64 3x3 -> relu"),
        ("conv 64 (3, 3)", "conv 64 (3, 3)"),
        ("conv 64 (3,3)", "conv 64 3x3"),
        ("Conv2d(1, 16, 5, 1, 2)", "_x_x1 -> conv 16 5x5 pad=2"),
        ("nn.Conv2d(1, 16, kernel_size=5, padding=2, bias=False)", "_x_x1 -> conv 16 5x5 pad=2 bias=no"),
        (
            'Conv2D(16, (3, 3), strides=2, padding="same", activation="relu")',
            "conv 16 3x3 stride=2 pad=same -> relu",
        ),
        ("layers.Conv2D(32, 3, input_shape=(28, 28, 1))", "conv 32 3x3"),
        ("MaxPooling2D()", "maxpool 2"),
        ("MaxPool2d(3, stride=2, padding=1, ceil_mode=True)", "maxpool 3 stride=2 pad=1 ceil=yes"),
        ("Linear(16*5*5, 120)", "400 -> linear 120"),
        ("Dense(10, activation='softmax')", "linear 10 -> softmax"),
        ("SeparableConv2D(1, (2, 2))", "separable 1 2x2"),
        ("Input(shape=(28, 28, 1))", "28x28x1"),
        ("Input(224, 224, 3)", "224x224x3"),
        ("nn.Upsample(size=(20, 20), mode='bilinear')", "resize size=20x20 mode=bilinear"),
        ("nn.Upsample(scale_factor=0.5)", "resize factor=0.5"),
        ("UpSampling2D()", "upsample 2"),
        ("UpSampling2D(size=(2, 3))", "upsample 2x3"),
        ("BatchNormalization(scale=False)", "batchnorm scale=no"),
        ("BatchNormalization(center=True, scale=True)", "batchnorm"),
        ("LayerNormalization(center=False)", "layernorm bias=no"),
        ("Resizing(32, 48)", "resize size=32x48"),
        ("LSTM(5)", "lstm 5 biases=1 sequence=no"),
        ("LSTM(5, return_sequences=True)", "lstm 5 biases=1"),
        ("nn.LSTM(10, 20, 2, bidirectional=True)", "_x10 -> lstm 20 layers=2 bidirectional=yes"),
        ("nn.GRU(input_size=4, hidden_size=8, batch_first=True)", "_x4 -> gru 8"),
        ("Embedding(input_dim=1000, output_dim=64)", "embedding 1000 64"),
        ("Reshape((7, 7, 128))", "reshape 7x7x128 order=channels_last"),
        ("nn.ReflectionPad2d(1)", "pad 1 mode=reflect"),
        ("nn.ZeroPad2d((1, 2, 3, 4))", "pad 3:4x1:2"),
        ("nn.ConstantPad1d((1, 2), 5)", "pad 1:2 value=5"),
        ("ZeroPadding2D(padding=((0, 1), (0, 1)))", "pad 0:1x0:1"),
        ("ZeroPadding1D((1, 2))", "pad 1:2"),
        ("ZeroPadding2D((1, 2))", "pad 1x2"),
        ("Cropping2D(((1, 2), (0, 1)))", "trim 1:2x0:1"),
        ("Cropping1D((1, 2))", "trim 1:2"),
        ("Cropping3D()", "trim 1"),
        ("Rescaling(1./255)", "rescale 1/255"),
        ("Rescaling(scale=1/127.5, offset=-1)", "rescale 1/127.5 offset=-1"),
        ("SpatialDropout1D(0.2)", "dropout rate=0.2"),
        ("GaussianNoise(stddev=0.2)", "gaussian_noise 0.2"),
        ("MaxPool2D()", "maxpool 2"),
        ("Conv1DTranspose(4, 2, strides=2)", "conv_transpose 4 2 stride=2"),
        ("UpSampling3D()", "upsample 2"),
        ("LocallyConnected2D(4, 3)", "local_conv 4 3"),
        ("ZeroPadding2D()", "pad 1"),
        ("Permute((2, 1, 3))", "permute [1,0,2]"),
        ("RepeatVector(3)", "reshape 1x_ -> upsample 3"),
        ("GlobalAveragePooling2D()", "global_avgpool -> flatten"),
        ("GlobalMaxPool1D(keepdims=True)", "global_maxpool"),
        ("depthwise separable conv 8 3x3", "separable 8 3x3"),
        ("nn.PixelShuffle(2)", "pixel_shuffle 2"),
        ("nn.LPPool2d(3, 2)", "lppool 2 norm=3"),
        ("nn.Conv2d(3, 8, 3, padding=1, padding_mode='circular')", "_x_x3 -> conv 8 3x3 pad=1 pad_mode=circular"),
        ("Conv1D(8, 3, padding='causal')", "conv 8 3 pad=causal"),
        ("2 * Conv2d(8, 8, 3, padding=1)", "2 * (_x_x8 -> conv 8 3x3 pad=1)"),
        (
            "nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2))",
            "_x_x1 -> conv 6 5x5 -> relu -> maxpool 2",
        ),
        ("Sequential([Conv2D(6, 5), Flatten(), Dense(10)])", "conv 6 5x5 -> flatten -> linear 10"),
    ],
)
def test_what_a_foreign_step_is_read_as(written: str, meant: str) -> None:
    remarks = () if written == meant else (f"{written} is read as {meant}",)
    assert translated(written) == (meant, remarks)


@pytest.mark.parametrize("written", ["ReLU", "BN", "Conv 64 3x3", "MaxPool2d 2", "8X8X3"])
def test_letter_case_is_no_error_and_needs_no_note(written: str) -> None:
    assert translated(f"8x8x3 -> {written}").remarks == ()


@pytest.mark.parametrize("written", ["Conv2d(width, 16, 5)", "Conv2d(1, 16)", "Area(5)", "nn.Conv2d(1, 2, 3, foo=1)"])
def test_what_is_not_understood_is_left_as_it_is(written: str) -> None:
    assert translated(written) == (written, ())


def test_then_joins_steps_where_a_shell_would_take_the_arrow() -> None:
    assert translated("32x32x3 then conv 10 5x5 then relu") == ("32x32x3 -> conv 10 5x5 -> relu", ())


def test_a_network_as_pytorch_prints_it_is_computed_and_noted() -> None:
    network = cnncalc.load(
        "28x28x1 -> Conv2d(1, 16, 5, 1, 2) -> ReLU() -> MaxPool2d(2) -> Flatten() -> Linear(3136, 10)"
    )
    assert network.report().totals.params == 416 + 31370
    assert network.remarks[0] == "Conv2d(1, 16, 5, 1, 2) is read as _x_x1 -> conv 16 5x5 pad=2"
    with pytest.raises(Problems) as found:
        cnncalc.load("28x28x3 -> Conv2d(1, 16, 5)")
    assert [problem.message for problem in found.value] == ["28x28x3 comes in, not _x_x1"]


@pytest.mark.parametrize(
    ("chain", "message", "hint"),
    [
        ("9x9x3 -> conv 4 3*3", "kernel: 3*3 is one number, and a size is written with x", "write 3x3, or (3*3)"),
    ],
)
def test_arithmetic_on_sizes_needs_brackets(chain: str, message: str, hint: str) -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load(chain)
    assert [(problem.message, problem.hint) for problem in found.value] == [(message, hint)]
    assert cnncalc.load("9x9x3 -> conv 4 (3*3)").report().totals.params == 9 * 9 * 3 * 4 + 4


@given(st.text(alphabet="()[]x,=*-> 123kspConvd.RLU'\"", max_size=60))
def test_no_text_breaks_the_translation(text: str) -> None:
    translated(text)
