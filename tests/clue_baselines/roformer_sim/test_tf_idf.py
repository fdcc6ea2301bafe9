"""The baseline that is not trained."""

import math

import numpy as np

from clue_baselines.roformer_sim.tf_idf import tf_idf_cosines


def test_cosines_equal_a_plain_loop():
    first = ["天气很好", "天气天气", "你好"]
    second = ["天气不好", "气天", "再见"]
    sentences = first + second

    def grams(text):
        return list(text) + [text[i : i + 2] for i in range(len(text) - 1)]

    def vector(text):
        return {
            gram: grams(text).count(gram)
            * (math.log(7 / (1 + sum(gram in grams(s) for s in sentences))) + 1)
            for gram in grams(text)
        }

    expected = []
    for a, b in zip(map(vector, first), map(vector, second)):
        product = sum(value * b.get(gram, 0.0) for gram, value in a.items())
        lengths = [math.hypot(*v.values()) for v in (a, b)]
        expected.append(product / math.prod(lengths))
    np.testing.assert_allclose(tf_idf_cosines(first, second), expected)
