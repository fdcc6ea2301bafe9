import itertools
import zipfile

import h5py
import keras
import numpy as np
import pytest

from keras_addons.optimizers import ExponentialMovingAverage
from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import LazyOptimizer
from keras_addons.optimizers import Lookahead
from keras_addons.optimizers import OptimizerWrapper
from tests.archive import train as train_on
from tests.checks import check_config_round_trip
from tests.optimizers.training import BATCHES
from tests.optimizers.training import IDS
from tests.optimizers.training import JIT_CHOICES
from tests.optimizers.training import TARGETS
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import new_model
from tests.optimizers.training import state_of
from tests.optimizers.training import trained

WRAPPERS = {
    "accumulation": lambda inner: GradientAccumulation(inner, steps=2),
    "lookahead": lambda inner: Lookahead(inner, sync_period=3),
    "lazy": LazyOptimizer,
}
# Every order of one, two and three wrappers with the lazy one innermost.
NESTINGS = [
    names
    for count in (1, 2, 3)
    for names in itertools.permutations(WRAPPERS, count)
    if "lazy" not in names[:-1]
]


def nested(names, inner):
    for name in reversed(names):
        inner = WRAPPERS[name](inner)
    return inner


THREE_DEEP = ("lookahead", "accumulation", "lazy")


@pytest.mark.parametrize("names", NESTINGS, ids="-".join)
def test_iterations_count_the_updates_of_the_innermost(names):
    # XLA once; compiling takes its time.
    how = {"run_eagerly": True}
    if names == THREE_DEEP:
        how = {"jit_compile": JIT_CHOICES[-1]}
    model = trained(nested(names, "adam"), **how)  # 8 micro-batches
    updates = 4 if "accumulation" in names else 8
    optimizer = model.optimizer
    while hasattr(optimizer, "inner_optimizer"):
        assert optimizer.iterations.numpy() == updates
        optimizer = optimizer.inner_optimizer
    assert optimizer.iterations.numpy() == updates


@pytest.mark.parametrize("names", NESTINGS, ids="-".join)
def test_a_file_holds_each_variable_of_the_state_once(names, tmp_path):
    model = trained(nested(names, "adam"), epochs=1, run_eagerly=True)
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        archive.extract("model.weights.h5", tmp_path)
    is_variable = []
    with h5py.File(tmp_path / "model.weights.h5") as file:
        file["optimizer"].visititems(
            lambda _, node: is_variable.append(isinstance(node, h5py.Dataset))
        )
    assert sum(is_variable) == len(model.optimizer.variables)


def test_mixed_float16_wraps_the_outermost_and_trains():
    keras.config.set_dtype_policy("mixed_float16")
    model = trained(nested(THREE_DEEP, "adam"))
    assert type(model.optimizer) is keras.optimizers.LossScaleOptimizer
    assert model.optimizer.iterations.numpy() == 4
    keras.config.set_dtype_policy("float32")
    exact = trained(nested(THREE_DEEP, "adam"))
    assert_same_weights(model, exact, tolerance=1e-3)  # float16 has 2 ** -11


@pytest.mark.parametrize("names", [("accumulation",), ("lookahead",)])
def test_loss_scale_of_the_inner_optimizer_cancels(names):
    scaled = keras.optimizers.SGD(0.1, loss_scale_factor=64.0)
    model = dense_trained(nested(names, scaled))
    plain = dense_trained(nested(names, keras.optimizers.SGD(0.1)))
    assert model.optimizer.loss_scale_factor == 64.0
    assert_same_weights(model, plain)


def dense_trained(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", run_eagerly=True)
    model.fit(IDS / 8, TARGETS, shuffle=False, verbose=0)
    return model


def test_the_average_replaces_the_weights_at_the_end_of_fit():
    inner = keras.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.5)
    model = trained(nested(("lookahead", "accumulation"), inner))
    for weight, average in zip(
        model.trainable_variables, state_of(inner, "average")
    ):
        np.testing.assert_array_equal(weight.numpy(), average.numpy())


