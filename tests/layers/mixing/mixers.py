"""Token mixers to be tested, and their weights as arrays."""

import keras

from keras_addons import layers

MAX_LENGTH = 7
SIZE = 8
MIXERS = {
    "token mlp": lambda: layers.TokenMLP(MAX_LENGTH, 6),
    "affine": lambda: layers.AffineTokenMixing(MAX_LENGTH, initial_scale=0.5),
    "gmlp": lambda: layers.GatedMLP(12, MAX_LENGTH),
    "amlp": lambda: layers.GatedMLP(12, MAX_LENGTH, attention_dim=4),
    "fourier": lambda: layers.FourierMixing(MAX_LENGTH),
    "external": lambda: layers.ExternalAttention(5, 2),
    "external softmax": lambda: layers.ExternalAttention(
        5, 2, normalization="softmax"
    ),
    "random": lambda: layers.RandomSynthesizer(MAX_LENGTH, 2),
    "factorized": lambda: layers.RandomSynthesizer(MAX_LENGTH, 2, rank=3),
    "dense": lambda: layers.DenseSynthesizer(MAX_LENGTH, 2, hidden_dim=6),
    "lightweight": lambda: layers.LightweightConvolution(3, 2),
    "dynamic": lambda: layers.DynamicConvolution(4, 2),
}
CAUSAL = [
    "affine",
    "gmlp",
    "amlp",
    "external softmax",
    "random",
    "factorized",
    "dense",
    "lightweight",
    "dynamic",
]
PAIRS = ["affine", "gmlp", "amlp", "random", "factorized", "dense"]
FIXED = [
    "token mlp",
    "affine",
    "gmlp",
    "amlp",
    "fourier",
    "random",
    "factorized",
    "dense",
]


def trained(layer):
    """Builds a layer and moves all weights away from where they start.

    A zero bias or a unit scale would hide what padding does to them.
    """
    layer.build((None, None, SIZE))
    for number, weight in enumerate(layer.trainable_weights):
        noise = keras.random.normal(weight.shape, stddev=0.5, seed=number)
        weight.assign(weight + noise)
    return layer


def arrays(layer):
    """The weights of a layer by the ends of their paths."""
    return {
        weight.path.split("/", 1)[1]: keras.ops.convert_to_numpy(weight)
        for weight in layer.weights
    }
