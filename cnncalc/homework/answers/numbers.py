"""Numbers that students write: 27,000,100, 35K, 1.11 billion, 58.1 MiB, 95%, 1/3, (11*11*3+1)*96."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from cnncalc.claims.printed import BYTES, POWERS, Printed, read_printed
from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.arithmetic import calculate, whole
from cnncalc.homework.answers.labelled import labelled
from cnncalc.homework.answers.remarks import UNBIASED, without_remark
from cnncalc.homework.answers.steps import in_steps
from cnncalc.homework.answers.vocabulary import (
    AFTER,
    AXES,
    BEFORE,
    COUNTS,
    FILLERS,
    FOLD,
    HEDGES,
    LETTERS,
    NOUNS,
    NUMBERS,
    PERCENT,
    SIZES,
    TOTALS,
)
from cnncalc.homework.model import Given, Unreadable
from cnncalc.patterns import regex
from cnncalc.problem import quoted

EXAMPLES = "write it as 1234, 1,234, 1.2K or 2*(3+4)"

ABOUT = regex(
    r"(?:~+|(?:about|approx(?:imately|\.)?|around|roughly|circa|zirka|ca\.?|nearly|almost|etwa|ungefähr|rund|environ"
    r"|à peu près|aproximadamente|unos|casi)(?![a-z])|大约|大概|约(?:为|是)?)\s*",
    re.I,
)
_TEN = r"(?:e\s?|\s*[x×*]\s*10\s*(?:\^|\*\*)\s*)\(?(?P<exponent>[+-]?\d{1,2})\)?"
_LITERAL = regex(
    rf"(?P<sign>[+-]?)\s*(?P<digits>(?>\d+(?:[.,'_ ]\d+)*|[.,]\d+))\.?(?:{_TEN})?\s*(?P<rest>[^\W\d_].*|[%×].*|)",
    re.IGNORECASE,
)
_POWER_OF_TEN = regex(r"(?=10\s*(?:\^|\*\*)\s*\d{1,2}(?!\d))")
_GROUPED = regex(r"\d{1,3}([,.' ])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_INDIAN = regex(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
PARTING = "the point was read as parting thousands"
_PLAIN = regex(r"\d*[.,]?\d*")
_ONE_GROUP = regex(r"[1-9]\d{0,2}[.,]\d{3}")
_LABEL = regex(r"[^\W\d][^=:]{0,60}[=:]\s*(?=\S)")
_PROSE = regex(r"(?:[^\W\d_](?:[^\W\d_]|')*\.?,? +)+(?=[~\d.(⌊√+-])", re.IGNORECASE)
IN_LETTERS = regex(
    r"^\s*\d+\s*[ac-fhijln-wyz]\s*$|[-+*/(]\s*\d*[a-wyz]\d?\b|(?<![a-z])[a-wyz]\d?\s*[-+*/)]"
    r"|(?<![a-z])x\s*[),^*/]|[a-z]+_\w|\b(?:tanh|exp|sigmoid|sigma|relu|elu|softplus|ln|log)\b|[σμ]",
    re.IGNORECASE,
)
"""A formula before numbers are put in: (n + 2p - k)/s + 1."""
OPERATOR = regex(r"[\d)\]]\s*(?:[-+*/^%]|\bmod\b)\s*[\d(\[]|[√⌊⌈]|\b(?:sqrt|floor|ceil|min|max)\b", re.IGNORECASE)
"""A sign between two numbers, or a function: what makes a calculation of a text."""
_LEADING = regex(r"\s*(?P<number>\d{1,3}(?:,\d{3})+|\d{1,18})\s*[-+*/×]")
_WORKED = regex(r"(?P<answer>[\d.,' ]*\d(?: [a-z][a-z-]*)*)\s+\((?P<work>.+)\)\.?", re.IGNORECASE)
"""A number, and its calculation in brackets: 7600 ((5*5*3+1)*100)."""
_EQUAL = regex(r"\s*(?:=+|~)\s*")
_WORD = regex(r"[a-z][a-z']*")
_RATIO = regex(r"(?P<a>\d[\d.,]*)\s*(?::|\bto\b)\s*(?P<b>\d[\d.,]*)")
_SQUARE = regex(
    r"[(\[]?\s*(?P<n>\d+)\s*(?:(?:[x×*,]|by)\s*(?P=n)(?:\s*[x×*,]\s*1)?(?!\d)|(?P<power>(?:\^|\*\*)\s*2))\s*[)\]]?"
    r"(?P<rest>(?:[^\W\d_]|[\s()-])*\.?)",
    re.IGNORECASE,
)
"""A number along each side: 13x13 pixels of the input."""
_TIMES_WORDS = r"times|fold|x|×|%|percent|per cent|mal|fach|fois|veces|Prozent|pour ?cent|por ciento"
_CHANGE = regex(
    rf"(?P<number>\d(?:[ -]?(?:{_TIMES_WORDS}))?|\b[a-z]+[ -](?:times|fold|percent))\s+"
    r"(?:(?P<less>(?:fewer|less|smaller|lower|cheaper|faster|weniger|kleiner|geringer|moins|menos)\b(?: expensive\b)?)"
    r"|(?P<more>(?:more|larger|bigger|higher|slower|greater|mehr|größer|plus|más)\b(?: expensive\b)?))",
    re.IGNORECASE,
)
"""8.4 times fewer, 45% less, 4 times more: a number, and whether something shrinks or grows."""
_SAVED = regex(
    r"^(?:it )?(?:saves?|reduces it by|spart)\s+(?=[\d~])|^(?:减少|节省|降低|少)了?\s*(?=\d)"
    r"|(?<=[\w%])\s+(?:(?:is|are|were) )?(?:saved|gespart)$",
    re.IGNORECASE,
)
_OPERATORS = {"plus": "+", "minus": "-", "times": "*", "multiplied": "*", "divided": "/", "over": "/"}
_SPELLED = regex(
    r"(?<=[\d)\]])\s+(plus|minus|times|multiplied by|divided by|over)\s+(?:the )?(?=[\d(\[⌊⌈√])", re.IGNORECASE
)
"""Signs in words: 75 plus 1."""
_COUNTED = regex(r"(?<=[\d)\]])\s+(?P<words>[^\W\d_](?:[^\W\d_]|[' -])*?)\s*(?=[-+*/×)\]]|x\s*\d)", re.IGNORECASE)
"""What is counted, within a calculation: 34848 weights + 96 biases."""
_COUNTED_IN_BRACKETS = regex(r"(?<=\d)\s*\(([a-z][a-z ]*)\)(?=\s*[-+*/×=])", re.IGNORECASE)
_SCALED = regex(r"(?<![\d.,])(\d+(?:\.\d+)?)\s+(thousand|million|billion)\b(?=\s*[-+*/)])", re.IGNORECASE)
_IN_BYTES = regex(r"(?<![\d.,])(\d+(?:\.\d+)?)\s*([KMG]iB)\b(?=\s*[-+*/)])", re.IGNORECASE)
_POWERS_OF_TEN = {"thousand": 3, "million": 6, "billion": 9}
_FACTOR = regex(
    r"^(?:(?:(?:by|um|par|por) )?(?:a |the |den |un |le |el )?(?:factor|faktor|facteur)(?: of| is| von| de)?(?=\s)"
    r"|(?:(?:it|the \w+) (?:is|are|gets) )?multiplied by(?=\s)|[x×](?=\s*\d))\s*|^[一共总计为是有]+\s*(?=\d)",
    re.IGNORECASE,
)
_AS_MUCH = regex(r"(?:(?<=times)|(?<=\d[x×])) as (?:much|many|large|big|expensive)\b", re.IGNORECASE)
_MINUS = regex(r"^(?:minus|moins|menos) (?=[\d.]|[a-z]+$)", re.IGNORECASE)
_ONE = regex(r"^(?:an?|eine?|une?|una|un)\s+(?P<noun>[^\W\d_]+)", re.IGNORECASE)
"""One of what is counted: eine Spalte."""
_OR = regex(r"\s*,?\s+(?:or|oder|ou|o)\s+(?=(?:about|roughly|approximately|etwa|environ|ca\.?|~)?\s*\d)", re.IGNORECASE)
_NUMBER_WORD = regex(r"(?P<word>[^\W\d_]+)\b(?=[\s-]+[^\W\d_])")
_FOLD = regex(r"(?<=\d)-(?=fold\b)", re.IGNORECASE)
_TIMES = regex(r"\s+(?:times|multiplied by)\s+(?=\S)", re.IGNORECASE)
_RAISED = regex(r"\s*\b(squared|cubed)\b", re.IGNORECASE)
_TAIL = regex(r"(?P<sum>.*[\d)\]⌋⌉²])\s*(?P<unit>%|(?:[^\W\d_][a-z-]*\.?)(?: [a-z-]+\.?)*)", re.IGNORECASE)


_NONE = regex(
    r"(?:(?:it|there|they|es|il|hay|pooling|la|le|layer|the) )*(?:has|have|are|is|hat|gibt|a|n'y a|n'a|tiene)?\s*"
    r"(?:no|not any|keine?n?|aucune?|pas de|ningun[oa]s?|ningún|sin|没有|无)\b\s*"
    r"(?P<nouns>(?:[^\W\d_]+ ?)+?)(?: (?:at all|überhaupt|du tout))?\W*",
    re.IGNORECASE,
)
"""None of what is counted: no parameters at all."""
_FORMULA_TAIL = regex(r"(?P<sum>\S.*?)\s+(?P<unit>[^\W\d_]{2,}(?:[ -][^\W\d_]{2,})*)")

_DIVIDED = regex(r"\d\s*[*x×]\s*\d+\s*\+\s*\d")
"""A quotient, and what remains: 107 = 26*4 + 3."""
_REMAINDER = regex(
    r"(\d{1,9})\s*(?:/|//|:|÷)\s*(\d{1,9})\s*=\s*(\d{1,9})\s*,?\s*(?:with |mit )?(?:a )?"
    r"(?:remainder|rest|reste|resto|r)\s*(?:of |de |=)?\s*(\d{1,9})",
    re.IGNORECASE,
)
_GROWING = regex(r"\d{1,3}(?:,\d{1,2}){2,}|\d{1,2}(?:,\d{1,2})+,\d{3}")
_ALONG = dict.fromkeys((*(word for word, axis in AXES.items() if axis != "c"), *BEFORE, *AFTER), True)
"""Words for the sides and their ends."""


class Unit(NamedTuple):
    """One way to read the word behind a number."""

    letters: str  # as `published/printed.py` writes it
    thousand: int = 1000
    in_bytes: bool = False
    note: str = ""
    shown: str = ""
    share: Fraction = Fraction(1)  # 1/100 where a percentage is given as a fraction


def read_number(text: str, expected: Expected) -> Given:
    """Read a number, exact or rounded; a calculation where it is none. Raises Unreadable."""
    written = text
    text = with_signs(_without_change(text, expected))
    text = _FOLD.sub(" ", _AS_MUCH.sub("", _MINUS.sub("-", text)))
    if not any(map(str.isdigit, text)):
        text = _ONE.sub(lambda match: "1" if match["noun"].lower() in NOUNS else match[0], text)
    counted = _NUMBER_WORD.match(text)
    if counted and counted["word"].lower() in NUMBERS and not any(map(str.isdigit, text)):
        text = NUMBERS[counted["word"].lower()] + text[counted.end() :]
    if expected.unbiased:
        text = UNBIASED.sub("", text)
    text, about = _peeled(text)
    square = _SQUARE.fullmatch(text) if expected.along else None
    if expected.along and (alike := _along(text)) is not None:
        return Given(written, expected.form, alike)
    if square and all(word in FILLERS for word in re.findall(r"[^\W\d_]+", square["rest"].lower())):
        given = Given(written, expected.form, int(square["n"]))
        area = (Given(written, expected.form, int(square["n"]) ** 2),)
        given.others = area if square["power"] and area[0].value != given.value else ()
        return given
    either = _OR.split(text)
    if len(either) == 2 and all(any(map(str.isdigit, one)) for one in either):  # 1,605,632 bytes, or about 1.53 MiB
        exact, rounded = (read_number(one, expected) for one in either)
        if near(exact, rounded):
            exact.text = written
            return exact
    if not HEDGES.isdisjoint(_WORD.findall(text.lower())):
        raise Unreadable(f"{quoted(text)} says more than one thing: write one number alone")
    pieces = _EQUAL.split(text) if "=" in text or "~" in text else [text]
    if len(pieces) > 1:
        pieces = [piece for piece in pieces if any(c.isdigit() for c in piece)]
        pieces = [piece for piece in pieces[:-1] if not IN_LETTERS.search(piece)] + pieces[-1:]
        if not pieces:
            raise Unreadable(f"{quoted(written)} is no number: {EXAMPLES}")
        square = _SQUARE.fullmatch(pieces[0]) if expected.along == "receptive_field" and len(pieces) == 2 else None
        if square and read_number(pieces[1], expected).value == int(square["n"]) ** 2:  # 7x7 = 49 pixels
            pieces = pieces[:1]
        if expected.along == "left_over" and _LITERAL.fullmatch(pieces[0]) and _DIVIDED.search(pieces[-1]):
            raise Unreadable(f"{quoted(written)} does not say which number is meant: write it alone")
        return _both_sides(pieces, written, expected)
    worked = _WORKED.fullmatch(text)
    if worked and OPERATOR.search(worked["work"]) and _balanced(worked["work"]):
        return _with_work(worked["answer"], worked["work"], written, expected)
    found = [*_readings(text, expected, about)]
    if not found:
        found = [*_all_calculated(text, expected)]
    first, *others = found
    first.text = written
    first.others = _different(first, others)
    return first


def _along(text: str) -> int | None:
    """Return the number that is named for every side: 1 row and 1 column, 9 wide and 9 high, 1 at the right."""
    if _GROWING.fullmatch(text):  # 3,5,7: from layer to layer
        sizes = [*map(int, text.split(","))]
        return sizes[-1] if sizes == sorted(sizes) else None
    remainder = _REMAINDER.fullmatch(text)
    if remainder:  # 107/4 = 26 remainder 3
        a, b, quotient, rest = map(int, remainder.groups())
        return rest if b and divmod(a, b) == (quotient, rest) else None
    groups = labelled(text, _ALONG)
    if not groups or any(len(numbers) != 1 or not labels for numbers, labels, _ in groups):
        return None
    alike = {numbers[0] for numbers, _, _ in groups}
    return alike.pop() if len(alike) == 1 else None


def _without_change(text: str, expected: Expected) -> str:
    """Return an answer without the words for shrinking or growing; raises Unreadable where the other is asked."""
    change = _CHANGE.search(text)
    if change:
        says = -1 if change["less"] else 1
        if says == -expected.trend:
            what = "less, and the question asks for more" if says < 0 else "more, and the question asks for less"
            raise Unreadable(f"{quoted(text)} says {what}: write the number alone")
        if says == expected.trend or (says < 0 and change["number"][-1] in "sdxlh×"):
            text = f"{text[: change.end('number')]}{text[change.end() :]}"
    return _SAVED.sub("", text) if expected.trend < 0 else text


def with_signs(text: str) -> str:
    """Return a text with signs for plus, minus, times and divided by between its numbers."""
    return _SPELLED.sub(lambda match: f" {_OPERATORS[match[1].lower().split()[0]]} ", text)


def _different(first: Given, others: list[Given]) -> tuple[Given, ...]:
    kept: list[Given] = []
    for other in others:
        if all(other.value != one.value for one in (first, *kept)):
            kept.append(other)
    return tuple(kept)


def _peeled(text: str) -> tuple[str, bool]:
    """Take off what stands before a number: a label, `about`, a few words."""
    text = _FACTOR.sub("", text.lstrip("= "))
    label = _LABEL.match(text)
    if label and not _RATIO.fullmatch(text) and not OPERATOR.search(label[0]):
        text = text[label.end() :]
    about = ABOUT.match(text)
    if about:
        return text[about.end() :], True
    prose = _PROSE.match(text)
    if prose:
        words = [word.strip(".,").lower() for word in prose[0].split()]
        if all(word in FILLERS or word in TOTALS for word in words):
            text = text[prose.end() :]
            return text, any(ABOUT.fullmatch(word) for word in words)
    none = _NONE.fullmatch(text)
    if none and all(word in NOUNS or word in FILLERS for word in none["nouns"].lower().split()):
        return "0", False
    sign = text[:1] if text.startswith("-") else ""
    *before, last = text.removeprefix("-").lower().split() or [""]
    if last in NUMBERS and all(word in FILLERS for word in before):
        return sign + NUMBERS[last], any(ABOUT.fullmatch(word) for word in before)
    return text, False


def _both_sides(pieces: list[str], text: str, expected: Expected) -> Given:
    """Read `(5*5*3+1)*100 = 7600`: what is not worked out is the answer, the last where all is or none."""
    sides = [read_number(piece.strip("=~ "), expected) for piece in pieces]
    plain = [n for n, piece in enumerate(pieces) if _LITERAL.fullmatch(piece)]
    at = plain[0] if len(plain) == 1 else len(sides) - 1
    answer = Given(**sides[at].__dict__)
    answer.text = text
    rounded = [side for side in sides if side.value != answer.value and near(side, answer)]
    answer.others = _different(answer, [*answer.others, *rounded])
    for (piece, side), (after, result) in pairwise(zip(pieces, sides, strict=True)):
        begins = begins_with(after)
        if not (near(side, result) or side.value == begins):
            stated = _nearest(side.value, [result.value, *([] if begins is None else [begins])])
            add_slip(answer, f"{piece} is {shown(side.value)}, not {shown(stated)}")
    return answer


def _balanced(text: str) -> bool:
    """Return whether every bracket closes one that is open."""
    depth = 0
    for c in text:
        depth += (c in "([") - (c in ")]")
        if depth < 0:
            return False
    return depth == 0


def _with_work(answer: str, work: str, text: str, expected: Expected) -> Given:
    """Read a number with its calculation in brackets behind it; a product where it is another number's."""
    number, calculated = read_number(answer, expected), read_number(work, expected)
    number.text = text
    if near(number, calculated):
        return number
    add_slip(number, f"{work} is {shown(calculated.value)}, not {shown(number.value)}")
    try:
        product = next(_all_calculated(text, expected))
    except Unreadable:  # beyond what is read
        return number
    product.text = text
    product.others = _different(product, [number, *number.others])
    return product


