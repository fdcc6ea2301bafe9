"""The random features of the Performer."""

import keras

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.layers.saved_seed import load_seed
from keras_addons.layers.saved_seed import save_seed
from keras_addons.ops.random_features import normal_shape
from keras_addons.ops.random_features import orthogonal_projection
from keras_addons.ops.random_features import orthogonalized
from keras_addons.ops.random_features import positive_random_features


@keras.saving.register_keras_serializable(package="keras_addons")
class RandomFeatures(keras.layers.Layer):
    """Positive orthogonal random features, for `LinearAttention` (Performer).

    `f_m(x) = exp(w_m . x - |x|^2 / 2)` of queries and keys divided by
    `head_dim ** 0.25`, up to factors that cancel out. The mean of `f(q) .
    f(k)` over the random `w_m` is `exp(q . k / sqrt(head_dim))`, so
    `LinearAttention` with them approximates softmax attention, and can read
    with weights that were trained by it. The error falls with
    `1 / sqrt(num_features)` and grows fast with the norms of queries and
    keys.

    The `w` are a weight that is not trained: drawn when the layer is built,
    saved, and drawn anew by `redraw()` or every `redraw_interval` training
    calls. All heads share them.

    Args:
        num_features: positive int. The paper takes about `head_dim *
            log(head_dim)`.
        redraw_interval: None or positive int: after how many calls in
            training the `w` are drawn anew. None: only by `redraw()`.
            Defaults to None.
        seed: None or int. The state of the draws is saved with the weights:
            training that is loaded goes on with the next draw. Defaults to
            None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        queries, keys: float tensors (batch, heads, length, head_dim).
        training: bool, whether the call counts. Defaults to False.

    Returns:
        Two float32 tensors (batch, heads, length, num_features).

    Raises:
        ValueError: `num_features` or `redraw_interval` is no positive
            integer.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import RandomFeatures
    >>> heads = np.random.default_rng(0).normal(size=(2, 4, 10, 16))
    >>> features, _ = RandomFeatures(64, seed=0)(heads, heads)
    >>> tuple(features.shape)
    (2, 4, 10, 64)

    Reference:
        [Choromanski et al., 2020](https://arxiv.org/abs/2009.14794),
        https://kexue.fm/archives/7921
    """

    def __init__(self, num_features, redraw_interval=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.num_features = check_integer("num_features", num_features, 1)
        if redraw_interval is not None:
            check_integer("redraw_interval", redraw_interval, 1)
        self.redraw_interval = redraw_interval
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, queries_shape, keys_shape):
        self.projection = self.add_weight(
            name="projection",
            shape=(self.num_features, queries_shape[-1]),
            initializer=self.first_projection,
            dtype="float32",
            autocast=False,
            trainable=False,
        )
        if self.redraw_interval is not None:
            self.num_calls = self.add_weight(
                name="num_calls",
                shape=(),
                dtype="int32",
                initializer="zeros",
                trainable=False,
                aggregation="only_first_replica",
            )

    def first_projection(self, shape, dtype):
        # Not by the seed generator: its state must not change in `build`. Nor
        # with a seed near its own: for its n-th draw torch takes seed + n.
        seed = None if self.seed is None else (self.seed + 2**31) % 2**32
        draw = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
        return orthogonalized(draw(normal_shape(*shape), dtype), shape[0])

    def call(self, queries, keys, training=False):
        scale = queries.shape[-1] ** -0.25
        # torch writes the next one in place, before the gradient is computed.
        projection = keras.ops.copy(self.projection.value)
        features = (
            positive_random_features(scale * queries, projection, -1),
            positive_random_features(scale * keys, projection, (-2, -1)),
        )
        if training and self.redraw_interval is not None:
            self.num_calls.assign_add(1)
            backend.conditional_update(
                keras.ops.equal(self.num_calls % self.redraw_interval, 0),
                self.draw,
                [self.projection, self.seed_generator.state],
            )
        return features

    def redraw(self):
        """Draws the `w` anew, between two steps."""
        variables = [self.projection, self.seed_generator.state]
        backend.update_outside_step(self.draw, variables)

    def draw(self):
        shape = self.projection.shape
        self.projection.assign(
            orthogonal_projection(*shape, seed=self.seed_generator)
        )

    def save_own_variables(self, store):
        super().save_own_variables(store)
        save_seed(self.seed_generator, store)

    def load_own_variables(self, store):
        super().load_own_variables(load_seed(self.seed_generator, store))

    def compute_output_shape(self, queries_shape, keys_shape):
        return tuple(
            (*shape[:-1], self.num_features)
            for shape in (queries_shape, keys_shape)
        )

    def compute_output_spec(self, queries, keys, training=False):
        shapes = self.compute_output_shape(queries.shape, keys.shape)
        return tuple(keras.KerasTensor(s, dtype="float32") for s in shapes)

    def get_config(self):
        return {
            **super().get_config(),
            "num_features": self.num_features,
            "redraw_interval": self.redraw_interval,
            "seed": self.seed,
        }
