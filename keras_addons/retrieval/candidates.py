"""Short codes of vectors that tell which ones are worth a comparison."""

import numpy as np

from keras_addons.retrieval.nearest import top_rows

# Bits set in each number of 16 bits, where numpy does not count them itself.
BITS_OF_16 = np.array([number.bit_count() for number in range(1 << 16)], "u1")


def random_directions(size, number, seed=0):
    """Draws `number` columns of `size` normal numbers, always the same."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(size, number)).astype("float32")


def smallest_distances(distances, count):
    """Returns the places of the `count` smallest of small integers."""
    edge = np.partition(distances, count - 1)[count - 1]
    places = np.flatnonzero(distances <= edge)
    if len(places) > count:  # ties at the edge: the first ones
        order = np.argsort(distances[places], kind="stable")[:count]
        places = np.sort(places[order])
    return places


def count_bits(words):
    """Counts the bits that are set in each number of 64 bits."""
    if hasattr(np, "bitwise_count"):  # numpy 2
        return np.bitwise_count(words)
    parts = BITS_OF_16[words.view("uint16")]
    return parts.reshape(*words.shape, 4).sum(axis=-1, dtype="uint8")


class SignHashes:
    """The signs of products with random directions, a bit each.

    Two vectors at the angle `t` differ in a bit with probability `t / pi`, so
    the vectors with the fewest different bits are most likely the nearest.

    Args:
        directions: float32 array (dim, num_bits).
        codes: uint64 array (num_bits / 64, num_rows); a row of each number,
            so that a search reads memory in order.
    """

    def __init__(self, directions, codes):
        self.directions = directions
        self.codes = codes

    @classmethod
    def of(cls, vectors, size):
        directions = random_directions(vectors.shape[1], size)
        return cls(directions, hashed(vectors, directions))

    def find(self, queries, count):
        """Yields the rows, in order, of `count` candidates for each query."""
        for query in hashed(queries, self.directions).T:
            distances = np.zeros(self.codes.shape[1], "uint16")
            for words, word in zip(self.codes, query):
                distances += count_bits(words ^ word)
            yield smallest_distances(distances, count)


def hashed(vectors, directions):
    """Packs signs into numbers of 64 bits, the first of which has the rows."""
    blocks = [
        np.packbits(vectors[start : start + 4096] @ directions >= 0, axis=1)
        for start in range(0, max(1, len(vectors)), 4096)
    ]
    bits = np.concatenate(blocks)  # (rows, num_bits / 8)
    return np.ascontiguousarray(bits.view("uint64").T)


class Projections:
    """Random projections to fewer dimensions, which keep most of the order.

    Args:
        directions: float32 array (dim, size).
        codes: float32 array (num_rows, size).
    """

    def __init__(self, directions, codes):
        self.directions = directions
        self.codes = codes

    @classmethod
    def of(cls, vectors, size):
        directions = random_directions(vectors.shape[1], size)
        directions /= np.float32(np.sqrt(size))
        return cls(directions, vectors @ directions)

    def find(self, queries, count):
        """Yields the rows, in order, of `count` candidates for each query."""
        _, rows = top_rows(queries @ self.directions, self.codes, count)
        yield from np.sort(rows, axis=1)


def compared(queries, vectors, candidates, k):
    """Finds the nearest among the candidates of each query, exactly.

    Args:
        queries: float32 array (num_queries, dim).
        vectors: float32 array (num_rows, dim), which may lie on disk.
        candidates: iterable of arrays of at least `k` row numbers, in order.
        k: int.

    Returns:
        `(scores, rows)`, both (num_queries, k), best first.
    """
    scores = np.empty((len(queries), k), "float32")
    rows = np.empty((len(queries), k), "int64")
    for number, (query, places) in enumerate(zip(queries, candidates)):
        products = vectors[places] @ query
        best = np.argsort(-products, kind="stable")[:k]
        scores[number], rows[number] = products[best], places[best]
    return scores, rows
