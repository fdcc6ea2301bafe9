import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import AccumulatedAdam
from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import LearningRateMultiplier
from keras_addons.optimizers import Lookahead
from keras_addons.optimizers import WeightDecay
from tests.checks import check_config_round_trip
from tests.optimizers.training import BACKEND
from tests.optimizers.training import IDS
from tests.optimizers.training import JIT_CHOICES
from tests.optimizers.training import TARGETS
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import steps

SCHEDULE = keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.5)
INNER = {
    "adam": lambda: keras.optimizers.Adam(0.01),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "clipnorm": lambda: keras.optimizers.Adam(0.01, clipnorm=0.02),
    "global_clipnorm": lambda: keras.optimizers.SGD(0.1, global_clipnorm=0.02),
    "schedule": lambda: keras.optimizers.SGD(SCHEDULE, momentum=0.9),
    "use_ema": lambda: keras.optimizers.Adam(0.01, use_ema=True),
}


def dense_model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(4, activation="tanh"),
            keras.layers.Dense(1),
        ]
    )


def trained(
    optimizer, batch_size, jit_compile=False, num_examples=32, epochs=2
):
    model = dense_model()
    # Eagerly on TensorFlow but for XLA: tracing takes longer than these steps.
    eagerly = BACKEND == "tensorflow" and not jit_compile
    model.compile(
        optimizer, "mse", jit_compile=jit_compile, run_eagerly=eagerly
    )
    model.fit(
        IDS[:num_examples] / 8,
        TARGETS[:num_examples],
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )
    return model


@pytest.mark.parametrize("inner", INNER)
def test_four_micro_batches_equal_the_large_batch(inner):
    # XLA for the one that clips; compiling takes its time.
    jit_compile = JIT_CHOICES[-1] if inner == "clipnorm" else False
    large = trained(INNER[inner](), 16, jit_compile)
    accumulated = GradientAccumulation(INNER[inner](), steps=4)
    small = trained(accumulated, 4, jit_compile)
    assert_same_weights(small, large)
    assert small.optimizer.iterations.numpy() == 4


def test_weights_stay_between_updates():
    gradients = np.ones((2, 3))
    optimizer = GradientAccumulation(keras.optimizers.SGD(1.0), steps=3)
    np.testing.assert_array_equal(steps(optimizer, gradients, [5.0] * 3), 5.0)


def test_one_update_on_the_mean_by_hand():
    # (1 + 2 + 6) / 3 = 3, then 1 is left waiting: 10 - 3 = 7.
    optimizer = GradientAccumulation(keras.optimizers.SGD(1.0), steps=3)
    assert steps(optimizer, [[1.0], [2.0], [6.0], [1.0]], [10.0]) == [7.0]


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.integers(1, 5),
    st.lists(st.floats(-8, 8, width=32), min_size=1, max_size=12),
    st.sampled_from(["sgd", "adam", "lion"]),
)
def test_updates_are_those_of_the_inner_optimizer_on_means(k, values, inner):
    # And between updates the weight stays, bit by bit.
    accumulated = GradientAccumulation(inner, steps=k)
    plain = keras.optimizers.get(inner)
    actual, expected = keras.Variable([1.0]), keras.Variable([1.0])
    for t, value in enumerate(values, start=1):
        before = actual.numpy().copy()
        accumulated.apply([ops.array([value], "float32")], [actual])
        if t % k:
            np.testing.assert_array_equal(actual.numpy(), before)
            continue
        mean = np.mean(values[t - k : t], dtype="float32")
        plain.apply([ops.array([mean], "float32")], [expected])
        np.testing.assert_allclose(
            actual.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6
        )


def test_one_step_is_the_inner_optimizer():
    gradients = np.random.default_rng(0).normal(size=(5, 3))
    wrapped = steps(GradientAccumulation("adam", 1), gradients, [1.0] * 3)
    plain = steps(keras.optimizers.Adam(), gradients, [1.0] * 3)
    np.testing.assert_allclose(wrapped, plain, rtol=1e-6)


