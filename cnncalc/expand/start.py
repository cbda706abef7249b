"""What a walk starts from: the vars and the inputs, as the file, its variant and the command line give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from cnncalc.expand.bind import Binder
from cnncalc.expand.journal import Journal
from cnncalc.expand.names import NOWHERE, Frame, Unknowable
from cnncalc.layers.fields import Value, described
from cnncalc.layers.fields import text as text_of
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.problem import quoted
from cnncalc.shape import Shape
from cnncalc.spec.expression import RESERVED, ExpressionError, Name, Symbol, Tree
from cnncalc.spec.model import Broken, Formula, Given, Spec, Variant
from cnncalc.spec.parse import parse_shape
from cnncalc.spec.tree import Scalar


def bind_vars(
    spec: Spec, variant: Variant | None, settings: Mapping[str, Given], journal: Journal, binder: Binder
) -> dict[str, Value]:
    """Evaluate the vars in order, each seeing the earlier ones; settings override the variant's values."""
    values = variant.values if variant else {}
    bound: dict[str, Value] = {}
    frame = Frame(journal, binder.is_word, bound, None, NOWHERE, ())
    for name, (_, own) in spec.vars.items():
        try:
            given = settings.get(name)
            if given is None:
                bound[name] = _value(values.get(name, own), frame, binder)
            elif (word := _new_word(given, name, spec, binder)) is not None:
                _refuse_list(_value(values.get(name, own), frame, binder), name, given, frame)
                bound[name] = _symbol(word, name, bound, given, frame)
            else:
                bound[name] = _value(given, frame, binder)
        except Unknowable:
            bound[name] = None  # a problem that is reported
    return bound


def _new_word(given: Given, name: str, spec: Spec, binder: Binder) -> str | None:
    """Return the bare word that a var is set to where it means nothing yet: it names an unknown number."""
    if not isinstance(given, Formula) or not isinstance(given.tree, Name):
        return None
    word = given.tree.name
    means = binder.is_word(word) or "." in word or word in RESERVED or (word in spec.vars and word != name)
    return None if means else word


def _refuse_list(own: Value, name: str, given: Given, frame: Frame) -> None:
    """Report that a symbol cannot replace a list: its number of entries decides which layers there are."""
    if isinstance(own, tuple):
        assert isinstance(given, Formula)
        message = f"{name} is a list of {len(own)}, and {given.text.text.strip()} can stand for one number only"
        frame.journal.report("E118", message, given.text.place(), f"write a list, as in {name}={text_of(own)}")
        raise Unknowable


def _symbol(word: str, name: str, bound: Mapping[str, Value], given: Given, frame: Frame) -> Number:
    """Return the symbol of a word; one word cannot be the symbol of two numbers."""
    for other, value in bound.items():
        if word in symbols_of(value):
            message = f"{word} stands for {other} already, {name} needs a word of its own"
            assert isinstance(given, Formula)
            frame.journal.report("E118", message, given.text.place())
            raise Unknowable
    from cnncalc.numbers.symbolic import symbol

    return symbol(word)


def _value(given: Given, frame: Frame, binder: Binder) -> Value:
    if isinstance(given, tuple):
        return tuple(_value(part, frame, binder) for part in given)
    if isinstance(given, Broken):
        raise Unknowable
    tree = given.tree
    if isinstance(tree, Name) and tree.name not in frame.vars and binder.is_word(tree.name):
        return tree.name
    try:
        return frame.evaluate(tree, NOWHERE, None)
    except ExpressionError as error:
        frame.journal.wrong(error, given.text, 0)
        raise Unknowable from None


def input_shapes(
    spec: Spec, variant: Variant | None, given: Mapping[str, Scalar], frame: Frame
) -> dict[str, tuple[Scalar, Shape | None]]:
    """Read every input's shape; None where there is a problem, which is then reported."""
    inputs = dict(spec.inputs)
    if variant and variant.input:
        inputs["input"] = variant.input
    for name, scalar in given.items():
        if name in inputs:
            inputs[name] = scalar
        else:
            message = f"there is no input {quoted(name)}"
            frame.journal.report("E109", message, scalar.place(), f"inputs are {' and '.join(inputs)}")
    return {name: (scalar, _shape(scalar, frame)) for name, scalar in inputs.items()}


def _shape(scalar: Scalar, frame: Frame) -> Shape | None:
    text = scalar.text.strip()
    if not text:
        return None  # reported when the file was read
    lead = len(scalar.text) - len(scalar.text.lstrip())
    try:
        size = parse_shape(text)
        if size is None:
            raise ExpressionError("E105", f"{quoted(text)} is no shape", 0, len(text), shape_hint(text))
        numbers = []
        for part in size.parts:
            number = _part(part, frame)
            if not isinstance(number, (bool, int, Fraction, str, tuple)):  # one word for several values
                numbers.append(number)
                continue
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                message = f"a shape is made of whole numbers above 0, not {described(number)}"
                raise ExpressionError("E105", message, part.start, part.length)
            numbers.append(number)
        if len(numbers) > 4:
            hint = "volumes have up to three sides, then the channels"
            raise ExpressionError("E202", f"{quoted(text)} has {len(numbers) - 1} sides", 0, len(text), hint)
    except ExpressionError as error:
        frame.journal.wrong(error, scalar, lead)
        return None
    except Unknowable:  # a var that has a problem of its own
        return None
    return Shape(tuple(numbers[:-1]), numbers[-1])


def shape_hint(text: str) -> str:
    """Say how a shape is written that is written in another way: `32, 32, 3`."""
    numbers = re.findall(r"\d+", text)
    if len(numbers) > 1 and not re.sub(r"[\d\s,;*x×X()\[\]]", "", text):
        return f"write {'x'.join(numbers)}"
    return "as in 224x224x3: height, width, channels"


def _part(part: Tree, frame: Frame) -> Value:
    """Evaluate a part of an input's shape; a capital letter that nothing is bound to names an unknown number."""
    if not isinstance(part, Symbol) or part.name in frame.vars:
        return frame.evaluate(part, NOWHERE, None)
    for name, value in frame.vars.items():
        if part.name in symbols_of(value):
            message = f"{part.name} stands for {name} already, a side needs a letter of its own"
            raise ExpressionError("E118", message, part.start, part.length)
    # From here on the letter means that number, in shape checks and in expressions.
    from cnncalc.numbers.symbolic import symbol

    frame.vars[part.name] = symbol(part.name)
    return frame.vars[part.name]