def add_slip(given: Given, slip: str) -> None:
    """Note a step of an answer that does not hold."""
    given.notes, given.slips = (*given.notes, slip), (*given.slips, slip)


def near(a: Given, b: Given) -> bool:
    """Return whether two sides of an equation are the same in one reading, or where one is rounded."""
    return any(
        x.value == y.value or abs(Fraction(x.value) - Fraction(y.value)) <= max(x.step or 0, y.step or 0) / 2
        for x in (a, *a.others)
        for y in (b, *b.others)
    )


def begins_with(text: str) -> Any:
    """Return the number that a calculation begins with, which may go on with the result before: 75 + 1 = 76 * 100."""
    match = _LEADING.match(text)
    return int(match["number"].replace(",", "")) if match else None


def _nearest(value: Any, stated: list[Any]) -> Any:
    return min(stated, key=lambda one: abs(Fraction(one) - Fraction(value)))


def shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{float(value):,.6g}"


def _readings(text: str, expected: Expected, about: bool) -> Iterator[Given]:
    """Yield what a single number may mean, the likeliest first; nothing where the text is none."""
    text, remarks = without_remark(text)
    if text.lower() in NUMBERS:
        text = NUMBERS[text.lower()]
    ratio = _RATIO.fullmatch(text)
    if ratio:
        yield from _ratio(ratio, expected)
        return
    steps = in_steps(text)
    if steps:
        unit, noted = _unit_of(steps[2], text)
        if unit == "" or (unit in ("byte", "bytes") and expected.unit == "B"):
            notes = tuple(filter(None, (*remarks, noted)))
            yield Given(text, expected.form, steps[0], steps[1], "", (), notes)
        return
    match = _LITERAL.fullmatch(_POWER_OF_TEN.sub("1*", text, count=1) if text.startswith("10") else text)
    if match is None:
        return
    unit, noted = _unit_of(match["rest"], text)
    if unit is None:
        return
    for spelling, spelled in _spellings(match["digits"]):
        for one in _units(unit, expected):
            printed = _printed(spelling, int(match["exponent"] or 0), one)
            if printed is None:
                raise Unreadable(f"{quoted(text)} has more digits than are read: at most 25")
            if spelled == PARTING and printed.scale != 1:
                continue  # 4.097K is 4,097
            value = printed.value * one.share * (-1 if match["sign"] == "-" else 1)
            rounded = about or printed.decimals or printed.scale != 1 or "%" in (one.shown, expected.unit)
            step = printed.step * one.share if rounded else None
            if about and not printed.decimals:
                step = printed.step * one.share * 10 ** _zeros(spelling)
            notes = tuple(filter(None, (*remarks, noted, spelled, one.note)))
            yield Given(text, expected.form, whole(value), step, one.shown, (), notes)
            if expected.unit == "%" and not one.shown:
                yield from _as_percentage(Given(text, expected.form, value, step, "", (), notes))


