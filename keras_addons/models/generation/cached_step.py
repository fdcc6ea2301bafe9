"""A transformer that keeps the keys and values of what it has read."""

import keras
from keras import ops

from keras_addons.layers import KeyValueCache


class CachedStep(keras.Model):
    """Reads some tokens and says the logits after the last of them.

    The weights are shared with `model`; the cache is a pair of weights a
    block, (num_prompts * copies, heads, max_length, head_dim), that
    `predict_on_batch` updates where they are.

    Args:
        model: as in `CachedDecoder`, like `num_prompts`, `max_length` and
            `copies`.

    Call arguments:
        inputs: dict of integers `token_ids`, `segment_ids` and `positions`
            (rows, length); booleans `visible` (rows, length, max_length); and
            `slot` (1,), where in the cache the tokens go. With `last`
            (num_prompts,), they begin new texts that end there. Else `parents`
            (rows,) may say which row of the cache each row goes on from.

    Returns:
        float32 tensor (rows, vocabulary size).
    """

    def __init__(self, model, num_prompts, max_length, copies):
        super().__init__(dtype=model.dtype_policy)
        architecture = model.architecture
        self.model = model
        self.copies = copies
        shape = (
            num_prompts * copies,
            architecture.num_heads,
            max_length,
            architecture.hidden_dim // architecture.num_heads,
        )
        self.cache = [
            (self.add_kept("keys", shape), self.add_kept("values", shape))
            for _ in model.parts.blocks
        ]
        self.built = True

    def add_kept(self, name, shape):
        return self.add_weight(
            shape=shape,
            initializer="zeros",
            dtype=self.compute_dtype,
            trainable=False,
            autocast=False,
            name=name,
        )

    def call(self, inputs):
        parts = self.model.parts
        features = parts.embed(
            inputs["token_ids"], inputs["segment_ids"], inputs["positions"]
        )
        begins = "last" in inputs
        for block, (keys, values) in zip(parts.blocks, self.cache):
            cache = KeyValueCache(
                self.read(keys, inputs),
                self.read(values, inputs),
                inputs["slot"][0],
            )
            features = block(
                features,
                attention_mask=inputs["visible"],
                positions=inputs["positions"],
                cache=cache,
            )
            self.keep(keys, cache.keys, begins)
            self.keep(values, cache.values, begins)
        if begins:
            last = inputs["last"][:, None, None]
            features = ops.take_along_axis(features, last, axis=1)
        # With the axis of the length: a norm is built for these three axes.
        logits = parts.lm_head(features[:, :1])[:, 0]
        if begins and self.copies > 1:
            logits = ops.repeat(logits, self.copies, axis=0)
        return ops.cast(logits, "float32")

    def read(self, variable, inputs):
        """What the texts of these rows have in the cache."""
        if "last" in inputs:
            return ops.zeros_like(variable.value[:: self.copies])
        if "parents" in inputs:
            return ops.take(variable.value, inputs["parents"], axis=0)
        return variable.value

    def keep(self, variable, value, begins):
        if begins and self.copies > 1:
            value = ops.repeat(value, self.copies, axis=0)
        if value is not variable.value:  # written where it is
            variable.assign(value)
