"""Every document that goes out or comes in, and the command that prints or reads it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cnncalc.documents.base import Document, Listing

DOCUMENTS = {
    "report": ("report.Report", "cnncalc show --format json"),
    "tensors": ("tensors.Tensors", "cnncalc show FILE.safetensors --format json"),
    "explanation": ("explanation.Explanation", "cnncalc explain WHAT LAYER --format json"),
    "network-summary": ("network_summary.NetworkSummary", "cnncalc explain WHAT --format json"),
    "memory": ("memory.Memory", "cnncalc memory --format json"),
    "reconciliation": ("reconciliation.Reconciliation", "cnncalc reconcile --format json"),
    "roofline": ("roofline.Roofline", "cnncalc roofline --format json"),
    "closed-form": ("closed.ClosedForm", "cnncalc closed --format json"),
    "solutions": ("solutions.Solutions", "cnncalc solve --format json"),
    "choices": ("solutions.Choices", "cnncalc solve --target … --format json"),
    "sizes": ("sizes.WorkingSizes", "cnncalc sizes --format json"),
    "sweep": ("sweep.SweepRows", "cnncalc sweep -o FILE.json"),
    "comparison": ("comparison.Comparison", "cnncalc compare --format json"),
    "layer-comparison": ("comparison.LayerComparison", "cnncalc compare --layers --format json"),
    "layer-table": ("comparison.LayerTable", "cnncalc compare A B C --layers --format json"),
    "diff": ("diff.Diff", "cnncalc diff --format json"),
    "published": ("published.Published", "cnncalc published --format json"),
    "verification": ("verification.Verification", "cnncalc verify --format json"),
    "differences": ("verification.Differences", "cnncalc verify --against … --format json"),
    "findings": ("findings.Findings", "cnncalc lint --format json"),
    "statistics": ("findings.Statistics", "cnncalc lint --statistics --format json"),
    "settings": ("findings.Settings", "cnncalc lint --show-settings"),
    "rule": ("findings.Rule", "cnncalc rule CODE --format json"),
    "rules": ("findings.Rules", "cnncalc rule --all --format json"),
    "run": ("run.RunResult", "cnncalc run --format json"),
    "marks": ("marks.Marks", "cnncalc check --format json"),
    "grades": ("grades.Grades", "cnncalc grade --format json"),
    "gradescope-results": ("gradescope.Results", "cnncalc grade --gradescope results.json"),
    "prairielearn-question": (
        "prairielearn.QuestionInfo",
        "`info.json` of each question of `cnncalc quiz --format prairielearn`",
    ),
    "quiz": ("quiz.Quiz", "cnncalc quiz --format json"),
    "list": ("comparison.Networks", "cnncalc list --format json"),
    "keys": ("keys.Keys", "cnncalc list --homework --format json"),
    "layers": ("kinds.Kinds", "cnncalc layers --format json"),
    "layer": ("layer.Object", "a layer of a network given as data, `cnncalc.load({…})` or `.cnn.json`"),
    "claim": ("claims.Entry", "an entry of `published:` in a spec"),
    "erratum": ("claims.Erratum", "an entry of `erratum:` in a spec"),
    "key": ("key.HomeworkKey", "a homework key, read by `cnncalc check --key`, `grade` and `quiz --key`"),
    "review": ("review.Decisions", "a file of decisions, written and read by `cnncalc grade --review`"),
    "submission-metadata": (
        "gradescope.SubmissionMetadata",
        "Gradescope's submission_metadata.json, read by `cnncalc grade --submitter`",
    ),
    "lint-settings": ("lint_settings.LintSettings", "`[tool.cnncalc.lint]` in pyproject.toml or cnncalc.toml"),
}
"""Name → its class below `cnncalc.documents`, and where it is printed or read. The spec has a schema of its own."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def model(name: str) -> type[Document] | type[Listing[Any]]:
    """Return the model of a document."""
    module, _, word = DOCUMENTS[name][0].partition(".")
    found: type[Document] | type[Listing[Any]] = getattr(import_module(f"cnncalc.documents.{module}"), word)
    return found


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document."""
    return {"$schema": DRAFT, **model(name).model_json_schema(by_alias=True)}
