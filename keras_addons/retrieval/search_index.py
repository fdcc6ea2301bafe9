"""An index of vectors for exact or approximate search."""

import json
from pathlib import Path

import numpy as np

from keras_addons.files import written_together
from keras_addons.retrieval.candidates import Projections
from keras_addons.retrieval.candidates import SignHashes
from keras_addons.retrieval.candidates import compared
from keras_addons.retrieval.nearest import check_finite
from keras_addons.retrieval.nearest import top_rows
from keras_addons.retrieval.nearest import unit_rows

# What finds candidates, by the name of its argument.
SHORT_CODES = {"hashing": SignHashes, "projection": Projections}


class SearchIndex:
    """Searches vectors by cosine similarity, exactly or approximately.

    Exact search compares each query with each vector, in blocks of about
    64 MB of scores. Approximate searches may miss some of the nearest:

    * `hashing=256` compares bits: the signs of 256 random projections, 32
      bytes a vector. The `search_width` vectors whose bits differ least from
      the query's are compared exactly. The share of different bits is the
      angle over pi, on average.
    * `projection=64` compares random projections to 64 dimensions, 256 bytes
      a vector, and again `search_width` vectors exactly.
    * `approximate=True` follows an HNSW graph of the `faiss` library: a query
      is compared with a few hundred vectors. About 270 bytes a vector.

    Memory is `4 * dim` bytes per vector, and the bytes above; loaded from
    disk, the vectors stay there, and `hashing` and `projection` read only
    those that are compared exactly. Both need no library, and `search_width`
    decides how many of the nearest they miss: measure it on your vectors by
    comparing with an exact search.

    Args:
        vectors: float array (num_rows, dim), such as
            `SentenceEncoder.encode` returns.
        approximate: bool, whether to search by the graph, which pays from
            about 100,000 vectors on. Needs `pip install faiss-cpu`. Defaults
            to False.
        search_width: positive int, number of candidates: of an approximate
            search those of the graph (`efSearch`), or those that are compared
            exactly. More are slower and miss less. Defaults to 128.
        hashing: None or int, the number of bits, a multiple of 64. Defaults
            to None.
        projection: None or int, the number of dimensions. Defaults to None.

    Raises:
        ImportError: `approximate=True` without `faiss`.
        ValueError: `vectors`, or queries in `search`, have another shape or
            hold NaN or infinity; more than one way to search is chosen, or
            a size is not positive, or that of `hashing` not a multiple of 64.

    Example:

    >>> from keras_addons.retrieval import SearchIndex
    >>> index = SearchIndex([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    >>> scores, rows = index.search([0.1, 0.9], k=2)
    >>> rows
    array([1, 2])

    Reference:
        [Malkov and Yashunin, 2016](https://arxiv.org/abs/1603.09320),
        [Charikar, 2002](https://doi.org/10.1145/509907.509965),
        https://kexue.fm/archives/8706,
        https://github.com/facebookresearch/faiss
    """

    def __init__(
        self,
        vectors,
        approximate=False,
        search_width=128,
        hashing=None,
        projection=None,
    ):
        check_ways(approximate, hashing, projection)
        vectors = check_and_normalize("vectors", np.asarray(vectors, "float32"))
        self.approximate = approximate
        self.search_width = search_width
        self.hashing = hashing
        self.projection = projection
        self._store = build_graph(vectors) if approximate else vectors
        self._codes = None
        if self._code_name is not None:
            size = getattr(self, self._code_name)
            self._codes = SHORT_CODES[self._code_name].of(vectors, size)

    @property
    def _code_name(self):
        """The argument that chooses short codes, or None."""
        chosen = [each for each in SHORT_CODES if getattr(self, each)]
        return chosen[0] if chosen else None

    def __len__(self):
        return self._store.ntotal if self.approximate else len(self._store)

    @property
    def dim(self):
        """Number of components of a vector."""
        return self._store.d if self.approximate else self._store.shape[1]

    def search(self, queries, k=10):
        """Finds the `k` nearest vectors.

        Args:
            queries: float array (num_queries, dim) or (dim,).
            k: positive int; at most the number of vectors are returned.
                Defaults to 10.

        Returns:
            `(scores, rows)`, the float32 cosines and the int64 row numbers,
            best first, both (num_queries, k), or (k,) for one query. Where
            an approximate search finds fewer vectors the row is -1.
        """
        if k < 1:
            raise ValueError(f"`k` must be positive. Received: {k}")
        queries = np.asarray(queries, "float32")
        if queries.ndim == 1:
            scores, rows = self.search(queries[None], k)
            return scores[0], rows[0]
        queries = check_and_normalize("queries", queries, self.dim)
        if self._codes is not None:
            k = min(k, len(self))
            count = min(max(self.search_width, k), len(self))
            candidates = self._codes.find(queries, count)
            return compared(queries, self._store, candidates, k)
        if not self.approximate:
            return top_rows(queries, self._store, k)
        self._store.hnsw.efSearch = max(self.search_width, k)
        return self._store.search(queries, min(k, len(self)))

    def save(self, path):
        """Writes a folder for `from_folder`, all files or none."""
        settings = {
            "approximate": self.approximate,
            "search_width": self.search_width,
            "hashing": self.hashing,
            "projection": self.projection,
        }
        with written_together(path) as folder:
            if self.approximate:
                write_index = import_faiss().write_index
                write_index(self._store, str(folder / "vectors.faiss"))
            else:
                np.save(folder / "vectors.npy", self._store)
            if self._codes is not None:
                np.save(folder / "directions.npy", self._codes.directions)
                np.save(folder / "codes.npy", self._codes.codes)
            (folder / "search_index.json").write_text(json.dumps(settings))

    @classmethod
    def from_folder(cls, path):
        """Reads a folder of `save`; exact search maps the vectors from disk."""
        path = Path(path)
        index = cls.__new__(cls)
        settings = json.loads((path / "search_index.json").read_text())
        index.approximate = settings["approximate"]
        index.search_width = settings["search_width"]
        for name in SHORT_CODES:  # unknown when older folders were written
            setattr(index, name, settings.get(name))
        if index.approximate:
            index._store = import_faiss().read_index(
                str(path / "vectors.faiss")
            )
        else:
            index._store = np.load(path / "vectors.npy", mmap_mode="r")
        index._codes = None
        if index._code_name is not None:
            index._codes = SHORT_CODES[index._code_name](
                np.load(path / "directions.npy"), np.load(path / "codes.npy")
            )
        return index


