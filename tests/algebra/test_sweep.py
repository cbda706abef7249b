"""`sweep`: rows against single reports, overflow, engines, and runs that are killed in the middle."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cnncalc.algebra import grid as grids
from cnncalc.algebra.quantities import QUANTITIES, TOTALS
from cnncalc.algebra.runs import Progress, alone, dask, died, processes, rows, run
from cnncalc.algebra.sweep import Block, Task, TooLarge, compute, on_front
from cnncalc.algebra.tasks import task_of
from cnncalc.cli import main
from cnncalc.loading import load
from cnncalc.problem import NoAnswer, Problems
from cnncalc.render.sweep import write
from tests.effort import sampled

SPEC = """
name: net
input: 32x32x3
vars: {width: 8, depth: 2, kernel: 3, growth: 4, act: relu}
blocks:
  conv_bn out k stride=1: conv out k stride=stride pad=k//2 bias=no -> batchnorm
  unit out stride=1:
    - add:
        body: conv_bn out kernel stride -> act -> conv_bn out 3
        skip:
          - if: stride > 1 or channels != out
            then: conv_bn out 1 stride
            else: identity
    - act
layers:
  - stem: conv_bn width 3x3 stride=2
  - a: depth * unit width
  - b: unit 2*width 2 -> (depth//2) * unit 2*width+growth
  - grown: {concat: [identity, conv growth 3x3 pad=same]}
  - aux: {side: flatten -> linear 7}
  - out: maxpool 2x2 -> flatten -> linear 10
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "net.cnn.yaml"
    path.write_text(SPEC)
    return str(path)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "BLOCK", 70)


def task(spec: str, *vary: str, **asked: object) -> Task:
    return task_of(spec, vary, asked.pop("quantities", QUANTITIES), **asked)  # type: ignore[arg-type]


GRID = ("width=3..40:9", "growth=1..9:4", "depth=1,2,5", "kernel=1,3", "input=2..40:6", "act=relu,silu")


def table(task: Task, folder: Path) -> list[tuple[object, ...]]:
    parts, progress = run(task, folder, alone)
    return [row for batch in rows(parts, progress) for row in zip(*task.lists(batch), strict=True)]


@pytest.mark.exhaustive
def test_rows_equal_single_reports(spec: str, tmp_path: Path, small_blocks: None) -> None:
    """Depths, kernels and words part the grid, sizes that are too small are no network."""
    whole = task(spec, *GRID)
    found = {row[: len(GRID)]: row[len(GRID) :] for row in table(whole, tmp_path / "parts")}
    names = [axis.name for axis in whole.grid.axes]
    draw = random.Random(3)
    unbuilt = 0
    for _ in range(80):
        values = tuple(axis.text(draw.randrange(len(axis.values))) for axis in whole.grid.axes)
        given = dict(zip(names, map(str, values), strict=True))
        side = given.pop("input")
        try:
            report = load(spec, input=f"{side}x{side}x3", settings=given).report()
        except Problems:
            unbuilt += 1
            assert values not in found
            continue
        memory = report.network.memory()
        totals = (getattr(report.totals, name) for name in TOTALS)
        assert found[values] == (*totals, report.receptive_field, memory.saved_bytes, memory.peak_bytes)
    assert unbuilt


def test_rows_come_as_the_grid_runs(spec: str, tmp_path: Path, small_blocks: None) -> None:
    found = table(task(spec, "growth=1..3", "width=1..70"), tmp_path / "parts")
    assert [row[:2] for row in found] == [(growth, width) for growth in range(1, 4) for width in range(1, 71)]


