"""Answers with what leads to them, on one line or many: one statement is the answer, the others are steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.numbers import IN_LETTERS, OPERATOR, add_slip, near, read_formula, read_number, with_signs
from cnncalc.homework.answers.remarks import NEGATION, TAKES_BACK, UNCHANGED
from cnncalc.homework.answers.vocabulary import (
    AFTER,
    AND,
    AT_LAST,
    AXES,
    BECAUSE,
    BEFORE,
    FILLERS,
    ROUNDED,
    SIDE_WORDS,
    SO,
    TOTALS,
)
from cnncalc.homework.answers.words import name_of, stem_of
from cnncalc.homework.model import Given, TwoAnswers, Unreadable
from cnncalc.patterns import regex
from cnncalc.problem import quoted

MOST_STATEMENTS = 40

_PARTED = regex(
    rf"\s*(?:(?P<leads>->|=>|[→⇒∴]|(?:[,.]\s*)?\b(?:{SO})\b[:,]?|[,，。]?\s*(?:所以|因此|故|则)[:,]?"
    rf"|,?\s*\b(?:which )?(?:is )?(?:{ROUNDED})(?: it)?(?: down| up)?(?: to| auf| à| a)?:?\s+(?=\d|[a-z]\w*\s*=))"
    r"|[\r\n;]|(?P<colon>:)\s+(?=[\d(\[⌊⌈])|,?\s*\b(?:then|i\.e\.|that is)(?:[:,]|(?=\s))"
    rf"|,?\s+\b(?:{AND})\b\s+(?=[^\W\d][\w ()/+*-]{{0,40}}?\s*[:=]\s*[\d(\[⌊⌈])"
    rf"|,?\s+\b(?:{AND})\b\s+(?=[\d(\[⌊⌈][^,;=]*[-+*/×x][^,;=]*=)"
    r"|,?\s+\band\b\s+(?=(?:there|we|it|the layer) (?:is|are|have|has)\b)"
    r"|(?P<comma>,)\s|(?<=[\w)\]])\.\s+(?=[A-Z(]|\d+\s*[x×]\s*\d))\s*"
    r"|(?<=\d)[,.]?\s+(?=[\[(]\d+(?:\s*[x×,]\s*\d+)+[\])])|(?<=\d),\s+(?=\d+\s*[x×]\s*\d)",
    re.IGNORECASE,
)
"""What stands between two statements: (63-7)/2+1 = 29; 29x29x32, or 55 [55x55x96]; an arrow leads to the next one."""
_GIVEN = regex(r"=\s*[\d.,]+\s*$")
_PREMISE = regex(r"\d\s+[^\W\d_]{2,}|[\d)\]]\s*[-+*/=]\s*[\d(\[]")
"""What is more than a label before a colon: 64 filters with 27 weights + 1 bias each: 64*28."""
_LISTED = regex(r"\s*\d+\s*(?:,|$)")
_REASON = regex(rf"\s*[,;]?\s*(?:\b(?:{BECAUSE})(?![a-z])|因为|由于)[:,]?\s*", re.IGNORECASE)
_IN_BRACKETS = regex(r"(?P<answer>.*[\w)\]])\s+(?:\((?P<round>.+)\)|\[(?P<square>.+)\])\.?")
_BULLET = regex(r"\s*(?:[-*•–]\s+|(?:step|schritt|étape|paso)\s*\d{1,2}\s*[:.)-]\s*)(?=\S)", re.IGNORECASE)
_NUMBERED = regex(r"\s*\(?(\d{1,2})[.)]\s+(?=\S)")
_STEP = regex(r"\s*(?:step|schritt|étape|paso)\s*(\d{1,2})\s*[:.)-]\s*(?=\S)", re.IGNORECASE)
_LAYER = regex(r"\s*(?:after )?(?:conv|layer|convolution|pool|schicht|couche|capa)[ _]?(\d{1,2})\s*:\s*(?=\S)", re.I)
_CONTINUED = regex(r"\s*(?:=|~|≈)")
_UNFINISHED = regex(r".*(?:=|[-+*×/])\s*")
_RUNNING = regex(r"\s*(?:[+*×/]|plus\b|times\b|minus\b)\s*(?=[\d(])", re.IGNORECASE)
_LABELLED = regex(r"\s*(?P<label>[^\W\d][^=:]{0,60}?)\s*(?:[=:]|\bis\b|\bare\b)\s*(?P<rest>.*)", re.IGNORECASE)
_COUNTED_SUM = regex(r"\d(?: [^\W\d]+)+ ?[-+*/×] ?\d")
_SIZE = regex(r"\d\s*(?:[x×,]|by)\s*\d", re.IGNORECASE)
_ROW = regex(r"(?P<label>[^\W\d][\w ]{0,30}?)\s+(?P<rest>\d[\d.,']*)")
"""A line of a table: conv1 224."""
_FORMULA_WORDS = frozenset(("out", "in", "floor", "ceil", "pad", "max", "min"))
_FIELDS = "stride|pad|padding|kernel|kernel_size|filter_size|input|in|dilation"
"""What stands for numbers in a formula: (in - 1)*stride - 2*pad + kernel."""
_IN_FIELDS = regex(rf"(?<==)[^=]*(?:[-+*/(]\s*(?:{_FIELDS})\b|(?<!\d )\b(?:{_FIELDS})\s*[-+*/)])[^=]*=(?=[^=]*\d)")
_NAME = regex(r"(?!x\b)[^\W\d]\w{0,30}", re.IGNORECASE)
_DECIMAL = regex(r"(?:=|:|~|≈)\s*(\d{1,15}\.\d+)\s*$")
_TOTAL = regex(rf"\d[^=:]*\b(?:{AT_LAST})\W*$", re.IGNORECASE)
_EACH = regex(r"\b(?:per|each|every|pro|je|jede[rsnm]?|chaque|cada)\b|每", re.IGNORECASE)
"""What makes a number one of many that are added up."""
_CHANGED = regex(r"\s*(?:plus|minus|moins|menos)\b[^\d=]*$", re.IGNORECASE)
"""What goes on with the answer, in words: 29x29x32, minus one."""
_RESULT = regex(r"=\s*(\d+(?:,\d{3})*)(?: [^\W\d]+)*\s*$")
_INTEGER = regex(r"(?<![\d.,])\d{1,18}(?![\d.,])")
_IN_WORDS = regex(r"[(\[]?[^\W\d][^\W\d]*(?:\s*(?:[×*,]|\s)\s*[^\W\d]+)*[)\]]?")
"""The names of axes: height x width x channels."""
_ENDS = "|".join(sorted(BEFORE | AFTER))
_ONE_END = regex(
    rf"(?:the )?(?P<end>{_ENDS})\b\s*(?:=|:|\bis\b)?\s*(?:[^=,]*=\s*)*(?P<number>\w+)"
    rf"|\w+ (?:pixels? |zeros? )?(?:(?:on|at|to|in) the )?(?:{_ENDS})",
    re.I,
)
_SUFFIX = regex(r"(?:_?\(?out\)?|_?[12]|')$")

Read = Callable[[str, Expected], Given]

PLAIN = Expected("number", "", "either", 1000, 1024)
"""A number of whatever kind."""


class Statement(NamedTuple):
    """A part of an answer that says something; `leads` where an arrow or `so` stands behind it, or further on."""

    text: str
    leads: bool
    next_to: bool = False  # the arrow is right behind it


def statements(lines: Sequence[str], expected: Expected) -> list[Statement]:
    """Return the statements of an answer in the order of the work, without those that say nothing: Output volume."""
    found: list[Statement] = []
    plain, steps = _unnumbered(lines, sizes=expected.form in ("volume", "sides") or bool(expected.along))
    for line in _joined(plain):
        answer, reasons = _with_reasons(line)
        found += [one._replace(leads=True) for reason in reasons for one in _parted(reason, expected)]
        found += _parted(answer, expected)
    led = len(found) - 1 if steps else max((n for n, one in enumerate(found) if one.leads), default=-1) + 1
    found = [one._replace(leads=True) for one in found[:led]] + found[led:]
    found = _rounded([one for one in found if not all(word in FILLERS for word in _words(one.text))])
    return _ends_together(found) if expected.pairs else found


def _rounded(found: Sequence[Statement]) -> list[Statement]:
    """Give the label of a number to the whole one that it is rounded to: H = 42.67 → 42."""
    whole: list[Statement] = []
    for one in found:
        if whole and whole[-1].next_to and one.text.isdigit() and (decimal := _DECIMAL.search(whole[-1].text)):
            labels, _ = _labelled(whole[-1].text)
            if labels and abs(float(decimal[1]) - int(one.text[:15])) < 1:
                one = one._replace(text=f"{labels[0]} = {one.text}")
        whole.append(one)
    return whole


def _ends_together(found: Sequence[Statement]) -> list[Statement]:
    """Return statements where those about one end each, before: 0 and after: 1, are one."""
    joined: list[Statement] = []
    for one in found:
        end = _ONE_END.fullmatch(one.text)
        if end:
            one = one._replace(text=f"{end['end']} {end['number']}" if end["end"] else one.text)
        if end and joined and _ONE_END.fullmatch(joined[-1].text.rpartition(", ")[2]):
            one = Statement(f"{joined.pop().text}, {one.text}", one.leads)
        joined.append(one)
    return joined


def _parted(text: str, expected: Expected) -> Iterator[Statement]:
    """Yield the statements of a line; a comma in brackets, or in a list of sizes, stands between none."""
    sizes = expected.form in ("volume", "sides", "pad")
    start = 0
    for match in _PARTED.finditer(text):
        before = text[start : match.start()]
        listed = sizes and before.strip().isdigit() and _LISTED.match(text[match.end() :])
        if match["comma"] and (listed or text.count("(", 0, match.start()) > text.count(")", 0, match.start())):
            continue
        premise = match["colon"] and _PREMISE.search(before)
        if match["colon"] and not (premise or _GIVEN.search(before)):
            continue
        yield Statement(before.strip(), bool(match["leads"] or premise), bool(match["leads"]))
        start = match.end()
    yield Statement(text[start:].strip(), False)


def _unnumbered(lines: Sequence[str], *, sizes: bool) -> tuple[list[str], bool]:
    """Return lines without the bullets or the numbers of a list, and whether numbers, those of layers, order them."""
    for label in (_NUMBERED, _STEP, _LAYER)[: 2 + sizes]:
        numbers = [match and int(match[1]) for match in map(label.match, lines)]
        if len(lines) > 1 and numbers == [*range(1, len(lines) + 1)]:
            return [label.sub("", line, count=1) for line in lines], True
    bullets = [_BULLET.match(line) for line in lines]
    return [
        line[match.end() :] if match and len(lines) > 1 else line for line, match in zip(lines, bullets, strict=True)
    ], False


def _joined(lines: Sequence[str]) -> list[str]:
    """Return lines where each begins a statement: one that begins with = goes on with the line before."""
    joined: list[str] = []
    for line in lines:
        if joined and (_CONTINUED.match(line) or _UNFINISHED.fullmatch(joined[-1])):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return joined


def _with_reasons(text: str) -> tuple[str, tuple[str, ...]]:
    """Return an answer, and the calculation behind it: 29, because (63-7)/2+1 = 29; 29 ((63-7)/2+1)."""
    parts = _REASON.split(text)
    if len(parts) == 2 and parts[0].strip() and not OPERATOR.search(parts[1]) and _says_no_more(*parts):
        return parts[0], ()
    if len(parts) == 2 and OPERATOR.search(parts[1]) and parts[0].strip():
        return parts[0], (parts[1],)
    bracket = _IN_BRACKETS.fullmatch(text)
    inside = bracket and (bracket["round"] or bracket["square"])
    if bracket and inside and "=" in inside and OPERATOR.search(inside):
        return bracket["answer"], (inside,)
    if bracket and inside and re.search(r"[^\W\d]{3}", inside) and _says_no_more(bracket["answer"], inside):
        return bracket["answer"], ()
    return text, ()


def _says_no_more(answer: str, reason: str) -> bool:
    """Return whether a reason has no number but those of the answer, and no word that takes it back."""
    numbers = set(re.findall(r"\d+", reason))
    hedged = not TAKES_BACK.isdisjoint(re.findall(r"[a-z']+", reason.lower()))
    return numbers <= set(re.findall(r"\d+", answer)) and not hedged


def _words(piece: str) -> list[str]:
    return [word for word in re.split(r"[\s.,:?!]+", piece.lower()) if word]


def read_derivation(lines: Sequence[str], expected: Expected, read: Read) -> Given:
    """Read an answer with what leads to it; `read` reads a single statement. Raises Unreadable."""
    found = _worked(lines, expected)
    if len(found) > MOST_STATEMENTS:
        raise Unreadable(f"the answer has {len(found)} statements, more than the {MOST_STATEMENTS} that are read")
    if not found:
        raise Unreadable("nothing is written")
    at, answer = _answer(found, expected, read)
    own = answer.notes, answer.slips
    answer.notes = answer.slips = ()
    derivation = _Derivation(answer, expected, read, found, at)
    for n, step in enumerate(found):
        if n == at:
            answer.notes, answer.slips = (*answer.notes, *own[0]), (*answer.slips, *own[1])
        else:
            derivation.check(step, behind=at is not None and n > at)
    derivation.check_sum()
    return answer


def _worked(lines: Sequence[str], expected: Expected) -> list[Statement]:
    return _with_values(_running(statements(lines, expected)), expected)


def worked_statements(lines: Sequence[str], expected: Expected) -> list[str]:
    """Return the statements of an answer in the order of the work, each with the numbers of those before put in."""
    return [one.text for one in _worked(lines, expected)]


def _running(found: Sequence[Statement]) -> list[Statement]:
    """Put the result before in front of a statement that goes on with it: 5*5*3 = 75, +1 = 76."""
    whole: list[Statement] = []
    for text, *leads in found:
        sign = _RUNNING.match(text)
        if sign and whole and (before := re.search(r"[\d.,]*\d(?=\D*$)", whole[-1].text)):
            text = f"{before[0]} {text}"
            if whole[-1].text == before[0]:  # 30, +1 = 31 says 30 once
                whole.pop()
        whole.append(Statement(with_signs(text), *leads))
    return whole


def _with_values(found: Sequence[Statement], expected: Expected) -> list[Statement]:
    """Put the numbers that statements give to names into those that follow: in = 25088, in*4096 is 25088*4096."""
    values: dict[str, str] = {}
    written: list[Statement] = []
    for n, (text, *leads) in enumerate(found):
        name, equals, rest = text.partition("=")
        name = name.strip()
        if values:
            known = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, values))})(?![\w(])")
            rest = known.sub(lambda match: values[match[0]], rest)
            replaced = known.sub(lambda match: values[match[0]], name)
            if OPERATOR.search(replaced):
                name = replaced
            text = f"{name} = {rest.strip()}" if equals else name
        text = _IN_FIELDS.sub("", text)
        written.append(Statement(text, *leads))
        later = "\n".join(one.text for one in found[n + 1 :])
        if equals and _NAME.fullmatch(name) and name not in expected.symbols and name in later:
            try:
                value = read_number(rest, PLAIN).value
            except Unreadable:
                continue
            if isinstance(value, int) and value >= 0:
                values[name] = str(value)
    return written


def _answer(found: Sequence[Statement], expected: Expected, read: Read) -> tuple[int | None, Given]:
    """Return which statement is the answer, the last one that is a volume where one is asked for; None for them all."""
    pieces = [one.text for one in found]
    refused: Unreadable | None = None
    listed = _one_by_one(found, expected)
    if listed:
        return None, Given(**read("x".join(map(str, listed)), expected).__dict__)
    if expected.form == "sides" and expected.symbols and len(pieces) == expected.sides > 1:
        results = [_labelled(piece)[1].rpartition("=")[2].strip() for piece in pieces]
        if not any(map(_is_size, results)):  # H + 2 - 5 + 1 = H - 2, W + 2 - 5 + 1 = W - 2
            return None, Given(**read("x".join(map("({})".format, results)), expected).__dict__)
    for at in range(len(pieces) - 1, -1, -1):
        try:
            return at, Given(**_statement(pieces[at], expected, read, alone=at == len(pieces) - 1).__dict__)
        except Unreadable as error:
            refused = refused or error
            if expected.form not in ("volume", "sides"):
                break
    named = _named_parts(pieces, expected)
    if named:
        return None, Given(**read(", ".join(f"{name}={value}" for name, value in named.items()), expected).__dict__)
    assert refused is not None
    raise refused


def _one_by_one(found: Sequence[Statement], expected: Expected) -> list[int]:
    """Return the side that each statement leads to, 7 // 2 = 3; 9/2 = 4.5 -> 4; empty where one leads to the next."""
    pieces: list[str] = []
    joined = False
    if any(_is_size(one.text) for one in found):
        return []
    for one in found:
        if joined and pieces:
            pieces[-1] += f" = {one.text}"
        else:
            pieces.append(one.text)
        joined = one.next_to
    if expected.form != "sides" or len(pieces) != expected.sides or expected.sides == 1:
        return []
    named = _named_parts(pieces, expected)
    if named:
        return list(named.values())
    results = []
    for n, piece in enumerate(pieces):
        match = _RESULT.search(piece)
        if not match or not OPERATOR.search(piece) or any(_uses(later, match[1]) for later in pieces[n + 1 :]):
            return []
        results.append(int(match[1].replace(",", "")))
    return results


