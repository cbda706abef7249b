"""The documentation is correct: its examples are run, their outputs are the ones shown, and its references resolve."""

from __future__ import annotations

import doctest
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import cnncalc
from cnncalc.cli import main
from cnncalc.layers import SYNONYMS
from cnncalc.problem import Problems
from cnncalc.spec.read import EXPECTED, METADATA, TOP

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "language.md"
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/guides/*.md")),
)
TEXT = PAGE.read_text("utf-8")
FENCE = re.compile(r"^```(?P<kind>[a-z ]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(kind: str) -> list[object]:
    """Return the examples of a kind, each with the line it begins at."""
    found = (match for match in FENCE.finditer(TEXT) if match["kind"] == kind)
    return [pytest.param(match["body"], id=f"line {TEXT.count(chr(10), 0, match.start()) + 1}") for match in found]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("body", examples("chain"))
def test_a_chain_gives_what_its_comment_says(body: str) -> None:
    for line in body.splitlines():
        chain, _, wanted = line.partition(" # ")
        network = cnncalc.load(line)
        assert str(network.nodes[network.outputs["output"]].y) == wanted.strip(), chain


@pytest.mark.parametrize("body", examples("yaml"))
def test_a_file_is_without_problems(body: str) -> None:
    Path("net.cnn.yaml").write_text(body, "utf-8")
    variants = re.findall(r"^  (\w+): \{", body.partition("\nvariants:\n")[2].partition("\nlayers:")[0], re.MULTILINE)
    for name in variants or [""]:
        try:
            network = cnncalc.load(f"net.cnn.yaml:{name}" if name else "net.cnn.yaml")
        except Problems as problems:
            pytest.fail("\n".join(map(str, problems)))
        assert network.report().totals.params >= 0
        paths = re.search(r"^# paths: (.*)$", body, re.MULTILINE)
        if paths:
            assert [node.path for node in network.layers()] == paths.group(1).split()


BROKEN = re.findall(r"^```yaml broken\n(.*?)^```\n+```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("spec", "said"), BROKEN, ids=range(1, len(BROKEN) + 1))
def test_a_broken_file_says_what_is_shown(spec: str, said: str) -> None:
    Path("net.cnn.yaml").write_text(spec, "utf-8")
    with pytest.raises(Problems) as raised:
        cnncalc.load("net.cnn.yaml")
    assert "".join(f"{problem}\n" for problem in raised.value) == said


def console_blocks() -> list[object]:
    """Return the commands of all pages, the files of their page and the output shown; homework.md has its own test."""
    blocks = []
    for page in PAGES:
        text = page.read_text("utf-8")
        files = dict(re.findall(r"^```\w+ (\S+\.\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        for match in re.finditer(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            if page.name != "homework.md":
                blocks.append(pytest.param(match[1], files, id=f"{page.name} line {line}"))
    return blocks


@pytest.mark.parametrize(("block", "files"), console_blocks())
def test_a_command_prints_what_is_shown(block: str, files: dict[str, str]) -> None:
    """A command without output is only run; it must succeed."""
    for name, body in files.items():
        Path(name).write_text(body, "utf-8")
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        program, *words = shlex.split(command)
        assert program == "cnncalc"
        result = CliRunner().invoke(main, words, env={"COLUMNS": "80", "NO_COLOR": "1"})
        assert result.output == shown if shown else result.exit_code == 0


def anchors(page: Path) -> dict[str, str]:
    """Return the anchor and the text of every heading of a page, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-"): title for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", page.read_text("utf-8"))):
        if re.match(r"https?:|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        other = page.parent / file if file else page
        assert other.exists(), target
        assert not anchor or anchor in anchors(other), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_cited_pages_and_headings_exist(page: Path) -> None:
    for name, heading in re.findall(r"docs/(\w+\.md)(?:, ([A-Z][^;\n]*))?", page.read_text("utf-8")):
        cited = ROOT / "docs" / name
        assert cited.exists(), name
        assert not heading or page.name != "rules.md" or heading.strip() in anchors(cited).values(), heading


def test_every_fence_is_run() -> None:
    kinds = {match["kind"] for match in FENCE.finditer(TEXT)}
    assert kinds == {"chain", "yaml", "yaml broken", "text", "console"}
    assert TEXT.count("```") == 2 * len(FENCE.findall(TEXT))
    assert TEXT.count("```yaml broken") == len(BROKEN)


def test_every_key_is_explained() -> None:
    for word in (*TOP, *METADATA, *EXPECTED):
        assert f"`{word}`" in TEXT or f"`{word}:" in TEXT, word


def test_the_synonyms_it_names_are_some() -> None:
    for word in ("fc", "dense", "bn", "dwconv"):
        assert word in SYNONYMS


def test_its_contents_lead_somewhere() -> None:
    titles = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    links = re.findall(r"^- \[(.*?)\]\(#(.*?)\)$", TEXT, re.MULTILINE)
    assert [title for title, _ in links] == titles
    assert [anchor for _, anchor in links] == [title.lower().replace(" ", "-") for title in titles]


@pytest.mark.parametrize(("page", "least"), [("README.md", 4), ("docs/python.md", 11)])
def test_the_examples_in_python(page: str, least: int) -> None:
    text = (ROOT / page).read_text("utf-8")
    wanted = "( torch)?" if find_spec("torch") else ""
    found = re.finditer(rf"^```pycon{wanted}\n(?P<body>.*?)^```$", text, re.MULTILINE | re.DOTALL)
    blocks = "\n".join(match["body"] for match in found)
    examples = doctest.DocTestParser().get_doctest(blocks, {}, page, page, 0)
    said: list[str] = []
    result = doctest.DocTestRunner().run(examples, out=said.append)
    assert (result.failed, "".join(said)) == (0, "")
    assert result.attempted >= least


def test_the_picture_in_the_readme_is_current() -> None:
    """Compare its text: how it is drawn is a matter of rich's version."""
    now = CliRunner().invoke(main, ["show", "alexnet", "--format", "svg"]).output
    shown = (ROOT / "docs" / "images" / "show-alexnet.svg").read_text("utf-8")
    texts = [re.findall(r"<text[^>]*>(.*?)</text>", svg) for svg in (shown, now)]
    assert texts[0] == texts[1]
    assert len(texts[0]) > 20


def test_commands_named_in_the_readme_exist() -> None:
    for command in re.findall(r"`cnncalc ([a-z]+)", (ROOT / "README.md").read_text("utf-8")):
        assert command in main.list_commands(click.Context(main)), command


def test_objects_say_in_a_line_what_they_are() -> None:
    network = cnncalc.load("4x4x3 -> conv 2 3x3 -> relu")
    report = network.report()
    assert repr(network) == "<Network chain: 4x4x3 -> 2x2x2, 2 layers>"
    assert repr(report) == "<Report of chain: 56 params, 216 MACs, batch 1, float32>"
    assert repr(report.rows[0]) == "<Row conv: conv 2 3x3, 2x2x2, 56 params, 216 MACs>"
    assert repr(network.nodes[1]) == "<Node conv: conv 2 3x3, 4x4x3 -> 2x2x2>"
    assert repr(network.root) == "<Group : conv 2 3x3 -> relu>"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("convv", "lenet5 has no layer 'convv'"),
        ("C5.cnv", "lenet5 has no layer 'C5.cnv': did you mean 'C5.conv'"),
        ("input", "input is an input of lenet5, no layer"),
    ],
)
def test_a_path_that_is_none(path: str, said: str) -> None:
    with pytest.raises(KeyError) as error:
        cnncalc.load("lenet5").report().row(path)
    assert error.value.args[0].startswith(said)


def test_a_network_from_values_of_python() -> None:
    network = cnncalc.load("resnet50", input=(64, 64, 3), settings={"depths": [1, 1, 1, 1], "stride_on_3x3": False})
    assert network.overridden == ("input", "depths", "stride_on_3x3")
    assert str(network.input_shapes()["input"]) == "64x64x3"
    Path("net.cnn.yaml").write_text("input: 4x4x3\nlayers: relu\n", "utf-8")
    assert cnncalc.load(Path("net.cnn.yaml")).name == "net"
    assert str(network.report(batch="N").totals.macs).endswith("N")
    with pytest.raises(ValueError, match="batch must be a number or a word that stands for one, not '3x'"):
        network.report(batch="3x")


def test_problems_are_told_whole_in_python() -> None:
    with pytest.raises(Problems) as problems:
        cnncalc.load("4x4x3 -> cnv 2 3x3")
    assert str(problems.value) == (
        "<command line>:1:10: E108 kind: there is no layer or block 'cnv'\n"
        "  4x4x3 -> cnv 2 3x3\n           ^^^\n"
        "  help: did you mean 'conv'?"
    )


def test_a_file_without_a_name_is_called_as_it_is() -> None:
    Path("net.cnn.yaml").write_text("input: HxWx3\nlayers: relu\n", "utf-8")
    assert cnncalc.load("net.cnn.yaml").title == "net"
    assert cnncalc.load("-", stdin=lambda: b"input: 4x4x3\nlayers: relu\n").name == "stdin"


def test_every_page_is_in_the_site() -> None:
    listed = re.findall(r"^   ([\w/]+)$", (ROOT / "docs" / "index.rst").read_text("utf-8"), re.MULTILINE)
    docs = ROOT / "docs"
    pages = [path.relative_to(docs).with_suffix("").as_posix() for path in PAGES if docs in path.parents]
    assert sorted(page for page in listed if not page.startswith("generated/")) == sorted(pages)
