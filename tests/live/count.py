"""Run one counter on models, in a process of its own, because several change PyTorch for good.

Called with the counter's name; reads a line a model, `module:function` or a file of PyTorch's source with the shape of
one image and the arguments as JSON, and writes a line of JSON for each: its numbers, or the error.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import io
import json
import logging
import sys
import types
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

Numbers = dict[str, int]


def _torchinfo(model: Any, shape: list[int]) -> Numbers:
    found = importlib.import_module("torchinfo").summary(model, input_size=(1, *shape), verbose=0, device="cpu")
    return {"mult_adds": found.total_mult_adds, "params": found.total_params}


def _torchsummary(model: Any, shape: list[int]) -> Numbers:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        importlib.import_module("torchsummary").summary(model, tuple(shape), device="cpu")
    line = next(line for line in printed.getvalue().splitlines() if line.startswith("Total params"))
    return {"params": int(line.split(": ")[1].replace(",", ""))}


def _fvcore(model: Any, shape: list[int]) -> Numbers:
    nn = importlib.import_module("fvcore.nn")
    found = nn.FlopCountAnalysis(model, torch.zeros(1, *shape))
    found.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return {"flops": int(found.total()), "params": nn.parameter_count(model)[""]}


def _ptflops(model: Any, shape: list[int], backend: str = "pytorch") -> Numbers:
    of = importlib.import_module("ptflops").get_model_complexity_info
    macs, params = of(model, tuple(shape), as_strings=False, print_per_layer_stat=False, backend=backend)
    return {"macs": int(macs), "params": int(params)}


def _ptflops_aten(model: Any, shape: list[int]) -> Numbers:
    return _ptflops(model, shape, "aten")


def _thop(model: Any, shape: list[int]) -> Numbers:
    macs, params = importlib.import_module("thop").profile(model, inputs=(torch.zeros(1, *shape),), verbose=False)
    return {"macs": int(macs), "params": int(params)}


def _calflops(model: Any, shape: list[int]) -> Numbers:
    if "transformers" not in sys.modules:  # which it imports for the names of models alone
        empty = types.ModuleType("transformers")
        empty.__spec__ = importlib.machinery.ModuleSpec("transformers", None)
        for name in ("AutoTokenizer", "AutoModel"):
            setattr(empty, name, None)
        sys.modules["transformers"] = empty
    of = importlib.import_module("calflops").calculate_flops
    flops, macs, params = of(
        model=model, input_shape=(1, *shape), output_as_string=False, print_results=False, print_detailed=False
    )
    return {"flops": int(flops), "macs": int(macs), "params": int(params)}


def _deepspeed(model: Any, shape: list[int]) -> Numbers:
    of = importlib.import_module("deepspeed.profiling.flops_profiler").get_model_profile
    flops, macs, params = of(model, (1, *shape), print_profile=False, detailed=False, as_string=False, warm_up=0)
    return {"flops": int(flops), "macs": int(macs), "params": int(params)}


def _flop_counter_mode(model: Any, shape: list[int]) -> Numbers:
    with importlib.import_module("torch.utils.flop_counter").FlopCounterMode(display=False) as mode:
        model(torch.zeros(1, *shape))
    return {"flops": mode.get_total_flops()}


TOOLS: dict[str, Callable[[Any, list[int]], Numbers]] = {
    "torchinfo": _torchinfo,
    "torchsummary": _torchsummary,
    "fvcore": _fvcore,
    "ptflops": _ptflops,
    "ptflops_aten": _ptflops_aten,
    "thop": _thop,
    "calflops": _calflops,
    "deepspeed": _deepspeed,
    "flop_counter_mode": _flop_counter_mode,
}


def built(name: str, arguments: dict[str, Any]) -> Any:
    """Return the model of torchvision, or of a file that defines Net, as written by `cnncalc export`."""
    from tests.torchvision_shim import torchvision_models

    models = torchvision_models() if find_spec("torchvision") else None  # which several counters import
    if name.endswith(".py"):
        space: dict[str, Any] = {"__name__": "net"}
        exec(compile(Path(name).read_text("utf-8"), name, "exec"), space)
        return space["Net"]().eval()
    for draw in [name for name in dir(torch.nn.init) if name.endswith("_") and not name.startswith("_")]:
        setattr(torch.nn.init, draw, lambda tensor, *_, **__: tensor)  # drawing takes longer than counting
    return getattr(models, name)(weights=None, **arguments).eval()


def main() -> None:
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    count, out = TOOLS[sys.argv[1]], sys.stdout
    for line in sys.stdin:
        name, shape, arguments = json.loads(line)
        try:
            with contextlib.redirect_stdout(sys.stderr):
                found: dict[str, Any] = dict(count(built(name, arguments), shape))
        except Exception as error:  # whatever a counter raises is its answer
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found), file=out, flush=True)


if __name__ == "__main__":
    main()
