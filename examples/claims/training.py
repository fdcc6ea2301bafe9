"""Small models of the claims, and how they are trained."""

import keras

from keras_addons import layers

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def bag_of_parts(vocabulary_size, size=64, num_classes=15):
    """The mean of the parts' vectors, and a hidden layer."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(vocabulary_size, size, mask_zero=True),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(size, activation="relu"),
            keras.layers.Dense(num_classes),
        ]
    )


def compiled(model, optimizer):
    model.compile(optimizer, LOSS, metrics=["accuracy"])
    return model


def trained(model, optimizer, train, epochs, batch_size=32, **options):
    """Compiles and fits; returns the history.

    Args:
        model: Keras model with logits.
        optimizer: Keras optimizer.
        train: pair of inputs and labels.
        epochs, batch_size, **options: as of `fit`.
    """
    compiled(model, optimizer)
    done = model.fit(
        *train, epochs=epochs, batch_size=batch_size, verbose=0, **options
    )
    return done.history
