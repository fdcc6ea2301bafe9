import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.optimizers import AdaFactor
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.optimizers.adafactor_problems import random_problem
from tests.optimizers.adafactor_problems import steps

BACKEND = keras.backend.backend()


def make_model(optimizer, jit_compile=False):
    """Eager on TensorFlow but for XLA: tracing takes longer than the steps."""
    keras.utils.set_random_seed(7)
    inputs = keras.Input((5,), dtype="int32")
    hidden = keras.layers.Embedding(11, 6)(inputs)
    hidden = keras.layers.Conv1D(8, 2, activation="tanh")(hidden)
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(hidden))
    model = keras.Model(inputs, outputs)
    eagerly = BACKEND == "tensorflow" and not jit_compile
    model.compile(
        optimizer, loss="mse", jit_compile=jit_compile, run_eagerly=eagerly
    )
    return model


def batches():
    random = np.random.default_rng(1)
    ids = random.integers(0, 11, (16, 5))  # repeats in every batch
    return ids, ids.sum(axis=-1, keepdims=True) / 25


def fit(model, epochs, **options):
    ids, targets = batches()
    return model.fit(
        ids,
        targets,
        batch_size=8,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        **options,
    ).history


def weights_of(model):
    return np.concatenate([np.ravel(w) for w in model.get_weights()])


