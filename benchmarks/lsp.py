"""How fast the language server answers an edit of ResNet-152, against reading the text alone.

    python benchmarks/lsp.py

A real client types into the library's file, over standard input and output. An edit is answered when its problems have
come and the hints that the editor then asks for.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measure import ROOT, keep, table

sys.path.insert(0, str(ROOT))

from cnncalc.lint.subject import build, read_source
from cnncalc.load import uncollected
from cnncalc.problem import Source
from tests.server.editor import Editor

NAME = "resnet152"
WORD = " -> conv 64 3x3 pad=1 -> relu"
TEXT = (ROOT / "architectures" / "resnet.cnn.yaml").read_text("utf-8")
LINES = ("  - conv1: conv_bn 64 7x7 stride=2", "  - pool1: maxpool 3x3 stride=2 pad=1", "        skip: shortcut 4*w stride")


def typed() -> Iterator[str]:
    """Yield the file as it is after each key: a few steps are typed, letter by letter, at three places."""
    for line in LINES:
        at = TEXT.index(line) + len(line)
        for count in range(1, len(WORD) + 1):
            yield f"{TEXT[:at]}{WORD[:count]}{TEXT[at:]}"


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


def main() -> None:
    texts = [*typed()]
    times = []
    with tempfile.TemporaryDirectory() as folder:
        editor = Editor(Path(folder))
        editor.start({"variant": NAME})
        for text in (TEXT, *texts):
            times.append((*alone(text), *answered(editor, text)))
        editor.stop()
    read, built, told, whole = (list(column) for column in zip(*times[1:], strict=True))

    def row(what: str, seconds: list[float], bound: str = "") -> tuple[str, ...]:
        ordered = sorted(seconds)
        last = ordered[int(0.95 * len(ordered))]
        ratio = statistics.median(seconds) / statistics.median(read)
        return what, f"{statistics.median(seconds) * 1e3:.1f} ms", f"{last * 1e3:.1f} ms", f"{ratio:.1f}", bound

    rows = [
        row("reading the text alone", read),
        row("reading it and building the network", built),
        row("problems told by the server", told, "ratio ≤ 5, 95 % ≤ 50 ms"),
        row("problems and all hints", whole, "95 % ≤ 50 ms"),
    ]
    title = f"One letter typed into resnet.cnn.yaml, shown as {NAME}; {len(texts)} edits"
    keep("lsp.md", table(title, ("what", "median", "95 % within", "ratio to reading", "bound"), rows))


if __name__ == "__main__":
    main()