@pytest.mark.parametrize("sort", ["macs", "-macs", "width"])
@pytest.mark.parametrize("top", [None, 7])
def test_sorted_blocks_are_merged(
    spec: str, tmp_path: Path, small_blocks: None, monkeypatch: pytest.MonkeyPatch, sort: str, top: int | None
) -> None:
    from cnncalc.algebra import runs

    monkeypatch.setattr(runs, "ROWS", 64)
    vary = ("growth=1..4", "width=1..70")
    plain = table(task(spec, *vary), tmp_path / "plain")
    names = ["growth", "width", *QUANTITIES]
    place, sign = names.index(sort.removeprefix("-")), -1 if sort.startswith("-") else 1
    wanted = sorted(plain, key=lambda row: sign * row[place])  # type: ignore[operator]
    assert table(task(spec, *vary, sort=sort, top=top), tmp_path / "sorted") == wanted[:top]


def test_where(spec: str, tmp_path: Path, small_blocks: None) -> None:
    vary = ("growth=1..9", "width=1..70")
    plain = table(task(spec, *vary, quantities=("params", "macs")), tmp_path / "plain")
    where = "params < 5K and not macs >= 1.5M or width == 70 and params/1000 > 2"
    found = table(task(spec, *vary, quantities=("params", "macs"), where=where), tmp_path / "where")
    assert found == [r for r in plain if (r[2] < 5000 and r[3] < 1_500_000) or (r[1] == 70 and r[2] > 2000)]  # type: ignore[operator]


def test_pareto(spec: str, tmp_path: Path, small_blocks: None) -> None:
    vary = ("width=1..30", "depth=1..4", "input=8..40:4")
    plain = table(task(spec, *vary, quantities=("params", "macs")), tmp_path / "plain")
    found = table(task(spec, *vary, quantities=("params", "macs"), pareto=("params", "macs")), tmp_path / "front")
    costs = [row[3:] for row in plain]
    beaten = [any(c[0] <= d[0] and c[1] <= d[1] and c != d for c in costs) for d in costs]  # type: ignore[operator]
    assert found == [row for row, worse in zip(plain, beaten, strict=True) if not worse]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_fronts(count: int) -> None:
    numbers = np.random.default_rng(5).integers(0, 6, (count, 60))
    points = list(zip(*numbers.tolist(), strict=True))

    def beats(q: tuple[int, ...], p: tuple[int, ...]) -> bool:
        return q != p and all(a <= b for a, b in zip(q, p, strict=True))

    wanted = [i for i, p in enumerate(points) if not any(beats(q, p) for q in points)]
    assert on_front([*numbers]).tolist() == wanted


WINDOWS = """
name: windows
input: 64x64x3
vars: {kernel: 3, stride: 2, dilation: 1, size: 7}
layers:
  - stem: conv 8 kernel stride=stride pad=same dilation=dilation
  - both: {concat: [conv 4 3x3 pad=1, conv 4 5x5 pad=2 -> conv_transpose 4 4 stride=2 pad=1 -> maxpool 2x2]}
  - end: maxpool 2x2 ceil=yes -> adaptive_avgpool size -> conv 4 kernel pad=same
"""


def test_receptive_fields(tmp_path: Path) -> None:
    """Kernels, strides, portions and input sizes part where they must: every row is that of a report."""
    path = tmp_path / "windows.cnn.yaml"
    path.write_text(WINDOWS)
    vary = ("kernel=1,3,5", "stride=1..3", "dilation=1,2", "size=1,3,7", "input=20..60:13")
    whole = task(str(path), *vary, quantities=("receptive_field",), sort="-receptive_field")
    found = table(whole, tmp_path / "parts")
    assert len(found) == 3 * 3 * 2 * 3 * 4
    assert [row[-1] for row in found] == sorted((row[-1] for row in found), reverse=True)
    for *values, field in random.Random(4).sample(found, 60):
        *_, side = values
        given = dict(zip(("kernel", "stride", "dilation", "size"), map(str, values), strict=False))
        assert load(str(path), input=f"{side}x{side}x3", settings=given).report().receptive_field == field, values


