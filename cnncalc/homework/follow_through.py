"""Follow-through: an answer that is right in view of an earlier wrong one of the same student."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from cnncalc.homework.answer_equality import agrees, readings
from cnncalc.homework.answers import Unreadable, read_answer
from cnncalc.homework.calculation import Calculation, LayerCalculation
from cnncalc.homework.diagnose import FAILURES
from cnncalc.homework.layer_names import where
from cnncalc.homework.model import WHOLE, Key, Mark, Part, Question, Value
from cnncalc.homework.quantity_expression import Subject
from cnncalc.homework.wording import number, shown_of, volume, working
from cnncalc.network.network import Network, Node
from cnncalc.shape import Shape


class Following(Calculation):
    """A network whose volumes are, at some layers, what a student says they are."""

    def __init__(self, network: Network, answered: Mapping[int, Shape]) -> None:
        super().__init__(network)
        self.answered = answered

    def layer(self, node: Node) -> LayerCalculation:
        answered = self.answered.get(node.index)
        if answered is not None and node.index not in self._layers:
            own = LayerCalculation(self.network, node, tuple(map(self._leaving, node.inputs)) or node.x, ())
            own.__dict__.update(
                sides=answered.sides, channels=answered.channels
            )  # in place of what the layer's rule says
            self._layers[node.index] = own
        return super().layer(node)

    def _leaving(self, index: int) -> Shape:
        if index in self.answered:
            return self.answered[index]
        node = self.network.nodes[index]
        return node.y if node.kind == "input" else self.layer(node).leaving


def following(key: Key, marks: dict[str, Mark]) -> dict[str, Mark]:
    """Return the marks, with follow-through where a network's volume was answered wrongly before."""
    for question in key.questions:
        answered: dict[int, dict[int, Shape]] = {}  # by network, by node
        for part in question.parts:
            mark = marks[part.id]
            subject = _subject(part)
            if subject is None:
                continue
            wrong = answered.get(id(subject.network))
            if wrong and mark.verdict in ("wrong", "partly"):
                marks[part.id] = mark = _followed(part, mark, subject, wrong)
            if part.ask == "output" and mark.verdict in ("wrong", "partly") and not mark.followed:
                volume = _volume(part, mark)
                if volume is not None:
                    answered.setdefault(id(subject.network), {})[_node(subject)] = volume
            elif part.ask == "output" and mark.followed:
                volume = _volume(part, mark)
                if volume is not None:
                    answered[id(subject.network)][_node(subject)] = volume
        for part in question.parts:
            if part.row == WHOLE and marks[part.id].verdict in ("wrong", "partly"):
                marks[part.id] = _summed(part, question, marks)
    return marks


def _summed(part: Part, question: Question, marks: Mapping[str, Mark]) -> Mark:
    """Return the mark of a table's total when the student's own rows are taken for right."""
    mark, total = marks[part.id], part.right.value
    if not isinstance(total, int):
        return mark
    for other in question.parts:
        if other.column == part.column and other.row != WHOLE:
            value = _value(other, marks[other.id])
            if isinstance(value, int) and isinstance(other.right.value, int):
                total += value - other.right.value
    if not any(agrees(reading, total, variant) for variant, reading in readings(part, mark.given)):
        return mark
    return _right_after_all(part, mark, f"{number(total)} is rightly added up from your rows.", "rows")


def _subject(part: Part) -> Subject | None:
    expression = part.expression
    return expression.subject if expression is not None and len(expression.subjects) == 1 else None


def _node(subject: Subject) -> int:
    return subject.node.index if subject.node else next(iter(subject.network.outputs.values()))


def _value(part: Part, mark: Mark) -> Value:
    """Return what a student wrote; None where that is not understood."""
    try:
        return read_answer(mark.given, part).value
    except Unreadable:
        return None


def _volume(part: Part, mark: Mark) -> Shape | None:
    """Return the volume that a student wrote, read in the order in which its channels are right, if there is one."""
    right = part.right.value
    try:
        found = [reading.value for _, reading in readings(part, mark.given) if isinstance(reading.value, Shape)]
    except Unreadable:
        return None
    value = next((shape for shape in found if shape.channels == right.channels), next(iter(found), None))
    return value if value is not None and len(value.sides) == len(right.sides) else None


def _followed(part: Part, mark: Mark, subject: Subject, wrong: Mapping[int, Shape]) -> Mark:
    """Return the mark that an answer gets when the student's own earlier volumes are taken for right."""
    own = part.ask in ("output", "sides", "channels")  # which do not follow from themselves
    earlier = {node: volume for node, volume in wrong.items() if not own or node != _node(subject)}
    if not earlier:
        return mark
    try:
        calculation = Following(subject.network, earlier)
        value = part.expression.value(lambda _: calculation)
        lines = list(working(part.expression.traced(lambda _: calculation), part.form))
    except FAILURES:
        return mark
    if not any(agrees(reading, value, variant) for variant, reading in readings(part, mark.given)):
        return mark
    node = subject.network.nodes[next(reversed(earlier))]
    own_volume = volume(earlier[node.index], part.conventions)
    work = "; ".join(lines)
    text = shown_of(part, value)
    answered = (
        f"{text} follows rightly from your {own_volume} {where(subject.network, node.path)}"
        + (f": {work}" if work else "")
        + "."
    )
    return _right_after_all(part, mark, answered, "volume")


def _right_after_all(part: Part, mark: Mark, answered: str, what: str) -> Mark:
    share = part.credit.get("follow-through", Fraction(1))
    score = max(mark.score, part.points * share)
    return Mark(
        part,
        mark.given,
        mark.read,
        "right" if share == 1 else "partly",
        score,
        f"{answered} With the right {what} it is {part.right.text}.",
        "follows from an earlier answer",
        (),
        (*mark.notes, "follow-through"),
        followed=True,
    )
