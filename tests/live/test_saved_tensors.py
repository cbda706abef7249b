"""What layers keep for the backward pass, against torch.autograd.graph.saved_tensors_hooks, and live memory."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given

import cnncalc
from cnncalc.exchange.graph import Graph
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.lecun import PlaceBias
from cnncalc.layers.norm import BatchNorm
from cnncalc.live.build import module_names
from cnncalc.network.memory import Options, Plans
from cnncalc.network.network import Group, Network
from cnncalc.network.training import Precision, Training, frozen_below
from cnncalc.shape import Shape
from cnncalc.spec.model import Broken
from tests.effort import families
from tests.strategies import layers

torch = pytest.importorskip("torch")

ON_CPU = Precision(cuda=False)


def trained(
    network: Network, batch: int, *, inplace: bool = False, channels_last: bool = False, device: str = "meta"
) -> tuple[Training, Any, list[Any]]:
    """Return a network's training, its module in training mode, and volumes to train on."""
    training = Training(network, batch, ON_CPU, inplace=inplace, channels_last=channels_last)
    module = network.torch(device=device).train()
    if inplace:
        modules, names = dict(module.named_modules()), module_names(node.path for node in network.layers())
        for step in training.steps:
            if step.node.kind != "input" and step.storage != step.node.index and step.node.layer.overwrites:
                modules[names[step.node.path]].inplace = True
    volumes = [torch.rand(batch, *shape.chw, device=device) for shape in network.input_shapes().values()]
    if channels_last:
        module = module.to(memory_format=torch.channels_last)
        volumes = [v.to(memory_format=torch.channels_last) if v.dim() == 4 else v for v in volumes]
    return training, module, volumes


def kept(module: Any, volumes: list[Any]) -> int:
    """Return the bytes that autograd keeps, weights and buffers left out, storages counted once."""
    own = {tensor.untyped_storage()._cdata for tensor in (*module.parameters(), *module.buffers())}
    sizes: dict[int, int] = {}
    alive = []

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        alive.append((tensor, storage))  # so that no other storage gets its address
        if storage._cdata not in own:
            sizes[storage._cdata] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        module(*volumes)
    return sum(sizes.values())


def difference(network: Network, batch: int = 2, *, device: str = "meta", **options: bool) -> str | None:
    """Return how what is kept differs from what the rules say; None where it does not."""
    training, module, volumes = trained(network, batch, device=device, **options)
    theirs, ours = kept(module, volumes), training.saved()
    return None if theirs == ours else f"{network.name}: autograd keeps {theirs:,} bytes, the rules say {ours:,}"


def chains(kind: str) -> Iterator[str]:
    """Yield chains that end in a kind, on a volume with its channels first and, behind layernorm, last."""
    example = KINDS[kind].example.replace("100x64", "9x5")  # recurrent layers are slow
    first, *rest = example.split(" -> ")
    network = cnncalc.load(example)
    last = network.nodes[-1]
    alone = len(last.x) == 1
    entering, behind = (str(last.x[0]), [str(last.layer)]) if alone else (first, rest)
    yield " -> ".join((entering, "place_bias", *behind))
    if "x" in entering:
        yield " -> ".join((entering, "place_bias", "layernorm", *behind))


OTHERWISE = ("deform_conv", "deform_conv_by")
"""Kinds whose twin is not what is trained: their rule is that of torchvision's operator."""


def test_each_kind_keeps_what_its_rule_says() -> None:
    differences, without = [], []
    for kind in KINDS.keys() - set(OTHERWISE):
        for chain in chains(kind):
            network = cnncalc.load(chain)
            if Training(network, 2, ON_CPU).unknown:
                without.append(kind)
            elif found := difference(network):
                differences.append(f"{chain}: {found}")
    assert differences == []
    assert without == []


@pytest.mark.parametrize("kind", ["add", "mul", "divide", "maximum", "average", "stack"])
def test_functions_of_several_volumes(kind: str) -> None:
    network = cnncalc.load(
        {"input": "8x8x16", "layers": [{"a": "conv 16 3x3 pad=1"}, {"b": "elu"}, "gelu", f"{kind} a b", "relu"]}
    )
    assert difference(network) is None
    if kind != "stack":  # one volume of the three has no gradient
        mixed = {"input": "8x8x16", "layers": [{"a": "conv 16 3x3 pad=1"}, f"{kind} input", "elu", f"{kind} input a"]}
        assert difference(cnncalc.load(mixed)) is None