def test_left_overs_are_applied_with_their_own_mean():
    # 2 epochs of 5 micro-batches: updates after 4 and 8, then the last 2,
    # which the plain loop below takes as one batch.
    left_over = trained(
        GradientAccumulation(keras.optimizers.SGD(0.1), 4), 4, num_examples=20
    )
    batches = [IDS[i : i + 4] / 8 for i in range(0, 20, 4)] * 2
    targets = [TARGETS[i : i + 4] for i in range(0, 20, 4)] * 2
    model = dense_model()
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
    for group in (slice(0, 4), slice(4, 8), slice(8, 10)):
        model.train_on_batch(
            np.concatenate(batches[group]), np.concatenate(targets[group])
        )
    assert_same_weights(left_over, model)
    assert left_over.optimizer.iterations.numpy() == 3


def test_left_overs_pass_through_the_rules_of_outer_wrappers():
    # One micro-batch of two: an update that a factor of 0 must not let pass
    # to the kernels, and that ends a period of Lookahead.
    inner = GradientAccumulation(keras.optimizers.SGD(1.0), steps=2)
    frozen = LearningRateMultiplier(inner, {"kernel": 0})
    model = trained(Lookahead(frozen, 1, 0.5), 32, num_examples=32, epochs=1)
    inner = GradientAccumulation(keras.optimizers.SGD(1.0), steps=2)
    free = trained(inner, 32, num_examples=32, epochs=1)
    for weight, alone, start in zip(
        model.weights, free.weights, dense_model().weights
    ):
        half = (alone.numpy() + start.numpy()) / 2
        expected = start.numpy() if "kernel" in weight.path else half
        np.testing.assert_allclose(weight.numpy(), expected, atol=1e-6)
    assert model.optimizer.iterations.numpy() == 1


def test_sums_are_float32_under_bfloat16_weights():
    # In bfloat16 256 + 1 is 256, so there 15 ones would not count: 32 - 16.
    # The mean is 271 / 16, in bfloat16 17: 32 - 17; torch rounds at the end.
    weight = keras.Variable([32.0], dtype="bfloat16")
    optimizer = GradientAccumulation(keras.optimizers.SGD(1.0), steps=16)
    for gradient in [256.0] + [1.0] * 15:
        gradient = keras.ops.full((1,), gradient, dtype="bfloat16")
        optimizer.apply([gradient], [weight])
    weight = keras.ops.cast(keras.ops.stop_gradient(weight.value), "float32")
    assert keras.ops.convert_to_numpy(weight)[0] in (15.0, 32 - 271 / 16)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_a_gradient_that_a_micro_batch_lacks_counts_as_zero():
    # Means 1 and (4 + 0) / 2; then 1 and (0 + 6) / 2.
    weights = [keras.Variable([0.0]), keras.Variable([0.0])]
    optimizer = GradientAccumulation(keras.optimizers.SGD(1.0), steps=2)
    for gradient in (4.0, None, None, 6.0):
        gradient = gradient and ops.full((1,), gradient)
        optimizer.apply([ops.ones(1), gradient], weights)
    assert [weight.numpy()[0] for weight in weights] == [-2.0, -5.0]


def test_a_micro_batch_without_any_gradient_is_an_error():
    # At once, not when the update comes.
    optimizer = GradientAccumulation("sgd", steps=2)
    with pytest.raises(ValueError, match="No gradients provided for any"):
        optimizer.apply([None], [keras.Variable([1.0])])


def test_a_statistic_that_overwrites_keeps_its_largest_value():
    weights = [keras.Variable([1.0]), keras.Variable([1.0])]
    weights[1].overwrite_with_gradient = True
    optimizer = GradientAccumulation(keras.optimizers.SGD(1.0), steps=2)
    for statistic in (5.0, 3.0):
        gradients = [keras.ops.ones(1), keras.ops.full((1,), statistic)]
        optimizer.apply(gradients, weights)
    assert [weight.numpy()[0] for weight in weights] == [0.0, 5.0]


def test_round_trip():
    copy = check_config_round_trip(GradientAccumulation("adam", steps=3))
    assert copy.steps == 3