def _as_percentage(given: Given) -> Iterator[Given]:
    """Yield 95 for the share 0.95 where a percentage is asked for."""
    if abs(given.value) < 1 and given.value != 0:
        step = given.step * 100 if given.step else None
        note = f"{shown(given.value)} was read as {shown(given.value * 100)} %"
        yield Given(given.text, given.form, whole(given.value * 100), step, "%", (), (*given.notes, note))


def _printed(digits: str, power: int, unit: Unit) -> Printed | None:
    """Read a number in plain digits by the reader of published ones."""
    if len(digits) > 25:
        return None
    written = f"{digits}e{power}" if power > 0 else digits
    printed = read_printed(f"{written}{unit.letters}", unit.thousand, in_bytes=unit.in_bytes)
    if printed is not None and power < 0:
        scale = Fraction(10) ** power
        printed.value, printed.step, printed.scale = printed.value * scale, printed.step * scale, printed.scale * scale
    return printed


def _zeros(digits: str) -> int:
    bare = digits.replace(",", "")
    return len(bare) - len(bare.rstrip("0")) if bare.strip("0") else 0


def _spellings(digits: str) -> Iterator[tuple[str, str]]:
    """Yield the digits with a point for decimals alone, and a note where that is not the usual reading."""
    digits = re.sub(r"(?<=\d)_(?=\d)", "", digits)
    if digits.isdigit():
        yield digits, ""
    elif grouped := _GROUPED.fullmatch(digits):
        sign = grouped[1]
        whole_part = digits.replace(sign, "").replace(",", ".")
        alone = sign in ",." and digits.count(sign) == 1 and len(digits) == digits.index(sign) + 4
        if not alone:
            yield whole_part, "" if sign != "." else "the points were read as parting thousands"
        elif sign == ",":
            if _ONE_GROUP.fullmatch(digits):
                yield whole_part, ""
            yield digits.replace(",", "."), "the comma was read as a decimal point"
        else:
            yield digits, ""
            if _ONE_GROUP.fullmatch(digits):
                yield digits.replace(".", ""), PARTING
    elif _INDIAN.fullmatch(digits):
        yield digits.replace(",", ""), ""
    elif _PLAIN.fullmatch(digits):
        comma = "," in digits
        yield digits.replace(",", "."), "the comma was read as a decimal point" if comma else ""
    else:
        raise Unreadable(f"{quoted(digits)} is not read as one number: write it without blanks and commas, or as 1,234")


