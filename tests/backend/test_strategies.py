"""Strategies of tf.distribute that were not shown to work are refused."""

import keras
import pytest

from keras_addons import backend
from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import is_wrapper
from tests.optimizers.catalog import make
from tests.optimizers.catalog import new_variable
from tests.optimizers.training import BACKEND

if BACKEND != "tensorflow":
    pytest.skip("tf.distribute is TensorFlow's", allow_module_level=True)

import tensorflow as tf

from keras_addons.backend.tensorflow.devices import is_supported
from tests.strategies import mirrored_strategy

REFUSED = {
    "MultiWorkerMirroredStrategy": tf.distribute.MultiWorkerMirroredStrategy,
    "CentralStorageStrategy": lambda: (
        tf.distribute.experimental.CentralStorageStrategy(["CPU:0", "CPU:1"])
    ),
    "OneDeviceStrategy": lambda: tf.distribute.OneDeviceStrategy("CPU:0"),
}


@pytest.fixture(scope="module", params=REFUSED)
def refused(request):
    return request.param, REFUSED[request.param]()


@pytest.mark.parametrize("name", CLASSES)
def test_building_in_its_scope_names_what_works(name, refused):
    strategy_name, strategy = refused
    message = (
        rf"was not shown to work under tf.distribute.{strategy_name}\. .*"
        "MirroredStrategy.*JAX backend with keras.distribution.initialize"
    )
    with strategy.scope():
        variable = new_variable([[1.0]])
        with pytest.raises(ValueError, match=message):
            make(name).build([variable])


@pytest.mark.parametrize("name", [*filter(is_wrapper, CLASSES)])
def test_a_wrapper_is_refused_at_construction(name, refused):
    inner = keras.optimizers.SGD(0.1)
    with refused[1].scope(), pytest.raises(ValueError, match="not shown to"):
        make(name, inner=lambda rate: inner)


@pytest.mark.parametrize("refused", [*REFUSED][:2], indirect=True)
@pytest.mark.parametrize("name", CLASSES)
def test_weights_made_in_its_scope_are_enough(name, refused):
    # On one device they do not know of it; the optimizer is outside.
    optimizer = make(name)
    with refused[1].scope():
        variable = new_variable([[1.0]])
    with pytest.raises(ValueError, match="not shown to work"):
        optimizer.build([variable])


@pytest.mark.parametrize(
    "refused",
    [tf.distribute.ParameterServerStrategy, tf.distribute.TPUStrategy],
)
def test_strategies_for_machines_that_are_not_here_are_refused(refused):
    # By class: an instance needs a cluster, or a TPU.
    assert not is_supported(refused)


def test_mirrored_strategy_and_none_at_all_are_for_all_but_one():
    for name in {*CLASSES} - {"StochasticRounding"}:
        backend.raise_if_strategy_unsupported(
            make(name), [new_variable([[1.0]])]
        )
        with mirrored_strategy().scope():
            variables = [new_variable([[1.0]])]
            backend.raise_if_strategy_unsupported(make(name), variables)
