"""PyTorch source: it runs by itself, has the keys of `network.torch()`, and computes the same to the last bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import cnncalc
from cnncalc.cli import main
from cnncalc.exchange.graph import NotRead
from cnncalc.exchange.writers import NotWritten
from cnncalc.exchange.writers.torch import MODULE_NAMES
from cnncalc.layers import KINDS
from cnncalc.layers.recurrent import Recurrent
from cnncalc.library import names
from tests.effort import families, few

torch = pytest.importorskip("torch")

RESIDUAL = """\
name: small
input: 16x16x3
blocks:
  unit out stride=1:
    - add:
        body: conv out 3x3 stride=stride pad=1 bias=no -> batchnorm -> relu
        skip:
          - if: channels != out
            then: conv out 1x1 stride=stride bias=no
            else: identity
    - relu
  gate:
    - mul:
        skip: identity
        weights: global_avgpool -> flatten -> linear channels//2 -> relu -> linear 2*channels -> sigmoid
layers:
  - stem: conv 4 3x3 pad=0:1
  - stage: unit 8 2 -> 3 * unit 8
  - aux: {side: global_avgpool -> flatten -> linear 3}
  - gate
  - 1x1: conv 6 1x1
  - type: layernorm -> scale -> rescale 0.5 -> slice 0 4
  - tokens -> class_token -> position -> attention 2 -> token 0 -> linear 5
"""
COMPARE = """\
import importlib.util, sys, torch
spec = importlib.util.spec_from_file_location("written", sys.argv[1])
written = importlib.util.module_from_spec(spec)
spec.loader.exec_module(written)
net = written.Net()
state, inputs, outputs, trained = torch.load(sys.argv[2], weights_only=True)
assert {k: v.shape for k, v in net.state_dict().items()} == {k: v.shape for k, v in state.items()}
net.load_state_dict(state)
for mode, wanted in ((False, outputs), (True, trained)):
    torch.manual_seed(0)  # of dropout
    with torch.no_grad():
        found = net.train(mode)(*inputs)
    found = found if isinstance(found, dict) else {"output": found}
    assert list(found) == list(wanted), (list(found), list(wanted))
    if sys.argv[3] == "equal":
        assert all(torch.equal(found[k], wanted[k]) for k in wanted)
    assert all(torch.allclose(found[k], wanted[k], atol=1e-6) for k in wanted)
"""


def check(network: cnncalc.Network, folder: Path) -> str:
    """Run the source in a process of its own, and compare it with the network as we build it."""
    text = cnncalc.export(network, "torch").text
    source, data, script = folder / "written.py", folder / "data.pt", folder / "compare.py"
    source.write_text(text, "utf-8")
    script.write_text(COMPARE, "utf-8")
    torch.manual_seed(0)
    model = network.torch()
    inputs = [torch.randn(2, *shape.chw) for shape in network.input_shapes().values()]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    found = []
    for mode in (False, True):
        torch.manual_seed(0)  # of dropout
        with torch.no_grad():
            made = model.train(mode)(*inputs)
        found.append(made if isinstance(made, dict) else {"output": made})
    torch.save([state, inputs, *found], data)
    fused = any(isinstance(node.layer, Recurrent) for node in network.layers())  # PyTorch's own, in another order
    how = "close" if fused else "equal"
    done = subprocess.run([sys.executable, script, source, data, how], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:] + text
    return text


def test_every_sort_of_layer_runs_and_computes_the_same(tmp_path: Path) -> None:
    text = check(cnncalc.load("-", stdin=RESIDUAL.encode), tmp_path)
    assert "import cnncalc" not in text


SMALL = ("lenet5", "siamese", "densenet121_cifar", "mobilenet_v3_small", "googlenet", "shufflenet_v2_x0_5", "swin_t")


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [name for name in SMALL if name in names()])
def test_networks_of_the_library_compute_the_same(name: str, tmp_path: Path) -> None:
    check(cnncalc.load(name), tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", few(families(), every=2))
def test_the_library_has_the_same_keys_and_shapes(name: str, tmp_path: Path) -> None:
    network = cnncalc.load(name)
    try:
        text = cnncalc.export(network, "torch").text
    except NotWritten as refused:
        pytest.skip(str(refused))
    space: dict[str, object] = {"__name__": "written"}
    with torch.device("meta"):
        exec(compile(text, "written.py", "exec"), space)
        net = space["Net"]().eval()  # type: ignore[operator]
    model = network.torch(device="meta").eval()
    assert {k: v.shape for k, v in net.state_dict().items()} == {k: v.shape for k, v in model.state_dict().items()}
    inputs = [torch.empty(1, *shape.chw, device="meta") for shape in network.input_shapes().values()]
    found, wanted = net(*inputs), model(*inputs)
    if isinstance(wanted, dict):
        assert {k: v.shape for k, v in found.items()} == {k: v.shape for k, v in wanted.items()}
    else:
        assert found.shape == wanted.shape


@pytest.mark.parametrize(("name", "most"), [("resnet50", 120), ("densenet121", 150), ("vgg16", 120)])
def test_source_is_short_and_formatted(name: str, most: int, tmp_path: Path) -> None:
    text = cnncalc.export(name, "torch").text
    assert text.count("\n") <= most
    file = tmp_path / "net.py"
    file.write_text(text, "utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("without ruff")
    done = subprocess.run([ruff, "format", "--isolated", "--diff", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_bottleneck_as_one_writes_it() -> None:
    text = cnncalc.export("resnet50", "torch").text
    assert (
        """\
    def forward(self, x):
        return self.relu(self.body(x) + self.skip(x))
