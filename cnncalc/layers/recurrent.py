"""Layers of sequences: embedding and recurrent layers."""

from collections.abc import Iterator
from typing import Any, ClassVar

from cnncalc.layers.base import Layer, Refusal, Tensors
from cnncalc.layers.fields import Positive, YesNo
from cnncalc.layers.geometry import IDENTITY, Global, Side
from cnncalc.layers.saves import INDEX, INPUT, NOTHING, Extra, Saves
from cnncalc.layers.window import has_sides
from cnncalc.numbers.arith import Number, pinned, product
from cnncalc.shape import Shape


class Embedding(Layer):
    """Look up a learned vector for each index of a sequence: a vector of n indices, or n × 1.

    shape    n or n × 1 -> n × out
    weights  vocabulary × out
    macs     0: a lookup multiplies nothing
    source   torch.nn.Embedding; keras.layers.Embedding
    """

    kind = "embedding"
    example = "128 -> embedding 30522 768"
    synonyms = ("embed",)
    framework_names = ("Embedding",)
    meanings = {"vocabulary": "number of different indices", "out": "length of a vector"}
    note = "The volume holds indices; values beyond the vocabulary are taken modulo its size when it is run."

    vocabulary: Positive
    out: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if len(x.sides) > 1:
            reason = f"embedding takes a sequence of indices such as 128, {x} {has_sides(x)}"
            yield Refusal("E207", None, reason, f"flatten before it makes {x.values} indices")
        elif x.sides and x.channels != 1:
            reason = f"embedding takes one index per position, {x} has {x.channels} channels"
            yield Refusal("E207", None, reason, f"linear {self.out} takes vectors")

    def shape(self, x: Shape) -> Shape:
        return Shape((x.values,), self.out)

    def weights(self, x: Shape) -> Tensors:
        return {"weight": (self.vocabulary, self.out)}

    def macs(self, x: Shape) -> Number:
        return 0

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return (IDENTITY,) * len(x.sides)

    def saves(self, x: Shape) -> Saves:
        return NOTHING.more(Extra(x.values, INDEX))._replace(casts="learned", layout="last")

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            indices = volume.flatten(1).long() % self.vocabulary
            return torch.nn.functional.embedding(indices, module.weight).transpose(1, 2)

        return type("Embedding", (torch.nn.Embedding,), {"forward": forward})(self.vocabulary, self.out)


