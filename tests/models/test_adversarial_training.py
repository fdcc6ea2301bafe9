"""Fast gradient method, against plain loops."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_addons import optimizers
from keras_addons.layers import Embedding
from keras_addons.layers import GradientCache
from keras_addons.models import AdversarialTraining
from keras_addons.models.adversarial_training import move_uphill
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

BACKEND = keras.backend.backend()
IDS = np.array([[1, 2, 2], [3, 4, 0], [5, 1, 1], [2, 2, 7]])
TARGETS = np.array([[1.0], [-2.0], [0.5], [3.0]], "float32")
VOCABULARY, SIZE = 9, 4


def new_model(embedding=layers.Embedding, *others):
    """The mean of the embeddings, and a kernel without bias."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((None,), dtype="int32")
    features = embedding(VOCABULARY, SIZE, name="tokens")(inputs)
    for layer in others:
        features = layer(features)
    features = layers.GlobalAveragePooling1D()(features)
    outputs = layers.Dense(1, use_bias=False, name="head")(features)
    return keras.Model(inputs, outputs)


def fit(model, optimizer=None, ids=IDS, targets=TARGETS, **arguments):
    arguments = {"batch_size": len(ids), "epochs": 1, **arguments}
    jit_compile = arguments.pop("jit_compile", False)
    optimizer = optimizer or keras.optimizers.SGD(0.1)
    model.compile(optimizer, "mse", jit_compile=jit_compile)
    return model.fit(
        ids, targets, shuffle=False, verbose=0, **arguments
    ).history


def arrays(model):
    return [keras.ops.convert_to_numpy(each) for each in model.weights]


def gradients_by_hand(table, kernel, ids=IDS, targets=TARGETS):
    """Of the mean of (mean_m E[id_m] k - t)^2 in a loop over tokens."""
    on_table, on_kernel = np.zeros_like(table), np.zeros_like(kernel)
    loss = 0.0
    for row, target in zip(ids, targets):
        mean = table[row].mean(axis=0)
        error = (mean @ kernel - target).item()
        loss += error**2 / len(ids)
        slope = 2 * error / len(ids)
        on_kernel += slope * mean[:, None]
        for token in row:
            on_table[token] += slope * kernel[:, 0] / len(row)
    return loss, on_table, on_kernel


def both_passes(table, kernel, epsilon, **data):
    loss, table_1, kernel_1 = gradients_by_hand(table, kernel, **data)
    moved = table + epsilon * table_1 / np.sqrt(np.sum(table_1**2))
    _, table_2, kernel_2 = gradients_by_hand(moved, kernel, **data)
    return loss, table_1 + table_2, kernel_1 + kernel_2


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
@pytest.mark.parametrize("embedding", [layers.Embedding, Embedding])
def test_a_step_adds_the_gradients_at_the_moved_table(embedding, jit_compile):
    model = new_model(embedding)
    table, kernel = (each.astype("float64") for each in arrays(model))
    loss, on_table, on_kernel = both_passes(table, kernel, epsilon=0.7)
    trained = AdversarialTraining(model, epsilon=0.7)
    history = fit(trained, jit_compile=jit_compile)
    new_table, new_kernel = arrays(model)
    # SGD with rate 0.1.
    np.testing.assert_allclose(new_table, table - 0.1 * on_table, atol=1e-6)
    np.testing.assert_allclose(new_kernel, kernel - 0.1 * on_kernel, atol=1e-6)
    # The logged loss is that of the table as it is.
    np.testing.assert_allclose(history["loss"], [loss], rtol=1e-5)


def test_torch_by_hand_agrees():
    torch = pytest.importorskip("torch")
    model = new_model()
    table, kernel = (
        torch.tensor(each, requires_grad=True) for each in arrays(model)
    )

    def loss():
        outputs = table[torch.tensor(IDS)].mean(dim=1) @ kernel
        return ((outputs - torch.tensor(TARGETS)) ** 2).mean()

    loss().backward()
    with torch.no_grad():
        delta = 0.7 * table.grad / table.grad.norm()
        table += delta
    loss().backward()  # torch adds to the gradients
    with torch.no_grad():
        table -= delta
    fit(AdversarialTraining(model, epsilon=0.7))
    for weight, by_hand in zip(arrays(model), (table, kernel)):
        expected = (by_hand - 0.1 * by_hand.grad).detach().numpy()
        np.testing.assert_allclose(weight, expected, atol=1e-6)


def test_the_table_is_restored_bit_for_bit():
    model = new_model()
    before = arrays(model)
    fit(AdversarialTraining(model), keras.optimizers.SGD(0.0), epochs=3)
    for old, new in zip(before, arrays(model)):
        np.testing.assert_array_equal(new, old)


def test_rows_that_are_in_no_batch_do_not_change():
    model = new_model()
    before = arrays(model)[0]
    fit(AdversarialTraining(model), epochs=3)
    after = arrays(model)[0]
    absent = sorted(set(range(VOCABULARY)) - set(IDS.ravel()))
    np.testing.assert_array_equal(after[absent], before[absent])
    assert np.all(after[IDS.ravel()] != before[IDS.ravel()])