CHAINS = (
    "28x28x16 -> conv 8 3x3 pad=0:1 -> maxpool 3 stride=2 pad=0:1 -> avgpool 3 stride=2 pad=1:0 -> conv 4 3x3 pad=1 "
    "pad_mode=circular -> conv 3 3x3 pad=1 pad_mode=reflect -> depthwise 3x3 pad=1 pad_mode=replicate",
    "8x8x16 -> conv 8 3x3 -> pad 1 mode=reflect -> pad 1 mode=circular -> pad 1 mode=replicate",
    "8x8x16 -> conv 8 3x3 -> batchnorm affine=no -> groupnorm 2 affine=no -> instancenorm affine=yes -> "
    "layernorm affine=no -> rms_norm affine=no -> layernorm whole=yes -> rescale 2 -> batchnorm frozen=yes -> "
    "dropout 0 -> drop_path 0 -> dropout 0.3",
    "8x8x16 -> conv 8 3x3 -> layernorm -> slice 0 4 -> tokens -> linear 5 -> flatten -> linear 4",
    "8x8x16 -> conv 8 3x3 -> slice 0 4 -> tokens -> linear 5 -> slice 0 3 -> linear 5 -> attention 1 -> token",
    "8x8x16 -> conv 8 3x3 -> layernorm -> depthwise 3x3 -> reshape _x2 -> permute [1,0] -> linear 3 -> resize 9",
    "16x16x3 -> conv 8 2x2 stride=2 -> layernorm -> space_to_depth 2 -> window_attention 2 2x2 shift=1 -> "
    "pixel_shuffle 2 -> shuffle 2 -> select [0,1] -> unbind 0 -> linear 2",
    "16x16x3 -> conv 8 2x2 stride=2 -> layernorm -> lrn 3 -> global_response_norm -> local_conv 3 2x2 -> subsample 2",
    "8x8x6 -> conv 4 3x3 parametrize=weight_norm -> conv 4 3x3 parametrize=spectral_norm -> "
    "conv 4 3x3 parametrize=standardize -> conv_transpose 4 3x3 parametrize=spectral_norm -> depthwise 3x3 "
    "parametrize=scaled_standardize -> flatten -> linear 5 parametrize=weight_norm -> "
    "linear 4 parametrize=spectral_norm",
    "9x5 -> lstm 4 layers=2 bidirectional=yes project=3 bias=no -> gru 4 bidirectional=yes -> rnn 3 layers=2",
)


@pytest.mark.parametrize("chain", CHAINS)
def test_layouts_and_fields(chain: str) -> None:
    assert difference(cnncalc.load(chain), 3, device="cpu") is None


@pytest.mark.parametrize("chain", [chain for chain in CHAINS if "weight_norm" not in chain])  # it copies such weights
def test_channels_last(chain: str) -> None:
    assert difference(cnncalc.load(chain), 3, device="cpu", channels_last=True) is None


def test_frozen_weights_need_no_input() -> None:
    network = cnncalc.load("12x12x3 -> conv 8 3x3 -> conv 8 3x3 -> scale -> flatten -> linear 8 -> linear 4")
    frozen = ("conv2", "scale", "linear")
    _, module, volumes = trained(network, 2)
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(not name.startswith(tuple(f"{path}." for path in frozen)))
    training = Training(network, 2, ON_CPU, inplace=False, frozen=frozen_below(frozen))
    assert kept(module, volumes) == training.saved()


def test_deformable_convolutions_keep_what_torchvision_keeps() -> None:
    """torchvision.ops.deform_conv2d saves the input, the offsets and the mask."""
    network = cnncalc.load("8x8x6 -> relu -> place_bias -> deform_conv 4 3x3 mask=yes")
    positions = 6 * 6
    assert Training(network, 2, ON_CPU).saved() == 4 * 2 * (8 * 8 * 6 + (27 + 9) * positions)


def test_activations_in_place() -> None:
    chain = "16x16x3 -> conv 8 3x3 -> batchnorm -> relu -> conv 8 3x3 -> silu -> conv 8 1x1 -> elu -> relu -> linear 3"
    network = cnncalc.load(chain.replace("linear 3", "global_avgpool"))
    assert difference(network, inplace=True) is None


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "googlenet"])
def test_networks(name: str) -> None:
    assert difference(cnncalc.load(name)) is None
    assert difference(cnncalc.load(name), inplace=True) is None


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["alexnet", "densenet121", "shufflenet_v2_x1_0", "convnext_tiny", "squeezenet1_1"])
def test_networks_with_channels_last(name: str) -> None:
    assert difference(cnncalc.load(name, input="96x96x3"), device="cpu", channels_last=True) is None


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", families())
def test_a_network_of_each_family(name: str) -> None:
    network = cnncalc.load(name)
    if any(isinstance(node.layer, BatchNorm) and node.layer.frozen for node in network.layers()):
        # On meta PyTorch keeps statistics that it does not keep on a device; the size does not matter to the rules.
        small = cnncalc.load(name, input="128x128x3")
        assert difference(small, device="cpu") is None
    else:
        assert difference(network) is None


