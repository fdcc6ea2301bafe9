"""Negatives that are more similar than the positive allows are left out."""

import keras
import numpy as np
import pytest

from keras_addons.layers import GradientCache
from keras_addons.losses import InBatchContrastive
from keras_addons.losses import Matryoshka
from keras_addons.losses import TwoTowerContrastive
from keras_addons.losses import false_negatives
from keras_addons.losses import guided_targets
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import cosine
from tests.losses.definitions import crossentropy

BACKEND = keras.backend.backend()
IDS = np.array([0, 0, 1, 1, 0, 0, 2, 2, 3, 3])
ROWS, GUIDE = normal(10, 4), normal(10, 3, seed=1)
TOWER_IDS = np.array([0, 1, 0, 2, 3])
TOWERS, TOWER_GUIDE = normal(5, 4, 4), normal(5, 4, 3, seed=1)


def rows_by_definition(ids, vectors, judges, margin, temperature=0.2):
    """`judges` are the vectors whose cosines decide; how many are left out."""
    losses, num_dropped = [], 0
    for i, vector in enumerate(vectors):
        partner = i + 1 - 2 * (i % 2)
        limit = cosine(judges[i], judges[partner]) + margin
        negatives = []
        for j, other in enumerate(vectors):
            if j in (i, partner) or ids[j] == ids[i]:
                continue
            if cosine(judges[i], judges[j]) > limit:
                num_dropped += 1
                continue
            negatives.append(cosine(vector, other) / temperature)
        positive = cosine(vector, vectors[partner]) / temperature
        losses.append(crossentropy(positive, negatives))
    return losses, num_dropped


def towers_by_definition(ids, towers, judges, margin, temperature=0.2):
    """Forwards and backwards, with the number of what is left out."""
    losses, num_dropped = [], 0
    for i, (query, positive, *_) in enumerate(towers):
        limit = cosine(judges[i][0], judges[i][1]) + margin
        forwards, backwards = [], []
        for j, row in enumerate(towers):
            for place, candidate in enumerate(row[1:], start=1):
                if place == 1 and ids[j] == ids[i]:
                    continue
                if cosine(judges[i][0], judges[j][place]) > limit:
                    num_dropped += 1
                    continue
                forwards.append(cosine(query, candidate) / temperature)
            if ids[j] != ids[i]:
                if cosine(judges[j][0], judges[i][1]) > limit:
                    num_dropped += 1
                    continue
                backwards.append(cosine(row[0], positive) / temperature)
        own = cosine(query, positive) / temperature
        pair = crossentropy(own, forwards), crossentropy(own, backwards)
        losses.append(np.mean(pair))
    return losses, num_dropped


