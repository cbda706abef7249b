"""`cnncalc memory`: the tables, the options, and what cannot be."""

import csv
import json
import time
from pathlib import Path

import pytest

import cnncalc
from cnncalc.network.devices import capacity_of, devices
from cnncalc.network.memory import segments
from cnncalc.render.numbers import short_bytes
from tests.cli.conftest import Run

TABLE = """\
LeNet-5, as built today, memory of training: batch 64, adam, float32

                                size      bytes
───────────────────────────────────────────────
weights                      241 KiB    246,824
gradients of weights         241 KiB    246,824
optimizer state              482 KiB    493,648
input                        256 KiB    262,144
kept for the backward pass  2.22 MiB  2,331,648
───────────────────────────────────────────────
peak                        4.64 MiB  4,864,048
"""


def test_the_table(run: Run) -> None:
    result = run("memory", "lenet5", "--batch", "64", "--optimizer", "adam")
    assert result.stdout.startswith(TABLE)


def test_the_largest_batch_is_the_largest() -> None:
    for gpu in ("24GB", "300MiB"):
        found = cnncalc.memory("resnet18", optimizer="adam", gpu=gpu)
        batch = found.largest_batch
        assert batch
        assert cnncalc.memory("resnet18", batch, optimizer="adam").peak_bytes <= capacity_of(gpu)
        assert cnncalc.memory("resnet18", batch + 1, optimizer="adam").peak_bytes > capacity_of(gpu)


def test_resnet50_with_adam_on_24_gb() -> None:
    """A trial of the rules with another program gave the same batch."""
    assert cnncalc.memory("resnet50", optimizer="adam", gpu="24GB").largest_batch == 273


def test_nothing_fits(run: Run) -> None:
    result = run("memory", "resnet50", "--gpu", "1MB")
    assert "largest batch: not even one image fits 977 KiB" in result.stdout


def test_checkpointing_keeps_the_inputs_of_blocks() -> None:
    network = cnncalc.load("resnet50")
    blocks = segments(network, ("block",))
    assert len(blocks) == 16
    whole, less = network.memory(32), network.memory(32, checkpoint="block")
    assert less.peak_bytes < 0.5 * whole.peak_bytes
    one = network.memory(32, checkpoint=("conv2",))
    assert less.peak_bytes < one.peak_bytes < whole.peak_bytes
    assert next(moment.path for moment in one if moment.phase == "recompute").startswith("conv2.1.")


def test_a_layer_alone_can_run_again() -> None:
    network = cnncalc.load("64x32 -> linear 32 -> attention 2 -> gelu -> linear 10 -> flatten -> linear 10")
    assert segments(network, ("attention",)) == [(2, 3)]
    moments = network.memory(4, checkpoint="attention").moments
    assert [moment.path for moment in moments if moment.phase == "recompute"] == ["attention"]


def test_blocks_and_groups_together() -> None:
    network = cnncalc.load("resnet50")
    assert segments(network, ("block", "conv1"))[1:] == segments(network, ("block",))


def test_groups_without_rounds() -> None:
    assert segments(cnncalc.load("lenet5"), ("block",)) == [(1, 3), (4, 6), (7, 10), (10, 12)]


@pytest.mark.exhaustive
def test_long_networks_take_seconds() -> None:
    network = cnncalc.load("8x8x4 -> 10000 * (conv 4 3x3 pad=1 -> relu)")
    begun = time.process_time()
    found = network.memory(checkpoint="block")
    assert time.process_time() - begun < 10
    volume, layer = 4 * 8 * 8 * 4, 4 * (4 * 4 * 3 * 3 + 4)
    # The input, the outputs of all rounds, two gradients of volumes and one of a layer's weights.
    assert found.peak_bytes == found.weight_bytes + layer + (1 + 10_000 + 2) * volume


def test_what_is_frozen_has_no_gradients() -> None:
    network = cnncalc.load("vgg16")
    frozen = network.memory(8, optimizer="adam", freeze=("group1", "group2", "group3", "group4", "group5"))
    weights = network.report().totals.weight_bytes
    classifier = sum(row.weight_bytes for row in network.report() if row.path.startswith("fc"))
    assert frozen.weight_bytes == weights
    assert (frozen.gradient_bytes, frozen.optimizer_bytes) == (classifier, 2 * classifier)
    assert frozen.saved_bytes < 0.01 * network.memory(8).saved_bytes


