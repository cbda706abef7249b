"""Execution on given numbers: the lecture's filter, files of every form, and what is wrong with others."""

from __future__ import annotations

import io
import json
import math
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from cnncalc.cli import main
from cnncalc.live import arrays
from cnncalc.live import run as live
from cnncalc.loading import load
from cnncalc.problem import NoAnswer
from cnncalc.values import files
from tests.effort import examples

torch = pytest.importorskip("torch")

DATA = Path(__file__).parent.parent / "data"
LECTURE = ("7x7x1 -> conv 1 7x7 bias=no", "--weights", str(DATA / "lecture_filter.csv"))


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(main, ["run", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, Any], Path]:
    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        if name.endswith(".npy"):
            with path.open("wb") as out:
                numpy.save(out, content, allow_pickle=True)
        else:
            path.write_text(content, "utf-8")
        return path

    return write


# The lecture.


@pytest.mark.parametrize(("patch", "printed"), [("lecture_patch.csv", "6600\n"), ("other_patch.csv", "0\n")])
def test_the_lecture(patch: str, printed: str, run: Callable[..., Result]) -> None:
    result = run(*LECTURE, "--input-file", DATA / patch)
    assert (result.exit_code, result.stdout, result.stderr) == (0, printed, "")


def test_the_same_numbers_in_every_form(run: Callable[..., Result], file: Callable[[str, Any], Path]) -> None:
    patch = numpy.loadtxt(DATA / "lecture_patch.csv", delimiter=",")
    text = "\n".join("  ".join(f"{n:.1f}" for n in row) for row in patch)
    forms = [
        file("blanks.txt", f"# a patch\n\n{text}\n"),
        file("semicolons.csv", text.replace("  ", ";")),
        file("bom.csv", "\ufeff" + text.replace("  ", ",")),
        file("plain.npy", patch),
        file("hwc.npy", patch.reshape(7, 7, 1).astype("float32")),
        file("columns.npy", numpy.asfortranarray(patch)),
        file("ints.npy", patch.astype("uint8")),
        file("swapped.npy", patch.astype(">f4")),
        file("swapped_ints.npy", patch.astype(">i8")),
    ]
    for path in forms:
        assert run(*LECTURE, "--input-file", path).stdout == "6600\n", path


# Numbers in, numbers out.


def test_orders_of_a_volume(run: Callable[..., Result], file: Callable[[str, Any], Path]) -> None:
    volume = numpy.arange(12.0).reshape(2, 3, 2)  # height, width, channels
    planes = "0 2 4\n6 8 10\n\n1 3 5\n7 9 11\n"
    for options in (
        ["--input-file", file("hwc.npy", volume)],
        ["--input-file", file("hwc.csv", "\n".join(f"{a},{b}" for a, b in volume.reshape(6, 2)))],
        ["--layout", "chw", "--input-file", file("chw.npy", volume.transpose(2, 0, 1))],
    ):
        printed = run("2x3x2 -> relu", *options).stdout
        assert "\n".join(" ".join(line.split()) for line in printed.splitlines()) + "\n" == planes


def test_weights_by_path(run: Callable[..., Result], file: Callable[[str, Any], Path], tmp_path: Path) -> None:
    spec = file("two.cnn.yaml", "input: 2\nlayers:\n  - a: linear 2\n  - b: linear 1 -> relu\n")
    x, ones, sign = file("x.csv", "3\n4\n"), file("ones.csv", "1 1\n1 1\n"), file("sign.csv", "1,-0.5\n")
    bias, half = file("bias.csv", "10,20\n"), file("half.csv", "0.5\n")
    given = ["--weights", f"a={ones}", "--weights", f"a.bias={bias}", "--weights", f"b.linear.weight={sign}"]
    result = run(spec, "--input-file", x, *given, "--weights", f"b.bias={half}")
    assert (result.stdout, result.stderr) == ("4\n", "")
    result = run(spec, "--input-file", x, *given)
    assert result.stderr == "drawn at random, as no file gives them: b.linear.bias\n"
    assert result.stdout == run(spec, "--input-file", x, *given).stdout
    assert result.stdout != run(spec, "--input-file", x, *given, "--seed", 1).stdout


