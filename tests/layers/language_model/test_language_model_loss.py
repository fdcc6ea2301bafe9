import keras
import numpy as np
import pytest

from keras_addons import models
from keras_addons.layers import BiasAdd
from keras_addons.layers import Embedding
from keras_addons.layers import LanguageModelLoss
from keras_addons.losses import SequenceToSequenceCrossentropy
from keras_addons.losses import sequence_to_sequence_targets
from tests.checks import check_config_round_trip

# On TensorFlow dropout draws other numbers under XLA.
JIT_COMPILE = keras.backend.backend() == "jax"
INPUTS = {
    "token_ids": np.array([[2, 7, 8, 3, 9, 6, 5, 3], [2, 7, 3, 9, 3, 0, 0, 0]]),
    "segment_ids": np.array(
        [[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0, 0]]
    ),
}


def new_model():
    """The head of a language model on embeddings and dropout alone."""
    keras.utils.set_random_seed(3)  # of weights and dropout
    inputs = {
        name: keras.Input((None,), dtype="int32", name=name) for name in INPUTS
    }
    table = Embedding(30, 8, mask_zero=True, name="token_embedding")
    features = keras.layers.Dropout(0.1)(table(inputs["token_ids"]))
    features = keras.layers.Dense(8, "tanh")(features)
    outputs = {"sequence_output": features}
    features = keras.layers.LayerNormalization(name="lm_norm")(features)
    logits = BiasAdd(name="lm_bias")(table(features, reverse=True))
    return keras.Model(inputs, {**outputs, "token_logits": logits})


def new_transformer(**options):
    keras.utils.set_random_seed(3)
    return models.RoFormer(
        30, 1, 2, 8, 16, attention="unilm", with_lm_head=True, **options
    )


def with_loss(model, **options):
    inputs = {
        name: keras.Input((None,), dtype="int32", name=name)
        for name in ("token_ids", "segment_ids", "target_ids")
    }
    outputs = LanguageModelLoss(model, **options)(inputs)
    return keras.Model(inputs, outputs)


def inputs_with_targets():
    return {**INPUTS, "target_ids": sequence_to_sequence_targets(**INPUTS)}


@pytest.fixture(scope="module")
def trained():
    """A model trained on its logits, one without, and their losses."""
    plain, fused = new_model(), new_model()
    plain.compile(
        keras.optimizers.SGD(0.3),
        loss={"token_logits": SequenceToSequenceCrossentropy()},
        jit_compile=JIT_COMPILE,
    )
    targets = {"token_logits": np.stack([*INPUTS.values()], axis=-1)}
    seeds = keras.callbacks.LambdaCallback(  # of torch's dropout
        on_epoch_begin=lambda epoch, logs: keras.utils.set_random_seed(epoch)
    )
    options = {"epochs": 3, "shuffle": False, "verbose": 0}
    options["callbacks"] = [seeds]
    histories = [plain.fit(INPUTS, targets, **options)]
    trainer = with_loss(fused, chunk_size=4)
    trainer.compile(keras.optimizers.SGD(0.3), jit_compile=JIT_COMPILE)
    histories += [trainer.fit(inputs_with_targets(), **options)]
    losses = [each.history["loss"] for each in histories]
    return plain, fused, trainer, losses


def test_training_is_that_on_the_logits(trained):
    plain, fused, _, losses = trained
    np.testing.assert_allclose(*losses, rtol=1e-5)
    assert losses[0][2] < losses[0][0] - 0.1
    for one, other in zip(plain.get_weights(), fused.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_copy_from_a_file_has_the_weights_once(trained, archive):
    _, _, trainer, _ = trained
    archive.add("LanguageModelLoss", trainer, inputs_with_targets())


def test_the_loss_is_shown_where_the_inner_model_is_compiled_too(trained):
    plain, _, _, losses = trained
    trainer = with_loss(plain)
    trainer.compile("sgd", jit_compile=JIT_COMPILE)
    loss = trainer.evaluate(inputs_with_targets(), verbose=0)
    assert 0 < loss < losses[0][2]


def test_other_outputs_are_the_inner_model_s():
    model = new_transformer(pooler="linear")
    outputs = with_loss(model)(inputs_with_targets())
    expected = model(INPUTS)
    assert set(outputs) == {"sequence_output", "pooled_output"}
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(outputs["pooled_output"]),
        keras.ops.convert_to_numpy(expected["pooled_output"]),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    "dtype, tolerance", [("float32", 1e-5), ("mixed_bfloat16", 0.02)]
)
def test_the_weight_multiplies_the_loss_of_the_logits(dtype, tolerance):
    model = new_transformer(dtype=dtype)
    layer = LanguageModelLoss(model, weight=0.5, dtype=dtype)
    layer(inputs_with_targets())
    y_true = np.stack([*INPUTS.values()], axis=-1)
    loss = SequenceToSequenceCrossentropy()
    expected = loss(y_true, model(INPUTS)["token_logits"])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer.losses[0]),
        0.5 * keras.ops.convert_to_numpy(expected),
        rtol=tolerance,
    )


def test_round_trip():
    check_config_round_trip(LanguageModelLoss(new_transformer(), 0.5, 128))


def test_a_model_without_logits_is_refused():
    model = models.RoFormer(30, 2, 2, 8, 16)
    with pytest.raises(ValueError, match="'token_logits'.*sequence_output"):
        LanguageModelLoss(model)
