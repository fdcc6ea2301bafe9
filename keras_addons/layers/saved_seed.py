"""Saves the state of a layer's random draws, which Keras does not.

For layers whose draws become weights, such as codes that are revived: without
it training that is loaded would draw what its first steps drew. Layers that
draw noise alone do as `keras.layers.Dropout`, which saves no state.
"""

from keras import ops

SEED = "seed"


def save_seed(seed_generator, store):
    """Writes the state of a `SeedGenerator`, in `save_own_variables`."""
    store[SEED] = ops.convert_to_numpy(seed_generator.state)


def load_seed(seed_generator, store):
    """Reads the state, if it was saved, in `load_own_variables`.

    Returns:
        dict of the other variables in `store`.
    """
    if SEED in store.keys():
        seed_generator.state.assign(store[SEED])
    return {name: store[name] for name in store.keys() if name != SEED}
