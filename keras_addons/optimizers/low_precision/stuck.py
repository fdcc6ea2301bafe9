"""Warns about Keras optimizers that cannot train 16-bit weights."""

import warnings

import keras

# Bits of the significand, including the implicit bit.
DIGITS = {"bfloat16": 8, "float16": 11}
# These optimizers divide by 1 - decay ** step, in the dtype of the weight.
DECAYS = {
    "Adam": "beta_2",  # and AdamW
    "Nadam": "beta_2",
    "ScheduleFreeAdamW": "beta_2",
    "Lamb": "beta_2",
    "Muon": "adam_beta_2",
}


def warn_if_stuck(optimizer, variables):
    """Warns if a Keras optimizer cannot train some of the variables.

    For example, Adam's `beta_2=0.999` rounds to 1 in bfloat16. The bias
    correction is then 0, and weights never move or become NaN (Nadam).

    Args:
        optimizer: a Keras optimizer.
        variables: the weights that the optimizer is built on.
    """
    for dtype in DIGITS:
        stuck = [
            getattr(each, "path", each.name)
            for each in variables
            if keras.backend.standardize_dtype(each.dtype) == dtype
        ]
        decay = decay_that_is_one(optimizer, dtype) if stuck else None
        if decay is not None:
            name = type(optimizer).__name__
            without_copies = (
                f", or StochasticRounding({name}(...)) to train without copies"
                if dtype == "bfloat16"
                else ""
            )
            warnings.warn(
                f"{name} cannot train weights of {dtype}, where its {decay} "
                f"rounds to 1: {stuck[0]!r} and all other {dtype} weights "
                "never move or become NaN. Use keras_addons.optimizers."
                f"MasterWeights({name}(...)), outside of wrappers that change "
                f"weights, to train float32 copies{without_copies}.",
                stacklevel=2,
            )


def decay_that_is_one(optimizer, dtype):
    """Returns the decay that `dtype` rounds to 1, such as "beta_2=0.999"."""
    arguments = [
        argument
        for name, argument in DECAYS.items()
        if isinstance(optimizer, getattr(keras.optimizers, name))
    ]
    for argument in arguments:
        decay = getattr(optimizer, argument)
        # Below 1 the spacing of numbers is 2 ** -digits; half of the spacing
        # is rounded up to 1.
        if 1 - decay <= 2.0 ** -(DIGITS[dtype] + 1):
            return f"{argument}={decay}"
    return None
