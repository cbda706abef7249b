"""What verify notices: every formula that is off by a little, in every cell; and what it says when it cannot run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cnncalc
from cnncalc.cli import main
from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import BatchNorm
from cnncalc.live import memory
from cnncalc.live import verify as module
from cnncalc.live.verify import Cell, Verification, verify
from cnncalc.problem import NoAnswer
from cnncalc.render.printers import printed
from cnncalc.render.verification import table
from cnncalc.shape import Shape

torch = pytest.importorskip("torch")

CHAIN = "8x8x3 -> conv 4 3x3 -> batchnorm -> relu -> flatten -> linear 2"


def verified(what: str, **options: Any) -> Verification:
    return verify(cnncalc.load(what), **{"device": "meta", **options})


def found(result: Verification) -> dict[str, list[str]]:
    """Return what differs, by path."""
    differences: dict[str, list[str]] = {}
    for checked, what, _ in result.differences():
        differences.setdefault(checked.path, []).append(what)
    return differences


@pytest.fixture
def cnncalc_run() -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env={"COLUMNS": "100"})

    return run


# What it notices.


def test_all_agrees() -> None:
    result = verified(CHAIN, backward=True)
    assert result.agrees
    assert result.compared == 5 * 6 + 3 + 8
    assert result.whole.cells["macs"] == Cell(4 * 27 * 36 + 2 * 144, 4 * 27 * 36 + 2 * 144)


def test_a_wrong_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    network = cnncalc.load(CHAIN)
    network.nodes[1].y = Shape((6, 7), 4)
    assert found(verify(network, device="meta")) == {"conv": ["output", "train"]}


def test_a_wrong_count_of_macs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conv, "macs", lambda self, x: 1)
    result = verified(CHAIN)
    assert found(result) == {"conv": ["macs"], "": ["macs"]}
    shown = printed([table(result)], "table", width=100)
    assert "conv (conv 4 3x3)\n    macs: 1 by the formulas, 3,888 in PyTorch" in shown
    assert "✗ 1" in shown
    assert "flatten" not in shown


def test_a_tensor_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Linear, "weights", lambda self, x: {"weight": (self.out, x.channels)})
    result = verified(CHAIN)
    assert found(result) == {"linear": ["weights", "params"], "": ["params", "all params", "state_dict"]}
    assert "weights: nothing more by the formulas, bias 2 in PyTorch" in printed([table(result)], "table", width=100)


def test_tensors_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Linear.weights
    monkeypatch.setattr(Linear, "weights", lambda self, x: dict(reversed(right(self, x).items())))
    assert found(verified(CHAIN)) == {"linear": ["weights"]}


def test_a_buffer_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BatchNorm, "buffers", lambda self, x: {})
    assert found(verified(CHAIN)) == {"batchnorm": ["buffers"], "": ["buffers", "state_dict"]}


def test_what_pytorch_refuses_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conv, "check", lambda self, x: iter(()))
    network = cnncalc.load("8x8x3 -> relu -> conv 4 3x3")
    network.nodes[2].layer = type(network.nodes[2].layer)(2, out=4, kernel=9)
    result = verify(network, device="meta")
    assert not result.agrees
    assert result.stopped is not None
    assert result.stopped[0] == "conv"
    assert "PyTorch stops here: Calculated padded input size" in printed([table(result)], "table", width=200)


def test_numbers_that_are_not_finite() -> None:
    result = verified("4x4x1 -> relu -> lrn k=0 alpha=0", device="cpu")
    assert found(result) == {"lrn": ["finite"]}


def test_a_layer_without_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Linear.build

    def frozen(self: Linear, torch: Any, x: Shape) -> Any:
        made = right(self, torch, x)
        made.weight.requires_grad_(False)
        return made

    monkeypatch.setattr(Linear, "build", frozen)
    assert found(verified(CHAIN, backward=True)) == {"linear": ["gradients"]}


def test_what_nobody_reads_needs_no_gradient() -> None:
    text = "input: 4\nlayers:\n  - a: relu\n  - dead: linear 3\n  - use a -> linear 2\n"
    result = verify(cnncalc.load("-", stdin=text.encode), device="meta", backward=True)
    assert result.agrees
    assert [layer.path for layer in result.layers if "gradients" in layer.cells] == ["linear"]


def test_a_substitute_is_named() -> None:
    result = verified("6x6x3x2 -> avgpool 3x4x4 stride=1 pad=0x1x2")
    reason = "PyTorch's AvgPool3d refuses a kernel larger than its unpadded input; a pad and an AvgPool3d were run"
    assert result.blind() == {reason: ["avgpool"]}
    assert verified("6x6x4x2 -> avgpool 3x4x4 stride=1 pad=0x1x2").blind() == {}
    with pytest.raises(RuntimeError, match="kernel"):
        torch.nn.AvgPool3d((3, 4, 4), 1, (0, 1, 2))(torch.ones(1, 2, 6, 6, 3))


def test_a_blind_spot_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.BLIND, "Linear", "it looks away")
    monkeypatch.setattr(torch.nn.Linear, "forward", lambda self, x: x[:, :2])
    result = verified(CHAIN)
    assert result.agrees
    assert result.blind() == {"it looks away": ["linear"]}
    shown = printed([table(result)], "table", width=100)
    assert "? 288" in shown
    assert "?: it looks away: linear" in shown


def test_a_run_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    right = Conv.build

    def build(self: Conv, torch: Any, x: Shape) -> Any:
        made = right(self, torch, x)
        seen.append(made.weight.detach())
        return made

    monkeypatch.setattr(Conv, "build", build)
    state = torch.random.get_rng_state()
    for seed in (1, 1, 2):
        verified(CHAIN, device="cpu", seed=seed)
    first, again, other = seen[1::2]
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), state)


# What it says when there is no answer.


def test_without_pytorch(monkeypatch: pytest.MonkeyPatch, cnncalc_run: Callable[..., Result], tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "x.csv").write_text("1,2,3,4\n")
    values = ("--input-file", str(tmp_path / "x.csv"))
    for command, reader in (
        (["verify", "alexnet"], "verify"),
        (["run", "4 -> linear 2", *values], "drawing linear.weight, linear.bias at random"),
        (["run", "4 -> softsign", *values], "running softsign"),
    ):
        result = cnncalc_run(*command)
        assert result.exit_code == 2
        assert result.stderr == f"E121 package: {reader} needs PyTorch: pip install torch\n1 problem\n"
    result = cnncalc_run("run", "4 -> relu", *values)
    assert (result.exit_code, result.stderr, result.stdout) == (0, "", "1\n2\n3\n4\n")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu(cnncalc_run: Callable[..., Result]) -> None:
    result = cnncalc_run("verify", "alexnet", "--device", "cuda")
    assert result.exit_code == 2
    assert "E122 device: this PyTorch (2." in result.stderr
    assert "has no cuda: it is a build for the CPU alone" in result.stderr or "it finds no device" in result.stderr


def test_without_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cnncalc_run: Callable[..., Result]) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 99999 kB\nMemAvailable:     2048 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    result = cnncalc_run("verify", "alexnet", "--batch", "64")
    assert result.exit_code == 2
    assert "E123 memory: alexnet with a batch of 64 needs at least 374 MiB; 2 MiB are free on cpu" in result.stderr
    assert "help: try --batch 32, or --device meta" in result.stderr
    assert cnncalc_run("verify", "alexnet", "--batch", "64", "--device", "meta").exit_code == 0


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 3 GiB", ", asking for 2 GiB"),
        (
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes. Error",
            ", asking for 4 KiB",
        ),
        ("CUDA error: out of memory", ""),
    ],
)
def test_running_out_of_memory(monkeypatch: pytest.MonkeyPatch, said: str, told: str) -> None:
    def full(self: Conv, torch: Any, x: Shape) -> Any:
        raise RuntimeError(said)

    monkeypatch.setattr(Conv, "build", full)
    with pytest.raises(NoAnswer, match=f"conv4 ran out of memory{told}|ran out of memory{told}"):
        verified(CHAIN, device="cpu")


def test_a_number_type_that_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise NotImplementedError("\"lrn_cpu\" not implemented for 'Half'")

    monkeypatch.setattr(torch.nn.LocalResponseNorm, "forward", refuse)
    with pytest.raises(NoAnswer, match=r"PyTorch does not run lrn \(lrn\) in float16 on meta"):
        verified("4x4x2 -> relu -> lrn", dtype="float16")


# The command.


def test_a_table(cnncalc_run: Callable[..., Result], golden: Callable[[str, str], None]) -> None:
    for width in (80, 160):
        result = CliRunner().invoke(main, ["verify", "googlenet", "--device", "meta"], env={"COLUMNS": str(width)})
        assert result.exit_code == 0
        golden(f"verify-googlenet-{width}.txt", result.stdout)


def test_a_difference_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, cnncalc_run: Callable[..., Result]) -> None:
    monkeypatch.setattr(Linear, "macs", lambda self, x: 1)
    result = cnncalc_run("verify", CHAIN, "--device", "meta")
    assert result.exit_code == 1
    assert "✗ 2 differences from PyTorch in 38 comparisons" in result.stdout
    assert "linear (linear 2)\n    macs: 1 by the formulas, 288 in PyTorch" in result.stdout
    result = cnncalc_run("verify", CHAIN, "8x8x3 -> relu", "4 -> linear 2", "--device", "meta")
    assert result.exit_code == 1
    assert "✗ chain " in result.stdout
    assert result.stdout.endswith("comparisons with PyTorch: 2 networks differ\n")


def test_several_networks(cnncalc_run: Callable[..., Result]) -> None:
    result = cnncalc_run("verify", "lenet5", CHAIN, "--device", "meta")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "✓ lenet5                          61,706 params           416,520 MACs"
    assert result.stdout.splitlines()[2].startswith("2 networks, ")
    result = cnncalc_run("verify", "lenet5", "nonet", "--device", "meta")
    assert result.exit_code == 2
    assert "there is no network, file or chain 'nonet'" in result.stderr
    assert "✓ lenet5" in result.stdout


def test_json(cnncalc_run: Callable[..., Result]) -> None:
    found = json.loads(cnncalc_run("verify", "lenet5", "--device", "meta", "--format", "json").stdout)
    network = found["networks"][0]
    assert network["agrees"]
    assert network["predicted"]["macs"] == network["pytorch"]["macs"] == 416_520
    assert network["layers"][0]["weights"] == {"weight": [6, 1, 5, 5], "bias": [6]}
    assert network["layers"][0]["output"] == [6, 28, 28]
    several = json.loads(cnncalc_run("verify", "lenet", "lenet5", "--device", "meta", "--format", "json").stdout)
    assert [n["name"] for n in several["networks"]] == ["lenet", "lenet5"]
    assert "layers" not in several["networks"][0]


def test_markdown(cnncalc_run: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "verify.md"
    assert cnncalc_run("verify", "lenet5", "--device", "meta", "--format", "markdown", "-o", str(out)).stdout == ""
    lines = out.read_text("utf-8").splitlines()
    assert lines[2] == "| path | layer | output | in training | tensors | params | MACs |"
    assert lines[4] == "| C1.conv | `conv 6 5x5` | ✓ 28x28x6 | ✓ | ✓ | ✓ 156 | ✓ 118K |"
    several = cnncalc_run("verify", "lenet", "lenet5", "--device", "meta", "--format", "markdown").stdout
    assert "| lenet5 | ✓ | 61,706 | 416,520 |" in several


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name networks, or --all"),
        (["alexnet", "--all"], "--all goes without names"),
        (["alexnet", "--batch", "0"], "0 is not in the range"),
        (["alexnet", "--dtype", "int8"], "'int8' is not one of"),
    ],
)
def test_wrong_use(arguments: list[str], told: str, cnncalc_run: Callable[..., Result]) -> None:
    result = cnncalc_run("verify", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
