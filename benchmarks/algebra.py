"""How fast the algebra is: explaining a layer, and the closed form of a deep network's sides.

python benchmarks/algebra.py
"""

from __future__ import annotations

from typing import Any

from measure import cnncalc, functions, keep, processes, table

import cnncalc as library
from cnncalc.layers.geometry import Window
from cnncalc.network.network import Network
from cnncalc.numbers.periodic import N
from cnncalc.numbers.symbolic import symbol


def whole_processes() -> str:
    """`explain` of one layer beside `show` of the same network."""
    medians = processes(
        {
            "show alexnet": cnncalc("show", "alexnet"),
            "explain alexnet conv1": cnncalc("explain", "alexnet", "conv1"),
            "explain alexnet": cnncalc("explain", "alexnet"),
            "closed densenet121": cnncalc("closed", "densenet121", "--of", "params", "--in", "growth"),
        }
    )
    show = medians["show alexnet"]
    rows = [
        ("`explain alexnet conv1` / `show alexnet`", f"{medians['explain alexnet conv1'] / show:.2f}", "≤ 2"),
        ("`explain alexnet` / `show alexnet`", f"{medians['explain alexnet'] / show:.2f}", ""),
        (
            "`closed densenet121 --of params --in growth` / `show alexnet`",
            f"{medians['closed densenet121'] / show:.2f}",
            "",
        ),
    ]
    return table("Whole processes", ("what", "ratio", "bound"), rows)


def windows(network: Network) -> list[Window]:
    """Return the windows of the longest chain that the height goes through."""
    chains: list[list[Window]] = []
    for node in network.nodes:
        before = max((chains[i] for i in node.inputs), key=len, default=[])
        sides = node.layer.geometry(*node.x) if "kernel" in node.layer.fields else ()
        chains.append([*before, *(side for side in sides[:1] if isinstance(side, Window))])
    return chains[-1]


def nested(chain: list[Window]) -> Any:
    """Put sympy's floor into sympy's floor, window by window."""
    import sympy

    side = sympy.Symbol("H", integer=True, positive=True)
    for w in chain:
        side = sympy.floor((side + w.before + w.after - w.extent) / w.stride) + 1
    return side


def closed_forms() -> str:
    """resnet152's height: nested floors of sympy, our symbols, our residues, all for the same chain."""
    chain = windows(library.load("resnet152"))

    def ours(side: Any) -> Any:
        for w in chain:
            side = w.output(side)
        return side

    assert str(ours(symbol("H"))) == "⌊(H + 31)/32⌋"

    def cold() -> Any:
        from sympy.core.cache import clear_cache

        clear_cache()
        return nested(chain)

    medians = functions(
        {"sympy": cold, "symbols": lambda: ours(symbol("H")), "form": lambda: ours(N)},
        repeats=15,
    )
    sympy = medians["sympy"]
    rows = [
        ("sympy floors, nested", f"{1e3 * sympy:.1f} ms", "", ""),
        (
            "a form, ⌊(n + 31)/32⌋ (`numbers/periodic.py`)",
            _ms(medians["form"]),
            f"{sympy / medians['form']:.0f}×",
            "≥ 100×",
        ),
        ("a symbol, any polynomial (`symbolic.py`)", _ms(medians["symbols"]), f"{sympy / medians['symbols']:.0f}×", ""),
    ]
    title = f"Closed form of resnet152's height, a chain of {len(chain)} windows"
    return table(title, ("how", "time", "faster than sympy", "bound"), rows)


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms"


if __name__ == "__main__":
    keep("algebra.md", "\n".join((whole_processes(), closed_forms())))
