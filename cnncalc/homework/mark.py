"""What an answer is worth: right or not, and if not, which mistake it is, with the student's own arithmetic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from cnncalc.homework.answer_equality import agrees, digits, readings
from cnncalc.homework.answers import Unreadable, is_blank, read_partly
from cnncalc.homework.model import Candidate, Diagnosis, Given, Key, Mark, Part, Value
from cnncalc.homework.typing_errors import ratios, slips, too_rough
from cnncalc.homework.wording import number, shown_of
from cnncalc.problem import visible
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.homework.step_credit import Steps

TELLING_DIGITS = 3
"""A rounded answer is checked against pairs of mistakes from so many digits on."""

TURNED = ("upside-down", "rest", "percent")
"""Mistakes in an expression itself, which are few; those in its quantities are many."""

REPORTED = 5
"""So many mistakes that lead to one wrong value are reported to the marker."""

IN_FEEDBACK = 2
"""And so many of them to the student, the most plausible first."""

LEAST_OF_PAIRS = 100
"""A smaller number does not show that two mistakes were made."""

PAIRS = 2
"""And so many pairs of mistakes, of which many may lead to one value."""

ASKED = {
    "output": "take each side by itself: input, padding at both ends, kernel, stride; then the channels",
    "sides": "take each side by itself: input, padding at both ends, kernel, stride",
    "params": "count the weights of one filter, then the filters, then the biases",
    "weights": "how many inputs does one filter see, and how many filters are there?",
    "macs": "how many multiply-adds does one output value take, and how many output values are there?",
    "flops": "how many multiply-adds does one output value take, how many output values are there, and how many"
    " operations is a multiply-add?",
    "receptive_field": "each layer adds its kernel less one, times the product of the strides before it",
    "jump": "multiply the strides up to here",
    "left_over": "how many positions does the last window that fits reach?",
    "same_pad": "how many positions must be added in all, so that the output keeps its size?",
    "weight_bytes": "how many numbers are there, how many bytes is each, and in which unit is the answer?",
    "activation_bytes": "how many values are there, how many bytes is each, and in which unit is the answer?",
    "value": "lay the window on the right position, multiply pair by pair, add up, and do not forget what comes after",
    "derivative": "write the derivative of the function down, then put the number in that goes in",
    "mean": "add up all values of the channel, and divide by how many there are",
    "variance": "take the mean away from each value, square, add up, and divide by how many there are",
    "solve": "put the known numbers into the formula of the output, and solve it for the other",
    "input": "what comes out of the layer before it?",
    "channels": "how many filters are there, and does the layer change the channels at all?",
    "pad": "how many positions must be added in all, and how many of them stand before?",
    "extent": "how many positions lie between the first and the last number of a dilated kernel?",
    "biases": "which layers have biases, and how many does each filter have?",
    "buffers": "what does a layer keep that is not trained, and for how many channels?",
    "multiplications": "how many products does one output value take, and how many output values are there?",
    "additions": "how many additions does a sum of n products take, and does a bias make one more?",
    "operations": "count the multiplications and the additions of one output value, then the output values",
    "activation_values": "multiply the sides of the volume that comes out, then by its channels",
    "im2col": "how many numbers does one position of the window hold, and how many positions are there?",
    "im2col_weights": "how many filters are there, and how many numbers does each have?",
    "fan_in": "how many inputs does one output depend on?",
    "fan_out": "how many outputs depend on one input?",
    "he_std": "which fan is meant, and is it under the root?",
    "he_std_in": "which fan is meant, and is it under the root?",
    "kept_units": "how many units are there, and which share of them is kept?",
    "weight_layers": "count the layers with weights along the longest way through the network",
    "fewest": "compute it for each of them, then compare",
    "most": "compute it for each of them, then compare",
}
"""Where to look again where no mistake is known that leads to an answer, by what is asked."""


def mark(key: Key, answers: Mapping[str, str], one: Callable[[Part, str], Mark] | None = None) -> tuple[Mark, ...]:
    """Mark a student's answers, by part id, each by `one`; ids are compared without regard to case."""
    from cnncalc.homework.follow_through import following

    written = {id.lower(): text for id, text in answers.items()}
    marks: dict[str, Mark] = {}
    for part in key.parts.values():
        marks[part.id] = (one or mark_part)(part, written.get(part.id.lower(), ""))
    return tuple(following(key, marks).values())