def test_shared_weights_are_frozen_with_any_layer_that_uses_them() -> None:
    layers = [{"a": "conv 4 3x3 pad=1"}, {"b": "again a"}, {"c": "conv 4 3x3 pad=1"}]
    network = cnncalc.load({"input": "8x8x4", "layers": layers})
    own = 4 * (4 * 4 * 3 * 3 + 4)
    for path in ("a", "b"):
        frozen = network.memory(freeze=[path])
        assert (frozen.gradient_bytes, frozen.saved_bytes) == (own, 8 * 8 * 4 * 4)
    assert network.memory().gradient_bytes == 2 * own


def test_gradients_of_an_earlier_batch_stay() -> None:
    network = cnncalc.load("lenet5")
    assert network.memory(4, grad_accumulation=True).moments[0].live == network.memory(4).moments[0].live + 246_824


@pytest.mark.parametrize(
    ("optimizer", "state"), [("sgd", 0), ("momentum", 1), ("adam", 2), ("adamw", 2), ("lion", 1), ("rmsprop", 1)]
)
def test_state_of_the_optimizer(optimizer: str, state: int) -> None:
    found = cnncalc.memory("lenet5", optimizer=optimizer)
    assert found.optimizer_bytes == state * found.weight_bytes


def test_adafactor_keeps_rows_and_columns() -> None:
    found = cnncalc.memory("8x8x4 -> conv 6 3x3 -> flatten -> linear 10", optimizer="adafactor")
    assert found.optimizer_bytes == 4 * ((6 * 4 * 3 + 6 * 4 * 3 + 6) + (10 + 216 + 10))


def test_bytes_of_a_size_or_a_device() -> None:
    assert capacity_of("24GB") == 24 * 10**9
    assert capacity_of("24 GiB") == 24 * 2**30
    assert capacity_of("1.5g") == 15 * 10**8
    assert capacity_of("h100") == int(79.11 * 2**30)
    assert capacity_of("Tesla T4") == devices()["Tesla T4"].memory


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            ("--optimizer", "adan"),
            "E115 unknown: there is no optimizer 'adan'\n  help: did you mean 'adam' or 'adamw'?\n1 problem\n",
        ),
        (
            ("--amp", "f16"),
            "E115 unknown: there is no low type of autocast 'f16'\n  help: did you mean 'fp16' or 'bf16'?\n1 problem\n",
        ),
        (
            ("--amp", "bf16", "--dtype", "int8"),
            "E105 value: autocast casts float32 to bf16, and the numbers are int8\n  help: leave dtype out, or amp\n"
            "1 problem\n",
        ),
        (
            ("--gpu", "a100"),
            "E122 device: 'a100' names several devices\n  help: write 'A100 PCIe 40GB', 'A100 SXM4 40GB', "
            "'A100 PCIe 80GB' or 'A100 SXM4 80GB'\n1 problem\n",
        ),
        (
            ("--gpu", "xyz"),
            "E122 device: 'xyz' is neither a size of memory nor a known device\n  help: a size such as 24GB or 24GiB, "
            "or a device such as h100\n1 problem\n",
        ),
        (
            ("--freeze", "conv9"),
            "E109 name: alexnet has no layer or group 'conv9'\n  help: did you mean 'conv5' or 'conv4' or 'conv3'?\n"
            "1 problem\n",
        ),
        (
            ("--checkpoint", "conv1", "--checkpoint", "conv1.conv"),
            "E105 value: conv1.conv is within conv1, which runs again as a whole\n  help: leave one of the two out\n"
            "1 problem\n",
        ),
        (
            ("--dtype", "int8"),
            "E105 value: int8 cannot be trained: PyTorch has gradients of floating-point numbers only\n"
            "  help: --inference computes the memory of running it\n1 problem\n",
        ),
        (
            ("--inference", "--checkpoint", "block", "--grad-accumulation"),
            "E105 value: inference has no backward pass that checkpoint could change\n  help: leave it out\n"
            "E105 value: inference has no backward pass that grad_accumulation could change\n  help: leave it out\n"
            "2 problems\n",
        ),
        (
            ("--input", "HxWx3"),
            "E118 symbol: memory is computed for numbers, and H and W of the input can be any\n  help: give the input "
            "as numbers, such as --input 224x224x3\n1 problem\n",
        ),
    ],
)
def test_what_cannot_be(run: Run, options: tuple[str, ...], expected: str) -> None:
    result = run("memory", "alexnet", *options)
    assert (result.exit_code, result.stderr) == (2, expected)


