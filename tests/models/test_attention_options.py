"""Models whose attention is not BERT's: its scores, its heads, its sums."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons import models
from keras_addons.models.parts import Parts
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.models.generation.plain import Plain
from tests.models.generation.plain import random_model

TEXTS = {
    "token_ids": np.array([[2, 7, 8, 3, 0, 0], [2, 9, 8, 7, 6, 3]]),
    "segment_ids": np.array([[0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1]]),
}
SHORT = {key: value[:1, :4] for key, value in TEXTS.items()}
OPTIONS = {
    "normalization": {
        "normalization": layers.EntropyInvariantSoftmax(base_length=3)
    },
    "num_key_value_heads": {"num_key_value_heads": 1},
    "residual_scores": {"residual_scores": True},
    "all": {
        "normalization": layers.SquaredReLU(),
        "num_key_value_heads": 1,
        "residual_scores": True,
    },
}
every = pytest.mark.parametrize("name", OPTIONS)


def encoder(name, family=models.RoFormer, num_layers=2, **options):
    model = family(
        *(20, num_layers, 2, 8, 16),
        **{"dropout": 0.0, "attention_dropout": 0.0, **options},
        **OPTIONS.get(name, {}),
    )
    for index, weight in enumerate(model.weights):
        noise = np.random.default_rng(index).normal(size=weight.shape)
        weight.assign(noise + ("gamma" in weight.path))
    return model


def sequence(model, inputs):
    outputs = model(inputs, training=False)["sequence_output"]
    return keras.ops.convert_to_numpy(outputs)


@every
def test_an_option_changes_the_output_and_padding_does_not(name):
    model = encoder(name)
    actual = sequence(model, TEXTS)
    short = sequence(model, SHORT)
    np.testing.assert_allclose(actual[:1, :4], short, atol=1e-4)
    if name in ("normalization", "residual_scores"):  # same shapes of weights
        assert np.abs(actual - sequence(encoder(None), TEXTS)).max() > 1e-3


def test_as_many_shared_heads_as_heads_are_plain_attention():
    plain = encoder(None)
    same = encoder(None, num_key_value_heads=2)
    np.testing.assert_allclose(
        sequence(same, TEXTS), sequence(plain, TEXTS), atol=1e-6
    )
    one = encoder("num_key_value_heads").parts.blocks[0].attention
    assert one.key.kernel.shape == (8, 4) and one.query.kernel.shape == (8, 8)


def test_scores_go_from_each_block_to_the_next():
    model = encoder("residual_scores", num_layers=3)
    features = model.parts.embed(SHORT["token_ids"], SHORT["segment_ids"])
    scores, summed = None, 0.0
    for block in model.parts.blocks:
        _, own = block.attention(features, return_scores=True)
        features, scores = block(
            features, residual_scores=scores, return_scores=True
        )
        summed = summed + keras.ops.convert_to_numpy(own)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(scores), summed, atol=1e-3
        )
    np.testing.assert_allclose(
        sequence(model, SHORT), keras.ops.convert_to_numpy(features), atol=1e-5
    )


@every
@pytest.mark.parametrize("family", [models.Bert, models.RoFormer])
def test_it_is_saved_and_loaded_with_the_paths_of_its_weights(
    name, family, archive, tmp_path
):
    model = encoder(name, family, pooler="tanh")
    copy = check_config_round_trip(model)
    assert copy.architecture == model.architecture
    archive.add(f"{name} {family.__name__}", model, TEXTS)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert [weight.path for weight in loaded.weights] == [
        weight.path for weight in model.weights
    ]


@every
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_trains(name, policy):
    model = encoder(name, dtype=policy, attention="unilm")
    learner = keras.Model(model.input, model.output["sequence_output"])
    learner.compile("sgd", "mse", jit_compile=JIT_CHOICES[-1])
    history = learner.fit(TEXTS, np.ones((2, 6, 8)), verbose=0).history
    assert np.isfinite(history["loss"][0])


@every
@pytest.mark.parametrize("pooling", ["cls", "first_last_average"])
def test_sentence_vectors_are_those_of_all_tokens(name, pooling):
    model = encoder(name, attention="unilm")
    vectors = models.sentence_model(model, pooling)(SHORT)
    last = sequence(model, SHORT)
    expected = last[:, 0]
    if pooling == "first_last_average":
        first = keras.Model(model.input, model.parts.features[1])(SHORT)
        first = keras.ops.convert_to_numpy(first)
        expected = (first.mean(axis=1) + last.mean(axis=1)) / 2
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(vectors), expected, atol=1e-4
    )


def test_parts_found_by_name_are_features_not_scores():
    model = encoder("residual_scores")
    plain = keras.Model(model.inputs, model.output["sequence_output"])
    found = Parts.of(plain).features[1:]
    assert [tuple(each.shape) for each in found] == [(None, None, 8)] * 2


@every
@pytest.mark.parametrize(
    ("family", "attention"),
    [(models.RoFormer, "unilm"), (models.Bert, "causal")],
)
def test_a_step_with_the_cache_equals_the_whole_text(name, family, attention):
    options = {key: value for key, value in OPTIONS[name].items()}
    model = random_model(family, num_layers=2, attention=attention, **options)
    rows = [[2, 7, 8, 9, 3], [2, 9, 3, 0, 0]]
    decoder = models.CachedDecoder(model, 2, max_length=9)
    plain = Plain(model)
    actual, expected = decoder.start(rows), plain.start(rows)
    for tokens in ([5, 6], [11, 7], [8, 9]):
        np.testing.assert_allclose(actual, expected, atol=1e-3)
        actual, expected = decoder.step(tokens), plain.step(tokens)
    np.testing.assert_allclose(actual, expected, atol=1e-3)


def test_the_cache_has_the_shared_heads_alone():
    model = random_model(
        models.RoFormer, attention="unilm", num_key_value_heads=1
    )
    decoder = models.CachedDecoder(model, 3, max_length=7)
    shapes = {tuple(v.shape) for v in decoder._network.non_trainable_weights}
    assert (3, 1, 7, 4) in shapes and (3, 2, 7, 4) not in shapes


@every
def test_no_checkpoint_says_it_is_bert(name, tmp_path):
    first = next(iter(OPTIONS[name]))
    with pytest.raises(ValueError, match=f"no key for `{first}`: use model.sa"):
        encoder(name).save_checkpoint(tmp_path / "checkpoint")
    assert not (tmp_path / "checkpoint").exists()


@pytest.mark.parametrize("name", ["normalization", "residual_scores"])
def test_weights_of_plain_attention_are_read(name, tmp_path):
    encoder(None).save_checkpoint(tmp_path)
    options = {"dropout": 0.0, "attention_dropout": 0.0, **OPTIONS[name]}
    loaded = models.RoFormer.from_checkpoint(tmp_path, **options)
    np.testing.assert_allclose(
        sequence(loaded, TEXTS), sequence(encoder(name), TEXTS), atol=1e-5
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"normalization": "softmax_plus"}, "`normalization` must be None or"),
        ({"num_key_value_heads": 3}, "must divide `num_heads`=2. Received: 3"),
        (
            {"num_key_value_heads": True},
            "`num_key_value_heads` must be None or",
        ),
        ({"residual_scores": 1}, "`residual_scores` must be a boolean"),
        (
            {"token_mixing": "fnet", "residual_scores": True},
            "`token_mixing` replaces .*`residual_scores`.* 'fnet'",
        ),
    ],
)
def test_other_values_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        models.Bert(20, 1, 2, 8, 16, **options)


def test_learned_positions_rotate_no_values():
    with pytest.raises(ValueError, match="`rotate_values` needs rotary"):
        models.Bert(20, 1, 2, 8, 16, rotate_values=True)
