"""Learning rates that differ from weight to weight."""

import math
import re

import keras
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.optimizers.bases.patterns import check_pattern
from keras_addons.optimizers.bases.step_revision import StepRevision


@keras.saving.register_keras_serializable(package="keras_addons")
class LearningRateMultiplier(StepRevision):
    """Multiplies the steps of the weights whose path matches a pattern.

    `w = w + factor * (step(w) - w)`, where `factor` is the product of the
    factors of all patterns that match, 1 if none does. What the inner
    optimizer subtracts in proportion to the learning rate, its own weight
    decay too, is multiplied alike. A factor of 0 freezes a weight (the inner
    optimizer goes on to collect its moments). Costs one copy of the concerned
    weights during a step.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        multipliers: dict of regular expressions that are searched in
            `variable.path`, with factors >= 0. `layer_decay` makes one for
            rates that fall with the depth.
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
        https://kexue.fm/archives/6418; `extend_with_parameter_wise_lr` of
        bert4keras.
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
        """The product of the factors whose pattern matches `path`."""
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
    """Multipliers that fall by `rate` from each block to the one below.

    With n blocks: `rate ** (n + 1)` for what comes before them (embeddings),
    `rate ** (n - i)` for block i from 0, 1 for what comes after (heads).

    Args:
        model: a built Keras model whose blocks are numbered in their paths.
        rate: float in (0, 1], for example 0.9.
        block: regular expression searched in `variable.path`, whose group is
            the number of the block. `keras_addons.models` say `block_0`;
            keras-hub's encoders `transformer_layer_0`.

    Returns:
        dict for `LearningRateMultiplier`: of a pattern that matches one layer
        or block each, with its factor.

    Raises:
        ValueError: if `rate` is out of its range or no path has a block.

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
    depth = -1  # of embeddings, until the first block comes
    for path, match in zip(paths, found):
        if match:
            depth, prefix = int(match[1]), path[: match.end()]
        else:
            depth = depth if depth == -1 else num_blocks
            prefix = path.rsplit("/", 1)[0]
        multipliers[f"^{re.escape(prefix)}/"] = rate ** (num_blocks - depth)
    return multipliers
