"""Closed forms: a total or the output of a network as a formula in sides, the batch and vars."""

from __future__ import annotations

import os
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.algebra.grid import no_number
from cnncalc.algebra.letters import SIDE_WORDS, SIDES
from cnncalc.algebra.quantities import SAVED
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.find import find
from cnncalc.loading.overrides import InputShape, Settings, written_settings
from cnncalc.network.network import Network
from cnncalc.network.report import Report
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.numbers.symbolic import Expression, Known, as_sympy
from cnncalc.numbers.symbolic import symbol as symbolic
from cnncalc.problem import Place, Problem, Problems, Source, did_you_mean, quoted
from cnncalc.result import Result
from cnncalc.shape import Shape
from cnncalc.spec.tree import place_of

TOTALS = (
    "params",
    "macs",
    "flops",
    "activation_values",
    "activation_bytes",
    "weight_bytes",
    "buffers",
    "aux_params",
    "aux_macs",
)
QUANTITIES = (*TOTALS[:2], "output", *TOTALS[2:], SAVED)
"""What there is a closed form of."""

BATCH = "N"


@dataclass(frozen=True, repr=False)
class Closed(Result):
    """A quantity of a network as formulas: one, or for an output one for each number of its shape.

    It iterates over their names, and `closed["macs"]` is a formula; `print` shows them.
    """

    network: str
    quantity: str
    symbols: tuple[str, ...]
    formulas: dict[str, Number]
    marginal: str = ""  # the symbol by which it is differentiated

    def sympy(self) -> dict[str, Any]:
        """Return the formulas as exact sympy expressions of positive integer symbols, floors as sympy.floor."""
        known = (Expression, int, Fraction)
        return {name: as_sympy(n) if isinstance(n, known) else n for name, n in self.formulas.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self.formulas)

    def __getitem__(self, name: str) -> Number:
        return self.formulas[name]

    def __repr__(self) -> str:
        return f"<Closed: {self.quantity} of {self.network} in {', '.join(self.symbols)}>"


def closed(
    what: What,
    quantity: str = "macs",
    symbols: Sequence[str] = (),
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    batch: Number = 1,
    dtype: str = "float32",
    marginal: str | None = None,
    stdin: Stdin | None = None,
) -> Closed:
    """Return a total, or the output, as a formula that holds for every size at which the network builds.

    `symbols` are H, W (L, D) for spatial dimensions, C for channels, N for the batch, or vars; without any, they are
    the symbols of the input and the letters of its spatial dimensions that are numbers. `marginal` names one of them:
    its derivative is returned, with quotients that are not rounded. Raises ValueError for an unknown quantity, Problems
    for a symbol that stands for nothing, or for two numbers.
    """
    if quantity not in QUANTITIES:
        raise ValueError(f"quantity must be one of {', '.join(QUANTITIES)}, not {quantity}")
    stdin = cache(stdin) if stdin else None  # it can be read once
    settings = written_settings(settings)
    network = load(what, input=input, settings=settings, stdin=stdin)
    shapes = network.input_shapes()
    letters = {letter for shape in shapes.values() for letter in (*SIDES[len(shape.sides)], "C")}
    given = network.symbols()
    requested = tuple(symbols) or _default_symbols(shapes.values(), given)
    taken = {name for name in letters & given & set(symbols) if any(not _is_free(name, x) for x in shapes.values())}
    spec, variant, _, _ = find(os.fspath(what), stdin)
    own = {name: given for name, (_, given) in spec.vars.items()} | (variant.values if variant else {})
    _judge(requested, letters, taken, given, own, {**settings, **({} if batch == 1 else {BATCH: str(batch)})})
    named = {name: name for name in requested if name not in letters and name not in given and name != BATCH}
    _judge_vars(tuple(named), requested, own)
    added = (letters & set(requested)) - given
    if added or named:
        input = " ".join(f"{name}={_lettered(shape, added)}" for name, shape in shapes.items())
        network = load(what, input=input, settings={**settings, **named}, stdin=stdin)
    report = network.report(symbolic(BATCH) if BATCH in requested else batch, dtype)
    found = Closed(network.name, quantity, requested, _formulas(network, report, quantity))
    return differentiated(found, marginal) if marginal else found


def _default_symbols(shapes: Collection[Shape], given: frozenset[str]) -> tuple[str, ...]:
    """Return the symbols of the inputs, and a letter for each of their spatial dimensions that are numbers."""
    numbers = {
        letter
        for shape in shapes
        for letter, number in zip(SIDES[len(shape.sides)], shape.sides, strict=True)
        if not symbols_of(number)
    }
    found = given | numbers
    return tuple(letter for letter in "LDHW" if letter in found) + tuple(sorted(found - set("LDHW")))


def _is_free(letter: str, shape: Shape) -> bool:
    """Return whether a symbol of the input means the dimension with that letter, and no other."""
    dimensions = (*SIDES[len(shape.sides)], "C")
    named = [at for at, number in zip(dimensions, shape.hwc, strict=True) if letter in symbols_of(number)]
    return named == [at for at in dimensions if at == letter]


