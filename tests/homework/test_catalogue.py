"""Every kind of mistake that was seen in courses, quizzes and forums is named for the number that it led to there."""

from __future__ import annotations

import pytest

from cnncalc.homework.key import read_key, shipped
from cnncalc.homework.mark import mark
from cnncalc.homework.mistakes.catalogue import SLUGS
from cnncalc.homework.model import Mark
from tests.effort import sampled

RGB = "network: 300x300x3 -> conv 100 5x5, ask: params"
DENSE = "network: 300x300x3 -> flatten -> linear 100, ask: params"
ALEXNET = "network: 227x227x3 -> conv 96 11x11 stride=4"
PAD = "network: 15x15x8 -> pad 2, ask: output"
SHALLOW = "network: 63x63x16 -> conv 32 7x7 stride=2"

SEEN = [  # the question, the wrong answer, the right one, the mistake
    (RGB, "7,500", "7,600", "no-bias"),
    ("network: 32x32x3 -> conv 32 3x3, ask: params", "288", "896", "no-depth"),
    (RGB, "2,600", "7,600", "no-depth"),
    (RGB, "2,501", "7,600", "one-bias"),
    (DENSE, "27,000,001", "27,000,100", "one-bias"),
    ("network: 128 -> linear 256, ask: params", "32,896", "33,024", "bias-on-inputs"),
    ("network: 9x9x1 -> conv 1 5x5, ask: params", "11", "26", "kernel-sum"),
    ("network: 128x128x1 -> flatten -> linear 256, ask: params", "12,583,168", "4,194,560", "rgb-wrong"),
    (DENSE, "9,000,100", "27,000,100", "rgb-wrong"),
    ("network: 256x256x3 -> conv 128 7x7, ask: params", "1,233,125,504", "18,944", "times-area"),
    (f"{ALEXNET}, ask: params", "105,705,600", "34,944", "times-area"),
    (
        "networks: {a: 64x64x3 -> conv 9 3x3, b: 8x8x3 -> conv 9 3x3}, ask: a.params == b.params",
        "no",
        "yes",
        "area-matters",
    ),
    ("network: 28x28x32 -> conv 64 3x3, ask: channels", "2,048", "64", "depth-product"),
    ("network: 28x28x64 -> conv 128 3x3, ask: channels", "8,192", "128", "depth-product"),
    (f"{SHALLOW}, ask: output", "29x29x16", "29x29x32", "depth-kept"),
    (f"{SHALLOW}, ask: sides", "28", "29x29", "no-plus-one"),
    ("network: 224x224x3 -> conv 64 7x7 stride=2 pad=3, ask: sides", "109", "112x112", "no-pad"),
    (PAD, "17x17x8", "19x19x8", "pad-once"),
    (PAD, "19x19x12", "19x19x8", "pad-depth"),
    (PAD, "17x17x10", "19x19x8", "pad-depth"),
    ("network: 121x121x16 -> conv 32 4x4 stride=3, ask: sides", "118", "40x40", "no-stride"),
    ("network: 127x127x3 -> conv 8 5x5 stride=2, ask: sides", "123", "62x62", "no-stride"),
    (f"{SHALLOW}, ask: sides", "36", "29x29", "sign-error"),
    ("network: 224x224x3 -> conv 96 11x11 stride=4, ask: sides", "214", "54x54", "precedence"),
    ("network: 1000x1 -> conv 32 5, ask: sides", "969", "996", "filters-as-kernel"),
    ("network: 10x128 -> conv 64 3, ask: sides", "126", "8", "wrong-axis"),
    ("network: 30x40x3 -> conv 8 3x3 stride=2x3, ask: sides", "10x19", "14x13", "wrong-stride-axis"),
    ("network: 30x40x3 -> conv 8 3x3 stride=2x3, ask: sides", "14x19", "14x13", "wrong-stride-axis"),
    ("network: 112x112x64 -> maxpool 3x3 stride=2 ceil=yes, ask: sides", "55", "56x56", "floor-vs-ceil"),
    ("network: 3x3x8 -> maxpool 2x2 ceil=yes, ask: sides", "1x1", "2x2", "floor-vs-ceil"),
    ("network: 7x7x8 -> maxpool 3x3 stride=2, ask: sides", "3.5", "3x3", "halves-exactly"),
    ("network: 7x7x8 -> maxpool 3x3 stride=2, ask: sides", "4", "3x3", "halves-exactly"),
    ("network: 24x1 -> conv 1 3 stride=9 pad=same, ask: sides", "24", "3", "same-means-same"),
    ("network: 24x1 -> conv 1 3 stride=9 pad=same, ask: sides", "2", "3", "halves-exactly"),
    ("network: 224x224x3 -> conv 64 7x7 stride=2 pad=same, ask: pad", "3", "2 before, 3 after", "same-symmetric"),
    ("network: 28x28x8 -> maxpool 2x2, ask: params", "4", "0", "pool-params"),
    ("network: 9x9x10 -> batchnorm, ask: params", "40", "20", "bn-count"),
    ("network: 9x9x64 -> batchnorm, ask: params", "256", "128", "bn-count"),
    ("network: 9x9x64 -> batchnorm, ask: params", "0", "128", "bn-count"),
    ("network: 9x9x7 -> depthwise 3x3 bias=no, ask: params", "9", "63", "groups"),
    ("network: 8x16x4 -> conv_transpose 4 3x3 groups=4, ask: macs", "0", "4,608", "groups"),
    ("network: 14x14x256 -> conv 256 3x3 groups=4, ask: params", "590,080", "147,712", "groups"),
    ("network: resnet50, ask: macs", "8,178,368,512", "4,089,184,256", "mac-flop"),
    ("network: 8x8x3 -> conv 4 3x3, ask: macs, conventions: {batch: 8}", "3,888", "31,104", "forgotten-batch"),
    ("network: 8x8x3 -> conv 4 3x3, ask: activation_bytes, conventions: {batch: 5}", "576", "2,880", "forgotten-batch"),
    ("network: resnet50, ask: macs, conventions: {rounding: yes}", "8.2G", "4,089,184,256", "mac-flop"),
    ("network: resnet50, ask: flops", "4,089,184,256", "8,178,368,512", "mac-flop"),
    (f"{ALEXNET}, ask: macs", "34,848", "105,415,200", "macs-are-weights"),
    ("network: vgg16, layer: group3.2.conv, ask: macs", "462,422,016", "1,849,688,064", "wrong-resolution"),
    (f"{ALEXNET}, ask: sides", "54", "55x55", "alexnet-input"),
    ("network: alexnet, ask: params", "62,378,344", "60,965,224", "groups"),
    ("network: 9x9x1 -> conv 1 3x3 dilation=2, ask: extent", "6", "5x5", "dilation-base"),
    ("network: 9x9x1 -> conv 1 3x3 dilation=2, ask: extent", "3", "5x5", "dilation-base"),
    ("network: 9x9x1 -> conv 1 3x3 dilation=2, ask: extent", "7x7", "5x5", "dilation-base"),
    ("network: 64x64x1 -> conv 1 3x3 stride=2 -> 2 * conv 1 3x3, ask: receptive_field", "7", "11", "rf-sum"),
    (
        "network: 224x224x3 -> 2 * conv 9 3x3 -> maxpool 2x2 -> 2 * conv 9 3x3 -> maxpool 2x2 -> 4 * conv 9 3x3, "
        "ask: receptive_field",
        "40",
        "48",
        "rf-sum",
    ),
    ("network: 16x16x1 -> conv_transpose 1 3x3 stride=2 pad=1, ask: sides", "32", "31x31", "tconv"),
    ("network: 14x14x1 -> conv_transpose 1 3x3 stride=2 pad=1, ask: sides", "28", "27x27", "tconv"),
    ("network: 128x1 -> conv_transpose 1 4 stride=4, ask: sides", "509", "512", "tconv"),
    (
        "network: 28x28x1 -> conv 32 3x3 pad=1 -> maxpool 2x2 -> conv 64 3x3 pad=1 -> flatten, "
        "layer: flatten, ask: output",
        "7,744",
        "12,544",
        "no-pad",
    ),
    (
        "network: 28x28x1 -> conv 16 3x3 pad=1 -> maxpool 2x2 -> conv 32 3x3 pad=1 -> maxpool 2x2 -> flatten, "
        "layer: flatten, ask: output",
        "6,272",
        "1,568",
        "flatten-size",
    ),
    ("network: twins.cnn.yaml, ask: params", "20", "10", "shared-twice"),
    # Seen besides, and no mistake in a formula.
    ("network: vgg19, ask: params", "138,357,544", "143,667,240", "other-network"),
    ("network: vgg19, ask: weights", "138,344,128", "143,652,544", "other-network"),
    ("network: 32x32x256 -> conv 192 3x3 pad=1 bias=no, ask: macs", "452,884,832", "452,984,832", "digit-slip"),
    ("network: reduced.cnn.yaml, layer: pool.conv, ask: macs", "4,194,304", "16,777,216", "wrong-channels"),
    ("network: reduced.cnn.yaml, ask: macs", "341,835,776", "354,418,688", "wrong-channels"),
]


