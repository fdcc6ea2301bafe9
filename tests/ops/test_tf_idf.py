from collections import Counter

import keras
import numpy as np

from keras_addons.ops import tf_idf_weights


def vectors(terms, idf, num_terms):
    """TF-IDF by its definition, a vector for each row of terms."""
    rows = []
    for row in terms:
        vector = np.zeros(num_terms)
        for term, count in Counter(row).items():
            vector[term] = (1 + np.log(count)) * idf[term]
        rows.append(vector / np.linalg.norm(vector))
    return np.array(rows)


def test_the_places_of_a_term_add_up_to_its_entry():
    random = np.random.default_rng(0)
    terms, idf = random.integers(0, 6, (4, 9)), random.uniform(1, 5, 6)
    mask = np.arange(9) < np.array([[9], [5], [1], [7]])
    weights = keras.ops.convert_to_numpy(
        tf_idf_weights(terms, idf[terms], mask)
    )
    summed = np.zeros((4, 6))
    for row in range(4):
        np.add.at(summed[row], terms[row], weights[row])
    kept = [row[present].tolist() for row, present in zip(terms, mask)]
    np.testing.assert_allclose(summed, vectors(kept, idf, 6), rtol=1e-5)
    assert not weights[~mask].any()


def test_a_row_without_terms_is_zero():
    weights = tf_idf_weights(
        np.zeros((1, 3), "int32"), np.ones((1, 3)), [[0] * 3]
    )
    assert keras.ops.convert_to_numpy(weights).tolist() == [[0, 0, 0]]
