"""The library: exact published numbers, and what every file of it promises."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

import cnncalc
from cnncalc.claims.printed import read_printed
from cnncalc.library import Entry, files, library, stem
from cnncalc.network.network import Network
from cnncalc.network.report import Report, Row
from cnncalc.problem import Problems
from tests.effort import sampled

DATA = Path(__file__).parent / "data"
ENTRIES = library()
NETWORKS = [entry.name for entry in ENTRIES]
FILES = {stem(path): path for path in files()}


def rows(name: str) -> list[dict[str, str]]:
    """Read a table of published numbers; its last column says where they come from."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def network(name: str, input: str | None = None) -> Network:
    return cnncalc.load(name, input=input)


@cache
def report(name: str, input: str | None = None) -> Report:
    return network(name, input).report()


def own_input(name: str) -> str:
    """Return the shape of a network's own input."""
    return str(next(iter(network(name).input_shapes().values())))


def below(name: str, path: str, input: str | None = None) -> list[Row]:
    """Return the rows of a layer or of a named group."""
    return [row for row in report(name, input).rows if row.path == path or row.path.startswith(f"{path}.")]


def weights_alone(found: list[Row]) -> int:
    """Count trainable parameters without biases, as GoogLeNet's table does."""
    return sum(
        row.params - sum(tensor[0] for name, tensor in row.weights.items() if name == "bias")
        for row in found
        if row.node.aux is None
    )


# Published numbers


@pytest.mark.parametrize(
    "row", sampled(rows("published.csv"), every=8), ids=lambda row: f"{row['network']}-{row['at']}-{row['what']}"
)
def test_published(row: dict[str, str]) -> None:
    name, path, what, shape = row["network"], row["at"], row["what"], row["input"] or None
    if what == "weights":
        computed = weights_alone(below(name, path) if path else report(name, shape).rows)
    elif path:
        computed = sum(getattr(r, what) for r in below(name, path, shape))
    else:
        computed = getattr(report(name, shape).totals, what)
    assert computed == int(row["value"]), row["source"]


@pytest.mark.parametrize(
    "row", sampled(rows("torchvision.csv"), every=8), ids=lambda row: f"{row['network']}-{row['crop_size']}"
)
def test_torchvision(row: dict[str, str]) -> None:
    name, side = row["network"], row["crop_size"]
    shape = f"{side}x{side}x3"
    totals = report(name, None if own_input(name) == shape else shape).totals
    # torchvision counts the side head of inception_v3, and leaves out those of googlenet
    aux = totals.aux_params if name == "inception_v3" else 0
    assert totals.params + aux == int(row["num_params"]), row["source"]
    assert round(totals.macs / 1e9, 3) == float(row["ops_gmacs"]), row["source"]


