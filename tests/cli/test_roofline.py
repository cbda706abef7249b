"""`cnncalc roofline`: bounds by hand, the table, the picture, and what cannot be."""

from pathlib import Path

import pytest

import cnncalc
from cnncalc.network.devices import device_of, devices
from cnncalc.render.roofline import duration
from tests.cli.conftest import Run


def test_a_convolution_and_a_pool_by_hand() -> None:
    """On a Tesla T4: 8.1 TFLOPs/s in float32 without TF32, 320 GB/s."""
    found = cnncalc.roofline("32x32x16 -> conv 32 3x3 pad=1 -> relu -> maxpool 2", "t4", 8)
    conv, pool = found
    assert conv.flops == 2 * 8 * 32 * 32 * 32 * 9 * 16
    assert conv.bytes == 4 * (8 * 32 * 32 * (16 + 32) + 32 * 16 * 9 + 32)
    assert conv.by_flops == pytest.approx(conv.flops / 8.1e12)
    assert conv.by_bytes == pytest.approx(conv.bytes / 320e9)
    assert (pool.flops, pool.bytes, pool.limit) == (0, 4 * 8 * 32 * (32 * 32 + 16 * 16), "memory")
    assert found.seconds == max(conv.by_flops, conv.by_bytes) + pool.by_bytes


def test_convolutions_use_tf32_and_linear_layers_do_not() -> None:
    found = cnncalc.roofline("vgg16", "a100 sxm4 80gb")
    assert (found.convolution_rate, found.flops_rate) == (156e12, 19.5e12)
    one = cnncalc.roofline("vgg16", "a100 sxm4 80gb", dtype="bfloat16")
    assert one.convolution_rate == one.flops_rate == 312e12


def test_every_device_has_a_source_and_a_name_that_finds_it() -> None:
    for name, device in devices().items():
        assert device_of(name) is device
        assert device.row["source_address"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5e-3, "2.50 ms"), (31.4e-6, "31.4 µs"), (4e-9, "4.00 ns"), (12.0, "12.0 s")],
)
def test_times(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            ("--gpu", "a100"),
            "E122 device: 'a100' names several devices\n  help: write 'A100 PCIe 40GB', 'A100 SXM4 40GB', "
            "'A100 PCIe 80GB' or 'A100 SXM4 80GB'\n1 problem\n",
        ),
        (
            ("--gpu", "zx"),
            "E122 device: no device 'zx' is known\n  help: a device such as t4, 'rtx 4090' or 'a100 sxm4 80gb'\n"
            "1 problem\n",
        ),
        (
            ("--gpu", "t4", "--dtype", "bfloat16"),
            "E122 device: no rate of Tesla T4 in bfloat16 is known\n"
            "  help: it has float64, float32, tfloat32, float16 and int8\n1 problem\n",
        ),
    ],
)
def test_what_cannot_be(run: Run, options: tuple[str, ...], expected: str) -> None:
    result = run("roofline", "alexnet", *options)
    assert (result.exit_code, result.stderr) == (2, expected)


def test_the_picture(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "roof.svg"
    assert run("roofline", "vgg16", "--gpu", "a100 sxm4 80gb", "--plot", "-o", str(file)).exit_code == 0
    text = file.read_text("utf-8")
    assert "156 TFLOPs/s of convolutions" in text
    assert "19.5 TFLOPs/s" in text
    assert "fc6.linear" in text
