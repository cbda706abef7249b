"""Printed numbers: how they are read, when they agree, and what a spec may say of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cnncalc.claims.find import published, published_of_all
from cnncalc.claims.printed import read_printed
from cnncalc.claims.verdict import AGREES, DIFFERS, FACT, Checked
from cnncalc.problem import Problems

# Printed numbers


@pytest.mark.parametrize(
    ("text", "value", "step"),
    [
        ("34_944", 34_944, 1),
        ("60,965,224", 60_965_224, 1),
        ("2.7K", 2_700, 100),
        ("34M", 34_000_000, 1_000_000),
        ("0.39B", 390_000_000, 10_000_000),
        ("1.5 billion", 1_500_000_000, 100_000_000),
        ("25.0e6", 25_000_000, 100_000),
        ("1.8×10^9", 1_800_000_000, 100_000_000),
        ("94.86%", Fraction("94.86"), Fraction("0.01")),
        (".5M", 500_000, 100_000),
    ],
)
def test_a_printed_number_vouches_for_its_digits(text: str, value: Fraction, step: Fraction) -> None:
    printed = read_printed(text)
    assert printed is not None
    assert (printed.value, printed.step) == (value, step)


@pytest.mark.parametrize("text", ["", "many", "1.2.3", "12 apples", "K", "-3", "1e400", "9" * 31, "34M0"])
def test_what_is_no_printed_number(text: str) -> None:
    assert read_printed(text) is None


@pytest.mark.parametrize(
    ("text", "unit", "computed", "agrees"),
    [
        ("35K", 1000, 34_848, True),
        ("35K", 1000, 34_944, True),
        ("35K", 1000, 34_499, False),
        ("35K", 1000, 35_500, False),
        ("1072K", 1000, 1_042_432, False),
        ("1072K", 1024, 1_042_432, False),
        ("159K", 1024, 163_328, False),  # 159.5: a half goes up, or to the even neighbour, never down to 159
        ("160K", 1024, 163_328, True),
        ("2K", 1000, 2_500, True),  # to the even neighbour
        ("3K", 1000, 2_500, True),  # up
        ("112K", 1024, 114_688, True),
        ("3.8e9", 1000, 3_857_973_248, False),
        ("60_000", 1000, 60_001, False),
    ],
)
def test_it_agrees_when_the_computed_one_rounds_to_it(text: str, unit: int, computed: int, agrees: bool) -> None:
    printed = read_printed(text, unit)
    assert printed is not None
    assert printed.agrees(computed) is agrees


def test_bytes_are_in_their_own_units() -> None:
    size = read_printed("4.8MB", 1024, in_bytes=True)
    mebi = read_printed("4.8MiB", in_bytes=True)
    assert size is not None
    assert mebi is not None
    assert size.value == mebi.value == Fraction(48, 10) * 1024**2
    assert size.agrees(4 * 1_248_424)
    assert read_printed("4.8MB") is None


def test_the_computed_number_is_written_like_the_printed_one() -> None:
    table = {("2.7K", 1024): "9.2K", ("1072K", 1024): "9K", ("1,072", 1000): "9,408", ("0.1M", 1000): "0.0M"}
    for (text, unit), like in table.items():
        printed = read_printed(text, unit)
        assert printed is not None
        assert printed.like(9_408) == like


# What a spec says

NET = """name: net
title: Net
source: a paper
input: 8x8x3
layers:
  - conv1: conv 16 3x3 pad=1 -> relu
  - pool1: maxpool 2x2 -> flatten
  - fc: linear 10
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("net.cnn.yaml")


def checked(net: Path, more: str) -> Checked:
    net.write_text(NET + more, "utf-8")
    (one,) = published("net.cnn.yaml")
    return one


def verdicts(one: Checked) -> dict[str, str]:
    return {f"{f.claim.at.text if f.claim.at else ''} {f.claim.what}".strip(): f.verdict for f in one.findings}


def test_an_entry_is_one_value_several_or_a_table(net: Path) -> None:
    said = """
published:
  - {at: conv1, what: params, printed: 0.45K, where: table 1}
  - {at: conv1, what: params, printed: 0.44K, unit: 1024, where: table 1}
  - {where: table 2, params: 3018, top1: 61.2}
  - where: table 1
    columns: [output, depth, macs]
    at:
      conv1: [8x8x16, 1, 27.6K]
      pool1: [256, 0, _]
      fc: {params: 2570, weights: 2560}
  - {at: input, neurons: 192}
  - {at: conv 3x3, macs_share: 91.5%}
"""
    one = checked(net, said)
    assert {finding.verdict for finding in one.findings} == {AGREES, FACT}
    assert [f.claim.what for f in one.findings if f.verdict == FACT] == ["top1"]
    assert len(one.findings) == 13
    assert one.fine