def mark_part(part: Part, text: str) -> Mark:
    """Mark one answer; one that is right for the shapes as they may be meant, not as they are written, is right."""
    own = _marked(part, text)
    if part.meant is None or own.verdict in ("right", "blank"):
        return own
    meant = _marked(part.meant, text)
    if meant.verdict != "right":
        return own
    response = (
        f"{meant.read} is right if the shape is meant otherwise than it is written. As it is written: {own.feedback}"
    )
    notes = (*meant.notes, "right if the shape is meant otherwise than it is written")
    return Mark(**{**meant.__dict__, "part": part, "feedback": response, "notes": notes})


def _marked(part: Part, text: str) -> Mark:
    if is_blank(text):
        response = f"No answer. {_right(part)}"
        return Mark(part, text.strip(), "", "blank", Fraction(0), response, "there is no answer yet")
    try:
        given = read_partly(text, part)
    except Unreadable as error:
        return _not_understood(part, text, str(error))
    read = shown_of(part, given.value)
    for variant, reading in readings(part, text):
        if agrees(reading, variant.right.value, variant):
            other = variant.right.convention
            notes = (*reading.notes, *((f"right under the convention {other}",) if other else ()))
            seen = shown_of(variant, reading.value)
            if variant.tolerance and not agrees(reading, variant.right.value, variant, tolerance=Fraction(0)):
                notes = (
                    *notes,
                    f"{shown_of(variant, reading.value)} is within {number(variant.tolerance * 100)}% of it",
                )
            seen = shown_of(variant, reading.value)
            return Mark(part, text.strip(), seen, "right", part.points, _well(variant, notes), "right", notes=notes)
        if part.against is not None and not part.against(reading.value):
            response = " ".join((f"{read} is right.", *(f"Note: {note}." for note in reading.notes)))
            return Mark(part, text.strip(), read, "right", part.points, response, "right", notes=reading.notes)
    return _not_understood(part, text, given.partial) if given.partial else _wrong(part, text.strip(), given, read)


def _not_understood(part: Part, text: str, reason: str) -> Mark:
    response = f"You wrote {_quoted(text)}, which is not understood: {reason}."
    return Mark(part, text.strip(), "", "not understood", Fraction(0), response, f"not understood: {reason}")


def _well(part: Part, notes: Iterable[str]) -> str:
    return " ".join((f"{part.right.text} is right.", *(f"Note: {note}." for note in notes)))


def _right(part: Part) -> str:
    """Write the right value and how one gets there."""
    right = part.right
    if not right.working:
        return f"Right is {right.text}."
    work = "; ".join(right.working)
    return f"Right: {work}." if work.endswith(right.text) else f"Right: {work}, so {right.text}."


def _wrong(part: Part, text: str, given: Given, read: str) -> Mark:
    from cnncalc.homework.mistakes.catalogue import SLUGS

    steps = _steps(part, text)
    found = [] if steps else list(islice(matching(part, given), REPORTED))
    diagnoses = tuple(Diagnosis(candidate.slugs, _sentence(candidate)) for candidate in found)
    credit = max((_credit(part, diagnosis) for diagnosis in diagnoses), default=Fraction(0))
    if steps:
        hold = f"{steps.holding} of {steps.out_of} steps hold{'s' if steps.holding == 1 else ''}"
        slips = "; ".join(steps.slips)
        diagnoses = (Diagnosis(("steps",), f"comes from a slip: {slips}. {hold}."),)
        credit = part.credit["steps"] * steps.share
    score = part.points * credit
    verdict = "right" if credit == 1 else "partly" if credit else "wrong"
    response = " ".join((f"You wrote {_quoted(text)}.", *(f"Note: {slip}." for slip in given.slips if not steps)))
    if diagnoses:
        response += " That " + " Or it ".join(diagnosis.text for diagnosis in diagnoses[:IN_FEEDBACK])
    elif part.against is not None:
        response += f" That {part.against(given.value)}."
    hints = dict.fromkeys(SLUGS.get(slug, "") for diagnosis in diagnoses[:1] for slug in diagnosis.slugs)
    hint = "; ".join(filter(None, hints)) or hint_of(part)
    notes = given.notes
    return Mark(part, text, read, verdict, score, f"{response} {_right(part)}", hint, diagnoses, notes)