@pytest.mark.filterwarnings("ignore:Gradients do not exist for variables")
def test_a_weight_without_a_gradient_is_left_out():
    class Unused(layers.Layer):
        def build(self, inputs_shape):
            self.unused = self.add_weight(shape=(2,), name="unused")

        def call(self, inputs):
            return inputs

    model = new_model(layers.Embedding, Unused())
    (unused,) = (each for each in model.weights if each.name == "unused")
    table, _, kernel = (each.astype("float64") for each in arrays(model))
    _, on_table, _ = both_passes(table, kernel, epsilon=1.0)
    before = keras.ops.convert_to_numpy(unused)
    fit(AdversarialTraining(model))
    np.testing.assert_allclose(
        arrays(model)[0], table - 0.1 * on_table, atol=1e-6
    )
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(unused), before)


def test_gradients_of_micro_batches_are_added_up():
    model = new_model()
    table, kernel = (each.astype("float64") for each in arrays(model))
    halves = [
        both_passes(table, kernel, 1.0, ids=IDS[half], targets=TARGETS[half])
        for half in (slice(0, 2), slice(2, 4))
    ]
    # The mean of both micro-batches, each with a move of its own.
    on_table = (halves[0][1] + halves[1][1]) / 2
    accumulation = optimizers.GradientAccumulation(
        keras.optimizers.SGD(0.1), steps=2
    )
    fit(AdversarialTraining(model), accumulation, batch_size=2)
    np.testing.assert_allclose(
        arrays(model)[0], table - 0.1 * on_table, atol=1e-6
    )


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_adam_sees_the_sum_of_equal_rows(jit_compile):
    # One step of Adam moves each weight by the rate times the sign.
    model = new_model()
    table, kernel = (each.astype("float64") for each in arrays(model))
    _, on_table, _ = both_passes(table, kernel, epsilon=1.0)
    fit(
        AdversarialTraining(model),
        keras.optimizers.Adam(0.01, epsilon=1e-12),
        jit_compile=jit_compile,
    )
    expected = table - 0.01 * np.sign(on_table)
    rows = sorted(set(IDS.ravel()))
    np.testing.assert_allclose(
        arrays(model)[0][rows], expected[rows], atol=1e-4
    )


@pytest.mark.parametrize("inner", ["lazy", "accumulated", "plain"])
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains(precision, inner):
    keras.config.set_dtype_policy(precision)
    optimizer = keras.optimizers.Adam(0.05)
    if inner == "lazy":
        optimizer = optimizers.LazyOptimizer(optimizer)
    if inner == "accumulated":
        optimizer = optimizers.GradientAccumulation(optimizer, steps=2)
    model = new_model(Embedding, layers.Dropout(0.1))
    trained = AdversarialTraining(model, epsilon=0.1)
    losses = fit(
        trained,
        optimizer,
        epochs=30,
        batch_size=2,
        jit_compile=JIT_CHOICES[-1],
    )["loss"]
    assert np.all(np.isfinite(losses))
    assert losses[-1] < losses[0] / 2


def test_state_of_the_model_is_updated_in_both_passes():
    class Count(layers.Layer):
        def build(self, inputs_shape):
            self.count = self.add_weight(
                shape=(), initializer="zeros", trainable=False, name="count"
            )

        def call(self, inputs):
            self.count.assign_add(1.0)
            return inputs

    model = new_model(layers.Embedding, Count())
    fit(AdversarialTraining(model), epochs=3)
    (count,) = model.non_trainable_variables
    assert float(keras.ops.convert_to_numpy(count)) == 6  # 3 steps


def test_losses_that_layers_add_are_trained_in_both_passes():
    class Penalty(layers.Layer):
        def call(self, inputs):
            self.add_loss(keras.ops.mean(inputs) * 3.0)
            return inputs

    # Linear, so its gradient is the same in both passes: 3 / number.
    plain, model = new_model(), new_model(layers.Embedding, Penalty())
    for each in (plain, model):
        each.get_layer("head").kernel.assign(np.zeros((SIZE, 1)))
    before = arrays(model)[0]
    losses = fit(AdversarialTraining(model))["loss"]
    expected = before.copy()
    for token in IDS.ravel():
        expected[token] -= 0.1 * 2 * 3.0 / (IDS.size * SIZE)
    np.testing.assert_allclose(arrays(model)[0], expected, atol=1e-6)
    penalty = 3 * before[IDS].mean()
    np.testing.assert_allclose(losses, np.mean(TARGETS**2) + penalty, rtol=1e-5)


