"""A user's file: what mypy --strict makes of the public names, here and against the installed wheel (.ci/run)."""

from collections.abc import Iterator
from typing import Any, assert_type

import cnncalc

report = cnncalc.load("alexnet", input=(227, 227, 3)).report(batch=32)
assert_type(report, cnncalc.Report)
assert_type(report["conv1"], cnncalc.Row)
assert_type(report.totals, cnncalc.Totals)
assert_type(report.to_json(), str)
assert_type(report.to_dict(), dict[str, Any])
assert_type(cnncalc.networks(where="params < 10M"), cnncalc.Networks)
assert_type(cnncalc.networks().names, list[str])
assert_type(cnncalc.compare("alexnet", "vgg16"), cnncalc.Comparison)
assert_type(cnncalc.compare("alexnet", "vgg16")["vgg16"].params, int | None)
assert_type(cnncalc.compare_layers("resnet50", "resnet50_paper"), cnncalc.LayerComparison)
assert_type(cnncalc.explain("alexnet", "conv1"), cnncalc.Explanation)
assert_type([one.values for one in cnncalc.solve("7x7x1 -> conv 1 3x3 pad=? -> 7x7x_")], list[tuple[int, ...]])
assert_type(cnncalc.budget("mobilenet_v2", "params<2M", vary="width"), cnncalc.Budget)
assert_type(cnncalc.sizes("alexnet")["side"].works.nearest(300), list[int])
assert_type(cnncalc.closed("alexnet", "macs", ["H"]), cnncalc.Closed)
assert_type(cnncalc.sweep("mobilenet_v2", {"width": [1, 2], "input": "128..224:32"}), cnncalc.Sweep)
assert_type(iter(cnncalc.sweep("mobilenet_v2", {"width": [1, 2]})), Iterator[dict[str, Any]])
assert_type(cnncalc.lint("."), cnncalc.Findings)
assert_type(cnncalc.check("lenet5", "C1", params="156")["params"].verdict, str)
assert_type(cnncalc.published("alexnet").fine, bool)
assert_type(cnncalc.verify("alexnet", device="meta").agrees, bool)
cnncalc.plot("cost", "alexnet", "vgg16", file="cost.svg")
