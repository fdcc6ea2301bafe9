import keras
import numpy as np
import pytest

from keras_addons import models
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

# What starts quickest: XLA takes seconds on TensorFlow, and steps without it
# on JAX.
QUICK = keras.backend.backend() == "jax"
FAMILIES = [models.Bert, models.RoFormer]
either = pytest.mark.parametrize("family", FAMILIES)


def small(family, **options):
    return family(50, 2, 2, 8, 16, **options)


def texts(*rows):
    """Rows of "ids|ids of segment 1" as arrays, padded with 0."""
    parts = [[part.split() for part in row.split("|")] for row in rows]
    length = max(sum(map(len, row)) for row in parts)
    inputs = {
        name: np.zeros((len(rows), length), "int32")
        for name in ("token_ids", "segment_ids")
    }
    for number, row in enumerate(parts):
        start = 0
        for segment, ids in enumerate(row):
            end = start + len(ids)
            inputs["token_ids"][number, start:end] = ids
            inputs["segment_ids"][number, start:end] = segment
            start = end
    return inputs


def outputs(model, inputs, name="sequence_output"):
    return keras.ops.convert_to_numpy(model(inputs, training=False)[name])


@either
@pytest.mark.parametrize("attention", ["bidirectional", "unilm", "causal"])
def test_padding_never_changes_another_token(family, attention):
    model = small(family, attention=attention)
    alone = outputs(model, texts("3 4 5|6 7"))
    padded = outputs(model, texts("3 4 5|6 7", "1 2 3 4 5 6 7 8|9 10 11"))
    np.testing.assert_allclose(padded[:1, :5], alone, atol=1e-5)


@either
def test_padding_is_masked_in_the_output(family):
    sequence = small(family)(texts("3 4", "5 6 7"))["sequence_output"]
    mask = keras.ops.convert_to_numpy(sequence._keras_mask)
    assert mask.tolist() == [[True, True, False], [True, True, True]]


@either
def test_unilm_segment_0_does_not_see_segment_1(family):
    model = small(family, attention="unilm")
    first = outputs(model, texts("3 4 5|6 7 8"))
    second = outputs(model, texts("3 4 5|9 10 11"))
    np.testing.assert_allclose(first[:, :3], second[:, :3], atol=1e-5)
    assert not np.allclose(first[:, 3:], second[:, 3:], atol=1e-3)


@either
def test_unilm_segment_1_does_not_see_its_future(family):
    model = small(family, attention="unilm")
    first = outputs(model, texts("3 4|5 6 7"))
    second = outputs(model, texts("3 4|5 6 8"))
    np.testing.assert_allclose(first[:, :4], second[:, :4], atol=1e-5)


@either
def test_unilm_segment_1_sees_all_of_segment_0(family):
    model = small(family, attention="unilm")
    first = outputs(model, texts("3 4|5 6"))
    second = outputs(model, texts("3 9|5 6"))
    assert (np.abs(first - second).max(axis=-1) > 1e-4).all()


@either
def test_causal_tokens_do_not_see_the_future(family):
    model = small(family, attention="causal")
    first = outputs(model, texts("3 4 5 6"))
    second = outputs(model, texts("3 4 7 8"))
    np.testing.assert_allclose(first[:, :2], second[:, :2], atol=1e-5)


def test_rotary_blocks_ignore_a_common_shift():
    # Where every token looks alike at any start, only distances count.
    model = small(models.RoFormer)
    start = outputs(model, texts("3 4 5"))
    later = outputs(model, texts("0 0 0 0 0 3 4 5"))
    np.testing.assert_allclose(later[:, 5:], start, atol=1e-5)


def test_learned_positions_are_absolute():
    model = small(models.Bert)
    start = outputs(model, texts("3 4 5"))
    later = outputs(model, texts("0 3 4 5"))
    assert not np.allclose(later[:, 1:], start, atol=1e-3)


@either
def test_outputs_are_those_asked_for(family):
    assert set(small(family).output) == {"sequence_output"}
    model = small(family, pooler="linear", with_lm_head=True)
    shapes = {name: part.shape for name, part in model.output.items()}
    assert shapes == {
        "sequence_output": (None, None, 8),
        "pooled_output": (None, 8),
        "token_logits": (None, None, 50),
    }


def test_the_pooler_is_a_dense_layer_on_the_first_token():
    model = small(models.RoFormer, pooler="tanh")
    inputs = texts("3 4 5", "6 7")
    kernel, bias = model.get_layer("pooler").get_weights()
    expected = np.tanh(outputs(model, inputs)[:, 0] @ kernel + bias)
    np.testing.assert_allclose(
        outputs(model, inputs, "pooled_output"), expected, atol=1e-6
    )


