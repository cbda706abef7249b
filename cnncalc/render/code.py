"""Closed forms as source code: one function, or one SELECT list, in each language, with floors that are exact.

Whole numbers are 64 bits wide (int64), but for Python and JavaScript (BigInt), which have no limit. Floors round down
for negative numerators too: where a language's division cuts towards 0, the numerator is shifted above 0, or a helper
`floordiv` is written beside the function. Nothing that a spec says is copied into the code but names, spelled again.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from textwrap import wrap
from typing import Any, NamedTuple

from cnncalc.algebra.closed import Closed
from cnncalc.numbers.arith import symbols_of
from cnncalc.numbers.notation import TEXT, Notation
from cnncalc.numbers.symbolic import Expression, FloorOf, LargestOf, write
from cnncalc.problem import NoAnswer, Problem

INT64 = 2**63 - 1


def repeated(base: str, power: int) -> str:
    """Write a power as a product."""
    return " * ".join([base] * power)


PYTHON = Notation(" * ", "({} // {})".format, "{}**{}".format, TEXT.larger, joined=False, quotient="{} // {}".format)
NUMPY = PYTHON._replace(larger="np.maximum({}, {})".format)
SYMPY = PYTHON._replace(floor="floor({}/{})".format, quotient="{}/{}".format, larger="Max({}, {})".format)
C = PYTHON._replace(
    floor="({} / {})".format,
    power=repeated,
    larger="larger({}, {})".format,
    quotient="{} / {}".format,
    cut="floordiv({}, {})".format,
)
JAVASCRIPT = C._replace(number="{}n".format)
FORTRAN = C._replace(power="{}**{}".format, larger=TEXT.larger, number="{}_int64".format)
JULIA = PYTHON._replace(floor="fld({}, {})".format, power="{}^{}".format, quotient="fld({}, {})".format, within=str)
RUST = PYTHON._replace(
    floor="i64::div_euclid({}, {})".format,
    power=repeated,
    larger="i64::max({}, {})".format,
    quotient="i64::div_euclid({}, {})".format,
    within=str,
)
SQL = C._replace(
    larger="(CASE WHEN {0} > {1} THEN {0} ELSE {1} END)".format,
    cut="(({0} - ({0} % {1} + {1}) % {1}) / {1})".format,
)

WORDS = {
    "python": " ".join((*keyword.kwlist, *keyword.softkwlist, "max np")),
    "c": "auto bool break case char const continue default do double else enum extern false float for goto if inline"
    " int int64_t larger floordiv long main nullptr register restrict return short signed sizeof static struct switch"
    " true typedef typeof union unsigned void volatile while alignas alignof constexpr static_assert thread_local asm"
    " abs div labs exp log pow sqrt y0 y1 yn j0 j1 jn index INT64_MAX INT64_MIN INT64_C linux unix NULL",
    "rust": "as async await become box break const continue crate do dyn else enum extern false final fn for gen i64 if"
    " impl in let loop macro match mod move mut override priv pub ref return self Self static struct super trait true"
    " try type typeof unsafe unsized use virtual where while yield abstract main",
    "julia": "baremodule begin break catch const continue do else elseif end export false finally for function global"
    " if import let local macro module quote return struct true try using while fld max Int64 in isa where mutable"
    " abstract primitive type pi im",
    "javascript": "abstract arguments await boolean break byte case catch char class const continue debugger default"
    " delete do double else enum eval export extends false final finally float for function goto if implements import"
    " in instanceof int interface let long native new null package private protected public return short static super"
    " switch synchronized this throw throws transient true try typeof undefined NaN Infinity var void volatile while"
    " with yield async of BigInt larger floordiv",
    "fortran": "integer int64 max floordiv function result end contains implicit none intent in value use return",
    "sql": "all analyse analyze and any array as asc authorization between both by case cast check collate column"
    " constraint create cross current current_date current_time current_timestamp current_user default deferrable"
    " delete depth desc distinct do drop else end except exists false fetch filter first for foreign freeze from full"
    " glob grant group groups having if ilike in index initially inner insert instead intersect interval into is isnull"
    " join key kill last lateral leading left like limit link localtime localtimestamp match natural new not nothing"
    " notnull null nulls of off offset on only or order others outer over overlaps partition placing plan pragma"
    " primary primary_key raise range read recursive references regexp release rename replace restrict returning right"
    " row rows schema select session_user set size similar some symmetric system table temp then ties to trailing"
    " transaction trigger true unbounded union unique unlimited update user using vacuum values variadic verbose view"
    " virtual when where window with without",
}
"""Words of a language that can be no name in it, or that are taken by what is written around the formula."""


class Language(NamedTuple):
    """How a function is written in a language: its formulas' notation, its words, and what stands around them."""

    notation: Notation
    words: str
    written: Callable[[Code], Iterator[str]]
    bits: bool = True  # whether numbers are 64 bits wide
    case: bool = True  # whether upper and lower case are two names