def _unit_of(rest: str, text: str) -> tuple[str | None, str]:
    """Return the unit in the words behind a number, "" where there is none, and a note on words that were not read."""
    words = [word.strip(".,;").lower() for word in rest.split()]
    if not all(word == "%" or word == "×" or word.replace("-", "").replace("'", "").isalpha() for word in words):
        return None, ""
    refused = next((word for word in words if word in COUNTS), None)
    if refused:
        remedy = "write bytes, KB, MB or GB" if refused in SIZES else "write the number in digits"
        raise Unreadable(f"{quoted(refused)} is not read: {remedy}")
    unit = ""
    if words and (_known(words[0]) or words[0] in PERCENT or words[0] in FOLD):
        unit, *words = words
    if words[:2] in (["per", "cent"], ["pour", "cent"], ["por", "ciento"]):
        words = words[2:]
        unit = unit or "%"
    unread = [word for word in words if word not in NOUNS]
    if any(len(word) == 1 or _known(word) for word in unread):
        return None, ""
    beside = [word for word in unread if word not in FILLERS]
    if beside:
        raise Unreadable(f"{quoted(' '.join(beside))} beside a number is not read: write the number alone")
    return unit, ""


def _known(word: str) -> bool:
    return (
        word in ("%", "bit", "bits")
        or LETTERS.get(word, word) in POWERS
        or LETTERS.get(word, word) in BYTES
        or _stem(word) is not None
    )


