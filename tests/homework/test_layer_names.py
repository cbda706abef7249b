"""What layers are called in feedback."""

from __future__ import annotations

import cnncalc
from cnncalc.homework.layer_names import where


def test_layers_without_a_name_are_counted_in_words() -> None:
    network = cnncalc.load("32x32x3 -> conv 8 3x3 -> relu -> maxpool 2x2 -> conv 8 3x3 -> flatten -> linear 10")
    assert [where(network, path) for path in ("conv", "relu", "maxpool", "conv2", "linear")] == [
        "in the first convolution",
        "in the ReLU",
        "in the max pooling",
        "in the second convolution",
        "in the fully connected layer",
    ]


def test_a_name_of_the_author_stays() -> None:
    assert where(cnncalc.load("lenet5"), "C1") == "at C1"


def test_alike_layers_have_calculations_of_their_own() -> None:
    fields = [
        cnncalc.check("vgg16", path, receptive_field=right)["receptive_field"].verdict
        for path, right in (("group3.2.conv", 32), ("group3.3.conv", 40))
    ]
    assert fields == ["right", "right"]
