"""Keras: `model.summary()` of the same layers, which counts parameters only.

Source: Keras 3.15, utils/summary_utils.py. Its "Total params" has what is stored and not trained as well: the
running statistics of batch normalisation.
"""

from cnncalc.comparison.counters.base import (
    ACTIVATIONS,
    CONVENTIONAL,
    HEADS_TOO,
    POOLS,
    SAME,
    SOFTMAX,
    UNCOUNTED,
    UPSAMPLINGS,
    Counter,
    Quantity,
    Term,
    rules,
)

STATISTICS = Term("running mean and variance of batchnorm: as non-trainable", lambda s: s.statistics)

TRAINED = rules(
    (CONVENTIONAL, SAME),
    (("batchnorm", "layernorm", "groupnorm", "embedding"), SAME),
    ((*ACTIVATIONS, *SOFTMAX, *POOLS, *UPSAMPLINGS, *UNCOUNTED), SAME),
)

COUNTER = Counter(
    name="keras",
    title="Keras summary()",
    version="3.15",
    source="https://github.com/keras-team/keras",
    quantities=(
        Quantity("total_params", "Total params", "params", TRAINED | {"batchnorm": (STATISTICS,)}, aside=HEADS_TOO),
        Quantity("params", "Trainable params", "params", TRAINED, aside=HEADS_TOO),
    ),
    note="of the same layers; keras.applications has other ones: its ResNet has a bias in each convolution",
)