def test_a_difference_needs_an_erratum(net: Path) -> None:
    said = "published: [{params: 4K, where: abstract}]\n"
    bare = checked(net, said)
    assert verdicts(bare) == {"params": DIFFERS}
    assert [finding.complaint for finding in bare.findings] == ["no erratum records this"]
    assert not bare.fine
    told = checked(net, said + "erratum: [{what: params, kind: wrong, note: It has 3018.}]\n")
    assert told.fine
    assert [(f.erratum.kind, f.off) for f in told.findings if f.erratum] == [("wrong", pytest.approx(982 / 3018))]


def test_an_erratum_for_what_agrees_is_stale(net: Path) -> None:
    one = checked(net, "published: [{params: 3K}]\nerratum: [{what: params, kind: wrong, note: n}]\n")
    assert verdicts(one) == {"params": AGREES}
    assert [finding.complaint for finding in one.findings] == ["the erratum is stale: the value agrees"]


def test_truncated_is_judged(net: Path) -> None:
    true = checked(net, "published: [{macs: 30.2K}]\nerratum: [{what: macs, kind: truncated, note: n}]\n")
    assert [f.computed for f in true.findings] == [30_208]
    assert not true.fine  # 30.2K agrees
    false = checked(net, "published: [{macs: 29K}]\nerratum: [{what: macs, kind: truncated, note: n}]\n")
    assert [f.complaint for f in false.findings] == ["the erratum says truncated, and it is not"]
    cut = checked(net, "published: [{macs: 30_2e2}]\nerratum: [{what: macs, kind: truncated, note: n}]\n")
    assert verdicts(cut) == {"macs": AGREES}


def test_a_value_at_another_input(net: Path) -> None:
    net.write_text(NET.replace(" -> flatten\n  - fc: linear 10", ""), "utf-8")
    plain = net.read_text("utf-8")
    net.write_text(f"{plain}published:\n  - {{macs: 27_648}}\n  - {{macs: 110_592, input: 16x16x3}}\n", "utf-8")
    (one,) = published("net.cnn.yaml")
    assert [finding.verdict for finding in one.findings] == [AGREES, AGREES]


def test_a_claim_about_another_network(net: Path) -> None:
    said = "published: [{than: 8x8x3 -> conv 32 3x3, fewer_params: 0.30x, more_macs: 0.98x}]\n"
    one = checked(net, said)
    assert [finding.computed for finding in one.findings] == [Fraction(896, 3018), Fraction(30_208, 31_104)]
    assert [finding.verdict for finding in one.findings] == [AGREES, DIFFERS]


FAMILY = """name: pair
input: 8x8x3
vars: {width: 8}
variants:
  small: {title: Small, published: [{params: 224}]}
  large: {width: 16}
layers:
  - conv1: conv width 3x3
published:
  - {where: table 1, columns: [params], of: {small: 0.2K, large: 0.45K}}
  - {of: large, macs: 15_552}
  - {at: conv1, depth: 1}
"""


def test_a_table_of_variants(net: Path) -> None:
    net.write_text(FAMILY, "utf-8")
    small, large = published("net.cnn.yaml")
    assert (small.name, large.name) == ("small", "large")
    assert [f.claim.printed.text for f in small.findings] == ["224", "0.2K", "1"]
    assert [f.claim.printed.text for f in large.findings] == ["0.45K", "15_552", "1"]
    assert small.fine
    assert large.fine
    (only,) = published("net.cnn.yaml:large")
    assert only.name == "large"


