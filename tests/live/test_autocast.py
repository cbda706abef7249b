"""What layers keep under torch.autocast, against saved_tensors_hooks on the CPU, with its own list and with CUDA's."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.network.memory import Options, Plans
from cnncalc.network.network import Network
from cnncalc.network.training import Precision, Training
from tests.effort import families, few
from tests.live.test_saved_tensors import CHAINS, CLOSE, MANY, OTHERWISE, following, kept

torch = pytest.importorskip("torch")

HEADER = Path(torch.__file__).parent / "include" / "ATen" / "autocast_mode.h"
OWN_OF_CPU = (
    *(
        "avg_pool3d",
        "max_pool3d",
        "adaptive_max_pool3d",
        "adaptive_avg_pool3d",
        "max_unpool2d",
        "max_unpool3d",
        "grid_sampler",
        "reflection_pad1d",
    ),
    *("reflection_pad2d", "replication_pad1d", "replication_pad2d", "replication_pad3d"),
)
"""Operations of our kinds that only the CPU's list casts to float32."""


def of_header(name: str) -> list[str]:
    """Return the operations of one of PyTorch's lists for CUDA, as they are registered."""
    text = HEADER.read_text("utf-8").partition(f"#define AT_FORALL_{name}(_)")[2].partition("\n\n")[0]
    return [".".join(re.split(r", *", found)) for found in re.findall(r"_\((\w+(?:, *\w+)?)\)", text)]


@contextmanager
def lists_of_cuda() -> Iterator[None]:
    """Make autocast on the CPU follow the lists of CUDA: this PyTorch has no CUDA, but it has its lists."""
    library = torch.library.Library("aten", "IMPL", "AutocastCPU")

    def in_float32(operation: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            def wide(value: Any) -> Any:
                return value.float() if isinstance(value, torch.Tensor) and value.is_floating_point() else value

            with torch._C._ExcludeDispatchKeyGuard(torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastCPU)):
                args, kwargs = torch.utils._pytree.tree_map(wide, (args, kwargs))
                return operation(*args, **kwargs)

        return run

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (*of_header("FP32"), *of_header("FP32_SET_OPT_DTYPE"), "norm.Scalar", "norm.ScalarOpt_dim"):
            base, _, overload = name.partition(".")
            library.impl(name, in_float32(getattr(getattr(torch.ops.aten, base), overload or "default")))
        for name in OWN_OF_CPU:
            library.impl(name, torch.library.fallthrough_kernel)
    try:
        yield
    finally:
        library._destroy()


