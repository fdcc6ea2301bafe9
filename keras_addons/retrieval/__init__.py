"""Search for the nearest vectors, exact or approximate, in numpy."""

from keras_addons.retrieval.hard_negatives import (
    mine_hard_negatives as mine_hard_negatives,
)
from keras_addons.retrieval.search_index import SearchIndex as SearchIndex
