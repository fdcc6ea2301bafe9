"""A model that gives each row of an example a logit, and compares them."""

import keras
from keras import layers

from clue_baselines.harness.heads.head_dropout import with_head_dropout
from clue_baselines.harness.heads.pooling import pooled


def choice_model(encoder, options, num_choices, name):
    """Returns a model from rows to logits (examples, num_choices).

    A dense layer makes one logit of each row's vector.
    """
    vectors = pooled(encoder, options)
    features = with_head_dropout(vectors.output, options)
    # Logits in float32 whatever the policy: the loss takes their softmax.
    logits = layers.Dense(1, dtype="float32", name="choice_logit")(features)
    # The rows of an example stand together.
    logits = keras.ops.reshape(logits, (-1, num_choices))
    return keras.Model(vectors.input, logits, name=name)


def choice_loss():
    """Returns what to compile the model with: a softmax over the choices."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return {"loss": loss, "metrics": ["accuracy"]}