@pytest.mark.parametrize("steps", [0, -1, 2.0, None])
def test_steps_must_be_a_positive_integer(steps):
    with pytest.raises(ValueError, match="`steps` must be an integer >= 1"):
        GradientAccumulation("adam", steps)


def test_accumulating_twice_is_refused():
    inner = keras.optimizers.Adam(gradient_accumulation_steps=2)
    hidden = AccumulatedAdam(steps=2)
    for optimizer in (inner, Lookahead(inner), hidden):
        with pytest.raises(ValueError, match="must not accumulate"):
            GradientAccumulation(optimizer, 2)


def test_an_error_in_the_step_is_not_hidden_by_the_left_overs():
    class Broken(keras.optimizers.SGD):
        def update_step(self, *arguments):
            raise RuntimeError("broken on purpose")

        _parallel_update_step = update_step

    with pytest.raises(Exception, match="broken on purpose"):
        trained(GradientAccumulation(Broken(), 2), 4)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are dense")
def test_sparse_gradients_are_summed():
    import tensorflow as tf

    weight = keras.Variable(np.zeros((3, 1), "float32"))
    optimizer = GradientAccumulation(keras.optimizers.SGD(1.0), steps=2)
    for ids in ([0, 2], [2, 2]):
        slices = tf.IndexedSlices(tf.ones((2, 1)), tf.constant(ids), (3, 1))
        optimizer.apply([slices], [weight])
    # Row 0 has one half, row 2 three halves.
    assert weight.numpy().tolist() == [[-0.5], [0.0], [-1.5]]


def compiled_apply(optimizer, variables):
    """`apply` compiled for each list of gradients, as in training steps."""
    optimizer.build(variables)
    if BACKEND == "torch":
        return lambda gradients: optimizer.apply(gradients, variables)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.function(lambda given: optimizer.apply(given, variables))
    import jax

    step = jax.jit(optimizer.stateless_apply)

    def apply(gradients):
        state = [each.value for each in optimizer.variables]
        weights = [each.value for each in variables]
        weights, state = step(state, gradients, weights)
        for variable, value in zip(variables, weights):
            variable.assign(value)
        for variable, value in zip(optimizer.variables, state):
            variable.assign(value)

    return apply


def named_variables(*names):
    return [keras.Variable([1.0], name=name) for name in names]


def gradients_of(*values):
    return [None if each is None else ops.full((1,), each) for each in values]


def numbers(variables):
    return [float(each.numpy()[0]) for each in variables]


missing = pytest.mark.filterwarnings("ignore:Gradients do not exist")


@missing
def test_two_compiled_steps_share_an_optimizer():
    # Means (2 + 4) / 2, (4 + 0) / 2 and (0 + 2) / 2; the rate is 0.1. The
    # step that makes the update was compiled before the other ran.
    variables = named_variables("shared", "task_a", "task_b")
    optimizer = GradientAccumulation(keras.optimizers.SGD(0.1), steps=2)
    apply = compiled_apply(optimizer, variables)
    for _ in range(2):
        apply(gradients_of(0.0, 0.0, None))
    apply(gradients_of(4.0, None, 2.0))
    apply(gradients_of(2.0, 4.0, None))
    np.testing.assert_allclose(numbers(variables), [0.7, 0.8, 0.9], rtol=1e-6)


@missing
def test_a_variable_without_gradients_for_a_whole_update_stays():
    # As with the large batch: momentum moves it only where it has a gradient,
    # 1 - 0.1 * 1, and keeps its momentum for the update after that: 0.9 - 0.1
    # * (0.9 * 1 + 1).
    variables = named_variables("used", "sometimes")
    inner = keras.optimizers.SGD(0.1, momentum=0.9)
    optimizer = GradientAccumulation(inner, steps=2)
    apply = compiled_apply(optimizer, variables)
    seen = []
    for value in (1.0, None, 1.0):
        for _ in range(2):
            apply(gradients_of(1.0, value))
        seen.append(numbers(variables)[1])
    np.testing.assert_allclose(seen, [0.9, 0.9, 0.71], rtol=1e-6)


