"""Questions with numbers: right values against PyTorch, each mistake by its own formula, answers, bad keys, exports."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.cli import main
from cnncalc.homework.answers import Unreadable, read_answer
from cnncalc.homework.key import read_key
from cnncalc.homework.mark import mark_part
from cnncalc.homework.mistakes.catalogue import SLUGS
from cnncalc.homework.mistakes.values import VALUES
from cnncalc.homework.model import Part
from cnncalc.problem import Problems
from cnncalc.quizzes.exports.asking import Variant
from cnncalc.quizzes.exports.blocks import Matrix, blocks
from cnncalc.quizzes.exports.canvas import canvas
from cnncalc.quizzes.exports.exam import exam
from cnncalc.quizzes.exports.gift import gift
from tests.effort import examples


def key_text(network: str, ask: str = "value", **entry: Any) -> str:
    return f"questions:\n  - {json.dumps({'id': '1', 'network': network, 'ask': ask, **entry})}\n"


def part(network: str, ask: str = "value", **entry: Any) -> Part:
    (found,) = read_key(key_text(network, ask, **entry)).parts.values()
    return found


# The right value.

IMAGE = [[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]]
FILTER = [[2, 0, 1], [0, 1, 2], [1, 0, 2]]
CONV = {"input": IMAGE, "filter": FILTER, "bias": 5}


@pytest.mark.parametrize(
    ("network", "entry", "right"),
    [
        ("4x4x1 -> conv 1 3x3", {"values": CONV, "at": {"row": 1, "column": 1}}, 15 + 5),
        ("4x4x1 -> conv 1 3x3 pad=1", {"values": CONV, "at": {"row": 1, "column": 1}}, 1 + 4 + 2 + 5),
        ("4x4x1 -> conv 1 3x3 pad=1 stride=2", {"values": CONV, "at": {"row": 2, "column": 2}}, 15 + 5),
        ("4x4x1 -> maxpool 2x2", {"values": {"input": IMAGE}, "at": {"row": 1, "column": 2}}, 3),
        ("4x4x1 -> avgpool 2x2", {"values": {"input": IMAGE}, "at": {"row": 1, "column": 1}}, 1),
        ("6x1 -> conv 1 3", {"values": {"input": [1, 2, 3, 4, 5, 6], "filter": [1, 0, -1]}, "at": {"position": 4}}, -2),
        ("3 -> linear 1", {"values": {"input": [1, 2, 3], "weight": [4, 5, 6], "bias": 1}}, 33),
        ("1 -> sigmoid", {"values": {"input": 0}}, Fraction(1, 2)),
        ("4 -> softmax", {"values": {"input": [3, 3, 3, 3]}, "at": {"channel": 2}}, Fraction(1, 4)),
        ("1 -> batchnorm", {"values": {"input": [1, 7, 1, 7]}, "at": {"image": 2}}, 1),
        ("4x1 -> batchnorm", {"values": {"input": [1, 7, 1, 7]}, "at": {"position": 1}}, -1),
        ("1 -> batchnorm", {"values": {"input": 7, "running_mean": 4, "running_var": 9, "weight": 2, "bias": 1}}, 3),
        ("4 -> dropout 0.25", {"values": {"input": [3, 6, 9, 1], "mask": [1, 0, 1, 1]}, "at": {"channel": 1}}, 4),
        ("4 -> dropout 0.25", {"values": {"input": [3, 6, 9, 1]}, "at": {"channel": 1}}, 3),
        ("1x1x3 -> conv 1 1x1", {"values": {"input": [1, 2, 3], "filter": [1, 2, 3]}}, 14),
    ],
)
def test_right_values(network: str, entry: dict[str, Any], right: Any) -> None:
    value = part(network, **entry).right.value
    assert (value, type(value)) == (right, type(right))


@pytest.mark.parametrize(
    ("ask", "network", "values", "right"),
    [
        ("mean", "1 -> batchnorm", {"input": [1, 2]}, Fraction(3, 2)),
        ("variance", "1 -> batchnorm", {"input": [1, 2]}, Fraction(1, 4)),
        ("derivative", "1 -> sigmoid", {"input": 0}, Fraction(1, 4)),
        ("derivative", "1 -> relu", {"input": -3}, 0),
        ("derivative", "1 -> tanh", {"input": 1}, 1 - math.tanh(1) ** 2),
    ],
)
def test_other_asks(ask: str, network: str, values: dict[str, Any], right: Any) -> None:
    assert part(network, ask, values=values).right.value == pytest.approx(right)


@examples(40)
@given(
    st.sampled_from(
        [
            "5x4x2 -> conv 2 3x2 stride=2 pad=1 -> relu -> avgpool 2x1",
            "7x2 -> conv 3 3 pad=same_lower -> leaky_relu 0.25 -> flatten -> linear 2",
            "4x4x2 -> depthwise 2x2 -> maxpool 2x2 -> softplus",
            "3x3x2 -> conv_transpose 1 2x2 stride=2 -> batchnorm -> tanh",
        ]
    ),
    st.randoms(use_true_random=False),
)
def test_values_are_pytorchs(network: str, random: Any) -> None:
    torch = pytest.importorskip("torch")
    from cnncalc.live.build import build
    from cnncalc.live.run import named_tensors
    from cnncalc.loading import load

    built = load(network)
    (shape,) = built.input_shapes().values()

    def drawn(*sizes: int) -> Any:
        count = math.prod(sizes)
        return numpy.array([random.randint(-5, 5) for _ in range(count)]).reshape(sizes)

    model = build(built, dtype="float64").train()
    image = drawn(*shape.chw)
    values: dict[str, Any] = {"input": image.tolist()}
    for name, (_, tensor) in named_tensors(built, model).items():
        if tensor.requires_grad:
            array = drawn(*tensor.shape)
            tensor.data.copy_(torch.tensor(array))
            values[name] = array.tolist()
    for module in model.modules():
        if hasattr(module, "eps"):
            module.eps = 1e-5
    values["epsilon"] = "0.00001"
    with torch.no_grad():
        (theirs,) = model(torch.tensor(image[None], dtype=torch.double))
    found = part(network, values=values, conventions={"order": "chw"}).right.value
    assert found.sizes == tuple(theirs.shape)
    assert [float(n) for n in found.numbers] == pytest.approx(theirs.reshape(-1).tolist(), rel=1e-6, abs=1e-9)


def test_the_lecture_writes_its_sum_out() -> None:
    patch = numpy.loadtxt("tests/data/lecture_patch.csv", delimiter=",", dtype=int).tolist()
    weight = numpy.loadtxt("tests/data/lecture_filter.csv", delimiter=",", dtype=int).tolist()
    found = part("7x7x1 -> conv 1 7x7 bias=no", values={"input": patch, "weight": weight})
    assert found.right.value == 6600
    assert found.right.working == ("(50·30) + (20·30) + (50·30) + (50·30) + (50·30) = 6,600",)


# Mistakes, by formulas of their own.

X = numpy.array([[11, 32, 43, 27, 5], [28, 61, 12, 3, 44], [3, 85, 19, 27, 9], [42, 23, 7, 61, 8], [9, 4, 31, 2, 73]])
W = numpy.array([[3, 1, -2], [5, 2, 4], [-1, 7, 6]])
B = 100


def at(row: int, column: int, weight: Any = W, x: Any = X) -> int:
    return int((x[row : row + 3, column : column + 3] * weight).sum())


PADDED = numpy.pad(X, 1)
SECOND = X[::-1] + 1
GIVEN = {"input": X.tolist(), "filter": W.tolist(), "bias": B}
DEEP = {"input": [X.tolist(), SECOND.tolist()], "filter": [W.tolist(), (W.T + 1).tolist()]}
ROW = {"row": 2, "column": 3}
POOLED = {"values": {"input": X.tolist()}, "at": {"row": 2, "column": 1}}
WINDOW = X[2:4, 0:2]
BATCH = [3, 8, 20, 45]
MEAN, VARIANCE = 19.0, sum((n - 19) ** 2 for n in BATCH) / 4


def sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x))


BAD: list[tuple[str, str, str, dict[str, Any], float]] = [
    ("kernel-flipped", "5x5x1 -> conv 1 3x3", "value", {"values": GIVEN, "at": ROW}, at(1, 2, W[::-1, ::-1]) + B),
    ("no-bias", "5x5x1 -> conv 1 3x3", "value", {"values": GIVEN, "at": ROW}, at(1, 2)),
    ("kernel-transposed", "5x5x1 -> conv 1 3x3", "value", {"values": GIVEN, "at": ROW}, at(1, 2, W.T) + B),
    ("window-shifted", "5x5x1 -> conv 1 3x3", "value", {"values": GIVEN, "at": ROW}, at(0, 2) + B),
    ("window-shifted", "5x5x1 -> conv 1 3x3", "value", {"values": GIVEN, "at": ROW}, at(1, 1) + B),
    ("weights-left-out", "5x5x1 -> conv 1 3x3", "value", {"values": GIVEN, "at": ROW}, at(1, 2, W * 0 + 1) + B),
    (
        "position-exchanged",
        "5x5x1 -> conv 1 3x3",
        "value",
        {"values": GIVEN, "at": {"row": 1, "column": 3}},
        at(2, 0) + B,
    ),
    ("no-pad", "5x5x1 -> conv 1 3x3 pad=1", "value", {"values": GIVEN, "at": {"row": 2, "column": 2}}, at(1, 1) + B),
    (
        "no-stride",
        "5x5x1 -> conv 1 3x3 stride=2",
        "value",
        {"values": GIVEN, "at": {"row": 2, "column": 2}},
        at(1, 1) + B,
    ),
    ("channel-left-out", "5x5x2 -> conv 1 3x3 bias=no", "value", {"values": DEEP, "at": ROW}, at(1, 2)),
    (
        "function-left-out",
        "5x5x1 -> conv 1 3x3 -> relu",
        "value",
        {"values": {**GIVEN, "bias": -5000}, "at": ROW},
        at(1, 2) - 5000,
    ),
    ("mean-for-max", "5x5x1 -> maxpool 2x2", "value", POOLED, WINDOW.mean()),
    ("min-for-max", "5x5x1 -> maxpool 2x2", "value", POOLED, WINDOW.min()),
    ("max-for-mean", "5x5x1 -> avgpool 2x2", "value", POOLED, WINDOW.max()),
    ("not-divided", "5x5x1 -> avgpool 2x2", "value", POOLED, WINDOW.sum()),
    (
        "zero-in-max",
        "2x2x1 -> maxpool 2x2 pad=1",
        "value",
        {"values": {"input": [[-7, -8], [-9, -3]]}, "at": {"row": 1, "column": 1}},
        0,
    ),
    (
        "padding-counted",
        "5x5x1 -> avgpool 2x2 pad=1",
        "value",
        {"values": {"input": X.tolist()}, "at": {"row": 1, "column": 2}},
        75 / 2,
    ),
    ("other-function", "1 -> sigmoid", "value", {"values": {"input": 2}}, math.tanh(2)),
    ("other-function", "1 -> leaky_relu", "value", {"values": {"input": -2}}, 0),
    ("derivative-for-value", "1 -> tanh", "value", {"values": {"input": "0.5"}}, 1 - math.tanh(0.5) ** 2),
    ("derivative-at-value", "1 -> sigmoid", "derivative", {"values": {"input": "0.7"}}, 0.7 * 0.3),
    ("not-squared", "1 -> tanh", "derivative", {"values": {"input": "0.5"}}, 1 - math.tanh(0.5)),
    ("sign-lost", "1 -> relu", "value", {"values": {"input": -4}}, 4),
    ("not-normalised", "3 -> softmax", "value", {"values": {"input": [1, 2, 4]}, "at": {"channel": 2}}, math.exp(2)),
    ("no-exponential", "3 -> softmax", "value", {"values": {"input": [1, 2, 4]}, "at": {"channel": 2}}, 2 / 7),
    ("unbiased-variance", "1 -> batchnorm", "variance", {"values": {"input": BATCH}}, VARIANCE * 4 / 3),
    (
        "unbiased-variance",
        "1 -> batchnorm",
        "value",
        {"values": {"input": BATCH}, "at": {"image": 3}},
        1 / (VARIANCE * 4 / 3) ** 0.5,
    ),
    ("no-root", "1 -> batchnorm", "value", {"values": {"input": BATCH}, "at": {"image": 1}}, (3 - MEAN) / VARIANCE),
    ("root-taken", "1 -> batchnorm", "variance", {"values": {"input": BATCH}}, VARIANCE**0.5),
    ("not-centred", "1 -> batchnorm", "value", {"values": {"input": BATCH}, "at": {"image": 1}}, 3 / VARIANCE**0.5),
    ("not-centred", "1 -> batchnorm", "variance", {"values": {"input": BATCH}}, sum(n * n for n in BATCH) / 4),
    (
        "scale-left-out",
        "1 -> batchnorm",
        "value",
        {"values": {"input": BATCH, "weight": 3, "bias": 7}, "at": {"image": 1}},
        (3 - MEAN) / VARIANCE**0.5,
    ),
    ("not-divided", "1 -> batchnorm", "mean", {"values": {"input": BATCH}}, sum(BATCH)),
    (
        "dropout-inverted",
        "2 -> dropout 0.2",
        "value",
        {"values": {"input": [20, 3], "mask": [1, 0]}, "at": {"channel": 1}},
        16,
    ),
    (
        "dropout-unscaled",
        "2 -> dropout 0.2",
        "value",
        {"values": {"input": [20, 3], "mask": [1, 0]}, "at": {"channel": 1}},
        20,
    ),
    (
        "rate-for-share",
        "2 -> dropout 0.2",
        "value",
        {"values": {"input": [20, 3], "mask": [1, 0]}, "at": {"channel": 1}},
        100,
    ),
    (
        "mask-inverted",
        "2 -> dropout 0.2",
        "value",
        {"values": {"input": [20, 3], "mask": [1, 0]}, "at": {"channel": 1}},
        0,
    ),
]


@pytest.mark.parametrize(("slug", "network", "ask", "entry", "wrong"), BAD)
def test_mistakes_are_named(slug: str, network: str, ask: str, entry: dict[str, Any], wrong: float) -> None:
    own = part(network, ask, **({"conventions": {"order": "chw"}} if "x2 " in network else {}), **entry)
    text = f"{wrong:g}" if float(wrong).is_integer() else f"{wrong:.6f}"
    mark = mark_part(own, text)
    assert mark.verdict == "wrong", mark.feedback
    assert [diagnosis.slugs for diagnosis in mark.diagnoses][:1] == [(slug,)], mark.feedback
    assert mark.hint == SLUGS[slug]


def test_every_mistake_is_tried() -> None:
    assert {mistake.slug for mistake in VALUES} | {"position-exchanged"} == {slug for slug, *_ in BAD}


def test_a_random_number_has_no_name() -> None:
    """Numbers around a right one of four digits are seldom one of the few that mistakes lead to."""
    own = part("5x5x1 -> conv 1 3x3 pad=1 -> relu", values=GIVEN, at=ROW)
    right = own.right.value
    named = [n for n in range(right - 500, right + 500) if n != right and mark_part(own, str(n)).diagnoses]
    assert len(named) <= 30 + 10  # 3%, and slips of one digit


def test_a_mistake_in_front_is_named_there() -> None:
    own = part("5x5x1 -> conv 1 3x3 -> relu", values=GIVEN, at=ROW)
    mark = mark_part(own, str(at(1, 2)))
    assert mark.diagnoses[0].slugs == ("no-bias",)
    assert mark.diagnoses[0].text.endswith("the bias is missing (in the convolution).")


# Answers.


@pytest.mark.parametrize(
    "text",
    [
        "[[5, 2], [4, 6]]",
        "[[5,2],[4,6]]",
        "[[5 2]\n [4 6]]",
        "5 2\n4 6",
        "5 2; 4 6",
        "5, 2\n4, 6\n",
        "((5, 2), (4, 6))",
        "{{5, 2}, {4, 6}}",
        "[5 2; 4 6]",
        "y = [[5, 2], [4, 6]]",
        "array([[5, 2],\n       [4, 6]])",
        "tensor([[5., 2.],\n        [4., 6.]], dtype=torch.float64)",
        r"\begin{bmatrix} 5 & 2 \\ 4 & 6 \end{bmatrix}",
        r"$\left[\begin{array}{cc}5&2\\4&6\end{array}\right]$",
        "| 5 | 2 |\n|---|---|\n| 4 | 6 |",
        "[5, 2]\n[4, 6]",
        "5, 2, 4, 6",
        "[[[5], [2]], [[4], [6]]]",
    ],
)
def test_tensors_are_read(text: str) -> None:
    values = {"input": [[1, 3, 2, 1], [5, 2, 0, 2], [4, 1, 1, 6], [0, 2, 3, 1]]}
    assert mark_part(part("4x4x1 -> maxpool 2x2", values=values), text).verdict == "right"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[5, 2], [4]]", "its rows have different lengths: write it as [[1, 2], [3, 4]], or a row a line"),
        ("[[5, 2], [4, 6]", "a bracket is not closed: write it as [[1, 2], [3, 4]], or a row a line"),
        ("5, 2], [4, 6]", "a bracket is closed that none opened: write it as [[1, 2], [3, 4]], or a row a line"),
        ("[[5, two]]", "'two' is no number: write it as [[1, 2], [3, 4]], or a row a line"),
        ("[]", "'[]' holds no numbers: write it as [[1, 2], [3, 4]], or a row a line"),
        ("nan inf", "'nan' is no number: write it as [[1, 2], [3, 4]], or a row a line"),
        ("1 " * 3000, "the answer has 6,000 characters, more than the 4,000 that are read"),
    ],
)
def test_what_is_no_tensor(text: str, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_answer(text, part("4x4x1 -> maxpool 2x2", values={"input": IMAGE}))
    assert str(caught.value) == said


def test_a_wrong_number_in_a_tensor_is_wrong() -> None:
    own = part("4x4x1 -> maxpool 2x2", values={"input": IMAGE})
    assert own.right.text == "[[2, 3], [3, 2]]"
    assert mark_part(own, "[[2, 3], [3, 1]]").verdict == "wrong"
    mean = mark_part(part("4x4x1 -> maxpool 2x2", values={"input": IMAGE}), "[[1, 2], [2, 1]]")
    assert mean.diagnoses[0].slugs == ("mean-for-max",)


def test_rounded_numbers_are_right() -> None:
    own = part("1 -> batchnorm", values={"input": BATCH}, at={"image": 1})
    for text, verdict in (("-0.99", "right"), ("−0.9857", "right"), ("-1", "wrong"), ("0.99", "wrong")):
        assert mark_part(own, text).verdict == verdict, text
    whole = part("2 -> sigmoid", values={"input": [1, 2]})
    for text, verdict in (("0.73, 0.88", "right"), ("[0.7311, 0.8808]", "right"), ("0.73 0.89", "wrong")):
        assert mark_part(whole, text).verdict == verdict, text


# Keys with problems.


@pytest.mark.parametrize(
    ("network", "entry", "told"),
    [
        ("4x4x1 -> relu", {}, "E104 missing: values: is missing"),
        (
            "4x4x1 -> relu",
            {"values": {"input": [[1, 2], [3]]}},
            "E124 numbers: input: this row has 1 number, the first one 2 numbers",
        ),
        (
            "4x4x1 -> relu",
            {"values": {"input": [[1, 2], [3, 4]]}},
            "E124 numbers: input holds 2x2 numbers, 4x4x1 are needed",
        ),
        ("1 -> relu", {"values": {"input": "nan"}}, "E124 numbers: input: 'nan' is no number of at most nine digits"),
        (
            "1 -> relu",
            {"values": {"input": "1e999"}},
            "E124 numbers: input: '1e999' is no number of at most nine digits",
        ),
        (
            "1 -> relu",
            {"values": {"input": "9" * 20}},
            "E124 numbers: input: '99999999999999999999' is no number of at most nine digits",
        ),
        ("1 -> relu", {"values": {"input": "two"}}, "E124 numbers: input: 'two' is no number of at most nine digits"),
        ("1 -> relu", {"values": {"input": []}}, "E124 numbers: input holds no numbers"),
        ("1 -> relu", {"values": {"input": {"a": 1}}}, "E105 value: a list of numbers is expected here"),
        ("1 -> relu", {"values": {"inptu": 1, "input": 1}}, "E109 name: no tensor is called 'inptu'"),
        ("1 -> relu", {"values": {}}, "E104 missing: input has no numbers"),
        (
            "40x40x1 -> relu",
            {"values": {"input": [[1] * 40] * 40}},
            "E112 limit: input has more than the 1,000 numbers that are read",
        ),
        ("1 -> relu", {"values": {"input": [[[[[[[[1]]]]]]]]}}, "E112 limit: input: lists are nested deeper than 5"),
        ("2x2x1 -> conv 1 1x1", {"values": {"input": [[1, 2], [3, 4]]}}, "E104 missing: conv.weight has no numbers"),
        (
            "224x224x3 -> conv 64 7x7",
            {"values": {"input": 1}},
            "H703 ask: 'value' is not computed for 447,256,320 products and values, more than 20,000,",
        ),
        ("8x8x4 -> lrn 5", {"values": {"input": 1}}, "H703 ask: 'value' is not computed for lrn"),
        (
            "4x4x1 -> maxpool 2x2",
            {"values": {"input": IMAGE}, "at": {"row": 3, "column": 1}},
            "E105 value: row is a whole number from 1 to 2, not '3'",
        ),
        (
            "4x4x1 -> maxpool 2x2",
            {"values": {"input": IMAGE}, "at": {"row": 1}},
            "E104 missing: the column of the value is missing",
        ),
        ("4x4x1 -> maxpool 2x2", {"values": {"input": IMAGE}, "at": {"rwo": 1}}, "E103 key: at: has no 'rwo' here"),
        (
            "2x2x2 -> relu",
            {"values": {"input": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]}},
            "H703 ask: the 2x2x2 numbers of input may be in either order",
        ),
        (
            "1 -> batchnorm",
            {"values": {"input": [3, 3]}, "at": {"image": 1}},
            "H703 ask: there is no value: something is divided by 0",
        ),
        ("1 -> relu", {"values": {"input": 1}, "letters": ["k"]}, "H703 ask: letters goes without ask: value"),
        ("1 -> batchnorm", {"values": {"input": 1, "epsilon": -1}}, "E124 numbers: epsilon is one number from 0 on"),
    ],
)
def test_keys_with_problems(network: str, entry: dict[str, Any], told: str) -> None:
    with pytest.raises(Problems) as caught:
        read_key(key_text(network, **entry), "hw.key.yaml")
    (problem, *_) = caught.value.problems
    assert problem.place is not None
    first = str(problem).splitlines()[0]
    assert first == f"hw.key.yaml:2:{problem.place.column}: {told}"


def test_asks_of_another_layer() -> None:
    for ask, told in (("derivative", "H703 ask: conv has no derivative"), ("mean", "H703 ask: conv has no mean")):
        with pytest.raises(Problems, match=told):
            part("1x1x1 -> conv 1 1x1", ask, values={"input": 1, "filter": 1})


def test_values_without_effect_are_refused() -> None:
    for entry in ({"values": {"input": 1}}, {"at": {"row": 1}}):
        with pytest.raises(
            Problems, match=f"{next(iter(entry))} (is|are) for ask: value, derivative, mean or variance"
        ):
            part("1 -> relu", "params", **entry)


def test_a_ragged_text_has_its_place() -> None:
    text = "questions:\n  - id: 1\n    network: 2x2x1 -> relu\n    ask: value\n    values:\n"
    text += "      input: |\n        1 2\n        3 x\n"
    with pytest.raises(Problems) as caught:
        read_key(text, "hw.key.yaml")
    assert str(caught.value.problems[0]).startswith("hw.key.yaml:8:11: E124 numbers: input: 'x' is no number")


# The question's text, in every format.


def question_key() -> Any:
    return read_key(key_text("4x4x1 -> conv 1 3x3", text="What comes out?", values=CONV, at={"row": 1, "column": 2}))


def test_the_numbers_stand_under_the_text() -> None:
    (question,) = question_key().questions
    assert question.text == (
        "What comes out?\n\n"
        "input:\n[ 1  2  3  0 ]\n[ 0  1  2  3 ]\n[ 3  0  1  2 ]\n[ 2  3  0  1 ]\n\n"
        "filter:\n[ 2  0  1 ]\n[ 0  1  2 ]\n[ 1  0  2 ]\n\n"
        "bias: 5\n\n"
        "Wanted is the value that comes out at row 1, column 2."
    )
    assert [len(block.rows) for block in blocks(question.text) if isinstance(block, Matrix)] == [4, 3]


def test_formats_print_matrices() -> None:
    variant = Variant("", question_key())
    assert "\\[\\left[\\begin{array}{rrrr}\n1 & 2 & 3 & 0 \\\\\n" in exam(variant)
    assert '<td align="right">3</td>' in gift([variant]).replace("\\=", "=")
    assert "\n        [ 2  0  1 ]\n" in canvas([variant])


def test_units_that_a_dropout_keeps() -> None:
    own = part("500 -> dropout 0.4", "kept_units")
    assert own.right.value == 300
    mark = mark_part(own, "200")
    assert [diagnosis.slugs for diagnosis in mark.diagnoses] == [("rate-for-share",)]
    assert mark.hint == SLUGS["rate-for-share"]


@pytest.mark.parametrize(
    "written",
    ["1: [[5, 2],\n[4, 6]]\n2: 0.731\n", "1:\n5 2\n4 6\n2: 0.73\n", "1: [[5 2]\n    [4 6]]\n2: 0.731\n"],
)
def test_tensors_in_submissions_go_over_lines(written: str, tmp_path: Path) -> None:
    pooled = [[1, 3, 2, 1], [5, 2, 0, 2], [4, 1, 1, 6], [0, 2, 3, 1]]
    questions = [
        {"id": "1", "network": "4x4x1 -> maxpool 2x2", "ask": "value", "values": {"input": pooled}},
        {"id": "2", "network": "1 -> sigmoid", "ask": "value", "values": {"input": 1}},
    ]
    key, folder = tmp_path / "hw.key.yaml", tmp_path / "handed-in"
    key.write_text(json.dumps({"questions": questions}), "utf-8")
    folder.mkdir()
    (folder / "ann.txt").write_text(written, "utf-8")
    result = CliRunner().invoke(
        main, ["grade", str(key), str(folder), "-o", str(tmp_path / "marked"), "--format", "csv"]
    )
    assert result.stdout.splitlines()[1].startswith("ann,1,1,2,2,marked,"), result.output
