"""What people type for a network: names in any spelling, chains without quotes or from a pipe, files of other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.library import ALSO_CALLED, names
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ResNet50", "resnet50"),
        ("resnet-50", "resnet50"),
        ("vgg16()", "vgg16"),
        ("VGG 16", "vgg16"),
        ("MobileNetV2", "mobilenet_v2"),
        ("seresnet50", "se_resnet50"),
        ("efficientnetv2_s", "efficientnet_v2_s"),
        ("vit_base_patch16_224", "vit_b_16"),
        ("swin_tiny_patch4_window7_224", "swin_t"),
        ("ViT-B/16", "vit_b_16"),
    ],
)
def test_a_name_is_found_in_any_spelling(written: str, name: str) -> None:
    network = cnncalc.load(written)
    assert network.name == name
    assert network.remarks == (f"{written} is read as {name}",)
    assert cnncalc.load(name).remarks == ()


def test_other_names_mean_networks_that_there_are() -> None:
    assert not {*ALSO_CALLED.values()} - {*names()}


def test_two_names_that_are_spelt_alike_are_both_offered(run: Run) -> None:
    result = run("show", "regnety16gf")
    assert (result.exit_code, result.stderr.splitlines()) == (
        2,
        [
            "E114 file: there is no network, file or chain 'regnety16gf'",
            "  help: did you mean 'regnet_y_1_6gf' or 'regnet_y_16gf'?",
            "1 problem",
        ],
    )


def test_a_chain_from_a_pipe_is_read(run: Run) -> None:
    quoted = run("show", "32x32x3 -> conv 10 5x5 -> relu").stdout
    assert run("show", "-", input=b"32x32x3 -> conv 10 5x5\n  -> relu\n").stdout == quoted
    result = run("show", "-", input=b"32x32x3 -> conv 10 5x5 -> relx")
    assert result.stderr.splitlines()[0] == "<stdin>:1:27: E108 kind: there is no layer or block 'relx'"


def test_a_chain_without_quotes_is_joined_by_then(run: Run) -> None:
    quoted = run("show", "32x32x3 -> conv 10 5x5 -> relu", "--exact").stdout
    assert run("show", *["32x32x3", "then", "conv", "10", "5x5", "then", "relu", "--exact"]).stdout == quoted
    assert run("check", *["28x28x1", "then", "conv", "8", "3x3", "--params", "80"]).exit_code == 0


def test_a_chain_whose_arrow_the_shell_took_is_recognised(run: Run) -> None:
    for words in ("32x32x3 - 10 5x5", "32x32x3- 10 5x5"):
        result = run("show", *words.split())
        assert result.exit_code == 2
        assert (
            f"Error: the shell took the > of '{words}' for a redirection: put the chain in quotes, or write then for ->"
        ) in result.stderr


FOREIGN = {
    "model.json": (b'{"class_name": "Sequential", "config": {"layers": []}}', "a model that Keras wrote as JSON"),
    "net.py": (b"import torch\nclass Net(nn.Module):\n    pass\n", "a Python program"),
    "net.onnx": (b"\x08\x07\x12\x07pytorch\x1a\x00", "an ONNX model"),
    "net.h5": (b"\x89HDF\r\n\x1a\n\0\0", "a model or weights in HDF5, as Keras saves them"),
    "net.pt": (b"PK\x03\x04\0\0archive/data.pkl", "weights that PyTorch saved"),
    "net.keras": (b"PK\x03\x04\0\0config.json", "a model that Keras saved"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_tool_is_recognised(
    name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data, what = FOREIGN[name]
    (tmp_path / name).write_bytes(data)
    result = run("show", name)
    hint = "write its layers as a spec, as `cnncalc docs language` explains, or as a chain"
    if name == "net.py":
        hint = "write its layers as a spec; `cnncalc verify SPEC --against net.py:NAME` compares both"
    assert (result.exit_code, result.stderr.splitlines()) == (
        2,
        [f"E114 file: '{name}' is {what}, and no spec", f"  help: {hint}", "1 problem"],
    )


def test_a_function_of_a_module_is_answered_with_verify(run: Run) -> None:
    result = run("show", "torchvision.models:resnet18")
    assert result.stderr.splitlines() == [
        "E114 file: 'torchvision.models:resnet18' names Python code, which is not read here",
        "  help: the library has resnet18; "
        "`cnncalc verify resnet18 --against torchvision.models:resnet18` compares both",
        "1 problem",
    ]