def test_wrappers_work_inside_a_multi_optimizer():
    lazy = nested(("accumulation", "lazy"), "adam")
    rest = nested(("lookahead", "accumulation"), "sgd")
    model = trained(
        keras.optimizers.MultiOptimizer(
            lambda variable: lazy if "table" in variable.path else rest
        )
    )
    assert lazy.iterations.numpy() == rest.iterations.numpy() == 4
    for weight, start in zip(model.get_weights(), new_model().get_weights()):
        assert np.any(weight != start)


def test_accumulation_around_a_multi_optimizer_is_the_large_batch():
    def new():
        adam, sgd = keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.1)
        return keras.optimizers.MultiOptimizer(
            lambda variable: adam if "bias" in variable.path else sgd
        )

    small = trained(GradientAccumulation(new(), steps=2))
    assert_same_weights(small, trained(new(), batch_size=16))


def test_weights_excluded_from_decay_are_excluded_inside():
    # 2 - 0.5 * 0.5 * 2 = 1.5 for the kernel.
    kernel = keras.Variable([2.0], name="kernel")
    bias = keras.Variable([2.0], name="bias")
    optimizer = Lookahead(keras.optimizers.SGD(0.5, weight_decay=0.5))
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.apply([keras.ops.zeros(1)] * 2, [kernel, bias])
    assert [float(each.numpy()[0]) for each in (kernel, bias)] == [1.5, 2.0]


def test_set_weights_restores_the_whole_state():
    model = trained(nested(THREE_DEEP, "adam"))
    optimizer = nested(THREE_DEEP, "adam")
    optimizer.build(new_model().trainable_variables)
    state = [variable.numpy() for variable in model.optimizer.variables]
    optimizer.set_weights(state)
    for variable, value in zip(optimizer.variables, state):
        np.testing.assert_array_equal(variable.numpy(), value)
    with pytest.raises(ValueError, match="`weights` must hold"):
        optimizer.set_weights(state[1:])


@pytest.mark.parametrize("names", NESTINGS, ids="-".join)
def test_building_twice_adds_no_state(names):
    optimizer = nested(names, "adam")
    variables = new_model().trainable_variables
    optimizer.build(variables)
    state = optimizer.variables
    optimizer.build(variables)
    assert [id(v) for v in optimizer.variables] == [id(v) for v in state]


@pytest.mark.parametrize("names", NESTINGS, ids="-".join)
def test_round_trip(names):
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    check_config_round_trip(nested(names, keras.optimizers.AdamW(schedule)))


def test_the_config_names_no_class_of_one_backend():
    # On torch Keras writes `keras.src.backend.torch...`, for which JAX would
    # take torch's Adam if torch is there, and find nothing if not.
    config = nested(THREE_DEEP, "adam").get_config()
    while "inner_optimizer" in config:
        config, inner = config["inner_optimizer"]["config"], config
    assert inner["inner_optimizer"]["module"] == "keras.optimizers"
    assert inner["inner_optimizer"]["registered_name"] is None


@pytest.mark.parametrize(
    "nesting",
    [
        lambda: Lookahead(Lookahead("adam")),
        lambda: Lookahead(GradientAccumulation(Lookahead("adam"), 2)),
        lambda: GradientAccumulation(GradientAccumulation("adam", 2), 2),
    ],
)
def test_the_same_wrapper_twice_is_refused(nesting):
    with pytest.raises(ValueError, match="already holds a"):
        nesting()


def test_loss_scaling_belongs_outside():
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    with pytest.raises(ValueError, match="must be the outermost"):
        Lookahead(scaled)


@pytest.mark.parametrize("inner", ["adamm", 3, None])
def test_what_is_not_an_optimizer_is_refused(inner):
    with pytest.raises((ValueError, TypeError)):
        Lookahead(inner)


def test_a_variable_that_was_not_built_is_refused():
    optimizer = nested(THREE_DEEP, "adam")
    optimizer.build(new_model().trainable_variables)
    other = keras.Variable([1.0])
    with pytest.raises(ValueError, match="Unknown variable"):
        optimizer.apply([keras.ops.ones(1)], [other])