class Recurrent(Layer):
    """A recurrent layer over a sequence, with `out` hidden values.

    shape    n × C -> n × out, 2 × out with bidirectional=yes; a vector with sequence=no
    source   torch.nn
    """

    weighted = True
    gates: ClassVar[int]
    copied: ClassVar[bool] = False  # autocast copies the state as it is carried
    note = (
        "PyTorch has two biases, one for the input and one for the state; Keras one (`biases=1`), and only the last "
        "state unless return_sequences is set (`sequence=no`). Every output is taken to see the whole sequence."
    )

    out: Positive
    layers: Positive = 1
    bidirectional: YesNo = False
    bias: YesNo = True
    biases: Positive = 2
    sequence: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        if len(x.sides) != 1:
            hint = "add tokens before it" if x.sides else f"embedding, or reshape {x.channels}x1, makes a sequence"
            reason = f"{self.kind} takes a sequence such as 100x64, {x} {has_sides(x)}"
            yield Refusal("E207", None, reason, hint)
        if self.biases > 2:
            yield Refusal("E207", "biases", f"{self.biases} biases, and there are one or two", "bias=no for none")

    @property
    def state(self) -> Number:
        """Values of the state that is passed on."""
        return self.__dict__.get("project") or self.out

    @property
    def directions(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides if self.sequence else (), len(self.directions) * self.state)

    def weights(self, x: Shape) -> Tensors:
        tensors: Tensors = {}
        rows, projected = self.gates * self.out, self.__dict__.get("project")
        for layer in range(pinned(self.layers)):
            inputs = x.channels if layer == 0 else len(self.directions) * self.state
            for direction in self.directions:
                end = f"l{layer}{direction}"
                tensors |= {f"weight_ih_{end}": (rows, inputs), f"weight_hh_{end}": (rows, self.state)}
                if self.bias:
                    tensors |= {f"bias_{name}_{end}": (rows,) for name in ("ih", "hh")[: pinned(self.biases)]}
                if projected:
                    tensors[f"weight_hr_{end}"] = (projected, self.out)
        return tensors

    def macs(self, x: Shape) -> Number:
        matrices = (shape for name, shape in self.weights(x).items() if name.startswith("weight"))
        return product(x.sides) * sum(map(product, matrices))

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Global, x.sides))

    def step(self, torch: Any, inputs: Any, carried: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the next state from what the gates get of the input and of the state before."""
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """Return what PyTorch's class is given besides sizes, layers, biases and directions."""
        return {}

    def steps(self, n: Number) -> tuple[Number, Number]:
        """Return the values that n steps of a layer and direction keep: of gates, and of states as they are carried."""
        raise NotImplementedError

    def behind(self, x: Shape) -> Number:
        first = product(x.sides) * x.channels * self.gates * self.out * len(self.directions)
        return self.macs(x) - first

    def saves(self, x: Shape) -> Saves:
        n, count, layers = product(x.sides), len(self.directions), pinned(self.layers)
        turned = (count - 1) * n * x.channels
        between = (layers - 1) * count * n * count * self.state
        project, (worked, carried) = self.__dict__.get("project"), self.steps(n)
        # The states have the type of the sequence that a layer reads, and are cast for their product with weights.
        same = count * carried * (1 if project else layers)
        kept = INPUT.more(
            Extra(turned + between + layers * count * worked + (layers * count * carried - same)),
            Extra(same, type="entered"),
            Extra(self.copied * same, type="low_copy"),
        )
        weights = self.weights(x)
        first = count * self.gates * self.out * x.channels
        others = sum(product(shape) for name, shape in weights.items() if name.startswith("weight")) - first
        result = "worked" if project or not carried else "entered"
        gradients = 2 * n * self.gates * self.out  # of what all steps read, and of what one step reads
        return kept._replace(
            casts="low",
            first=(first,),
            weights=others,
            result=result,
            backward=gradients,
            about=25,
            needs="last",
            layout="last",
        )

    def build(self, torch: Any, x: Shape) -> Any:
        linear = torch.nn.functional.linear

        def along(module: Any, sequence: Any, end: str) -> tuple[Any, Any]:
            """Return all states of one direction, in its order, and the last."""
            first, again = getattr(module, f"weight_ih_{end}"), getattr(module, f"weight_hh_{end}")
            biases = [getattr(module, f"bias_{name}_{end}", None) for name in ("ih", "hh")]
            project = getattr(module, f"weight_hr_{end}", None)
            inputs = linear(sequence, first, biases[0])
            state = sequence.new_zeros(len(sequence), self.state)
            states = (state, sequence.new_zeros(len(sequence), self.out))
            found = []
            for at in range(sequence.shape[1]):
                states = self.step(torch, inputs[:, at], linear(states[0], again, biases[1]), states)
                states = (linear(states[0], project), *states[1:]) if project is not None else states
                found.append(states[0])
            return torch.stack(found, 1), states[0]

        def forward(module: Any, volume: Any) -> Any:
            sequence = volume.transpose(1, 2)
            last: list[Any] = []
            for layer in range(self.layers):
                outputs, last = [], []
                for direction in self.directions:
                    turned = sequence.flip(1) if direction else sequence
                    states, end = along(module, turned, f"l{layer}{direction}")
                    outputs.append(states.flip(1) if direction else states)
                    last.append(end)
                sequence = torch.cat(outputs, 2)
            return sequence.transpose(1, 2) if self.sequence else torch.cat(last, 1)

        # PyTorch's own forward is one fused operation, which operation counters do not see.
        own = getattr(torch.nn, self.framework_names[0])
        make = type(own.__name__, (own,), {"forward": forward})
        both = {"bias": self.bias, "bidirectional": self.bidirectional}
        module = make(x.channels, self.out, self.layers, batch_first=True, **both, **self.arguments())
        if self.biases == 1:
            for name in [name for name in module._parameters if name.startswith("bias_hh")]:
                delattr(module, name)
        return module


class Lstm(Recurrent):
    """Long short-term memory: four gates of input and state; `project` makes the state smaller.

    weights  per layer and direction 4F × C, 4F × F and one or two biases of 4F; later layers read all directions
    macs     every matrix once per position; adding biases and the products of gates are not counted
    source   Hochreiter & Schmidhuber 1997, Neural Computation 9(8); torch.nn.LSTM; Sak et al. 2014, arXiv:1402.1128
    """

    kind = "lstm"
    example = "100x64 -> lstm 128"
    synonyms = ("long_short_term_memory",)
    framework_names = ("LSTM",)
    gates = 4
    meanings = {"project": "size of the state that is passed on, if it is smaller"}

    out: Positive
    layers: Positive = 1
    bidirectional: YesNo = False
    project: Positive = None
    bias: YesNo = True
    biases: Positive = 2
    sequence: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        if self.project is not None and self.project >= self.out:
            yield Refusal("E207", "project", f"{self.project} must be below out {self.out}", "leave it out")

    def arguments(self) -> dict[str, Any]:
        return {"proj_size": self.project or 0}

    def steps(self, n: Number) -> Number:
        """Four gates, the memory before and its hyperbolic tangent, the state before; all of it before a projection."""
        return n * (4 * self.out + self.state + (self.out if self.project is not None else 0)), 2 * n * self.out

    def step(self, torch: Any, inputs: Any, carried: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
        entered, forgotten, new, given = (inputs + carried).chunk(4, 1)
        memory = forgotten.sigmoid() * states[1] + entered.sigmoid() * new.tanh()
        return given.sigmoid() * memory.tanh(), memory


class Gru(Recurrent):
    """Gated recurrent unit: two gates and a candidate state.

    weights  per layer and direction 3F × C, 3F × F and one or two biases of 3F; later layers read all directions
    macs     every matrix once per position; adding biases and the products of gates are not counted
    source   Cho et al. 2014, arXiv:1406.1078; torch.nn.GRU
    """

    kind = "gru"
    example = "100x64 -> gru 128 bidirectional=yes"
    framework_names = ("GRU",)
    gates = 3
    copied = True

    def steps(self, n: Number) -> Number:
        """Both gates, one minus the second, the candidate, the state before, and the three products of the state."""
        return n * 7 * self.out, n * self.out

    def step(self, torch: Any, inputs: Any, carried: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
        (reset, update, new), (reset_by, update_by, new_by) = inputs.chunk(3, 1), carried.chunk(3, 1)
        kept = (update + update_by).sigmoid()
        candidate = (new + (reset + reset_by).sigmoid() * new_by).tanh()
        return (1 - kept) * candidate + kept * states[0], states[1]


class Rnn(Recurrent):
    """Elman's recurrent layer: the hyperbolic tangent of input and state.

    weights  per layer and direction F × C, F × F and one or two biases of F; later layers read all directions
    macs     every matrix once per position; adding biases is not counted
    source   Elman 1990, Cognitive Science 14(2); torch.nn.RNN
    """

    kind = "rnn"
    example = "100x64 -> rnn 128 layers=2"
    synonyms = ("simple_rnn",)
    framework_names = ("RNN", "SimpleRNN")
    gates = 1

    def steps(self, n: Number) -> Number:
        """All states, and the one before them."""
        return (n + 1) * self.out, 0

    def step(self, torch: Any, inputs: Any, carried: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs + carried).tanh(), states[1]
