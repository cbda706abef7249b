"""Python programs: assignments, returned values, texts and comments; nothing is run."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from fractions import Fraction

from cnncalc.grading.submissions.decode import decoded
from cnncalc.grading.submissions.document import Document, Line
from cnncalc.homework.answers.arithmetic import calculate
from cnncalc.homework.model import Unreadable

LONGEST_VALUE = 1_000
_NAME = re.compile(r"(?:my_?|your_?)?(?:answers?|ans|solution|sol|result|res)_?(?=\d|q)", re.IGNORECASE)
_MODULE = re.compile(r"\b(?:math|np|numpy)\.(?=floor|ceil|sqrt)")
_WHOLE = re.compile(r"\bint\(")
"""As answers write them."""
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)
"""Lines of a notebook for Jupyter itself."""
_ALONE = re.compile(r"(?:\w+\.?\s+)?[\w.]{0,8}\d[\w.]{0,8}\s*\(?[a-z]?\)?")
"""A comment that only names a question: Question 1a."""


def read(data: bytes) -> Document:
    text, notes = decoded(data, "")
    return Document(lines_of(text), [*notes])


def lines_of(text: str, known: dict[str, str] | None = None) -> list[Line]:
    """Return what a program says, in the order of its lines; comments alone where it is no Python.

    `known` are the numbers that names stand for, from the cells before of a notebook; those of this one are added.
    """
    text = _MAGIC.sub("", text)
    comments = [*_comments(text)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on escapes in a student's texts
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [line for _, line in comments] or [*text.splitlines()]
    found = [*_statements(tree.body, text.splitlines(), {} if known is None else known), *comments]
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def _comments(text: str) -> Iterator[tuple[int, Line]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                comment = token.string.lstrip("#!").strip()
                if "coding:" in comment or "coding=" in comment:
                    continue
                behind = token.line[: token.start[1]].strip()
                if not behind or any(c.isdigit() for c in comment):
                    yield token.start[0], f"{comment}:" if not behind and _ALONE.fullmatch(comment) else comment
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return


def _statements(body: list[ast.stmt], source: list[str], known: dict[str, str]) -> Iterator[tuple[int, Line]]:
    """Yield what statements say; `known` are the numbers that names stand for so far."""
    for node in body:
        match node:
            case ast.Assign() | ast.AnnAssign(value=ast.expr()) if pairs := [*_pairs(node)]:
                numbers = {name: _number(value, source, known) for name, value in pairs}
                for name, value in pairs:
                    yield from _assigned(name, value, source, known)
                known.update({name: number for name, number in numbers.items() if number})
                for name in numbers:
                    if not numbers[name]:
                        known.pop(name, None)
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=key))], value=value):
                yield from _assigned(str(key), value, source, known)
            case ast.FunctionDef(name=name, body=[*_, ast.Return(value=ast.expr() as value)]):
                yield from _assigned(name, value, source, {})
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield from ((node.lineno, line) for line in text.splitlines())
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[*parts])) if parts:
                texts = [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if len(texts) == len(parts):
                    yield from ((node.lineno, line) for line in " ".join(texts).splitlines())
                elif len(parts) == 2 and texts:
                    yield node.lineno, {texts[0].strip(" :="): _text(parts[1], source, known)}
            case ast.Expr(value=ast.BinOp() | ast.Tuple() | ast.Constant() as value) if not _has_names(value):
                yield node.lineno, _text(value, source, known)  # which a notebook shows
            case ast.If(body=inner) | ast.ClassDef(body=inner):
                yield from _statements(inner, source, {**known})
                _forget(node, known)
            case _:
                _forget(node, known)


def _forget(node: ast.stmt, known: dict[str, str]) -> None:
    """Forget the names that a statement may set or delete, a loop or `+=`."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            known.pop(inner.id, None)


def _pairs(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that an assignment sets, each with its value: a = b = 3, or a, b = 3, 4."""
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
            for target, value in zip(names, values, strict=True):
                if isinstance(target, ast.Name):
                    yield target.id, value
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, value


def _has_names(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) for node in ast.walk(value))


def _number(value: ast.expr, source: list[str], known: Mapping[str, str]) -> str | None:
    """Return the number that an expression of numbers and known names comes to, by the arithmetic of answers."""
    if isinstance(value, (ast.Dict, ast.Tuple, ast.List)) or isinstance(getattr(value, "value", None), (str, bool)):
        return None
    try:
        found = calculate(_text(value, source, known))
    except Unreadable:
        return None
    return str(found) if isinstance(found, int) else f"({found})" if isinstance(found, Fraction) else None


def _assigned(name: str, value: ast.expr, source: list[str], known: Mapping[str, str]) -> Iterator[tuple[int, Line]]:
    if isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant):
                yield from _assigned(str(key.value), one, source, known)
        return
    label = _NAME.sub("", name.strip("_"))
    yield value.lineno, {label: _text(value, source, known)}


def _text(value: ast.expr, source: list[str], known: Mapping[str, str]) -> str:
    """Return a value as it is written, with numbers for known names, a text without its quotes."""
    match value:
        case ast.Constant(value=str(text)):
            return text[:LONGEST_VALUE]
        case ast.Constant(value=bool(truth)):
            return "yes" if truth else "no"
        case ast.Constant(value=given) if given in (None, ...):
            return ""  # not answered
    names = [node for node in ast.walk(value) if isinstance(node, ast.Name) and node.id in known]
    first, last = value.lineno - 1, (value.end_lineno or value.lineno) - 1
    lines = [line.encode() for line in source[first : min(last, first + 50) + 1]]
    if last < first + 50:
        lines[-1] = lines[-1][: value.end_col_offset]
    for node in sorted(names, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        if (at := node.lineno - 1 - first) < len(lines):
            line = lines[at]
            lines[at] = line[: node.col_offset] + known[node.id].encode() + line[node.end_col_offset :]
    lines[0] = lines[0][value.col_offset :]
    text = " ".join(line.decode(errors="replace").strip() for line in lines)[:LONGEST_VALUE]
    return _MODULE.sub("", _WHOLE.sub("floor(", text))
