"""How fast the language server answers an edit of ResNet-152, against reading the text alone.

    python benchmarks/lsp.py

A real client types into the library's file, over standard input and output. An edit is answered when its problems have
come and the hints that the editor then asks for.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measure import ROOT, keep, table

sys.path.insert(0, str(ROOT))

from cnncalc.linter.subject import build, read_source
from cnncalc.loading import uncollected
from cnncalc.problem import Source
from tests.server.editor import Editor

NAME = "resnet152"
WORD = " -> conv 64 3x3 pad=1 -> relu"
TEXT = (ROOT / "architectures" / "resnet.cnn.yaml").read_text("utf-8")
LINES = (
    "  - conv1: conv_bn 64 7x7 stride=2",
    "  - pool1: maxpool 3x3 stride=2 pad=1",
    "        skip: shortcut 4*w stride",
)


def typed() -> Iterator[str]:
    """Yield the file as it is after each key: a few steps are typed, letter by letter, at three places."""
    for line in LINES:
        at = TEXT.index(line) + len(line)
        for count in range(1, len(WORD) + 1):
            yield f"{TEXT[:at]}{WORD[:count]}{TEXT[at:]}"


def cpu_s(pid: int) -> float:
    """Return the seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alone(text: str) -> tuple[float, float]:
    """Return the seconds of reading a text, and of reading it and building the network."""
    start = time.perf_counter()
    with uncollected():
        reading = read_source(Source(NAME, text))
        read = time.perf_counter() - start
        build(reading, reading.spec.variants[NAME])
    return read, time.perf_counter() - start


def answered(editor: Editor, text: str) -> tuple[float, float]:
    """Return the seconds until the problems of a text have come, and until its hints."""
    start = time.perf_counter()
    editor.open(text)
    told = time.perf_counter() - start
    editor.hints()
    return told, time.perf_counter() - start


def ratio(some: list[float], others: list[float]) -> float:
    return statistics.median(some) / statistics.median(others)


def main() -> None:
    texts = [*typed()]
    times = []
    with tempfile.TemporaryDirectory() as folder:
        editor = Editor(Path(folder))
        editor.start({"variant": NAME})
        answered(editor, TEXT)
        before = cpu_s(editor.pid)
        for text in texts:
            times.append(answered(editor, text))
        served = (cpu_s(editor.pid) - before) / len(texts)
        editor.stop()
    told, whole = (list(column) for column in zip(*times, strict=True))
    alone(TEXT)
    start = time.process_time()
    read, built = (list(column) for column in zip(*map(alone, texts), strict=True))
    computed = (time.process_time() - start) / len(texts)
    start = time.process_time()
    for text in texts:
        read_source(Source(NAME, text))
    parsed = (time.process_time() - start) / len(texts)

    def row(what: str, seconds: list[float], bound: str = "") -> tuple[str, ...]:
        last = sorted(seconds)[int(0.95 * len(seconds))]
        return what, f"{statistics.median(seconds) * 1e3:.1f} ms", f"{last * 1e3:.1f} ms", bound

    rows = [
        row("reading the text alone", read),
        row("reading it and building the network alone", built),
        row("problems told by the server", told),
        row("problems and all hints", whole, "95 % ≤ 50 ms"),
    ]
    ratios = [
        ("median, problems and hints / reading and building", f"{ratio(whole, built):.1f}", "≤ 5"),
        ("median, problems and hints / reading the text", f"{ratio(whole, read):.1f}", ""),
        (f"processor time, {served * 1e3:.1f} ms an edit / reading and building", f"{served / computed:.1f}", "≤ 5"),
        (f"processor time, {served * 1e3:.1f} ms an edit / reading the text", f"{served / parsed:.1f}", "≤ 5"),
    ]
    title = f"One letter typed into resnet.cnn.yaml, shown as {NAME}; {len(texts)} edits, load {os.getloadavg()[0]:.1f}"
    times_table = table(title, ("what", "median", "95 % within", "bound"), rows)
    keep("lsp.md", f"{times_table}\n{table('Against parsing alone', ('what', 'ratio', 'bound'), ratios)}")


if __name__ == "__main__":
    main()
