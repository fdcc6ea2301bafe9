"""Cross-entropy of each target token, without holding the logits."""

import keras

from keras_addons.layers.language_model.tied_head import TiedHead


@keras.saving.register_keras_serializable(package="keras_addons")
class TokenLosses(keras.layers.Layer):
    """Calls a language model and returns the cross-entropy of each target.

    `logsumexp(z_t) - z_t[target_t]`, equal to `losses.token_crossentropy` of
    `token_logits`. The logits are computed for the tokens with a target only,
    `chunk_size` at a time, and once more for the gradient: no tensor (batch,
    length, vocabulary) is held, and tokens without a target cost nothing. See
    `ops.linear_crossentropy`.

    The layer trains the weights of `model`; to predict, save or generate, use
    `model` itself. Use this layer inside `GradientCache`, where the loss is
    computed from the outputs of all chunks; elsewhere `LanguageModelLoss`,
    which adds the mean of the losses to the loss of the model.

    Args:
        model: `Bert` or `RoFormer` built with `with_lm_head=True`, or another
            functional model with the output "token_logits" whose head ends
            in the layers "lm_norm", "token_embedding" (transposed) and
            "lm_bias".
        chunk_size: positive int, the number of tokens whose logits are held
            at a time. Defaults to 256.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        inputs: dict, the inputs of the model and integers `target_ids`
            (batch, length), where values below 1 stand for no target. For
            UniLM use those of `losses.sequence_to_sequence_targets`.

    Returns:
        dict of the outputs of the model, without "token_logits", and
        "token_losses", float32 (batch, length), 0 where there is no target.

    Raises:
        ValueError: `model` has no output "token_logits".

    Example:

    >>> import numpy as np
    >>> from keras_addons import models
    >>> model = models.RoFormer(50, 2, 2, 16, 32, with_lm_head=True)
    >>> outputs = TokenLosses(model)(
    ...     {
    ...         "token_ids": np.array([[2, 7, 4, 9, 3, 0]]),
    ...         "segment_ids": np.zeros((1, 6), "int32"),
    ...         "target_ids": np.array([[0, 0, 8, 0, 0, 0]]),
    ...     }
    ... )
    >>> sorted(outputs)
    ['sequence_output', 'token_losses']

    Reference:
        [Wijmans et al., 2024](https://arxiv.org/abs/2411.09009)
    """

    def __init__(self, model, chunk_size=256, **kwargs):
        super().__init__(**kwargs)
        if "token_logits" not in model.output:
            raise ValueError(
                "`model` must have the output 'token_logits'; build it with "
                f"`with_lm_head=True`. Received outputs: {list(model.output)}"
            )
        self.model = model
        self.chunk_size = chunk_size
        outputs = dict(model.output)
        del outputs["token_logits"]
        self.head = TiedHead.of(model)
        inputs = {each.name: each for each in model.inputs}
        self.body = keras.Model(
            inputs, (outputs, self.head.features), name="body"
        )

    def build(self, inputs_shape):
        pass  # the model is built

    def call(self, inputs, training=None):
        inputs = dict(inputs)
        targets = inputs.pop("target_ids")
        outputs, features = self.body(inputs, training=training)
        losses = self.head.losses(features, targets, self.chunk_size)
        return {**outputs, "token_losses": losses}

    @property
    def metrics(self):
        # Else the log would show the unused loss tracker of a compiled
        # `model` as the loss.
        return []

    def compute_output_spec(self, inputs, training=None):
        texts = {name: inputs[name] for name in self.body.input}
        outputs = self.body.compute_output_spec(texts)[0]
        shape = inputs["target_ids"].shape
        losses = keras.KerasTensor(shape, dtype="float32")
        return {**outputs, "token_losses": losses}

    def get_config(self):
        return {
            **super().get_config(),
            "model": keras.saving.serialize_keras_object(self.model),
            "chunk_size": self.chunk_size,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["model"] = keras.saving.deserialize_keras_object(config["model"])
        return cls(**config)