def differentiated(closed: Closed, symbol: str) -> Closed:
    """Return the derivative of a closed form with quotients that are not rounded; raises Problems for no symbol of it.

    A formula is a number again where it is a polynomial; with a maximum, or a quotient by a symbol, it is sympy's.
    """
    import sympy  # type: ignore[import-untyped]

    if symbol not in closed.symbols:
        hint = did_you_mean(symbol, closed.symbols) or f"its symbols are {', '.join(closed.symbols)}"
        place = place_of(Source("--marginal", symbol), 0, len(symbol))
        raise Problems([Problem("E118", f"{quoted(symbol)} is no symbol of the formula", place, hint)])
    by = as_sympy(symbolic(symbol))
    formulas = {}
    for name, number in closed.formulas.items():
        smooth = as_sympy(number, floors=False).rewrite(sympy.Piecewise)
        slope = sympy.expand(sympy.diff(smooth, by))
        polynomial = _of_sympy(slope)
        formulas[name] = slope if polynomial is None else polynomial
    return replace(closed, formulas=formulas, marginal=symbol)


def _judge(
    requested: tuple[str, ...],
    letters: set[str],
    taken: set[str],
    given: frozenset[str],
    own: Container[str],
    settings: Mapping[str, object],
) -> None:
    """Refuse words that mean nothing here, or mean two things."""
    problems = []
    for name in dict.fromkeys(requested):
        at, message, hint = requested.index(name), None, None
        if requested.count(name) > 1:
            at, message = requested.index(name, at + 1), f"{name} is asked for twice"
        elif name in taken:
            message = f"{name} stands for a number of the input already"
        elif name in settings:
            message = f"{name} is set to {settings[name]}, so it is no symbol"
        elif len(name) == 1 and name.isupper() and name not in letters | given | {BATCH} and name not in own:
            message, hint = (
                f"nothing is called {quoted(name)} here",
                f"sides are {_listed(letters)}; the batch is {BATCH}",
            )
        if message:
            problems.append(Problem("E118", message, _place(requested, at), hint))
    if problems:
        raise Problems(problems)


def _judge_vars(names: Sequence[str], requested: Sequence[str], own: Mapping[str, Any]) -> None:
    """Refuse words that are no vars, and vars that are no numbers."""
    problems = []
    for name in names:
        place, kind = _place(requested, requested.index(name)), no_number(own.get(name), own)
        if name not in own:
            hint = did_you_mean(name, own) or f"its vars are {', '.join(own) or 'none'}"
            problems.append(Problem("E109", f"there is no var {quoted(name)}", place, hint))
        elif kind:
            problems.append(Problem("E118", f"{name} is {kind}, not a number", place))
    if problems:
        raise Problems(problems)


def _place(requested: Sequence[str], at: int) -> Place:
    """Return where a word stands in the option."""
    start = sum(len(word) + 1 for word in requested[:at])
    return place_of(Source("--in", ",".join(requested)), start, len(requested[at]))


def _listed(letters: set[str]) -> str:
    return ", ".join(letter for letter in "LDHW" if letter in letters) + ", channels C"


def _lettered(shape: Shape, symbols: Container[str]) -> str:
    """Write an input's shape with some of its dimensions as symbols."""
    parts = zip((*SIDES[len(shape.sides)], "C"), shape.hwc, strict=True)
    return "x".join(letter if letter in symbols else str(number) for letter, number in parts)


def _formulas(network: Network, report: Report, quantity: str) -> dict[str, Number]:
    if quantity == SAVED:
        return {quantity: report.training.saved()}
    if quantity != "output":
        return {quantity: getattr(report.totals, quantity)}
    formulas: dict[str, Number] = {}
    for name, index in network.outputs.items():
        y = network.nodes[index].y
        before = f"{name}_" if len(network.outputs) > 1 else ""
        words = [SIDE_WORDS[letter] for letter in SIDES[len(y.sides)]]
        formulas.update(zip((f"{before}{word}" for word in (*words, "channels")), y.hwc, strict=True))
    return formulas


def _of_sympy(expression: Any) -> Expression | Known | None:
    """Return a sympy polynomial with rational coefficients as a number; None for anything else."""
    import sympy

    symbols = sorted(expression.free_symbols, key=str)
    if not symbols:
        return _known_of(expression) if expression.is_Rational else None
    if not expression.is_polynomial(*symbols):
        return None
    terms = sympy.Poly(expression, *symbols).terms()
    if not all(c.is_Rational for _, c in terms):
        return None
    result: Any = 0
    for powers, c in terms:
        term: Any = _known_of(c)
        for name, power in zip(symbols, powers, strict=True):
            for _ in range(power):
                term = term * symbolic(str(name))
        result = result + term
    polynomial: Expression | Known = result
    return polynomial


def _known_of(rational: Any) -> Known:
    return int(rational) if rational.is_Integer else Fraction(int(rational.p), int(rational.q))
