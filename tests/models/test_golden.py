"""Models that a release has saved give the same outputs in later ones."""

import keras
import numpy as np
import pytest

from tests.models.write_golden import FOLDER
from tests.models.write_golden import outputs_of

FILES = sorted(FOLDER.glob("*/*.keras"))


def test_golden_files_are_there_and_small():
    assert FILES
    for release in FOLDER.iterdir():
        sizes = [path.stat().st_size for path in release.iterdir()]
        assert sum(sizes) < 100_000


@pytest.mark.parametrize(
    "path", FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES]
)
def test_a_saved_model_answers_as_when_it_was_released(path):
    with np.load(path.with_suffix(".npz")) as file:
        expected = dict(file)
    model = keras.saving.load_model(path)
    inputs = {each.name: expected.pop(each.name) for each in model.inputs}
    outputs = outputs_of(model, inputs)
    assert set(outputs) == set(expected)
    for name, output in outputs.items():
        np.testing.assert_allclose(output, expected[name], atol=1e-5)
