import keras
import numpy as np
import pytest

from keras_addons.layers import VectorQuantizer
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.checks import check_layer
from tests.gradients import value_and_gradients
from tests.layers.discrete.autoencoder import autoencoder
from tests.layers.discrete.autoencoder import targets

array = keras.ops.convert_to_numpy
MASK = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "bool")
KINDS = {
    "gradients": {},
    "gradients and revival": {"revive_after": 2, "seed": 1},
    "averages": {"momentum": 0.9},
    "averages and revival": {"momentum": 0.9, "revive_after": 2, "seed": 1},
}
every = pytest.mark.parametrize("kind", KINDS)
averages = pytest.mark.parametrize("kind", list(KINDS)[2:])
revivals = pytest.mark.parametrize("kind", list(KINDS)[1::2])


def quantizer(kind="gradients", num_codes=6, size=4, **options):
    """A built layer whose codes are far enough from each other."""
    layer = VectorQuantizer(num_codes, **{**KINDS[kind], **options})
    layer.build((None, None, size))
    layer.codebook.assign(np.arange(num_codes)[:, None] * np.ones(size))
    return layer


@pytest.mark.parametrize("kind", list(KINDS)[:2])
def test_shared_checks(kind, archive):
    def make():
        return VectorQuantizer(6, **KINDS[kind])

    check_layer(make, normal(4, 5, 4), archive)


@every
def test_round_trip(kind):
    check_config_round_trip(VectorQuantizer(6, 0.5, **KINDS[kind]))


@every
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_trains_between_dense_layers(kind, policy):
    keras.config.set_dtype_policy(policy)
    jit_compile = JIT_CHOICES[-1 if policy == "float32" else 0]
    layer = VectorQuantizer(6, **KINDS[kind])
    model = autoencoder(layer, 4, jit_compile=jit_compile)
    before = array(layer.code_vectors())
    features = normal(4, 5, 6)
    history = model.fit(features, targets(features), epochs=3, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert np.abs(array(layer.code_vectors()) - before).max() > 1e-5
    assert layer.codebook.dtype == "float32"


@every
def test_each_vector_becomes_exactly_its_nearest_code(kind):
    layer, vectors = quantizer(kind), 3 * normal(2, 5, 4) + 2
    codes = array(layer.code_vectors())
    distances = ((vectors[:, :, None] - codes) ** 2).sum(axis=-1)
    outputs = layer(vectors)
    expected = distances.argmin(axis=-1)
    np.testing.assert_array_equal(array(outputs["codes"]), expected)
    np.testing.assert_array_equal(array(outputs["vectors"]), codes[expected])
    np.testing.assert_array_equal(
        array(layer.lookup(outputs["codes"])), codes[expected]
    )


def test_the_gradient_of_the_output_is_the_identity():
    layer, factors = quantizer(), normal(2, 5, 4)

    def total(vectors):
        outputs = layer(vectors)["vectors"]
        return keras.ops.sum(keras.ops.multiply(factors, outputs))

    _, (gradient,) = value_and_gradients(total, normal(2, 5, 4))
    np.testing.assert_allclose(gradient, factors, rtol=1e-6)


def loss_of(layer, vectors, **options):
    layer(vectors, **options)
    (loss,) = layer.losses
    return loss


def number(loss):
    return float(array(loss))


@every
def test_the_loss_is_the_weighted_sum_of_both(kind):
    # Each vector is 0.25 from its code in 4 features: 4 / 16 = 0.25.
    layer, vectors = quantizer(kind, commitment_weight=0.5), np.zeros((2, 5, 4))
    vectors = vectors.astype("float32") + 0.25
    weight = 0.5 if "averages" in kind else 1.5
    assert number(loss_of(layer, vectors)) == pytest.approx(0.25 * weight)


def test_the_weight_of_the_codebook():
    layer = quantizer(commitment_weight=0.0, codebook_weight=3.0)
    vectors = np.full((2, 5, 4), 0.25, "float32")
    assert number(loss_of(layer, vectors)) == pytest.approx(0.75)


@pytest.mark.parametrize("weights", [(0.25, None), (0.25, 2.0), (0.0, 1.0)])
def test_the_vectors_are_moved_by_the_commitment_alone(weights):
    layer = quantizer(commitment_weight=weights[0], codebook_weight=weights[1])
    vectors = np.full((2, 5, 4), 0.25, "float32")

    def total(vectors):
        return loss_of(layer, vectors) + 0.0 * keras.ops.sum(vectors)

    _, (gradient,) = value_and_gradients(total, vectors)
    # d mean_i |z_i - e|^2 / d z = 2 * 0.25 / 10
    expected = np.full(vectors.shape, weights[0] * 0.05)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


@pytest.mark.parametrize("commitment_weight", [0.0, 7.0])
@pytest.mark.parametrize("codebook_weight", [1.0, 3.0])
def test_the_codebook_is_moved_by_its_own_loss_alone(
    commitment_weight, codebook_weight
):
    layer = VectorQuantizer(
        6, commitment_weight, codebook_weight=codebook_weight
    )
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, layer(inputs))
    start = np.arange(6)[:, None] * np.ones(4)
    layer.codebook.assign(start)
    model.compile(keras.optimizers.SGD(0.1))
    vectors = np.full((2, 5, 4), 0.25, "float32")
    vectors[1] = 3.5 + 0.25
    model.train_on_batch(vectors)
    # Five vectors of ten at 0.25 from code 0 and at -0.25 from code 4:
    # a step of 0.1 * 2 * 0.25 / 2 towards them.
    expected = start.copy()
    expected[0] += 0.025 * codebook_weight
    expected[4] -= 0.025 * codebook_weight
    np.testing.assert_allclose(array(layer.codebook), expected, rtol=1e-5)


