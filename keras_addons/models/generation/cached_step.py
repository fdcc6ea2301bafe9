"""One call of a transformer with a KV cache."""

import keras
from keras import ops

from keras_addons.keras_internals import layers_inside
from keras_addons.layers import KeyValueCache
from keras_addons.layers.attention.key_value_cache import cache_shapes
from keras_addons.models.parts import apply_block


class CachedStep(keras.Model):
    """Computes the logits of the next token and updates a KV cache.

    Shares its weights with `model`. The cache has two non-trainable weights
    per block, keys and values, of the shapes `block.cache_shapes(num_prompts
    * copies, max_length)`. Where a layer such as `ReRoPE` has the attribute
    `caches_positions`, one weight more: the positions (num_prompts * copies,
    max_length) of the tokens in the slots.

    Args:
        model, num_prompts, max_length, copies: as in `CachedDecoder`.

    Call arguments:
        inputs: dict of integers `token_ids`, `segment_ids` and `positions`
            (rows, length); booleans `visible` (rows, length, max_length), the
            keys that each token attends to; and `slot` (1,), the index in the
            cache of the first token. With `last` (num_prompts,), the index of
            the last token of each row, the tokens are new prompts. Otherwise
            `parents` (rows,) may name the row of the cache that each row
            continues.

    Returns:
        float32 tensor (rows, vocabulary size).
    """

    def __init__(self, model, num_prompts, max_length, copies):
        super().__init__(dtype=model.dtype_policy)
        self.model = model
        self.copies = copies
        self.cache = [
            tuple(map(self.add_cache, ("keys", "values"), shapes))
            for shapes in (
                cache_shapes(block, num_prompts * copies, max_length)
                for block in model.parts.blocks
            )
        ]
        self.positions = None
        if any(map(caches_positions, model.parts.blocks)):
            shape = num_prompts * copies, max_length
            self.positions = self.add_cache("positions", shape, "int32")
        self.built = True

    def add_cache(self, name, shape, dtype=None):
        return self.add_weight(
            shape=shape,
            initializer="zeros",
            dtype=dtype or self.compute_dtype,
            trainable=False,
            autocast=False,
            name=name,
        )

    def call(self, inputs):
        parts = self.model.parts
        features = parts.embed(
            inputs["token_ids"], inputs["segment_ids"], inputs["positions"]
        )
        begins, scores = "last" in inputs, None
        places = None
        if self.positions is not None:
            places = self.read(self.positions, inputs)
        for block, (keys, values) in zip(parts.blocks, self.cache):
            cache = KeyValueCache(
                self.read(keys, inputs),
                self.read(values, inputs),
                inputs["slot"][0],
                places,
            )
            features, scores = apply_block(
                block,
                features,
                scores,
                self.model.architecture.residual_scores,
                attention_mask=inputs["visible"],
                positions=inputs["positions"],
                cache=cache,
            )
            self.keep(keys, cache.keys, begins)
            self.keep(values, cache.values, begins)
            written = cache.positions
        if self.positions is not None:
            self.keep(self.positions, written, begins)
        if begins:
            last = inputs["last"][:, None, None]
            features = ops.take_along_axis(features, last, axis=1)
        # Keeps the axis of the length, since the norm is built for three axes.
        logits = parts.lm_head(features[:, :1])[:, 0]
        if begins and self.copies > 1:
            logits = ops.repeat(logits, self.copies, axis=0)
        return ops.cast(logits, "float32")

    def read(self, variable, inputs):
        """Returns the cached keys or values of the rows."""
        if "last" in inputs:
            return ops.zeros_like(variable.value[:: self.copies])
        if "parents" in inputs:
            return ops.take(variable.value, inputs["parents"], axis=0)
        return variable.value

    def keep(self, variable, value, begins):
        if begins and self.copies > 1:
            value = ops.repeat(value, self.copies, axis=0)
        if value is not variable.value:  # else it was written in place
            variable.assign(value)


def caches_positions(block):
    return any(
        getattr(layer, "caches_positions", False)
        for layer in layers_inside(block)
    )