def _uses(text: str, number: str) -> bool:
    return number in _INTEGER.findall(text.rpartition("=")[0])


def _statement(text: str, expected: Expected, read: Read, *, alone: bool) -> Given:
    """Read the statement that is the answer; one number for a size, padding or an unknown may be a calculation."""
    try:
        return read(text, expected)
    except Unreadable:
        if expected.form == "volume" and "=" in text:
            return _equation(text, expected, read)
        if expected.form == "sides" and "=" in text and (expected.symbols or _SIZE.search(text.rpartition("=")[2])):
            return _equal_sizes(text, expected, read)
        single = expected.form in ("sides", "pad") or len(expected.names) == 1 or stem_of(expected.names)
        if single and alone:
            return _one_number(text, expected)
        raise


def _one_number(text: str, expected: Expected) -> Given:
    """Read a calculation with a whole result where a single number stands for all sides, ends or the one unknown."""
    labelled = _LABELLED.match(text)
    other = labelled and not OPERATOR.search(labelled["label"]) and not _fits(labelled["label"], expected)
    if other or (_SIZE.search(text) and not OPERATOR.search(text)):
        raise Unreadable(f"{quoted(text)} is not read: write one number")
    found = read_number(text, PLAIN)
    product = any("as a product" in note for note in found.notes)
    if not isinstance(found.value, int) or found.step is not None or product:
        raise Unreadable(f"{quoted(text)} is no whole number")
    value = found.value
    forms = {"sides": (value,) * expected.sides, "pad": ((value, value),)}
    found.value, found.others = forms.get(expected.form) or dict.fromkeys(expected.names, value), ()
    found.form = expected.form
    return found


