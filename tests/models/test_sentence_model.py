import keras
import numpy as np
import pytest

from keras_addons import models
from keras_addons.optimizers import layer_decay

TOKENS = np.array(
    [[2, 5, 9, 7, 8, 3], [2, 6, 3, 0, 0, 0], [2, 3, 0, 0, 0, 0]], "int32"
)
SEGMENTS = np.array(
    [[0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]], "int32"
)
INPUTS = {"token_ids": TOKENS, "segment_ids": SEGMENTS}
POOLINGS = ("cls", "pooler", "last_average", "first_last_average")


def make(attention="bidirectional", **options):
    options = {"pooler": "tanh", **options}
    return models.RoFormer(12, 2, 2, 8, 16, attention=attention, **options)


@pytest.fixture(scope="module")
def encoder():
    return make()


def numpy_of(model, inputs=INPUTS):
    return keras.tree.map_structure(
        keras.ops.convert_to_numpy, model(inputs, training=False)
    )


def token_mean(features):
    return np.array(
        [
            row[: np.count_nonzero(tokens)].mean(axis=0)
            for row, tokens in zip(features, TOKENS)
        ]
    )


@pytest.mark.parametrize("attention", ["bidirectional", "unilm", "causal"])
def test_the_four_poolings_by_numpy(attention):
    encoder = make(attention)
    outputs = numpy_of(encoder)
    first_block = keras.Model(
        {each.name: each for each in encoder.inputs},
        encoder.get_layer("block_0").output,
    )
    last = token_mean(outputs["sequence_output"])
    expected = {
        "cls": outputs["sequence_output"][:, 0],
        "pooler": outputs["pooled_output"],
        "last_average": last,
        "first_last_average": (last + token_mean(numpy_of(first_block))) / 2,
    }
    for pooling, vectors in expected.items():
        model = models.sentence_model(encoder, pooling)
        np.testing.assert_allclose(numpy_of(model), vectors, atol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_changes_nothing(encoder, pooling):
    model = models.sentence_model(encoder, pooling)
    short = {name: array[1:, :3] for name, array in INPUTS.items()}
    np.testing.assert_allclose(
        numpy_of(model, short), numpy_of(model)[1:], atol=1e-5
    )


def test_one_layer_is_first_and_last():
    encoder = models.RoFormer(12, 1, 2, 8, 16)
    averages = [
        numpy_of(models.sentence_model(encoder, pooling))
        for pooling in ("last_average", "first_last_average")
    ]
    np.testing.assert_allclose(*averages, atol=1e-6)


SAVED = [("unilm", "cls"), ("unilm", "first_last_average"), ("causal", "cls")]


@pytest.mark.parametrize("attention, pooling", SAVED)
def test_saved_models_load(attention, pooling, archive):
    model = models.sentence_model(make(attention), pooling)
    archive.add(f"{attention} {pooling}", model, INPUTS)


def test_the_paths_of_the_weights_are_those_of_the_encoder(encoder):
    # Patterns such as "block_1" choose the weights of optimizer wrappers.
    paths = {weight.path for weight in encoder.weights}
    for pooling in POOLINGS:
        model = models.sentence_model(encoder, pooling)
        assert {weight.path for weight in model.weights} <= paths


@pytest.mark.parametrize("pooling", ["cls", "last_average"])
def test_a_loaded_model_is_fine_tuned_at_the_rates_of_the_saved_one(
    encoder, tmp_path, pooling
):
    model = models.sentence_model(encoder, pooling)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert layer_decay(loaded, 0.5) == layer_decay(model, 0.5)


def test_averages_of_half_precision_are_float32():
    model = models.sentence_model(make(dtype="mixed_bfloat16"), "last_average")
    assert model.output.dtype == "float32"


def test_unknown_poolings_and_missing_poolers_are_refused():
    with pytest.raises(ValueError, match="Received: 'max'"):
        models.sentence_model(make(), "max")
    with pytest.raises(ValueError, match="needs an `encoder` with `pooler="):
        models.sentence_model(make(pooler=None), "pooler")