PROBLEMS = {
    "published: 60M": (
        "net.cnn.yaml:9:12: E105 value: published takes a list of mappings",
        "as in `- {what: params, printed: 60M, where: abstract}`",
    ),
    "published: [{parms: 60M}]": (
        "net.cnn.yaml:9:14: E103 key: published has no key 'parms'",
        "did you mean 'params' or 'aux_params' or 'all_params'?",
    ),
    "published: [{params: a few}]": (
        "net.cnn.yaml:9:22: E105 value: params: 'a few' is no printed number",
        "as in 34_944, 2.7K, 34M, 1.8e9 or 94.86%",
    ),
    "published: [{params: [1, 2]}]": ("net.cnn.yaml:9:22: E105 value: params takes a single value", None),
    "published: [{what: params}]": (
        "net.cnn.yaml:9:13: E104 missing: printed: is missing",
        "as in `what: params, printed: 60M`",
    ),
    "published: [{what: paramz, printed: 3}]": (
        "net.cnn.yaml:9:20: E103 key: there is no quantity 'paramz'",
        "did you mean 'params' or 'aux_params' or 'all_params'?",
    ),
    "published: [{where: table 1}]": (
        "net.cnn.yaml:9:13: E104 missing: this entry gives no value",
        "as in `what: params, printed: 60M`",
    ),
    "published: [{fewer_params: 12x}]": (
        "net.cnn.yaml:9:28: E104 missing: fewer_params needs than:",
        "as in `than: alexnet`",
    ),
    "published: [{than: alexnte, fewer_params: 12x}]": (
        "net.cnn.yaml:9:20: E114 file: there is no network, file or chain 'alexnte'",
        "did you mean 'alexnet' or 'lenet' or 'fcn_alexnet'?",
    ),
    "published: [{params: 3K, unit: 1012}]": (
        "net.cnn.yaml:9:32: E105 value: unit is 1000 or 1024, not '1012'",
        "K is 1000 unless `unit: 1024` says otherwise",
    ),
    "published: [{at: conv1, output: big}]": (
        "net.cnn.yaml:9:33: E105 value: output: 'big' is no shape",
        "as in 28x28x256",
    ),
    "published: [{at: conv1, top1: 61}]": (
        "net.cnn.yaml:9:31: E105 value: top1 is of a whole network, not of 'conv1'",
        None,
    ),
    "published: [{at: conv2, params: 1}]": (
        "net.cnn.yaml:9:18: E109 name: net has no layer 'conv2'",
        "did you mean 'conv1'?",
    ),
    "published: [{columns: [params, macs], at: {conv1: [1]}}]": (
        "net.cnn.yaml:9:51: E105 value: 1 value for 2 columns",
        "`_` leaves a cell empty; `columns: [params, macs]` names them",
    ),
    "published: [{of: tiny, params: 1}]": ("net.cnn.yaml:9:18: E109 name: there is no variant 'tiny'", "it has none"),
    "published: [{params: 1}]\nerratum: [{what: params, kind: worng, note: n}]": (
        "net.cnn.yaml:10:32: E105 value: 'worng' is no kind of erratum",
        "did you mean 'wrong'?",
    ),
    "published: [{params: 1}]\nerratum: [{what: params, kind: wrong}]": (
        "net.cnn.yaml:10:11: E104 missing: the note of this erratum is missing",
        "say what the number is, with arithmetic",
    ),
    "published: [{params: 1}]\nerratum: [{what: params, note: n}]": (
        "net.cnn.yaml:10:11: E104 missing: the kind of this erratum is missing",
        "one of wrong, truncated, approximate, other convention, unexplained",
    ),
    "published: [{params: 1}]\nerratum: [{wat: params, kind: wrong, note: n}]": (
        "net.cnn.yaml:10:12: E103 key: erratum has no key 'wat'",
        "did you mean 'what' or 'at'?",
    ),
    "published: [{params: 1}]\nerratum: [{what: macs, kind: wrong, note: n}]": (
        "net.cnn.yaml:10:12: E109 name: no published value is what this erratum is about",
        None,
    ),
}


@pytest.mark.parametrize("said", PROBLEMS)
def test_what_cannot_be_read_is_told(net: Path, said: str) -> None:
    with pytest.raises(Problems) as caught:
        checked(net, f"{said}\n")
    (problem,) = caught.value.problems
    assert (problem.headline(), problem.hint) == PROBLEMS[said]


# The library


@pytest.mark.exhaustive
def test_every_difference_of_the_library_has_an_erratum() -> None:
    everything = list(published_of_all())
    complaints = [f"{f.claim.place}: {f.complaint}" for one in everything for f in one.findings if not f.fine]
    assert complaints == []
    assert sum(len(one.findings) for one in everything) > 800


ERRATA = {
    ("googlenet", "conv1", "weights"): "wrong",
    ("googlenet", "conv1", "macs"): "wrong",
    ("googlenet", "3a", "weights"): "truncated",
    ("googlenet", "4c", "weights"): "wrong",
    ("googlenet", "5a", "weights"): "wrong",
    ("googlenet", "5a", "macs"): "wrong",
    ("alexnet", "conv1", "neurons"): "wrong",
    ("squeezenet1_0", "conv1", "output"): "wrong",
    ("mobilenet_v1", "conv 3x3", "macs_share"): "wrong",
    ("resnet50_paper", None, "macs"): "truncated",
    ("efficientnet_b4", None, "macs"): "approximate",
    ("inception_v3", "5b", "entering"): "other convention",
    ("convnext_base", None, "macs"): "wrong",
}


@pytest.mark.parametrize("name", sorted({name for name, _, _ in ERRATA}))
def test_known_errata_are_recorded(name: str) -> None:
    (one,) = published(name)
    found = [(f.claim.at.text if f.claim.at else None, f.claim.what, f.erratum.kind) for f in one.findings if f.erratum]
    for (network, at, what), kind in ERRATA.items():
        assert network != name or (at, what, kind) in found
