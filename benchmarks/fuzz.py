"""Random and mutated specs, answers, keys and command lines: none may raise, hang, eat memory or write control bytes.

python benchmarks/fuzz.py [--specs N] [--answers N] [--keys N] [--commands N] [--seed TEXT] [--jobs N]

A quarter of each are mutations of real files. Every input is drawn from its seed and number alone; those that fail are
printed whole, each with what happened, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from types import FrameType

from click.testing import CliRunner
from measure import ROOT

from cnncalc.cli import main as program
from cnncalc.comparison.catalogue import Shelf
from cnncalc.homework.key import load_key, read_key
from cnncalc.homework.mark import mark
from cnncalc.layers import KINDS
from cnncalc.problem import Problems

SECONDS, MEGABYTES = 2, 300
"""Processor time and additional memory that one input may take."""

CHUNK = 50
ARCHITECTURES = sorted((ROOT / "architectures").glob("*.cnn.yaml"))
KEYS = sorted((ROOT / "cnncalc" / "homework" / "keys").glob("*.key.yaml"))
loaded = cache(load_key)
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
STRANGE = [
    "\x1b[2J",
    "\x9b",
    "\u202e",
    "\u2066",
    "\x85",
    "\u2028",
    "\0",
    "\t",
    "\r",
    "é",
    "²",
    "½",
    "٣",
    "𝟛",
    "İ",
    "\ud800",
    "\xa0",
]
NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "1.5",
    "1e9",
    "1e400",
    "9" * 30,
    "1/3",
    "1_000",
    "0x10",
    "1,000",
    "inf",
    "nan",
    "?",
]
SHAPES = [
    "28x28x1",
    "8x8x3",
    "3x224x224",
    "HxWx3",
    "64",
    "16x8",
    "4x4x4x2",
    "0x0x1",
    "1x1x1",
    "_x_x8",
    "?x?x4",
    "HxHxC",
]
FIELDS = [
    "stride=2",
    "pad=1",
    "pad=same",
    "pad=?",
    "ceil=yes",
    "bias=no",
    "groups=2",
    "dilation=2",
    "output_pad=1",
    "x=1",
]
SIGNS = [
    " -> ",
    " -> ",
    " -> ",
    " ",
    "*",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "=",
    "+",
    "//",
    "%",
    ">",
    "|",
    "&a",
    "*a",
    "#",
]
WORDS = [
    "use a",
    "again a",
    "repeat",
    "index",
    "if:",
    "then:",
    "else:",
    "add",
    "concat",
    "sub",
    "aux",
    "input",
    "vars",
    "and",
    "or",
]


class Overdue(BaseException):
    """An input takes more time than it may; no handler of the program is for it."""


def words(draw: random.Random) -> str:
    kind = draw.randrange(9)
    if kind < 3:
        name = draw.choice([*KINDS])
        sizes = draw.choice(["", " 8", " 3x3", " 16 3x3", " 4 1x7", " 2 2x2 stride=2", " w 3x3 pad=k//2"])
        return f"{name}{sizes}{' ' + draw.choice(FIELDS) if draw.random() < 0.4 else ''}"
    return draw.choice(
        [NUMBERS, SHAPES, FIELDS, SIGNS, WORDS, STRANGE if draw.random() < 0.3 else SIGNS][kind - 3 if kind < 8 else 0]
    )


def chain(draw: random.Random) -> str:
    steps = [words(draw) for _ in range(draw.randrange(1, 9))]
    return draw.choice(SHAPES) + " -> " + (" -> " if draw.random() < 0.7 else draw.choice(SIGNS)).join(steps)


def spec(draw: random.Random) -> str:
    """Draw a spec that is nearly one: its keys are known, its items are not."""
    lines = []
    if draw.random() < 0.9:
        lines.append(f"input: {draw.choice(SHAPES)}")
    if draw.random() < 0.4:
        lines.append(f"vars: {{w: {draw.choice(NUMBERS)}, k: {draw.choice(NUMBERS)}}}")
    if draw.random() < 0.4:
        lines += ["blocks:", f"  unit w k=3: {chain(draw).partition(' -> ')[2]}"]
    if draw.random() < 0.2:
        lines += ["variants:", f"  one: {{w: {draw.choice(NUMBERS)}}}", "  two: {k: 5}"]
    if draw.random() < 0.1:
        lines += ["expect:", f"  params: {draw.choice(NUMBERS)}"]
    lines.append("layers:")
    for number in range(draw.randrange(6)):
        items = chain(draw).partition(" -> ")[2]
        lines.append(
            draw.choice(
                [
                    f"  - {items}",
                    f"  - l{number}: {items}",
                    f"  - {draw.choice(NUMBERS)} * unit {draw.choice(NUMBERS)} -> {items}",
                    f"  - {draw.choice(['add', 'concat', 'sub', 'mul'])}: [identity, {items}]",
                    f"  - {{if: w {draw.choice('<>=')} 3, then: {items}, else: identity}}",
                ]
            )
        )
    return "\n".join(lines) + "\n"


def mutated(draw: random.Random, text: str) -> str:
    """Change some characters, words or lines of a text."""
    for _ in range(draw.choice([1, 1, 2, 3, 8])):
        at = draw.randrange(len(text) + 1)
        match draw.randrange(7):
            case 0:
                text = text[:at] + text[at + draw.randrange(1, 20) :]
            case 1:
                text = text[:at] + words(draw) + text[at:]
            case 2:
                text = text[:at] + draw.choice([*STRANGE, *"0123456789-x*:[]{}()>'\"&!|\n "]) + text[at + 1 :]
            case 3:
                lines = text.split("\n")
                lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
                text = "\n".join(lines)
            case 4:
                lines = text.split("\n")
                line = draw.randrange(len(lines))
                lines[line] = " " * draw.randrange(4) + lines[line].lstrip()
                text = "\n".join(lines)
            case 5 if numbers := [*re.finditer(r"\d+", text)]:
                number = draw.choice(numbers)
                text = text[: number.start()] + draw.choice(NUMBERS) + text[number.end() :]
            case _ if found := [*re.finditer(r"[a-z_]{2,}", text)]:
                one, other = draw.choice(found), draw.choice(found)
                text = text[: one.start()] + other.group() + text[one.end() :]
    return text


@cache
def real(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def keys() -> list[tuple[str, str, str]]:
    """Return of every question of the real keys its key, its name and its right answer."""
    return [(str(path), id, part.right.text) for path in KEYS for id, part in loaded(str(path)).parts.items()]


def a_spec(draw: random.Random) -> tuple[list[str], str]:
    quarter = draw.random() < 0.25
    text = mutated(draw, real(draw.choice(ARCHITECTURES))) if quarter else draw.choice([spec, spec, chain])(draw)
    command = draw.choice(
        [
            ["show", "-"],
            ["lint", "-"],
            ["fmt", "-"],
            ["annotate", "-"],
            ["explain", "-"],
            ["show", "-", "--format", "csv"],
        ]
    )
    return command, text


def an_answer(draw: random.Random) -> tuple[str, str, str]:
    path, id, right = draw.choice(keys())
    if draw.random() < 0.5:
        return path, id, mutated(draw, right or "0")
    units = ["px", "%", "M", "KiB", "MACs", "x", "×", "≈", "=", "about", "and", "because", "^2", "sqrt", "⌊", "⌋", "²"]
    pool = [*NUMBERS, *SHAPES, *SIGNS, *STRANGE, *units]
    return path, id, "".join(draw.choice(pool) + draw.choice(["", " "]) for _ in range(draw.randrange(12)))


def a_key(draw: random.Random) -> str:
    if draw.random() < 0.25:
        return mutated(draw, real(draw.choice(KEYS)))
    questions = []
    asks = [
        "output",
        "sides",
        "macs",
        "params",
        "pad",
        "a.macs / b.macs",
        "[output]",
        "100 * macs",
        "longest",
        "he_std",
        words(draw),
    ]
    for number in range(draw.randrange(1, 4)):
        entry = [
            f"id: {draw.choice([str(number), words(draw)])}",
            f"network: {chain(draw)}",
            f"ask: {draw.choice(asks)}",
        ]
        more = [
            "text: what?",
            f"unit: {draw.choice(['M', '%', 'x'])}",
            f"answer: {draw.choice(NUMBERS + SHAPES)}",
            "points: 2",
        ]
        more += [
            f"tolerance: {draw.choice(NUMBERS)}",
            f"layer: {draw.choice(['1', '2', 'conv', '9'])}",
            "choices: [1, 2]",
        ]
        entry += draw.sample(more, draw.randrange(4))
        questions.append(f"  - {{{', '.join(entry)}}}")
    return "questions:\n" + "\n".join(questions) + "\n"


def a_command(draw: random.Random) -> tuple[list[str], str]:
    name = draw.choice(
        ["alexnet", "lenet5", "resnet18", "vgg11", "nothing", words(draw), chain(draw), "-", "net.cnn.yaml"]
    )
    options = {
        "show": ["--columns", "--depth", "--input", "--batch", "--set", "--layout", "--format", "--dtype", "--exact"],
        "explain": ["--full", "--ascii", "--input", "--batch", "--set", "--format", "--dtype"],
        "check": ["--output", "--params", "--macs", "--he-std", "--input", "--convention", "--hint", "--format"],
        "solve": ["--target", "--max", "--all", "--vary", "--set", "--format"],
        "sizes": ["--near", "--set", "--format"],
        "compare": ["--columns", "--baseline", "--input", "--layers", "--format"],
        "closed": ["--of", "--in", "--format", "--marginal", "--input", "--batch", "--set"],
        "list": ["--where", "--sort", "--format"],
        "lint": ["--select", "--ignore", "--format", "--fail-on", "--input", "--statistics", "--diff"],
        "layers": ["--format"],
        "rule": ["--all", "--format"],
        "published": ["--format"],
        "quiz": ["--topics", "--level", "-n", "--seed", "--choices", "--title", "--format", "--key"],
        "docs": [],
        "sweep": ["--vary", "--columns", "--where", "--sort", "--top", "--pareto", "--set"],
        "schema": [],
    }  # fmt: skip
    command = draw.choice([*options])
    values = [
        "json",
        "csv",
        "latex",
        "markdown",
        "html",
        "table",
        "params",
        "macs,params",
        "params > 1M",
        "w=3",
        "input=8..12",
        "chw",
    ]
    line = [command]
    if command not in ("list", "quiz", "schema") or draw.random() < 0.2:
        line.append(name)
    for option in draw.sample(options[command], draw.randrange(min(4, len(options[command]) + 1))):
        line.append(option)
        if draw.random() < 0.8:
            line.append(draw.choice([*values, *NUMBERS, *SHAPES, words(draw)]))
    if draw.random() < 0.25:
        at = draw.randrange(len(line))
        line[at] = mutated(draw, line[at] or "x")
    text = mutated(draw, real(draw.choice(ARCHITECTURES))) if draw.random() < 0.25 else spec(draw)
    return [word.replace("\0", "") for word in line if word not in ("--interactive",)], text


def called(command: list[str], text: str) -> str | None:
    """Run a command; return what is wrong with how it ends or what it writes."""
    done = CliRunner().invoke(program, command, input=text.encode("utf-8", "replace"))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return "".join(traceback.format_exception(done.exception)[-4:])
    if done.exit_code not in (0, 1, 2):
        return f"exit code {done.exit_code}"
    own = command[0] == "fmt" or command[0] == "annotate"  # the user's own text goes back as it came
    if found := RAW.search(done.stderr if own else done.output):
        return f"raw {found.group()!r} in the output: {done.output[max(0, found.start() - 60) : found.end() + 20]!r}"
    return None


def try_spec(draw: random.Random) -> Iterator[object]:
    command, text = a_spec(draw)
    yield command, text
    yield called(command, text)


def try_command(draw: random.Random) -> Iterator[object]:
    command, text = a_command(draw)
    yield command, text
    yield called(command, text)


def try_answer(draw: random.Random) -> Iterator[object]:
    path, id, text = an_answer(draw)
    yield os.path.basename(path), id, text
    mark(loaded(path), {id: text})
    yield None


def try_key(draw: random.Random) -> Iterator[object]:
    text = a_key(draw)
    yield text
    try:
        read_key(text, folder=KEYS[0].parent)
    except Problems as found:
        str(found)
    yield None


TRIES: dict[str, Callable[[random.Random], Iterator[object]]] = {
    "specs": try_spec,
    "answers": try_answer,
    "keys": try_key,
    "commands": try_command,
}


def late(number: int, frame: FrameType | None) -> None:
    raise Overdue


def peak() -> int:
    """Return the most memory of this process since `forget`, in MB."""
    status = Path("/proc/self/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+)", status)
    return int(kilobytes) // 1024


def chunk(kind: str, seed: str, first: int, last: int) -> list[str]:
    """Try some inputs; return a text for each that fails."""
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("net.cnn.yaml").write_text("input: 8x8x3\nvars: {w: 4}\nlayers: conv w 3x3 -> relu\n")
        for number in range(first, last):
            trial = TRIES[kind](random.Random(f"{seed}/{kind}/{number}"))
            given = next(trial)
            Path("/proc/self/clear_refs").write_text("5")
            before, wrong = peak(), None
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            try:
                wrong = next(trial)
            except Overdue:
                wrong = f"more than {SECONDS} s:\n{''.join(traceback.format_exc().splitlines(True)[-9:])}"
            except Exception:
                wrong = "".join(traceback.format_exc().splitlines(True)[-9:])
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            if wrong is None and (more := peak() - before) > MEGABYTES:
                wrong = f"{more} MB"
            if wrong is not None:
                failures.append(f"--- {kind} {number}: {given!r}\n{wrong}")
        os.chdir("/")
    return failures


def begin() -> None:
    signal.signal(signal.SIGPROF, late)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    keys()
    Shelf().summaries()  # what `list` computes once


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for kind, count in (("specs", 50_000), ("answers", 50_000), ("keys", 5_000), ("commands", 10_000)):
        parser.add_argument(f"--{kind}", type=int, default=count)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="cnncalc-fuzz-") as cache:
        os.environ["XDG_CACHE_HOME"] = cache  # of this run alone: another version of the program would replace it
        with ProcessPoolExecutor(given.jobs, initializer=begin) as pool:
            for kind in TRIES:
                count = getattr(given, kind)
                starts = range(0, count, CHUNK)
                running = [pool.submit(chunk, kind, given.seed, at, min(at + CHUNK, count)) for at in starts]
                broken = 0
                for done in as_completed(running):
                    for text in done.result():
                        print(text, flush=True)
                        broken += 1
                print(f"{kind}: {count:,} tried, {broken} failed", file=sys.stderr, flush=True)
                failed += broken
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