def alone(layer: Layer, xs: tuple[Shape, ...]) -> Network:
    """Return a network of one layer, whose volumes all have a gradient."""
    graph = Graph("one")
    inputs = [graph.input(f"x{number}", x) for number, x in enumerate(xs)]
    tracked = [graph.add(PlaceBias(len(x.sides)), index, path=f"b{index}") for x, index in zip(xs, inputs, strict=True)]
    graph.output("output", graph.add(layer, *tracked, path="layer"))
    graph.finished()
    return Network("one", "", "", graph.nodes, graph.inputs, graph.outputs, Group("", Broken(), 0))


@pytest.mark.exhaustive
@given(layers())
def test_any_layer(drawn: tuple[Layer, tuple[Shape, ...]]) -> None:
    layer, xs = drawn
    network = alone(layer, xs)
    if not Training(network, 3, ON_CPU).unknown:
        assert difference(network, 3) is None, f"{layer} on {', '.join(map(str, xs))}"


class Live(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[misc]
    """Follows the bytes of all storages that are alive, operation by operation."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.sizes: dict[int, int] = {}

    def add(self, tensor: Any) -> None:
        storage = tensor.untyped_storage()
        address = storage._cdata
        if address not in self.sizes:
            self.sizes[address] = storage.nbytes()
            self.now += storage.nbytes()
            weakref.finalize(storage, self.gone, address)

    def gone(self, address: int) -> None:
        self.now -= self.sizes.pop(address, 0)

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in torch.utils._pytree.tree_flatten(result)[0]:
            if isinstance(tensor, torch.Tensor):
                self.add(tensor)
        self.most = max(self.most, self.now)
        return result


@contextmanager
def following(module: Any, volumes: list[Any]) -> Iterator[Live]:
    live = Live()
    for tensor in (*module.parameters(), *module.buffers(), *volumes):
        live.add(tensor)
    with live:
        yield live


def peaks(name: str, batch: int) -> tuple[int, int]:
    """Return the peak of forward and backward pass, as PyTorch has it and as it is computed."""
    network = cnncalc.load(name)
    _, module, volumes = trained(network, batch)
    with following(module, volumes) as live:
        result = module(*volumes)
        ends = list(result.values()) if isinstance(result, dict) else [result]
        targets = (torch.empty(end.shape[:1] + end.shape[2:], dtype=torch.long, device="meta") for end in ends)
        losses = [torch.nn.functional.cross_entropy(end, target) for end, target in zip(ends, targets, strict=True)]
        del result, ends
        sum(losses).backward()  # type: ignore[union-attr]
    moments = Plans(network).run(Options(batch, device="cpu", foreach=False)).moments
    return live.most, max(moment.live for moment in moments if moment.phase != "step")


CLOSE = 0.005
"""PyTorch adds gradients in place where nothing else holds them, but not under the mode that follows them."""


@pytest.mark.parametrize("name", ["alexnet", "resnet18"])
def test_peaks(name: str) -> None:
    theirs, ours = peaks(name, 8)
    assert ours == pytest.approx(theirs, rel=CLOSE)


@pytest.mark.parametrize("attention", ["attention 4", "attention 1 out_proj=no", "window_attention 8 16x16"])
def test_peaks_of_scores(attention: str) -> None:
    """Scores of 256 positions by 256 outweigh the rest: in the backward pass they they are alive three times."""
    theirs, ours = peaks(f"16x16x8 -> place_bias -> {attention} -> flatten -> linear 1", 4)
    assert theirs <= ours <= 1.02 * theirs


@pytest.mark.parametrize("recurrent", ["lstm 64", "gru 64", "rnn 64", "gru 64 layers=2 bidirectional=yes"])
def test_peaks_of_steps_are_about(recurrent: str) -> None:
    network = cnncalc.load(chain := f"20x16 -> place_bias -> {recurrent} -> flatten -> linear 1")
    saves = network.nodes[2].layer.saves(*network.nodes[2].x)
    theirs, ours = peaks(chain, 4)
    assert saves is not None
    assert ours == pytest.approx(theirs, rel=saves.about / 100)


MANY = """
    vgg16_bn resnet50 resnet101 resnext50_32x4d wide_resnet50_2 densenet121 densenet201 mobilenet_v2 mobilenet_v3_large
    mobilenet_v3_small squeezenet1_1 googlenet efficientnet_b0 efficientnet_v2_s convnext_tiny vit_b_16 swin_t swin_v2_t
    inception_v3 shufflenet_v2_x1_0 mnasnet1_0 regnet_y_400mf regnet_x_3_2gf maxvit_t lenet5 unet vgg11 resnet34
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", MANY.split())
def test_peaks_of_many(name: str) -> None:
    theirs, ours = peaks(name, 8)
    assert ours == pytest.approx(theirs, rel=CLOSE)
