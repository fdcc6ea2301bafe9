"""An index of vectors for exact or approximate search."""

import json
from pathlib import Path

import numpy as np

from keras_addons.files import written_together
from keras_addons.retrieval.nearest import check_finite
from keras_addons.retrieval.nearest import top_rows
from keras_addons.retrieval.nearest import unit_rows


class SearchIndex:
    """Searches vectors by cosine similarity, exactly or approximately.

    Exact search compares each query with each vector, in blocks of about
    64 MB of scores. Approximate search follows an HNSW graph of the `faiss`
    library: a query is compared with a few hundred vectors and may miss some
    of the nearest. Memory: `4 * dim` bytes per vector, with the graph about
    270 bytes more.

    Args:
        vectors: float array (num_rows, dim), such as
            `SentenceEncoder.encode` returns.
        approximate: bool, whether to search by the graph, which pays from
            about 100,000 vectors on. Needs `pip install faiss-cpu`. Defaults
            to False.
        search_width: positive int, number of candidates in the search of the
            graph (`efSearch`): more are slower and miss less. Defaults to
            128.

    Raises:
        ImportError: `approximate=True` without `faiss`.
        ValueError: `vectors`, or queries in `search`, have another shape or
            hold NaN or infinity.

    Example:

    >>> from keras_addons.retrieval import SearchIndex
    >>> index = SearchIndex([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    >>> scores, rows = index.search([0.1, 0.9], k=2)
    >>> rows
    array([1, 2])

    Reference:
        [Malkov and Yashunin, 2016](https://arxiv.org/abs/1603.09320),
        https://github.com/facebookresearch/faiss
    """

    def __init__(self, vectors, approximate=False, search_width=128):
        vectors = check_and_normalize("vectors", np.asarray(vectors, "float32"))
        self.approximate = approximate
        self.search_width = search_width
        self._store = build_graph(vectors) if approximate else vectors

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
        if not self.approximate:
            return top_rows(queries, self._store, k)
        self._store.hnsw.efSearch = max(self.search_width, k)
        return self._store.search(queries, min(k, len(self)))

    def save(self, path):
        """Writes a folder for `from_folder`, all files or none."""
        settings = {
            "approximate": self.approximate,
            "search_width": self.search_width,
        }
        with written_together(path) as folder:
            if self.approximate:
                write_index = import_faiss().write_index
                write_index(self._store, str(folder / "vectors.faiss"))
            else:
                np.save(folder / "vectors.npy", self._store)
            (folder / "search_index.json").write_text(json.dumps(settings))

    @classmethod
    def from_folder(cls, path):
        """Reads a folder of `save`; exact search maps the vectors from disk."""
        path = Path(path)
        index = cls.__new__(cls)
        settings = json.loads((path / "search_index.json").read_text())
        index.approximate = settings["approximate"]
        index.search_width = settings["search_width"]
        if index.approximate:
            index._store = import_faiss().read_index(
                str(path / "vectors.faiss")
            )
        else:
            index._store = np.load(path / "vectors.npy", mmap_mode="r")
        return index


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
