"""Sampling of a categorical distribution with gradients."""

import keras
from keras import ops

from keras_addons.ops.gumbel import gumbel_softmax
from keras_addons.ops.gumbel import straight_through


@keras.saving.register_keras_serializable(package="keras_addons")
class GumbelSoftmax(keras.layers.Layer):
    """Samples the categorical distribution of logits, with gradients.

    In training `y = softmax((logits + gumbel) / temperature)`; with `hard`
    the output is the one-hot vector of the largest `y`, with the gradient of
    `y` (straight-through). In inference there is no noise:
    `softmax(logits / temperature)`, and with `hard` the one-hot vector of the
    largest logit.

    A temperature that decays, say from 1 to 0.1, starts with gradients of
    small variance and ends with nearly discrete samples. A schedule is called
    with the number of training calls so far, which the layer counts in a
    saved weight.

    Args:
        temperature: positive float, or a
            `keras.optimizers.schedules.LearningRateSchedule`. Defaults to
            1.0.
        hard: bool, whether the forward pass is one-hot. Defaults to False.
        seed: None or int. As of `keras.layers.Dropout` the state of the draws
            is not saved: training that is loaded starts with the first draw
            again. Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        logits: float tensor (..., classes).
        training: bool, whether to sample. Defaults to False.

    Returns:
        Tensor like `logits`, whose last axis sums to 1. A Keras mask passes
        through.

    Raises:
        ValueError: `temperature` is a number that is not positive.

    Example:

    >>> import numpy as np
    >>> temperature = keras.optimizers.schedules.ExponentialDecay(
    ...     1.0, decay_steps=1000, decay_rate=0.5
    ... )
    >>> layer = GumbelSoftmax(temperature, hard=True)
    >>> sample = layer(np.array([[2.0, 1.0, 0.0]]), training=True)
    >>> print(float(ops.max(sample)), float(ops.sum(sample)))
    1.0 1.0

    Reference:
        [Jang et al., 2016](https://arxiv.org/abs/1611.01144),
        https://kexue.fm/archives/6705
    """

    def __init__(self, temperature=1.0, hard=False, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.is_scheduled = callable(temperature)
        if not self.is_scheduled and not temperature > 0:
            raise ValueError(
                f"`temperature` must be positive. Received: {temperature}"
            )
        self.temperature = temperature
        self.hard = hard
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, logits_shape):
        if self.is_scheduled:
            self.num_calls = self.add_weight(
                name="num_calls",
                shape=(),
                dtype="int32",
                initializer="zeros",
                trainable=False,
                aggregation="only_first_replica",
            )

    def call(self, logits, training=False):
        temperature = self.current_temperature()
        if training:
            sample = gumbel_softmax(
                ops.cast(logits, "float32"), temperature, self.seed_generator
            )
            if self.is_scheduled:
                self.num_calls.assign_add(1)
        else:
            logits = ops.cast(logits, "float32")
            sample = ops.softmax(logits / temperature)
        if self.hard:
            sample = straight_through(sample)
        return ops.cast(sample, self.compute_dtype)

    def current_temperature(self):
        """Returns the temperature of the next call."""
        if self.is_scheduled:
            return self.temperature(self.num_calls)
        return self.temperature

    def compute_output_shape(self, logits_shape):
        return logits_shape

    def get_config(self):
        temperature = self.temperature
        if self.is_scheduled:
            temperature = keras.saving.serialize_keras_object(temperature)
        return {
            **super().get_config(),
            "temperature": temperature,
            "hard": self.hard,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if isinstance(config["temperature"], dict):
            config["temperature"] = keras.saving.deserialize_keras_object(
                config["temperature"]
            )
        return cls(**config)
