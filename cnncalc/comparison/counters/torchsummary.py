"""torchsummary: `summary(model, input_size)`, which counts parameters only. Source: its version 1.5.1, torchsummary.py.

It adds up `weight` and `bias` of each module at each of its calls, and nothing else that the model has.
"""

from cnncalc.comparison.counters.base import BARE, UNCOUNTED, Counter, Quantity, Seen, Term, rules

AGAIN = Term("shared modules: counted at each call", lambda s: s.held - s.params, fault=True)
BARE_UNSEEN = Term("bare parameters (nn.Parameter): not seen", lambda s: -s.params, fault=True)


def _crash(seen: Seen) -> int:
    raise seen.not_modelled("torchsummary fails on it: it returns more than one tensor")


CRASHES = (Term("", _crash),)

COUNTER = Counter(
    name="torchsummary",
    title="torchsummary",
    version="1.5.1",
    source="https://github.com/sksq96/pytorch-summary",
    quantities=(
        Quantity(
            "params",
            "Total params",
            "params",
            rules(
                (BARE, (BARE_UNSEEN,)),
                (("global_response_norm",), (BARE_UNSEEN,)),
                (("window_attention",), (Term("attention: not seen", lambda s: -s.params, fault=True),)),
                (("attention", "cross_attention", "lstm", "gru", "rnn"), CRASHES),
                (tuple(kind for kind in UNCOUNTED if kind not in BARE), ()),
            ),
            otherwise=(AGAIN,),
        ),
    ),
    note="it fails on modules that return several tensors",
)
