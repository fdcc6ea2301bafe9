"""Both kinds of GlobalPointer, which share masks, dtypes and positions."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons.losses import MultiLabelCrossentropy
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_layer
from tests.gradients import value_and_gradients
from tests.ops.definitions import rotate_by_definition

BOTH = pytest.mark.parametrize(
    "kind", [layers.GlobalPointer, layers.EfficientGlobalPointer]
)
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 1, 1, 1]], bool)


def span_product(start, end, positions, rotary):
    """`(R_i q) . (R_j k) / sqrt(head_size)` of two vectors."""
    if rotary:
        vectors = np.stack([start, end])
        start, end = rotate_by_definition(vectors, positions)
    return start @ end / np.sqrt(len(start))


def by_definition(layer, features):
    """One span at a time, from 8373 and 8877."""
    size, rotary = layer.head_size, layer.with_rotary
    length = len(features)
    logits = np.empty((layer.num_heads, length, length))
    weights = [weight.numpy() for weight in layer.weights]
    kernel, bias = weights[:2]
    projected = features @ kernel + bias
    for head, i, j in np.ndindex(logits.shape):
        if isinstance(layer, layers.GlobalPointer):
            columns = projected[:, 2 * size * head : 2 * size * (head + 1)]
            start, end = columns[i, :size], columns[j, size:]
            of_type = 0.0
        else:
            start, end = projected[i, ::2], projected[j, 1::2]
            types = projected @ weights[2] + weights[3]
            of_type = (types[j, 2 * head] + types[i, 2 * head + 1]) / 2
        product = span_product(start, end, (i, j), rotary)
        logits[head, i, j] = product + of_type
    return logits


def with_biases(layer, size=8):
    layer.build((None, None, size))
    for index, weight in enumerate(layer.weights):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape) / 2)
    return layer


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))


@BOTH
def test_shared_checks(kind, archive):
    check_layer(lambda: kind(3, head_size=4), normal(4, 5, 8), archive)


@BOTH
@pytest.mark.parametrize("with_rotary", [True, False])
def test_equals_the_definition(kind, with_rotary):
    layer = kind(3, head_size=4, with_rotary=with_rotary, only_upper=False)
    with_biases(layer)
    features = normal(2, 5, 8)
    expected = [by_definition(layer, text) for text in features]
    np.testing.assert_allclose(outputs(layer, features), expected, atol=1e-5)


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "float16"])
def test_impossible_spans_have_one_finite_logit(kind, dtype):
    layer = with_biases(kind(2, head_size=4, dtype=dtype))
    features = normal(3, 5, 8)
    logits = outputs(layer, features, mask=MASK)
    assert logits.dtype == "float32"
    for text, _, i, j in np.ndindex(3, 2, 5, 5):
        is_possible = i <= j and MASK[text, i] and MASK[text, j]
        alike = logits[text, :, i, j] == -30000.0
        assert np.all(alike != is_possible)
    for lower in ("float16", "bfloat16"):
        cast = keras.ops.cast(keras.ops.cast(logits, lower), "float32")
        assert np.all(np.isfinite(keras.ops.convert_to_numpy(cast)))


@BOTH
def test_padding_changes_no_possible_span(kind):
    layer = with_biases(kind(2, head_size=4))
    features = normal(3, 5, 8)
    alone = outputs(layer, features[1:2, :3])
    logits = outputs(layer, features, mask=MASK)[1:2, :, :3, :3]
    np.testing.assert_allclose(logits, alone, atol=1e-5)


@BOTH
def test_only_the_distance_counts_with_rotary(kind):
    # One token again and again: the logit depends on j - i alone.
    layer = with_biases(kind(2, head_size=4, only_upper=False))
    features = np.repeat(normal(1, 1, 8), 6, axis=1)
    logits = outputs(layer, features)[0]
    np.testing.assert_allclose(
        logits[:, 1:, 1:], logits[:, :-1, :-1], atol=1e-5
    )
    assert np.ptp(logits[0, 0]) > 0.1


@BOTH
def test_a_keras_mask_is_used_and_ends_here(kind):
    token_ids = np.array([[4, 5, 6, 0], [7, 0, 0, 0]])
    inputs = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(9, 8, mask_zero=True)(inputs)
    logits = kind(2, head_size=4)(features)
    assert getattr(logits, "_keras_mask", None) is None
    answer = keras.ops.convert_to_numpy(
        keras.Model(inputs, logits)(token_ids, training=False)
    )
    assert np.all(answer[1, :, 0, 1:] == -30000.0)
    assert np.all(answer[0, :, 0, :3] > -100.0)


@BOTH
def test_the_number_of_weights_is_that_of_the_papers(kind):
    layer = kind(100, use_bias=False)
    layer.build((None, None, 768))
    # 8877: 2 D d a type, or 2 D d once and 4 d a type.
    is_efficient = kind is layers.EfficientGlobalPointer
    expected = 2 * 768 * 64 + 4 * 64 * 100 if is_efficient else 9_830_400
    # Each of the two vectors of a type sees both `q` and `k`: 2 d each.
    assert layer.count_params() == expected


@BOTH
def test_impossible_spans_have_no_gradient(kind):
    layer = with_biases(kind(2, head_size=4))

    def total(features):
        logits = layer(features, mask=MASK)
        return keras.ops.sum(
            keras.ops.where(logits > -3e4, logits, 0.0)
        ), logits

    features = normal(3, 5, 8)
    _, (of_possible,) = value_and_gradients(lambda x: total(x)[0], features)
    _, (of_all,) = value_and_gradients(
        lambda x: keras.ops.sum(total(x)[1]), features
    )
    np.testing.assert_allclose(of_all, of_possible, atol=1e-5)
    assert np.all(of_all[1, 3:] == 0.0)


@BOTH
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_fit_learns_spans(kind, policy):
    keras.config.set_dtype_policy(policy)
    inputs = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(20, 16, mask_zero=True)(inputs)
    model = keras.Model(inputs, kind(2, head_size=8)(features))
    model.compile(
        keras.optimizers.Adam(0.05),
        loss=MultiLabelCrossentropy(axis=(-2, -1)),
        jit_compile=JIT_CHOICES[-1],
    )
    token_ids = np.array([[5, 6, 7, 8, 0], [8, 6, 9, 0, 0]])
    spans = np.zeros((2, 2, 5, 5))
    spans[0, 0, 1, 2] = spans[0, 1, 0, 0] = spans[1, 0, 1, 2] = 1
    model.fit(token_ids, spans, epochs=40, verbose=0)
    answers = model.predict(token_ids, verbose=0) > 0
    np.testing.assert_array_equal(answers, spans)


@BOTH
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_heads": 0}, "`num_heads`.*Received: 0"),
        ({"num_heads": 2, "head_size": 0}, "`head_size`.*Received: 0"),
        ({"num_heads": 2, "head_size": 7}, "must be even.*Received: 7"),
    ],
)
def test_bad_arguments_are_named(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(**arguments)


@BOTH
def test_features_without_a_length_are_refused(kind):
    with pytest.raises(ValueError, match="`features` must be"):
        kind(2)(np.zeros((2, 8), "float32"))
