"""From what a key asks to a Part: the right value, and the wrong ones that mistakes lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.homework.key_reader import differences, fields_in, items, stated, text_of, written_otherwise
from cnncalc.homework.model import Candidate, Conventions, Lazily, Part, Right, Value
from cnncalc.homework.networks import NETWORK, Networks
from cnncalc.homework.quantities import QUANTITIES, VALUE_ASKS, NoLayer, Target, padding_in_all
from cnncalc.homework.quantity_expression import QuantityExpression, Subject, correctly
from cnncalc.homework.wording import bytes_of, number, shown, worked, working
from cnncalc.loading.find import find
from cnncalc.problem import Problem, Problems, Source, did_you_mean, listed, quoted
from cnncalc.spec.expression import ExpressionError, Wildcard
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar

if TYPE_CHECKING:
    from cnncalc.documents.key import Asked

MOST_PARTS = 5_000

NEEDS = {
    "tolerance": "a tolerance is for a number",
    "unit": "a unit is for a number",
    "choices": "choices are for one quantity",
    "values": "values are for ask: value, derivative, mean or variance",
    "at": "at is for ask: value, derivative, mean or variance",
}
"""What some keys of a question are for: where nothing of that is asked, they would change nothing."""

SUPERLATIVE = re.compile(r"(fewest|least|smallest|lowest|most|largest|highest|greatest) +(\w+)")
_LARGE = ("most", "largest", "highest", "greatest")


class Parts(Networks):
    """Makes parts of what is asked."""

    def __init__(self, source: Source, folder: Path | None, problems: list[Problem]) -> None:
        super().__init__(source, folder, problems)
        self.parts = 0
        self.telling: set[int] = set()  # where that begins which changes something about an answer
        self.given: dict[str, tuple[str, str]] = {}  # of parts on numbers, by id: the numbers, and what is asked

    def part(
        self,
        id: str,
        part_fields: Mapping[str, Tree],
        conventions: Conventions,
        points: Fraction,
        place: Tree,
        asked: Asked | None = None,
    ) -> Part | None:
        """Make a part of what a key says, and the same of the other reading of its network where there is one."""
        self.ambiguous = False
        part = self.as_read(id, part_fields, conventions, points, place, asked)
        if part is not None and self.ambiguous:
            before, self.as_meant = len(self.problems), True
            part.meant = self.as_read(id, part_fields, conventions, points, place, asked)
            self.as_meant = False
            del self.problems[before:]
        return part

    def as_read(
        self,
        id: str,
        part_fields: Mapping[str, Tree],
        conventions: Conventions,
        points: Fraction,
        place: Tree,
        asked: Asked | None,
    ) -> Part | None:
        """Make a part by its nodes and as its model has read them."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            if self.parts == MOST_PARTS + 1:
                self.problem("E112", f"more than the {MOST_PARTS:,} answers that are read", place.place())
            return None
        ask = text_of(part_fields["ask"])
        common: dict[str, Any] = {
            "text": text_of(part_fields.get("text")),
            "unit": text_of(part_fields.get("unit")),
            "credit": dict(asked.credit) if asked else {},
            "tolerance": (asked and asked.tolerance) or Fraction(0),
            "conventions": conventions,
        }
        if asked and asked.points is not None:
            points = asked.points
        answer = part_fields.get("answer")
        typed = answer if isinstance(answer, Scalar) else None
        if ask == "solve":
            return self.unknowns(id, part_fields, points, common, typed)
        if ask in VALUE_ASKS:
            return self.valued(id, part_fields, points, common, typed)
        if asked and asked.letters:
            return self.lettered(id, ask, part_fields, asked.letters, points, common, typed)
        subjects = self.subjects(part_fields)
        if not subjects:
            return None
        if match := SUPERLATIVE.fullmatch(ask):
            return self.superlative(id, match, subjects, part_fields, points, common, typed)
        part = self.quantity(id, ask, subjects, part_fields, points, common, typed, asked)
        if part and "choices" in part_fields:
            if "accept" in part_fields:
                message = "accept goes without choices: one of them is right"
                self.problem("H703", message, part_fields["accept"].place(), "leave it out")
            return self.chosen(part, part_fields["choices"])
        return part

    def quantity(
        self,
        id: str,
        ask: str,
        subjects: dict[str, Subject],
        part_fields: Mapping[str, Tree],
        points: Fraction,
        common: dict[str, Any],
        typed: Scalar | None,
        asked: Asked | None,
    ) -> Part | None:
        node = part_fields["ask"]
        assert isinstance(node, Scalar)
        try:
            expression = QuantityExpression(ask, subjects, common["conventions"])
            if self.left_over(expression, node):
                return None
            right = _right(expression, common["unit"] or expression.unit)
            accepted = [*self.accepted(part_fields, asked, expression, common["unit"] or expression.unit, right)]
        except NoLayer:
            names = [layer.path for layer in next(iter(subjects.values())).network.layers()]
            hint = f"name one: layer: {names[0]}" + (f", … {names[-1]}" if len(names) > 1 else "") if names else None
            self.problem(
                "H703", f"{quoted(ask)} is about one layer that has it, and which is not said", node.place(), hint
            )
            return None
        except ExpressionError as error:
            code, message, hint = error.code, error.message, error.hint
            if code == "E117":  # said of structure, which a comparison is decided like
                code, message, hint = (
                    "H703",
                    "the answer depends on what the symbols stand for",
                    "give the input numbers",
                )
            self.problem(code, message, node.place(error.start, error.length), hint)
            return None
        common["unit"] = common["unit"] or expression.unit
        rights = (right, *(other for _, other in accepted if other.value != right.value))
        labels = {"yes": "", "no": ""} if expression.form == "choice" else {}
        part = Part(
            id,
            points,
            ask,
            expression.form,
            rights,
            _mistaken("singles", expression, rights),
            labels=labels,
            expression=expression,
            further=_mistaken("pairs", expression, rights),
            others=_mistaken("others", expression, rights),
            typed=typed,
            **common,
        )
        part.accepted = tuple(
            Part(**{**part.__dict__, "rights": (other,), "conventions": conventions}) for conventions, other in accepted
        )
        if part.form == "number":
            self.telling.update(part_fields[name].start for name in ("tolerance", "unit") if name in part_fields)
        self.judge_tolerance(part, part_fields)
        return part

    def valued(
        self, id: str, part_fields: Mapping[str, Tree], points: Fraction, common: dict[str, Any], typed: Scalar | None
    ) -> Part | None:
        """Make a part about a layer on given numbers."""
        from cnncalc.homework import value_questions

        for name in ("networks", "letters", "accept"):
            if name in part_fields:
                self.problem(
                    "H703", f"{name} goes without ask: {text_of(part_fields['ask'])}", part_fields[name].place()
                )
                return None
        subject = self.subjects(part_fields).get("")
        if subject is None:
            return None
        asked = value_questions.read_asked(
            self, part_fields, subject, text_of(part_fields["ask"]), common["conventions"]
        )
        if asked is None:
            return None
        try:
            right = value_questions.right(asked)
        except (ZeroDivisionError, ValueError):
            hint = "give other numbers, or epsilon: 0.00001"
            self.problem("H703", "there is no value: something is divided by 0", part_fields["ask"].place(), hint)
            return None
        wrong = Lazily(lambda: value_questions.candidates(asked, (right,)))
        part = Part(id, points, asked.ask, asked.form, (right,), wrong, typed=typed, **common)
        self.given[id] = value_questions.given_text(asked.given), value_questions.described(asked)
        known = ("values", "at", *(("tolerance", "unit") if part.form == "number" else ("tolerance",)))
        self.telling.update(part_fields[name].start for name in known if name in part_fields)
        self.judge_tolerance(part, part_fields)
        return self.chosen(part, part_fields["choices"]) if "choices" in part_fields else part

    def lettered(
        self,
        id: str,
        ask: str,
        part_fields: Mapping[str, Tree],
        letters: Mapping[str, tuple[int, ...]],
        points: Fraction,
        common: dict[str, Any],
        typed: Scalar | None,
    ) -> Part | None:
        """Read what is asked in letters: computed for numbers in their place, and fitted."""
        from cnncalc.homework.polynomial_fit import fitted, mistaken, put_in

        parts: dict[tuple[int, ...], Part] = {}
        for point in product(*letters.values()):
            numbers = dict(zip(letters, map(str, point), strict=True))
            own = {key: put_in(node, numbers) for key, node in part_fields.items() if key in (*NETWORK, "networks")}
            part = self.part("", {**own, "ask": part_fields["ask"]}, common["conventions"], points, part_fields["ask"])
            if part is None:
                return None
            parts[point] = part
        values = {point: part.right.value for point, part in parts.items()}
        numbers_only = all(isinstance(value, (int, Fraction)) for value in values.values())
        formula = fitted(values, tuple(letters)) if numbers_only else None
        if formula is None:
            message = f"{ask} is no polynomial of {listed([*letters])} at the numbers that were tried"
            self.problem(
                "H703", message, part_fields["letters"].place(), "as in letters: {k: [1, 3, 5, 7], n: [1, 2, 3, 4]}"
            )
            return None
        tried = list(values.items())[-1:]
        lines = [f"{', '.join(f'{k} = {n}' for k, n in zip(letters, p, strict=True))}: {number(v)}" for p, v in tried]
        right = Right(formula, shown(formula, "formula"), tuple(f"such as {line}" for line in lines))
        wrong = Lazily(lambda: mistaken(parts, tuple(letters), formula))
        return Part(id, points, ask, "formula", (right,), wrong, typed=typed, **common)

    def left_over(self, expression: QuantityExpression, node: Scalar) -> bool:
        """Return whether, and say so if, a strict course has no right size here."""
        quantity, subject = expression.quantity, expression.subject
        if expression.conventions.sizes != "strict" or quantity is None or quantity.name not in ("output", "sides"):
            return False
        for row in subject.report.rows:
            if row.left_over and max(row.left_over) > 0 and (subject.node is None or row.node is subject.node):
                hint = "ask left_over == 0, or take sizes: floor"
                self.problem(
                    "H703", f"strictly, {row.path} does not fit: {max(row.left_over)} left over", node.place(), hint
                )
                return True
        return False

    def accepted(
        self,
        part_fields: Mapping[str, Tree],
        asked: Asked | None,
        expression: QuantityExpression,
        unit: str,
        right: Right,
    ) -> Iterator[tuple[Conventions, Right]]:
        """Yield other conventions under which another value is right, or the right one is written otherwise."""
        base = expression.conventions
        for entry, conventions in accepting(part_fields, asked, base):
            other = _right(expression, unit, conventions, differences(conventions, base))
            if other.value != right.value or written_otherwise(right.value, unit, conventions, base):
                self.telling.add(entry.start)
                yield conventions, other

    def judge_idle(self, id: str, part_fields: Mapping[str, Tree], asked: Asked, base: Conventions) -> None:
        """Refuse what changes nothing about any answer of a question."""
        for name, need in NEEDS.items():
            if name in part_fields and part_fields[name].start not in self.telling:
                self.problem("H703", f"{need}, and {id} asks for none", part_fields[name].place(), "leave it out")
        for entry, conventions in accepting(part_fields, asked, base):
            if entry.start not in self.telling:
                words = differences(conventions, base)
                message = f"to accept {words} changes nothing about {id}" if words else f"{id} is so without accept"
                strict = "either order is taken already, unless conventions say order: hwc or chw"
                hint = strict if base.order == "either" and "order: " in words else "leave it out"
                self.problem("H703", message, entry.place(), hint)

    def judge_tolerance(self, part: Part, part_fields: Mapping[str, Tree]) -> None:
        """Refuse a tolerance within which a known mistake lies."""
        right = _real(part.right.value)
        if not part.tolerance or not right:
            return
        for candidate in part.candidates:
            value = _real(candidate.value)
            if value is None or abs(value - right) > part.tolerance * abs(right):
                continue
            off = float(abs(value - right) / abs(right) * 100)
            message = (
                f"{float(part.tolerance * 100):g}% accepts {shown(candidate.value)}, the mistake {candidate.slugs[0]}"
            )
            hint = f"it is off by {off:.2g}%: take less, or none"
            self.problem("H702", message, part_fields["tolerance"].place(), hint)
            return

    def superlative(
        self,
        id: str,
        match: re.Match[str],
        subjects: dict[str, Subject],
        part_fields: Mapping[str, Tree],
        points: Fraction,
        common: dict[str, Any],
        typed: Scalar | None,
    ) -> Part | None:
        """Read `fewest params`: the answer is the network's name."""
        node = part_fields["ask"]
        assert isinstance(node, Scalar)
        word = match[2]
        if word not in QUANTITIES:
            hint = did_you_mean(word, QUANTITIES) or f"there are {', '.join(QUANTITIES)}"
            self.problem("E109", f"there is no quantity {quoted(word)}", node.place(match.start(2), len(word)), hint)
            return None
        expressions = {
            name: QuantityExpression(f"{name}.{word}" if name else word, subjects, common["conventions"])
            for name in subjects
        }
        values = {name: expression.value() for name, expression in expressions.items()}
        best = (max if match[1] in _LARGE else min)(values.values())
        labels = {name: s.network.name if s.network.name != "chain" else "" for name, s in subjects.items()}
        value = frozenset(name for name, number in values.items() if number == best)
        lines = []
        for name, expression in expressions.items():
            worked = "; ".join(working(expression.traced(), expression.form)) or shown(values[name])
            lines.append(f"{name}: {worked} {word.replace('_', ' ')}")
        right = Right(value, shown(value, "choice"), tuple(lines))
        wrong = [
            Candidate(frozenset((name,)), ("other-network",), "", f"has {shown(values[name])}: not the {match[0]}")
            for name in subjects
            if name not in value
        ]
        return Part(id, points, match[0], "choice", (right,), tuple(wrong), labels=labels, typed=typed, **common)

    def chosen(self, part: Part, node: Tree) -> Part | None:
        """Make a choice of a part: the right label is that of the right value."""
        from cnncalc.homework.answer_equality import agrees
        from cnncalc.homework.answers import Unreadable, read_answer
        from cnncalc.homework.worked import lines_of

        choices = {label: text_of(value) for label, value in fields_in(node).items()}
        self.telling.add(node.start)
        right, wrong = [], []
        for label, text in choices.items():
            try:
                given = read_answer(text, part)
            except Unreadable as error:
                self.problem("E105", f"choice {label} cannot be read: {error}", node.place())
                return None
            readings = (given, *given.others)
            values = [reading.value for reading in readings]
            if part.right.value in values:
                right.append(label)
                continue
            mistakes = (*part.candidates, *part.others)
            found = next((c for c in mistakes if c.value in values), None) or next(
                (c for c in mistakes if any(agrees(reading, c.value, part) for reading in readings)), None
            )
            if found:
                wrong.append(Candidate(frozenset((label,)), found.slugs, found.working or text, found.lesson))
        if len(right) != 1:
            if right:
                self.problem("H701", f"{' and '.join(right)} are both right: {part.right.text}", node.place())
            else:
                self.problem("H701", f"no choice is right: {part.right.text} is", node.place())
            return None
        value = Right(frozenset(right), f"{right[0]}, {choices[right[0]]}", tuple(lines_of(part)))
        fields = {**part.__dict__, "form": "choice", "rights": (value,), "candidates": tuple(wrong)}
        return Part(**{**fields, "labels": choices, "further": (), "others": (), "expression": None, "accepted": ()})

    def unknowns(
        self, id: str, part_fields: Mapping[str, Tree], points: Fraction, common: dict[str, Any], typed: Scalar | None
    ) -> Part | None:
        """Read a network with question marks: every solution is right."""
        from cnncalc.algebra.solve import solutions_of
        from cnncalc.algebra.unknowns import Puzzle
        from cnncalc.render.solutions import labels, written

        node, what = part_fields["network"], text_of(part_fields["network"])
        try:
            spec, variant, problems, _ = find(self.path(what), None)
            if problems:
                raise Problems(problems)
            answer = solutions_of(spec, variant)
        except Problems as found:
            for problem in found:
                self.report(node, what, problem)
            return None
        if not answer.hidden:
            self.problem("H703", "there is no ? to solve for", node.place(), "put one where a number is to be found")
            return None
        if not answer.solutions:
            self.problem("H703", "no number fits", node.place(), "`cnncalc solve` says what comes nearest")
            return None
        names = tuple(labels(answer))
        puzzle = Puzzle.of(spec, variant)

        def against(value: Value) -> str:
            numbers = {hidden.name: value.get(name) for hidden, name in zip(puzzle.hidden, names, strict=True)}
            if any(not isinstance(number, int) for number in numbers.values()):
                return "leaves a number out"
            outcome = puzzle.walk(numbers)
            if outcome.missed is not None:
                required, shape = outcome.missed
                asked = "x".join("_" if isinstance(n, Wildcard) else getattr(n, "name", str(n)) for n in required)
                return f"gives {shape}, and {asked} is wanted"
            if outcome.problem is not None or outcome.network is None:
                return f"does not fit: {outcome.problem.message if outcome.problem else 'there is no network'}"
            return "" if puzzle.expected(outcome.network) else "gives other totals than are wanted"

        rights = tuple(
            Right(
                values := dict(zip(names, s.values, strict=True)),
                shown(values, "unknowns"),
                (written(answer, s.values),),
            )
            for s in answer.solutions[:100]
        )
        return Part(id, points, "solve", "unknowns", rights, (), against=against, typed=typed, **common)