def _stem(word: str) -> str | None:
    """Return the letter of GFLOPs, MMACs, Kparams, Mi."""
    if word in ("ki", "mi", "gi") or (word[:1] in "kmgt" and word[1:] in NOUNS and len(word) > 2):
        return word[0]
    return None


def _units(word: str, expected: Expected) -> Iterator[Unit]:
    """Yield the readings of a unit: K as the course takes it first, then as others do."""
    if word in PERCENT:
        yield Unit("%", shown="%", share=Fraction(1) if expected.unit == "%" else Fraction(1, 100))
        return
    if word in FOLD or word in ("x", "×"):
        yield Unit("", shown="x")
        return
    letters = LETTERS.get(word, word)
    letters = _stem(letters) or letters
    shown = letters.upper().replace("I", "i")
    if expected.unit in ("B", "bytes") or expected.unit.lower() in BYTES:
        yield from _byte_units(letters, shown, expected)
        return
    if letters in BYTES and letters not in POWERS:
        raise Unreadable(f"{shown} are bytes, and what is asked for is no number of bytes")
    if word in ("ki", "mi", "gi"):
        yield Unit(letters, 1024, shown=word.capitalize())
    elif letters in ("k", "m", "g") and (word == letters or _stem(word)):
        yield Unit(letters, expected.thousand, shown=shown)
    else:
        yield Unit(letters, shown=shown)


