"""Programs of torch.export: small modules with their scopes, networks of the library, and archives that are none."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cnncalc
from cnncalc.cli import main
from cnncalc.exchange.graph import NotRead
from cnncalc.problem import NoAnswer

torch = pytest.importorskip("torch")
nn = torch.nn


class Block(nn.Module):  # type: ignore[misc,name-defined]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Any) -> Any:
        return torch.relu(x + self.norm(self.conv(x)))


class Small(nn.Module):  # type: ignore[misc,name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.blocks = nn.Sequential(Block(8), Block(8))
        self.gate = nn.Conv2d(8, 8, 1)
        self.pool = nn.MaxPool2d(3, 2, 1, ceil_mode=True)
        self.fc = nn.Linear(8 * 36, 10)

    def forward(self, x: Any) -> Any:
        x = self.blocks(nn.functional.gelu(self.stem(x)))
        x = x * self.gate(x.mean((2, 3), keepdim=True)).sigmoid()
        x = self.pool(nn.functional.pad(x, (1, 0, 1, 0)))
        x = x.view(x.shape[0], -1)
        return {"classes": nn.functional.dropout(self.fc(x), 0.5, self.training), "features": x}


def saved(folder: Path, module: Any, *shapes: tuple[int, ...], **options: Any) -> str:
    file = folder / "net.pt2"
    program = torch.export.export(module.eval(), tuple(torch.zeros(1, *shape) for shape in shapes), **options)
    torch.export.save(program, file)
    return str(file)


def changed(file: str, change: Callable[[Any], None]) -> str:
    """Change the JSON of a program, or its files."""
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = next(each for each in files if each.endswith("model.json"))
    tree = json.loads(files[name])
    change(tree)
    files[name] = json.dumps(tree).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    return file


def test_a_module_is_read_as_it_was_written(tmp_path: Path) -> None:
    network = cnncalc.load(saved(tmp_path, Small(), (3, 17, 17)))
    model = Small()
    assert network.report().totals.params == sum(p.numel() for p in model.parameters())
    assert {name: str(network.nodes[i].y) for name, i in network.outputs.items()} == {
        "classes": "10",
        "features": "288",
    }
    assert [(node.path, str(node.layer)) for node in network.layers()][:6] == [
        ("stem.conv", "conv 8 3x3 stride=2 pad=1"),
        ("stem.gelu", "gelu"),
        ("blocks.1.conv", "conv 8 3x3 pad=1 bias=no"),
        ("blocks.1.batchnorm", "batchnorm"),
        ("blocks.1.add", "add"),
        ("blocks.1.relu", "relu"),
    ]
    assert "outputs compared with those of the model on the same random weights: they agree" in network.remarks


def test_one_that_takes_any_number_of_images(tmp_path: Path) -> None:
    batch = torch.export.Dim("batch", min=1, max=64)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 5))
    file = tmp_path / "net.pt2"
    program = torch.export.export(module.eval(), (torch.zeros(4, 3, 8, 8),), dynamic_shapes=({0: batch},))
    torch.export.save(program, file)
    network = cnncalc.load(str(file))
    assert [str(node.layer) for node in network.layers()] == ["conv 4 3x3", "flatten", "linear 5"]


def test_the_commands_take_it(tmp_path: Path) -> None:
    file = saved(tmp_path, nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (3, 8, 8))
    run = CliRunner().invoke
    shown = run(main, ["show", file, "--format", "json"])
    assert json.loads(shown.stdout)["totals"]["params"] == 112
    text = run(main, ["import", file])
    assert (text.exit_code, "conv 4 3x3 -> relu" in text.stdout) == (0, True)
    piped = run(main, ["show", "-"], input=Path(file).read_bytes())
    assert (piped.exit_code, "conv 4 3x3" in piped.stdout) == (0, True)
    assert run(main, ["verify", file]).exit_code == 0
    assert run(main, ["show", file, "--input", "10x10x3"]).exit_code == 0


def test_an_operator_that_is_not_known_is_named_with_its_place(tmp_path: Path) -> None:
    class Odd(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: Any) -> Any:
            return torch.fft.fft(self.conv(x)).real.cumsum(1)

    file = saved(tmp_path, Odd(), (3, 8, 8))
    with pytest.raises(NotRead) as refused:
        cnncalc.load(file)
    assert [problem.message for problem in refused.value] == [
        "fft_fft: aten.fft_fft of 1x4x6x6 is no operator that is read",
        "real: aten.real of 1x4x6x6 is no operator that is read",
        "cumsum: aten.cumsum of 1x4x6x6 is no operator that is read",
    ]
    result = CliRunner().invoke(main, ["import", file])
    assert result.exit_code == 1


@pytest.mark.parametrize("target", ["torch.ops.aten.from_file.default", "os.system", "torch.load", "builtins.eval"])
def test_nothing_but_known_operators_is_called(target: str, tmp_path: Path) -> None:
    def change(tree: Any) -> None:
        tree["graph_module"]["graph"]["nodes"][0]["target"] = target

    file = changed(saved(tmp_path, nn.Sequential(nn.Conv2d(3, 4, 3)), (3, 8, 8)), change)
    with pytest.raises(NotRead, match="is no operator that is read"):
        cnncalc.load(file)


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    whole = Path(saved(tmp_path, nn.Sequential(nn.Conv2d(3, 4, 3)), (3, 8, 8))).read_bytes()
    cut = tmp_path / "cut.pt2"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotRead, match=r"cut.pt2 cannot be read as a zip: File is not a zip file"):
        cnncalc.load(str(cut))
    foreign = tmp_path / "foreign.pt2"
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(NotRead, match=r"foreign.pt2 is a zip with no program of torch.export: it has 1 files"):
        cnncalc.load(str(foreign))
    for text, why in (
        ("{", "is no JSON, or only a part of one"),
        ("[]", "is not laid out as PyTorch writes it"),
        ('{"graph_module": {"graph": {}}}', "is not laid out as PyTorch writes it: KeyError 'tensor_values'"),
    ):
        odd = tmp_path / "odd.pt2"
        with zipfile.ZipFile(odd, "w") as archive:
            archive.writestr("odd/models/model.json", text)
        with pytest.raises(NotRead, match=why):
            cnncalc.load(str(odd))


def test_the_size_of_what_is_read_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnncalc.exchange.readers import exported

    file = saved(tmp_path, nn.Sequential(nn.Conv2d(3, 4, 3)), (3, 8, 8))
    monkeypatch.setattr(exported, "LARGEST", 1000)
    with pytest.raises(NotRead, match=r"the program in net.pt2 has more than"):
        cnncalc.load(file)


def test_shapes_that_do_not_fit_are_reported(tmp_path: Path) -> None:
    file = saved(tmp_path, nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 5)), (3, 8, 8))
    with pytest.raises(NoAnswer, match=r"net.pt2, run on 16x16x3, raised RuntimeError: a and b must") as refused:
        cnncalc.load(file, input="16x16x3")
    assert "it was in 2, Linear(), on 784" in str(refused.value)


LIBRARY = ("lenet5", "resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", "efficientnet_b0", "siamese")


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", LIBRARY)
def test_networks_of_the_library_are_read_back(name: str, tmp_path: Path) -> None:
    network = cnncalc.load(name)
    shapes = [shape.chw for shape in network.input_shapes().values()]
    again = cnncalc.load(saved(tmp_path, network.torch(), *shapes))
    totals, found = network.report().totals, again.report().totals
    assert (found.params, found.macs) == (totals.params, totals.macs)
    assert [again.nodes[i].y for i in again.outputs.values()] == [network.nodes[i].y for i in network.outputs.values()]


def test_a_pipe_of_bytes_is_the_same_as_a_file(tmp_path: Path) -> None:
    data = Path(saved(tmp_path, nn.Sequential(nn.Conv2d(3, 4, 3)), (3, 8, 8))).read_bytes()
    assert zipfile.is_zipfile(io.BytesIO(data))
    assert [str(node.layer) for node in cnncalc.load("-", stdin=lambda: data).layers()] == ["conv 4 3x3"]
