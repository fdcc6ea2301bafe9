"""What holds for each public optimizer, as in Keras' tests of its own."""

import keras
import numpy as np
import pytest

from keras_addons import optimizers
from tests.checks import check_config_round_trip
from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import is_wrapper
from tests.optimizers.catalog import make
from tests.optimizers.catalog import new_variable
from tests.optimizers.catalog import step
from tests.optimizers.catalog import values
from tests.optimizers.training import BACKEND

RANDOM = np.random.default_rng(0)
every_optimizer = pytest.mark.parametrize("name", CLASSES)


def ones():
    return np.ones((2, 2), "float32")


def test_the_catalog_holds_wrappers_and_others():
    assert {is_wrapper(name) for name in CLASSES} == {True, False}
    assert "OptimizerWrapper" not in CLASSES


@every_optimizer
def test_round_trip(name):
    check_config_round_trip(make(name))


@every_optimizer
def test_a_variable_without_gradient_stays_and_is_named(name):
    weights = [new_variable(ones()) for _ in range(2)]
    optimizer = make(name)
    with pytest.warns(UserWarning, match="Gradients do not exist for"):
        # Not a constant: centralization would leave nothing of it.
        optimizer.apply([keras.ops.eye(2), None], weights)
    assert np.any(weights[0].numpy() != 1)
    np.testing.assert_array_equal(weights[1].numpy(), 1.0)


@every_optimizer
def test_no_gradients_at_all_is_an_error(name):
    with pytest.raises(ValueError, match="No gradients provided for any"):
        make(name).apply([None], [new_variable(ones())])


@every_optimizer
def test_constraints_hold_after_a_step(name):
    # Not convex: halfway between two rows of length 1 is none.
    weight = new_variable([[1.0, 0.0], [0.6, 0.8]])
    weight.constraint = keras.constraints.UnitNorm(axis=1)
    optimizer = make(name)
    for gradient in RANDOM.normal(size=(2, 2, 2)):
        step(optimizer, [gradient], [weight])
    lengths = np.linalg.norm(weight.numpy(), axis=1)
    np.testing.assert_allclose(lengths, 1.0, rtol=1e-5)
    assert np.any(np.abs(weight.numpy() - [[1.0, 0.0], [0.6, 0.8]]) > 1e-4)


@every_optimizer
def test_a_variable_to_overwrite_becomes_its_gradient(name):
    weights = [new_variable(ones()), new_variable(ones(), "scale")]
    weights[1].overwrite_with_gradient = True
    optimizer = make(name)
    for factor in (1.0, 2.0):
        step(optimizer, [np.eye(2), factor * 4 * ones()], weights)
    assert np.any(weights[0].numpy() != 1)
    np.testing.assert_array_equal(weights[1].numpy(), 8.0)


@every_optimizer
def test_variables_that_are_frozen_after_build_stay(name):
    weights = [new_variable(ones()) for _ in range(2)]
    optimizer = make(name)
    optimizer.build(weights)
    for _ in range(2):
        optimizer.apply([keras.ops.eye(2)], weights[1:])
    np.testing.assert_array_equal(weights[0].numpy(), 1.0)
    assert np.any(weights[1].numpy() != 1)


@pytest.mark.skipif(BACKEND != "jax", reason="only JAX gives buffers away")
@every_optimizer
def test_no_two_variables_share_a_buffer(name):
    # A compiled step is given each buffer to write into, and may have it once.
    # By hand, twice with a period or an update that ends and once without.
    weights = [new_variable(ones()), new_variable([1.0, 2.0], "bias")]
    gradients = [keras.ops.eye(2), keras.ops.ones(2)]
    optimizer = make(name)
    for _ in range(3):
        optimizer.apply(gradients, weights)
        optimizer.finalize_variable_values(weights)
        arrays = [v.value for v in [*weights, *optimizer.variables]]
        buffers = [a.unsafe_buffer_pointer() for a in [*arrays, *gradients]]
        assert len(set(buffers)) == len(buffers)


@every_optimizer
def test_a_group_without_variables_does_no_harm(name):
    # Its optimizer is never built.
    idle, busy = make(name), keras.optimizers.SGD(1.0)
    both = iter([busy])
    group = keras.optimizers.MultiOptimizer(lambda _: next(both))
    group._inner_optimizers.append(idle)
    weight = new_variable(ones())
    group.apply([keras.ops.ones((2, 2))], [weight])
    group.finalize_variable_values([weight])
    assert len(group.variables) == 4 + len(idle.variables)
    np.testing.assert_array_equal(weight.numpy(), 0.0)


