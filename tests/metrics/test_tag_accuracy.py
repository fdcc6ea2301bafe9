import numpy as np
import pytest

from keras_addons.metrics import TagAccuracy
from tests.checks import check_config_round_trip

TAGS = np.array([[1, 0, 2], [3, -1, -100]])
ANSWERS = np.array([[1, 1, 2], [3, 0, 0]])


def test_only_known_tags_count():
    metric = TagAccuracy()
    metric.update_state(TAGS, ANSWERS)  # right: 1, 2 and 3 of four
    assert float(metric.result()) == 0.75
    metric.update_state(TAGS[:1], 0 * ANSWERS[:1])  # right: 0 of three
    assert float(metric.result()) == pytest.approx(4 / 7)
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_float_targets_are_tags_too():
    metric = TagAccuracy()
    metric.update_state(TAGS.astype("float32"), ANSWERS)
    assert float(metric.result()) == 0.75


def test_sample_weights_are_refused():
    with pytest.raises(ValueError, match="takes no `sample_weight`"):
        TagAccuracy().update_state(TAGS, ANSWERS, np.ones(2))


def test_logits_are_refused():
    with pytest.raises(ValueError, match="`y_true` must have the rank"):
        TagAccuracy().update_state(TAGS, np.zeros((2, 3, 4)))


def test_round_trip():
    check_config_round_trip(TagAccuracy(name="accuracy"))