def test_logits_are_tied_to_the_token_table():
    plain = small(models.RoFormer)
    model = small(models.RoFormer, with_lm_head=True)
    # A dense layer (8 x 8 + 8), a norm (8 + 8) and a bias (50), no table.
    assert model.count_params() - plain.count_params() == 72 + 16 + 50


@either
def test_a_small_model_memorizes_a_text(family):
    options = {"with_lm_head": True, "dropout": 0.0, "epsilon": 1e-6}
    model = family(50, 1, 2, 8, 16, **options)
    inputs = texts("3 4 5 6", "7 8 9")
    learner = keras.Model(model.input, model.output["token_logits"])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    learner.compile(keras.optimizers.Adam(0.03), loss, jit_compile=QUICK)
    history = [
        float(learner.train_on_batch(inputs, inputs["token_ids"]))
        for _ in range(40)
    ]
    assert history[-1] < 0.2 < 3.0 < history[0]


@pytest.mark.parametrize(
    "policy, jit_compile",
    [("mixed_bfloat16", JIT_CHOICES[-1]), ("mixed_float16", QUICK)],
)
def test_trains_in_mixed_precision(policy, jit_compile):
    model = models.RoFormer(50, 1, 2, 8, 16, attention="unilm", dtype=policy)
    sequence = model.output["sequence_output"]
    assert sequence.dtype == policy.removeprefix("mixed_")
    learner = keras.Model(
        model.input, keras.layers.Dense(1, dtype="float32")(sequence)
    )
    learner.compile("sgd", "mse", jit_compile=jit_compile)
    lengths = ("3 4|5", "3 4 5|6 7")
    # XLA takes seconds for each; layers show that it takes several.
    for text in lengths[: 1 if jit_compile else 2]:
        inputs = texts(text, text)
        targets = np.ones(inputs["token_ids"].shape + (1,), "float32")
        history = learner.fit(inputs, targets, verbose=0).history
        assert np.isfinite(history["loss"][0])


@either
@pytest.mark.parametrize(
    "options",
    [
        {},
        {
            "attention": "unilm",
            "pooler": "linear",
            "with_lm_head": True,
            "embedding_dim": 4,
            "activation": "gelu_new",
            "num_segments": 3,
        },
    ],
    ids=["plain", "everything"],
)
def test_round_trip(family, options, archive):
    model = small(family, **options)
    copy = check_config_round_trip(model)
    assert copy.architecture == model.architecture
    archive.add(family.__name__, model, texts("3 4 5|6 7", "8 9"))


def test_a_learner_around_the_model_round_trips(archive):
    model = small(models.RoFormer, pooler="tanh", name="encoder")
    scores = keras.layers.Dense(3)(model.output["pooled_output"])
    learner = keras.Model(model.input, scores)
    archive.add("classifier", learner, texts("3 4 5|6 7", "8 9"))


def test_sizes_of_the_field():
    # What Google's release of small BERTs lists, with its vocabulary and
    # pooler: tiny 4.4 million, mini 11.3 million weights.
    for size, millions in {"tiny": 4.4, "mini": 11.2}.items():
        model = models.Bert.from_size(size, 30522, pooler="tanh")
        assert abs(model.count_params() / 1e6 - millions) < 0.1


@pytest.mark.parametrize(
    "options",
    [
        {"attention": "sparse"},
        {"pooler": "mean"},
        {"num_layers": 0},
        {"num_heads": 3},
        {"vocabulary_size": -1},
        {"max_length": 0},
        {"hidden_dim": 8.0},
        {"dropout": 1.0},
        {"attention_dropout": "0.1"},
        {"epsilon": -1},
        {"embedding_dim": 0},
        {"with_lm_head": 1},
    ],
    ids=str,
)
def test_an_argument_that_does_not_fit_is_named(options):
    arguments = {
        "vocabulary_size": 50,
        "num_layers": 1,
        "num_heads": 2,
        "hidden_dim": 8,
        "intermediate_dim": 16,
    }
    (name,) = options
    with pytest.raises(ValueError, match=f"`{name}`.* Received: "):
        models.RoFormer(**{**arguments, **options})


def test_an_unknown_size_is_named():
    with pytest.raises(ValueError, match="`size` must be .* Received: 'huge'"):
        models.Bert.from_size("huge", 100)