@every_optimizer
def test_a_model_without_trainable_weights_does_no_harm(name):
    optimizer = make(name, options={} if is_wrapper(name) else None)
    optimizer.apply([], [])
    assert int(optimizer.iterations) == 0


@every_optimizer
@pytest.mark.parametrize("clip", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_clipping_is_as_if_the_gradients_had_been_clipped(name, clip):
    # Columns of mean zero, so that centralization changes nothing.
    gradients = [
        np.array([[3.0, -8.0], [-3.0, 8.0]]),
        np.array([[6.0], [-6.0]]),
    ]
    norms = [np.sqrt((each**2).sum()) for each in gradients]
    clipped = {
        "clipnorm": [each / n for each, n in zip(gradients, norms)],
        "clipvalue": [np.clip(each, -1, 1) for each in gradients],
        "global_clipnorm": [each / np.hypot(*norms) for each in gradients],
    }
    results = []
    for arguments, given in ({clip: 1.0}, gradients), ({}, clipped[clip]):
        weights = [new_variable([[1.0, 2.0], [3.0, 4.0]])]
        weights.append(new_variable([[1.0], [2.0]]))
        optimizer = make(name, **arguments)
        for _ in range(2):
            step(optimizer, given, weights)
        results.append(values(weights))
    for actual, expected in zip(*results):
        np.testing.assert_allclose(actual, expected, rtol=1e-5)


@every_optimizer
def test_weights_of_rank_0_to_4_step(name):
    shapes = [(), (3,), (2, 3), (2, 3, 2), (2, 2, 3, 2)]
    names = [f"rank_{len(shape)}" for shape in shapes]
    weights = [
        new_variable(1 + RANDOM.random(shape), name)
        for shape, name in zip(shapes, names)
    ]
    weights.append(new_variable(ones()))
    before = values(weights)
    optimizer = make(name)
    for _ in range(2):
        gradients = [RANDOM.normal(size=each.shape) for each in weights]
        step(optimizer, [np.array(each) for each in gradients], weights)
    for weight, start in zip(weights, before):
        assert weight.numpy().shape == start.shape
        assert np.all(np.isfinite(weight.numpy()))
        assert np.all(weight.numpy() != start)


@every_optimizer
@pytest.mark.parametrize(
    "dtype, outer",
    [
        ("bfloat16", None),
        ("bfloat16", "MasterWeights"),
        ("bfloat16", "StochasticRounding"),
        ("float16", None),
        ("float16", "MasterWeights"),
    ],
)
def test_weights_of_16_bits_move_and_stay_finite(name, dtype, outer):
    roundings = ("MasterWeights", "StochasticRounding")
    if outer and name in (*roundings, "ExponentialMovingAverage"):
        return  # refused
    if (dtype, name) == ("float16", "StochasticRounding"):
        return  # for bfloat16
    inner = keras.optimizers.Adam if outer else keras.optimizers.SGD
    optimizer = make(name, inner=inner)
    if outer:
        optimizer = CLASSES[outer](optimizer)
    starts = [1 + RANDOM.random(shape) for shape in ((), (3, 2), (2, 3, 2))]
    names = ("scalar", "embeddings", "kernel")
    weights = [
        new_variable(start, name, dtype=dtype)
        for start, name in zip(starts, names)
    ]
    before = values(weights)
    for _ in range(3):
        gradients = [0.5 + RANDOM.random(each.shape) for each in weights]
        gradients = [keras.ops.cast(each, dtype) for each in gradients]
        step(optimizer, gradients, weights)
    for weight, start in zip(weights, before):
        weight = weight.numpy().astype("float32")
        assert np.all(np.isfinite(weight))
        assert np.any(weight != start.astype("float32"))


@every_optimizer
def test_a_variable_given_twice_is_an_error(name):
    weight = new_variable(ones())
    gradients = [keras.ops.eye(2)] * 2
    with pytest.raises(ValueError, match="must (match|hold each variable)"):
        optimizer = make(name)
        optimizer.build([weight, weight])
        optimizer.apply(gradients)


@every_optimizer
@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are dense")
def test_sparse_gradients_are_the_dense_ones(name):
    # Row 2 twice, row 0 never; SGD, for which rows without gradient stay.
    import tensorflow as tf

    rows = RANDOM.normal(size=(3, 2)).astype("float32")
    sparse = tf.IndexedSlices(rows, tf.constant([2, 1, 2]), tf.constant([3, 2]))
    dense = np.zeros((3, 2), "float32")
    np.add.at(dense, [2, 1, 2], rows)
    results = []
    for gradient in (sparse, dense):
        weight = new_variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        optimizer = make(name)
        for _ in range(2):
            step(optimizer, [gradient], [weight])
        results.append(weight.numpy())
    np.testing.assert_allclose(*results, rtol=1e-5)


@every_optimizer
@pytest.mark.skipif(BACKEND != "tensorflow", reason="a variable of TensorFlow")
def test_a_variable_of_tensorflow_steps_like_one_of_keras(name):
    import tensorflow as tf

    def native(value, name="embeddings"):
        return tf.Variable(np.array(value, "float32"), name=name)

    results = []
    for new in (new_variable, native):
        weights = [new(ones()), new([1.0, 2.0], "bias")]
        optimizer = make(name)
        for _ in range(2):
            step(
                optimizer,
                [np.array([[1.0, 2.0], [3.0, 5.0]]), [1.0, 2.0]],
                weights,
            )
        optimizer.finalize_variable_values(weights)
        results.append(values(weights))
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-6)
        assert np.any(one != 1)