def marked(entry: str, answer: str) -> Mark:
    folder = next(iter(shipped().values())).parent
    key = read_key(f"title: T\nquestions:\n  - {{id: 1, {entry}}}", folder=folder)
    return mark(key, {"1": answer})[0]


@pytest.mark.parametrize(("entry", "wrong", "right", "slug"), sampled(SEEN, every=6))
def test_a_mistake_that_was_seen_is_named(entry: str, wrong: str, right: str, slug: str) -> None:
    found = marked(entry, wrong)
    assert found.part.right.text == right
    assert found.verdict == "wrong"
    assert slug in [slug for diagnosis in found.diagnoses for slug in diagnosis.slugs], found.feedback
    assert slug in SLUGS


@pytest.mark.parametrize(
    ("entry", "wrong", "told"),
    [
        (f"{ALEXNET}, ask: macs", "-105,415,200", "That has a minus sign."),
        (f"{ALEXNET}, ask: macs", "105.4", "That is right in M: write the unit."),
        (f"{ALEXNET}, ask: weight_bytes", "136.5", "That is right in KB: write the unit."),
        (f"{ALEXNET}, ask: weight_bytes", "139.8", "That is right in KB: write the unit."),
        (
            f"{ALEXNET}, ask: macs",
            "1,054,152,000",
            "That is off by a factor of 10: count the zeros.",
        ),
        (f"{ALEXNET}, ask: im2col", "3025x363", "That has the right numbers in the other order."),
        (f"{SHALLOW}, ask: output", "29x32x29", ""),
    ],
)
def test_a_slip_is_told(entry: str, wrong: str, told: str) -> None:
    found = marked(entry, wrong)
    assert found.verdict == "wrong"
    assert " ".join(f"That {diagnosis.text}" for diagnosis in found.diagnoses) == told


@pytest.mark.parametrize(("entry", "wrong", "right", "slug"), SEEN)
def test_the_right_answer_is_right(entry: str, wrong: str, right: str, slug: str) -> None:
    assert marked(entry, right).verdict == "right"
