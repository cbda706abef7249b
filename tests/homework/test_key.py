"""Keys are read whole: right answers are computed, and what is wrong with a key is told where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cnncalc.homework.key import read_key
from cnncalc.homework.mark import mark, mark_part
from cnncalc.homework.model import Key, Part
from cnncalc.problem import Problems
from tests.effort import sampled

BROKEN = (Path(__file__).parent / "keys_with_problems.txt").read_text("utf-8").removesuffix("\n").split("\n---\n")


def told(text: str) -> str:
    try:
        read_key(text, "hw.key.yaml")
    except Problems as problems:
        return "\n".join(str(problem) for problem in problems)
    raise AssertionError(f"nothing is wrong with {text}")


def test_problems_of_keys(golden: Callable[[str, str], None]) -> None:
    golden("homework-keys.txt", "\n\n".join(told(text) for text in BROKEN) + "\n")


def key_of(entries: str) -> Key:
    return read_key(f"title: T\nquestions:\n{entries}")


def only(entry: str) -> Part:
    return next(iter(key_of(f"  - {{id: 1, {entry}}}").parts.values()))


@pytest.mark.parametrize(
    ("entry", "form", "right"),
    [
        ("ask: output, network: 63x63x16 -> conv 32 7x7 stride=2", "volume", "29x29x32"),
        ("ask: sides, network: '8x8x1 -> conv 1 3x5 stride=3x4 pad=0x1'", "sides", "2x2"),
        ("ask: pad, network: '6x6x1 -> conv 1 3x3 stride=2 pad=same'", "pad", "0 before, 1 after"),
        ("ask: params, network: '300x300x3 -> flatten -> linear 100'", "number", "27,000,100"),
        ("ask: params, network: HxWxC -> conv C 3x3 bias=no", "formula", "9C²"),
        ("ask: left_over == 0, network: '10x10x3 -> conv 1 3x3 stride=2'", "choice", "no"),
        ("ask: solve, network: '7x7x1 -> conv 1 3x3 pad=? -> 7x7x1'", "unknowns", "pad=1"),
        ("ask: params, network: alexnet, layer: conv1", "number", "34,944"),
        ("ask: output, network: vgg16, input: 384x384x3, layer: pool5", "volume", "12x12x512"),
        ("ask: channels, network: densenet121, set: {growth: 16}, layer: dense1.1.new.conv2", "number", "16"),
        ("ask: most macs, networks: {a: alexnet, v: vgg16}", "choice", "v"),
        ("ask: v.params / a.params, networks: {a: alexnet, v: vgg16}", "number", "2.269"),
        ("ask: weight_bytes, network: '9x9x3 -> conv 4 3x3'", "number", "448"),
    ],
)
def test_the_right_answer_is_computed(entry: str, form: str, right: str) -> None:
    part = only(entry)
    assert (part.form, part.right.text) == (form, right)


def test_parts_inherit_what_the_question_says() -> None:
    key = key_of(
        "  - id: 3\n    network: 32x32x3 -> conv 10 5x5 pad=2\n    points: 4\n    credit: {no-bias: 0.5}\n"
        "    parts: {a: output, b: {ask: params, points: 1}}\n"
    )
    a, b = key.parts["3a"], key.parts["3b"]
    assert (a.points, b.points, key.points) == (2, 1, 3)
    assert (a.right.text, b.right.text, str(b.credit["no-bias"])) == ("32x32x10", "760", "1/2")


def test_a_table_asks_for_each_cell_that_is_not_given() -> None:
    key = key_of(
        "  - id: 6\n    points: 6\n    network: 32x32x1 -> conv 10 5x5 -> maxpool 2x2 -> flatten -> linear 10\n"
        "    table: {rows: all, columns: [output, params], given: {flatten: {params: 0, output: 1960}}}\n"
    )
    question = key.questions[0]
    assert question.table is not None
    assert question.table.rows == ("conv", "maxpool", "flatten", "linear")
    assert question.table.given == {("flatten", "output"): "1960", ("flatten", "params"): "0"}
    assert [part.right.text for part in question.parts] == ["28x28x10", "260", "14x14x10", "0", "10", "19,610"]
    assert {part.points for part in question.parts} == {1}


def test_other_conventions_are_accepted_and_told() -> None:
    part = only("ask: params, network: '8x8x4 -> batchnorm', accept: [{batchnorm: all}]")
    assert [(right.value, right.convention) for right in part.rights] == [(8, ""), (16, "batchnorm: all")]
    assert all(candidate.value != 16 for candidate in part.candidates)


@pytest.mark.parametrize(
    ("entry", "accept", "answer", "feedback"),
    sampled(
        [
            (
                "ask: output, network: 63x63x16 -> conv 32 7x7 stride=2, conventions: {order: hwc}",
                "order: chw",
                "32x29x29",
                "32x29x29 is right. Note: right under the convention order: chw.",
            ),
            (
                "ask: output, network: 63x63x16 -> conv 32 7x7 stride=2, conventions: {order: chw}",
                "order: hwc",
                "29x29x32",
                "29x29x32 is right. Note: right under the convention order: hwc.",
            ),
            (
                "ask: params, network: vgg16",
                "rounding: yes",
                "138M",
                "138,357,544 is right. Note: right under the convention rounding: yes.",
            ),
            (
                "ask: params, network: vgg16, conventions: {rounding: yes}",
                "thousand: 1024",
                "131.9M",
                "138,357,544 is right. Note: right under the convention thousand: 1024.",
            ),
            (
                "ask: weight_bytes, network: vgg16, conventions: {megabyte: 1024}",
                "megabyte: 1000",
                "553 MB",
                "553,430,176 is right. Note: right under the convention megabyte: 1000.",
            ),
            (
                "ask: params, network: '8x8x4 -> batchnorm'",
                "batchnorm: all",
                "16",
                "16 is right. Note: right under the convention batchnorm: all.",
            ),
        ],
        every=3,
    ),
)
def test_an_answer_under_an_accepted_convention_is_right(entry: str, accept: str, answer: str, feedback: str) -> None:
    assert mark_part(only(entry), answer).verdict == "wrong"
    marked = mark_part(only(f"{entry}, accept: [{{{accept}}}]"), answer)
    assert (marked.verdict, marked.feedback) == ("right", feedback)


def test_a_later_row_follows_from_a_volume_in_an_accepted_order() -> None:
    key = key_of(
        "  - id: 1\n    network: 32x32x3 -> conv 8 3x3 -> maxpool 2x2\n    conventions: {order: hwc}\n"
        "    accept: [{order: chw}]\n    table: {rows: all, columns: [output]}\n"
    )
    marks = mark(key, {"1.conv.output": "8x32x32", "1.maxpool.output": "8x16x16"})
    assert [(one.verdict, one.followed) for one in marks] == [("wrong", False), ("right", True)]


def test_what_is_accepted_of_a_question_concerns_some_of_its_parts() -> None:
    key = key_of(
        "  - {id: 1, network: 9x9x3 -> conv 4 3x3, parts: {a: output, b: params}, accept: [{biases: no}], "
        "tolerance: 0.1%, unit: ''}\n"
    )
    assert [len(part.accepted) for part in key.parts.values()] == [0, 1]


def test_a_network_is_built_once_for_all_that_ask_about_it() -> None:
    key = key_of("".join(f"  - {{id: q{n}, network: resnet152, ask: params}}\n" for n in range(20)))
    subjects = {id(part.expression.subject.network) for part in key.parts.values()}
    assert len(subjects) == 1


def test_a_spec_file_is_looked_for_beside_the_key(tmp_path: Path) -> None:
    (tmp_path / "mine.cnn.yaml").write_text("input: 8x8x1\nlayers: conv 2 3x3\n")
    text = "title: T\nquestions:\n  - {id: 1, network: mine.cnn.yaml, ask: params}\n"
    assert read_key(text, folder=tmp_path).parts["1"].right.text == "20"


def test_letters_may_be_those_of_a_lecture() -> None:
    letters = "letters: {D: [1, 2, 3], K: [1, 2, 3], F: [1, 2, 3, 4]}"
    key = read_key(f"title: T\nquestions: {{id: 1, network: 32x32xD -> conv K FxF, {letters}, ask: params}}")
    assert key.parts["1"].right.text == "DF²K + K"
    assert mark_part(key.parts["1"], "(F*F*D+1)*K").verdict == "right"
