"""The dense and the sparse form, which are one function of the logits."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import losses
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value

LOGITS = normal(3, 6)
INDICES = np.array([[0, 3, -1], [5, 5, 1], [-1, -1, -1]])
TARGETS = np.array([[1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1], [0] * 6])
FORMS = {
    "dense": (losses.multi_label_crossentropy, TARGETS),
    "sparse": (losses.sparse_multi_label_crossentropy, INDICES),
}
EACH = pytest.mark.parametrize("form", FORMS)


def by_definition(right, logits):
    """Formula of 7359, one class at a time."""
    of_wrong = sum(np.exp(s) for s, y in zip(logits, right) if not y)
    of_right = sum(np.exp(-s) for s, y in zip(logits, right) if y)
    return np.log(1 + of_wrong) + np.log(1 + of_right)


@EACH
def test_equals_the_definition(form):
    function, targets = FORMS[form]
    expected = [by_definition(*each) for each in zip(TARGETS, LOGITS)]
    actual = value(function, targets, LOGITS)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@EACH
def test_logits_of_zero_count_the_classes(form):
    # ln(1 + n_neg) + ln(1 + n_pos), of 6 classes.
    function, targets = FORMS[form]
    expected = [np.log(5 * 3), np.log(5 * 3), np.log(7)]
    actual = value(function, targets, 0 * LOGITS)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@EACH
def test_one_right_class_far_from_zero_is_softmax_crossentropy(form):
    # log(1 + sum e^s) is then log sum e^s, and log(1 + e^-s_t) is -s_t.
    function = FORMS[form][0]
    targets = {"dense": np.eye(6)[[2, 0, 5]], "sparse": [[2], [0], [5]]}
    targets = ops.convert_to_tensor(targets[form])
    columns = np.arange(6) == np.array([[2], [0], [5]])
    logits = np.where(columns, LOGITS - 30, LOGITS + 30)
    wrong = np.log(np.exp(LOGITS + 30.0).sum(-1, where=~columns))
    expected = wrong - (LOGITS - 30)[columns]
    actual = value(function, targets, logits.astype("float32"))
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@EACH
def test_several_axes_are_one_set_of_classes(form):
    function, targets = FORMS[form]
    if form == "dense":
        targets = targets.reshape(3, 2, 3)
    else:  # 0, 3, 5 and 1 of six are (0, 0), (1, 0), (1, 2) and (0, 1)
        targets = [
            [[0, 0], [1, 0], [-1, -1]],
            [[1, 2], [1, 2], [0, 1]],
            [[-1, -1], [-1, 0], [0, -1]],
        ]
    expected = [by_definition(*each) for each in zip(TARGETS, LOGITS)]
    actual = value(
        function,
        ops.convert_to_tensor(targets),
        LOGITS.reshape(3, 2, 3),
        axis=(-2, -1),
    )
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@EACH
@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_gradient_of_a_wrong_logit_is_its_share(form, jit_compile):
    # d/ds log(1 + sum e^s) = e^s / (1 + sum e^s), minus that of -s if right.
    function, targets = FORMS[form]
    targets = ops.convert_to_tensor(targets)
    _, (gradient,) = value_and_gradients(
        lambda logits: ops.sum(function(targets, logits)),
        LOGITS,
        jit_compile=jit_compile,
    )
    wrong = np.where(TARGETS == 0, np.exp(LOGITS), 0.0)
    right = np.where(TARGETS == 1, np.exp(-LOGITS), 0.0)
    expected = wrong / (1 + wrong.sum(-1, keepdims=True))
    expected -= right / (1 + right.sum(-1, keepdims=True))
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


@EACH
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("size", [0.0, 1.0, 3e4])
def test_low_precision_logits_stay_finite(form, dtype, size):
    function, targets = FORMS[form]
    targets = ops.convert_to_tensor(targets)
    for sign in (1, -1):  # learnt by heart, and all of it wrong
        logits = sign * size * (2.0 * TARGETS - 1)
        loss, (gradient,) = value_and_gradients(
            lambda x: ops.sum(function(targets, ops.cast(x, dtype))),
            logits.astype("float32"),
        )
        assert np.isfinite(loss) and np.all(np.isfinite(gradient))
        assert loss >= 0
        if sign == 1 and size == 3e4:
            assert loss == 0 and np.all(gradient == 0)


def test_two_thousand_steps_on_learnt_samples_stay_finite():
    # bert4keras#436: the sparse loss fell to -inf, since all - right is
    # rounded to nothing once the right logits are large.
    cases = [
        (function, ops.convert_to_tensor(targets))
        for function, targets in FORMS.values()
    ]

    def losses_of(logits):
        pairs = zip(cases, ops.unstack(logits, 2))
        values = [
            function(targets, each) for (function, targets), each in pairs
        ]
        return ops.stack([ops.sum(each) for each in values])

    weights = keras.Variable(np.stack([LOGITS] * 2))
    step = compiled_step(losses_of)
    history = [step(weights, step_size=10.0) for _ in range(2000)]
    history = np.stack([ops.convert_to_numpy(each) for each in history])
    assert np.all(np.isfinite(history)) and np.min(history) >= 0
    assert np.all(history[-1] <= history[50])
    assert np.all(history[50] < history[0])
    for logits in ops.convert_to_numpy(weights.value):
        np.testing.assert_array_equal(logits > 0, TARGETS == 1)


def compiled_step(losses_of):
    """One step of gradient descent on the sum of the losses, traced once."""
    compute = compiled_gradient(losses_of)

    def step(weights, step_size):
        losses, gradient = compute(weights.value)
        weights.assign_sub(step_size * gradient)
        return losses

    return step


def compiled_gradient(function):
    """Of one array to (values, gradient of their sum)."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        def both(array):
            values = function(array)
            return ops.sum(values), values

        compute = jax.jit(jax.value_and_grad(both, has_aux=True))

        def values_first(array):
            (_, values), gradient = compute(array)
            return values, gradient

        return values_first
    if backend == "tensorflow":
        import tensorflow as tf

        @tf.function
        def compute(array):
            with tf.GradientTape() as tape:
                tape.watch(array)
                values = function(array)
            return values, tape.gradient(values, array)

        return compute

    def compute(array):
        array = array.detach().clone().requires_grad_()
        values = function(array)
        values.sum().backward()
        return values.detach(), array.grad

    return compute


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_fit_takes_either_and_learns_alike(policy):
    keras.config.set_dtype_policy(policy)
    histories = []
    for loss, targets in [
        (losses.MultiLabelCrossentropy(), TARGETS),
        (losses.SparseMultiLabelCrossentropy(), INDICES),
    ]:
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.layers.Dense(6)])
        model.compile(keras.optimizers.SGD(0.5), loss=loss)
        history = model.fit(LOGITS, targets, epochs=5, verbose=0)
        histories.append(history.history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-6)
    assert histories[0][-1] < histories[0][0] - 0.5


