import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons.metrics import CodePerplexity
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip


def perplexity(*batches, num_codes=8):
    metric = CodePerplexity(num_codes)
    for codes in batches:
        metric.update_state(None, np.array(codes))
    return float(metric.result())


def test_one_code_and_equally_frequent_codes():
    assert perplexity([3, 3, 3]) == pytest.approx(1.0)
    assert perplexity(np.arange(8)) == pytest.approx(8.0, rel=1e-5)


def test_shares_are_those_of_all_batches():
    # 1/2, 1/4, 1/4: exp(ln 2 / 2 + 2 * ln 4 / 4) = 2^1.5
    assert perplexity([[0, 1]], [[2, 0]]) == pytest.approx(2**1.5)


def test_masked_codes_do_not_count():
    assert perplexity([0, 1, -1, -1]) == pytest.approx(2.0)
    assert perplexity([-1, -1]) == 0.0


def test_reset():
    metric = CodePerplexity(4)
    metric.update_state(None, np.array([0, 1]))
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_sample_weights_are_refused():
    with pytest.raises(ValueError, match="takes no `sample_weight`"):
        CodePerplexity(4).update_state(None, np.zeros(2), np.ones(2))


def test_round_trip():
    check_config_round_trip(CodePerplexity(4, name="codes"))


def test_fit_reports_it():
    inputs = keras.Input((4,))
    outputs = layers.VectorQuantizer(8)(inputs)
    model = keras.Model(inputs, outputs)
    model.compile(
        "sgd",
        loss={"vectors": "mse"},
        metrics={"codes": CodePerplexity(8)},
        jit_compile=JIT_CHOICES[-1],
    )
    vectors = normal(12, 4)
    targets = {"vectors": vectors, "codes": np.zeros(12)}
    model.layers[-1].codebook.assign(vectors[:8])
    history = model.fit(vectors, targets, batch_size=12, verbose=0).history
    distances = ((vectors[:, None] - vectors[:8]) ** 2).sum(axis=-1)
    counts = np.bincount(distances.argmin(axis=1), minlength=8) / 12
    expected = np.exp(-(counts * np.log(counts)).sum())
    assert history["codes_code_perplexity"] == pytest.approx([expected])
