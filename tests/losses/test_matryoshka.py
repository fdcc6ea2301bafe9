import keras
import numpy as np
import pytest

from keras_addons import losses
from keras_addons.losses import Matryoshka
from tests.losses.cases import CASES
from tests.losses.cases import LABELS
from tests.losses.cases import NUM_ROWS
from tests.losses.cases import normal
from tests.losses.cases import value


@pytest.mark.parametrize(
    "name", ["in_batch", "two_tower", "batch_hard", "angle", "distillation"]
)
def test_equals_the_weighted_sum_over_cut_embeddings(name):
    make, shape, labels = CASES[name]
    embeddings = normal(NUM_ROWS, *shape[:-1], 8)
    expected = value(make(), labels, embeddings) + 0.5 * value(
        make(), labels, embeddings[..., :4]
    )
    loss = Matryoshka(make(), dims=[8, 4], weights=[1.0, 0.5])
    np.testing.assert_allclose(
        value(loss, labels, embeddings), expected, rtol=1e-6
    )


def test_weights_of_rows_reach_the_loss():
    embeddings, ids = normal(NUM_ROWS, 8), LABELS["in_batch"]
    weights = np.arange(NUM_ROWS) % 2
    inner = losses.InBatchContrastive()
    expected = sum(
        value(inner, ids, embeddings[:, :dim], sample_weight=weights)
        for dim in (8, 2)
    )
    loss = Matryoshka(inner, dims=[8, 2])
    np.testing.assert_allclose(
        value(loss, ids, embeddings, sample_weight=weights), expected
    )


def test_bad_arguments_raise():
    inner = losses.CoSENT()
    with pytest.raises(ValueError, match="`loss` must be a Keras loss"):
        Matryoshka("mse", [2])
    with pytest.raises(ValueError, match="`dims` must be positive and diff"):
        Matryoshka(inner, [4, 4])
    with pytest.raises(ValueError, match="`weights` must have one value for"):
        Matryoshka(inner, [4, 2], weights=[1.0])
    with pytest.raises(ValueError, match="at least 8 features"):
        Matryoshka(inner, [8])(np.ones(3), keras.ops.ones((3, 2, 4)))


def test_a_scale_learned_for_the_whole_is_refused():
    with pytest.raises(ValueError, match="temperature=None"):
        Matryoshka(losses.InBatchContrastive(temperature=None), [8, 4])
