"""Checks that every public class of a kind has to pass."""

from copy import deepcopy

import keras
import numpy as np

JIT_CHOICES = (False,) if keras.backend.backend() == "torch" else (False, True)


def check_config_round_trip(thing):
    """The config rebuilds the object; the copy has an equal config.

    Returns the copy.
    """
    config = keras.saving.serialize_keras_object(thing)
    # Keras' `from_config` may put objects into the config that it is given.
    copy = keras.saving.deserialize_keras_object(deepcopy(config))
    assert type(copy) is type(thing)
    assert keras.saving.serialize_keras_object(copy) == config
    return copy


def check_layer(make_layer, inputs, archive, symbolic=None):
    """Runs the shared checks on a layer that maps tensors to tensors.

    Args:
        make_layer: function without arguments that returns a new layer.
        inputs: array or structure of arrays, batch first; batch >= 4.
        archive: the fixture that collects models for the fresh process.
        symbolic: structure of `keras.Input` as `inputs`; by default every
            array has an unknown batch and an unknown second axis (length).
    """
    check_config_round_trip(make_layer())
    if symbolic is None:
        symbolic = keras.tree.map_structure(dynamic_input, inputs)
    keras.config.set_dtype_policy("mixed_bfloat16")
    trained(make_layer(), inputs, symbolic, JIT_CHOICES[-1])
    keras.config.set_dtype_policy("float32")
    model = trained(make_layer(), inputs, symbolic, JIT_CHOICES[0])
    archive.add(type(make_layer()).__name__, model, inputs)
    half = keras.tree.map_structure(lambda array: array[:2], inputs)
    for part, whole in zip(
        keras.tree.flatten(model(half, training=False)),
        keras.tree.flatten(model(inputs, training=False)),
    ):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(part),
            keras.ops.convert_to_numpy(whole)[:2],
            rtol=1e-4,
            atol=1e-5,
        )


def dynamic_input(array):
    shape = (None,) + array.shape[2:] if array.ndim > 1 else ()
    return keras.Input(shape, dtype=str(array.dtype))


def trained(layer, inputs, symbolic, jit_compile):
    """Fits the layer for two epochs to ones; the loss must stay finite."""
    outputs = keras.tree.flatten(layer(symbolic))
    model = keras.Model(symbolic, outputs)
    targets = [
        np.ones(keras.ops.shape(output), "float32")
        for output in keras.tree.flatten(model(inputs, training=False))
    ]
    model.compile(
        keras.optimizers.SGD(1e-3),
        loss=["mse"] * len(targets),
        jit_compile=jit_compile,
    )
    history = model.fit(inputs, targets, epochs=2, batch_size=4, verbose=0)
    assert np.all(np.isfinite(history.history["loss"]))
    return model
