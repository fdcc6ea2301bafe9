import keras
import numpy as np
import pytest

from keras_addons.layers import KeyCodebook
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

IS_KEY = np.arange(6) < np.array([[6], [4]])


def built(keys, used=True, **options):
    """A codebook of 3 codes, as if they had been used 2 times each."""
    codebook = KeyCodebook(3, **options)
    codebook.build(keys.shape)
    if used:
        codebook.counts.assign(np.full((2, 3), 2.0))
        codebook.sums.assign(2 * as_float32(codebook.codes))
    return codebook


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_codes_move_to_the_means_of_their_keys():
    keys = normal(2, 2, 6, 4)
    codebook = built(keys, momentum=0.75)
    before = as_float32(codebook.codes)
    codes = numpy(codebook(keys, is_key=IS_KEY, training=True))
    for head in range(2):
        for code in range(3):
            own = (codes[:, head] == code) & IS_KEY
            mine = keys[:, head][own]
            count = 0.75 * 2 + 0.25 * len(mine)
            total = 0.75 * 2 * before[head, code] + 0.25 * mine.sum(0)
            np.testing.assert_allclose(
                as_float32(codebook.codes)[head, code],
                total / count,
                atol=1e-5,
            )
            np.testing.assert_allclose(
                as_float32(codebook.counts)[head, code], count, rtol=1e-5
            )


def test_inference_learns_nothing():
    keys = normal(2, 2, 6, 4)
    codebook = built(keys)
    before = [as_float32(each) for each in codebook.weights]
    codebook(keys)
    assert codebook.losses == []
    for one, other in zip(before, codebook.weights):
        np.testing.assert_array_equal(one, as_float32(other))


def test_unused_codes_become_keys_but_never_padding():
    keys = normal(2, 2, 6, 4)
    keys[1, :, 4:] = 99.0
    # A code of all 10 keys would count 0.1, so all are unused.
    codebook = built(keys, used=False, smallest_count=0.2)
    codebook(keys, is_key=IS_KEY, training=True)
    for head in range(2):
        real = keys[:, head][IS_KEY]
        for code in as_float32(codebook.codes)[head]:
            assert (real == code).all(-1).any()
    np.testing.assert_array_equal(as_float32(codebook.counts), 1.0)


def test_all_padding_is_finite():
    keys = normal(2, 2, 6, 4)
    codebook = built(keys, used=False)
    codebook(keys, is_key=np.zeros((2, 6), bool), training=True)
    assert all(np.isfinite(as_float32(w)).all() for w in codebook.weights)
    assert all(np.isfinite(as_float32(loss)) for loss in codebook.losses)


def test_commitment_draws_keys_to_their_codes():
    # d/dk of 0.5 * mean |k - c|^2 over the 2 * 10 keys: (k - c) / 20.
    keys = normal(2, 2, 6, 4)
    codebook = built(keys, commitment=0.5)
    before = as_float32(codebook.codes)
    codes = numpy(codebook(keys))

    def loss(keys):
        codebook.counts.assign(np.full((2, 3), 2.0))
        codebook.codes.assign(before)
        codebook(keys, is_key=IS_KEY, training=True)
        return codebook.losses[-1]

    if keras.backend.backend() == "jax":  # assigns traced values outside fit
        from keras_addons.layers.attention.key_codebook import distance

        one_hot = np.eye(3, dtype="float32")[codes] * IS_KEY[:, None, :, None]

        def loss(keys):
            return 0.5 * distance(keys, one_hot, before)

    value, (gradient,) = value_and_gradients(loss, keys)
    own = before[np.arange(2)[None, :, None], codes]
    mask = IS_KEY[:, None, :, None]
    np.testing.assert_allclose(gradient, (keys - own) * mask / 20, atol=1e-5)
    squares = (((keys - own) ** 2) * mask).sum()
    np.testing.assert_allclose(value, 0.5 * squares / 20, rtol=1e-5)


def test_training_that_is_loaded_goes_on_with_the_next_draw(tmp_path):
    # All codes are dead: each call makes random keys of all of them.
    inputs = keras.Input((2, 9, 4))
    codebook = KeyCodebook(3, smallest_count=100.0, seed=0, name="codebook")
    model = keras.Model(inputs, codebook(inputs))
    keys = normal(2, 2, 9, 4)
    model(keys, training=True)
    first = as_float32(codebook.codes).copy()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for each in (model, loaded):
        each(keys, training=True)
    other = as_float32(loaded.get_layer("codebook").codes)
    np.testing.assert_array_equal(other, as_float32(codebook.codes))
    assert (other != first).any()


def test_training_finds_the_clusters():
    # Keys of 3 clusters: after some calls each has a code at its mean.
    random = np.random.default_rng(0)
    centres = 5 * random.normal(size=(3, 4))
    codebook = KeyCodebook(4, momentum=0.5, seed=0)
    for _ in range(40):
        clusters = random.integers(3, size=(2, 1, 20))
        keys = centres[clusters] + 0.01 * random.normal(size=(2, 1, 20, 4))
        codebook(keys.astype("float32"), training=True)
    codes = as_float32(codebook.codes)[0]
    distances = np.linalg.norm(centres[:, None] - codes[None], axis=-1)
    assert (distances.min(axis=1) < 0.05).all()


@pytest.mark.parametrize(
    "options, match",
    [
        ({"num_codes": 0}, "`num_codes` must be .* 0"),
        ({"momentum": 1.0}, "`momentum` must be .* 1.0"),
        ({"commitment": -1}, "`commitment` must be .* -1"),
        ({"smallest_count": -1}, "`smallest_count` must be .* -1"),
    ],
)
def test_arguments_are_checked(options, match):
    with pytest.raises(ValueError, match=match):
        KeyCodebook(**options)
