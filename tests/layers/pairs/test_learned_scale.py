import keras
import numpy as np
import pytest

from keras_addons.layers import LearnedScale
from keras_addons.losses import InBatchContrastive
from keras_addons.losses import SupervisedContrastive
from keras_addons.losses import TwoTowerContrastive
from tests.arrays import normal
from tests.checks import check_layer
from tests.gradients import value_and_gradients
from tests.losses.cases import value

LOSSES = {
    InBatchContrastive: normal(8, 5),
    SupervisedContrastive: normal(8, 5),
    TwoTowerContrastive: normal(8, 3, 5),
}
CLASSES = np.repeat([0, 1, 2, 3], 2)


def test_shared_checks(archive):
    check_layer(lambda: LearnedScale(10.0, 50.0), normal(4, 3, 5), archive)


@pytest.mark.parametrize("loss", LOSSES)
def test_scaled_dot_products_are_cosines_over_the_temperature(loss):
    scaled = LearnedScale(20.0)(LOSSES[loss])
    np.testing.assert_allclose(
        value(loss(temperature=None), CLASSES, scaled),
        value(loss(temperature=1 / 20), CLASSES, LOSSES[loss]),
        rtol=1e-5,
    )


def learned(optimizer, embeddings, **options):
    layer = LearnedScale(**options)
    model = keras.Sequential([keras.Input((5,)), layer])
    loss = SupervisedContrastive(temperature=None)
    model.compile(optimizer, loss, run_eagerly=True)
    model.train_on_batch(embeddings, CLASSES)
    return np.exp(layer.log_scale.numpy())


def test_the_temperature_takes_the_gradient_of_the_loss():
    # SGD(1): log_scale less dL/dlog_scale, L as a function of the temperature.
    embeddings = normal(8, 5)
    _, (gradient,) = value_and_gradients(
        lambda log_scale: SupervisedContrastive(temperature=None)(
            CLASSES,
            keras.ops.exp(log_scale / 2)
            * keras.ops.normalize(embeddings, axis=-1),
        ),
        np.log(np.float32(2.0)),
    )
    assert abs(gradient) > 0.01
    scale = learned(keras.optimizers.SGD(1.0), embeddings, initial_scale=2.0)
    np.testing.assert_allclose(np.log(scale), np.log(2) - gradient, rtol=1e-5)


def test_perfect_embeddings_cool_down_and_random_ones_warm_up():
    perfect = np.eye(5, dtype="float32")[CLASSES]
    assert learned("adam", perfect, initial_scale=5.0) > 5
    assert learned("adam", normal(8, 5), initial_scale=5.0) < 5


def test_the_scale_is_cut_at_its_maximum():
    # Adam's first step is its learning rate: log(5) + 4 > log(100).
    perfect = np.eye(5, dtype="float32")[CLASSES]
    scale = learned(keras.optimizers.Adam(4.0), perfect, initial_scale=5.0)
    np.testing.assert_allclose(scale, 100.0, rtol=1e-5)


def test_zeros_stay_zeros():
    scaled = LearnedScale()(np.zeros((2, 3), "float32"))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(scaled), 0)


def test_bad_scale_raises():
    with pytest.raises(ValueError, match="`initial_scale` must be in"):
        LearnedScale(initial_scale=200.0)