def test_several_inputs_and_outputs(run: Callable[..., Result], file: Callable[[str, Any], Path]) -> None:
    text = "inputs: {left: 2, right: 1}\noutputs: [l, r]\nlayers:\n  - l: use left -> relu\n  - r: use right -> relu\n"
    spec, two, one = file("s.cnn.yaml", text), file("two.csv", "1 -2"), file("one.csv", "0.1")
    result = run(spec, "--input-file", f"left={two}", "--input-file", f"right={one}")
    assert result.stdout == "l\n1\n0\nr\n0.100000001\n"
    result = run(spec, "--input-file", f"left={two}", "--input-file", f"right={one}", "--dtype", "float64")
    assert result.stdout == "l\n1\n0\nr\n0.1\n"
    result = run(spec, "--input-file", two)
    assert result.exit_code == 2
    assert "each input needs its file: --input-file left=FILE --input-file right=FILE" in result.stderr


def test_output_files(run: Callable[..., Result], file: Callable[[str, Any], Path], tmp_path: Path) -> None:
    volume = numpy.arange(-6.0, 6).reshape(2, 3, 2)
    x = file("x.npy", volume)
    for name in ("y.npy", "y.csv"):
        assert run("2x3x2 -> relu", "--input-file", x, "-o", tmp_path / name).exit_code == 0
    found = numpy.load(tmp_path / "y.npy")
    assert found.dtype == numpy.float32
    assert (found == volume.clip(0)).all()
    assert (tmp_path / "y.csv").read_text() == "0,0\n0,0\n0,0\n0,1\n2,3\n4,5\n"
    assert (numpy.loadtxt(tmp_path / "y.csv", delimiter=",").reshape(2, 3, 2) == volume.clip(0)).all()
    assert run("2x3x2 -> relu", "--input-file", tmp_path / "y.csv").exit_code == 0


def test_a_large_output_is_summed_up(run: Callable[..., Result], file: Callable[[str, Any], Path]) -> None:
    x = file("x.npy", numpy.linspace(-1, 1, 50 * 50).reshape(50, 50))
    result = run("50x50x1 -> relu", "--input-file", x)
    assert result.stdout == "50x50x1 numbers from 0 to 1, mean 0.25010004; -o FILE writes them all\n"


# What is wrong.


class Bomb:
    def __reduce__(self) -> Any:
        return print, ("boom",)


HEADER = b"{'descr': '<f4', 'fortran_order': False, 'shape': (7, 7), }"


