"""Text in, findings out: variants, calls, places, bad input."""

from __future__ import annotations

import pickle
from textwrap import dedent

import pytest

from cnncalc.linter.runner import check_bytes
from cnncalc.linter.settings import Settings
from tests.linter.make import BROKEN, MIXED, NAME, codes, headlines, lint

ALL = Settings().selection(NAME)


def test_everything_whole() -> None:
    assert ["\n".join(finding.lines()) for finding in lint(MIXED).findings] == [
        "net.cnn.yaml:8:13: W401 bias-before-norm: 64 biases are redundant before batchnorm, which subtracts the mean\n"
        "  in unit, called at 11:9 (1)\n"
        "  and 2 more calls\n"
        "    unit out: conv out 3x3 pad=1 -> batchnorm -> relu\n"
        "              ^^^^^^^^^^^^^^^^^^\n"
        "  help: bias=no",
        "net.cnn.yaml:10:31: W301 stride-remainder: stride 4 does not reach 1 of 224 rows and columns\n"
        "    - stem: conv w 11x11 stride=4 -> identity -> relu   # cnncalc: ignore[W409, E203]\n"
        "                                ^\n"
        "  help: an input of 219x219x3 or 227x227x3 leaves no remainder, 224x224x3 does",
        "net.cnn.yaml:10:36: W107 does-nothing: identity next to other steps has no effect\n"
        "    - stem: conv w 11x11 stride=4 -> identity -> relu   # cnncalc: ignore[W409, E203]\n"
        "                                     ^^^^^^^^\n"
        "  help: remove it",
        "net.cnn.yaml:10:73: W108 unused-suppression: W409 has no finding here\n"
        "    - stem: conv w 11x11 stride=4 -> identity -> relu   # cnncalc: ignore[W409, E203]\n"
        "                                                                          ^^^^",
        "net.cnn.yaml:10:79: W108 unused-suppression: E203 has no finding here\n"
        "    - stem: conv w 11x11 stride=4 -> identity -> relu   # cnncalc: ignore[W409, E203]\n"
        "                                                                                ^^^^",
        "net.cnn.yaml:13:26: W309 padding-only: padding 1 is as wide as the kernel's 1: border outputs depend on"
        " padding only (in large)\n"
        "      then: conv w 1x1 pad=1 -> relu\n"
        "                           ^\n"
        "  help: pad=0 keeps the size",
        "net.cnn.yaml:14:30: W303 pool-rounding: 1 of 54 rows and columns not covered: 26x26 rounded down,"
        " 27x27 rounded up\n"
        "    - pool: maxpool 3x3 stride=2 -> flatten -> linear 10\n"
        "                               ^\n"
        "  help: ceil=yes covers them, ceil=no states that this is intended; an input of 219x219x3 or 227x227x3"
        " leaves no remainder, 224x224x3 does",
    ]


def test_a_problem_of_one_variant() -> None:
    text = MIXED.replace("conv w 1x1 pad=1", "conv w 1x1 groups=3")
    (finding,) = [finding for finding in lint(text).findings if finding.code == "E203"]
    assert finding.headline() == "net.cnn.yaml:13:29: E203 groups: 3 groups do not divide 128 input channels (in large)"


def test_an_error_of_one_variant_leaves_the_rules_at_work_on_others() -> None:
    found = codes(MIXED.replace("conv w 1x1", "con w 1x1"))
    assert found == [(8, "W401"), (10, "W301"), (10, "W107"), (13, "E108"), (14, "W303")]


def test_what_holds_whatever_follows_is_told_beside_an_error() -> None:
    text = """\
        input: 32x32x3
        vars: {spare: 1}
        layers:
          - up: conv_transpose 16 3x3 stride=2 -> relu
          - identity -> conv 8 3x3 -> batchnorm -> relu
          - conv 8 1x1 dilation=0
          - skip: use up -> conv 8 1x1 stride=2
          - 8x8x8 -> conv 8 1x1 pad=1
    """
    assert headlines(text) == [
        "net.cnn.yaml:4:27: W305 checkerboard: kernel 3 is not a multiple of stride 2:"
        " output positions are computed from 1 or 2 inputs",
        "net.cnn.yaml:5:5: W107 does-nothing: identity next to other steps has no effect",
        "net.cnn.yaml:5:17: W401 bias-before-norm: 8 biases are redundant before batchnorm, which subtracts the mean",
        "net.cnn.yaml:6:25: E105 value: dilation must be at least 1, not 0",
        # whether something reads the volume of line 5, or the 1x1 of line 7 is a shortcut, nobody knows;
        # nor is the warning of a layer told whose volume only a failed check says
        "net.cnn.yaml:8:5: E205 check: 33x33x8 comes out of skip.conv (conv 8 1x1 stride=2), not 8x8x8",
    ]


