"""6760, 9826: codebooks of vectors and of integers on images of digits."""

import keras
import numpy as np
from keras import ops as kops

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from examples.claims.claim import difference
from examples.claims.claim import spread
from examples.claims.digits import SIZE
from examples.claims.digits import digits
from keras_addons import layers
from keras_addons import metrics

SEEDS, EPOCHS, NUM_IMAGES, CODE_SIZE = range(3), 12, 2000, 8
SMALL, LARGE = (8, 8), (8, 5, 5, 5)
ARMS = {
    "no codes": None,
    "VQ, 64": lambda: layers.VectorQuantizer(64),
    "FSQ, 64": lambda: layers.FiniteScalarQuantizer(SMALL),
    "VQ, 1000": lambda: layers.VectorQuantizer(1000),
    "FSQ, 1000": lambda: layers.FiniteScalarQuantizer(LARGE),
}


def measure(data_dir):
    """Squared errors of new images, and how many codes are in use."""
    train, test = digits(NUM_IMAGES, 0, 0.0)[0], digits(500, 1, 0.0)[0]
    runs = {
        name: np.array([run(make, train, test, seed) for seed in SEEDS]).T
        for name, make in ARMS.items()
    }
    # Shares of the variance that are lost.
    errors = {name: each[0] / test.var() for name, each in runs.items()}
    texts = [
        f"{name} {spread(errors[name])}"
        + (f" (perplexity {spread(each[1], 0)})" if ARMS[name] else "")
        for name, each in runs.items()
    ]
    lost = errors["VQ, 64"].mean()
    setting = (
        f"drawn digits, {(SIZE // 4) ** 2} codes an image; squared error of "
        f"new images by their variance: {'; '.join(texts)}"
    )
    losses = {name: -each for name, each in errors.items()}
    small = difference(losses["VQ, 64"], losses["FSQ, 64"])
    large = difference(losses["FSQ, 1000"], losses["VQ, 1000"])
    return [
        Claim(
            6760,
            "images can be rebuilt from the numbers of their codes (VQ-VAE)",
            HOLDS if lost < 0.25 else DOES_NOT,
            setting,
        ),
        Claim(
            9826,
            "few codes: VQ is better than FSQ",
            small,
            codes_of("64", errors),
        ),
        Claim(
            9826,
            "from about 1000 codes on FSQ is as good as VQ, or better",
            large,
            codes_of("1000", errors),
        ),
    ]


def codes_of(number, errors):
    both = [f"{kind}, {number}" for kind in ("VQ", "FSQ")]
    texts = [f"{name} {spread(errors[name])}" for name in both]
    return f"as above: {'; '.join(texts)}"


def autoencoder(make):
    """Images -> images, and the codes where there are any."""

    def convolution(filters):
        return keras.layers.Conv2D(filters, 4, 2, "same", activation="relu")

    def back(filters, activation):
        return keras.layers.Conv2DTranspose(
            filters, 4, 2, "same", activation=activation
        )

    quantizer = None if make is None else make()
    is_fsq = isinstance(quantizer, layers.FiniteScalarQuantizer)
    size = len(quantizer.levels) if is_fsq else CODE_SIZE
    inputs = keras.Input((SIZE, SIZE, 1))
    hidden = convolution(32)(convolution(16)(inputs))
    hidden = keras.layers.Dense(size)(hidden)
    outputs = {}
    if quantizer is not None:
        outputs = quantizer(hidden)
        hidden = outputs["vectors"]
    hidden = keras.layers.Dense(32, activation="relu")(hidden)
    images = back(1, None)(back(16, "relu")(hidden))
    codes = outputs.get("codes")
    return keras.Model(inputs, images), keras.Model(
        inputs, hidden if codes is None else codes
    )


def run(make, train, test, seed):
    """Returns the squared error of `test` and the perplexity of its codes."""
    keras.utils.set_random_seed(seed)
    model, encoder = autoencoder(make)
    model.compile(keras.optimizers.Adam(3e-3), "mse")
    model.fit(train, train, batch_size=50, epochs=EPOCHS, verbose=0)
    rebuilt = model.predict(test, verbose=0)[..., 0]
    error = np.square(rebuilt - test).mean()
    if make is None:
        return error, 0.0
    perplexity = metrics.CodePerplexity(1000)
    perplexity.update_state(None, encoder.predict(test, verbose=0))
    return error, float(kops.convert_to_numpy(perplexity.result()))