def _fits(label: str, expected: Expected) -> bool:
    """Return whether a label names what one number is asked for: not one axis of several, not another unknown."""
    if expected.form == "unknowns":
        names = (stem_of(expected.names),) if len(expected.names) > 1 else expected.names
        return name_of(label, names) is not None or all(word in FILLERS for word in label.lower().split())
    return expected.form == "pad" or expected.sides == 1 or len(_axes(label)) != 1


def _equation(text: str, expected: Expected, read: Read) -> Given:
    """Read a volume with its work before it or the number of its values behind it: 29x29x32 = 26,912 values."""
    answer: Given | None = None
    others: list[str] = []
    for member in filter(None, map(str.strip, reversed(text.split("=")))):
        try:
            given = read(member, expected)
        except Unreadable:
            others.append(member)
            continue
        if answer is None:
            answer = Given(**given.__dict__)
        elif given.value != answer.value:
            add_slip(answer, f"{member} is {given.value}, not {answer.value}")
    if answer is None:
        raise Unreadable(f"{quoted(text)} is no volume")
    count = prod(answer.value.sides) * answer.value.channels
    for member in others:
        if not _in_letters(member) and not _IN_WORDS.fullmatch(member):
            number = read_number(member, PLAIN)
            if count not in (number.value, *(other.value for other in number.others)):
                raise Unreadable(f"{quoted(text)} is no equation: write the volume alone")
    return answer


