"""Adds a language-model loss without holding the logits."""

import keras
from keras import ops

from keras_addons.layers.language_model.token_losses import TokenLosses


@keras.saving.register_keras_serializable(package="keras_addons")
class LanguageModelLoss(keras.layers.Layer):
    """Calls a language model and adds the cross-entropy of its targets.

    The loss is `weight * mean of (logsumexp(z_t) - z_t[target_t])` over the
    tokens that have a target, equal to `losses.TokenCrossentropy` on
    `token_logits`. The logits are computed for these tokens only, `chunk_size`
    at a time, and once more for the gradient: no tensor (batch, length,
    vocabulary) is held, and tokens without a target cost nothing. See
    `ops.linear_crossentropy`.

    The layer trains the weights of `model`; to predict, save or generate, use
    `model` itself.

    Args:
        model: `Bert` or `RoFormer` built with `with_lm_head=True`, or another
            functional model with the output "token_logits" whose head ends
            in the layers "lm_norm", "token_embedding" (transposed) and
            "lm_bias".
        weight: float, the factor of the loss. Defaults to 1.0.
        chunk_size: positive int, the number of tokens whose logits are held
            at a time. Defaults to 256.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        inputs: dict, the inputs of the model and integers `target_ids`
            (batch, length), where values below 1 stand for no target. For
            UniLM use those of `losses.sequence_to_sequence_targets`.

    Returns:
        dict of the outputs of the model, without "token_logits".

    Raises:
        ValueError: `model` has no output "token_logits".

    Example:

    >>> import numpy as np
    >>> from keras_addons import losses, models
    >>> model = models.RoFormer(
    ...     50, 2, 2, 16, 32, attention="unilm", with_lm_head=True
    ... )
    >>> inputs = {
    ...     name: keras.Input((None,), dtype="int32", name=name)
    ...     for name in ("token_ids", "segment_ids", "target_ids")
    ... }
    >>> trainer = keras.Model(inputs, LanguageModelLoss(model)(inputs))
    >>> trainer.compile("adam")
    >>> batch = {
    ...     "token_ids": np.array([[2, 7, 8, 3, 9, 3, 0]]),
    ...     "segment_ids": np.array([[0, 0, 0, 0, 1, 1, 0]]),
    ... }
    >>> targets = losses.sequence_to_sequence_targets(**batch)
    >>> outputs = trainer({**batch, "target_ids": targets})  # or trainer.fit
    >>> len(trainer.losses)
    1

    Reference:
        [Wijmans et al., 2024](https://arxiv.org/abs/2411.09009)
    """

    def __init__(self, model, weight=1.0, chunk_size=256, **kwargs):
        super().__init__(**kwargs)
        self.token_losses = TokenLosses(
            model, chunk_size, dtype=self.dtype_policy
        )
        self.weight = weight

    def build(self, inputs_shape):
        pass  # the model is built

    def call(self, inputs, training=None):
        outputs = self.token_losses(inputs, training=training)
        losses = outputs.pop("token_losses")
        count = ops.sum(ops.cast(inputs["target_ids"] > 0, "float32"))
        mean = ops.sum(losses) / ops.maximum(count, 1.0)
        self.add_loss(self.weight * mean)
        return outputs

    @property
    def metrics(self):
        # Else the log would show the unused loss tracker of a compiled
        # `model` as the loss.
        return []

    def compute_output_spec(self, inputs, training=None):
        outputs = self.token_losses.compute_output_spec(inputs)
        del outputs["token_losses"]
        return outputs

    def get_config(self):
        config = self.token_losses.get_config()
        return {
            **super().get_config(),
            "model": config["model"],
            "weight": self.weight,
            "chunk_size": config["chunk_size"],
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["model"] = keras.saving.deserialize_keras_object(config["model"])
        return cls(**config)
