"""Embedding and recurrent layers: published counts, PyTorch's values, what is refused."""

from __future__ import annotations

import pytest
import torch

import cnncalc
from cnncalc.layers.base import Refusal
from tests.layers.make import layer, macs, output, params, refusals

MAKE = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def test_counts() -> None:
    """PyTorch's parameters and those that Keras prints; MACs are every matrix once per position."""
    assert params("embedding", "128", vocabulary=30522, out=768) == 23_440_896  # BERT, arXiv:1810.04805
    assert macs("embedding", "128", vocabulary=30522, out=768) == 0
    assert params("lstm", "50x64", out=32) == 12_544
    assert macs("lstm", "50x64", out=32) == 50 * 4 * 32 * (64 + 32)
    assert params("lstm", "50x64", out=32, biases=1) == 12_416  # keras.layers.LSTM(32)
    assert params("gru", "50x64", out=32) == 9_408  # keras.layers.GRU(32), which has two biases
    assert params("rnn", "50x64", out=32, biases=1) == 3_104  # keras.layers.SimpleRNN(32)
    assert macs("lstm", "50x64", out=32, layers=2, bidirectional=True) == 50 * 2 * 128 * (64 + 32 + 64 + 32)
    assert macs("lstm", "50x64", out=32, project=8) == 50 * (128 * (64 + 8) + 8 * 32)


def test_shapes() -> None:
    assert output("embedding", "128", vocabulary=10, out=4) == "128x4"
    assert output("embedding", "128x1", vocabulary=10, out=4) == "128x4"
    assert output("lstm", "100x64", out=32) == "100x32"
    assert output("lstm", "100x64", out=32, project=8, bidirectional=True) == "100x16"
    assert output("gru", "100x64", out=32, bidirectional=True, sequence=False) == "64"


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("fields", [{}, {"layers": 2, "bidirectional": True}, {"bias": False}, {"project": 3}])
def test_it_is_the_layer_of_torch(kind: str, fields: dict[str, int]) -> None:
    if "project" in fields and kind != "lstm":
        return
    names = {"layers": "num_layers", "project": "proj_size"}
    theirs = MAKE[kind](4, 5, batch_first=True, **{names.get(name, name): value for name, value in fields.items()})
    made, x = layer(kind, "7x4", out=5, **fields)
    ours = made.build(torch, x)
    theirs.load_state_dict(ours.state_dict())
    volume = torch.randn(2, 4, 7)
    states, last = theirs(volume.transpose(1, 2))
    torch.testing.assert_close(ours(volume), states.transpose(1, 2))
    final, _ = layer(kind, "7x4", out=5, sequence=False, **fields)
    module = final.build(torch, x)
    module.load_state_dict(ours.state_dict())
    hidden = last[0] if kind == "lstm" else last
    directions = 2 if fields.get("bidirectional") else 1
    torch.testing.assert_close(module(volume), torch.cat(list(hidden[-directions:]), 1))


def test_one_bias_is_two_of_which_one_is_0() -> None:
    made, x = layer("lstm", "7x4", out=5, biases=1)
    ours, theirs = made.build(torch, x), torch.nn.LSTM(4, 5, batch_first=True)
    zeros = {"bias_hh_l0": torch.zeros(20)}
    theirs.load_state_dict(ours.state_dict() | zeros)
    volume = torch.randn(2, 4, 7)
    torch.testing.assert_close(ours(volume), theirs(volume.transpose(1, 2))[0].transpose(1, 2))


def test_embedding_looks_up() -> None:
    made, x = layer("embedding", "3", vocabulary=4, out=2)
    module = made.build(torch, x)
    y = module(torch.tensor([[0.0, 3.0, 5.0]]))
    assert torch.equal(y[0].T, module.weight[[0, 3, 1]])


def test_a_recurrent_layer_sees_the_whole_sequence_and_counts_as_one_weight_layer() -> None:
    report = cnncalc.load("100 -> embedding 50 8 -> lstm 16 layers=3 -> token 99 -> linear 2").report()
    assert report.totals.weight_layers == 2
    report = cnncalc.load("100x8 -> conv 8 3 -> gru 4 -> linear 2").report()
    assert [field[0].size for field in report.receptive][-2:] == [100, 100]


def test_explanation() -> None:
    explanation = cnncalc.explain("100x64 -> lstm 128")
    (row,) = explanation
    assert {q.name: q.value for q in explanation.quantities(row)}["MACs"] == 9_830_400


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "lstm",
            "28x28x1",
            {"out": 5},
            Refusal(
                "E207",
                None,
                "lstm takes a sequence such as 100x64, 28x28x1 has 2 spatial dimensions",
                "add tokens before it",
            ),
        ),
        (
            "gru",
            "28",
            {"out": 5},
            Refusal(
                "E207",
                None,
                "gru takes a sequence such as 100x64, 28 is a vector",
                "embedding, or reshape 28x1, makes a sequence",
            ),
        ),
        (
            "rnn",
            "28x1",
            {"out": 5, "biases": 3},
            Refusal("E207", "biases", "3 biases, and there are one or two", "bias=no for none"),
        ),
        (
            "lstm",
            "28x1",
            {"out": 5, "project": 5},
            Refusal("E207", "project", "5 must be below out 5", "leave it out"),
        ),
        (
            "embedding",
            "8x8x3",
            {"vocabulary": 10, "out": 3},
            Refusal(
                "E207",
                None,
                "embedding takes a sequence of indices such as 128, 8x8x3 has 2 spatial dimensions",
                "flatten before it makes 192 indices",
            ),
        ),
        (
            "embedding",
            "8x3",
            {"vocabulary": 10, "out": 3},
            Refusal(
                "E207", None, "embedding takes one index per position, 8x3 has 3 channels", "linear 3 takes vectors"
            ),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