def _equal_sizes(text: str, expected: Expected, read: Read) -> Given:
    """Read (11*11*3) x (55*55) = 363 x 3025, a slip where the two are not the same."""
    *members, last = map(str.strip, text.split("="))
    answer = Given(**read(last, expected).__dict__)
    for member in members:
        given = read(member, expected)
        if given.value != answer.value:
            add_slip(answer, f"{member} is {'x'.join(map(str, given.value))}, not {'x'.join(map(str, answer.value))}")
    return answer


def _axes(label: str) -> tuple[str, ...]:
    """Return which axes a label names: h for H_out, both for each side."""
    words = [word for word in _words(label.strip(" ()").lower()) if word not in ("the", "output", "out")]
    word = _SUFFIX.sub("", " ".join(words))
    if word in SIDE_WORDS:
        return ("h", "w")
    return (AXES[word],) if word in AXES else ()


def _labelled(text: str) -> tuple[list[str], str]:
    """Return the labels before a statement, several in H = W = 31, and the text behind them."""
    labels: list[str] = []
    while (match := _LABELLED.match(text)) and not OPERATOR.search(match["label"]):
        labels.append(match["label"])
        text = match["rest"]
    axis = None if labels else re.match(r"([^\W\d]+)\s+(?=[\d(⌊⌈])", text)
    if axis and axis[1].lower() in AXES:
        return [axis[1]], text[axis.end() :]
    if not labels and (row := _ROW.fullmatch(text)):
        return [row["label"]], row["rest"]
    return labels, text


