import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.losses import Enumeration
from keras_addons.losses import ExpectedLoss
from keras_addons.losses import GumbelRelaxation
from keras_addons.losses import Reinforce
from keras_addons.losses import StraightThrough
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

ESTIMATORS = [
    Enumeration(),
    GumbelRelaxation(0.5, num_samples=2),
    StraightThrough(0.5, num_samples=2),
    Reinforce("optimal", num_samples=2),
]
FEATURES = np.eye(3, dtype="float32")
LABELS = np.array([2, 0, 1])


@keras.saving.register_keras_serializable(package="tests")
def is_wrong(y_true, z):
    """1 where another class than the label was drawn: a step of z."""
    return ops.cast(ops.not_equal(ops.argmax(z, axis=-1), y_true), "float32")


def classifier(loss):
    inputs = keras.Input((3,))
    model = keras.Model(
        inputs, keras.layers.Dense(3, kernel_initializer="zeros")(inputs)
    )
    model.seed_generator = loss.seed_generator
    model.compile(
        keras.optimizers.SGD(3.0), loss=loss, jit_compile=JIT_CHOICES[-1]
    )
    return model


def test_a_cost_without_a_gradient_is_learnt_with_new_draws_every_step():
    loss = ExpectedLoss(is_wrong, Reinforce(num_samples=16), seed=1)
    model = classifier(loss)
    features, labels = np.tile(FEATURES, (40, 1)), np.tile(LABELS, 40)
    model.fit(features, labels, batch_size=3, verbose=0)
    logits = ops.convert_to_numpy(model(FEATURES))
    assert logits.argmax(axis=-1).tolist() == LABELS.tolist()
    # The state of the generator is the seed and the number of its draws.
    state = ops.convert_to_numpy(loss.seed_generator.state.value)
    assert state.tolist() == [1, 40]


def test_a_model_that_is_compiled_with_it_is_saved(archive):
    loss = ExpectedLoss(keras.losses.mean_absolute_error, StraightThrough())
    archive.add("ExpectedLoss", classifier(loss), FEATURES)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX's state")
def test_a_model_that_would_forget_the_seed_is_refused():
    def fit(estimator):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
        model.compile("sgd", loss=ExpectedLoss(is_wrong, estimator))
        model.fit(FEATURES, LABELS, verbose=0)

    with pytest.raises(ValueError, match="`model.seed_generator` must be"):
        fit(Reinforce())
    fit(Enumeration())  # draws nothing


def test_the_loss_of_a_batch_is_the_mean_of_its_rows():
    # Exactly: 1 - p(label), with the second row counting three times.
    logits = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    costs = 1 - p[[0, 1], [2, 0]]
    loss = ExpectedLoss(is_wrong, Enumeration())
    weights = np.array([1.0, 3.0])
    actual = float(loss(LABELS[:2], logits, sample_weight=weights))
    np.testing.assert_allclose(actual, costs @ weights / 2, rtol=1e-5)


@pytest.mark.parametrize(
    "estimator", ESTIMATORS, ids=lambda each: type(each).__name__
)
def test_half_precision_logits_are_drawn_from_in_float32(estimator):
    def chance_of_label(y_true, z):
        return ops.sum(y_true * z, axis=-1)

    logits = ops.cast(FEATURES, "bfloat16")
    loss = ExpectedLoss(chance_of_label, estimator, seed=1)(FEATURES, logits)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    assert 0 <= float(loss) <= 1


@pytest.mark.parametrize(
    "estimator", ESTIMATORS, ids=lambda each: type(each).__name__
)
def test_round_trip(estimator):
    copy = check_config_round_trip(ExpectedLoss(is_wrong, estimator, seed=3))
    assert copy.function is is_wrong
    assert type(copy.estimator) is type(estimator)