def accepting(
    part_fields: Mapping[str, Tree], asked: Asked | None, base: Conventions
) -> Iterator[tuple[Tree, Conventions]]:
    """Yield the other conventions that are accepted, each with its place."""
    if asked:
        for entry, other in zip(items(part_fields.get("accept")), asked.accept, strict=True):
            yield entry, stated(other, base)


def _right(expression: QuantityExpression, unit: str, conventions: Conventions | None = None, note: str = "") -> Right:
    traced = expression.traced(conventions=conventions)
    value = expression.value(conventions=conventions)
    text = shown(value, expression.form, unit, conventions or expression.conventions)
    if expression.quantity is None:
        numbers = expression.with_numbers(conventions=conventions)
        holds = numbers if text == "yes" else f"{numbers} does not hold"
        return Right(value, text, (holds if expression.form == "choice" else f"{numbers} = {text}",), note)
    if expression.quantity.name == "pad":
        subject = expression.subject
        dimensions = padding_in_all(Target(subject.report, subject.node, expression.conventions, correctly(subject)))
        return Right(value, text, tuple(dict.fromkeys(f"in all {worked(each)}" for each in dimensions)), note)
    lines = tuple(working(traced, expression.form, expression.quantity.names))
    size = bytes_of(unit, (conventions or expression.conventions).megabyte)
    return Right(value, text, (*lines, f"{number(value)} / {number(size)} = {text}") if size > 1 else lines, note)


def _mistaken(search: str, expression: QuantityExpression, rights: tuple[Right, ...]) -> Lazily:
    """Return the wrong values that `singles`, `pairs` or `others` finds; diagnose.py is loaded for a wrong answer."""

    def find() -> list[Candidate]:
        from cnncalc.homework import diagnose

        searches = {"singles": diagnose.singles, "pairs": diagnose.pairs, "others": diagnose.others}
        return _without(searches[search](expression), rights)

    return Lazily(find)


def _without(candidates: list[Candidate], rights: tuple[Right, ...]) -> list[Candidate]:
    """Leave out what is right under an accepted convention."""
    return [candidate for candidate in candidates if all(candidate.value != right.value for right in rights)]


def _real(value: Value) -> Fraction | None:
    return Fraction(value) if isinstance(value, (int, Fraction, float)) else None