"""
        in text
    )
    assert "        self.conv2 = numbered(" in text
    assert "        x = self.conv1(x)  # 64x112x112\n" in text


def test_what_cannot_be_written_is_refused_by_name() -> None:
    with pytest.raises(NotWritten) as refused:
        cnncalc.export("20x8 -> conv 4 3 -> lstm 16 biases=1", "torch")
    (problem,) = refused.value
    why = "PyTorch's LSTM has two biases, write biases=2"
    assert problem.message == f"lstm: lstm 16 biases=1 cannot be written for PyTorch: {why}"


@pytest.mark.parametrize("form", ["torch", "onnx"])
def test_a_fault_of_a_layer_is_not_reported_as_one_of_the_user(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What building a layer raises by a fault of ours is no reason that its network cannot be written."""
    if form == "onnx":
        pytest.importorskip("onnx")

    def build(*_: object) -> None:
        raise KeyError("kernel")

    monkeypatch.setattr(KINDS["relu"], "build", build)
    with pytest.raises(KeyError, match="kernel"):
        cnncalc.export("8x8x3 -> relu", form)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_written(kind: str) -> None:
    compile(cnncalc.export(cnncalc.load(KINDS[kind].example), "torch").text, "written.py", "exec")


@pytest.mark.parametrize(
    "chain",
    [
        "16x16x4 -> separable 6 3x3 stride=2 pad=same -> partial_conv 3x3 [[0,1],[1,2]] stride=2 pad=same",
        pytest.param("10x8 -> lstm 6 -> gru 5 bidirectional=yes sequence=no", marks=pytest.mark.exhaustive),
        pytest.param("10x8 -> lstm 6 project=3 layers=2 sequence=no", marks=pytest.mark.exhaustive),
        pytest.param("10x8 -> rnn 6 bidirectional=yes bias=no layers=2", marks=pytest.mark.exhaustive),
        pytest.param("12x12x4 -> deform_conv 6 3x3 groups=2 bias=no -> relu", marks=pytest.mark.exhaustive),
        pytest.param(
            "8x8x4 -> conv 4 3x3 parametrize=weight_norm -> conv 6 3x3 stride=2 pad=same parametrize=spectral_norm "
            "-> conv 4 1x1 parametrize=standardize -> depthwise 1x1 parametrize=weight_norm "
            "-> conv 4 1x1 parametrize=scaled_standardize -> flatten -> linear 3 parametrize=spectral_norm",
            marks=pytest.mark.exhaustive,
        ),
        pytest.param("12 -> embedding 50 8 -> gaussian_noise 0.1 -> dropout", marks=pytest.mark.exhaustive),
    ],
)
def test_layers_with_parts_of_their_own_compute_the_same(chain: str, tmp_path: Path) -> None:
    """Padding that is done before a part of a layer is a part of its call."""
    check(cnncalc.load(chain), tmp_path)


