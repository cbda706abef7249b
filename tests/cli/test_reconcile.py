"""`cnncalc reconcile`, and the column of `show` that counts as another counter does."""

from __future__ import annotations

import json

import pytest

import cnncalc
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["lenet5", "--counter", "torchinf"],
            "E115 unknown: there is no counter 'torchinf'\n  help: did you mean 'torchinfo' or 'torchvision'?",
        ),
        (
            ["lenet5", "--code", "funktion"],
            "E115 unknown: no fact about code is called 'funktion'\n  help: did you mean 'function'?",
        ),
        (
            ["lenet5", "--code", "function=tanhh"],
            "E109 name: no layer of lenet5 at 'tanhh' can be called as a function, as F.relu(x)\n"
            "  help: did you mean 'tanh' or 'F6.tanh' or 'C5.tanh'?",
        ),
        (
            ["lenet5", "--code", "no_grad"],
            "E109 name: no layer of lenet5 can be attention run under torch.no_grad()",
        ),
        (
            ["lenet5", "--input", "HxWx1"],
            "E118 symbol: counters print numbers, and H and W of the input can be any\n"
            "  help: give the input as numbers, such as --input 224x224x3",
        ),
    ],
)
def test_wrong_use_is_reported(run: Run, arguments: list[str], message: str) -> None:
    done = run("reconcile", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_show_has_a_column_as_a_counter_counts(run: Run) -> None:
    shown = run("show", "lenet5", "--like", "torchinfo", "--exact", "--columns", "path", "--format", "csv")
    assert shown.stdout.splitlines()[:3] == ["path,torchinfo", "C1.conv,122304", "C1.tanh,0"]
    total = sum(int(line.split(",")[1]) for line in shown.stdout.splitlines()[1:])
    assert total == cnncalc.reconcile("lenet5")["torchinfo"].number
    refused = run("show", "8x8x4 -> deform_conv 4 3x3 pad=1", "--like", "fvcore")
    assert refused.exit_code == 2
    assert "E126 operation: what fvcore counts is not modelled: deform_conv: no rule for deform_conv" in refused.stderr
    assert "--like does not go with --batch" in run("show", "lenet5", "--like", "thop", "--batch", "2").stderr
    assert "--code says what a counter sees: it goes with --like" in run("show", "lenet5", "--code", "no_grad").stderr


def test_the_document_has_all_of_it(run: Run) -> None:
    found = json.loads(run("reconcile", "alexnet", "--counter", "calflops", "--format", "json").stdout)
    assert [count["quantity"] for count in found["counts"]] == ["flops", "macs", "params"]
    assert found["counts"][0]["number"] == found["counts"][0]["ours"] + sum(
        term["value"] for term in found["counts"][0]["terms"]
    )
