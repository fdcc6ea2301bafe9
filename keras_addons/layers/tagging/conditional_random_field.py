"""Conditional random field: tags that depend on the tags beside them."""

import keras
from keras import ops

from keras_addons.ops.chain_normalizer import places
from keras_addons.ops.linear_chain import crf_decode
from keras_addons.ops.linear_chain import crf_log_likelihood


@keras.saving.register_keras_serializable(package="keras_addons")
class ConditionalRandomField(keras.layers.Layer):
    """Decodes the best tags of a text; with tags given, adds the loss.

    A linear chain: `score(y) = start[y_1] + sum_t e_t[y_t] + sum_t A[y_(t-1),
    y_t] + end[y_n]` for logits `e` of a dense layer. `A`, `start` and `end`
    are learned. The output is the `y` of the highest score (Viterbi); the
    loss is `log sum over all y' of exp(score(y')) - score(y)`, the mean over
    the texts of a batch. Everything is in float32, whatever the policy.

    The transitions belong to the loss, so the layer adds the loss itself, as
    `LanguageModelLoss` does: build a model with the tags among its inputs to
    train, and one without them, of the same layer, to predict. Both are saved
    and loaded like every other model.

    Costs `tags^2 + 2 * tags` weights. The loss holds about ten float32
    tensors (batch, length, tags) and takes `length` steps forward and as many
    backward, which wait for each other; decoding takes as many again, which
    a compiled step of `fit` leaves out unless a metric asks for the tags.

    The transitions learn slowly at the learning rate of a pretrained encoder:
    `optimizers.LearningRateMultiplier(optimizer, {"crf/": 100.0})` for a
    layer named "crf".

    Args:
        weight: float, the factor of the loss. Defaults to 1.0.
        initializer: of the three weights. Defaults to "zeros", with which the
            first loss is that of a softmax for each token.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        emissions: float tensor (batch, length, tags), logits.
        tags: None or integers (batch, length). Below 0, such as -100, stands
            for a tag that is not known: the loss then sums over all of them.
            Those of padding do not count. One beyond the last tag makes the
            loss 1e9.
        mask: None or boolean tensor (batch, length), False for padding, which
            may be anywhere; a Keras mask of `emissions` is used by itself,
            and passes through.

    Returns:
        int32 tensor (batch, length), the most probable tags, 0 for padding.

    Raises:
        ValueError: `emissions` is not (batch, length, tags), or `tags` is not
            (batch, length).

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import ConditionalRandomField
    >>> features = keras.Input((None, 8))
    >>> tags = keras.Input((None,), dtype="int32")
    >>> emissions = keras.layers.Dense(3)(features)
    >>> crf = ConditionalRandomField(name="crf")
    >>> tagger = keras.Model(features, crf(emissions))
    >>> trainer = keras.Model([features, tags], crf(emissions, tags))
    >>> x, y = np.random.rand(4, 6, 8), np.random.randint(0, 3, (4, 6))
    >>> trainer.compile("adam")
    >>> history = trainer.fit([x, y], verbose=0)
    >>> tagger.predict(x, verbose=0).shape
    (4, 6)

    With `metrics=[metrics.TagAccuracy()]` the tags are passed once more, as
    targets: `trainer.fit([x, y], y)`.

    Reference:
        [Lafferty et al., 2001](https://repository.upenn.edu/cis_papers/159),
        https://kexue.fm/archives/7196
    """

    def __init__(self, weight=1.0, initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.weight = weight
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, emissions_shape, tags_shape=None):
        if len(emissions_shape) != 3 or emissions_shape[-1] is None:
            raise ValueError(
                "`emissions` must be (batch, length, tags). "
                f"Received shape: {tuple(emissions_shape)}"
            )
        num_tags = emissions_shape[-1]
        self.transitions = self._add("transitions", (num_tags, num_tags))
        self.start = self._add("start", (num_tags,))
        self.end = self._add("end", (num_tags,))

    def _add(self, name, shape):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=self.initializer.clone(),
            autocast=False,
        )

    def call(self, emissions, tags=None, mask=None, emissions_mask=None):
        # Keras passes `mask` for one input tensor, `emissions_mask` for two.
        mask = emissions_mask if mask is None else mask
        if mask is None:
            mask = ops.ones(ops.shape(emissions)[:2], "bool")
        mask = ops.cast(mask, "bool")
        emissions = self._with_ends(ops.cast(emissions, "float32"), mask)
        if tags is not None:
            raise_if_not_tags(tags)
            likelihoods = crf_log_likelihood(
                emissions, tags, self.transitions, mask
            )
            self.add_loss(-self.weight * ops.mean(likelihoods))
        return crf_decode(emissions, self.transitions, mask)

    def _with_ends(self, emissions, mask):
        """Adds `start` to the first token of each text, `end` to the last."""
        is_first, _, is_last = places(mask)
        for is_place, scores in ((is_first, self.start), (is_last, self.end)):
            scores = ops.cast(scores, "float32")
            emissions += ops.where(is_place[..., None], scores, 0.0)
        return emissions

    def compute_output_shape(self, emissions_shape, tags_shape=None):
        return emissions_shape[:-1]

    def compute_output_spec(self, emissions, tags=None, **masks):
        if tags is not None:
            raise_if_not_tags(tags)
        return keras.KerasTensor(emissions.shape[:-1], dtype="int32")

    def get_config(self):
        return {
            **super().get_config(),
            "weight": self.weight,
            "initializer": keras.initializers.serialize(self.initializer),
        }


def raise_if_not_tags(tags):
    if len(tags.shape) != 2:
        raise ValueError(
            "`tags` must be (batch, length). "
            f"Received shape: {tuple(tags.shape)}"
        )