def test_apply_without_variables_needs_a_build():
    with pytest.raises(ValueError, match="needs a built optimizer"):
        Lookahead("adam").apply([keras.ops.ones(1)])


def saved_weights(optimizer, path, train=True):
    model = new_model()
    model.compile(optimizer, "mse", run_eagerly=True)
    if train:
        train_on(model, BATCHES[:3])
    model.save_weights(path)
    return model


def state(optimizer):
    return [np.array(variable.numpy()) for variable in optimizer.variables]


@pytest.mark.parametrize("names", NESTINGS, ids="-".join)
def test_weights_load_into_a_fresh_model_and_the_state_is_skipped(
    names, tmp_path
):
    # As Keras' optimizers do, which are not built yet either.
    path = tmp_path / "model.weights.h5"
    model = saved_weights(nested(names, "adam"), path)
    fresh = new_model(seed=1)
    fresh.compile(nested(names, "adam"), "mse", run_eagerly=True)
    with pytest.warns(UserWarning, match="Skipping variable loading") as caught:
        fresh.load_weights(path)
    assert any("it has no state yet" in str(each.message) for each in caught)
    assert_same_weights(fresh, model, tolerance=0)
    train_on(fresh, BATCHES[3:5])
    assert fresh.optimizer.iterations.numpy() == (
        1 if "accumulation" in names else 2
    )


@pytest.mark.parametrize("names", NESTINGS, ids="-".join)
def test_weights_load_with_the_state_into_a_built_optimizer(names, tmp_path):
    path = tmp_path / "model.weights.h5"
    model = saved_weights(nested(names, "adam"), path)
    fresh = new_model(seed=1)
    fresh.compile(nested(names, "adam"), "mse", run_eagerly=True)
    fresh.optimizer.build(fresh.trainable_variables)
    fresh.load_weights(path)
    for one, other in zip(state(fresh.optimizer), state(model.optimizer)):
        np.testing.assert_array_equal(one, other)


def test_the_state_of_another_optimizer_is_skipped_and_named(tmp_path):
    # An average and a sum of each weight: as many variables of equal shapes.
    path = tmp_path / "model.weights.h5"
    saved_weights(ExponentialMovingAverage("sgd"), path)
    fresh = new_model()
    fresh.compile(GradientAccumulation("sgd", 2), "mse", run_eagerly=True)
    fresh.optimizer.build(fresh.trainable_variables)
    with pytest.warns(UserWarning, match="state of ExponentialMovingAverage"):
        fresh.load_weights(path)
    assert not fresh.optimizer.has_left_overs()


@pytest.mark.parametrize("names", [("accumulation",), ("lookahead",)])
def test_the_state_of_a_keras_optimizer_is_skipped(names, tmp_path):
    # SGD with momentum has as many variables as accumulation in version 0.1.
    path = tmp_path / "model.weights.h5"
    saved_weights(keras.optimizers.SGD(0.1, momentum=0.9), path)
    fresh = new_model()
    fresh.compile(nested(names, "sgd"), "mse", run_eagerly=True)
    fresh.optimizer.build(fresh.trainable_variables)
    before = state(fresh.optimizer)
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        fresh.load_weights(path)
    for one, other in zip(state(fresh.optimizer), before):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("names", [("accumulation",), ("lookahead",)])
def test_a_model_with_a_layer_frozen_since_is_loaded_without_state(
    names, tmp_path
):
    model = saved_weights(nested(names, "adam"), tmp_path / "some.weights.h5")
    model.get_layer("table").trainable = False
    model.save(tmp_path / "model.keras")
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        copy = keras.models.load_model(tmp_path / "model.keras")
    assert_same_weights(copy, model, tolerance=0)
    train_on(copy, BATCHES[3:5])


def test_a_wrapper_must_define_its_rule():
    with pytest.raises(TypeError, match="abstract method '?update"):
        OptimizerWrapper("adam")
