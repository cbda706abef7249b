"""The pages of the kinds."""

from pathlib import Path

from cnncalc.layers import KINDS
from cnncalc.layers.meanings import MEANINGS
from cnncalc.loading import load
from cnncalc.render.page import kind_page, kinds_tables, reference
from cnncalc.render.printers import printed

BATCHNORM = """\
# batchnorm

Normalise each channel over the batch and all positions.

    batchnorm [affine=…] [scale=…] [bias=…] [eps=…] [momentum=…] [frozen=…]

Also written `bn`, `batch_norm`.

| field    | takes              | default | meaning                                                          |
|----------|--------------------|---------|------------------------------------------------------------------|
| affine   | yes or no          | yes     | learn a scale and a shift                                        |
| scale    | yes or no          | yes     | learn a scale                                                    |
| bias     | yes or no          | yes     | add a learned bias                                               |
| eps      | number > 0         | 1e-05   | added to the variance                                            |
| momentum | number ≥ 0 and ≤ 1 | 0.1     | share of a batch in the running statistics                       |
| frozen   | yes or no          | no      | keep scale, shift and statistics as they are: nothing is learned |

| rule    |                                                                                                    |
|---------|----------------------------------------------------------------------------------------------------|
| shape   | unchanged                                                                                          |
| weights | 2C: a scale and a shift per channel; none with affine=no or frozen=yes, C with scale=no or bias=no |
| buffers | 2C: running mean and running variance per channel; scale and shift, too, with frozen=yes           |
| macs    | 0, by definition                                                                                   |
| source  | Ioffe & Szegedy 2015, arXiv:1502.03167; torch.nn.BatchNorm1d, 2d, 3d                               |

PyTorch also keeps `num_batches_tracked`, a counter of training steps, which is not counted.

    112x112x64 -> batchnorm -> 112x112x64

128 params (weight 64, bias 64); 128 in buffers (running_mean 64, running_var 64); 0 MACs.
"""


def test_a_page() -> None:
    assert kind_page(KINDS["batchnorm"]) == BATCHNORM


def test_the_reference_is_up_to_date() -> None:
    """python -m cnncalc.render.page > docs/layers.md"""
    docs = Path(__file__).parents[2] / "docs" / "layers.md"
    assert docs.read_text(encoding="utf-8") == reference()


def test_the_overview_lists_every_kind() -> None:
    listed = [
        line.split()[0] for line in printed(kinds_tables(), "table", width=300).splitlines() if line.startswith("  ")
    ]
    assert listed == list(KINDS)


def test_an_example_ends_in_its_kind() -> None:
    ends = {kind: load(cls.example).nodes[-1].kind for kind, cls in KINDS.items()}
    assert {kind: end for kind, end in ends.items() if end != kind} == {}


def test_nothing_is_explained_that_is_not_there() -> None:
    fields = {name for kind in KINDS.values() for name in kind.fields}
    fields |= {f"{kind}.{name}" for kind in KINDS for name in KINDS[kind].fields}
    assert set(MEANINGS) <= fields
    assert all(set(kind.meanings) <= set(kind.fields) for kind in KINDS.values())
