import sys

import numpy as np
import pytest

from keras_addons.retrieval import SearchIndex

RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(300, 16)).astype("float32")
QUERIES = RANDOM.normal(size=(20, 16)).astype("float32")


def cosines():
    lengths = np.linalg.norm(VECTORS, axis=1)
    queries = QUERIES / np.linalg.norm(QUERIES, axis=1, keepdims=True)
    return queries @ (VECTORS / lengths[:, None]).T


def test_an_exact_search_finds_the_largest_cosines():
    scores, rows = SearchIndex(VECTORS).search(QUERIES, k=5)
    expected = np.argsort(-cosines(), axis=1)[:, :5]
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_allclose(
        scores, np.take_along_axis(cosines(), expected, axis=1), atol=1e-6
    )
    assert scores.dtype == "float32" and rows.dtype == "int64"


def test_one_query_has_an_answer_of_one_axis():
    index = SearchIndex(VECTORS)
    scores, rows = index.search(QUERIES[3], k=4)
    np.testing.assert_array_equal(rows, index.search(QUERIES, 4)[1][3])
    assert scores.shape == (4,)
    assert index.search(QUERIES, 999)[1].shape == (20, 300)


def test_an_approximate_search_finds_nearly_all_of_them():
    pytest.importorskip("faiss")
    scores, rows = SearchIndex(VECTORS, approximate=True).search(QUERIES, 10)
    expected = np.argsort(-cosines(), axis=1)[:, :10]
    found = [len(set(a) & set(b)) for a, b in zip(rows, expected)]
    assert np.mean(found) > 9.5
    np.testing.assert_allclose(
        scores, np.take_along_axis(cosines(), rows, axis=1), atol=1e-5
    )
    assert scores.dtype == "float32" and rows.dtype == "int64"


@pytest.mark.parametrize("approximate", [False, True])
def test_a_saved_index_answers_the_same(approximate, tmp_path):
    if approximate:
        pytest.importorskip("faiss")
    SearchIndex(VECTORS[:9]).save(tmp_path)  # to be replaced
    index = SearchIndex(VECTORS, approximate, search_width=40)
    index.save(tmp_path)
    loaded = SearchIndex.from_folder(tmp_path)
    assert (len(loaded), loaded.dim) == (len(index), index.dim) == (300, 16)
    for one, other in zip(loaded.search(QUERIES), index.search(QUERIES)):
        np.testing.assert_array_equal(one, other)
    assert loaded.search_width == 40
    assert not list(tmp_path.glob(".*"))


def test_a_failure_while_saving_leaves_the_old_files(tmp_path, monkeypatch):
    SearchIndex(VECTORS[:9]).save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(path, array):
        with open(path, "wb") as file:
            file.write(b"half of it")
        raise OSError("disk full")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        SearchIndex(VECTORS).save(tmp_path)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after == before


def test_an_approximate_search_without_the_library_says_what_to_do(
    monkeypatch,
):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match="pip install faiss-cpu"):
        SearchIndex(VECTORS, approximate=True)


def test_bad_input_is_refused():
    index = SearchIndex(VECTORS)
    with pytest.raises(ValueError, match="`queries` must have the shape"):
        index.search(QUERIES[:, :5])
    with pytest.raises(ValueError, match="`vectors` must have the shape"):
        SearchIndex(VECTORS[0])
    with pytest.raises(ValueError, match="must be finite"):
        SearchIndex(np.full((2, 3), np.nan))
    with pytest.raises(ValueError, match="`k` must be positive"):
        index.search(QUERIES, 0)