class Code(NamedTuple):
    """What a function is made of: its name, its parameters, and the text of each formula by its name."""

    name: str
    parameters: list[str]
    formulas: dict[str, str]
    about: str

    @property
    def helpers(self) -> set[str]:
        """The helpers that the formulas call."""
        return {word for word in ("floordiv", "larger") if any(f"{word}(" in text for text in self.formulas.values())}

    def functions(self) -> Iterator[tuple[str, str]]:
        """Yield a name and a formula for each function where a language returns one number each."""
        for name, text in self.formulas.items():
            yield (self.name if len(self.formulas) == 1 else f"{self.name}_{name}"), text

    def result(self, opening: str = "(", closing: str = ")") -> str:
        """Return all formulas as one expression."""
        texts = [*self.formulas.values()]
        return texts[0] if len(texts) == 1 else f"{opening}{', '.join(texts)}{closing}"


def source(closed: Closed, language: str) -> str:
    """Return the source code of a closed form; raises NoAnswer where a number of it is beyond the language's."""
    found = LANGUAGES[language]
    parameters = parameters_of(closed)
    largest = max(map(_largest_integer, closed.formulas.values()))
    if found.bits and largest > INT64:
        message = f"a coefficient of {largest:,} is beyond the 64-bit integers of {language}: the largest is {INT64:,}"
        hint = "use --format python or javascript, whose integers have no limit"
        raise NoAnswer([Problem("E112", message, None, hint)])
    function = identifier(f"{closed.network}_{closed.quantity}", found)
    names = spelled(parameters, found, function)
    notation = found.notation._replace(name=names.__getitem__)
    formulas = {identifier(name, found): write(number, notation) for name, number in closed.formulas.items()}
    about = described(closed, parameters)
    renamed = [f"{names[name]} stands for {name}" for name in parameters if names[name].strip('"') != name]
    code = Code(function, [*names.values()], formulas, "; ".join((about, *renamed)))
    return "\n".join(found.written(code))


def _largest_integer(number: Any) -> int:
    """Return the largest whole number, its sign left out, that a number is written with."""
    if not isinstance(number, Expression):
        return max(abs(Fraction(number).numerator), Fraction(number).denominator)
    found = [_largest_integer(c) for c in number.terms.values()]
    for atom in {atom for monomial in number.terms for atom, _ in monomial}:
        if isinstance(atom, FloorOf):
            found += (_largest_integer(atom.over), _largest_integer(atom.by))
        elif isinstance(atom, LargestOf):
            found += (_largest_integer(atom.a), _largest_integer(atom.b))
    return max(found)


def parameters_of(closed: Closed) -> list[str]:
    """Return the symbols that were asked for, then others that the formulas have, as those of --set."""
    others = frozenset().union(*map(symbols_of, closed.formulas.values())) - set(closed.symbols)
    return [*closed.symbols, *sorted(others)]


def spelled(names: list[str], language: Language, *others: str) -> dict[str, str]:
    """Return names that the language takes, each another one."""
    found: dict[str, str] = {}
    taken = {name if language.case else name.casefold() for name in others}
    for name in names:
        spelling = identifier(name, language)
        while (spelling if language.case else spelling.casefold()) in taken:
            spelling += "_"
        taken.add(spelling if language.case else spelling.casefold())
        found[name] = spelling
    return found


def identifier(text: str, language: Language) -> str:
    """Return a name that the language takes: a word of its own is quoted in SQL, elsewhere it ends in _."""
    name = re.sub(r"[^0-9A-Za-z_]", lambda match: "_" if match[0].isascii() else f"u{ord(match[0]):x}", text)
    name = re.sub("_{2,}", "_", name).strip("_") or "value"
    if name[0].isdigit():
        name = f"{'n' if language is LANGUAGES['fortran'] else ''}_{name}"
    words = language.words.split()
    if name in words if language.case else name.casefold() in words:
        return f'"{name}"' if language is LANGUAGES["sql"] else f"{name}_"
    return name[:50]


def described(closed: Closed, parameters: list[str]) -> str:
    """Say in words what the code gives, in letters that end no comment."""
    names = " and ".join(filter(None, (", ".join(parameters[:-1]), *parameters[-1:])))
    where = f", for whole {names} at which it builds" if names else ""
    return re.sub(r"[^\w ,.:;()→×-]+", "_", f"{closed.quantity} of {closed.network}{where}") + "; made by cnncalc"


EXACT = "exact below 2^63"


def _python(code: Code) -> Iterator[str]:
    yield f"def {code.name}({', '.join(code.parameters)}):"
    yield f'    """Return {code.about}."""'
    yield f"    return {code.result()}"


def _numpy(code: Code) -> Iterator[str]:
    yield "import numpy as np"
    yield from ("", "")
    yield f"def {code.name}({', '.join(code.parameters)}):"
    yield f'    """Return {code.about}; int64, {EXACT}."""'
    yield from (f"    {name} = np.asarray({name}, dtype=np.int64)" for name in code.parameters)
    yield f"    return {code.result()}"


