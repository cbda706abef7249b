"""Report `pad=same` where the padding is asymmetric.

Why: with an even kernel, or a stride above 1, the total padding may be odd. TensorFlow adds the extra row or column at
the end, Caffe and older Keras backends at the start, and PyTorch rejects `padding='same'` with a stride: with ported
weights the maps are shifted by one position.

Bad:
    input: 224x224x3
    layers:
      - conv 64 3x3 stride=2 pad=same

Good:
    input: 224x224x3
    layers:
      - conv 64 3x3 stride=2 pad=1

Source: torch.nn.Conv2d, "padding='same' … doesn't support any stride values other than 1"; tf.nn, "Notes on padding"
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View


def check(view: View) -> Iterator[Hit]:
    if not view.known:
        return
    for node in view.nodes:
        pad = getattr(node.layer, "pad", None)
        if pad not in ("same", "same_lower"):
            continue
        uneven = next((w for w, _ in view.windows(node) if w.before != w.after), None)
        if uneven is None:
            continue
        before, after, odd = uneven.before, uneven.after, uneven.kernel % 2
        why = f"stride {uneven.stride}" if uneven.stride > 1 and odd else f"an even kernel of {uneven.kernel}"
        message = f"pad={pad} pads {before} before and {after} after because of {why}: frameworks differ"
        hint = (
            f"pad={max(before, after)} is symmetric" if odd else f"pad={before}:{after} is the same in every framework"
        )
        yield Hit(node, message, hint, field="pad")


RULE = Rule(code="W302", name="uneven-same", page=__doc__, network=check, early=True)
