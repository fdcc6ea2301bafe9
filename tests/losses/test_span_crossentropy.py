"""Softmax cross-entropy over spans, beside Keras' own over classes."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons.losses import SpanCrossentropy
from keras_addons.losses import span_crossentropy
from tests.arrays import normal

SPANS = np.array([[0, 2], [1, 1], [3, 4]], "int32")


def test_it_is_keras_crossentropy_over_the_flattened_spans():
    logits = normal(3, 1, 5, 5)
    expected = keras.losses.sparse_categorical_crossentropy(
        SPANS[:, 0] * 5 + SPANS[:, 1], logits.reshape(3, 25), from_logits=True
    )
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(span_crossentropy(SPANS, logits)),
        keras.ops.convert_to_numpy(expected),
        rtol=1e-5,
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bit_logits_with_masked_spans_are_finite(dtype):
    # The 10 spans i <= j of four tokens are alike: log 10.
    logits = np.where(np.tril(np.ones((4, 4)), -1), -30000.0, 0.0)
    logits = keras.ops.cast(logits[None, None], dtype)
    loss = span_crossentropy(np.array([[0, 3]]), logits)
    assert float(loss[0]) == pytest.approx(np.log(10), rel=1e-5)


def test_fit_finds_the_span():
    # The answer is from the token 1 to the token 2.
    tokens = np.array([[0, 1, 0, 2, 0], [1, 0, 0, 0, 2], [0, 0, 1, 2, 0]])
    spans = np.array([[1, 3], [0, 4], [2, 3]])
    inputs = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(3, 8)(inputs)
    model = keras.Model(inputs, layers.GlobalPointer(1, 8)(features))
    model.compile(keras.optimizers.Adam(0.1), SpanCrossentropy())
    history = model.fit(tokens, spans, batch_size=3, epochs=30, verbose=0)
    assert history.history["loss"][-1] < 0.01


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        (SPANS, np.zeros((3, 2, 5, 5)), "`y_pred` must be (batch, 1, length"),
        (SPANS[:, 0], np.zeros((3, 1, 5, 5)), "`y_true` must be (batch, 2)"),
    ],
)
def test_other_shapes_are_refused(y_true, y_pred, message):
    with pytest.raises(ValueError) as error:
        span_crossentropy(y_true, y_pred)
    assert str(error.value).startswith(message)
