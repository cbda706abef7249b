"""cnncalc computes what a convolutional network costs, layer by layer, from a short text.

import cnncalc
cnncalc.load("alexnet").report().totals.params    # 60965224

Names are imported when they are first used, so that the command line starts quickly.
"""

from importlib import import_module

TYPE_CHECKING = False
"""As type checkers know it; `typing` takes longer to import than all before the command line minds an interrupt."""

if TYPE_CHECKING:
    from cnncalc.algebra.budget import Budget, budget
    from cnncalc.algebra.closed import Closed, closed
    from cnncalc.algebra.explain import Explanation, explain
    from cnncalc.algebra.sizes import WorkingSizes, sizes
    from cnncalc.algebra.solve import Solutions, solve
    from cnncalc.algebra.sweeping import Sweep, sweep
    from cnncalc.claims.find import Published, published
    from cnncalc.comparison.compare import Comparison, LayerComparison, LayerTable, compare, compare_layers, layer_table
    from cnncalc.comparison.diff import Diff, diff
    from cnncalc.comparison.networks import Networks, networks
    from cnncalc.comparison.reconcile import Reconciliation, reconcile
    from cnncalc.comparison.tensors import Tensors, tensors
    from cnncalc.exchange.exporting import Exported, export
    from cnncalc.exchange.importing import Imported, import_model, read_model
    from cnncalc.formatter.changes import Changes, annotate, fmt
    from cnncalc.grading.answers import check_answers
    from cnncalc.grading.course import Grades, KeyCheck, autograder, check_key, grade, gradescope
    from cnncalc.homework.single import Marks, check
    from cnncalc.layers.kinds import Kinds, kinds
    from cnncalc.library import NotFound
    from cnncalc.linter.batch import Findings, lint
    from cnncalc.linter.manual import Rules, rules
    from cnncalc.live.against import ModelComparison, against
    from cnncalc.live.run import Run, run
    from cnncalc.live.verify import Verification, verify
    from cnncalc.loading import load, memory, report, roofline
    from cnncalc.network.memory import Memory
    from cnncalc.network.network import Network
    from cnncalc.network.report import Report, Row, Totals
    from cnncalc.network.roofline import Roofline
    from cnncalc.problem import NoAnswer, Problem, Problems
    from cnncalc.quizzes.quiz import Quiz, quiz
    from cnncalc.render.diagrams.drawing import Drawing, draw
    from cnncalc.render.documentation import documentation
    from cnncalc.render.pictures.plot import plot
    from cnncalc.render.schemas import schema
    from cnncalc.result import Result
    from cnncalc.server.start import serve

__all__ = [
    "Budget",
    "Changes",
    "Closed",
    "Comparison",
    "Diff",
    "Drawing",
    "Explanation",
    "Exported",
    "Findings",
    "Grades",
    "Imported",
    "KeyCheck",
    "Kinds",
    "LayerComparison",
    "LayerTable",
    "Marks",
    "Memory",
    "ModelComparison",
    "Network",
    "Networks",
    "NoAnswer",
    "NotFound",
    "Problem",
    "Problems",
    "Published",
    "Quiz",
    "Reconciliation",
    "Report",
    "Result",
    "Roofline",
    "Row",
    "Rules",
    "Run",
    "Solutions",
    "Sweep",
    "Tensors",
    "Totals",
    "Verification",
    "WorkingSizes",
    "against",
    "annotate",
    "autograder",
    "budget",
    "check",
    "check_answers",
    "check_key",
    "closed",
    "compare",
    "compare_layers",
    "diff",
    "documentation",
    "draw",
    "explain",
    "export",
    "fmt",
    "grade",
    "gradescope",
    "import_model",
    "kinds",
    "layer_table",
    "lint",
    "load",
    "memory",
    "networks",
    "plot",
    "published",
    "quiz",
    "read_model",
    "reconcile",
    "report",
    "roofline",
    "rules",
    "run",
    "schema",
    "serve",
    "sizes",
    "solve",
    "sweep",
    "tensors",
    "verify",
]
__version__ = "0.2.0"

WHERE = {
    "Budget": "algebra.budget",
    "Changes": "formatter.changes",
    "Closed": "algebra.closed",
    "Comparison": "comparison.compare",
    "Diff": "comparison.diff",
    "Drawing": "render.diagrams.drawing",
    "Explanation": "algebra.explain",
    "Exported": "exchange.exporting",
    "Findings": "linter.batch",
    "Grades": "grading.course",
    "Imported": "exchange.importing",
    "KeyCheck": "grading.course",
    "Kinds": "layers.kinds",
    "LayerComparison": "comparison.compare",
    "LayerTable": "comparison.compare",
    "Marks": "homework.single",
    "Memory": "network.memory",
    "ModelComparison": "live.against",
    "Network": "network.network",
    "Networks": "comparison.networks",
    "NoAnswer": "problem",
    "NotFound": "library",
    "Problem": "problem",
    "Problems": "problem",
    "Published": "claims.find",
    "Quiz": "quizzes.quiz",
    "Reconciliation": "comparison.reconcile",
    "Report": "network.report",
    "Result": "result",
    "Roofline": "network.roofline",
    "Row": "network.report",
    "Rules": "linter.manual",
    "Run": "live.run",
    "Solutions": "algebra.solve",
    "Sweep": "algebra.sweeping",
    "Tensors": "comparison.tensors",
    "Totals": "network.report",
    "Verification": "live.verify",
    "WorkingSizes": "algebra.sizes",
    "against": "live.against",
    "annotate": "formatter.changes",
    "autograder": "grading.course",
    "budget": "algebra.budget",
    "check": "homework.single",
    "check_answers": "grading.answers",
    "check_key": "grading.course",
    "closed": "algebra.closed",
    "compare": "comparison.compare",
    "compare_layers": "comparison.compare",
    "diff": "comparison.diff",
    "documentation": "render.documentation",
    "draw": "render.diagrams.drawing",
    "explain": "algebra.explain",
    "export": "exchange.exporting",
    "fmt": "formatter.changes",
    "grade": "grading.course",
    "gradescope": "grading.course",
    "import_model": "exchange.importing",
    "kinds": "layers.kinds",
    "layer_table": "comparison.compare",
    "lint": "linter.batch",
    "load": "loading",
    "memory": "loading",
    "networks": "comparison.networks",
    "plot": "render.pictures.plot",
    "published": "claims.find",
    "quiz": "quizzes.quiz",
    "read_model": "exchange.importing",
    "reconcile": "comparison.reconcile",
    "report": "loading",
    "roofline": "loading",
    "rules": "linter.manual",
    "run": "live.run",
    "schema": "render.schemas",
    "serve": "server.start",
    "sizes": "algebra.sizes",
    "solve": "algebra.solve",
    "sweep": "algebra.sweeping",
    "tensors": "comparison.tensors",
    "verify": "live.verify",
}
"""The module that each public name comes from."""


def __getattr__(name: str) -> object:
    if name not in WHERE:
        raise AttributeError(f"module 'cnncalc' has no attribute {name!r}")
    found: object = getattr(import_module(f"cnncalc.{WHERE[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
