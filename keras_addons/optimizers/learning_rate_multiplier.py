"""Learning rate multipliers by weight, and layer-wise decay."""

import math
import re

import keras
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.optimizers.bases.patterns import check_pattern
from keras_addons.optimizers.bases.step_revision import StepRevision


@keras.saving.register_keras_serializable(package="keras_addons")
class LearningRateMultiplier(StepRevision):
    """Multiplies the learning rate of weights that match a pattern.

    `w = w + factor * (step(w) - w)`, where `factor` is the product of the
    factors of all matching patterns, 1 if none matches. The whole step of the
    inner optimizer is multiplied, including its weight decay. A factor of 0
    freezes a weight, but the inner optimizer still updates its slots. Memory:
    one copy of the matching weights during a step.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        multipliers: dict from regular expressions, searched in
            `variable.path`, to factors >= 0. `layer_decay` makes such a dict
            for layer-wise decay.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if a factor is negative, a pattern matches no variable, or
            the inner optimizer has `use_ema`.

    Example:

    >>> kernel = keras.Variable([1.0], name="kernel")
    >>> bias = keras.Variable([1.0], name="bias")
    >>> sgd = keras.optimizers.SGD(0.25)
    >>> optimizer = LearningRateMultiplier(sgd, {"bias": 2.0})
    >>> optimizer.apply([keras.ops.ones(1)] * 2, [kernel, bias])
    >>> kernel.numpy().tolist(), bias.numpy().tolist()
    ([0.75], [0.5])

    Reference:
        https://kexue.fm/archives/6418
    """

    def __init__(self, inner_optimizer, multipliers, name=None):
        for pattern, factor in multipliers.items():
            check_pattern("multipliers", pattern)
            check_number(f"multipliers[{pattern!r}]", factor, 0)
        super().__init__(inner_optimizer, name=name)
        self.multipliers = dict(multipliers)

    def patterns(self):
        return {"multipliers": self.multipliers}

    def factor(self, path):
        """The product of the factors of all patterns that match `path`."""
        return math.prod(
            factor
            for pattern, factor in self.multipliers.items()
            if re.search(pattern, path)
        )

    def concerns(self, path):
        return self.factor(path) != 1

    def revise(self, path, before, after, learning_rate):
        factor = ops.cast(self.factor(path), before.dtype)
        return before + factor * (after - before)

    def description(self, variable, inside):
        factor = self.factor(self.path(variable))
        return inside._replace(
            rate=inside.rate * factor, decay=inside.decay * factor
        )

    def get_config(self):
        # A copy: Keras puts its own dict into the config that it returns.
        return {**super().get_config(), "multipliers": dict(self.multipliers)}


def layer_decay(model, rate, block=r"block_(\d+)"):
    r"""Makes multipliers for layer-wise learning rate decay.

    With n blocks: `rate ** (n + 1)` for layers before the blocks
    (embeddings), `rate ** (n - i)` for block i (counted from 0), 1 for layers
    after the blocks (heads).

    Args:
        model: a built Keras model with numbered blocks.
        rate: float in (0, 1], the factor from each block to the block below
            it, for example 0.9.
        block: regular expression searched in `variable.path`; its group is
            the number of the block. For keras-hub's encoders:
            `r"transformer_layer_(\d+)"`. Defaults to `r"block_(\d+)"`, as in
            `keras_addons.models`.

    Returns:
        dict for `LearningRateMultiplier`, with one pattern and factor for
        each layer or block.

    Raises:
        ValueError: if `rate` is out of its range or no path matches `block`.

    Example:

    >>> inputs = keras.Input((4,))
    >>> features = keras.layers.Dense(3, name="embedding")(inputs)
    >>> features = keras.layers.Dense(3, name="block_0")(features)
    >>> outputs = keras.layers.Dense(1, name="head")(features)
    >>> layer_decay(keras.Model(inputs, outputs), rate=0.5)
    {'^embedding/': 0.25, '^block_0/': 0.5, '^head/': 1.0}

    Reference:
        [Howard and Ruder, 2018](https://arxiv.org/abs/1801.06146)
    """
    check_number("rate", rate, 0, exclusive=True)
    if rate > 1:
        raise ValueError(f"`rate` must be at most 1. Received: {rate}")
    paths = [variable.path for variable in model.trainable_variables]
    found = [re.search(block, path) for path in paths]
    numbers = [int(match[1]) for match in found if match]
    if not numbers:
        raise ValueError(
            f"`block`: the pattern {block!r} matches none of the variables "
            f"{paths}"
        )
    num_blocks = max(numbers) + 1
    multipliers = {}
    depth = -1  # of layers before the first block
    for path, match in zip(paths, found):
        if match:
            depth, prefix = int(match[1]), path[: match.end()]
        else:
            depth = depth if depth == -1 else num_blocks
            prefix = path.rsplit("/", 1)[0]
        multipliers[f"^{re.escape(prefix)}/"] = rate ** (num_blocks - depth)
    return multipliers