def test_receptive_fields_choose(spec: str, tmp_path: Path) -> None:
    vary = ("depth=1..6", "width=1..9")
    asked = ("params", "receptive_field")
    plain = table(task(spec, *vary, quantities=asked), tmp_path / "plain")
    found = table(task(spec, *vary, quantities=("params",), where="receptive_field >= 40"), tmp_path / "where")
    assert found == [row[:3] for row in plain if row[3] >= 40]  # type: ignore[operator]
    front = table(task(spec, *vary, quantities=asked, pareto=("receptive_field", "params")), tmp_path / "front")
    assert front == [row for row in plain if row[:2] == (1, 1)]


def test_a_long_axis_is_cut(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a variable a block takes few values, because every layer keeps some numbers for each."""
    monkeypatch.setattr(grids, "LONGEST", 16)
    whole = task(spec, "growth=1..2", "width=1..50", quantities=("params",))
    assert whole.grid.blocks == 8
    assert max(len(part) for number in range(8) for part in whole.grid.block(number)) == 16
    found = table(whole, tmp_path / "parts")
    assert [row[:2] for row in found] == [(growth, width) for growth in (1, 2) for width in range(1, 51)]


def test_totals_never_wrap(spec: str) -> None:
    with pytest.raises(Problems) as told:
        compute(task(spec, "width=1..4,3000000000"), 0)
    assert [str(p) for p in told.value] == [
        "E112 limit: a total grows beyond 2^63 − 1 at width=3000000000\n  help: narrow the grid"
    ]


def test_an_overflow_is_told_with_its_row_by_every_engine(spec: str, tmp_path: Path) -> None:
    """It is found where it is, and a worker process can hand it over; what is kept of the sweep goes."""
    whole = task(spec, "growth=1..3", "width=1..4,2000000000,3000000000", "depth=1..5")
    for name, engine in {"alone": alone, "processes": processes(2)}.items():
        with pytest.raises(TooLarge) as told:
            run(whole, tmp_path / name, engine)
        assert [p.message for p in told.value] == [
            "a total grows beyond 2^63 − 1 at growth=1, width=2000000000, depth=1"
        ]
        assert not (tmp_path / name).exists()


def test_bounds_that_are_too_wide_are_no_overflow(tmp_path: Path) -> None:
    """The widths multiply to 10^9 at most, the bounds of the grid to 10^18, and with 1,024 places beyond 2^63."""
    path = tmp_path / "pair.cnn.yaml"
    path.write_text(
        "input: 32x32x1\nvars: {width: 1}\nlayers: conv width 1x1 bias=no -> conv 1000000000//width 1x1 bias=no\n"
    )
    columns = compute(task(str(path), "width=1,1000,1000000000", quantities=("macs",)), 0).columns
    assert columns["macs"].tolist() == [1024 * (width + 10**9) for width in (1, 1000, 10**9)]


def test_the_last_block_comes_first(spec: str, tmp_path: Path, small_blocks: None) -> None:
    """It has the largest values as a rule: what is too large is told before hours are spent."""
    order: list[int] = []

    def watched(task: Task, numbers: Iterable[int]) -> Iterator[tuple[int, Block]]:
        order.extend(numbers)
        return alone(task, order)

    run(task(spec, "width=1..9", "growth=1..30"), tmp_path / "parts", watched)
    assert order == [4, 0, 1, 2, 3]


def test_two_sweeps_at_once(spec: str, tmp_path: Path) -> None:
    whole = task(spec, "width=1..9")
    parts, progress = run(whole, tmp_path / "parts", alone)
    with pytest.raises(NoAnswer) as told:
        run(whole, tmp_path / "parts", alone)
    assert [str(p) for p in told.value] == [
        f"E114 file: another sweep is working in '{tmp_path / 'parts'}'\n  help: wait for it, or write to another file"
    ]
    parts.remove()
    assert run(whole, tmp_path / "parts", alone)[1].done == progress.done


def test_totals_just_below_the_end_are_exact(tmp_path: Path) -> None:
    """What is beyond, such as the bytes of these weights, does not matter unless it is asked for."""
    path = tmp_path / "wide.cnn.yaml"
    path.write_text("input: 1x1x1\nvars: {width: 1}\nlayers: conv width 1x1 -> conv 3037000490 1x1\n")
    widths = (3037000400, 3037000490)
    lone = task(str(path), "width=" + ",".join(map(str, widths)), quantities=("params", "macs"))
    params = [load(str(path), settings={"width": str(width)}).report().totals.params for width in widths]
    assert 2**63 - 10**12 < params[1] < 2**63
    assert compute(lone, 0).columns["params"].tolist() == params
    with pytest.raises(Problems):
        compute(task(str(path), "width=3037000400,3037000490", quantities=("weight_bytes",)), 0)


@pytest.mark.exhaustive  # workers of their own
def test_engines_agree_to_the_byte(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = task(spec, *GRID, sort="-macs", quantities=("params", "macs"))
    engines = {"alone": alone, "processes": processes(2)}
    try:
        import distributed  # noqa: F401
    except ImportError:
        pass
    else:
        engines["dask"] = dask(None, 1)
    for name, engine in engines.items():
        parts, progress = run(whole, tmp_path / f"{name}.parts", engine)
        write(whole, rows(parts, progress), tmp_path / f"{name}.csv")
    texts = {(tmp_path / f"{name}.csv").read_bytes() for name in engines}
    assert len(texts) == 1


def test_an_interrupted_run_goes_on(spec: str, tmp_path: Path, small_blocks: None) -> None:
    whole = task(spec, "growth=1..9", "width=1..70", sort="macs")
    wanted = table(whole, tmp_path / "wanted")
    computed: list[int] = []

    def dying(task: Task, numbers: Iterable[int]) -> Iterator[tuple[int, Block]]:
        for number in numbers:
            if len(computed) == 4:
                raise died("a worker")
            computed.append(number)
            yield number, compute(task, number)

    with pytest.raises(NoAnswer) as told:
        run(whole, tmp_path / "parts", dying)
    assert [p.headline() for p in told.value] == ["E123 memory: a worker died before its block was done"]
    again: list[int] = []

    def going_on(task: Task, numbers: Iterable[int]) -> Iterator[tuple[int, Block]]:
        again.extend(numbers)
        return alone(task, again)

    parts, progress = run(whole, tmp_path / "parts", going_on)
    assert not set(again) & set(computed)
    assert sorted(again + computed) == list(range(progress.blocks))
    assert [row for batch in rows(parts, progress) for row in zip(*whole.lists(batch), strict=True)] == wanted


def test_blocks_of_another_sweep_are_not_touched(spec: str, tmp_path: Path) -> None:
    run(task(spec, "width=1..9"), tmp_path / "parts", alone)
    with pytest.raises(NoAnswer) as told:
        run(task(spec, "width=1..10"), tmp_path / "parts", alone)
    assert [str(p) for p in told.value] == [
        f"E114 file: '{tmp_path / 'parts'}' has the blocks of another sweep\n"
        "  help: remove it, or write to another file"
    ]


def test_a_removal_that_is_interrupted_leaves_no_half(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, _ = run(task(spec, "width=1..9"), tmp_path / "parts", alone)

    def interrupted(path: Path, ignore_errors: bool) -> None:
        if path.exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            parts.remove()
    assert not (tmp_path / "parts").exists()
    run(task(spec, "width=1..10"), tmp_path / "parts", alone)[0].remove()
    assert not [*tmp_path.glob("*parts*")]


def test_blocks_without_a_manifest_are_computed_anew(spec: str, tmp_path: Path, small_blocks: None) -> None:
    run(task(spec, "width=1..100"), tmp_path / "parts", alone)[0].release()
    (tmp_path / "parts" / "manifest.json").unlink()
    whole = task(spec, "width=101..200")
    assert table(whole, tmp_path / "parts") == table(whole, tmp_path / "whole")


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "flipped": lambda data: data[:-9] + bytes([data[-9] ^ 4]) + data[-8:],
    "truncated": lambda data: data[: len(data) // 2],
    "zeroed": lambda data: bytes(len(data)),
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("name", ["00000001.npy", "00000001.json", "manifest.json"])
def test_damaged_blocks_are_computed_again(
    spec: str, tmp_path: Path, small_blocks: None, name: str, damage: Callable[[bytes], bytes]
) -> None:
    whole = task(spec, "width=1..9", "growth=1..30", sort="-macs")
    wanted = table(whole, tmp_path / "wanted")
    parts, progress = run(whole, tmp_path / "parts", alone)
    parts.release()
    file = tmp_path / "parts" / name
    file.write_bytes(damage(file.read_bytes()))
    parts, again = run(whole, tmp_path / "parts", alone)
    assert again.damaged == (name != "manifest.json")
    assert replace(again, damaged=0) == progress
    assert [row for batch in rows(parts, again) for row in zip(*whole.lists(batch), strict=True)] == wanted


def test_a_block_in_the_place_of_another_is_damaged(spec: str, tmp_path: Path, small_blocks: None) -> None:
    whole = task(spec, "width=1..9", "growth=1..30")
    run(whole, tmp_path / "parts", alone)[0].release()
    for ending in ("json", "npy"):
        (tmp_path / "parts" / f"00000001.{ending}").replace(tmp_path / "parts" / f"00000003.{ending}")
    (tmp_path / "parts" / "notes.npy").write_text("no block")
    (tmp_path / "parts" / ".00000002.npy.draft").write_text("half a block")
    parts, progress = run(whole, tmp_path / "parts", alone)
    assert progress.damaged == 1
    assert not list((tmp_path / "parts").glob(".*"))
    wanted = table(whole, tmp_path / "wanted")
    assert [row for batch in rows(parts, progress) for row in zip(*whole.lists(batch), strict=True)] == wanted


def test_a_damaged_block_is_said(spec: str, tmp_path: Path, small_blocks: None) -> None:
    whole = task(spec, "width=1..9", "growth=1..30")
    run(whole, tmp_path / "out.csv.parts", alone)[0].release()
    (tmp_path / "out.csv.parts" / "00000002.npy").write_bytes(b"")
    words = ["sweep", spec, "--vary", "width=1..9", "growth=1..30", "--columns", ",".join(QUANTITIES)]
    done = CliRunner().invoke(main, [*words, "-o", str(tmp_path / "out.csv")])
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    assert done.stderr.splitlines()[-1].endswith("; 1 of the kept blocks was damaged and computed again")


@pytest.mark.exhaustive  # five processes
def test_sweeps_that_race_for_one_output_are_right_or_refused(spec: str, tmp_path: Path) -> None:
    out, wanted = tmp_path / "out.csv", tmp_path / "wanted.csv"
    command = [sys.executable, "-m", "cnncalc", "sweep", spec, "--vary", "width=1..60", "growth=1..9", "--sort=macs"]
    racing = [subprocess.Popen([*command, "-o", str(out)], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(one.communicate(timeout=120)[1], one.returncode) for one in racing]
    assert any(code == 0 for _, code in ended)
    for said, code in ended:
        assert code == 0 or f"another sweep is working in '{out}.parts'" in said
    subprocess.run([*command, "-o", str(wanted)], capture_output=True, check=True)
    assert out.read_bytes() == wanted.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.cnn.yaml", "out.csv", "wanted.csv"]


def test_a_full_disk(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_blocks: None) -> None:
    whole = task(spec, "width=1..9", "growth=1..30")
    kept: list[int] = []
    save = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if len(kept) == 2:
            save(path, data[:100])  # what still finds room
            raise OSError(28, "No space left on device")
        if ".npy" in path.name:
            kept.append(1)
        return save(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NoAnswer) as told:
        run(whole, tmp_path / "parts", alone)
    assert [str(p) for p in told.value] == [
        f"E114 file: '{tmp_path / 'parts'}' cannot be written: the disk is full\n"
        "  help: 2 of 5 blocks are kept: the same command goes on from there"
    ]
    assert not list((tmp_path / "parts").glob(".*"))
    monkeypatch.undo()
    monkeypatch.setattr(grids, "BLOCK", 70)
    assert table(whole, tmp_path / "parts") == table(whole, tmp_path / "whole")


@pytest.mark.exhaustive  # processes that are killed
@pytest.mark.parametrize("ending", sampled([signal.SIGINT, signal.SIGKILL], every=2))
def test_killing_a_sweep_in_the_middle(spec: str, tmp_path: Path, ending: signal.Signals) -> None:
    """Whatever ends the process, the blocks that were written stay, and the next run gives the same bytes."""
    code = (
        "import sys, time\n"
        "from cnncalc.algebra import grid, sweep, runs\n"
        "grid.BLOCK = runs.BLOCK = 64\n"
        "compute = runs.compute\n"
        "def slow(task, number):\n"
        "    time.sleep(float(sys.argv.pop(1)) if number == 3 else 0)\n"
        "    return compute(task, number)\n"
        "runs.compute = slow\n"
        "from cnncalc.cli import main\n"
        "main(sys.argv[-8:])\n"
    )
    words = ["sweep", spec, "--vary", "width=1..60", "growth=1..9", "--sort=macs", "-o"]

    def start(seconds: str, out: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, seconds, *words, str(tmp_path / out)]
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # who runs the tests may have it ignored
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard)

    whole = start("0", "whole.csv")
    assert whole.wait(60) == 0
    cut = start("30", "cut.csv")
    parts = tmp_path / "cut.csv.parts"
    deadline = time.monotonic() + 30
    while len(list(parts.glob("*.npy"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    cut.send_signal(ending)
    _, told = cut.communicate(timeout=30)
    if ending == signal.SIGINT:
        assert (cut.returncode, told.strip()) == (
            130,
            "interrupted: 4 of 9 blocks are kept, the same command goes on from there",
        )
    assert not (tmp_path / "cut.csv").exists()
    again = start("0", "cut.csv")
    assert again.wait(60) == 0
    assert (tmp_path / "cut.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not parts.exists()


@pytest.mark.exhaustive  # processes that are killed
def test_a_process_that_is_killed(spec: str, tmp_path: Path) -> None:
    """A worker that dies, as for want of memory, ends the run with a word; the next one goes on to the same bytes."""
    whole = task(
        spec, "width=1..2000", "growth=1..16", "input=20..40", quantities=("params", "macs"), sort="-macs", top=9
    )

    def tell(progress: Progress) -> None:
        if progress.done == 2:
            for child in multiprocessing.active_children():
                os.kill(child.pid or 0, signal.SIGKILL)

    with pytest.raises(NoAnswer) as told:
        run(whole, tmp_path / "parts", processes(2), tell)
    (problem,) = told.value
    assert problem.headline() == "E123 memory: a worker process died before its block was done"
    assert len(list((tmp_path / "parts").glob("*.npy"))) >= 2
    assert table(whole, tmp_path / "parts") == table(whole, tmp_path / "whole")


def test_progress_counts_what_was_there(spec: str, tmp_path: Path, small_blocks: None) -> None:
    whole = task(spec, "width=1..9", "growth=1..30")
    run(whole, tmp_path / "parts", alone)
    seen: list[Progress] = []
    _, progress = run(whole, tmp_path / "parts", alone, seen.append)
    assert (progress.done, progress.configurations, seen) == (5, 270, [progress])
