"""Labels and answers of one text: YAML, JSON, lines of `id: answer`, Markdown tables; whose they are, and notes."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Any

from cnncalc.grading.submissions.collected import NO_ANSWERS, Collected, NotRead
from cnncalc.grading.submissions.lines import read_lines
from cnncalc.grading.submissions.names import Names, plain
from cnncalc.grading.submissions.sheets import pairs_of
from cnncalc.problem import Problem, Source, quoted
from cnncalc.spec.text import read
from cnncalc.spec.tree import Mapping, Node, Scalar

DEEPEST = 8

_OPEN = re.compile(r"^(\s*[\w.\-]{1,60}:)[ \t]*\?+[ \t]*$", re.MULTILINE)
"""A question mark in place of an answer, which YAML takes for the beginning of a key."""
_YAML_SPECIAL = re.compile(r"[\[\]{}&*!|>'\"%@`#]|^[-?](?:\s|$)|:\s|\\")
_SIMPLE = re.compile(r"([\w][\w.\- ]{0,60}):(?:[ \t]+(.*))?")


def read_pairs(text: str, file: str, names: Names) -> Collected:
    """Read a text by its own form; raises NotRead."""
    collected = Collected(names)
    lower = file.lower()
    stripped = text.lstrip()
    if lower.endswith(".json") or stripped[:1] == "{" or stripped[:2] in ("[{", "[\n"):
        _json(text, collected)
    elif lower.endswith((".csv", ".tsv")):
        _sheet(text, collected)
    elif _simple(text, collected):
        pass
    elif lower.endswith((".yaml", ".yml")):
        collected = _yaml(text, file, names)
    else:
        read_lines(text.splitlines(), collected)
    collected.end()
    return collected


def _simple(text: str, collected: Collected) -> bool:
    """Read lines of `id: answer` that mean the same as YAML and as text; False where there is anything else."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _SIMPLE.fullmatch(line.rstrip())
        if match is None or (match[2] and _YAML_SPECIAL.search(match[2])):
            return False
        found.append((match[1], match[2] or ""))
    for label, answer in found:
        collected.take(label, answer)
    return bool(found)


def _sheet(text: str, collected: Collected) -> None:
    try:
        for label, answer in pairs_of(text, collected.names, collected.note):
            collected.take(label, answer)
    except csv.Error as error:
        raise NotRead(f"unreadable: {error}") from None


# YAML and JSON.


def _yaml(text: str, file: str, names: Names) -> Collected:
    collected = Collected(names)
    root, problems = read(Source(file, _OPEN.sub(r"\1", text)))
    if root is not None and isinstance(root, Mapping) and all(p.code == "E102" for p in problems):
        for label, answer in _of_node(root, "", 0):
            collected.take(label, answer)
        for problem in problems:
            collected.note(f"{problem.message}: the first one counts")
        return collected
    by_line = Collected(names)
    read_lines(text.splitlines(), by_line)
    if not by_line.answers:
        raise NotRead(f"unreadable: {_described(problems[0])}" if problems else NO_ANSWERS)
    if problems:
        place = problems[0].place
        by_line.note(f"no YAML{f' from line {place.line} on' if place else ''}: read line by line")
    return by_line


def _described(problem: Problem) -> str:
    where = f"line {problem.place.line}: " if problem.place else ""
    return f"{where}{_one_line(problem.message)}"


def _of_node(node: Node, label: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield labels and answers of a tree; keys within keys are joined by points."""
    if isinstance(node, Mapping) and depth < DEEPEST:
        for key, value in node.pairs:
            yield from _of_node(value, _joined(label, key.text), depth + 1)
    elif isinstance(node, Scalar):
        yield label, node.text
    else:
        items = getattr(node, "items", ())
        flat = [item.text for item in items if isinstance(item, Scalar)]
        yield label, ", ".join(flat) if len(flat) == len(items) else node.source.text[node.start : node.end][:400]


def _joined(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and plain(outer) not in ("answers", "answer", "questions") else inner


def _json(text: str, collected: Collected) -> None:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in items:
            if name in found:
                twice.append(name)
            found[name] = value
        return found

    try:
        root = json.loads(text, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise NotRead("unreadable: nested too deeply") from None
    except ValueError as error:
        raise NotRead(f"unreadable: no JSON: {_one_line(str(error)).lower()}") from None
    if not isinstance(root, (dict, list)):
        raise NotRead('unreadable: no answers by id in it, as in {"1a": "29x29x32"}')
    for label, answer in _of_json(root, "", 0):
        collected.take(label, answer)
    for name in dict.fromkeys(twice):
        collected.note(f"{quoted(name)} stands twice: the last one counts")


def _of_json(value: Any, label: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < DEEPEST:
        id = next((value[name] for name in ("id", "question", "part") if isinstance(value.get(name), str)), None)
        answer = next((name for name in ("answer", "value", "response") if name in value), None)
        if id is not None and answer is not None:
            yield from _of_json(value[answer], id, depth + 1)
            return
        for name, inner in value.items():
            yield from _of_json(inner, _joined(label, str(name)), depth + 1)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value) and depth < DEEPEST:
        for one in value:
            yield from _of_json(one, label, depth + 1)
    elif isinstance(value, list):
        yield label, ", ".join(map(_json_text, value))
    else:
        yield label, _json_text(value)


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value)[:400]


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