def _byte_units(letters: str, shown: str, expected: Expected) -> Iterator[Unit]:
    if letters in ("bit", "bits"):
        yield Unit("", shown="bit", share=Fraction(1, 8))
        return
    if not letters and expected.unit.lower() in BYTES:
        letters, shown = expected.unit.lower(), expected.unit
    elif letters not in BYTES:
        letters, shown = f"{letters}b", f"{shown}B"
    if letters not in BYTES:
        raise Unreadable(f"{quoted(shown)} is no unit of bytes: write B, KB, MB, GB, KiB, MiB or GiB")
    thousands = (expected.megabyte,) if expected.strict else _first(expected.megabyte)
    thousands = thousands if BYTES[letters] and "i" not in letters else (1000,)
    for number, thousand in enumerate(thousands):
        note = f"{shown} was read as {thousand ** BYTES[letters]:,} bytes" if number else ""
        yield Unit(letters, thousand, True, note, "" if letters == "b" else shown)


def _first(thousand: int) -> tuple[int, ...]:
    return (thousand, 1000 if thousand == 1024 else 1024)


def _ratio(match: re.Match[str], expected: Expected) -> Iterator[Given]:
    spelled = [next(_spellings(match[name]))[0] for name in ("a", "b")]
    a, b = map(Fraction, spelled)
    if a == 0 or b == 0:
        raise Unreadable("a ratio with 0 in it is no number")
    step = Fraction(1, 10 ** len(spelled[0].partition(".")[2])) / b if "." in spelled[0] else None
    yield Given(match[0], expected.form, whole(a / b), step)
    if a == 1:
        step = Fraction(1, 10 ** len(spelled[1].partition(".")[2])) if "." in spelled[1] else None
        yield Given(match[0], expected.form, whole(b), step, notes=(f"{match[0]} was read as {spelled[1]} times",))