def test_the_names_that_pytorch_keeps_are_known() -> None:
    kept = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert kept <= MODULE_NAMES


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_computes_the_same(kind: str, tmp_path: Path) -> None:
    check(cnncalc.load(KINDS[kind].example), tmp_path)


def test_weights_are_a_file_beside_the_source(tmp_path: Path) -> None:
    text = "9x9x3 -> conv 4 3x3 -> batchnorm -> relu -> flatten -> linear 5"
    model = cnncalc.load(text).torch()
    weights, out = tmp_path / "given.pth", tmp_path / "net.py"
    torch.save({"state_dict": {f"module.{key}": value for key, value in model.state_dict().items()}}, weights)
    result = CliRunner().invoke(main, ["export", text, "--to", "torch", "-o", str(out), "--weights", str(weights)])
    assert (result.exit_code, result.output) == (0, "")
    source = out.read_text("utf-8")
    assert (
        '''\
def pretrained():
    """Return the network with the weights of the file beside this one."""
    net = Net()
    path = Path(__file__).with_suffix(".pt")
    net.load_state_dict(torch.load(path, weights_only=True))
    return net
'''
        in source
    )
    done = subprocess.run([sys.executable, out], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "1,105 parameters, output (1, 5)\n"), done.stderr[-2000:]
    stored = torch.load(tmp_path / "net.pt", weights_only=True)
    assert all(torch.equal(stored[key], model.state_dict()[key]) for key in stored)
    assert {*model.state_dict()} - {*stored} == {"batchnorm.num_batches_tracked"}
    result = CliRunner().invoke(main, ["export", text, "--to", "torch", "--weights", str(weights)])
    assert result.exit_code == 2
    assert "the weights are a file beside source for PyTorch: give -o FILE" in result.stderr


def numbers(network: cnncalc.Network) -> list[tuple[int, int]]:
    """Return parameters and multiply-adds of the layers that have some, in order."""
    found = [(int(row.params), int(row.macs)) for row in network.report().rows]
    return [row for row in found if any(row)]


@pytest.mark.parametrize(
    "name",
    [
        "resnet20_cifar",
        "squeezenet1_1",
        *(pytest.param(n, marks=pytest.mark.exhaustive) for n in few(families(), every=2)),
    ],
)
def test_the_source_is_read_as_the_network_that_it_is_of(name: str) -> None:
    network = cnncalc.load(name)
    space: dict[str, object] = {"__name__": "written"}
    exec(compile(cnncalc.export(network, "torch").text, "written.py", "exec"), space)
    inputs = [shape.chw for shape in network.input_shapes().values()]
    if len(inputs) > 1 or any(node.aux for node in network.layers()):
        pytest.skip("several inputs, or heads that do not run in evaluation")
    try:
        again = cnncalc.read_model(space["Net"](), input=inputs[0])  # type: ignore[operator]
    except NotRead as refused:  # a layer that PyTorch does not have, such as drop_path
        pytest.skip(str(refused))
    assert sorted(numbers(again)) == sorted(numbers(network))
    assert [again.nodes[i].y for i in again.outputs.values()] == [network.nodes[i].y for i in network.outputs.values()]


@pytest.mark.parametrize(
    ("affine", "written"), [("yes", "nn.InstanceNorm2d(8, affine=True)"), ("no", "nn.InstanceNorm2d(8)")]
)
def test_instance_normalisation_learns_nothing_by_default(affine: str, written: str) -> None:
    source = cnncalc.export(f"16x16x8 -> instancenorm affine={affine}", "torch").text
    assert f"self.instancenorm = {written}\n" in source
