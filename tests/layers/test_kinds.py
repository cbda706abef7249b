"""What holds for every kind: its page is complete, it is written as it is read, and PyTorch agrees with its rules."""

import copy

import pytest
import torch
from hypothesis import given
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.layers import KIND_OF, KINDS, SYNONYMS, field_named
from cnncalc.layers.absent import ABSENT
from cnncalc.layers.base import Layer, formulas, summary
from cnncalc.layers.fields import FRAMEWORK_FIELDS
from cnncalc.layers.meanings import meaning_of
from cnncalc.layers.merge import ManyInputs
from cnncalc.loading import load
from cnncalc.shape import Shape
from tests.effort import examples, sampled
from tests.strategies import layers

FEW_FIELDS = [name for name, kind in KINDS.items() if len(kind.fields) < 2]


def test_a_kind_is_complete() -> None:
    for kind, cls in KINDS.items():
        assert {"shape", "weights", "macs", "source"} <= set(formulas(cls)), kind
        assert summary(cls).endswith("."), kind
        assert cls.example, kind
        assert [name for name in cls.fields if not meaning_of(cls, name)] == [], kind


def test_activation_functions_have_a_derivative() -> None:
    functions = [kind for kind in KINDS.values() if kind.__module__.endswith("activation")]
    assert functions
    assert all({"f(x)", "f′(x)"} <= set(formulas(kind)) for kind in functions)


def test_nothing_is_called_twice() -> None:
    words = [*KINDS, *(w for kind in KINDS.values() for w in (*kind.synonyms, *kind.framework_names))]
    assert sorted(words) == sorted(set(words))
    assert set(SYNONYMS).isdisjoint(KINDS)


def test_no_word_of_a_field_is_one_of_expressions() -> None:
    """A bare word that a field takes means itself; where numbers may stand, `channels` is those of the volume."""
    types = [field.type for kind in KINDS.values() for field in kind.fields.values()]
    words = {word for type_ in types if not type_.literal for word in type_.words}
    assert words.isdisjoint(("channels", "sides", "input", "index"))


def test_what_is_absent_is_no_kind() -> None:
    assert set(ABSENT).isdisjoint(word.lower().replace("_", "") for word in KIND_OF)


def test_fields_have_other_names_elsewhere() -> None:
    assert field_named(KINDS["conv"], "kernel_size") == "kernel"
    assert field_named(KINDS["conv"], "filters") == "out"
    assert field_named(KINDS["dropout"], "p") == "rate"
    assert field_named(KINDS["relu"], "p") is None
    assert field_named(KINDS["conv"], "in_channels") is None
    assert set(FRAMEWORK_FIELDS.values()) <= {name for kind in KINDS.values() for name in kind.fields}


def test_layers_do_not_change_and_equal_what_is_written_alike() -> None:
    conv = KINDS["conv"](2, out=3, kernel=3)
    assert conv == KINDS["conv"](2, out=3, kernel=3, stride=1)
    assert hash(conv) == hash(KINDS["conv"](2, out=3, kernel=3, stride=1))
    assert conv != KINDS["conv"](2, out=3, kernel=3, stride=2)
    with pytest.raises(AttributeError, match="layers do not change: out"):
        conv.out = 4
    with pytest.raises(TypeError, match="conv needs kernel"):
        KINDS["conv"](2, out=3)
    with pytest.raises(TypeError, match="conv has no field filters"):
        KINDS["conv"](2, out=3, kernel=3, filters=3)


@pytest.mark.parametrize("kind", ["scale", "local_conv", "place_bias", "subsample", "partial_conv", "rbf"])
def test_a_copied_module_has_numbers_of_its_own(kind: str) -> None:
    node = load(KINDS[kind].example).nodes[-1]
    module = node.layer.build(torch, *node.x)
    zeroed = copy.deepcopy(module)
    for tensor in zeroed.state_dict().values():
        tensor.zero_()
    volume = torch.ones(1, *node.x[0].chw)
    assert not torch.equal(module(volume), zeroed(volume))


@examples(150)
@given(layers([name for name, kind in KINDS.items() if not issubclass(kind, ManyInputs)]))
def test_a_layer_is_read_as_it_is_written(case: tuple[Layer, tuple[Shape, ...]]) -> None:
    layer, (x,) = case
    (node,) = load(f"{x} -> {layer}").layers()
    assert node.layer == layer
    assert node.y == layer.shape(x)


@pytest.mark.parametrize("share", sampled([10, 25], every=2))
@pytest.mark.parametrize("kind", KINDS)
def test_torch_agrees(kind: str, share: int) -> None:
    @examples(4 if kind in FEW_FIELDS else share)
    @given(layers([kind]))
    def agrees(case: tuple[Layer, tuple[Shape, ...]]) -> None:
        layer, xs = case
        module = layer.build(torch, *xs).eval()
        parameters = {name: tuple(p.shape) for name, p in module.named_parameters()}
        assert list(parameters.items()) == list(layer.weights(*xs).items())
        buffers = {name: tuple(b.shape) for name, b in module.named_buffers() if name != "num_batches_tracked"}
        assert list(buffers.items()) == list(layer.buffers(*xs).items())
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            y = module(*(torch.ones(2, *x.chw) for x in xs))
        assert tuple(y.shape) == (2, *layer.shape(*xs).chw)
        if layer.weighted:
            assert counter.get_total_flops() == 2 * 2 * layer.macs(*xs)

    agrees()
