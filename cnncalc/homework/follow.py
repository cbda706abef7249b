"""Follow-through: an answer that is right in view of an earlier wrong one of the same student."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from cnncalc.homework.agree import agrees
from cnncalc.homework.answers import Unreadable, read_answer
from cnncalc.homework.attempt import Attempt
from cnncalc.homework.calculation import Subject
from cnncalc.homework.diagnose import FAILURES
from cnncalc.homework.model import Key, Mark, Part
from cnncalc.homework.wording import shown, working
from cnncalc.network import Network
from cnncalc.shape import Shape


class Following(Attempt):
    """A network whose volumes are, at some layers, what a student says they are."""

    def __init__(self, network: Network, said: Mapping[int, Shape]) -> None:
        super().__init__(network)
        self.said = said

    def _leaving(self, index: int) -> Shape:
        if index in self.said:
            return self.said[index]
        node = self.network.nodes[index]
        return node.y if node.kind == "input" else self.step(node).leaving


def following(key: Key, marks: dict[str, Mark]) -> dict[str, Mark]:
    """Return the marks, with follow-through where a network's volume was answered wrongly before."""
    for question in key.questions:
        said: dict[int, dict[int, Shape]] = {}  # by network, by node
        for part in question.parts:
            mark = marks[part.id]
            subject = _subject(part)
            if subject is None:
                continue
            wrong = said.get(id(subject.network))
            if wrong and mark.verdict in ("wrong", "partly"):
                marks[part.id] = mark = _followed(part, mark, subject, wrong)
            if part.ask == "output" and mark.verdict in ("wrong", "partly") and not mark.followed:
                volume = _volume(part, mark)
                if volume is not None:
                    said.setdefault(id(subject.network), {})[_node(subject)] = volume
            elif part.ask == "output" and mark.followed:
                volume = _volume(part, mark)
                if volume is not None:
                    said[id(subject.network)][_node(subject)] = volume
    return marks


def _subject(part: Part) -> Subject | None:
    calculation = part.calculation
    return calculation.subject if calculation is not None and len(calculation.subjects) == 1 else None


def _node(subject: Subject) -> int:
    return subject.node.index if subject.node else next(iter(subject.network.outputs.values()))


def _volume(part: Part, mark: Mark) -> Shape | None:
    try:
        value = read_answer(mark.given, part).value
    except Unreadable:
        return None
    return value if isinstance(value, Shape) and len(value.sides) == len(part.right.value.sides) else None


def _followed(part: Part, mark: Mark, subject: Subject, wrong: Mapping[int, Shape]) -> Mark:
    """Return the mark that an answer gets when the student's own earlier volumes are taken for right."""
    earlier = {node: volume for node, volume in wrong.items() if node != _node(subject)}
    if not earlier:
        return mark
    try:
        attempt = Following(subject.network, earlier)
        value = part.calculation.value(lambda _: attempt)
        lines = list(working(part.calculation.traced(lambda _: attempt), part.form))
    except FAILURES:
        return mark
    given = read_answer(mark.given, part)
    if not any(agrees(reading, value, part) for reading in (given, *given.others)):
        return mark
    node = subject.network.nodes[next(reversed(earlier))]
    volume = earlier[node.index]
    work = "; ".join(lines)
    text = shown(value, part.form, part.unit, part.conventions.megabyte)
    said = f"{text} follows rightly from your {volume} at {node.path}" + (f": {work}" if work else "") + "."
    share = part.credit.get("follow-through", Fraction(1))
    score = max(mark.score, part.points * share)
    return Mark(
        part,
        mark.given,
        mark.read,
        "right" if share == 1 else "partly",
        score,
        f"{said} With the right volume it is {part.right.text}.",
        "follows from an earlier answer",
        (),
        (*mark.notes, "follow-through"),
        followed=True,
    )
