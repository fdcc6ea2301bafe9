"""The gated attention unit and FLASH as plain loops over tokens."""

import keras
import numpy as np

from keras_addons.layers import EntropyInvariantSoftmax
from keras_addons.layers import SquaredReLU
from tests.layers.attention.definitions import softmax
from tests.layers.attention.definitions import squared_relu
from tests.ops.definitions import rotate_by_definition


def softmax_plus(scores):
    return softmax(scores * np.log(max(len(scores), 3)) / np.log(7))


NORMALIZATIONS = {
    "squared relu": (SquaredReLU(), squared_relu),
    "softmax plus": (
        EntropyInvariantSoftmax(base_length=7, min_keys=3),
        softmax_plus,
    ),
    "softmax": (None, softmax),
}


def swish(x):
    return x / (1 + np.exp(-x))


def with_random_weights(layer, size=8):
    layer.build((None, None, size))
    for index, weight in enumerate(layer.weights):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape) / 2)
    return layer


def affine(dense, x):
    """`x W + b`, in numpy."""
    kernel, *bias = dense.get_weights()
    return x @ kernel + (bias[0] if bias else 0.0)


def parts_of(layer, text):
    """`U, V` and the rotated transforms of `Z` of one text."""
    inner = layer.intermediate_dim
    projected = swish(affine(layer.input_dense, text))
    gates, values, shared = np.split(projected, [inner, 2 * inner], axis=-1)
    gamma = keras.ops.convert_to_numpy(layer.gamma)
    beta = np.zeros_like(gamma)
    if layer.use_bias:
        beta = keras.ops.convert_to_numpy(layer.beta)
    transforms = [shared * g + b for g, b in zip(gamma, beta)]
    if layer.rotary is not None:
        transforms = [
            rotate_by_definition(each, range(len(text))) for each in transforms
        ]
    return gates, values, transforms


def gau_by_definition(layer, features, visible, weights_of):
    """`visible[text, query, key]`; `weights_of(scores)` of what is seen."""
    outputs = np.zeros_like(features)
    for number, text in enumerate(features):
        gates, values, (queries, keys) = parts_of(layer, text)
        read = np.zeros_like(values)
        for i, query in enumerate(queries):
            seen = np.flatnonzero(visible[number, i])
            scores = keys[seen] @ query / np.sqrt(layer.key_dim)
            read[i] = weights_of(scores) @ values[seen]
        outputs[number] = affine(layer.output_dense, gates * read)
    return outputs


def flash_by_definition(layer, features, is_token, causal, weights_of):
    """`is_token[text, token]` is False for padding."""
    outputs = np.zeros_like(features)
    for number, text in enumerate(features):
        gates, values, (q, k, linear_q, linear_k) = parts_of(layer, text)
        chunk = np.arange(len(text)) // layer.chunk_size
        read = np.zeros_like(values)
        for i in range(len(text)):
            near = is_token[number] & (chunk == chunk[i])
            far = is_token[number]
            if causal:
                near = near & (np.arange(len(text)) <= i)
                far = far & (chunk < chunk[i])
            scores = k[near] @ q[i] / np.sqrt(layer.key_dim)
            if near.any():
                read[i] = weights_of(scores) @ values[near]
            if far.any():
                products = linear_k[far] @ linear_q[i]
                read[i] += products @ values[far] / far.sum()
        outputs[number] = affine(layer.output_dense, gates * read)
    return outputs
