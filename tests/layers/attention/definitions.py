"""Attention as plain loops, and layers all of whose weights count."""

import keras
import numpy as np

from keras_addons.layers import MultiHeadAttention
from tests.ops.definitions import rotate_by_definition


def softmax(scores):
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def squared_relu(scores):
    return np.maximum(scores, 0) ** 2 / len(scores)


def attend_by_definition(
    layer, query, value, key, visible, weights_of=softmax, previous=None
):
    """Loops over texts, heads and queries; `visible[text, query, key]`.

    `weights_of(scores)` is a function of the scores of one query and the keys
    that it attends to. `previous` are scores of each text and head that are
    added.
    """
    dense = [layer.query, layer.key, layer.value, layer.output_dense]
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = [d.get_weights() for d in dense]
    size = wq.shape[1] // layer.num_heads
    group = wq.shape[1] // wk.shape[1]  # how many heads share keys and values
    outputs = np.empty(query.shape[:2] + (wo.shape[1],))
    for text in range(len(query)):
        q, k = query[text] @ wq + bq, key[text] @ wk + bk
        v = value[text] @ wv + bv
        heads = []
        for head in range(layer.num_heads):
            columns = slice(head * size, (head + 1) * size)
            shared = head // group
            shared = slice(shared * size, (shared + 1) * size)
            hq, hk, hv = q[:, columns], k[:, shared], v[:, shared]
            if layer.rotary is not None:
                stretch = layer.rotary.interpolation
                hq = rotate_by_definition(hq, np.arange(len(hq)) / stretch)
                hk = rotate_by_definition(hk, np.arange(len(hk)) / stretch)
                if layer.rotary.rotate_values:
                    hv = rotate_by_definition(hv, np.arange(len(hv)) / stretch)
            rows = []
            for i in range(len(hq)):
                seen = np.flatnonzero(visible[text, i])
                scores = hk[seen] @ hq[i] / np.sqrt(size)
                if previous is not None:
                    scores = scores + previous[text, head, i, seen]
                rows.append(weights_of(scores) @ hv[seen])
            heads.append(np.array(rows))
        outputs[text] = np.concatenate(heads, axis=-1) @ wo + bo
    return outputs


def layer_with_biases(num_heads=2, **options):
    layer = MultiHeadAttention(num_heads, **options)
    layer.build((None, None, 8))
    for index, weight in enumerate(layer.weights):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape) / 2)
    return layer


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))
