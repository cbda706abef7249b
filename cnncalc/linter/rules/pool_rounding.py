"""Tell a pool whose output is another one rounded up, where rows or columns are left over.

Why: PyTorch and Keras round down unless told otherwise, Caffe rounds up. Networks ported from one to the other then
have maps of other sizes. `ceil=no` says that rounding down is meant. Windows side by side that leave a quarter of the
map or less are everyone's habit and only a note, pool-rounding-note.

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
    """Yield the pools that leave cells over: those as everyone writes them, or the others."""
    if not view.known:
        return
    for node in view.of_class(Pool):
        windows = view.windows(node)
        if not any(lost(*window) for window in windows) or part_of(node, "ceil"):
            continue
        if habitual != all(is_habitual(*window) for window in windows):
            continue
        up = [window._replace(ceil=True).output(n) for window, n in windows]
        message = f"{lost_text(windows)} left over: {times(node.y.sides)} rounded down, {times(up)} rounded up"
        if up == list(node.y.sides):
            message = f"{lost_text(windows)} left over, rounded up or down"
        hint = "ceil=yes takes them, ceil=no says that they are meant to be left"
        if larger := remedy(view):
            hint += f"; {larger}"
        yield Hit(node, message, hint, _round_up(node), field="stride")


def is_habitual(window: Window, n: int) -> bool:
    """Judge whether windows lie side by side, and what they leave is at most a quarter of the side."""
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
