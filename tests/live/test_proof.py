"""Outputs of a spec compared with those of the model that it was read from."""

from __future__ import annotations

from typing import Any

import pytest

import cnncalc
from cnncalc.exchange.graph import NotRead

torch = pytest.importorskip("torch")
nn = torch.nn
F = torch.nn.functional

from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.live import proof, read  # noqa: E402  # they import torch

AGREE = "outputs compared with those of the model on the same random weights: they agree"


class Net(nn.Module):  # type: ignore[misc, name-defined]
    """Two convolutions of equal fields on one volume, in another order than they are concatenated, then a head."""

    def __init__(self) -> None:
        super().__init__()
        self.b = nn.Conv2d(3, 4, 3, padding=1)
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Any) -> Any:
        b = F.elu(self.b(x))
        a = F.elu(self.a(x))
        return self.fc(self.norm(torch.cat([a, b], 1)).mean([2, 3]))


def test_layers_of_equal_fields_are_compared_each_with_its_own_weights() -> None:
    assert cnncalc.read_model(Net(), (3, 9, 9)).remarks == (AGREE,)


def test_a_model_is_left_as_it_was() -> None:
    model = Net().train()
    before = {name: (id(tensor), tensor.clone()) for name, tensor in model.state_dict(keep_vars=True).items()}
    state = torch.random.get_rng_state()
    cnncalc.read_model(model, (3, 9, 9))
    after = model.state_dict(keep_vars=True)
    assert all(id(after[name]) == own and torch.equal(after[name], value) for name, (own, value) in before.items())
    assert torch.equal(torch.random.get_rng_state(), state)
    assert model.training
    assert model.norm.training


@pytest.mark.parametrize("name", ["elu", "cat"])
def test_a_difference_is_refused_with_the_first_layer_that_differs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_celu(input: Any, *rest: Any, **more: Any) -> Any:
        return KINDS["celu"](0, alpha=2)

    def turned(reader: Any, tensors: Any, dim: int = 0) -> Any:
        return right(reader, tensors[::-1], dim)

    right = read.OPERATIONS["cat"]
    if name == "elu":
        monkeypatch.setitem(read.PASSED, "elu", as_celu)
    else:
        monkeypatch.setitem(read.OPERATIONS, "cat", turned)
    with pytest.raises(NotRead) as caught:
        cnncalc.read_model(Net(), (3, 9, 9))
    at = {"elu": "b.celu, celu alpha=2 of 9x9x4", "cat": "concat, concat of 9x9x4 and 9x9x4"}[name]
    assert [problem.message for problem in caught.value.problems] == [
        f"Net cannot be written: it gives other values than the model on the same weights, first at {at}"
    ]


def test_what_is_large_is_not_run_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "MOST_MACS", 1000)
    assert cnncalc.read_model(Net(), (3, 9, 9)).remarks == (
        "outputs not compared with those of the model: 17,536 multiply-adds, and up to 1,000 are run",
    )
    monkeypatch.undo()
    monkeypatch.setattr(proof, "free_bytes", lambda torch, device: 10)
    assert cnncalc.read_model(Net(), (3, 9, 9)).remarks == (
        "outputs not compared with those of the model: that takes 46.9 KiB, and 10 B are free",
    )


def test_what_does_not_run_with_values_says_so() -> None:
    class OnMeta(Net):
        def forward(self, x: Any) -> Any:
            return super().forward(x if x.is_meta else x.reshape(3))

    (remark,) = cnncalc.read_model(OnMeta(), (3, 9, 9)).remarks
    assert remark.startswith(
        "outputs not compared with those of the model: the model, run with values, raised RuntimeError: shape '[3]'"
    )

    class Another(Net):
        def forward(self, x: Any) -> Any:
            return super().forward(x if x.is_meta else F.relu(x))

    assert cnncalc.read_model(Another(), (3, 9, 9)).remarks == (
        "outputs not compared with those of the model: run with values, it gives other layers",
    )


def test_outputs_that_say_nothing_are_not_taken_for_equal() -> None:
    class Dead(Net):
        def forward(self, x: Any) -> Any:
            return F.relu(-1 - F.relu(self.a(x)))

    (*_, remark) = cnncalc.read_model(Dead(), (3, 9, 9)).remarks
    assert remark == (
        "outputs not compared with those of the model: they do not depend on the image with random weights"
    )


def test_numbers_of_less_precision_may_differ_by_more() -> None:
    class Mixed(Net):
        def forward(self, x: Any) -> Any:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return super().forward(x)

    assert cnncalc.read_model(Mixed(), (3, 9, 9)).remarks == (AGREE,)
