"""Report a pool whose output size depends on the rounding mode.

Why: PyTorch and Keras round down by default, Caffe rounds up, so ported networks have maps of other sizes. `ceil=no`
states that rounding down is intended. Non-overlapping windows that drop at most a quarter of the map are common and
only reported as a note, pool-rounding-note.

Bad:
    input: 112x112x64
    layers:
      - maxpool 3x3 stride=2 -> conv 192 3x3 pad=1

Good:
    input: 112x112x64
    layers:
      - maxpool 3x3 stride=2 ceil=yes -> conv 192 3x3 pad=1

Source: torch.nn.MaxPool2d, `ceil_mode`; BVLC/caffe issue 1318, pooling rounds up
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.geometry import Window
from cnncalc.layers.pool import Pool
from cnncalc.linter.finding import Edit, Fix
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.stride_remainders import lost, lost_text, remedy
from cnncalc.linter.view import View, part_of, step_of, times
from cnncalc.network.network import Node
from cnncalc.problem import index_of


def check(view: View) -> Iterator[Hit]:
    return roundings(view, habitual=False)


def roundings(view: View, *, habitual: bool) -> Iterator[Hit]:
    """Yield the pools that do not cover their input: those that are common practice, or the others."""
    if not view.known:
        return
    for node in view.of_class(Pool):
        windows = view.windows(node)
        if not any(lost(*window) for window in windows) or part_of(node, "ceil"):
            continue
        if habitual != all(is_habitual(*window) for window in windows):
            continue
        up = [window._replace(ceil=True).output(n) for window, n in windows]
        message = f"{lost_text(windows)} not covered: {times(node.y.sides)} rounded down, {times(up)} rounded up"
        if up == list(node.y.sides):
            message = f"{lost_text(windows)} not covered, rounded up or down"
        hint = "ceil=yes covers them, ceil=no states that this is intended"
        if larger := remedy(view):
            hint += f"; {larger}"
        yield Hit(node, message, hint, _round_up(node), field="stride")


def is_habitual(window: Window, n: int) -> bool:
    """Return whether windows do not overlap and drop at most a quarter of a dimension."""
    side_by_side = window.kernel == window.stride and window.dilation == 1 and window.before == window.after == 0
    return side_by_side and 4 * lost(window, n) <= n


def _round_up(node: Node) -> Fix | None:
    found = step_of(node)
    if found is None:
        return None
    text, step = found
    end = index_of(text.place(step.start + step.length - 1, 1)) + 1
    return Fix("round up", (Edit(end, end, " ceil=yes"),))


RULE = Rule(code="W303", name="pool-rounding", page=__doc__, network=check, early=True, fix="unsafe")