@every_optimizer
def test_a_float8_model_is_loaded_with_its_state(name, tmp_path):
    if BACKEND == "tensorflow" and name not in ("EGDD", "GradientAccumulation"):
        pytest.skip("TensorFlow traces these steps for seconds")
    ids, targets = np.array([[0, 1], [2, 3]]), np.ones((2, 16), "float32")
    inputs = keras.Input((2,), dtype="int32")
    features = keras.layers.Embedding(4, 8)(inputs)
    features = keras.layers.GlobalAveragePooling1D()(features)
    model = keras.Model(inputs, keras.layers.Dense(16)(features))
    model.layers[-1].quantize("float8")
    # Float8 of Keras on TensorFlow needs a graph.
    how = {"run_eagerly": BACKEND != "tensorflow", "jit_compile": False}
    model.compile(make(name), "mse", **how)
    model.train_on_batch(ids, targets)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    for each in (model, copy):
        each.train_on_batch(ids, targets)
    np.testing.assert_allclose(
        *(each.predict(ids, verbose=0) for each in (model, copy)), rtol=1e-5
    )


@every_optimizer
def test_loss_scaling_skips_what_is_not_finite(name):
    weights = [new_variable(ones()), new_variable([1.0], "bias")]
    inner = make(name)
    optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=4.0)
    step(optimizer, [4 * np.eye(2), [4.0]], weights)
    before = values(weights + inner.variables)
    step(optimizer, [np.array([[1.0, np.inf], [np.nan, 1.0]]), [4.0]], weights)
    after = values(weights + inner.variables)
    for one, other in zip(before, after):
        np.testing.assert_array_equal(one, other)
    assert float(optimizer.dynamic_scale.numpy()) == 2.0  # half of 4
    step(optimizer, [2 * np.eye(2), [2.0]], weights)
    assert int(inner.iterations) == 2


@pytest.mark.parametrize(
    "name", ["GradientAccumulation", "AccumulatedAdam", "AccumulatedSGD"]
)
def test_a_micro_batch_that_is_skipped_is_made_up_for(name):
    # 1, infinite, 3: the update is the one on 1 and 3.
    results = []
    for micro_batches in ([1.0, np.inf, 3.0], [1.0, 3.0]):
        weight = new_variable([[8.0]])
        inner = make(name, options={"steps": 2})
        optimizer = keras.optimizers.LossScaleOptimizer(inner, 1.0)
        for value in micro_batches:
            scale = optimizer.dynamic_scale.numpy() if optimizer.built else 1.0
            step(optimizer, [np.array([[value * scale]])], [weight])
        assert int(inner.iterations) == 1
        results.append(weight.numpy())
    np.testing.assert_array_equal(*results)


def test_without_loss_scaling_nan_passes_through_an_update_and_no_further():
    # SGD without momentum keeps nothing, and no wrapper may: the sums of an
    # accumulation start anew.
    weight = new_variable([[1.0]])
    optimizer = optimizers.GradientAccumulation(keras.optimizers.SGD(1.0), 2)
    for value in (np.nan, 1.0):
        step(optimizer, [np.array([[value]])], [weight])
    assert np.isnan(weight.numpy())
    weight.assign([[1.0]])
    for value in (1.0, 3.0):
        step(optimizer, [np.array([[value]])], [weight])
    np.testing.assert_array_equal(weight.numpy(), [[-1.0]])