def test_nothing_to_train(run: Run) -> None:
    result = run("memory", "8x8x4 -> conv 4 1x1 -> relu", "--freeze", "conv")
    assert (result.exit_code, result.stderr) == (
        2,
        "E105 value: chain cannot be trained: all its weights are frozen\n"
        "  help: --inference without freeze computes the memory of running it\n1 problem\n",
    )
    result = run("memory", "8x8x4 -> relu")
    assert (result.exit_code, result.stderr) == (
        2,
        "E105 value: chain cannot be trained: it has no weights\n"
        "  help: --inference computes the memory of running it\n1 problem\n",
    )
    assert run("memory", "8x8x4 -> relu", "--inference").exit_code == 0


def test_devices_that_do_not_exist() -> None:
    with pytest.raises(cnncalc.NoAnswer) as raised:
        cnncalc.memory("lenet5", device="tpu")
    assert str(raised.value) == "E115 unknown: there is no device 'tpu'\n  help: did you mean 'cpu'?"


def test_what_cannot_be_checkpointed(run: Run) -> None:
    spec = {"input": "8x8x4", "layers": [{"a": [{"b": "conv 4 1x1"}, "relu"]}, "add a.b"]}
    with pytest.raises(cnncalc.NoAnswer) as raised:
        cnncalc.memory(spec, checkpoint="a")
    assert str(raised.value) == (
        "E105 value: 'a' cannot be checkpointed: results of layers before its last one are used outside of it\n"
        "  help: give groups of which only the last result is used, or block"
    )
    result = run("memory", "8x8x4 -> conv 4 1x1 -> relu", "--checkpoint", "block")
    assert (result.exit_code, result.stderr) == (
        2,
        "E105 value: chain has no blocks that can be checkpointed\n  help: give paths of layers or groups\n1 problem\n",
    )


def test_the_timeline_as_data(run: Run, tmp_path: Path) -> None:
    table, document = tmp_path / "live.csv", tmp_path / "live.json"
    run("memory", "lenet5", "--timeline", str(table))
    run("memory", "lenet5", "--timeline", str(document))
    rows = list(csv.reader(table.open(encoding="utf-8")))
    moments = json.loads(document.read_text("utf-8"))["moments"]
    assert rows[0] == ["phase", "layer", "live_bytes"]
    assert [[m["phase"], m["path"], str(m["live_bytes"])] for m in moments] == rows[1:]
    assert [m["phase"] for m in moments] == ["forward"] * 12 + ["loss"] * 2 + ["backward"] * 12 + ["step"]


def test_the_timeline_as_a_picture(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "live.svg"
    assert run("memory", "lenet5", "--timeline", str(file)).exit_code == 0
    text = file.read_text("utf-8")
    assert f"peak {short_bytes(cnncalc.memory('lenet5').peak_bytes)}" in text
    assert "forward pass" in text
    assert "backward pass" in text


def test_inference_keeps_what_is_still_read() -> None:
    """By hand: the image goes after the first convolution; the sum reads two volumes and writes a third."""
    chain = {"input": "16x16x3", "layers": [{"a": "conv 8 3x3 pad=1"}, "conv 8 3x3 pad=1", "add a", "relu"]}
    network = cnncalc.load(chain)
    volume = 16 * 16 * 8 * 4
    apart = network.memory(inference=True)
    assert apart.arena_bytes == 3 * volume
    assert network.memory(inference=True, inplace=True).arena_bytes == 2 * volume
    assert network.memory(2, inference=True, dtype="int8").arena_bytes == 2 * apart.arena_bytes // 4
    assert (apart.saved_bytes, apart.gradient_bytes, apart.optimizer_bytes, apart.savings) == (0, 0, 0, [])


def test_side_heads_do_not_run_in_inference() -> None:
    paths = {moment.path for moment in cnncalc.memory("googlenet", inference=True)}
    assert not any(path.startswith("aux") for path in paths)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--vary", "batch=0..4"),
            "--vary:1:7: E124 numbers: '0..4' is no batch: it has 1 to 1,000,000,000 images\n"
            "  batch=0..4\n        ^^^^\n  help: as in batch=1..64\n1 problem\n",
        ),
        (
            ("--vary", "batch=1..4", "--optimizer", "adan"),
            "E115 unknown: there is no optimizer 'adan'\n  help: did you mean 'adam' or 'adamw'?\n1 problem\n",
        ),
    ],
)
def test_sweeps_that_cannot_be(run: Run, options: tuple[str, ...], message: str) -> None:
    result = run("sweep", "lenet5", *options)
    assert (result.exit_code, result.stderr) == (2, message)