def npy(header: bytes = HEADER, data: bytes = b"", length: int | None = None) -> bytes:
    size = len(header) if length is None else length
    return b"\x93NUMPY\1\0" + size.to_bytes(2, "little") + header + data


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("text.csv", "1,2\n3,four\n", "{}:2:3: E124 numbers: 'four' is no number\n  3,four\n    ^^^^\n"),
        ("gap.csv", "1,2,3\n4,5\n", "{}:2:1: E124 numbers: this line has 2 numbers, the first one 3"),
        ("nan.csv", "nan\n", "'nan' is no number"),
        ("underscore.csv", "1_000\n", "'1_000' is no number"),
        ("empty.csv", "# nothing\n", "{} holds no numbers, the input needs 7x7x1"),
        ("wide.csv", "1 2 3\n", "{} holds 1x3 numbers, the input needs 7x7x1"),
        ("long.csv", "1\n" * 48, "{} holds 48x1 numbers, the input needs 7x7x1"),
        ("binary.csv", b"\xff\xfe\x00", "{} is neither text in UTF-8 nor .npy"),
        ("huge.csv", b"0" * 80_000, "{} has 80,000 bytes, too many for the 7x7x1 numbers of the input"),
        ("short.npy", b"\x93NUM", "{} is not in the .npy format"),
        ("version.npy", b"\x93NUMPY\x09\0" + bytes(20), "{} is not in the .npy format"),
        ("code.npy", npy(b"__import__('os').system('false')"), "{} has a .npy header that cannot be read"),
        ("deep.npy", npy(b"(" * 9_000), "{} has a .npy header that cannot be read"),
        ("list.npy", npy(b"[1, 2]"), "{} has a .npy header that cannot be read"),
        ("header.npy", npy(HEADER, length=20_000), "{} has a header of 20,000 bytes, at most 10,000 are read"),
        ("cut.npy", npy(HEADER, bytes(8)), "{} has fewer bytes than its header says"),
        ("more.npy", npy(HEADER, bytes(400)), "{} has more bytes than its header says"),
        ("vast.npy", npy(HEADER.replace(b"(7, 7)", b"(99999999999, 7)")), "{} holds 99999999999x7 numbers, the input"),
        ("negative.npy", npy(HEADER.replace(b"(7, 7)", b"(-7, -7)")), "not plain numbers"),
        ("objects.npy", numpy.array([Bomb()], dtype=object), "holds Python objects, which only pickle can read"),
        ("pickle.npy", pickle.dumps(Bomb()), "{} is not in the .npy format"),
        ("complex.npy", numpy.zeros((7, 7), "complex64"), "{} holds '<c8', not plain numbers"),
        ("fields.npy", numpy.zeros(3, [("a", "f4")]), "not plain numbers"),
        ("infinite.npy", numpy.full((7, 7), numpy.inf), "{} holds numbers that are not finite"),
        ("none.csv", None, "cannot be read: no such file or directory"),
        (".", None, "cannot be read: it is a folder"),
    ],
)
def test_files_that_do_not_fit(name: str, content: Any, told: str, tmp_path: Path, run: Callable[..., Result]) -> None:
    path = tmp_path / name
    if isinstance(content, numpy.ndarray):
        numpy.save(path, content, allow_pickle=True)
    elif content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    result = run("7x7x1 -> relu", "--input-file", path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert told.format(path) in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["7x7x1 -> conv 1 5x5"], "lecture_filter.csv holds 7x7 numbers, conv.weight needs 1x1x5x5"),
        (["7x7x1 -> relu"], "no layer of chain has a weight"),
        (
            ["7x7x1 -> conv 1 3x3 -> conv 1 3x3"],
            "chain has 2 layers with a weight, so a file needs the path of its own",
        ),
    ],
)
def test_weights_that_do_not_fit(arguments: list[str], told: str, run: Callable[..., Result]) -> None:
    result = run(*arguments, "--input-file", DATA / "lecture_patch.csv", *LECTURE[1:])
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_layer_that_is_not_there(run: Callable[..., Result]) -> None:
    result = run("7x7x1 -> conv 1 3x3", "--input-file", DATA / "lecture_patch.csv", "--weights", "cnv=x.csv")
    assert "E109 name: no layer or learned tensor is called 'cnv'\n  help: did you mean 'conv'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["4 -> relu"], "each input needs its file: --input-file FILE"),
        (["4 -> relu", "--input-file", "a=b.csv"], "each input needs its file"),
        (["4 -> relu", "--input-file", "a.csv", "--input-file", "b.csv"], "a file is given twice"),
        (["4 -> relu", "--input-file", "a.csv", "--weights", "conv="], "'conv=' names no file"),
    ],
)
def test_wrong_use(arguments: list[str], told: str, run: Callable[..., Result]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


# .npy, against NumPy's own.


@examples(40)
@given(
    arrays_of.arrays(
        st.sampled_from(["<f2", "<f4", ">f4", "<f8", ">f8", "<i2", ">i4", "<i8", "|u1", "|i1", "|b1"]),
        arrays_of.array_shapes(max_dims=4, max_side=4),
        elements={"allow_nan": False, "allow_infinity": False},
    ),
    st.booleans(),
)
def test_npy_is_read_as_numpy_reads_it(array: Any, by_columns: bool) -> None:
    array = numpy.asfortranarray(array) if by_columns else array
    stream = io.BytesIO()
    numpy.save(stream, array)
    stream.seek(0)
    found = files.read_npy(stream, "x.npy", array.shape, "x")
    assert numpy.array_equal(arrays.npy_tensor(torch, found).double().numpy(), array.astype("f8"))
    assert numpy.array_equal(numpy.reshape(files.npy_numbers(found, "x.npy"), array.shape), array.astype("f8"))


def test_npy_is_written_as_numpy_reads_it() -> None:
    for dtype in ("float16", "float32", "float64", "bfloat16"):
        tensor = torch.arange(6, dtype=getattr(torch, dtype)).reshape(2, 3).T
        found = numpy.load(io.BytesIO(files.npy(arrays.plain(tensor), dtype)))
        assert found.dtype == ("float32" if dtype == "bfloat16" else dtype)
        assert numpy.array_equal(found, tensor.float().numpy())


def test_sizes_of_one_are_left_out() -> None:
    stream = io.BytesIO()
    numpy.save(stream, numpy.ones((1, 3, 1)))
    stream.seek(0)
    assert files.read_npy(stream, "x.npy", (3,), "x").sizes == (1, 3, 1)
    stream.seek(0)
    with pytest.raises(NoAnswer, match="holds 1x3x1 numbers, x needs 3x3"):
        files.read_npy(stream, "x.npy", (3, 3), "x")


@pytest.mark.parametrize(
    "data",
    [b"1 2\n3 4\n", npy(HEADER.replace(b"7", b"2"), numpy.array([1, 2, 3, 4], "<f4").tobytes())],
    ids=["text", "npy"],
)
def test_numbers_from_standard_input(data: bytes) -> None:
    words = ["run", "2x2x1 -> maxpool 2", "--input-file", "-"]
    result = CliRunner().invoke(main, words, input=data)
    assert (result.exit_code, result.stdout) == (0, "4\n")
    assert CliRunner().invoke(main, words, input=b"1 x\n").stderr.startswith("<stdin>:1:3: E124 numbers: ")


# Small networks need no PyTorch.


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.usefixtures("without_torch")
@pytest.mark.parametrize(("patch", "printed"), [("lecture_patch.csv", "6600\n"), ("other_patch.csv", "0\n")])
def test_the_lecture_without_pytorch(patch: str, printed: str, run: Callable[..., Result]) -> None:
    result = run(*LECTURE, "--input-file", DATA / patch)
    assert (result.exit_code, result.stdout, result.stderr) == (0, printed, "")


@pytest.mark.usefixtures("without_torch")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["7x7x1 -> conv 1 7x7"], "drawing conv.weight, conv.bias at random"),
        (["7x7x1 -> lrn 5"], "running lrn"),
        (["7x7x1 -> relu", "--dtype", "bfloat16"], "running bfloat16"),
    ],
)
def test_what_needs_pytorch(arguments: list[str], told: str, run: Callable[..., Result]) -> None:
    result = run(*arguments, "--input-file", DATA / "lecture_patch.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0] == f"E121 package: {told} needs PyTorch: pip install torch"


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])  # the second one is run by PyTorch
def test_a_batch_norm_draws_nothing(dtype: str, run: Callable[..., Result], file: Callable[[str, Any], Path]) -> None:
    x, ones = file("x.csv", "2 4 4 6\n"), file("ones.csv", "2\n")
    result = run("4x1 -> batchnorm", "--input-file", x, "--dtype", dtype)
    assert result.stderr == (
        "at their initial values, as no file gives them: batchnorm.weight = 1, batchnorm.bias = 0\n"
    )
    assert [round(float(word)) for word in result.stdout.split()] == [2, 4, 4, 6]
    given = ["--weights", f"batchnorm.running_mean={ones}", "--weights", f"batchnorm.running_var={ones}"]
    result = run("4x1 -> batchnorm", "--input-file", x, "--dtype", dtype, *given)
    assert [round(float(word) * 2**0.5) for word in result.stdout.split()] == [0, 2, 2, 4]
    made = json.loads(run("4x1 -> batchnorm", "--input-file", x, "--dtype", dtype, "--format", "json").stdout)
    assert (made["drawn"], made["initial"]) == ([], {"batchnorm.weight": 1, "batchnorm.bias": 0})


