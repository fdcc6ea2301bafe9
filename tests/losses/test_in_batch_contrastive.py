import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.losses import InBatchContrastive
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import cosine
from tests.losses.definitions import crossentropy


def by_definition(ids, vectors, temperature):
    losses = []
    for i, vector in enumerate(vectors):
        partner = i + 1 - 2 * (i % 2)
        negatives = [
            cosine(vector, other) / temperature
            for j, other in enumerate(vectors)
            if j != i and j != partner and ids[j] != ids[i]
        ]
        positive = cosine(vector, vectors[partner]) / temperature
        losses.append(crossentropy(positive, negatives))
    return losses


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_equals_the_definition_with_any_groups(pair_ids):
    ids = np.repeat(pair_ids, 2)
    vectors = normal(len(ids), 5)
    loss = InBatchContrastive(temperature=0.2, reduction="none")
    np.testing.assert_allclose(
        value(loss, ids, vectors),
        by_definition(ids, vectors, 0.2),
        rtol=1e-4,
        atol=1e-5,
    )


def test_without_labels_every_other_pair_is_negative():
    vectors = normal(6, 5)
    loss = InBatchContrastive(reduction="none")
    expected = by_definition(np.arange(6), vectors, 0.05)
    np.testing.assert_allclose(
        value(loss, None, vectors), expected, rtol=1e-4, atol=1e-6
    )


def test_is_the_softmax_crossentropy_of_the_masked_similarities():
    # As SimBERT writes it: logits less 1e12 on the diagonal.
    vectors = normal(8, 5)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    logits = 30 * units @ units.T - 1e12 * np.eye(8, dtype="float32")
    partners = np.arange(8) + 1 - 2 * (np.arange(8) % 2)
    expected = keras.losses.sparse_categorical_crossentropy(
        partners, logits, from_logits=True
    )
    np.testing.assert_allclose(
        value(InBatchContrastive(1 / 30), np.arange(8) // 2, vectors),
        np.mean(keras.ops.convert_to_numpy(expected)),
        rtol=1e-5,
    )


def test_gradient_of_dot_products_is_the_cached_one():
    # htilde_i = sum_j (p_ij + p_ji - 2 t_ij) h_j, for a mean loss over n.
    vectors = normal(12, 5)
    logits = vectors @ vectors.T
    np.fill_diagonal(logits, -np.inf)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    t = np.eye(12)[np.arange(12) + 1 - 2 * (np.arange(12) % 2)]
    expected = (p + p.T - 2 * t) @ vectors / 12
    loss = InBatchContrastive(temperature=None)
    _, (gradient,) = value_and_gradients(
        lambda vectors: loss(None, vectors), vectors
    )
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_ids_beyond_float32_stay_apart():
    # 2^24 and 2^24 + 1 are one number in float32.
    ids = 2**24 + np.array([0, 0, 1, 1])
    vectors, loss = normal(4, 5), InBatchContrastive()
    np.testing.assert_array_equal(
        value(loss, ids, vectors), value(loss, None, vectors)
    )
    assert value(loss, 0 * ids, vectors) == 0  # one group: no negatives


def test_trains_without_labels():
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    model.compile("sgd", InBatchContrastive(), run_eagerly=True)
    features = normal(8, 5)
    before = model.get_weights()[0]
    model.fit(features, batch_size=4, shuffle=False, verbose=0)
    assert np.isfinite(model.evaluate(features, verbose=0))
    assert np.abs(model.get_weights()[0] - before).max() > 0


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`temperature` must be positive"):
        InBatchContrastive(temperature=0)
    with pytest.raises(ValueError, match="even number of rows"):
        InBatchContrastive()(None, keras.ops.ones((3, 2)))
    with pytest.raises(ValueError, match="`y_true` must hold one id a row"):
        InBatchContrastive()(np.ones((4, 2)), keras.ops.ones((4, 2)))


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="shapes are known"
)
def test_an_odd_batch_of_unknown_size_raises():
    import tensorflow as tf

    loss = tf.function(
        lambda vectors: InBatchContrastive()(None, vectors),
        input_signature=[tf.TensorSpec((None, 5))],
    )
    loss(normal(4, 5))
    with pytest.raises(tf.errors.InvalidArgumentError, match="reshape"):
        loss(normal(3, 5))