@pytest.mark.parametrize(
    "row", sampled(rows("elsewhere.csv"), every=16), ids=lambda row: " ".join(filter(None, [*row.values()][:4]))
)
def test_what_other_libraries_print(row: dict[str, str]) -> None:
    """Variants, widths, resolutions and depths.

    `all` is what Keras counts, which is buffers too; `unscaled` the same without the scales of batch normalisation,
    which are half as many as its means and variances.
    """
    settings = dict(word.split("=", 1) for word in row["set"].split())
    totals = cnncalc.load(row["network"], input=row["input"] or None, settings=settings).report().totals
    counts = {"all": totals.params + totals.buffers, "unscaled": totals.params + totals.buffers // 2}
    computed = counts[row["what"]] if row["what"] in counts else getattr(totals, row["what"])
    printed = read_printed(row["printed"])
    assert printed is not None
    assert printed.agrees(computed), row["source"]


@pytest.mark.parametrize(
    "row", sampled(rows("counted.csv"), every=8), ids=lambda row: f"{row['network']}-{row['source']}"
)
def test_networks_that_others_built(row: dict[str, str]) -> None:
    """Models of other libraries, built by them and counted by PyTorch at the input of ours."""
    totals = report(row["network"]).totals
    assert (totals.params, totals.macs) == (int(row["params"]), int(row["macs"])), row["source"]


def test_every_torchvision_name_is_the_size_that_torchvision_uses() -> None:
    sides: dict[str, set[str]] = {}
    for row in rows("torchvision.csv"):
        sides.setdefault(row["network"], set()).add(f"{row['crop_size']}x{row['crop_size']}x3")
    for name, shapes in sides.items():
        assert own_input(name) in shapes, name


# What every file promises


@pytest.mark.parametrize("name", sampled(NETWORKS, every=8))
def test_it_loads_and_is_what_it_expects(name: str) -> None:
    assert not network(name).remarks
    assert network(name).name == name


def test_every_name_is_there_once() -> None:
    assert len(set(NETWORKS)) == len(NETWORKS)
    elsewhere = [(entry.name, entry.file.name) for entry in ENTRIES if entry.name in FILES]
    assert all(FILES[name].name == file for name, file in elsewhere), elsewhere


PROMISED = """
lenet lenet5 lenet5_1998
alexnet alexnet_one_tower alexnet_torchvision
zfnet
vgg_a vgg_a_lrn vgg_b vgg_c vgg_d vgg_e vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn
googlenet googlenet_torchvision inception_module_naive inception_module_reduced inception_v3
resnet18 resnet34 resnet50 resnet101 resnet152 resnet50_paper resnet101_paper resnet152_paper
densenet121 densenet161 densenet169 densenet201
"""


def test_the_networks_of_the_lecture_are_there() -> None:
    assert set(PROMISED.split()) <= set(NETWORKS)


@pytest.mark.parametrize("name", sampled(FILES, every=6))
def test_a_family_is_its_first_variant(name: str) -> None:
    first = next(entry for entry in ENTRIES if entry.file == FILES[name])
    assert network(name).name == first.name


@pytest.mark.parametrize("entry", sampled(ENTRIES, every=8), ids=lambda entry: entry.name)
def test_it_says_where_it_comes_from(entry: Entry) -> None:
    assert re.fullmatch(r"(19|20)\d\d", entry.year), "year"
    assert entry.source, "source"
    assert entry.family, "title"
    assert network(entry.name).source == entry.source


@pytest.mark.parametrize("name", sampled(FILES, every=6))
def test_every_variant_says_what_it_expects(name: str) -> None:
    text = FILES[name].read_text("utf-8")
    variants = sum(entry.file == FILES[name] for entry in ENTRIES)
    expects = re.findall(r"\bexpect: \{[^}]*\}", text)
    assert len(expects) == variants
    for expect in expects:
        for key in ("params:", "macs:", "output:"):
            assert key in expect, expect


@pytest.mark.parametrize("name", sampled(FILES, every=6))
def test_the_file_is_tidy(name: str) -> None:
    text = FILES[name].read_text("utf-8")
    assert text.startswith(f"name: {name}\n")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    for number, line in enumerate(text.splitlines(), 1):
        assert line == line.rstrip(), number
        assert "\t" not in line, number
        assert not re.search(r"(^|[\s(])(\.\.?|~)?/\w", line), f"{number} names a path"


@pytest.mark.parametrize("name", sampled(FILES, every=6))
def test_every_block_and_var_is_of_use(name: str) -> None:
    text = FILES[name].read_text("utf-8")
    code = "\n".join(line.partition(" #")[0] for line in text.splitlines() if not line.lstrip().startswith("#"))
    blocks = re.search(r"^blocks:\n(.*?)^\S", code, re.MULTILINE | re.DOTALL)
    for block in re.findall(r"^  (\w+)[^\n:]*:", blocks.group(1), re.MULTILINE) if blocks else ():
        assert len(re.findall(rf"\b{block}\b", code)) > 1, f"block {block}"
    flow = re.search(r"^vars: \{(.*)\}$", code, re.MULTILINE)
    listed = re.search(r"^vars:\n(.*?)^\S", code, re.MULTILINE | re.DOTALL)
    names = re.findall(r"(\w+):", flow.group(1)) if flow else []
    names += re.findall(r"^  (\w+):", listed.group(1), re.MULTILINE) if listed else []
    body = code[code.index("\nlayers:") :] + (blocks.group(1) if blocks else "")
    for var in names:
        assert re.search(rf"\b{var}\b", body), f"var {var}"


@pytest.mark.parametrize("name", sampled(NETWORKS, every=8))
def test_no_two_paths_are_equal_and_none_is_numbered_by_accident(name: str) -> None:
    paths = [node.path for node in network(name).nodes]
    assert len(set(paths)) == len(paths)
    # x_2 is what the walk calls a second level that would be called x: two unnamed calls of one block
    assert not [path for path in paths if re.search(r"[a-z]_2(\.|$)", path)]


# Shape checks fire


PART = r"(?:\d+|_|\((?:[^()]|\([^()]*\))*\))"
CHECK = re.compile(rf"(?:(?<=-> )|(?<= - ))(?:\d+|{PART}(?:x{PART})+)(?=$| ->| +#)", re.MULTILINE)
"""A shape written in a chain: 112x112x64, 56x56x_, (resolution/2)x_x_, 9216."""


def spoiled(name: str) -> list[tuple[str, str]]:
    """Return the file with one number of one check changed, for every check of the file, and the check."""
    text = FILES[name].read_text("utf-8")
    found = []
    for turn, check in enumerate(CHECK.finditer(text)):
        numbers = [part for part in re.finditer(PART, check.group()) if part.group() != "_"]
        number = numbers[turn % len(numbers)]
        start, end = check.start() + number.start(), check.start() + number.end()
        other = f"(1+{number.group()})" if "x" in check.group() else str(int(number.group()) + 1)
        found.append((f"{text[:start]}{other}{text[end:]}", check.group()))
    assert found, "a file without a shape check"
    return found


def codes(path: Path) -> set[str]:
    """Return the codes of the problems that any variant of a file has."""
    found: set[str] = set()
    spec = path.read_text("utf-8")
    variants = re.search(r"^variants:\n(.*?)^\S", spec, re.MULTILINE | re.DOTALL)
    names = re.findall(r"^  (\w+):", variants.group(1), re.MULTILINE) if variants else []
    for name in names or [""]:
        try:
            cnncalc.load(f"{path}:{name}" if name else str(path))
        except Problems as problems:
            found.update(problem.code for problem in problems.problems)
            break
    return found


@pytest.mark.parametrize("name", sampled(FILES, every=18))
def test_every_shape_check_fires(name: str, tmp_path: Path) -> None:
    file = tmp_path / "spoiled.cnn.yaml"
    for text, check in spoiled(name):
        file.write_text(text, "utf-8")
        assert "E205" in codes(file), f"nothing noticed that {check} was changed"


@pytest.mark.parametrize("name", sampled(FILES, every=12))
def test_a_changed_stride_breaks_a_check(name: str, tmp_path: Path) -> None:
    """Where a file strides, its shape checks (or a kernel that does not fit) notice another stride."""
    text = FILES[name].read_text("utf-8")
    file = tmp_path / "spoiled.cnn.yaml"
    for stride in re.finditer(r"\bstride=([2-9])", text):
        file.write_text(f"{text[: stride.start(1)]}{int(stride.group(1)) + 1}{text[stride.end(1) :]}", "utf-8")
        line = text.count("\n", 0, stride.start()) + 1
        assert codes(file) & {"E201", "E204", "E205"}, f"line {line}: another stride went unnoticed"