def _named_parts(pieces: Sequence[str], expected: Expected) -> dict[str, Any]:
    """Return the value of each axis or unknown that is labelled, height = (63-7)/2+1 = 29; empty if one is missing."""
    volume = expected.form == "volume"
    sizes = (volume and expected.sides == 2) or (expected.form == "sides" and expected.sides in (2, 3))
    # the depth of a video stands where channels have their word
    axes = ("h", "w", "c") if volume else ("c", "h", "w")[3 - expected.sides :]
    needed = expected.names or axes * sizes
    found: dict[str, Any] = {}
    for piece in pieces:
        labels, rest = _labelled(piece)
        named = [name for label in labels for name in (_axes(label) if sizes else (name_of(label, expected.names),))]
        for name in filter(None, named):
            value = read_number(rest, PLAIN).value
            if name in needed and found.get(name, value) != value and not _rounds_to(found[name], value):
                raise TwoAnswers(f"{quoted(piece)} contradicts another statement: write the answer alone")
            if name in needed:
                found[name] = value
    if volume and sizes and found.keys() == {"c"}:  # (63-7)/2+1 = 29; C = 32
        both = [piece for piece in pieces if OPERATOR.search(piece) and not any(map(_axes, _labelled(piece)[0]))]
        value = read_number(both[0], PLAIN).value if len(both) == 1 else None
        found |= {"h": value, "w": value} if isinstance(value, int) else {}
    return {name: found[name] for name in needed} if needed and found.keys() == {*needed} else {}


