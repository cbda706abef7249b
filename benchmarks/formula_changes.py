# ruff: noqa: E501  # a change stands in one line, however long
"""Deliberate changes of formulas, each in a copy of the project: does `verify` notice, do the properties, do tests?

python benchmarks/formula_changes.py [WORD]      only changes whose description has the word
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hypothesis import Phase, settings
from measure import ROOT, keep, table
from torch.utils.flop_counter import FlopCounterMode


class Change(NamedTuple):
    """One text of a file, which stands there once, and what takes its place."""

    what: str
    file: str
    old: str
    new: str


ARITH, CONV, POOL, NORM, LINEAR = (
    "numbers/arith.py",
    "layers/conv.py",
    "layers/pool.py",
    "layers/norm.py",
    "layers/linear.py",
)
GEOMETRY, WINDOW, MERGE, RESIZE = "layers/geometry.py", "layers/window.py", "layers/merge.py", "layers/resize.py"
RESHAPE, LECUN, ATTENTION, TOKENS = "layers/reshape.py", "layers/lecun.py", "layers/attention.py", "layers/tokens.py"
ACTIVATION, REPORT, RECEPTIVE = "layers/activation.py", "network/report.py", "network/receptive.py"

CHANGES = (
    Change("a window's output is one too many", ARITH, "- 1)) // stride + 1", "- 1)) // stride + 2"),
    Change(
        "a window's output is rounded up",
        ARITH,
        "return (n + (padding - dilation * (kernel - 1) - 1)) // stride + 1",
        "return ceil_div(n + padding - dilation * (kernel - 1) - 1, stride) + 1",
    ),
    Change(
        "a window forgets the stride",
        ARITH,
        "- dilation * (kernel - 1) - 1)) // stride + 1",
        "- dilation * (kernel - 1) - 1)) // 1 + 1",
    ),
    Change(
        "a window ignores its dilation",
        ARITH,
        "(n + (padding - dilation * (kernel - 1) - 1))",
        "(n + padding - (kernel - 1) - 1)",
    ),
    Change(
        "a window dilates one position too many",
        ARITH,
        "(n + (padding - dilation * (kernel - 1) - 1))",
        "(n + padding - dilation * kernel)",
    ),
    Change(
        "a window is padded on one side only",
        GEOMETRY,
        "self.stride, self.before + self.after, self.dilation)",
        "self.stride, self.before, self.dilation)",
    ),
    Change(
        "ceil mode is floor mode",
        ARITH,
        "full = ceil_div(n + before + after - dilation * (kernel - 1) - 1, stride) + 1",
        "full = (n + before + after - dilation * (kernel - 1) - 1) // stride + 1",
    ),
    Change(
        "ceil mode lets a window start in the padding",
        ARITH,
        "return minimum(full, ceil_div(n + before, stride))",
        "return full",
    ),
    Change("ceil mode forgets the padding before", ARITH, "ceil_div(n + before, stride))", "ceil_div(n, stride))"),
    Change(
        "same padding is one too many",
        ARITH,
        "dilation * (kernel - 1) + 1 - n, 0)",
        "dilation * (kernel - 1) + 2 - n, 0)",
    ),
    Change(
        "same padding may be negative",
        ARITH,
        "return maximum((ceil_div(n, stride) - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)",
        "return (ceil_div(n, stride) - 1) * stride + dilation * (kernel - 1) + 1 - n",
    ),
    Change(
        "same padding forgets the stride", ARITH, "(ceil_div(n, stride) - 1) * stride + dilation", "(n - 1) + dilation"
    ),
    Change(
        "same padding has its extra position before",
        GEOMETRY,
        "return total // 2, total - total // 2",
        "return total - total // 2, total // 2",
    ),
    Change(
        "a transposed window forgets output_pad",
        ARITH,
        "+ dilation * (kernel - 1) + 1 + extra",
        "+ dilation * (kernel - 1) + 1",
    ),
    Change(
        "a transposed window strides once too often",
        ARITH,
        "return (n - 1) * stride - padding",
        "return n * stride - padding",
    ),
    Change(
        "a transposed window is padded, not trimmed",
        ARITH,
        "return (n - 1) * stride - padding",
        "return (n - 1) * stride + padding",
    ),
    Change(
        "a convolution forgets its groups",
        CONV,
        "return (self.out, x.channels // self.groups, *self.kernel)",
        "return (self.out, x.channels, *self.kernel)",
    ),
    Change(
        "a convolution divides both channels by its groups",
        CONV,
        "return (self.out, x.channels // self.groups, *self.kernel)",
        "return (self.out // self.groups, x.channels // self.groups, *self.kernel)",
    ),
    Change(
        "a convolution's bias is one a channel of its input",
        CONV,
        'return (self.out, x.channels // self.groups, *self.kernel)\n\n    def weights(self, x: Shape) -> Tensors:\n        weight: Tensors = {"weight": self.weight(x)}\n        return made_of({**weight, "bias": (self.out,)} if self.bias else weight, self.parametrize)',
        'return (self.out, x.channels // self.groups, *self.kernel)\n\n    def weights(self, x: Shape) -> Tensors:\n        weight: Tensors = {"weight": self.weight(x)}\n        return made_of({**weight, "bias": (x.channels,)} if self.bias else weight, self.parametrize)',
    ),
    Change(
        "a convolution always has a bias",
        CONV,
        'return (self.out, x.channels // self.groups, *self.kernel)\n\n    def weights(self, x: Shape) -> Tensors:\n        weight: Tensors = {"weight": self.weight(x)}\n        return made_of({**weight, "bias": (self.out,)} if self.bias else weight, self.parametrize)',
        'return (self.out, x.channels // self.groups, *self.kernel)\n\n    def weights(self, x: Shape) -> Tensors:\n        weight: Tensors = {"weight": self.weight(x)}\n        return made_of({**weight, "bias": (self.out,)}, self.parametrize)',
    ),
    Change(
        "a transposed convolution has its channels swapped",
        CONV,
        "return (x.channels, self.out // self.groups, *self.kernel)",
        "return (self.out, x.channels // self.groups, *self.kernel)",
    ),
    Change(
        "a transposed convolution multiplies at its outputs",
        CONV,
        "return product(self.weight(x)) * product(x.sides)",
        "return product(self.weight(x)) * product(self.shape(x).sides)",
    ),
    Change(
        "a depthwise convolution forgets its multiplier",
        CONV,
        "return Shape(self.output_sides(x), x.channels * self.multiplier)",
        "return Shape(self.output_sides(x), x.channels)",
    ),
    Change(
        "a depthwise convolution sees all channels",
        CONV,
        "return (x.channels * self.multiplier, 1, *self.kernel)",
        "return (x.channels * self.multiplier, x.channels, *self.kernel)",
    ),
    Change(
        "fan out forgets the groups",
        CONV,
        "return x.channels // self.groups * places, self.out // self.groups * places\n\n    def saves",
        "return x.channels // self.groups * places, self.out * places\n\n    def saves",
    ),
    Change(
        "a linear layer's weight is turned round",
        LINEAR,
        '{"weight": (self.out, x.channels)}',
        '{"weight": (x.channels, self.out)}',
    ),
    Change(
        "a linear layer multiplies at one position only",
        LINEAR,
        "return x.values * self.out",
        "return x.channels * self.out",
    ),
    Change(
        "a linear layer counts its bias as MACs",
        LINEAR,
        "return x.values * self.out",
        "return x.values * self.out + self.out",
    ),
    Change(
        "normalisation learns 4C",
        NORM,
        "return {name: (x.channels,) for name, is_learned in self.learns().items() if is_learned}",
        "return {name: (2 * x.channels,) for name, is_learned in self.learns().items() if is_learned}",
    ),
    Change(
        "normalisation learns without affine",
        NORM,
        "return {name: (x.channels,) for name, is_learned in self.learns().items() if is_learned}",
        "return {name: (x.channels,) for name, is_learned in self.learns().items()}",
    ),
    Change(
        "batch normalisation learns its running statistics",
        NORM,
        "return {} if self.frozen else super().weights(x)",
        'return {} if self.frozen else super().weights(x) | {"running_mean": (x.channels,)}',
    ),
    Change(
        "batch normalisation keeps no variance",
        NORM,
        '{**fixed, "running_mean": (x.channels,), "running_var": (x.channels,)}',
        '{**fixed, "running_mean": (x.channels,)}',
    ),
    Change("instance normalisation learns by default", NORM, "affine: YesNo = False", "affine: YesNo = True"),
    Change(
        "concat keeps the channels of its first volume",
        MERGE,
        "Shape(xs[0].sides, sum(x.channels for x in xs))",
        "Shape(xs[0].sides, xs[0].channels)",
    ),
    Change(
        "mul takes the shape of its first volume",
        MERGE,
        "*sides, channels = (reduce(maximum, numbers) for numbers in zip(*dimensions(xs), strict=True))",
        "*sides, channels = dimensions(xs)[0]",
    ),
    Change(
        "flatten forgets the channels",
        RESHAPE,
        "return Shape((), x.values)",
        "return Shape((), x.values // x.channels)",
    ),
    Change("slice takes one channel more", RESHAPE, "self.end - self.begin)", "self.end - self.begin + 1)"),
    Change(
        "space_to_depth forgets the pixels of a block",
        RESHAPE,
        "x.channels * product(self.block))",
        "x.channels * self.block[0])",
    ),
    Change(
        "pad forgets what comes after",
        RESIZE,
        "(n + before + after for n, (before, after)",
        "(n + before for n, (before, after)",
    ),
    Change(
        "crop cuts its extra position at the beginning",
        RESIZE,
        "tuple((n - m) // 2 for n, m",
        "tuple((n - m + 1) // 2 for n, m",
    ),
    Change("partial_conv sees all channels", LECUN, "(1, len(inputs), *self.kernel)", "(1, x.channels, *self.kernel)"),
    Change(
        "partial_conv multiplies as if it saw all channels",
        LECUN,
        "product(self.kernel) * sum(map(len, self.maps))",
        "product(self.kernel) * len(self.maps) * x.channels",
    ),
    Change("local_conv shares its biases", LECUN, '"bias": (self.out, *sides)}', '"bias": (self.out,)}'),
    Change(
        "local_conv multiplies once a channel",
        LECUN,
        'def macs(self, x: Shape) -> Number:\n        return product(self.weights(x)["weight"])\n',
        'def macs(self, x: Shape) -> Number:\n        return product(self.weights(x)["weight"]) // x.channels\n',
    ),
    Change(
        "subsample learns one coefficient",
        LECUN,
        '{"weight": (x.channels,), "bias": (x.channels,)}',
        '{"weight": (1,), "bias": (x.channels,)}',
    ),
    Change("a report counts shared weights each time", REPORT, "params = buffer_values = 0", "buffer_values = 0"),
    Change(
        "totals take side heads in",
        REPORT,
        "if row.node.aux is not None:",
        "if row.node.aux is not None and row.params > 10**9:",
    ),
    Change("activations done in place count", REPORT, "if not row.node.layer.in_place:", "if True:"),
    Change(
        "a receptive field is one position short",
        RECEPTIVE,
        "last - first + 1 for first, last in spans",
        "last - first for first, last in spans",
    ),
    Change(
        "a window sees the padding after it first",
        GEOMETRY,
        "[position * self.stride - self.before + self.dilation * k",
        "[position * self.stride - self.before + k",
    ),
    Change(
        "a transposed window forgets its dilation",
        ARITH,
        "- padding + dilation * (kernel - 1) + 1 + extra",
        "- padding + (kernel - 1) + 1 + extra",
    ),
    Change(
        "attention multiplies its scores only once",
        ATTENTION,
        "return n * seen * (keys + values)",
        "return n * seen * values",
    ),
    Change(
        "attention projects three times, not four",
        ATTENTION,
        "return n * x.channels * (2 * keys + values) + self.work(x, n)",
        "return n * x.channels * (keys + values) + self.work(x, n)",
    ),
    Change(
        "windows of attention leave the padding out", ATTENTION, "product(self.padded(x)) * (4", "product(x.sides) * (4"
    ),
    Change(
        "windows of attention have too few distances",
        ATTENTION,
        "(product(2 * k - 1 for k in self.group_size), self.heads)",
        "(product(2 * k - 2 for k in self.group_size), self.heads)",
    ),
    Change(
        "positions are learned once for all channels",
        TOKENS,
        '{"pos_embedding": (1, *x.hwc)}',
        '{"pos_embedding": (1, *x.sides, 1)}',
    ),
)

NETWORKS = {
    "lenet5_1998": "32x32x1",
    "alexnet": "227x227x3",
    "siamese": "left=105x105x1 right=105x105x1",
    "googlenet": "224x224x3",
    "mobilenet_v3_small": "224x224x3",
    "swin_t": "224x224x3",
}
"""Networks that are verified, with their own inputs: given from outside, the numbers in their specs are not checked."""

PROPERTIES = "pytorch_agrees or symbols or totals"
STAGES = {
    "`verify`": [],
    "properties": [["tests/live/test_properties.py", "-k", PROPERTIES], ["tests/layers/test_kinds.py"]],
    "other tests": [
        [
            "tests/layers",
            "tests/live/test_verify.py",
            "tests/live/test_build.py",
            "tests/live/test_padding.py",
            "-k",
            "not refusals",
        ],
        ["tests/test_receptive.py", "tests/test_receptive_library.py"],
        ["tests/test_architectures.py", "-k", "published or torchvision"],
    ],
}
"""Ways of noticing, with what pytest runs for them. The last one is tried where the others do not notice."""


def main(word: str) -> None:
    warm_up()
    chosen = [change for change in CHANGES if word in change.what]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name in ("cnncalc", "architectures", "tests", "pyproject.toml", "docs", "README.md"):
            copy: Callable[..., object] = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copy(ROOT / name, project / name)
        if missed := [stage for stage in STAGES if noticed(stage, project)]:
            raise SystemExit(f"without any change these fail already: {', '.join(missed)}")
        rows = [judged(change, project) for change in chosen]
    caught = sum("yes" in row for row in rows)
    text = ["# Deliberate changes of formulas", "", f"{caught} of {len(rows)} are noticed.", ""]
    text += [f"`verify` runs on meta over {', '.join(NETWORKS)}. Other tests run where the others do not notice.", ""]
    keep("formula_changes.md", "\n".join([*text, table("Who notices", ("change", *STAGES), rows)]))
    if caught < len(rows):
        raise SystemExit(1)


def warm_up() -> None:
    """Load what every process needs, once: the processes are copies of this one. Of cnncalc nothing may be loaded."""
    torch.set_num_threads(1)
    # Every profile of the tests inherits from the one that is loaded; a failure need not be made small here.
    settings.register_profile("unshrunk", phases=[Phase.explicit, Phase.generate], database=None)
    settings.load_profile("unshrunk")
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1)).to("meta")
    with FlopCounterMode(display=False):
        model(torch.empty(2, 1, 2, 2, device="meta"))
    assert "cnncalc" not in sys.modules


def judged(change: Change, project: Path) -> tuple[str, ...]:
    """Make one change, see who notices, and take it back."""
    path = project / "cnncalc" / change.file
    text = path.read_text("utf-8")
    if text.count(change.old) != 1:
        raise SystemExit(f"{change.what}: {change.file} has its text {text.count(change.old)} times")
    path.write_text(text.replace(change.old, change.new), "utf-8")
    try:
        found: list[str] = []
        for stage in STAGES:
            last = stage == "other tests"
            found.append("" if last and "yes" in found else "yes" if noticed(stage, project) else "no")
    finally:
        path.write_text(text, "utf-8")
    print(change.what, *found, sep=" | ", flush=True)
    return (change.what, *found)


def noticed(stage: str, project: Path) -> bool:
    """Tell whether a stage fails, in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=run, args=(stage, project))
    process.start()
    process.join()
    return process.exitcode != 0


def run(stage: str, project: Path) -> None:
    """Verify the networks, or run the tests of a stage; end with 0 when all is well."""
    os.chdir(project)
    sys.path.insert(0, str(project))
    sys.dont_write_bytecode = True
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            good = all_agree() if not STAGES[stage] else all(map(tests_pass, STAGES[stage]))
        except Exception:
            good = False
    os._exit(0 if good else 1)


def all_agree() -> bool:
    import cnncalc
    from cnncalc.live.verify import verify

    loaded = (cnncalc.load(name, input=shape) for name, shape in NETWORKS.items())
    return all(verify(network, device="meta").agrees for network in loaded)


def tests_pass(arguments: list[str]) -> bool:
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", *arguments]) == 0


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