@averages
def test_the_codebook_follows_the_average(kind):
    layer = quantizer(kind)
    assert not layer.trainable_weights
    vectors = np.full((1, 2, 4), 0.25, "float32")
    layer(vectors, training=True)
    # N = 0.9 + 0.1 * 2, m = 0.1 * 2 * 0.25; the others stay.
    expected = np.arange(6)[:, None] * np.ones(4)
    expected[0] = 0.05 / 1.1
    np.testing.assert_allclose(array(layer.codebook), expected, rtol=1e-5)
    counts = [1.1, 0.9, 0.9, 0.9, 0.9, 0.9]
    np.testing.assert_allclose(array(layer.counts), counts, rtol=1e-5)


@every
def test_without_training_nothing_moves(kind):
    layer = quantizer(kind)
    before = [array(weight) for weight in layer.weights]
    for _ in range(3):
        layer(normal(2, 5, 4))
    for weight, value in zip(layer.weights, before):
        np.testing.assert_array_equal(array(weight), value)


@every
@pytest.mark.parametrize("fill", [1e3, np.nan, np.inf])
def test_masked_vectors_move_nothing(kind, fill):
    masked, alone = quantizer(kind), quantizer(kind)
    vectors = 2 * normal(2, 5, 4) + 2
    flat = vectors[MASK][None]
    vectors[~MASK] = fill
    losses = []
    for _ in range(2):  # one before the first code is revived
        losses.append(
            (
                number(loss_of(masked, vectors, mask=MASK, training=True)),
                number(loss_of(alone, flat, training=True)),
            )
        )
        if "revival" in kind:
            break
    np.testing.assert_allclose(*np.transpose(losses), rtol=1e-5)
    for one, other in zip(masked.weights[:4], alone.weights[:4]):
        np.testing.assert_allclose(array(one), array(other), rtol=1e-5)


@every
def test_vectors_that_are_not_finite_move_nothing(kind):
    layer, vectors = quantizer(kind), normal(2, 5, 4)
    vectors[0, 1] = np.nan
    vectors[1, 2] = np.inf
    assert np.isfinite(number(loss_of(layer, vectors, training=True)))
    for weight in layer.weights:
        assert np.isfinite(array(weight)).all()