def check_ways(approximate, hashing, projection):
    """Raises ValueError unless at most one way to approximate is chosen."""
    if bool(approximate) + (hashing is not None) + (projection is not None) > 1:
        raise ValueError(
            "choose one of `approximate`, `hashing` and `projection`. "
            f"Received: {approximate}, {hashing}, {projection}"
        )
    for name, size in [("hashing", hashing), ("projection", projection)]:
        step = 64 if name == "hashing" else 1
        is_integer = isinstance(size, (int, np.integer))
        if size is not None and (
            not is_integer or isinstance(size, bool) or size < 1 or size % step
        ):
            multiple = ", a multiple of 64" if step > 1 else ""
            raise ValueError(
                f"`{name}` must be None or a positive integer{multiple}. "
                f"Received: {size!r}"
            )


def build_graph(vectors, num_links=32, build_width=200):
    """Builds the HNSW graph; `num_links` is the paper's M."""
    faiss = import_faiss()
    metric = faiss.METRIC_INNER_PRODUCT
    graph = faiss.IndexHNSWFlat(vectors.shape[1], num_links, metric)
    graph.hnsw.efConstruction = build_width
    graph.add(vectors)
    return graph


def import_faiss():
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            "an approximate search needs `pip install faiss-cpu`."
        ) from error
    return faiss


def check_and_normalize(name, rows, dim=None):
    """Checks the rows and divides them by their norms."""
    if rows.ndim != 2 or (dim is not None and rows.shape[1] != dim):
        raise ValueError(
            f"`{name}` must have the shape (n, {dim or 'dim'}). "
            f"Received: {rows.shape}"
        )
    check_finite(name, rows)
    return unit_rows(rows)
