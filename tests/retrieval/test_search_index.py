import sys

import numpy as np
import pytest

from keras_addons.retrieval import SearchIndex
from keras_addons.retrieval.candidates import SignHashes
from keras_addons.retrieval.candidates import count_bits

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


WAYS = {"hashing": 256, "projection": 12}
each_way = pytest.mark.parametrize("way", WAYS)


def clusters():
    """2,000 vectors around 100 centres, and queries near 20 of them."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(100, 64))
    vectors = np.repeat(centres, 20, axis=0)
    vectors = vectors + 0.5 * random.normal(size=vectors.shape)
    queries = centres[:20] + 0.5 * random.normal(size=(20, 64))
    return vectors, queries


def recall(vectors, queries, **options):
    """How many of the 10 nearest are found."""
    expected = SearchIndex(vectors).search(queries)[1]
    rows = SearchIndex(vectors, **options).search(queries)[1]
    return np.mean([len(set(a) & set(b)) for a, b in zip(rows, expected)]) / 10


def test_more_bits_and_more_candidates_miss_less():
    vectors, queries = clusters()
    recalls = [
        recall(vectors, queries, hashing=bits, search_width=width)
        for bits, width in [(64, 10), (64, 40), (256, 40), (256, 200)]
    ]
    assert recalls[0] < recalls[1] < recalls[2] <= recalls[3]
    assert recalls[0] > 0.2 and recalls[2] > 0.9 and recalls[3] > 0.99
    recalls = [
        recall(vectors, queries, projection=size, search_width=width)
        for size, width in [(4, 10), (16, 10), (16, 40), (32, 40)]
    ]
    assert recalls[0] < recalls[1] < recalls[2] <= recalls[3]
    assert recalls[3] > 0.98


@each_way
def test_as_many_candidates_as_vectors_are_an_exact_search(way):
    index = SearchIndex(VECTORS, search_width=300, **{way: WAYS[way]})
    scores, rows = index.search(QUERIES, k=5)
    expected, expected_rows = SearchIndex(VECTORS).search(QUERIES, k=5)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert scores.dtype == "float32" and rows.dtype == "int64"


@each_way
def test_what_is_found_has_its_exact_score(way):
    index = SearchIndex(VECTORS, search_width=20, **{way: WAYS[way]})
    scores, rows = index.search(QUERIES, k=7)
    np.testing.assert_allclose(
        scores, np.take_along_axis(cosines(), rows, axis=1), atol=1e-6
    )
    assert np.all(np.diff(scores, axis=1) <= 0)
    # `k` may be more than the width, and more than there are.
    assert index.search(QUERIES[0], 40)[1].shape == (40,)
    assert sorted(index.search(QUERIES[0], 999)[1]) == [*range(300)]


def test_candidates_are_those_with_the_fewest_different_bits():
    vectors, queries = clusters()
    codes = SignHashes.of(vectors[:500], 128)
    signs = vectors[:500] @ codes.directions >= 0
    for query, found in zip(queries, codes.find(queries, 30)):
        distances = np.sum(signs != (query @ codes.directions >= 0), axis=1)
        expected = np.argsort(distances, kind="stable")[:30]
        np.testing.assert_array_equal(found, np.sort(expected))
    # 128 bits are two numbers of 64 bits a vector.
    assert codes.codes.nbytes == 500 * 16


def test_bits_are_counted_without_numpy_2(monkeypatch):
    words = np.array([[0, 1, 2**64 - 1], [3, 2**63, 2**40 + 5]], "uint64")
    expected = [[0, 1, 64], [2, 1, 3]]
    np.testing.assert_array_equal(count_bits(words), expected)
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    np.testing.assert_array_equal(count_bits(words), expected)


@each_way
def test_a_saved_index_with_short_codes_answers_the_same(way, tmp_path):
    index = SearchIndex(VECTORS, search_width=20, **{way: WAYS[way]})
    index.save(tmp_path)
    loaded = SearchIndex.from_folder(tmp_path)
    assert getattr(loaded, way) == WAYS[way]
    for one, other in zip(loaded.search(QUERIES), index.search(QUERIES)):
        np.testing.assert_array_equal(one, other)
    # An exact index in the same folder does not see the codes.
    SearchIndex(VECTORS).save(tmp_path)
    exact = SearchIndex.from_folder(tmp_path)
    np.testing.assert_array_equal(
        exact.search(QUERIES)[1], SearchIndex(VECTORS).search(QUERIES)[1]
    )


def test_a_folder_of_an_older_version_is_read(tmp_path):
    SearchIndex(VECTORS).save(tmp_path)
    settings = '{"approximate": false, "search_width": 128}'
    (tmp_path / "search_index.json").write_text(settings)
    assert len(SearchIndex.from_folder(tmp_path)) == 300


def test_bad_ways_to_search_are_refused():
    for options in (
        {"hashing": 64, "projection": 8},
        {"approximate": True, "hashing": 64},
    ):
        with pytest.raises(ValueError, match="choose one of"):
            SearchIndex(VECTORS, **options)
    for way, size in [
        ("hashing", 100),
        ("hashing", 0),
        ("projection", -1),
        ("projection", True),
        ("projection", 2.5),
    ]:
        with pytest.raises(ValueError, match=f"`{way}` .* Received: {size}"):
            SearchIndex(VECTORS, **{way: size})


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