def on_cpu(module: Any, mode: Any) -> Any:
    """Return a module of meta tensors with tensors that the mode says to be on the CPU, so that autocast sees them."""
    for part in module.modules():
        for tensors in (part._parameters, part._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    made = mode.fake_tensor_converter.from_meta_and_device(mode, tensor.detach(), torch.device("cpu"))
                    with mode:
                        parameter = isinstance(tensor, torch.nn.Parameter)
                        tensors[name] = torch.nn.Parameter(made, tensor.requires_grad) if parameter else made
    return module


def as_on_cuda(training: Training) -> int:
    """Return how much less than CUDA's kernels those of the CPU keep: statistics in bfloat16, masks of 2 or 4 bytes."""
    less = 0
    for step in training.steps[1:]:
        types = [training.types[index] for index in step.node.inputs]
        for extra in training.rules[step.node.index].saves.extras if step.tracked else ():
            values = extra.values * (1 if extra.once else training.batch)
            if extra.mask:
                less += values * (1 - types[0])
            elif extra.type == "statistic":
                less += values * (4 - training.types[step.node.index])
    return less


def difference(network: Network, batch: int = 2, *, device: str = "cpu") -> str | None:
    """Return how what is kept differs from what the rules say; None where it does not."""
    training = Training(network, batch, Precision(low=2, cuda=device == "cuda"), inplace=False)
    mode = torch._subclasses.fake_tensor.FakeTensorMode()
    module = on_cpu(network.torch(device="meta").train(), mode)
    with mode, lists_of_cuda() if device == "cuda" else nullcontext():
        volumes = [torch.rand(batch, *shape.chw) for shape in network.input_shapes().values()]
        with torch.autocast("cpu", torch.bfloat16):
            theirs = kept(module, volumes)
    ours = training.saved() - (as_on_cuda(training) if device == "cuda" else 0)
    return None if theirs == ours else f"{network.name}: autograd keeps {theirs:,} bytes, the rules say {ours:,}"


def chains(kind: str) -> Iterator[str]:
    """Yield chains that end in a kind, on a volume of float32 and on one of bfloat16."""
    example = KINDS[kind].example.replace("100x64", "9x5")  # recurrent layers are slow
    first, *rest = example.split(" -> ")
    network = cnncalc.load(example)
    last = network.nodes[-1]
    alone = len(last.x) == 1
    entering, behind = (str(last.x[0]), [str(last.layer)]) if alone else (first, rest)
    channels = entering.split("x")[-1]
    yield " -> ".join((entering, "place_bias", *behind))
    make = f"conv {channels} 1" if entering.count("x") in (2, 3) else f"linear {channels}"
    yield " -> ".join((entering, make, *behind))


def peaks(network: Network, batch: int, *, device: str = "cpu") -> tuple[int, int]:
    """Return the peak of forward and backward pass, as PyTorch has it and as it is computed."""
    mode = torch._subclasses.fake_tensor.FakeTensorMode()
    module = on_cpu(network.torch(device="meta").train(), mode)
    with mode, lists_of_cuda() if device == "cuda" else nullcontext():
        volumes = [torch.rand(batch, *shape.chw) for shape in network.input_shapes().values()]
        with following(module, volumes) as live:
            with torch.autocast("cpu", torch.bfloat16):
                result = module(*volumes)
                ends = list(result.values()) if isinstance(result, dict) else [result]
                targets = (torch.empty(end.shape[:1] + end.shape[2:], dtype=torch.long) for end in ends)
                losses = map(torch.nn.functional.cross_entropy, ends, targets)
                total = sum(losses)
            del result, ends
            total.backward()
    moments = Plans(network).run(Options(batch, device=device, foreach=False, amp="bf16")).moments
    return live.most, max(moment.live for moment in moments if moment.phase != "step")


QUICK = ("conv", "linear", "batchnorm", "lrn", "normalize", "softmax", "cross_attention", "lstm", "mul", "blur_pool")


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_some_kinds(device: str) -> None:
    assert [
        found for kind in QUICK for chain in chains(kind) if (found := difference(cnncalc.load(chain), device=device))
    ] == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_each_kind(device: str) -> None:
    every = [chain for kind in KINDS.keys() - set(OTHERWISE) for chain in (*chains(kind), *CHAINS)]
    found = {chain: difference(cnncalc.load(chain), device=device) for chain in dict.fromkeys(every)}
    assert {chain: said for chain, said in found.items() if said} == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("name", few(families(), every=4))
def test_a_network_of_each_family(name: str, device: str) -> None:
    assert difference(cnncalc.load(name), device=device) is None


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_peaks(device: str) -> None:
    theirs, ours = peaks(cnncalc.load("resnet18"), 8, device=device)
    assert ours == pytest.approx(theirs, rel=CLOSE / 5)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", MANY.split())
def test_peaks_of_many(name: str) -> None:
    theirs, ours = peaks(cnncalc.load(name), 8)
    assert ours == pytest.approx(theirs, rel=CLOSE)


def test_frozen_weights_are_cast_again() -> None:
    """By hand: a frozen weight is cast for its product, and kept where its input has a gradient; its input is not."""
    network = cnncalc.load("64 -> linear 32 -> linear 16 -> linear 8")
    everything = 2 * (64 + 32 + 16 + 32 * 16 + 16 * 8)
    assert network.memory(amp="bf16").saved_bytes == everything
    assert network.memory(amp="bf16", freeze=["linear2"]).saved_bytes == everything - 2 * 32
    # What is run keeps the casts of all weights and biases up to its end.
    casts = 2 * (64 * 32 + 32 + 32 * 16 + 16 + 16 * 8 + 8)
    assert network.memory(amp="bf16", inference=True).arena_bytes == casts + 2 * (16 + 8)
