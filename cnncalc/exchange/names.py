"""Names that the language takes, and those that frameworks take."""

from __future__ import annotations

import re

from cnncalc.network.network import Network

MODULE_NAMES = frozenset(
    (
        *("T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children"),
        *("compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward"),
        *("get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu", "load_state_dict"),
        *("modules", "mtia", "named_buffers", "named_children", "named_modules", "named_parameters"),
        *("parameters", "register_backward_hook", "register_buffer", "register_forward_hook"),
        *("register_forward_pre_hook", "register_full_backward_hook", "register_full_backward_pre_hook"),
        *("register_load_state_dict_post_hook", "register_load_state_dict_pre_hook", "register_module"),
        *("register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook"),
        *("requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty"),
        *("train", "training", "type", "xpu", "zero_grad"),
    )
)
"""Names that a module of PyTorch keeps for itself."""


def plain_name(text: str) -> str:
    """Return a text as a name of the language: letters, digits and _."""
    return re.sub(r"\W+", "_", text).strip("_")


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that is not taken yet, with a number behind it where it must be; it is taken then."""
    stem, number = name, 1
    if name.isdigit():
        name = stem = f"layer{name}"
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name


def attribute_names(network: Network, reserved: frozenset[str]) -> dict[str, str]:
    """Return the names of layers at each path: one that a framework keeps for itself has an underscore behind it."""
    levels: dict[str, set[str]] = {}
    paths = [node.path for node in network.layers()]
    for path in paths:
        level = ""
        for part in path.split("."):
            levels.setdefault(level, set()).add(part)
            level += f"{part}."
    names = {}
    for path in paths:
        level, parts = "", []
        for part in path.split("."):
            name = part
            while name in reserved or (name != part and name in levels[level]):
                name += "_"
            parts.append(name)
            level += f"{part}."
        names[path] = ".".join(parts)
    return names