@pytest.mark.parametrize(
    "policy, beta_1, jit_compile",
    [("float32", 0.0, JIT_CHOICES[-1]), ("mixed_bfloat16", 0.9, False)],
)
def test_fit_lowers_the_loss(policy, beta_1, jit_compile):
    keras.config.set_dtype_policy(policy)
    optimizer = AdaFactor(0.05, beta_1, min_dim_size_to_factor=2)
    losses = fit(make_model(optimizer, jit_compile), epochs=15)["loss"]
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.skipif(BACKEND != "tensorflow", reason="IndexedSlices are TF's")
def test_repeated_ids_are_summed_before_they_are_squared():
    # The dense route to the same gradient: one-hot times the table.
    class OneHot(keras.layers.Embedding):
        def call(self, inputs):
            one_hot = ops.one_hot(inputs, self.input_dim)
            return ops.matmul(one_hot, self._embeddings)

    results = []
    for layer in (keras.layers.Embedding, OneHot):
        keras.utils.set_random_seed(7)
        model = keras.Sequential([layer(11, 6), keras.layers.Flatten()])
        optimizer = AdaFactor(0.1, min_dim_size_to_factor=6)
        model.compile(optimizer, loss="mse", run_eagerly=True)
        ids, _ = batches()
        targets = np.ones((16, 30))
        model.fit(ids, targets, batch_size=8, shuffle=False, verbose=0)
        results.append(weights_of(model))
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": None, "multiply_by_parameter_scale": False},
        {"beta_1": 0.9, "beta_2": 0.99, "weight_decay": 0.1, "clipnorm": 1.0},
        {"use_ema": True, "clip_threshold": None, "name": "mine"},
    ],
)
def test_saved_and_loaded_it_goes_on_as_if_never_stopped(options, tmp_path):
    options = {"min_dim_size_to_factor": 2, **options}
    whole, model = (make_model(AdaFactor(**options)) for _ in range(2))
    for _ in range(2):  # twice: each fit ends with the average, if any
        fit(whole, epochs=1)
    fit(model, epochs=1)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    fit(loaded, epochs=1)
    np.testing.assert_allclose(
        weights_of(loaded), weights_of(whole), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize("learning_rate", [0.25, None])
def test_config_round_trip(learning_rate):
    optimizer = AdaFactor(
        learning_rate,
        beta_1=0.5,
        beta_2=0.75,
        epsilon_1=1e-20,
        epsilon_2=0.5,
        clip_threshold=2.0,
        multiply_by_parameter_scale=False,
        min_dim_size_to_factor=32,
        weight_decay=0.125,
    )
    copy = check_config_round_trip(optimizer)
    assert copy.get_config()["learning_rate"] == learning_rate
    assert copy.get_config()["epsilon_2"] == 0.5


@pytest.mark.parametrize("factor, scaled", [(1, True), (0.05, False)])
def test_relative_step_by_hand(factor, scaled):
    # min(0.01, 1 / sqrt(t)) is 0.01 up to t = 10000; 0.005 at t = 40000.
    optimizer = AdaFactor(None, multiply_by_parameter_scale=scaled)
    gradient = np.ones(2, "float32")
    trajectory = steps(optimizer, np.zeros(2, "float32"), [gradient])
    scale = 1e-3 if scaled else 1.0
    np.testing.assert_allclose(trajectory, -0.01 * factor * scale, rtol=1e-6)
    optimizer.iterations.assign(39999)
    assert float(optimizer.learning_rate) == pytest.approx(0.005 * factor)


def test_relative_step_gives_way_to_a_schedule_not_to_a_number():
    optimizer = AdaFactor(None)
    with pytest.raises(ValueError, match="`learning_rate` .* Received: 0.1"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(0.5, 9)
    assert float(optimizer.learning_rate) == 0.5
    assert optimizer.get_config()["learning_rate"]["config"]["decay_steps"] == 9


def test_schedule_gives_the_rate_of_every_step():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay(
        [0, 1], [0.5, 0.25, 0.125]
    )
    optimizer = AdaFactor(schedule, multiply_by_parameter_scale=False)
    gradients = np.ones((3, 2), "float32")
    actual = steps(optimizer, np.zeros(2, "float32"), gradients)[:, 0]
    np.testing.assert_allclose(actual, [-0.5, -0.75, -0.875], rtol=1e-6)


def test_callback_sets_the_rate():
    callback = keras.callbacks.LearningRateScheduler(lambda epoch: 0.0)
    model = make_model(AdaFactor(0.1))
    before = weights_of(model)
    fit(model, epochs=1, callbacks=[callback])
    np.testing.assert_array_equal(weights_of(model), before)


def test_weight_decay_is_decoupled():
    # w = 1 - 0.1 * 0.5 * 1, then a step of 0.1 against the sign of g.
    optimizer = AdaFactor(
        0.1, multiply_by_parameter_scale=False, weight_decay=0.5
    )
    gradient = np.array([3.0, -3.0], "float32")
    actual = steps(optimizer, np.ones(2, "float32"), [gradient])
    np.testing.assert_allclose(actual[0], [0.85, 1.05], rtol=1e-6)


def test_bfloat16_weights_follow_the_float32_ones():
    weight, gradients = random_problem((6, 8))
    half = ops.cast(weight, "bfloat16")
    variable = keras.Variable(half, dtype="bfloat16")
    optimizer = AdaFactor(0.05, min_dim_size_to_factor=6)
    for gradient in gradients:
        optimizer.apply([ops.cast(gradient, "bfloat16")], [variable])
    assert keras.backend.standardize_dtype(variable.dtype) == "bfloat16"
    expected = steps(
        AdaFactor(0.05, min_dim_size_to_factor=6), weight, gradients
    )
    actual = ops.convert_to_numpy(ops.cast(variable, "float32"))
    # Five roundings of 2^-9 of weights up to 3.
    np.testing.assert_allclose(actual, expected[-1], atol=5 * 3 * 2**-9)


def test_weight_without_entries_does_no_harm():
    weight = np.zeros((0, 4), "float32")
    assert steps(AdaFactor(), weight, [weight]).shape == (1, 0, 4)


@pytest.mark.parametrize(
    "name, value",
    [
        ("learning_rate", -0.1),
        ("learning_rate", "fast"),
        ("beta_1", 1.0),
        ("beta_2", -0.5),
        ("epsilon_1", 0.0),
        ("epsilon_2", float("nan")),
        ("clip_threshold", 0),
        ("min_dim_size_to_factor", 0),
        ("beta_1", None),
    ],
)
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        AdaFactor(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(BACKEND != "jax", reason="keras.distribution is JAX's")
def test_a_layout_for_kernels_is_not_taken_for_that_of_their_factors():
    # The pattern matches `heads_kernel_rows`, too.
    devices = keras.distribution.list_devices()[:1]
    mesh = keras.distribution.DeviceMesh((1, 1), ("batch", "model"), devices)
    layouts = keras.distribution.LayoutMap(mesh)
    layouts[".*kernel.*"] = (None, "model", None)
    keras.distribution.set_distribution(
        keras.distribution.ModelParallel(
            layout_map=layouts, batch_dim_name="batch"
        )
    )
    try:
        layer = keras.layers.EinsumDense("ab,bcd->acd", (2, 3), name="heads")
        layer.build((None, 6))
        optimizer = AdaFactor(0.1, 0.9, min_dim_size_to_factor=3)
        optimizer.build([layer.kernel])
    finally:
        keras.distribution.set_distribution(None)
    rows, columns, first_moment = optimizer.variables[2:]
    assert tuple(rows._layout.axes) == (None, None)
    assert tuple(columns._layout.axes) == (None, None)
    assert tuple(first_moment._layout.axes) == (None, "model", None)
