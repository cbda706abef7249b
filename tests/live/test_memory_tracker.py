"""The peak of a training iteration, its optimizer's step included, against PyTorch's own MemTracker."""

from typing import Any

import pytest

import cnncalc
from cnncalc.live.build import module_names
from cnncalc.network.memory import Options, Plans
from tests.effort import few
from tests.live.test_autocast import on_cpu
from tests.live.test_saved_tensors import CLOSE

torch = pytest.importorskip("torch")

SMALL = """
    lenet lenet5 lenet5_1998 m5 alexnet_torchvision alexnet alexnet_one_tower zfnet nin_cifar10 nin_imagenet c3d vgg11
    vgg_a_lrn vgg13 vgg11_bn vgg16 vgg13_bn vgg19 vgg16_bn vgg_b unet mobilenet_v1_conv mobilenet_v1_shallow darknet19
    squeezenet1_0 squeezenet1_1 preresnet18 resnet18 resnet18_32 mobilenet_v3_small
"""
"""Thirty networks of few layers: MemTracker takes seconds for each, and minutes for deep ones.

It cannot follow one thing: under its dispatch mode autograd adds gradients where a network forks into a new tensor, and
without it in place. Where the peak is at a fork, as in wrn_16_4, it has one gradient more, 1 %.
"""


def tracked(name: str, batch: int, optimizer: str, *, inplace: bool) -> tuple[int, int]:
    """Return the peak of the second iteration, as MemTracker has it and as it is computed."""
    from torch.distributed._tools.mem_tracker import MemTracker

    network = cnncalc.load(name)
    plans = Plans(network)
    options = Options(batch, optimizer, foreach=False, device="cpu", inplace=inplace)
    mode = torch._subclasses.fake_tensor.FakeTensorMode()
    module = on_cpu(network.torch(device="meta").train(), mode)
    if inplace:
        modules, names = dict(module.named_modules()), module_names(node.path for node in network.layers())
        for step in plans.run(options).steps:
            if step.node.kind != "input" and step.storage != step.node.index and step.node.layer.overwrites:
                modules[names[step.node.path]].inplace = True
    with mode:
        volumes = [torch.rand(batch, *shape.chw) for shape in network.input_shapes().values()]
        made: dict[str, Any] = {
            "sgd": lambda given: torch.optim.SGD(given, foreach=False),
            "momentum": lambda given: torch.optim.SGD(given, momentum=0.9, foreach=False),
            "adam": lambda given: torch.optim.Adam(given, foreach=False),
        }
        chosen = made[optimizer](module.parameters())
        tracker = MemTracker()
        tracker.track_external(module, chosen, *volumes)
        with tracker:
            for _ in range(2):
                tracker.reset_mod_stats()
                result = module(*volumes)
                ends = list(result.values()) if isinstance(result, dict) else [result]
                targets = [torch.empty(end.shape[:1] + end.shape[2:], dtype=torch.long) for end in ends]
                total = sum(map(torch.nn.functional.cross_entropy, ends, targets))
                del result, ends
                total.backward()
                del total
                chosen.step()
                chosen.zero_grad()
        theirs = sum(parts["Total"] for parts in tracker.get_tracker_snapshot("peak").values())
    return theirs, max(moment.live for moment in plans.run(options).moments)


@pytest.mark.parametrize(("optimizer", "inplace"), [("sgd", True), ("momentum", False), ("adam", False)])
def test_peaks(optimizer: str, inplace: bool) -> None:
    theirs, ours = tracked("resnet18", 8, optimizer, inplace=inplace)
    assert ours == pytest.approx(theirs, rel=CLOSE)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", few(SMALL.split(), every=4))
def test_peaks_of_many(name: str) -> None:
    for optimizer in ("sgd", "momentum", "adam"):
        for inplace in (False, True):
            theirs, ours = tracked(name, 8, optimizer, inplace=inplace)
            assert ours == pytest.approx(theirs, rel=CLOSE), f"{optimizer}, in place {inplace}"
