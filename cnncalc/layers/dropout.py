"""Dropout: layers that are active in training only."""

from typing import Any

from cnncalc.layers.base import Weightless
from cnncalc.layers.fields import NotNegative, Rate
from cnncalc.layers.modules import function
from cnncalc.layers.saves import NOTHING, PASSED, VIEW, Extra, Saves
from cnncalc.shape import Shape


class Dropout(Weightless):
    """Set random values to zero during training, and scale the others to compensate.

    shape    unchanged
    weights  none
    macs     0, by definition
    source   Srivastava et al. 2014, JMLR 15; torch.nn.Dropout
    """

    kind = "dropout"
    example = "4096 -> dropout"
    framework_names = (
        *("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "GaussianDropout"),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    )
    note = (
        "Dropout of whole channels, and with other noise, is written alike: it is the identity when a network is used."
    )
    in_place = True

    rate: Rate = 0.5

    def shape(self, x: Shape) -> Shape:
        return x

    def saves(self, x: Shape) -> Saves:
        return NOTHING.more(Extra(x.values, mask=True)) if self.rate else VIEW

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.Dropout(self.rate)


class DropPath(Weightless):
    """Skip a whole branch for random images during training: stochastic depth.

    shape    unchanged
    weights  none
    macs     0, by definition
    source   Huang et al. 2016, arXiv:1603.09382; torchvision.ops.StochasticDepth
    """

    kind = "drop_path"
    example = "56x56x96 -> drop_path 0.1"
    synonyms = ("stochastic_depth",)
    framework_names = ("DropPath", "StochasticDepth")
    in_place = True

    rate: Rate

    def shape(self, x: Shape) -> Shape:
        return x

    def saves(self, x: Shape) -> Saves:
        return NOTHING.more(Extra(1))

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            if not module.training:
                return volume
            images = volume.new_ones(len(volume), *[1] * (volume.dim() - 1))
            return volume * torch.nn.functional.dropout(images, self.rate)

        return function(torch, self, forward)


class GaussianNoise(Weightless):
    """Add normally distributed noise during training.

    shape    unchanged
    weights  none
    macs     0, by definition
    source   keras.layers.GaussianNoise
    """

    kind = "gaussian_noise"
    keeps = PASSED
    example = "28x28x1 -> gaussian_noise 0.1"
    synonyms = ("noise",)
    framework_names = ("GaussianNoise",)
    meanings = {"deviation": "standard deviation of the noise"}
    in_place = True

    deviation: NotNegative

    def shape(self, x: Shape) -> Shape:
        return x

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            return volume + self.deviation * torch.randn_like(volume) if module.training else volume

        return function(torch, self, forward)
