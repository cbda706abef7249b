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
    "net.py": (b"import torch\nclass Net(nn.Module):\n    pass\n", "a Python program"),
    "net.h5": (b"\x89HDF\r\n\x1a\n\0\0", "a model or weights in HDF5, as Keras saves them"),
}
BROKEN = {
    "model.json": (
        b'{"class_name": "Sequential", "config": {"layers": []}}',
        "E126 operation: model.json has no input that could be read",
    ),
    "net.pt": (
        b"PK\x03\x04\0\0archive/data.pkl",
        "E114 file: 'net.pt' is cut off: the directory at the end of its archive is missing",
    ),
    "net.keras": (
        b"PK\x03\x04\0\0config.json",
        "E126 operation: net.keras cannot be read as a zip: File is not a zip file",
    ),
}
"""Files of formats that are read, without what makes them whole."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_of_another_tool_is_refused(
    name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data, message = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    result = run("show", name)
    assert (result.exit_code, result.stderr.splitlines()) == (2, [message, "1 problem"])


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
        hint = "name what makes the model, as in net.py:Net; its code is run then"
    assert (result.exit_code, result.stderr.splitlines()) == (
        2,
        [f"E114 file: '{name}' is {what}, and no spec", f"  help: {hint}", "1 problem"],
    )


def test_a_function_of_a_module_is_called(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    Path("model_of_a_test.py").write_text("from torch import nn\n\n\ndef net():\n    return nn.Conv2d(3, 4, 3)\n")
    result = run("show", "model_of_a_test.py:net", "--input", "9x9x3")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "conv 4 3x3" in result.stdout
    missing = run("show", "no_such_module.models:resnet18")
    assert missing.stderr.splitlines() == [
        "E125 model: there is no module 'no_such_module'",
        "  help: is it installed for this Python? A file is named with its ending, net.py:Net",
        "1 problem",
    ]