def test_an_error_of_the_text_leaves_what_holds_anyway() -> None:
    text = """\
        input: 3x64x64
        titel: a key that is none
        layers:
          - conv 8 (3*3) pad=1
    """
    assert headlines(text) == [
        "net.cnn.yaml:1:8: W306 channels-first: 3x64x64 is read as 3x64 with 64 channels: are the channels first?",
        "net.cnn.yaml:2:1: E103 key: a spec has no key 'titel'",
        "net.cnn.yaml:4:12: E201 kernel: 9 exceeds the input size 3 + 2 padding",
    ]


def test_a_wrong_expectation_leaves_the_rules_at_work() -> None:
    text = BROKEN.replace("groups=4", "pad=1 -> batchnorm") + "expect: {params: 1}\n"
    assert codes(text) == [(3, "W401"), (4, "E206")]


def test_a_text_rule_beside_an_error_of_shapes() -> None:
    assert codes(f"vars: {{unused: 1}}\n{BROKEN}") == [(1, "W103"), (4, "E203")]


def test_another_input() -> None:
    found = lint(MIXED, input="227x227x3").findings
    # unused comments are not told: with the spec's own input they may be of use
    assert [finding.code for finding in found] == ["W401", "W107", "W309"]
    assert [f.code for f in lint(MIXED, input="left=3x3x3").findings][:1] == ["E109"]


def test_symbols_for_sides() -> None:
    text = MIXED.replace("224x224x3", "HxHx3").replace("-> flatten -> linear 10", "-> global_avgpool")
    assert [finding.code for finding in lint(text).findings] == ["W401", "W107", "W108", "W108", "W309"]


def test_a_side_that_nothing_can_reach() -> None:
    text = """\
        input: 32x32x3
        layers:
          - if: channels == 3
            then: conv 16 3x3 pad=1
            else: conv 16 1x1
          - if: channels > 100
            then: maxpool 2x2
    """
    assert [(f.headline(), f.hint) for f in lint(text).findings] == [
        (
            "net.cnn.yaml:3:9: W106 unreachable: channels == 3 is always true, so else: is never built",
            "keep only the contents of then:",
        ),
        (
            "net.cnn.yaml:6:9: W106 unreachable: channels > 100 is always false, so then: is never built",
            "keep only the contents of else:, if any",
        ),
    ]
    assert lint(text, input="200x200x1").findings == ()
    assert codes(f"vars: {{w: 1}}\n{dedent(text)}  - relu -> conv w 1x1\n") == []


def test_paths_in_the_text() -> None:
    paths = [finding.path for finding in lint(MIXED).findings]
    assert paths[:2] == [("blocks", "unit out"), ("layers", 0, "stem")]
    assert paths[-2:] == [("layers", 2, "then"), ("layers", 3, "pool")]


def test_findings_travel_between_processes() -> None:
    checked = lint(MIXED)
    again = pickle.loads(pickle.dumps(checked))
    assert [f.headline() for f in again.findings] == [f.headline() for f in checked.findings]


@pytest.mark.parametrize(
    ("data", "headline"),
    [
        (b"", "net.cnn.yaml:1:1: E114 file: the file is empty"),
        (b"\xff\xfea\x00", "net.cnn.yaml:1:1: E114 file: the file is UTF-16, not UTF-8"),
        (b"input: \xff", "net.cnn.yaml:1:8: E114 file: not UTF-8: byte 0xff at 7"),
        (b"input: 3\0", "net.cnn.yaml:1:9: E114 file: not a text file: it holds a NUL byte"),
        (b"#" * 1_000_001, "net.cnn.yaml:1:1: E112 limit: 1,000,001 bytes, more than the 1,000,000 that are read"),
        (b"input: 8\nlayers: [\n", "net.cnn.yaml:2:9: E101 yaml: '[' is never closed"),
        (b"# nothing\n", "net.cnn.yaml:1:1: E101 yaml: nothing but comments and space"),
    ],
)
def test_bad_input(data: bytes, headline: str) -> None:
    assert check_bytes(data, NAME, ALL).findings[0].headline() == headline


def test_a_byte_order_mark_and_windows_line_ends() -> None:
    data = b"\xef\xbb\xbf" + MIXED.replace("\n", "\r\n").encode()
    found = check_bytes(data, NAME, ALL).findings
    assert [f.headline() for f in found] == headlines(MIXED)


