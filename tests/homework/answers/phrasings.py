"""A corpus of answers to questions of courses and quizzes, in the phrasings of students: right ones and wrong ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import prod
from typing import Any, NamedTuple

from cnncalc.homework.answer_equality import agrees, readings
from cnncalc.homework.answers import Unreadable, is_blank
from cnncalc.homework.key import load_key
from cnncalc.homework.model import Key, Part
from cnncalc.homework.single import parts_for


class Question(NamedTuple):
    """A question of the key `questions`, with how a student works it out."""

    id: str
    work: str = ""  # one calculation: (5*5*3+1)*100; of one side where sides are asked for
    steps: tuple[str, ...] = ()  # several, each with its result: 5*5*3 = 75
    counted: str = "parameters"
    network: str = ""  # of a question that is in no key
    ask: str = ""


QUESTIONS = (
    Question("Q001", "(63-7)/2+1"),
    Question("Q002", "(121-4)/3+1"),
    Question("Q008", "(32-2)/2+1"),
    Question("Q009", "(128-4)/4+1"),
    Question("Q016a", "floor((7-2)/2)+1"),
    Question("Q018a", "(512+2*2-5)/7+1"),
    Question("Q044b", "(12-7)/1+1"),
    Question("Q055a", "(32+2-8)/2+1"),
    Question("Q056.conv2.output", "(14-5)/1+1"),
    Question("Q057.maxpool2.output", "floor((13-2)/2)+1"),
    Question("Q092a", "(32+2-3)/1+1"),
    Question("Q011a", "floor((224-11)/4)+1"),
    Question("Q012b", "floor((10-3)/2)+1"),
    Question("Q013", "(11-5)/2+1"),
    Question("Q015a", "floor((9-4)/3)+1"),
    Question("Q017", "floor((64+2*1-5)/2)+1"),
    Question("Q019"),
    Question("Q020a", "50-4*2"),
    Question("Q022a", "floor((28-3)/2)+1"),
    Question("Q023", "ceil(28/2)"),
    Question("Q028b", "ceil((28+2-3)/2)+1"),
    Question("Q032a", "2*(3-1)+1"),
    Question("Q036", "(14-1)*2-2*1+3"),
    Question("Q038b", "2*10+2"),
    Question("Q039", "(128-1)*4+4"),
    Question("Q043a"),
    Question("Q045a"),
    Question("Q015b", "9-(4+3)", counted="columns"),
    Question("Q018b", "(5*5*3+1)*100", ("5*5*3 = 75", "75+1 = 76", "76*100 = 7600")),
    Question("Q043b", "(3*5*2*16+1)*33", ("3*5*2*16 = 480", "480+1 = 481", "481*33 = 15873")),
    Question("Q046", "300*300*3*100+100", ("300*300*3 = 270000", "270000*100 = 27000000", "27000000+100 = 27000100")),
    Question("Q052a", "(3*3*128+1)*256", ("3*3*128 = 1152", "1152+1 = 1153", "1153*256 = 295168")),
    Question("Q052b", "3*3*128*256", ("3*3*128 = 1152", "1152*256 = 294912"), "weights"),
    Question("Q054a", "11*11*3*96", ("11*11*3 = 363", "363*96 = 34848"), "weights"),
    Question("Q054b", "11*11*3*96+96", ("11*11*3 = 363", "363*96 = 34848", "34848+96 = 34944")),
    Question("Q055b", "14*14*20*(8*8*3+1)", ("8*8*3+1 = 193", "14*14*20 = 3920", "3920*193 = 756560")),
    Question("Q057.batchnorm.params", "2*8", ("8+8 = 16",)),
    Question("Q057.total.params", "224+16+1168+5770", ("224+16 = 240", "240+1168 = 1408", "1408+5770 = 7178")),
    Question("Q060b", "(3*3*64+1)*256", ("256/4 = 64", "3*3*64+1 = 577", "577*256 = 147712")),
    Question("Q067", "(3*3*3+1)*32", ("3*3*3 = 27", "27+1 = 28", "28*32 = 896")),
    Question("Q068", "80+13530", ("(3*3+1)*8 = 80", "13*13*8 = 1352", "1353*10 = 13530", "80+13530 = 13610")),
    Question("Q071a", "32*32*3*100+100", ("32*32*3 = 3072", "3072*100 = 307200", "307200+100 = 307300")),
    Question("Q073b", "512*256+256", ("512*256 = 131072", "131072+256 = 131328")),
    Question("Q075", "3*3+1"),
    Question("Q078", "156+2416+48120+10164+850"),
    Question("Q082b", "3+2+2", counted="input pixels"),
    Question("Q083c", "3+2*2+2*2", ("3+4 = 7", "7+4 = 11"), "pixels"),
    Question("Q085a", "1+2+2+1+4+4+2+8+8+8", counted="pixels"),
    Question("Q087", "(10-1)*2+3", ("(10-1)*2 = 18", "18+3 = 21"), "pixels"),
    Question("Q089", "28*28*32*5*5*192", ("28*28*32 = 25088", "25088*4800 = 120422400"), "multiplications"),
    Question("Q094d", "432+240", ("3*3*3*4*4 = 432", "3*5*4*4 = 240", "432+240 = 672"), "multiplications"),
    Question("Q098a", "27*27*256*5*5*96", ("5*5*96 = 2400", "27*27*256 = 186624", "2400*186624 = 447897600"), "MACs"),
    Question("Q100", "2*2", counted="times"),
    Question("Q101", "56*56*256*3*3*256", counted="multiply-adds"),
    Question("Q103a", "3*3*4*8*16", counted="MACs"),
    Question("Q106a", "3*224*224*64", ("224*224*64 = 3211264", "3*3211264 = 9633792"), "values"),
    Question("Q106b", "2*4*9633792", ("9633792*4 = 38535168", "38535168*2 = 77070336"), "bytes"),
    Question("Q108a", "62378344*4", counted="bytes"),
    Question("same padding", "(7-1)/2", network="19x19x8 -> conv 16 7x7 pad=same", ask="pad"),
    Question("padding", "(5-1)/2", network="28x28x6 -> conv 16 5x5 pad=? -> 28x28x16", ask="solve"),
    Question("stride", "(227-11)/54", network="227x227x3 -> conv 96 11x11 stride=? -> 55x55x96", ask="solve"),
    Question("kernel", "32-28+1", network="32x32x1 -> conv 6 ?x? -> 28x28x6", ask="solve"),
    Question("both", network="63x63x16 -> conv 32 7x7 stride=? pad=? -> 29x29x32", ask="solve"),
)  # fmt: skip
"""Real questions: the key names where each was asked; the last ones are of Coursera's and CS231n's kind."""


@cache
def key() -> Key:
    return load_key("questions")


@cache
def part_of(question: Question) -> Part:
    if question.network:
        (part,) = parts_for(question.network, {"1": question.ask})
        return part
    return key().parts[question.id]


def named(id: str) -> Part:
    """Return the part of a question by its name, of the corpus or of the key."""
    return next((part_of(question) for question in QUESTIONS if question.id == id), None) or key().parts[id]


# How numbers are written.


def english(n: int) -> str:
    return f"{n:,}"


def german(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def french(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")


def swiss(n: int) -> str:
    return f"{n:,}".replace(",", "'")


def latex(n: int) -> str:
    return f"{n:,}".replace(",", "{,}")


def spaced(n: int) -> str:
    return f"{n:,}".replace(",", "\\,")


_ROUNDED = re.compile(r"(floor|ceil)\((?:\(([^()]*)\)|([^()/]*))/(\d+)\)")


def in_latex(work: str) -> str:
    work = _ROUNDED.sub(r"\\left\\l\1\\dfrac{\2\3}{\4}\\right\\r\1", work)
    return work.replace("*", " \\times ")


def by(value: Sequence[int], sign: str = "x") -> str:
    return sign.join(map(str, value))


TIMES = " \\times "


class Said(NamedTuple):
    """What a template may use: a value, and how one comes there."""

    value: Any
    work: str
    steps: tuple[str, ...]
    counted: str


Template = Callable[[Said], str]

NUMBERS: tuple[Template, ...] = (
    lambda s: f"{s.value}",
    lambda s: f"= {s.value}",
    lambda s: f"ans: {english(s.value)}",
    lambda s: f"**{english(s.value)}**",
    lambda s: f"`{s.value}`",
    lambda s: f"The answer is {english(s.value)}.",
    lambda s: f"I get {french(s.value)}",
    lambda s: f"{swiss(s.value)} {s.counted}",
    lambda s: f"{german(s.value)} {s.counted}",
    lambda s: f"There are {english(s.value)} {s.counted} in total.",
    lambda s: f"\\({latex(s.value)}\\)",
    lambda s: f"$$ {spaced(s.value)} $$",
    lambda s: f"\\num{{{s.value}}} \\text{{ {s.counted}}}",
    lambda s: f"$\\mathbf{{{latex(s.value)}}}$",
    lambda s: f"Antwort: {german(s.value)}",
    lambda s: f"Réponse : {french(s.value)}",
    lambda s: f"Respuesta: {s.value}",
    lambda s: f"答案：{s.value}",
    lambda s: f"({english(s.value)})",
    lambda s: f"exactly {english(s.value)}",
    lambda s: f"{english(s.value)} {s.counted} altogether",
    lambda s: f"it's {s.value}",
)
WORKED_NUMBERS: tuple[Template, ...] = (
    lambda s: f"{s.work} = {s.value}",
    lambda s: f"{s.value} = {s.work}",
    lambda s: f"{s.work}\n= {english(s.value)}",
    lambda s: f"{s.work} → {s.value}",
    lambda s: f"{s.work} => {s.value} {s.counted}",
    lambda s: f"{s.work} = {s.value}, so {english(s.value)} {s.counted}",
    lambda s: f"${in_latex(s.work)} = {latex(s.value)}$",
    lambda s: f"\\[ {in_latex(s.work)} = \\boxed{{{s.value}}} \\]",
    lambda s: f"$$\n{in_latex(s.work)}\n= {s.value}\n$$",
    lambda s: f"{s.work.replace('*', ' · ')} = {english(s.value)}",
    lambda s: f"{s.value}, because {s.work} = {s.value}",
    lambda s: f"{s.value} ({s.work})",
    lambda s: f"Total: {s.work} = **{english(s.value)}**",
    lambda s: f"{s.work.replace('*', '×')}={s.value} ✓",
    lambda s: f"number of {s.counted} = {s.work} = {english(s.value)}",
)
STEPS: tuple[Template, ...] = (
    lambda s: "\n".join(s.steps),
    lambda s: "; ".join(s.steps),
    lambda s: ", ".join(s.steps),
    lambda s: "\n".join(f"{n}. {step}" for n, step in enumerate(("5 + 1 = 6", *s.steps), 1)),
    lambda s: "\n".join(f"- {step}" for step in s.steps),
    lambda s: "\n\n".join(f"${in_latex(step)}$" for step in s.steps),
    lambda s: "\n".join((*s.steps, f"Answer: {english(s.value)} {s.counted}")),
    lambda s: "First " + ", then ".join(s.steps) + ".",
    lambda s: "\n".join((*s.steps, f"So there are {english(s.value)} {s.counted}.")),
)
VOLUMES: tuple[Template, ...] = (
    lambda s: by(s.value),
    lambda s: by(s.value, " × "),
    lambda s: "({})".format(by(s.value, ", ")),
    lambda s: "[{}]".format(by(s.value, ",")),
    lambda s: "$" + by(s.value, " \\times ") + "$",
    lambda s: "\\(" + by(s.value, "\\times") + "\\)",
    lambda s: "\\[ \\boxed{" + by(s.value, " \\times ") + "} \\]",
    lambda s: f"**{by(s.value)}**",
    lambda s: f"`{by(s.value)}`",
    lambda s: "The output volume is {}.".format(by(s.value, " x ")),
    lambda s: "Answer: $({})$".format(by(s.value, ",\\, ")),
    lambda s: f"Ausgabe: {by(s.value)}",
    lambda s: "Sortie : {}".format(by(s.value, " x ")),
    lambda s: "输出：{}".format(by(s.value, "×")),
    lambda s: f"H={s.value[0]}, W={s.value[1]}, C={s.value[2]}",
    lambda s: f"height {s.value[0]}, width {s.value[1]}, depth {s.value[2]}",
    lambda s: f"{s.value[0]}x{s.value[1]} with {s.value[2]} channels",
    lambda s: f"{s.value[2]} feature maps of {s.value[0]}x{s.value[1]}",
    lambda s: f"{s.value[0]} by {s.value[1]} by {s.value[2]}",
    lambda s: f"{by(s.value)} = {prod(s.value):,} values",
    lambda s: f"{s.value[0]} rows, {s.value[1]} columns and {s.value[2]} channels",
    lambda s: f"it will be {s.value[0]} * {s.value[1]} * {s.value[2]}",
    lambda s: f"(None, {s.value[0]}, {s.value[1]}, {s.value[2]})",
    lambda s: f"torch.Size([1, {s.value[2]}, {s.value[0]}, {s.value[1]}])",
    lambda s: f"output shape = ({s.value[0]}, {s.value[1]}, {s.value[2]})",
    lambda s: f"$H = {s.value[0]},\\ W = {s.value[1]},\\ C = {s.value[2]}$",
)
WORKED_VOLUMES: tuple[Template, ...] = (
    lambda s: f"{s.work} = {s.value[0]} → {by(s.value)}",
    lambda s: f"{s.work} = {s.value[0]}, so {by(s.value)}",
    lambda s: f"{s.work} = {s.value[0]}\n{by(s.value)}",
    lambda s: f"{s.work} = {s.value[0]} [{by(s.value)}]",
    lambda s: f"{s.work} = {s.value[0]}; the output is {by(s.value, ' x ')}.",
    lambda s: f"({s.work}) x ({s.work}) x {s.value[2]} = {by(s.value)}",
    lambda s: f"W_out = {s.work} = {s.value[0]}\nH_out = {s.value[1]}\n{by(s.value)}",
    lambda s: f"width = {s.work} = {s.value[0]}, height = {s.value[1]}, depth = {s.value[2]}",
    lambda s: f"$\\frac{{1}}{{1}}({in_latex(s.work)}) = {s.value[0]}$, thus ${by(s.value, TIMES)}$",
    lambda s: f"each side: {s.work} = {s.value[0]}; {s.value[2]} filters, so {by(s.value)}",
    lambda s: f"$${in_latex(s.work)} = {s.value[0]}$$\n\nOutput: ${by(s.value, TIMES)}$",
    lambda s: f"{by(s.value)} because {s.work} = {s.value[0]}",
    lambda s: f"{by(s.value)} ({s.work} = {s.value[0]})",
    lambda s: f"H: {s.work} = {s.value[0]}\nW: {s.work} = {s.value[1]}\nC: {s.value[2]}",
)
SIDES: tuple[Template, ...] = (
    lambda s: by(s.value),
    lambda s: by(s.value, " × "),
    lambda s: "({})".format(by(s.value, ", ")),
    lambda s: "$" + by(s.value, "\\times ") + "$",
    lambda s: "**{}**".format(by(s.value, " x ")),
    lambda s: "The size is {}.".format(by(s.value, " by ")),
    lambda s: f"{by(s.value)} pixels",
    lambda s: f"output: `{by(s.value)}`",
    lambda s: f"Größe: {by(s.value)}",
    lambda s: f"{by(s.value)} (pixels)",
    lambda s: f"it becomes {by(s.value)}",
    lambda s: "\\boxed{" + by(s.value, " \\times ") + "}",
)
SQUARES: tuple[Template, ...] = (
    lambda s: f"{s.value[0]}",
    lambda s: f"{s.value[0]} pixels per side",
    lambda s: f"each side is {s.value[0]}",
    lambda s: f"{s.value[0]} on each side",
    lambda s: f"{s.value[0]} in each dimension",
    lambda s: f"{s.value[0]} px wide",
    lambda s: f"${s.value[0]}$",
)
WORKED_SQUARES: tuple[Template, ...] = (
    lambda s: f"{s.work} = {s.value[0]}",
    lambda s: f"{s.work} = {s.value[0]}, so {by(s.value)}",
    lambda s: f"{s.work} = {s.value[0]} → {by(s.value)}",
    lambda s: f"{s.work}\n= {s.value[0]}",
    lambda s: f"${in_latex(s.work)} = {s.value[0]}$",
    lambda s: f"\\[ {in_latex(s.work)} = \\boxed{{{s.value[0]}}} \\]",
    lambda s: f"out = {s.work} = {s.value[0]} pixels",
    lambda s: f"O = (W - K + 2P)/S + 1 = {s.work} = {s.value[0]}",
    lambda s: f"{s.work} = {s.value[0]}; answer: {by(s.value)}",
    lambda s: f"{s.value[0]}, because {s.work} = {s.value[0]}",
)
NAMED_SIDES: tuple[Template, ...] = (
    lambda s: f"H={s.value[0]}, W={s.value[1]}",
    lambda s: f"height {s.value[0]} and width {s.value[1]}",
    lambda s: f"{s.value[0]} rows, {s.value[1]} columns",
    lambda s: f"width: {s.value[1]}, height: {s.value[0]}",
    lambda s: f"{s.value[0]} high and {s.value[1]} wide",
)
FIELDS: tuple[Template, ...] = (
    lambda s: f"{s.value}x{s.value}",
    lambda s: f"{s.value} × {s.value} pixels of the input",
    lambda s: f"{s.value}x{s.value} (pixels)",
    lambda s: f"${s.value} \\times {s.value}$",
    lambda s: f"{s.value} pixels wide",
    lambda s: f"it sees {s.value} x {s.value} input pixels",
)
PADS: tuple[Template, ...] = (
    lambda s: f"{s.value}",
    lambda s: f"p = {s.value}",
    lambda s: f"padding {s.value}",
    lambda s: f"pad={s.value}",
    lambda s: f"a padding of {s.value} on each side",
    lambda s: f"{s.value} zeros on every border",
    lambda s: f"{s.work} = {s.value}",
    lambda s: f"P = (F-1)/2 = {s.work} = {s.value}",
    lambda s: f"$p = {in_latex(s.work)} = {s.value}$",
    lambda s: f"\\[p = \\frac{{k-1}}{{2}} = {s.value}\\]",
    lambda s: f"{s.value} pixels on all sides",
    lambda s: f"left {s.value}, right {s.value}",
    lambda s: f"**{s.value}**",
    lambda s: f"The padding is {s.value}.",
    lambda s: f"{s.work} = {s.value}, so pad {s.value}",
)
UNKNOWN: tuple[Template, ...] = (
    lambda s: f"{s.value}",
    lambda s: f"{s.counted} = {s.value}",
    lambda s: f"{s.counted} {s.value}",
    lambda s: f"a {s.counted} of {s.value}",
    lambda s: f"The {s.counted} is {s.value}.",
    lambda s: f"{s.work} = {s.value}",
    lambda s: f"{s.counted} = {s.work} = {s.value}",
    lambda s: f"${in_latex(s.work)} = {s.value}$",
    lambda s: f"{s.work} = {s.value}, so the {s.counted} is {s.value}",
    lambda s: f"{s.work}\n= {s.value}",
    lambda s: f"**{s.counted} = {s.value}**",
    lambda s: f"{s.counted[0]}={s.value}",
    lambda s: f"\\boxed{{{s.value}}}",
)
UNKNOWNS: tuple[Template, ...] = (
    lambda s: " ".join(f"{name}={n}" for name, n in s.value.items()),
    lambda s: ", ".join(f"{name} = {n}" for name, n in s.value.items()),
    lambda s: " and ".join(f"{name} {n}" for name, n in s.value.items()),
    lambda s: "\n".join(f"{name}: {n}" for name, n in s.value.items()),
    lambda s: "with " + " and ".join(f"a {name} of {n}" for name, n in s.value.items()),
    lambda s: ", ".join(f"${name} = {n}$" for name, n in s.value.items()),
    lambda s: " and ".join(f"the {name} is {n}" for name, n in s.value.items()),
    lambda s: "; ".join(f"**{name}**: {n}" for name, n in s.value.items()),
)


def phrasings(question: Question) -> Iterator[tuple[str, bool]]:
    """Yield answers to a question, and whether each is right: each wrong value in a third of the phrasings."""
    part = part_of(question)
    for number, (value, right) in enumerate(values(part)):
        for template in templates(question, part, value)[number % 3 :: 1 if right else 3]:
            yield template(_said(question, part, value, right)), right


def templates(question: Question, part: Part, value: Any) -> tuple[Template, ...]:
    worked = bool(question.work)
    if part.form == "volume":
        return VOLUMES + WORKED_VOLUMES * worked
    if part.form == "sides":
        square = len(set(value)) == 1
        return (
            SIDES * (len(value) > 1)
            + SQUARES * square
            + WORKED_SQUARES * (square and worked)
            + NAMED_SIDES * (len(value) == 2 and "im2col" not in part.ask)
        )
    if part.form == "pad":
        return PADS
    if part.form == "unknowns":
        return UNKNOWN if isinstance(value, int) else UNKNOWNS
    return NUMBERS + WORKED_NUMBERS * worked + STEPS * bool(question.steps) + FIELDS * (part.ask == "receptive_field")


def values(part: Part) -> Iterator[tuple[Any, bool]]:
    """Yield the right value and wrong ones, as the templates take them."""
    right = part.right.value
    if part.form == "volume":
        h, w, c = *right.sides, right.channels
        yield (h, w, c), True
        for wrong in (
            (h + 1, w + 1, c),
            (h - 1, w - 1, c),
            (h, w, c + 1),
            (h + 2, w, c),
            (2 * h, 2 * w, c),
            (h, w, 2 * c),
        ):
            yield wrong, False
    elif part.form == "sides":
        yield right, True
        for off in (1, -1, 2, 5):
            yield tuple(n + off for n in right), False
        yield tuple(2 * n for n in right), False
        yield (right[0] + 1, *(n + 2 for n in right[1:])), False
    elif part.form == "pad":
        yield right[0][0], True
        yield from ((right[0][0] + off, False) for off in (1, 2, 3, 4, -1, 10))
    elif part.form == "unknowns":
        single = len(right) == 1
        yield next(iter(right.values())) if single else right, True
        for off in (1, 2, 3, 4, 5, 10):
            wrong = {name: n + off for name, n in right.items()}
            yield next(iter(wrong.values())) if single else wrong, False
    else:
        yield right, True
        changed = int(f"{str(right)[:-1]}{(int(str(right)[-1]) + 3) % 10}") or 9
        for wrong in (right + 1, 2 * right + 1, 10 * right, right + 20, changed, right * 3):
            yield wrong, False


def _said(question: Question, part: Part, value: Any, right: bool) -> Said:
    steps = question.steps
    if not right and steps:  # the same steps with another end
        steps = (*steps[:-1], f"{steps[-1].partition(' = ')[0]} = {value}")
    counted = next(iter(part.right.value)) if part.form == "unknowns" else question.counted
    return Said(value, question.work, steps, counted)


def verdict(part: Part, text: str) -> str:
    """Return what a text is marked as, without looking for the mistake in it."""
    if is_blank(text):
        return "blank"
    try:
        found = [*readings(part, text)]
    except Unreadable:
        return "not understood"
    right = any(agrees(reading, variant.right.value, variant) for variant, reading in found)
    right = right or (part.against is not None and any(not part.against(reading.value) for _, reading in found))
    return "right" if right else "not understood" if found[0][1].partial else "wrong"
