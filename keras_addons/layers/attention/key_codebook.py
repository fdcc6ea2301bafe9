"""The codes of each head's keys, learnt as moving averages of the keys."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.saved_seed import load_seed
from keras_addons.layers.saved_seed import save_seed
from keras_addons.ops.codes import nearest_codes


@keras.saving.register_keras_serializable(package="keras_addons")
class KeyCodebook(keras.layers.Layer):
    """Assigns each key its nearest code, and learns the codes of each head.

    In training each call moves the codes towards the means of their keys:
    `n_y <- momentum n_y + (1 - momentum) * (number of keys of y)`, `s_y <-
    momentum s_y + (1 - momentum) * (sum of these keys)`, `c_y = s_y / n_y`.
    A code with `n_y` below `smallest_count` is hardly used and becomes a
    random key of the batch, with a count of 1; so do all codes in the first
    call. The loss `commitment * mean |k - c|^2` (over keys, summed over
    `head_dim`), added by `add_loss`, keeps keys near their codes. Codes,
    counts and sums are float32 weights that are not trained by gradients:
    `2 * heads * num_codes * head_dim` numbers.

    Under data parallelism each replica learns from its own part of the batch,
    and the state is the mean of the replicas'; this was not tested.

    Args:
        num_codes: positive int, the codes of each head. Defaults to 512.
        momentum: float in [0, 1). Defaults to 0.99.
        commitment: float, at least 0. Defaults to 1e-4, that of the paper.
        smallest_count: float, at least 0. Defaults to 0.01.
        seed: None or int. The state of the draws is saved with the weights.
            Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        keys: float tensor (batch, heads, length, head_dim).
        is_key: None or a boolean tensor (batch, length), False for padding,
            of which nothing is learnt.
        training: bool, whether to learn. Defaults to False.

    Returns:
        int32 tensor (batch, heads, length), the numbers of the codes.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import KeyCodebook
    >>> keys = np.random.default_rng(0).normal(size=(2, 4, 10, 16))
    >>> codebook = KeyCodebook(num_codes=8)
    >>> codes = codebook(keys)
    >>> tuple(codes.shape), tuple(codebook.codes.shape)
    ((2, 4, 10), (4, 8, 16))

    Reference:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937),
        [Lingle, 2023](https://arxiv.org/abs/2309.16354),
        https://kexue.fm/archives/9844
    """

    def __init__(
        self,
        num_codes=512,
        momentum=0.99,
        commitment=1e-4,
        smallest_count=0.01,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_codes = check_integer("num_codes", num_codes, 1)
        check_number("momentum", momentum, 0, below=1)
        check_number("commitment", commitment, 0)
        check_number("smallest_count", smallest_count, 0)
        self.momentum = momentum
        self.commitment = commitment
        self.smallest_count = smallest_count
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, keys_shape):
        _, num_heads, _, size = keys_shape
        shape = (num_heads, self.num_codes, size)
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)
        self.codes = self._state("codes", shape, normal)
        self.counts = self._state("counts", shape[:2], "zeros")
        self.sums = self._state("sums", shape, "zeros")

    def _state(self, name, shape, initializer):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            dtype="float32",
            autocast=False,
            trainable=False,
            aggregation="mean",
        )

    def call(self, keys, is_key=None, training=False):
        # torch writes the next codes in place: the gradient needs these.
        codebook = ops.copy(self.codes.value)
        codes = nearest_codes(keys, codebook)
        if training:
            one_hot = ops.one_hot(codes, self.num_codes, dtype="float32")
            if is_key is not None:
                is_key = ops.cast(is_key, "float32")
                one_hot = one_hot * is_key[:, None, :, None]
            keys = ops.cast(keys, "float32")
            self.add_loss(self.commitment * distance(keys, one_hot, codebook))
            self.learn(ops.stop_gradient(keys), one_hot, is_key)
        return codes

    def learn(self, keys, one_hot, is_key):
        """Moves the codes towards the means of their keys."""
        share = 1 - self.momentum
        counts = ops.sum(one_hot, axis=(0, 2))
        counts = self.momentum * self.counts + share * counts
        sums = ops.einsum("bhnc,bhnd->hcd", one_hot, keys)
        sums = self.momentum * self.sums + share * sums
        is_dead = counts < self.smallest_count
        counts = ops.where(is_dead, 1.0, counts)
        samples = self.random_keys(keys, is_key)
        sums = ops.where(is_dead[..., None], samples, sums)
        self.counts.assign(counts)
        self.sums.assign(sums)
        self.codes.assign(sums / counts[..., None])

    def random_keys(self, keys, is_key):
        """Random keys that are not padding: (heads, num_codes, head_dim)."""
        _, num_heads, _, size = keys.shape
        rows = ops.transpose(keys, (1, 0, 2, 3))
        rows = ops.reshape(rows, (num_heads, -1, size))
        num_rows = ops.shape(rows)[1]
        uniform = keras.random.uniform(
            (self.num_codes,), seed=self.seed_generator
        )
        if is_key is None:
            is_key = ops.ones((num_rows,))
        # The row whose number among all keys is uniform.
        numbers = ops.cumsum(ops.reshape(is_key, (-1,)))
        places = ops.searchsorted(numbers, uniform * numbers[-1], side="right")
        return ops.take(rows, ops.minimum(places, num_rows - 1), axis=1)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        save_seed(self.seed_generator, store)

    def load_own_variables(self, store):
        super().load_own_variables(load_seed(self.seed_generator, store))

    def compute_output_shape(self, keys_shape):
        return keys_shape[:-1]

    def compute_output_spec(self, keys, is_key=None, training=False):
        return keras.KerasTensor(keys.shape[:-1], dtype="int32")

    def get_config(self):
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "momentum": self.momentum,
            "commitment": self.commitment,
            "smallest_count": self.smallest_count,
            "seed": self.seed,
        }


def distance(keys, one_hot, codebook):
    """The mean of `|k - c|^2` over the keys that have a code."""
    codes = ops.einsum("bhnc,hcd->bhnd", one_hot, codebook)
    has_code = ops.sum(one_hot, axis=-1)
    squares = ops.sum((keys - codes) ** 2, axis=-1) * has_code
    return ops.sum(squares) / ops.maximum(ops.sum(has_code), 1.0)
