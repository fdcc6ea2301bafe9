"""A model around a quantizer, so that there is something to train."""

import keras


def autoencoder(quantizer, code_size, size=6, **compile_options):
    """Dense layer, quantizer, dense layer; outputs `features` and `codes`."""
    inputs = keras.Input((None, size), name="inputs")
    masked = keras.layers.Masking(-9.0, name="masking")(inputs)
    narrow = keras.layers.Dense(code_size, name="narrow")(masked)
    codes = quantizer(narrow)
    features = keras.layers.Dense(size, name="widen")(codes["vectors"])
    outputs = {"features": features, "codes": codes["codes"]}
    model = keras.Model(inputs, outputs)
    options = {"optimizer": keras.optimizers.SGD(0.1), **compile_options}
    model.compile(loss={"features": "mse"}, **options)
    return model


def targets(features):
    return {"features": features}