def _steps(part: Part, text: str) -> Steps | None:
    """Return the steps of an answer, where the key gives points for them."""
    if "steps" not in part.credit:
        return None
    from cnncalc.homework.step_credit import steps_of

    return steps_of(part, text)


def hint_of(part: Part) -> str:
    """Return a hint about what is asked."""
    words = _NAME.findall(part.ask)
    return next((ASKED[word] for word in words if word in ASKED), ANY_QUESTION)


_NAME = re.compile(r"[a-z_0-9]+")
ANY_QUESTION = "compute one step at a time, and write each down"


def _credit(part: Part, diagnosis: Diagnosis) -> Fraction:
    """Return the share of the points for a mistake; a pair of mistakes is worth what both leave."""
    share = Fraction(1)
    for slug in diagnosis.slugs:
        share *= part.credit.get(slug, Fraction(0))
    return share if diagnosis.slugs else Fraction(0)


def _sentence(candidate: Candidate) -> str:
    """Go on after `That`: is 5·5·3·100: the 100 biases are missing."""
    lesson = candidate.lesson
    if candidate.working:
        return f"is {candidate.working}: {lesson}."
    return f"{lesson}."


def matching(part: Part, given: Given) -> Iterator[Candidate]:
    """Yield what led to an answer: one mistake, else the right value of something else or two mistakes, else a slip."""
    readings = (given, *given.others)
    compound = part.expression is not None and part.expression.quantity is None
    # Two digits are not enough to distinguish so many values.
    precise = any(digits(reading) >= TELLING_DIGITS for reading in readings)

    # Of whole numbers with every digit only equal ones agree, which is seen far faster than asked.
    loose = bool(part.tolerance) or part.conventions.rounding or any(reading.step is not None for reading in readings)
    whole = None if loose or part.form != "number" else {reading.value for reading in readings}

    def leads(candidate: Candidate) -> bool:
        if whole is not None and isinstance(candidate.value, int) and candidate.value not in whole:
            return False
        if len(candidate.slugs) > 1 and not _tells(candidate.value, part.right.value):
            return False
        few = len(candidate.slugs) < 2 and (not compound or candidate.slugs[0] in TURNED)
        rounded = few or precise
        return any(agrees(reading, candidate.value, part, rounded=rounded) for reading in readings)

    rounded = list(too_rough(part, given))
    if rounded:
        yield from rounded
    elif found := list(_once(filter(leads, part.candidates))):
        yield from sorted(found, key=lambda candidate: -candidate.plausibility)
    else:
        other = [*_once(filter(leads, part.others)), *ratios(part, given)]
        other += islice(_once(filter(leads, part.further)), PAIRS)
        yield from other or slips(part, given)


def _tells(value: Value, right: Value) -> bool:
    """Return whether a value shows that two mistakes were made: small numbers are met by chance.

    Both numbers of a volume must be wrong, or it is a number of four digits.
    """
    if isinstance(value, Shape) and isinstance(right, Shape):
        return value.sides != right.sides and value.channels != right.channels
    return isinstance(value, (int, Fraction, float)) and not -LEAST_OF_PAIRS < value < LEAST_OF_PAIRS


def _once(found: Iterable[Candidate]) -> Iterator[Candidate]:
    """Leave out a mistake that has been reported with the same sentence."""
    seen = set()
    for candidate in found:
        if candidate.slugs not in seen:
            seen.add(candidate.slugs)
            yield candidate


def _quoted(text: str) -> str:
    plain = visible(text.strip())
    return plain if len(plain) <= 60 else f"{plain[:59]}…"