def _calculated(text: str, expected: Expected) -> Given:
    """Read a calculation, with a unit behind it perhaps."""
    text, notes = without_remark(text)
    tail = _TAIL.fullmatch(text)
    unit, noted = "", ""
    if tail and tail["unit"].lower() not in expected.symbols:
        found, noted = _unit_of(tail["unit"], text)
        if found is not None and (found or not noted):
            unit, text = found, tail["sum"]
    try:
        value = calculate(_without_nouns(text, expected.unit), expected.symbols)
    except Unreadable as error:
        if not any(c.isdigit() for c in text):
            raise Unreadable(f"{quoted(text)} is no number: {EXAMPLES}") from None
        raise Unreadable(_with_remedy(error, EXAMPLES)) from None
    if re.search(r"\d\s*[xX×]\s*\d", text):
        notes = (*notes, f"{quoted(text)} was read as a product, {shown(value)}")
    scaled = next(_units(unit, expected))
    printed = read_printed(f"1{scaled.letters}", scaled.thousand, in_bytes=scaled.in_bytes) if unit else None
    if printed is not None:
        value = whole(value * printed.scale * scaled.share)
    return Given(text, expected.form, value, None, scaled.shown, (), notes)


def _without_nouns(text: str, asked: str) -> str:
    """Return a calculation without the words for what is counted in it, and with 27 million or 36 MiB as a product."""
    if asked == "B":
        text = _IN_BYTES.sub(lambda match: f"({match[1]}*1024^{BYTES[match[2].lower()]})", text)
    text = _SCALED.sub(lambda match: f"({match[1]}*10^{_POWERS_OF_TEN[match[2].lower()]})", text)
    units = ("byte", "bytes", "", *("b" * (asked == "B")))

    def kept(match: re.Match[str]) -> str:
        words = re.split(r"[\s-]+", match["words"].lower())
        return "" if all(word in FILLERS or word in units for word in words) else match[0]

    return _COUNTED.sub(kept, _COUNTED_IN_BRACKETS.sub(r" \1", text))


