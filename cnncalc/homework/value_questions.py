"""Questions with numbers, `ask: value`: the tensors that a key gives, the right value, and what mistakes make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from itertools import product as indices
from typing import Any

from cnncalc.homework.given_values import read_tensor
from cnncalc.homework.key_reader import Reading, fields_in
from cnncalc.homework.layer_names import layer_names, where
from cnncalc.homework.mistakes.values import VALUES, ValueMistake
from cnncalc.homework.model import Candidate, Conventions, Right
from cnncalc.homework.quantities import VALUE_ASKS
from cnncalc.homework.quantity_expression import Subject
from cnncalc.homework.wording import shown
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.norm import BatchNorm, Normalisation
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product
from cnncalc.problem import did_you_mean, listed, quoted
from cnncalc.record import Record
from cnncalc.shape import Shape
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar
from cnncalc.values.entries import Entry
from cnncalc.values.evaluate import Evaluation, initial, needed, sizes_of, unsupported
from cnncalc.values.functions import FUNCTIONS
from cnncalc.values.numbers import Number, exact, written
from cnncalc.values.rules import Position, Step
from cnncalc.values.tensor import Tensor, same_sizes, sizes_text

MOST_WORK = 20_000
"""Products and values of a network in a key."""

MOST_ASKED = 100
"""Values of an answer that is a whole tensor."""

MOST_LINES = 16
"""Values whose calculation is written out, each in a line."""

FEW_LINES = 4
"""Values of a layer in front of the one that is asked about whose calculation is written out."""

PROBED = 12
"""Positions of a layer at which a mistake is tried before its whole output is computed."""

AT = {0: ("channel",), 1: ("position", "channel"), 2: ("row", "column", "channel")}
AT[3] = ("plane", "row", "column", "channel")
"""Keys of `at:` by how many sides a volume has."""


class Given(Record):
    """The numbers of a question: a batch of images, the tensors of layers, and what is added to a variance."""

    images: tuple[dict[str, Tensor], ...]
    tensors: dict[str, dict[str, Tensor]]
    epsilon: Number
    training: bool  # normalise with the statistics of the images, not with running ones
    named: tuple[tuple[str, Tensor], ...]  # as they are shown: what each is called, channels first


class Asked(Record):
    """A value that is asked for: of a layer, at a position of an image, or the whole output where there is none."""

    network: Network
    node: Node
    given: Given
    ask: str
    image: int = 0
    position: Position | None = None

    def evaluation(
        self, mistake: ValueMistake | None = None, at: Node | None = None, right: Evaluation | None = None
    ) -> Evaluation:
        """Return the network at work, with a mistake at one layer; what stands before it is as in `right`."""
        known = {i: found for i, found in right.known.items() if at and i < at.index} if right else {}

        def change(node: Node, step: Step) -> Step:
            return mistake.step(step) if mistake and node is at else step

        def made(node: Node, entry: Entry) -> Entry:
            return mistake.made(entry) if mistake and node is at else entry

        own = self.given
        return Evaluation(
            self.network,
            own.images,
            own.tensors,
            training=own.training,
            epsilon=own.epsilon,
            change=change,
            made=made,
            known=known,
        )

    def value(self, evaluation: Evaluation) -> Any:
        """Return the number, or the tensor; raises IndexError for a position that a mistake has moved outside."""
        if self.position is None:
            found = evaluation.output(self.node, self.ask)[self.image]
            return Tensor(found.sizes, tuple(map(exact, found.numbers)))
        step = evaluation.step(self.node, self.ask)
        if any(i >= n for i, n in zip(self.position, step.y.chw, strict=True)):
            raise IndexError
        return exact(self.entry(evaluation).value)

    def entry(self, evaluation: Evaluation) -> Entry:
        assert self.position is not None
        return evaluation.entry(self.node, self.image, self.position, self.ask)

    @property
    def form(self) -> str:
        return "number" if self.position is not None else "tensor"


def right(asked: Asked) -> Right:
    """Return the right value with its calculation; raises ZeroDivisionError or ValueError where there is none."""
    evaluation = asked.evaluation()
    value = asked.value(evaluation)
    lines = [*_before(asked, evaluation)]
    if asked.position is not None:
        entry = asked.entry(evaluation)
        lines += [*entry.before(), entry.line]
    elif len(value) <= MOST_LINES:
        for position in value.positions():
            entry = evaluation.entry(asked.node, asked.image, position, asked.ask)
            lines += [*entry.before(), f"{_place(position, asked.node.y)}: {entry.line}"]
    return Right(value, shown(value, asked.form), tuple(dict.fromkeys(lines)))


def _before(asked: Asked, evaluation: Evaluation) -> Iterator[str]:
    """Yield what small layers in front make of the numbers; only of the same position behind element-wise functions."""
    required, position = asked.node, asked.position
    names = layer_names(asked.network)
    lines: list[str] = []
    while position is not None and required.kind in FUNCTIONS and required.inputs:
        required = asked.network.nodes[required.inputs[0]]
        if required.kind == "input":
            return
        entry = evaluation.entry(required, asked.image, position)
        lines = [*(f"{names[required.path]}: {line}" for line in (*entry.before(), entry.line)), *lines]
    for node in needed(asked.network):
        if node.index >= required.index or node.kind == "input" or int(node.y.values) > MOST_LINES:
            continue
        found = evaluation.output(node)[asked.image]
        if int(node.y.values) <= FEW_LINES:
            for at in found.positions():
                entry = evaluation.entry(node, asked.image, at)
                yield f"{names[node.path]}, {_place(at, node.y)}: {entry.line}"
        else:
            yield f"{names[node.path]}: {shown(found, 'tensor')}"
    yield from lines


def _place(position: Position, y: Shape) -> str:
    """Say where a value stands: row 1, column 2."""
    channel, *sides = position
    words = [f"{name} {i + 1}" for name, i in zip(AT[len(y.sides)], sides, strict=False)]
    return ", ".join([*words, *([f"channel {channel + 1}"] if y.channels > 1 else [])]) or "value"


def described(asked: Asked) -> str:
    """Say what is asked for: the value that comes out at row 1, column 2."""
    meaning = VALUE_ASKS[asked.ask]
    if asked.position is None:
        return f"all values of {meaning.removeprefix('the value ').replace('that', 'what')}, row by row"
    place = _place(asked.position, asked.node.y)
    if asked.ask in ("mean", "variance") or asked.node.y.values == 1:
        place = f"channel {asked.position[0] + 1}" if asked.node.y.channels > 1 else ""
    of = f"for input {asked.image + 1}" if len(asked.given.images) > 1 and asked.ask == "value" else ""
    return " ".join(filter(None, (meaning, f"at {place}" if place else "", of)))


def candidates(asked: Asked, rights: Sequence[Right]) -> list[Candidate]:
    """Return what each mistake makes of the value, at the layer that is asked about and at those before it."""
    found: dict[tuple[str, str], Candidate] = {}
    before = [node for node in needed(asked.network) if node.index < asked.node.index and node.kind != "input"]
    right = asked.evaluation()
    for node in reversed(before):
        right.output(node)
    for mistake in VALUES:
        for node in (asked.node, *([] if mistake.moves else reversed(before))):
            step = right.step(node, asked.ask if node is asked.node else "value")
            if mistake.step(step) is step and not any(mistake.made(entry) is not entry for entry in _probed(step)):
                continue  # it is about another kind of layer
            evaluation = asked.evaluation(mistake, node, right)
            try:
                value = asked.value(evaluation)
                working = _working(asked, evaluation, value)
            except (IndexError, ZeroDivisionError, ValueError, OverflowError):
                continue  # nobody gets a number that way
            if any(value == one.value for one in rights):
                continue
            lesson = mistake.general if node is asked.node else f"{mistake.general} ({where(asked.network, node.path)})"
            found.setdefault((mistake.slug, str(value)), Candidate(value, (mistake.slug,), working, lesson))
    return [*found.values(), *_elsewhere(asked, rights)]


def _probed(step: Step) -> Iterator[Entry]:
    """Yield a few entries of a layer, which show whether a mistake is about its kind."""
    sizes = step.y.chw
    for position in islice(indices(*map(range, sizes)), PROBED):
        for image in range(len(step.images)):
            yield step.entry(image, position)


def _working(asked: Asked, evaluation: Evaluation, value: Any) -> str:
    return shown(value, "tensor") if asked.position is None else asked.entry(evaluation).line


def _elsewhere(asked: Asked, rights: Sequence[Right]) -> Iterator[Candidate]:
    """Yield the value at rows and columns exchanged."""
    position = asked.position
    if position is None or len(position) != 3 or position[1] == position[2]:
        return
    turned = Asked(**{**asked.__dict__, "position": (position[0], position[2], position[1])})
    evaluation = asked.evaluation()
    try:
        value = turned.value(evaluation)
    except IndexError:
        return
    if all(value != one.value for one in rights):
        working = turned.entry(evaluation).line
        yield Candidate(value, ("position-exchanged",), working, "that is the value at row and column exchanged")


# Reading.


def read_asked(
    reader: Reading, fields: Mapping[str, Tree], subject: Subject, ask: str, conventions: Conventions
) -> Asked | None:
    """Read the numbers and the position of a question; None after problems."""
    network, place = subject.network, fields["ask"].place()
    node = subject.node or network.nodes[next(iter(network.outputs.values()))]
    if node.kind == "input" or network.symbols():
        reader.problem("H703", f"{quoted(ask)} is about a layer on numbers", place, "as in 7x7x1 -> conv 1 7x7")
        return None
    reason = unsupported(network, MOST_WORK)
    if reason:
        reader.problem("H703", f"{quoted(ask)} is not computed for {reason}", place, "ask about a smaller network")
        return None
    kind = {"derivative": node.kind in FUNCTIONS, "value": True}.get(ask, isinstance(node.layer, Normalisation))
    if not kind:
        hint = f"ask it of {listed(list(FUNCTIONS)[:4], 'or')}" if ask == "derivative" else "ask it of a batchnorm"
        reader.problem("H703", f"{node.kind} has no {ask}", place, hint)
        return None
    before = len(reader.problems)
    given = _given(reader, fields, network, conventions)
    if given is None or len(reader.problems) > before:
        return None
    asked = Asked(network, node, given, ask)
    return asked if _positioned(reader, fields, asked) else None


def _given(reader: Reading, fields: Mapping[str, Tree], network: Network, conventions: Conventions) -> Given | None:
    if "values" not in fields:
        place = fields["ask"].place()
        reader.problem("E104", "values: is missing", place, "as in values: {input: [[1, 2], [3, 4]]}")
        return None
    required = _required(network)
    found: dict[str, tuple[Tree, Tensor]] = {}
    before = len(reader.problems)
    for name, node in fields_in(fields["values"]).items():
        full = _full_name(name, required)
        if full is None:
            hint = did_you_mean(name, required) or f"there are {', '.join(required)}"
            reader.problem("E109", f"no tensor is called {quoted(name)}", node.place(), hint)
            continue
        if full in found:
            reader.problem("E102", f"{full} is given twice", node.place(), "leave one out")
            continue
        tensor = read_tensor(reader, node, name)
        if tensor is not None:
            found[full] = node, tensor
    if len(reader.problems) > before:
        return None
    return _fitted(reader, fields["values"], network, required, found, conventions)


Required = Mapping[str, tuple[Node | None, str, Shape | tuple[int, ...]]]
"""What can be given, by name: its layer, its own name, its shape or sizes."""


def _required(network: Network) -> Required:
    required: dict[str, tuple[Node | None, str, Shape | tuple[int, ...]]] = {
        name: (None, name, shape) for name, shape in network.input_shapes().items()
    }
    for node in needed(network):
        if node.kind != "input" and node.shares is None:
            for name, sizes in sizes_of(node).items():
                required[f"{node.path}.{name}"] = node, name, sizes
            if isinstance(node.layer, Dropout):
                required[f"{node.path}.mask"] = node, "mask", node.y
    required["epsilon"] = None, "epsilon", ()
    return required


def _full_name(name: str, required: Required) -> str | None:
    """Find what a name stands for: its own, that of a layer for its weight, or that of the only such tensor."""
    if name in required:
        return name
    if f"{name}.weight" in required:
        return f"{name}.weight"
    word = {"filter": "weight", "weights": "weight", "kernel": "weight", "filters": "weight"}.get(name, name)
    same = [full for full in required if full.rpartition(".")[2] == word and full != word]
    return same[0] if len(same) == 1 else None


def _fitted(
    reader: Reading,
    place: Tree,
    network: Network,
    required: Required,
    found: Mapping[str, tuple[Tree, Tensor]],
    conventions: Conventions,
) -> Given | None:
    """Give every tensor its sizes; biases that are not given are 0, norms have their initial scale and shift."""
    before = len(reader.problems)
    images: list[dict[str, Tensor]] = []
    tensors: dict[str, dict[str, Tensor]] = {}
    named: list[tuple[str, Tensor]] = []
    epsilon: Number = 0
    training = not any(required[name][1].startswith("running") for name in found)
    for name, (layer, own, shape) in required.items():
        node, tensor = found.get(name, (place, None))
        if name == "epsilon":
            epsilon = _epsilon(reader, node, tensor)
        elif layer is None:
            batch = _batch(reader, network, name, shape, node, tensor, conventions)
            if images and len(batch) != len(images):
                reader.problem("E124", f"{name} has {len(batch)} images, the others {len(images)}", node.place())
                return None
            images = images or [{} for _ in batch]
            for image, volume in zip(images, batch, strict=True):
                image[name] = volume
            if len(batch) > 1 and not any(volume.sizes[1:] for volume in batch):
                rows = Tensor((len(batch), *batch[0].sizes), tuple(n for volume in batch for n in volume.numbers))
                named.append((f"{name}, {len(batch)} examples", rows.squeezed()))
            else:
                named += [(f"{name} {n}" if len(batch) > 1 else name, volume) for n, volume in enumerate(batch, 1)]
        elif tensor is None:
            start = 0 if own == "bias" else initial(layer, own)
            if own == "mask" or (isinstance(layer.layer, BatchNorm) and own.startswith("running")):
                continue
            if start is None:
                hint = f"as in values: {{{name}: [[1, 0], [0, 1]]}}"
                reader.problem("E104", f"{name} has no numbers", place.place(), hint)
                continue
            assert not isinstance(shape, Shape)
            tensors.setdefault(layer.path, {})[own] = Tensor(shape, (start,) * int(product(shape)))
        else:
            fitted = _volume(reader, name, shape, node, tensor, conventions) if isinstance(shape, Shape) else None
            if not isinstance(shape, Shape):
                fitted = _sized(reader, name, shape, node, tensor)
            if fitted is not None:
                tensors.setdefault(layer.path, {})[own] = fitted
                alone = sum(other[1] == own for other in required.values()) == 1
                named.append((own if alone else name, fitted))
    if len(reader.problems) > before:
        return None
    return Given(
        tuple(images), tensors, epsilon, training, (*named, *([("ε", Tensor((), (epsilon,)))] if epsilon else ()))
    )


def _epsilon(reader: Reading, node: Tree, tensor: Tensor | None) -> Number:
    if tensor is None:
        return 0
    if tensor.sizes or tensor.numbers[0] < 0:
        reader.problem("E124", "epsilon is one number from 0 on", node.place(), "as in epsilon: 0.00001")
        return 0
    return tensor.numbers[0]


def _sized(reader: Reading, name: str, sizes: tuple[int, ...], node: Tree, tensor: Tensor) -> Tensor | None:
    if same_sizes(tensor.sizes, sizes):
        return Tensor(sizes, tensor.numbers)
    _misfit(reader, name, sizes_text(sizes), node, tensor)
    return None


def _misfit(reader: Reading, name: str, required: str, node: Tree, tensor: Tensor, hint: str | None = None) -> None:
    reader.problem(
        "E124", f"{name} holds {sizes_text(tensor.sizes)} numbers, {required} are needed", node.place(), hint
    )


def _volume(
    reader: Reading, name: str, shape: Shape, node: Tree, tensor: Tensor, conventions: Conventions
) -> Tensor | None:
    """Return a volume channels first; its lists may be in either order where only one fits."""
    first, last = same_sizes(tensor.sizes, shape.chw), same_sizes(tensor.sizes, shape.hwc)
    one_way = shape.channels == 1 or not shape.sides or all(n == 1 for n in shape.sides)
    if first and last and not one_way:
        if conventions.order == "either":
            message = f"the {sizes_text(tensor.sizes)} numbers of {name} may be in either order"
            hint = "say conventions: {order: chw} for channel by channel, or hwc for pixel by pixel"
            reader.problem("H703", message, node.place(), hint)
            return None
        first = conventions.order == "chw"
    if first:
        return Tensor(shape.chw, tensor.numbers)
    if last:
        return _frozen(Tensor(shape.hwc, tensor.numbers).channels_first())
    _misfit(reader, name, f"{shape} or {'x'.join(map(str, shape.chw))}" if not one_way else str(shape), node, tensor)
    return None


def _frozen(tensor: Tensor) -> Tensor:
    return Tensor(tensor.sizes, tuple(tensor.numbers))


def _batch(
    reader: Reading,
    network: Network,
    name: str,
    shape: Any,
    node: Tree,
    tensor: Tensor | None,
    conventions: Conventions,
) -> list[Tensor]:
    """Return the images of an input: one, or several in front of a batch normalisation."""
    if tensor is None:
        hint = f"as in values: {{{name}: [[1, 2], [3, 4]]}}"
        reader.problem("E104", f"{name} has no numbers", node.place(), hint)
        return []
    fits = same_sizes(tensor.sizes, shape.chw) or same_sizes(tensor.sizes, shape.hwc)
    several = any(isinstance(layer.layer, BatchNorm) for layer in network.layers())
    if not fits and several and len(tensor.sizes) > 0:
        rest = tensor.sizes[1:]
        if same_sizes(rest, shape.chw) or same_sizes(rest, shape.hwc):
            size = len(tensor) // tensor.sizes[0]
            each = [Tensor(rest, tensor.numbers[at : at + size]) for at in range(0, len(tensor), size)]
            return [v for one in each if (v := _volume(reader, name, shape, node, one, conventions)) is not None]
    volume = _volume(reader, name, shape, node, tensor, conventions)
    return [] if volume is None else [volume]


def _positioned(reader: Reading, fields: Mapping[str, Tree], asked: Asked) -> bool:
    """Read `at:`; an output of one number needs none."""
    y, count = asked.node.y, len(asked.given.images)
    names = (*AT[len(y.sides)], *(("image",) if count > 1 else ()))
    values = [*y.sides, y.channels, *([count] if count > 1 else [])]
    places = fields_in(fields.get("at"))
    before = len(reader.problems)
    found: dict[str, int] = {}
    for name, node in places.items():
        if name not in names:
            hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
            reader.problem("E103", f"at: has no {quoted(name)} here", node.place(), hint)
            continue
        size = values[names.index(name)]
        text = node.text.strip() if isinstance(node, Scalar) else ""
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= size):
            reader.problem("E105", f"{name} is a whole number from 1 to {size}, not {quoted(text)}", node.place())
            continue
        found[name] = int(text) - 1
    if len(reader.problems) > before:
        return False
    left = [name for name, size in zip(names, values, strict=True) if size > 1 and name not in found]
    if asked.ask in ("mean", "variance"):  # one for each channel, whatever the position and the image
        left = [name for name in left if name == "channel"]
    if left and (found or asked.ask in ("mean", "variance") or "image" in left):
        place = fields.get("at", fields["ask"]).place()
        example = f"at: {{{', '.join(f'{name}: 1' for name in names if name in left or name in found)}}}"
        reader.problem("E104", f"the {listed(left)} of the {asked.ask} {_is(left)} missing", place, f"as in {example}")
        return False
    asked.image = found.get("image", 0)
    if not left:
        sides = [found.get(name, 0) for name in AT[len(y.sides)]]
        asked.position = (sides[-1], *sides[:-1])
    elif int(y.values) > MOST_ASKED:
        message = f"the output has {int(y.values):,} values, more than the {MOST_ASKED} that are asked for at once"
        reader.problem("E112", message, fields["ask"].place(), f"as in at: {{{', '.join(f'{n}: 1' for n in left)}}}")
        return False
    return True


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


# The numbers in a question's text.


def given_text(given: Given) -> str:
    """Write the numbers of a question, each tensor under its name, a row in brackets."""
    return "\n\n".join(block for name, tensor in given.named for block in _blocks(name, tensor))


def _blocks(name: str, tensor: Tensor) -> Iterator[str]:
    sizes = tensor.sizes
    weight = name.rpartition(".")[2] == "weight"
    if weight and len(sizes) > 2:
        filters = name.removesuffix("weight") + "filter"
        size = int(product(sizes[1:]))
        for at in range(sizes[0]):
            own = Tensor(sizes[1:], tensor.numbers[at * size : (at + 1) * size])
            yield from _planes(f"{filters} {at + 1}" if sizes[0] > 1 else filters, own)
    elif len(sizes) > 2 or (len(sizes) == 2 and not name.endswith(".weight")):
        yield from _planes(name, tensor)
    else:
        label = "weights" if weight and len(sizes) == 2 else name.replace("_", " ")
        yield f"{label}: {written(tensor.numbers[0])}" if len(tensor) == 1 else f"{label}:\n{_matrix(tensor)}"


def _planes(name: str, tensor: Tensor) -> Iterator[str]:
    for channel in range(tensor.sizes[0]):
        label = f"{name}, channel {channel + 1}" if tensor.sizes[0] > 1 else name
        own = tensor.sizes[1:]
        if len(own) == 3:
            yield from _planes(label, Tensor(own, tensor.plane(channel)))
        else:
            matrix = Tensor(own, tensor.plane(channel))
            yield f"{label}: {written(matrix.numbers[0])}" if len(matrix) == 1 else f"{label}:\n{_matrix(matrix)}"


def _matrix(tensor: Tensor) -> str:
    """Write rows in brackets, numbers right-aligned: [ 1  0  2 ]."""
    words = [written(number) for number in tensor.numbers]
    width = max(map(len, words))
    columns = tensor.sizes[-1] if tensor.sizes else 1
    rows = (words[at : at + columns] for at in range(0, len(words), columns))
    return "\n".join(f"[ {'  '.join(word.rjust(width) for word in row)} ]" for row in rows)