@every
def test_a_batch_without_vectors_moves_nothing(kind):
    layer = quantizer(kind)
    before = array(layer.code_vectors())
    for _ in range(4):
        loss = loss_of(
            layer, normal(2, 5, 4), mask=np.zeros((2, 5), "bool"), training=True
        )
        assert number(loss) == 0.0
    np.testing.assert_array_equal(array(layer.code_vectors()), before)


def test_masked_codes_are_minus_one_and_the_mask_is_passed_on():
    layer, vectors = quantizer(), normal(2, 5, 4)
    outputs = layer(vectors, mask=MASK)
    assert ((array(outputs["codes"]) == -1) == ~MASK).all()
    found = array(layer.lookup(outputs["codes"]))
    assert not found[~MASK].any()
    np.testing.assert_array_equal(found[MASK], array(outputs["vectors"])[MASK])
    inputs = keras.layers.Masking()(keras.Input((None, 4)))
    for each in layer(inputs).values():
        assert each._keras_mask is not None


@revivals
def test_dead_codes_start_again_at_vectors_of_the_batch(kind):
    layer = quantizer(kind)
    vectors = 0.1 * normal(1, 9, 4)  # all of code 0
    layer(vectors, training=True)
    before = array(layer.code_vectors())
    np.testing.assert_array_equal(before[1:], array(quantizer().codebook)[1:])
    layer(vectors, training=True)
    revived = array(layer.code_vectors())[1:]
    distances = np.abs(revived[:, None] - vectors[0]).max(axis=-1)
    np.testing.assert_allclose(distances.min(axis=1), 0.0, atol=1e-6)
    assert len(set(distances.argmin(axis=1))) == 5  # no two at one vector
    assert not array(layer.idle_steps).any()


@revivals
def test_no_masked_vector_revives_a_code(kind):
    layer = quantizer(kind)
    vectors = 0.1 * normal(1, 9, 4)
    vectors[:, 5:] = 500.0
    mask = np.arange(9)[None] < 5
    for _ in range(3):
        layer(vectors, mask=mask, training=True)
    assert np.abs(array(layer.code_vectors())).max() < 1.0


@revivals
def test_codes_in_use_do_not_start_again(kind):
    layer = quantizer(kind, commitment_weight=0.0)
    vectors = array(layer.codebook)[None]
    for _ in range(5):
        layer(vectors, training=True)
    np.testing.assert_allclose(array(layer.code_vectors()), vectors[0])


@every
def test_training_resumes_exactly(kind, tmp_path):
    features = normal(8, 5, 6)
    features[:, 4] = -9.0  # masked

    def run(model):
        for start in (0, 4, 0):
            batch = features[start : start + 4]
            model.train_on_batch(batch, targets(batch))

    layer = VectorQuantizer(6, **KINDS[kind])
    optimizer = keras.optimizers.Adam(0.05)
    model = autoencoder(layer, 4, optimizer=optimizer)
    run(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    run(model)
    run(loaded)
    # `variables` has the state of random numbers, too.
    for one, other in zip(model.variables, loaded.variables, strict=True):
        np.testing.assert_allclose(array(one), array(other), rtol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"num_codes": 0},
        {"commitment_weight": -1},
        {"codebook_weight": 0},
        {"momentum": 1.0},
        {"revive_after": 0},
        {"codebook_weight": 1.0, "momentum": 0.9},
    ],
    ids=str,
)
def test_arguments_are_checked(options):
    name = next(iter(options))
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received"):
        VectorQuantizer(**{"num_codes": 4, **options})


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
@pytest.mark.parametrize("kind", list(KINDS)[1:])
def test_state_is_refused_under_a_strategy(kind):
    from tests.strategies import mirrored_strategy

    with mirrored_strategy().scope():
        with pytest.raises(ValueError, match="must be None under .* Received"):
            quantizer(kind)
        quantizer()