def _all_calculated(text: str, expected: Expected) -> Iterator[Given]:
    given = _calculated(text, expected)
    yield given
    if expected.unit == "%" and not given.unit:
        yield from _as_percentage(given)


def read_formula(text: str, expected: Expected) -> Given:
    """Read a formula in the symbols of the question; raises Unreadable."""
    written = text
    label = _LABEL.match(text)
    if label:
        text = text[label.end() :]
    text = _TIMES.sub("*", text)
    text = _RAISED.sub(lambda match: "^2" if match[1].lower() == "squared" else "^3", text)
    pieces = [piece for piece in _EQUAL.split(text) if piece]
    if not pieces:
        raise Unreadable(f"{quoted(written)} has no formula: write it as 2*C^2 or 3C(C+1)")
    sides = [_formula(piece, expected) for piece in pieces]
    given = sides[-1]
    for (piece, side), (_, result) in pairwise(zip(pieces, sides, strict=True)):
        if side.value != result.value:
            add_slip(given, f"{piece} is {side.value}, not {result.value}")
    return given


def _formula(text: str, expected: Expected) -> Given:
    tail = _TAIL.fullmatch(text) or _FORMULA_TAIL.fullmatch(text)
    if tail and all(word.strip(".") in NOUNS for word in tail["unit"].lower().split()):
        text = tail["sum"]
    try:
        return Given(text, "formula", calculate(text, expected.symbols))
    except Unreadable as error:
        raise Unreadable(_with_remedy(error, "write it as 2*C^2 or 3C(C+1)")) from None


def _with_remedy(error: Unreadable, remedy: str) -> str:
    return str(error) if "write" in str(error) else f"{error}; {remedy}"