def _sympy(code: Code) -> Iterator[str]:
    yield f"# {code.about}"
    yield "from sympy import Max, Symbol, floor"
    yield ""
    for name in code.parameters:
        yield f'{name} = Symbol("{name}", integer=True, positive=True)'
    for name, text in code.formulas.items():
        yield f"{name}_ = {text}" if name in code.parameters else f"{name} = {text}"


def _c(code: Code) -> Iterator[str]:
    yield f"/* {code.about}; int64_t, {EXACT} */"
    yield "#include <stdint.h>"
    if "floordiv" in code.helpers:
        yield from ("", "static int64_t floordiv(int64_t a, int64_t b) {", "    return a / b - (a % b < 0);", "}")
    if "larger" in code.helpers:
        yield from ("", "static int64_t larger(int64_t a, int64_t b) {", "    return a > b ? a : b;", "}")
    parameters = ", ".join(f"int64_t {name}" for name in code.parameters)
    for name, text in code.functions():
        yield from ("", f"int64_t {name}({parameters or 'void'}) {{", f"    return {text};", "}")


def _rust(code: Code) -> Iterator[str]:
    kind = "i64" if len(code.formulas) == 1 else f"({', '.join(['i64'] * len(code.formulas))})"
    yield f"/// {code.about}; i64, {EXACT}"
    yield "#[allow(non_snake_case, unused_parens, unused_variables)]"
    yield f"pub fn {code.name}({', '.join(f'{name}: i64' for name in code.parameters)}) -> {kind} {{"
    yield f"    {code.result()}"
    yield "}"


def _julia(code: Code) -> Iterator[str]:
    yield f"# {code.about}; Int64, {EXACT}"
    yield f"function {code.name}({', '.join(f'{name}::Int64' for name in code.parameters)})"
    yield f"    return {code.result()}"
    yield "end"


def _javascript(code: Code) -> Iterator[str]:
    yield f"// {code.about}; takes whole numbers, returns BigInt, which has no limit"
    if "floordiv" in code.helpers:
        yield "const floordiv = (a, b) => a / b - (a % b < 0n ? 1n : 0n);"
    if "larger" in code.helpers:
        yield "const larger = (a, b) => (a > b ? a : b);"
    yield f"function {code.name}({', '.join(code.parameters)}) {{"
    if code.parameters:
        names = ", ".join(code.parameters)
        yield f"  [{names}] = [{names}].map(BigInt);"
    yield f"  return {code.result('[', ']')};"
    yield "}"


def _fortran(code: Code) -> Iterator[str]:
    parameters = ", ".join(code.parameters)
    yield f"! {_ascii(code.about)}; integer(int64), {EXACT}"
    for at, (name, text) in enumerate(code.functions()):
        if at:
            yield ""
        yield f"function {name}({parameters})"
        yield "  use, intrinsic :: iso_fortran_env, only: int64"
        yield "  implicit none"
        if parameters:
            yield from _continued(f"  integer(int64), intent(in) :: {parameters}")
        yield f"  integer(int64) :: {name}"
        yield from _continued(f"  {name} = {text}")
        if "floordiv(" in text:
            yield "contains"
            yield "  pure function floordiv(a, b) result(quotient)"
            yield "    integer(int64), intent(in) :: a, b"
            yield "    integer(int64) :: quotient"
            yield "    quotient = (a - modulo(a, b)) / b"
            yield "  end function floordiv"
        yield f"end function {name}"


def _continued(line: str) -> Iterator[str]:
    """Break a line of Fortran, which may have 132 characters."""
    lines = wrap(line, 110, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False)
    yield from (f"{part} &" for part in lines[:-1])
    yield lines[-1]


def _ascii(text: str) -> str:
    return text.replace("→", "->").replace("×", "x").encode("ascii", "replace").decode()


def _sql(code: Code) -> Iterator[str]:
    yield f"-- {code.about}; whole numbers of 64 bits, for databases whose / of them cuts off, as SQLite's"
    yield ",\n".join(f"{text} AS {name}" for name, text in code.formulas.items())


LANGUAGES = {
    "sympy": Language(SYMPY, WORDS["python"] + " Max Symbol floor", _sympy, bits=False),
    "python": Language(PYTHON, WORDS["python"], _python, bits=False),
    "numpy": Language(NUMPY, WORDS["python"], _numpy),
    "c": Language(C, WORDS["c"], _c),
    "rust": Language(RUST, WORDS["rust"], _rust),
    "julia": Language(JULIA, WORDS["julia"], _julia),
    "javascript": Language(JAVASCRIPT, WORDS["javascript"], _javascript, bits=False),
    "fortran": Language(FORTRAN, WORDS["fortran"], _fortran, case=False),
    "sql": Language(SQL, WORDS["sql"], _sql, case=False),
}
"""Every language and how it is written."""