class _Derivation:
    """An answer with the statements that lead to it."""

    def __init__(
        self, answer: Given, expected: Expected, read: Read, found: Sequence[Statement], at: int | None
    ) -> None:
        last = found[at].text if at is not None else None
        self.answer, self.expected, self.read = answer, expected, read
        self.last = last or ""
        self.shown = quoted(last) if last is not None else "the rest"
        self.leads = any(one.leads for one in found)
        self.worked = last is None or self._is_worked(last)
        self.total = last is not None and (
            not TOTALS.isdisjoint(" ".join(_labelled(last)[0]).lower().split()) or _TOTAL.search(last) is not None
        )
        self.before: list[int] = []  # plain numbers so far
        self.summands: list[int] = []
        self.parts: list[int] = []  # labelled, before an answer that is their sum
        self.first = ""
        self.used = {int(n) for one in found if OPERATOR.search(one.text) for n in _INTEGER.findall(one.text)}

    def check(self, step: Statement, *, behind: bool) -> None:
        """Check a statement beside the answer; raises Unreadable where it may be another answer."""
        text, answer, expected = step.text, self.answer, self.expected
        if _CHANGED.match(text):
            raise Unreadable(f"{quoted(text)} changes {self.shown}: write the answer alone")
        if _is_size(text) and answer.form in ("volume", "sides", "pad"):
            if step.leads or self.read(text, expected).value == answer.value or (not behind and self._of_other(text)):
                return
            raise TwoAnswers(f"{quoted(text)} and {self.shown} are two answers: write one alone")
        if _in_letters(text) and answer.form != "formula":
            return
        labels, rest = _labelled(text)
        try:
            self._check_number(step, labels, rest, behind=behind)
        except TwoAnswers:
            raise
        except Unreadable:
            way = step.leads or expected.partly or self._counts(text)
            if not way or NEGATION.search(UNCHANGED.sub("", text)):
                raise

    def _of_other(self, text: str) -> bool:
        """Return whether words say that a size is that of another layer than the answer: conv: 28x28, pool: 14x14."""
        own, other = (set(re.findall(r"[^\W\d_]{2,}", one.lower())) for one in (self.last, text))
        return bool(own - other and other - own)

    def _counts(self, text: str) -> bool:
        """Return whether a statement counts what the answer is the sum of: 1728 weights and 64 biases."""
        words = _words(_INTEGER.sub(" ", text.replace("+", " ")))
        numbers = [int(n) for n in _INTEGER.findall(text)]
        return all(word in FILLERS for word in words) and sum(numbers) == self.answer.value

    def _check_number(self, step: Statement, labels: Sequence[str], rest: str, *, behind: bool) -> None:
        """Check a statement that comes to a number or a formula."""
        text, answer, expected = step.text, self.answer, self.expected
        if answer.form == "formula":
            found = read_formula(text, expected)
        else:
            found = read_number(rest if labels else text, expected if expected.form == "number" else PLAIN)
            if not all(self._agrees(label, found.value) for label in labels):
                raise TwoAnswers(f"{quoted(text)} contradicts {self.shown}: write the answer alone")
            if not self._leads_there(step, bool(labels), found) or (behind and answer.form != "volume"):
                shown = f"{quoted(text)} and {self.shown}"
                raise TwoAnswers(f"{shown} are two answers: write the one that is meant last")
        answer.notes, answer.slips = (*answer.notes, *found.notes), (*answer.slips, *found.slips)

    def _is_worked(self, text: str) -> bool:
        """Return whether a statement is a calculation: 5*5*3, 75 weights + 1 bias, or 76 x 100 of a count."""
        number = self.expected.form == "number"
        return bool(OPERATOR.search(text) or (number and (_SIZE.search(text) or _COUNTED_SUM.search(text))))

    def _leads_there(self, step: Statement, labelled: bool, found: Given) -> bool:
        """Return whether a statement is one on the way: worked out, a number that is given, part of a total."""
        value = found.value
        if self._is_worked(step.text):
            return True
        if self.total and isinstance(value, int) and (labelled or re.search(r"\d [^\W\d_]{3}", step.text)):
            self.summands.append(value)
            return True
        if self.expected.along and isinstance(value, int) and all(n < value for n in self.before):
            self.before.append(value)
            if value < self.answer.value:  # 3, 5, 7: how it grows
                return True
        number = self.expected.form == "number" and isinstance(value, int)
        if number and labelled and not (self.worked or self.leads):
            self.parts.append(value)
            self.first = self.first or step.text
            return True
        if number and _EACH.search(step.text):  # 2 per channel, 1024
            return True
        counted = labelled or re.search(r"[^\W\d]{2}", step.text) is not None
        same = value in self._numbers() or (number and near(found, self.answer)) or value == self.answer.value
        return (
            step.leads
            or same
            or value in self.used
            or (counted and (self.worked or self.leads or self.answer.form == "volume"))
        )

    def _numbers(self) -> tuple[Any, ...]:
        """Return the numbers of an answer that is a size."""
        value = self.answer.value
        return (
            (*value.sides, value.channels)
            if self.answer.form == "volume"
            else value
            if self.answer.form == "sides"
            else ()
        )

    def check_sum(self) -> None:
        """Note where the parts of a total come to another one."""
        found, total = sum(self.summands), self.answer.value
        if self.parts and sum(self.parts) != total and {*self.parts} != {total}:
            raise TwoAnswers(f"{quoted(self.first)} and {self.shown} are two answers: write the one that is meant last")
        if len(self.summands) > 1 and found != total and isinstance(total, int) and not self.worked:
            add_slip(self.answer, f"{' + '.join(f'{n:,}' for n in self.summands)} is {found:,}, not {total:,}")

    def _agrees(self, label: str, value: Any) -> bool:
        """Return whether a labelled value, of an axis or an unknown, is the one in the answer."""
        answer, expected = self.answer, self.expected
        if answer.form == "unknowns":
            name = name_of(label, expected.names)
            return name is None or answer.value[name] == value or _rounds_to(value, answer.value[name])
        if answer.form not in ("volume", "sides") or expected.sides != 2:
            return True
        numbers = [one.value for one in (answer, *answer.others)]
        each = [(*one.sides, one.channels) if answer.form == "volume" else one for one in numbers]
        named = [dict(zip("hwc", sizes, strict=False)) for sizes in each]
        return any(
            all(axes.get(axis, value) == value or _rounds_to(value, axes[axis]) for axis in _axes(label))
            for axes in named
        )


def _is_size(text: str) -> bool:
    return _SIZE.search(text) is not None and not OPERATOR.search(text)


def _rounds_to(value: Any, whole: Any) -> bool:
    """Return whether a value is no whole number, and the next one above or below it is the other."""
    return isinstance(value, Fraction) and isinstance(whole, int) and value.denominator > 1 and abs(value - whole) < 1


def _in_letters(text: str) -> bool:
    """Return whether a statement is a formula in letters, (n + 2p - k)/s + 1, which has no value."""
    words = re.findall(r"[^\W\d_]+", text)
    formula = any(len(word) == 1 for word in words) and all(len(word) < 3 or word in _FORMULA_WORDS for word in words)
    left = text.rpartition("=")[0] or text
    return formula and (IN_LETTERS.search(left) is not None or re.search(r"(?i)\d\s*[a-wyz]\b", left) is not None)