def test_large_indices_stay_exact_in_bfloat16():
    # 257 is no bfloat16: it would become 256.
    logits = np.full((1, 300), -30.0, "float32")
    logits[..., 257] = 30.0
    loss = losses.SparseMultiLabelCrossentropy()
    assert value(loss, np.array([[257]]), ops.cast(logits, "bfloat16")) < 1e-6


def test_sample_weights_weigh_texts():
    # Two heads a text: each weighs as its text, and the mean is over four.
    logits, targets = normal(2, 2, 5), np.eye(5)[[[0, 1], [2, 3]]]
    each = [
        [by_definition(*pair) for pair in zip(*text)]
        for text in zip(targets, logits)
    ]
    expected = (3 * np.sum(each[0]) + np.sum(each[1])) / 4
    actual = value(
        losses.MultiLabelCrossentropy(),
        targets,
        logits,
        sample_weight=np.array([3.0, 1.0]),
    )
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "kind", [losses.MultiLabelCrossentropy, losses.SparseMultiLabelCrossentropy]
)
@pytest.mark.parametrize("axis", [-1, (-2, -1)])
def test_round_trip(kind, axis):
    copy = check_config_round_trip(kind(axis=axis, reduction="sum", name="x"))
    assert copy.axis == axis


@pytest.mark.parametrize(
    "kind", [losses.MultiLabelCrossentropy, losses.SparseMultiLabelCrossentropy]
)
@pytest.mark.parametrize("axis", [1, -2, (), (-1, -2), (-3, -1)])
def test_other_axes_are_refused(kind, axis):
    with pytest.raises(ValueError, match="`axis` must be"):
        kind(axis=axis)


def test_indices_of_other_ranks_are_refused():
    with pytest.raises(ValueError, match="`y_true` must have 2 axes"):
        losses.sparse_multi_label_crossentropy(np.array([1]), LOGITS)
