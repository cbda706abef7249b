"""Hostile inputs: each ends in a problem, soon and in little memory. They run in one other process, which may die.

The process may take 300 MB beyond what it has after its imports. The time is generous, as machines differ: on a slow
core each takes two to three seconds at most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest

import cnncalc
from cnncalc.library import NotFound
from tests.effort import sampled

MEGABYTES = 300
SECONDS = 30

HEAD = "input: 8x8x3\nlayers:\n"
BLOCKS = 45


def _calls(body: str, last: str, head: str = "") -> str:
    """Write a row of blocks, each of which has two calls of the next one in its body."""
    rows = "".join(f"  b{i}{head}: {body.replace('NEXT', f'b{i + 1}')}\n" for i in range(BLOCKS))
    return f"{HEAD}  - b0{' 1' if head else ''}\nblocks:\n{rows}  b{BLOCKS}{head}: {last}\n"


def _anchors() -> str:
    letters = "abcdefghijklmnop"
    rows = [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise(letters)]
    return "a: &a [x, x, x]\n" + "\n".join(rows) + "\n"


HOSTILE: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    # Texts
    "50 MB": ("E112", lambda: b"#" * 50_000_000),
    "an empty file": ("E114", lambda: b""),
    "a NUL byte": ("E114", lambda: b"input: 8x8x3\0\nlayers: relu\n"),
    "every byte there is": ("E114", lambda: bytes(range(256)) * 1000),
    "UTF-16": ("E114", lambda: f"{HEAD}  - relu\n".encode("utf-16")),
    "UTF-16 without a mark": ("E114", lambda: f"{HEAD}  - relu\n".encode("utf-16-le")),
    "Latin-1": ("E114", lambda: f"{HEAD}  - relu # é\n".encode("latin-1")),
    "1 MB of line breaks": ("E101", lambda: "\n" * 999_000),
    "1 MB of quotes": ("E101", lambda: '"' * 999_000),
    "1 MB of colons": ("E101", lambda: ":" * 999_000),
    "1 MB of dashes": ("E101", lambda: "-" * 999_000),
    # Nesting
    "1 MB of square brackets": ("E112", lambda: "[" * 999_999),
    "1 MB of braces": ("E101 E112", lambda: "{" * 999_999),
    "half a million dashes": ("E112", lambda: "- " * 499_999),
    "lists in lists, 10,000 deep": ("E112", lambda: f"{HEAD}  - {'[' * 10_000}relu{']' * 10_000}\n"),
    "brackets in a chain, 10,000 deep": ("E112", lambda: f"{HEAD}  - {'(' * 10_000}relu{')' * 10_000}\n"),
    "brackets that never close": ("E106", lambda: f"{HEAD}  - conv {'(' * 900_000}\n"),
    "keys under keys": ("E112", lambda: "".join(f"{' ' * i}a:\n" for i in range(1300))),
    "a list in quotes, 20,000 deep": ("E112", lambda: f"{HEAD}  - conv {'[' * 20_000}1{']' * 20_000} 3x3\n"),
    "indices on indices": ("E112", lambda: f"vars: {{w: 'w{'[0]' * 30_000}'}}\n{HEAD}  - relu\n"),
    # Aliases
    "anchors that explode": ("E101", _anchors),
    "80,000 aliases": ("E101", lambda: HEAD + "  - *a\n" * 80_000),
    # Repeats
    "10^9 rounds": ("E112", lambda: f"{HEAD}  - repeat: 1000000000\n    layers: relu\n"),
    "10^9 rounds in a chain": ("E112", lambda: f"{HEAD}  - 1000000000 * relu\n"),
    "10^9 empty rounds": ("E112", lambda: f"{HEAD}  - repeat: 1e9\n    layers: identity\n"),
    "rounds of rounds of rounds": ("E112", lambda: f"{HEAD}  - 1000*(1000*(1000*(relu)))\n"),
    "empty rounds of rounds": ("E112", lambda: f"{HEAD}  - 1000*(1000*(1000*(identity)))\n"),
    # Blocks
    "a block that calls itself": ("E116", lambda: f"{HEAD}  - a\nblocks: {{a: relu -> a}}\n"),
    "a block that calls itself twice": ("E116", lambda: f"{HEAD}  - a\nblocks: {{a: a -> a}}\n"),
    "a block that repeats itself": ("E116", lambda: f"{HEAD}  - a\nblocks: {{a: 9*a}}\n"),
    "three blocks in a ring": ("E116", lambda: f"{HEAD}  - a\nblocks: {{a: b, b: c, c: relu -> a}}\n"),
    "blocks that double": ("E112", lambda: _calls("NEXT -> NEXT", "relu")),
    "empty blocks that double": ("E112", lambda: _calls("NEXT -> NEXT", "identity")),
    "broken blocks that double": ("E201", lambda: _calls("NEXT -> NEXT", "conv 3 99x99")),
    "blocks that double their numbers": ("E112", lambda: _calls("NEXT 2*n -> NEXT n+1", "conv n 1x1", " n")),
    "branches that double": ("E112", lambda: _calls("[{add: [NEXT, NEXT]}]", "identity")),
    "weights shared with shared ones": (
        "E112",
        lambda: (
            f"{HEAD}  - a0: conv 3 1x1\n"
            + "".join(f"  - a{i}: again a{i - 1} -> again a{i - 1}\n" for i in range(1, 40))
        ),
    ),
    "weights shared with themselves": (
        "E109",
        lambda: f"{HEAD}  - a:\n      - conv 3 1x1\n      - b: use wrong -> again a\n  - again a\n",
    ),
    "weights shared with each other": (
        "E116",
        lambda: (
            f"{HEAD}  - a: [conv channels 1x1, {{if: channels > 3, then: again b}}]\n"
            "  - b: [conv channels 1x1, {if: channels > 3, then: again a}]\n"
            "  - conv 4 1x1 -> again a\n"
        ),
    ),
    # Numbers
    "9**9**9": ("E107", lambda: f"{HEAD}  - conv 9**9**9 3x3\n"),
    "9*9*9*…": ("E112", lambda: f"{HEAD}  - conv {'*'.join(['9'] * 40_000)} 3x3\n"),
    "a sum of 100,000": ("E112", lambda: f"{HEAD}  - conv {'+'.join(['1'] * 100_000)} 3x3\n"),
    "a sum in every one of many rounds": (
        "E112",
        lambda: f"{HEAD}  - 100000*(conv {'+'.join(['channels'] * 10_000)} 1x1)\n",
    ),
    "900,000 digits": ("E112", lambda: f"{HEAD}  - conv {'9' * 900_000} 3x3\n"),
    "1e999999999": ("E112", lambda: f"{HEAD}  - conv 1e999999999 3x3\n"),
    "multiple of much": ("E112", lambda: f"{HEAD}  - conv multiple(999999999999999999,8) 3x3\n"),
    "a volume that grows": ("E112", lambda: "input: 9x9x9\nlayers: 1000*(upsample 99999999999999999)\n"),
    "a shape of 400,000 sides": ("E205", lambda: f"{HEAD}  - 2{'x2' * 400_000}\n"),
    "a list of 400,000": ("E112", lambda: f"vars: {{w: [{'1,' * 400_000}1]}}\n{HEAD}  - relu\n"),
    # Many problems
    "130,000 unknown layers": ("E108", lambda: f"{HEAD}  - {' -> '.join(['cnv'] * 130_000)}\n"),
    "50,000 unknown layers with names of their own": (
        "E108",
        lambda: HEAD + "".join(f"  - cnv{i}\n" for i in range(50_000)),
    ),
    "unknown layers in rounds of rounds": ("E108", lambda: f"{HEAD}  - 1000*(1000*(cnv 3))\n"),
    "80,000 unknown keys": ("E103", lambda: "".join(f"k{i}: 3\n" for i in range(80_000))),
    "25,000 results that are not there": (
        "E109",
        lambda: HEAD + "".join(f"  - a{i}: relu\n  - use b{i}\n" for i in range(25_000)),
    ),
    "200,000 arguments too many": ("E111", lambda: f"{HEAD}  - relu {'1 ' * 200_000}\n"),
    "100,000 fields that are not there": ("E111", lambda: f"{HEAD}  - relu {'a=1 ' * 100_000}\n"),
    "10,000 variants of nothing": (
        "E103",
        lambda: f"{HEAD}  - relu\nvariants:\n" + "".join(f"  v{i}: {{w: {i}}}\n" for i in range(10_000)),
    ),
    "a name of 900,000 letters": ("E108", lambda: f"{HEAD}  - {'a' * 900_000}\n"),
}
"""What each is, the code of the first problem, and how its text is made."""

LARGE: dict[str, Callable[[], str]] = {
    "a chain of 20,000 layers": lambda: f"{HEAD}  - {' -> '.join(['conv 3 3x3 pad=1'] * 20_000)}\n",
    "20,000 items": lambda: HEAD + "  - relu\n" * 20_000,
    "20,000 rounds with names": lambda: f"{HEAD}  - repeat: 20000\n    layers:\n      - x: relu\n",
    "10,000 variants": lambda: (
        f"vars: {{w: 3}}\n{HEAD}  - relu\nvariants:\n" + "".join(f"  v{i}: {{w: {i}}}\n" for i in range(10_000))
    ),
    "10,000 calls of a block with names": lambda: (
        f"{HEAD}  - 1*relu{' -> unit' * 10_000}\nblocks:\n  unit:\n    - a: relu\n"
    ),
}
"""What is large, but may be."""

CHILD = """
import json, resource, signal, sys, time
from pathlib import Path
import cnncalc
from cnncalc.problem import Problems

try:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + int(sys.argv[1]) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
except OSError:
    pass  # no such accounts here
def stop(*_):
    raise TimeoutError

signal.signal(signal.SIGPROF, stop)  # after so much work, however busy the machine is
for path in map(str.strip, iter(sys.stdin.readline, "")):
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, int(sys.argv[2]))
    try:
        network = cnncalc.load(path)
        codes = []
    except Problems as found:
        codes = [problem.code for problem in found]
        longest = max(len(str(problem)) for problem in found)
        codes = codes if longest < 5000 else [f"a text of {longest} characters"]
    except BaseException as error:
        codes = [type(error).__name__]
    signal.setitimer(signal.ITIMER_PROF, 0)
    print(json.dumps([codes, time.process_time() - began]), flush=True)
    for module in [module for name, module in sys.modules.items() if name.startswith("cnncalc")]:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
"""


Load: TypeAlias = Callable[[str | bytes], tuple[list[str], float]]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Load a text in the other process; return the codes of its problems and the seconds it took."""
    file = tmp_path_factory.mktemp("hostile") / "net.cnn.yaml"
    words = [sys.executable, "-c", CHILD, str(MEGABYTES), str(SECONDS)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdin
        assert process.stdout
        answers = process.stdout

        def loaded(text: str | bytes) -> tuple[list[str], float]:
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            print(file, file=process.stdin)
            line = answers.readline()
            assert line, f"the process died: {process.wait()}"
            codes, seconds = json.loads(line)
            return codes, seconds

        yield loaded
        process.stdin.close()
        assert process.wait(SECONDS) == 0


@pytest.mark.parametrize("name", sampled(HOSTILE, every=8))
def test_it_ends_in_a_problem_soon(name: str, load: Load) -> None:
    expected, make = HOSTILE[name]
    codes, seconds = load(make())
    assert codes, "no problem"
    assert {*expected.split()} & {*codes}
    assert len(codes) <= 101
    assert seconds < SECONDS


@pytest.mark.parametrize("name", sampled(LARGE, every=5))
def test_what_is_large_may_be(name: str, load: Load) -> None:
    codes, seconds = load(LARGE[name]())
    assert codes == []
    assert seconds < SECONDS


def test_a_folder_and_files_that_cannot_be_read(tmp_path: Path) -> None:
    locked = tmp_path / "locked.cnn.yaml"
    locked.write_text(f"{HEAD}  - relu\n")
    locked.chmod(0)
    missing = tmp_path / "missing.cnn.yaml"
    endless = tmp_path / ("a" * 300 + ".cnn.yaml")
    for path in (tmp_path, missing, endless, locked):
        if os.access(path, os.R_OK) and path is locked:
            continue  # who may read everything reads a locked file
        with pytest.raises(NotFound) as found:
            cnncalc.load(str(path))
        assert [problem.code for problem in found.value] == ["E114"]