def test_a_drawn_bias_of_one_number_is_drawn(run: Callable[..., Result], file: Callable[[str, Any], Path]) -> None:
    result = run("2 -> linear 1 -> prelu", "--input-file", file("x.csv", "1 2"))
    assert result.stderr == (
        "drawn at random, as no file gives them: linear.weight, linear.bias\n"
        "at their initial values, as no file gives them: prelu.weight = 0.25\n"
    )


@examples(20)
@given(st.data())
def test_small_networks_print_what_pytorch_prints(data: st.DataObject) -> None:
    """Both ways agree to float32's last digit or two, whatever the layout and the numbers."""
    numbers = st.integers(-8, 8).map(lambda n: n / 4)
    chain, weight = data.draw(
        st.sampled_from(
            [
                ("5x4x2 -> conv 3 3x3 pad=1 stride=2 -> relu", (3, 2, 3, 3)),
                ("6 -> linear 4 -> sigmoid", (4, 6)),
                ("7x2 -> conv 2 3 pad=same_lower -> tanh -> maxpool 2", (2, 2, 3)),
            ]
        )
    )
    network = load(chain)
    (shape,) = network.input_shapes().values()
    layout = data.draw(st.sampled_from(["hwc", "chw"]))
    with TemporaryDirectory() as folder:
        files_of = {}
        for name, sizes in (("x", shape.hwc if layout == "hwc" else shape.chw), ("w", weight), ("b", weight[:1])):
            count = math.prod(sizes)
            array = numpy.array(data.draw(st.lists(numbers, min_size=count, max_size=count))).reshape(sizes)
            files_of[name] = str(Path(folder, f"{name}.npy"))
            numpy.save(files_of[name], array)
        layer = next(network.layers()).path
        weights = {layer: files_of["w"], f"{layer}.bias": files_of["b"]}
        ours = live.run(network, {"input": files_of["x"]}, weights, layout=layout)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(live, "evaluated", lambda *given, **named: "this")
            theirs = live.run(network, {"input": files_of["x"]}, weights, layout=layout)
    (one,), (other,) = ours.outputs.values(), theirs.outputs.values()
    assert one.sizes == other.sizes
    assert all(math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6) for a, b in zip(one.numbers, other.numbers, strict=True))