@pytest.mark.parametrize("margin", [-0.2, 0.0, 0.3])
@pytest.mark.parametrize("guide", [False, True])
def test_rows_equal_the_loop_written_definition(guide, margin):
    judges = GUIDE if guide else ROWS
    expected, num_dropped = rows_by_definition(IDS, ROWS, judges, margin)
    assert 0 < num_dropped < 70
    loss = InBatchContrastive(0.2, margin, guide, reduction="none")
    y_true = guided_targets(IDS, GUIDE) if guide else IDS
    np.testing.assert_allclose(
        value(loss, y_true, ROWS), expected, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("margin", [-0.2, 0.0, 0.3])
@pytest.mark.parametrize("guide", [False, True])
def test_towers_equal_the_loop_written_definition(guide, margin):
    judges = TOWER_GUIDE if guide else TOWERS
    expected, num_dropped = towers_by_definition(
        TOWER_IDS, TOWERS, judges, margin
    )
    assert 0 < num_dropped < 70
    loss = TwoTowerContrastive(0.2, True, margin, guide, reduction="none")
    y_true = TOWER_IDS
    if guide:
        y_true = guided_targets(TOWER_IDS, TOWER_GUIDE)
    np.testing.assert_allclose(
        value(loss, y_true, TOWERS), expected, rtol=1e-4, atol=1e-5
    )


def test_one_false_negative_by_hand():
    # Of row 0 at angle 0: partner at 60 degrees (cosine 0.5), another at 30
    # (0.866) and one at 90 (0). By 0.366 more: only a margin below drops it.
    angles = np.radians([0, 60, 30, 90])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rows = rows.astype("float32")

    def first(margin):
        loss = InBatchContrastive(1.0, margin, reduction="none")
        return value(loss, None, rows)[0]

    both = np.log(1 + np.exp(0.8660254 - 0.5) + np.exp(0 - 0.5))
    np.testing.assert_allclose(first(None), both, rtol=1e-5)
    np.testing.assert_allclose(first(0.4), both, rtol=1e-5)
    one = np.log(1 + np.exp(0 - 0.5))
    np.testing.assert_allclose(first(0.3), one, rtol=1e-5)


LOSSES = {
    "rows": (
        lambda **options: InBatchContrastive(0.2, **options),
        ROWS,
        guided_targets(IDS, GUIDE),
    ),
    "towers": (
        lambda **options: TwoTowerContrastive(0.2, True, **options),
        TOWERS,
        guided_targets(TOWER_IDS, TOWER_GUIDE),
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_guide_without_margin_has_the_margin_0(name):
    make, y_pred, y_true = LOSSES[name]
    without, with_zero = make(guide=True), make(guide=True, margin=0.0)
    np.testing.assert_array_equal(
        value(without, y_true, y_pred), value(with_zero, y_true, y_pred)
    )


@pytest.mark.parametrize("name", LOSSES)
def test_a_margin_that_nothing_exceeds_changes_nothing(name):
    make, y_pred, y_true = LOSSES[name]
    # Cosines differ by 2 at most.
    plain = value(make(), y_true[:, 0], y_pred)
    wide = value(make(margin=2.01), y_true[:, 0], y_pred)
    np.testing.assert_array_equal(wide, plain)
    guided = value(make(guide=True, margin=2.01), y_true, y_pred)
    np.testing.assert_array_equal(guided, plain)


@pytest.mark.parametrize("guide", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_what_is_left_out_gets_no_gradient(name, guide):
    # Below the least cosine there is no negative: no loss, no gradient.
    make, y_pred, y_true = LOSSES[name]
    loss = make(guide=guide, margin=-2.01)
    labels = y_true if guide else y_true[:, 0]
    result, (gradient,) = value_and_gradients(
        lambda y_pred: loss(labels, y_pred), y_pred, jit_compile=True
    )
    assert result == 0
    np.testing.assert_array_equal(gradient, np.zeros_like(gradient))


def test_dot_products_have_a_margin_of_dot_products():
    loss = InBatchContrastive(None, 0.5, reduction="none")
    units = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
    expected, _ = rows_by_definition(IDS, units, units, 0.5, temperature=1.0)
    np.testing.assert_allclose(
        value(loss, IDS, units), expected, rtol=1e-4, atol=1e-5
    )
    # Twice as long vectors have four times the dot products.
    longer = InBatchContrastive(None, 2.0, reduction="none")
    expected, _ = rows_by_definition(IDS, units, units, 0.5, temperature=0.25)
    np.testing.assert_allclose(
        value(longer, IDS, 2 * units), expected, rtol=1e-4, atol=1e-5
    )


def trained(cached, loss, y_true):
    """Weights and loss after two steps on the whole batch."""
    keras.utils.set_random_seed(4)
    encoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    inputs = keras.Input((4,))
    layer = GradientCache(encoder, 4) if cached else encoder
    model = keras.Model(inputs, layer(inputs))
    model.compile(
        keras.optimizers.SGD(0.5),
        loss,
        jit_compile=BACKEND == "jax",
        run_eagerly=BACKEND == "tensorflow" and not cached,
    )
    history = model.fit(
        ROWS, y_true, batch_size=10, epochs=2, shuffle=False, verbose=0
    )
    return encoder.get_weights(), history.history["loss"]


@pytest.mark.parametrize("guide", [False, True])
def test_a_gradient_cache_trains_with_the_same_rows_left_out(guide):
    loss = InBatchContrastive(0.2, 0.0, guide)
    y_true = guided_targets(IDS, GUIDE) if guide else IDS
    weights, values = trained(True, loss, y_true)
    expected_weights, expected = trained(False, loss, y_true)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    for one, other in zip(weights, expected_weights):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    _, plain = trained(False, InBatchContrastive(0.2), IDS)
    assert abs(plain[0] - values[0]) > 1e-3


@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_counts_as_float32(name):
    make, y_pred, y_true = LOSSES[name]
    half = keras.ops.cast(y_pred, "bfloat16")
    same = keras.ops.convert_to_numpy(keras.ops.cast(half, "float32"))
    loss = make(margin=0.1, guide=True)
    np.testing.assert_allclose(
        value(loss, y_true, half), value(loss, y_true, same), rtol=1e-6
    )


def test_prefixes_of_matryoshka_are_judged_by_the_whole_guide():
    loss = InBatchContrastive(0.2, guide=True)
    y_true = guided_targets(IDS, GUIDE)
    parts = value(loss, y_true, ROWS) + value(loss, y_true, ROWS[:, :2])
    total = value(Matryoshka(loss, [4, 2]), y_true, ROWS)
    np.testing.assert_allclose(total, parts, rtol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_round_trip(name):
    make, _, _ = LOSSES[name]
    copy = check_config_round_trip(make(margin=0.1, guide=True))
    assert copy.margin == 0.1 and copy.guide is True


def test_groups_of_any_size_are_numbered():
    # 2^24 and 2^24 + 1 are one number in float32.
    targets = guided_targets(2**24 + IDS, GUIDE)
    np.testing.assert_array_equal(targets, guided_targets(IDS, GUIDE))
    assert targets.dtype == "float32"


def test_more_groups_than_float32_tells_apart_are_refused(monkeypatch):
    monkeypatch.setattr(false_negatives, "LARGEST_EXACT", 4)
    guided_targets(IDS, GUIDE)  # of four groups
    ids = np.append(IDS[1:], 9)
    with pytest.raises(ValueError, match="Received: 5"):
        guided_targets(ids, GUIDE)


def test_bad_arguments_raise():
    for margin in ("0.1", float("nan"), True):
        with pytest.raises(ValueError, match="`margin` must be a number"):
            InBatchContrastive(margin=margin)
        with pytest.raises(ValueError, match="`margin` must be a number"):
            TwoTowerContrastive(margin=margin)
    for y_true in (None, IDS, IDS[:, None]):
        with pytest.raises(ValueError, match="made by `losses.guided_t"):
            InBatchContrastive(guide=True)(y_true, ROWS)
    with pytest.raises(ValueError, match="for each of 4 texts of a row"):
        TwoTowerContrastive(guide=True)(
            guided_targets(TOWER_IDS, TOWER_GUIDE[:, :3]), TOWERS
        )
    with pytest.raises(ValueError, match="one id a row"):
        InBatchContrastive()(guided_targets(IDS, GUIDE), ROWS)
    with pytest.raises(ValueError, match="Received shapes: .9, 3. and .10,."):
        guided_targets(IDS, GUIDE[:9])
    for value_of_one in (np.nan, np.inf):
        vectors = GUIDE.copy()
        vectors[3, 1] = value_of_one
        with pytest.raises(ValueError, match="`vectors` must be finite"):
            guided_targets(IDS, vectors)