def test_many_variants_that_meet_a_limit() -> None:
    variants = "".join(f"  v{n}: {{w: {n}}}\n" for n in range(50))
    text = f"input: 8x8x4\nvars: {{w: 1}}\nvariants:\n{variants}layers:\n  - (w+9999999) * relu\n"
    found = [finding for finding in lint(text).findings if finding.code == "E112"]
    assert [finding.place.line for finding in found] == [7, 55]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "input: 1x3x224x224\nlayers: conv 8 3x3\n",
            "kernel: 3x3 has 2 dimensions, the input has 3",
            "if 1x3x224x224 includes the batch, write 224x224x3: shapes have no batch, and channels come last",
        ),
        (
            "input: Nx32x32x3\nlayers: conv 8 3x3\n",
            "kernel: 3x3 has 2 dimensions, the input has 3",
            "if Nx32x32x3 includes the batch, write 32x32x3: shapes have no batch, and channels come last",
        ),
        (
            "input: 224x224\nlayers: conv 8 3x3\n",
            "kernel: 3x3 has 2 dimensions, the input has 1",
            "224x224 is a sequence of length 224 with 224 channels; an image is 224x224x3",
        ),
        (
            "input: 8x8x3\nlayers:\n  - concat:\n      a: conv 4 1x1\n      b: maxpool 3x3 pad=1 -> conv 4 1x1\n",
            "concat needs equal spatial sizes: a 8x8x4, b 3x3x4",
            "stride=1 in maxpool at line 5 would make them equal",
        ),
        (
            "input: 8x8x3\nlayers:\n  - foreach: 3\n    layers: conv 8 3x3\n",
            "there is no 'foreach' here",
            "did you mean 'repeat'?",
        ),
        (
            "input: 8x8x3\nlayers:\n  - layers: conv 8 3x3\n    repaet: 2\n",
            "there is no 'repaet' here",
            "did you mean 'repeat'?",
        ),
        (
            "input: 8x8x3\nvars: {act: relu}\nlayers:\n  - actt -> act\n",
            "there is no layer or block 'actt'",
            "did you mean 'act'?",
        ),
        (
            "input: 8x8x3\ninput: 9x9x3\nlayers: relu\n",
            "key 'input' stands twice, first at 1:1",
            "several inputs are written `inputs: {left: …, right: …}`",
        ),
        (
            "input: 8x8x3\nlayers:\n  - conv 8, 3x3\n",
            "arguments stand apart by spaces, not commas",
            "write `conv 8 3x3`",
        ),
        (
            "input: 8x8x3\nlayers: dropout 1.5\n",
            "rate must be at most 1, not 1.5",
            "a fraction lies between 0 and 1, such as 0.5",
        ),
        (
            "input: 8x8x3\nlayers: dropout 50\n",
            "rate must be at most 1, not 50",
            "50 % is 0.5",
        ),
        (
            "input: 8x8x3\nlayers: conv -4 3x3\n",
            "out must be at least 1, not -4",
            "write 4 if the minus sign is a mistake",
        ),
        (
            "input: 8x8x3\nlayers: conv 4 3x3 stride=0\n",
            "stride must be at least 1, not 0",
            "stride=1 moves by one pixel",
        ),
        (
            "input: 8x8x3\nlayers: conv 4 3x3 dilation=0\n",
            "dilation must be at least 1, not 0",
            "dilation=1 is a dense window; some count the gaps, which are 0",
        ),
    ],
)
def test_what_would_mend_it(text: str, message: str, hint: str) -> None:
    (finding,) = check_bytes(text.encode(), NAME, ALL).findings
    assert (finding.message, finding.hint) == (message, hint)


def test_totals_beside_one_that_is_no_number() -> None:
    text = "input: 8\nlayers: linear 10\nexpect: {macs: 1.25M, params: 80, parms: 3, output: 9}\n"
    assert [(f.headline(), f.hint) for f in lint(text).findings] == [
        ("net.cnn.yaml:3:16: E105 value: macs must be a whole number, not '1.25M'", "write 1_250_000"),
        ("net.cnn.yaml:3:31: E206 expect: params is 90, expected 80", "write 90 if that is meant"),
        ("net.cnn.yaml:3:35: E103 key: expect has no key 'parms'", "did you mean 'params' or 'aux_params'?"),
        ("net.cnn.yaml:3:53: E206 expect: output is 10, expected 9", "write 10 if that is meant"),
    ]
    for written, hint in (("5M", "write 5_000_000"), ("1.23456k", "write every digit, as in 60_965_224")):
        (finding,) = lint(f"input: 8\nlayers: linear 10\nexpect: {{macs: {written}}}\n").findings
        assert finding.hint == hint
    # another error leaves totals unjudged, for they may follow from it
    assert codes(text.replace("input: 8", "input: 8\ninput: 9"))[:1] == [(2, "E102")]


def test_the_first_of_two_activations_is_pointed_at() -> None:
    text = "input: 8\nlayers:\n  - linear 10 -> relu\n  - dropout -> relu6\n"
    assert (
        headlines(text)[0] == "net.cnn.yaml:4:16: W403 twice: activation twice in a row: relu6 after the relu at 3:18"
    )