@missing
@pytest.mark.parametrize("order", [(2.0, None), (None, 2.0)])
def test_outer_rules_see_gradients_of_earlier_micro_batches(order):
    # A factor of 0 keeps the weight in either order; the decay of the other
    # is 0.1 * 0.5 * 1 beside a step of 0.1 * (2 + 0) / 2.
    variables = named_variables("shared", "expert_a", "expert_b")
    inner = GradientAccumulation(keras.optimizers.SGD(0.1), steps=2)
    decayed = WeightDecay(inner, rate=0.5)
    optimizer = LearningRateMultiplier(decayed, {"expert_a": 0.0})
    apply = compiled_apply(optimizer, variables)
    for value in order:
        apply(gradients_of(1.0, value, value))
    assert numbers(variables)[1] == 1.0
    np.testing.assert_allclose(numbers(variables)[::2], 0.85, rtol=1e-6)


@missing
def test_who_had_a_gradient_is_saved_with_the_sums(tmp_path):
    # Micro-batch 1 of 2 is saved; the copy gets the second: (4 + 0) / 2.
    variables = named_variables("shared", "expert")
    optimizer = GradientAccumulation(keras.optimizers.SGD(0.1), steps=2)
    apply = compiled_apply(optimizer, variables)
    apply(gradients_of(2.0, 4.0))
    copy = GradientAccumulation(keras.optimizers.SGD(0.1), steps=2)
    apply = compiled_apply(copy, variables)
    store = {}
    optimizer.save_own_variables(store)
    copy.load_own_variables(store)
    apply(gradients_of(4.0, None))
    np.testing.assert_allclose(numbers(variables), [0.7, 0.8], rtol=1e-6)


def test_left_overs_that_were_loaded_are_applied_and_forgotten():
    # A finished script is run again: 3 / 1 is applied, then (1 + 1) / 2.
    store = {}
    optimizer = GradientAccumulation("sgd", steps=2)
    optimizer.apply(gradients_of(3.0), named_variables("weight"))
    optimizer.save_own_variables(store)
    variables = named_variables("weight")
    copy = GradientAccumulation(keras.optimizers.SGD(0.1), steps=2)
    copy.build(variables)
    copy.load_own_variables(store)
    copy.finalize_variable_values(variables)
    np.testing.assert_allclose(numbers(variables), 0.7, rtol=1e-6)
    for _ in range(2):
        copy.apply(gradients_of(1.0), variables)
    np.testing.assert_allclose(numbers(variables), 0.6, rtol=1e-6)


def test_alternating_between_parts_of_a_model_is_refused():
    generator, critic = named_variables("generator", "critic")
    optimizer = GradientAccumulation("sgd", steps=2)
    optimizer.build([generator, critic])
    optimizer.apply(gradients_of(1.0), [generator])
    with pytest.raises(ValueError, match="an optimizer of its own"):
        optimizer.apply(gradients_of(1.0), [critic])


def test_steps_lowered_below_the_count_make_an_update():
    # Three of four have come; with steps=2 the next makes the update on four.
    variables = named_variables("weight")
    optimizer = GradientAccumulation(keras.optimizers.SGD(0.1), steps=4)
    for number in range(4):
        optimizer.steps = 4 if number < 3 else 2
        optimizer.apply(gradients_of(1.0 + number), variables)
    # (1 + 2 + 3 + 4) / 4 = 2.5
    np.testing.assert_allclose(numbers(variables), 0.75, rtol=1e-6)


def test_weights_of_eight_steps_go_on_with_four():
    # Six ones and an eighth of 8: (6 + 8) / 7 = 2.
    store = {}
    eight = GradientAccumulation("sgd", steps=8)
    variables = named_variables("weight")
    for _ in range(6):
        eight.apply(gradients_of(1.0), variables)
    eight.save_own_variables(store)
    four = GradientAccumulation(keras.optimizers.SGD(0.1), steps=4)
    four.build(variables)
    four.load_own_variables(store)
    four.apply(gradients_of(8.0), variables)
    np.testing.assert_allclose(numbers(variables), 0.8, rtol=1e-6)
