"""ReRoPE: rotary attention for longer texts than those of training."""

import keras
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.layers.attention.masks import both
from keras_addons.layers.attention.masks import raise_if_not_a_mask
from keras_addons.layers.attention.masks import visible_keys
from keras_addons.layers.attention.multi_head_attention import causal_past
from keras_addons.layers.attention.score_normalization import scaled_queries
from keras_addons.layers.unbuilt import unbuilt
from keras_addons.ops.attention import normalized_scores
from keras_addons.ops.attention import weighted_values
from keras_addons.ops.rerope import rerope_scores


@keras.saving.register_keras_serializable(package="keras_addons")
class ReRoPE(keras.layers.Layer):
    """Applies a rotary self-attention with clipped distances.

    The scores of `attention`, but with the distance `P(i - j)` instead of `i
    - j`: `P(d) = d` below `window`, beyond it `sign(d) * (window + slope *
    (|d| - window))`. Has no weights of its own.

    - Slope 0, ReRoPE: no distance is larger than those of training, so a
      model that was trained with `attention` reads longer texts.
    - A slope between 0 and 1, Leaky ReRoPE: larger distances can still be
      told apart. Choose it such that `window + slope * (length - window)` is
      at most half of the length of training.
    - A slope above 1 for training, inverse Leaky ReRoPE: then `attention`
      itself, which is faster, reads the longer texts. Post 9728 did best with
      twice the expansion (16 for 512 to 4,096) and a quarter of the length of
      training as window.

    Up to `window` tokens, and with slope 1, the result is that of `attention`.
    Scores are computed three times, with a causal mask twice, for one query
    of a `KeyValueCache` once, and none of the fused kernels can be used.

    The posts also let scores grow with the logarithm of the number of keys,
    which helps ReRoPE most. For a model of `MultiHeadAttention` that was
    trained on 512 tokens give `attention` a
    `normalization=EntropyInvariantSoftmax(base_length=512, min_keys=512)`.

    Args:
        attention: `MultiHeadAttention` with a `rotary` that has neither an
            `interpolation` nor `rotate_values`; other layers may use it too.
        window: positive float, a quarter to a half of the length of training.
        slope: float, at least 0. Defaults to 0.0.
        **kwargs: `name` and the like; the dtypes are those of `attention`.

    Call arguments:
        query: tensor (batch, length, size).
        attention_mask, use_causal_mask: as of `MultiHeadAttention`.
        positions: None or integers (batch, length). None stands for 0, 1, 2,
            ..., with a `cache` for its slots from `cache.index` on. With a
            `cache` they need `cache.positions`.
        cache: None or a `KeyValueCache`, which this call updates with its
            keys, not rotated, and values. All of its tokens must come from
            this layer: `attention` itself caches rotated keys.

    A Keras mask of `query` hides padding and passes through. With a `cache`
    pass `attention_mask` or `use_causal_mask` as for `MultiHeadAttention`;
    `use_causal_mask` is about slots.

    Returns:
        Tensor of the shape of `query`.

    Raises:
        ValueError: `window` is not positive, `slope` is negative,
            `attention` does not fit, or `positions` come with a `cache` that
            has none.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> attention = layers.MultiHeadAttention(
    ...     num_heads=4, rotary=layers.RotaryEmbedding()
    ... )
    >>> features = np.random.default_rng(0).normal(size=(2, 30, 64))
    >>> longer = layers.ReRoPE(attention, window=8)
    >>> longer(features, use_causal_mask=True).shape == (2, 30, 64)
    True

    Reference:
        https://kexue.fm/archives/9708, https://kexue.fm/archives/9728
    """

    caches_positions = True

    def __init__(self, attention, window, slope=0.0, **kwargs):
        super().__init__(**{"dtype": attention.dtype_policy, **kwargs})
        raise_if_no_plain_rotary(attention.rotary)
        check_number("window", window, 0, exclusive=True)
        check_number("slope", slope, 0)
        self.attention = attention
        self.window = window
        self.slope = slope
        self.supports_masking = True

    def build(self, query_shape):
        if not self.attention.built:
            self.attention.build(query_shape)

    def call(
        self,
        query,
        attention_mask=None,
        use_causal_mask=False,
        mask=None,
        query_mask=None,
        positions=None,
        cache=None,
        training=None,
    ):
        # Keras passes `mask` for one input tensor, `query_mask` for several.
        raise_if_not_a_mask(attention_mask)
        mask = query_mask if mask is None else mask
        if cache is not None:
            mask = None  # as long as the query, not the cache
        visible = visible_keys(attention_mask, mask)
        length = ops.shape(query)[1]
        if use_causal_mask:
            past = causal_past(length, length, cache)
            visible = both(visible, past[:, None])
        queries, keys, values = self._heads(query, length)
        places = key_and_query_positions(positions, cache, length)
        if cache is not None:
            cache.write(keys, values)
            keys, values = cache.keys, cache.values
        # With positions of one's own a later key may be at an earlier one.
        causal = use_causal_mask and positions is None
        scores, normalize = self._scores(
            queries, keys, visible, *places, causal
        )
        weights = normalized_scores(scores, visible, normalize=normalize)
        dropout = self.attention.probability_dropout if training else None
        heads = weighted_values(weights, values, dropout)
        return self.attention.merged(heads, length)

    def _heads(self, query, length):
        """Queries, keys and values, not rotated."""
        part = self.attention
        return [
            ops.transpose(part.split(dense, query, length), (0, 2, 1, 3))
            for dense in (part.query, part.key, part.value)
        ]

    def _scores(self, queries, keys, visible, key_places, places, causal):
        queries, normalize = scaled_queries(
            self.attention.normalization, queries, visible, keys
        )
        scores = rerope_scores(
            queries * queries.shape[-1] ** -0.5,
            keys,
            self.window,
            self.slope,
            self.attention.rotary.base,
            query_positions=places,
            key_positions=key_places,
            causal=causal,
            layout=self.attention.rotary.layout,
        )
        return scores, normalize

    def cache_shapes(self, num_texts, max_length):
        """Returns the shapes of the keys and values of a `KeyValueCache`."""
        return self.attention.cache_shapes(num_texts, max_length)

    def compute_output_shape(self, query_shape):
        return query_shape

    def compute_output_spec(self, query, **options):
        return keras.KerasTensor(query.shape, dtype=self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "attention": keras.saving.serialize_keras_object(self.attention),
            "window": self.window,
            "slope": self.slope,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "attention": unbuilt(config["attention"])})


def raise_if_no_plain_rotary(rotary):
    needed = {"interpolation": 1, "rotate_values": False}
    received = {name: getattr(rotary, name, None) for name in needed}
    if received != needed:
        raise ValueError(
            "`attention` must have a `rotary` with `interpolation=1` and "
            "`rotate_values=False`: the window clips distances of tokens. "
            f"Received: rotary={rotary}, {received}"
        )


def key_and_query_positions(positions, cache, length):
    """Returns the positions of the keys and of the queries; None for slots.

    Writes those of the queries to a cache that has positions.
    """
    if cache is None:
        return positions, positions
    slots = ops.arange(length) + cache.index
    if cache.positions is None and positions is None:
        return None, slots
    if cache.positions is None:
        raise ValueError(
            "With a `cache`, `positions` are remembered for later queries: "
            "pass `KeyValueCache(keys, values, index, positions)`, or no "
            "`positions`, if those are the slots of the cache."
        )
    if positions is None:
        positions = slots
    positions = ops.convert_to_tensor(positions)
    shape = (ops.shape(cache.keys)[0], length)
    cache.write_positions(ops.broadcast_to(positions, shape))
    return cache.positions, positions
