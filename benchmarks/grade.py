"""How fast a course is marked: 10,000 submissions of 20 questions, a core, and whether the memory grows with them.

Times are those of the processor, so that other work on the machine counts less.

    python benchmarks/grade.py [SUBMISSIONS]

Half of the answers are right, the others made wrong by the mistakes that the key knows, by slips, or left out. The
submissions are YAML, JSON, lines of text and Markdown tables in turn. Nothing is kept from an earlier run.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import ROOT, keep, table

sys.path.insert(0, str(ROOT))

from cnncalc.homework.key import read_key
from cnncalc.homework.model import Key

COUNT = 10_000
SEED = 7
DECISIONS = 1_000

LAYERS = (
    "63x63x16 -> conv 32 7x7 stride=2",
    "227x227x3 -> conv 96 11x11 stride=4",
    "128x128x12 -> maxpool 4x4 stride=4",
    "32x32x3 -> conv 10 5x5 pad=2",
    "28x28x192 -> conv 64 3x3 pad=1 groups=4",
)
ASKS = ("output", "params", "macs", "receptive_field")


def text_of_key() -> str:
    """Write a key of twenty questions: four of each layer."""
    lines = ["title: Benchmark", "questions:"]
    for layer in LAYERS:
        for ask in ASKS:
            lines.append(f"  - {{id: q{len(lines) - 1}, network: '{layer}', ask: {ask}}}")
    return "\n".join(lines) + "\n"


def answers(key: Key, draw: random.Random) -> dict[str, str]:
    """Return what a student writes."""
    found = {}
    for id, part in key.parts.items():
        luck = draw.random()
        candidates = list(part.candidates)
        if luck < 0.5 or (luck < 0.8 and not candidates):
            found[id] = part.right.text
        elif luck < 0.8:
            value = draw.choice(candidates).value
            found[id] = f"{value:,}" if isinstance(value, int) else str(value)
        elif luck < 0.95:
            found[id] = str(draw.randrange(1, 10**7)) if part.form == "number" else f"{draw.randrange(1, 300)}x9x9"
    return found


def submission(number: int, said: dict[str, str]) -> tuple[str, str]:
    """Return the name and the text of a file."""
    name = f"student{number:05}"
    match number % 4:
        case 0:
            return f"{name}.yaml", f"student: {name}\n" + "".join(f"{id}: '{text}'\n" for id, text in said.items())
        case 1:
            return f"{name}.json", json.dumps({"student": name, **said})
        case 2:
            return f"{name}.txt", "".join(f"{id}: {text}\n" for id, text in said.items())
        case _:
            rows = "".join(f"| {id} | {text} |\n" for id, text in said.items())
            return f"{name}.md", f"Name: {name}\n\n| id | answer |\n|----|--------|\n{rows}"


def write(key: Key, folder: Path, count: int) -> None:
    draw = random.Random(SEED)
    folder.mkdir()
    for number in range(count):
        name, text = submission(number, answers(key, draw))
        (folder / name).write_text(text, encoding="utf-8")


def grade(work: Path, folder: str, out: str, *options: str) -> tuple[float, float]:
    """Return the processor seconds of a run, and the megabytes that it has at most."""
    arguments = ["grade", "key.key.yaml", folder, "-o", out, *options]
    code = f"import resource, sys; from cnncalc.cli import main\ntry: main({arguments!r})\nexcept SystemExit: pass\n"
    code += (
        "own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))\n"
        "print(own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime, own.ru_maxrss, file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=work, env=environment, capture_output=True, text=True, check=True
    )
    seconds, memory = run.stderr.split()[-2:]
    return float(seconds), int(memory) / 1024


def decide(work: Path, out: str) -> int:
    """Fill in the first decisions of a run's file, and return how many."""
    text = (work / out / "review.yaml").read_text(encoding="utf-8").replace("\nby:\n", "\nby: Ann\n")
    count = min(DECISIONS, text.count("    decision:\n"))
    text = text.replace("    decision:\n", "    decision: accept\n", count)
    (work / "decisions.yaml").write_text(text, encoding="utf-8")
    return count


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "key.key.yaml").write_text(text_of_key())
        key = read_key(text_of_key())
        write(key, work / "few", count // 10)
        write(key, work / "all", count)
        few_s, few_mb = grade(work, "few", "out-few", "--jobs", "1")
        one_s, one_mb = grade(work, "all", "out-one", "--jobs", "1")
        again_s, _ = grade(work, "all", "out-one", "--jobs", "1")
        decisions = decide(work, "out-one")
        decided_s, decided_mb = grade(work, "all", "out-decided", "--jobs", "1", "--review", "decisions.yaml")
        start = time.perf_counter()
        grade(work, "all", "out-many", "--jobs", str(cores))
        many_s = time.perf_counter() - start
        same = subprocess.run(["diff", "-r", "out-one", "out-many"], cwd=work, capture_output=True).returncode == 0
    rows = [
        (
            f"{count // 10:,} submissions, one core",
            f"{few_s:.1f} s",
            f"{count / 10 / few_s:,.0f}",
            f"{few_mb:.0f} MB",
            "",
        ),
        (f"{count:,} submissions, one core", f"{one_s:.1f} s", f"{count / one_s:,.0f}", f"{one_mb:.0f} MB", "≥ 500"),
        ("the same again, marks kept", f"{again_s:.1f} s", f"{count / again_s:,.0f}", "", ""),
        (
            f"with {decisions:,} decisions, one core",
            f"{decided_s:.1f} s",
            f"{count / decided_s:,.0f}",
            f"{decided_mb:.0f} MB",
            "≥ 500",
        ),
        (f"the same, {cores} cores", f"{many_s:.1f} s by the clock", f"{count / many_s:,.0f}", "", ""),
    ]
    title = f"`cnncalc grade`, {len(key.parts)} questions, load {os.getloadavg()[0]:.1f}"
    text = table(title, ("what", "processor time", "submissions a second", "memory at most", "bound"), rows)
    keep(
        "grade.md", f"{text}\nMemory, all / a tenth: {one_mb / few_mb:.2f}. On several cores the same bytes: {same}.\n"
    )


if __name__ == "__main__":
    main()