def test_around_a_gradient_cache_it_is_the_plain_model():
    plain, model = new_model(), new_model()
    inputs = keras.Input((3,), dtype="int32")
    cached = keras.Model(inputs, GradientCache(model, chunk_size=2)(inputs))
    fit(AdversarialTraining(plain, 0.7), epochs=3)
    fit(AdversarialTraining(cached, 0.7), epochs=3)
    for one, other in zip(arrays(model), arrays(plain)):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_metrics_weights_and_a_last_smaller_batch_are_those_of_fit():
    model = new_model()
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    trained = AdversarialTraining(model)
    still = keras.optimizers.SGD(0.0)
    found = []
    for each in (trained, other):
        each.compile(still, "mse", metrics=["mae"], weighted_metrics=["mse"])
        still = keras.optimizers.SGD(0.0)
        history = each.fit(
            IDS,
            TARGETS,
            sample_weight=np.array([1.0, 2.0, 0.5, 0.0]),
            batch_size=3,
            validation_data=(IDS, TARGETS),
            verbose=0,
        )
        found.append(history.history)
    assert found[0].keys() == found[1].keys()
    for name, values in found[1].items():
        np.testing.assert_allclose(found[0][name], values, rtol=1e-5)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.distribute")
def test_two_replicas_move_the_table_as_one_device():
    from tests.strategies import mirrored_strategy

    def trained():
        accumulation = optimizers.GradientAccumulation(
            keras.optimizers.SGD(0.1), steps=2
        )
        trained = AdversarialTraining(new_model(), 0.7)
        losses = fit(trained, accumulation, epochs=4, batch_size=4)["loss"]
        return losses, arrays(trained)

    expected_losses, expected = trained()
    with mirrored_strategy().scope():
        losses, weights = trained()
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    for one, other in zip(weights, expected):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_chosen_tables_are_moved():
    inputs = keras.Input((None,), dtype="int32")
    first, second = layers.Embedding(9, 4, name="first"), layers.Embedding(9, 4)
    features = layers.Add()([first(inputs), second(inputs)])
    outputs = layers.Dense(1)(layers.GlobalAveragePooling1D()(features))
    model = keras.Model(inputs, outputs)
    assert len(AdversarialTraining(model).tables()) == 2
    for chosen in (first, [first], "first", ["first/embeddings"]):
        (table,) = AdversarialTraining(model, embeddings=chosen).tables()
        assert table is first.embeddings


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e30])
def test_the_move_has_the_norm_epsilon_whatever_the_gradient(size):
    gradient = size * np.array([[3.0, 0.0], [0.0, -4.0]], "float32")
    moved = move_uphill(np.zeros((2, 2), "float32"), gradient, 0.5)
    expected = [[0.3, 0.0], [0.0, -0.4]] if size else np.zeros((2, 2))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(moved), expected, rtol=1e-6
    )


def test_it_is_saved_and_goes_on(tmp_path):
    trained = AdversarialTraining(new_model(), 0.5, "tokens")
    check_config_round_trip(trained)
    fit(trained, keras.optimizers.Adam(0.1))
    trained.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.epsilon, loaded.embeddings) == (0.5, trained.embeddings)
    for each in (trained, loaded):
        each.fit(IDS, TARGETS, batch_size=4, verbose=0)
    for one, other in zip(arrays(loaded), arrays(trained)):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_losses_of_named_outputs():
    inputs = keras.Input((None,), dtype="int32")
    features = layers.GlobalAveragePooling1D()(layers.Embedding(9, 4)(inputs))
    outputs = [layers.Dense(1, name=name)(features) for name in ("a", "b")]
    trained = AdversarialTraining(keras.Model(inputs, outputs))
    trained.compile("sgd", {"a": "mse", "b": "mae"})
    history = trained.fit(IDS, {"a": TARGETS, "b": TARGETS}, verbose=0)
    assert np.isfinite(history.history["loss"][0])


def test_what_it_cannot_train_is_an_error():
    model = new_model()
    with pytest.raises(ValueError, match="`epsilon` must be a number above 0"):
        AdversarialTraining(model, epsilon=0)
    with pytest.raises(ValueError, match="'other' matches none"):
        AdversarialTraining(model, embeddings=["other"])
    with pytest.raises(ValueError, match="must be a built model. Received"):
        AdversarialTraining(keras.Sequential([layers.Dense(1)]))
    with pytest.raises(ValueError, match="must be a built model. Received"):
        AdversarialTraining(layers.Dense(1))

    class Own(keras.Model):
        def compute_loss(self, *arguments, **others):
            return 0.0

    with pytest.raises(ValueError, match="`compute_loss` of its own"):
        AdversarialTraining(Own(model.inputs, model.outputs))
    model.get_layer("tokens").trainable = False
    with pytest.raises(ValueError, match="matches none of the variables"):
        AdversarialTraining(model)


def test_a_table_that_the_loss_does_not_read_is_an_error():
    inputs = keras.Input((3,), dtype="int32")
    features = keras.ops.cast(inputs, "float32")
    unused = layers.Embedding(9, 4)(inputs)
    outputs = layers.Dense(1)(features)
    trained = AdversarialTraining(keras.Model(inputs, [outputs, unused]))
    trained.compile("sgd", ["mse", None], run_eagerly=BACKEND != "jax")
    if BACKEND == "jax":  # where a gradient of zero is no other than none
        trained.fit(IDS, [TARGETS, TARGETS], verbose=0)
        return
    with pytest.raises(ValueError, match="does not depend on"):
        trained.fit(IDS, [TARGETS, TARGETS], verbose=0)
