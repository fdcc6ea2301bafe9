"""What a release has saved, all later ones load and train on from.

The expected weights were computed by the release that wrote the file
(`write_golden.py`): a test of compatibility, not of the rules.
"""

import keras
import numpy as np
import pytest

from tests.archive import train
from tests.optimizers.write_golden import FOLDER

FILES = sorted(FOLDER.glob("*/*.keras"))


def test_golden_files_are_there_and_small():
    assert FILES
    for release in FOLDER.iterdir():
        sizes = [path.stat().st_size for path in release.iterdir()]
        assert sum(sizes) < 100_000


@pytest.mark.parametrize(
    "path", FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES]
)
def test_training_goes_on_as_when_it_was_released(path):
    with np.load(path.with_suffix(".npz")) as file:
        expected = dict(file)
    policy = str(expected["policy"])
    keras.config.set_dtype_policy(policy)
    model = keras.models.load_model(path)
    train(model, zip(expected["ids"], expected["targets"]))
    # float16 has 11 bits, and backends round differently.
    tolerance = 1e-5 if policy == "float32" else 2e-3
    for index, weight in enumerate(model.get_weights()):
        np.testing.assert_allclose(
            weight,
            expected[f"weight_{index}"],
            rtol=tolerance,
            atol=tolerance,
        )
