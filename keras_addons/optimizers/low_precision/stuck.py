"""Which optimizers of Keras cannot move weights of 16 bits."""

import warnings

import keras

# The digits of a number, the hidden one included.
DIGITS = {"bfloat16": 8, "float16": 11}
# They divide by 1 - decay ** step, computed in the type of the weight.
DECAYS = {
    "Adam": "beta_2",  # and AdamW
    "Nadam": "beta_2",
    "ScheduleFreeAdamW": "beta_2",
    "Lamb": "beta_2",
    "Muon": "adam_beta_2",
}


def warn_if_stuck(optimizer, variables):
    """Warns if an optimizer of Keras will not train some of the variables.

    Such as Adam in bfloat16, where its `beta_2=0.999` is 1: without a
    correction of the bias that is not zero, weights stay as they are for
    ever, or become NaN (Nadam).

    Args:
        optimizer: a Keras optimizer.
        variables: the weights that it is built on.
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
                f", or StochasticRounding({name}(...)), to do without copies"
                if dtype == "bfloat16"
                else ""
            )
            warnings.warn(
                f"{name} cannot train weights of {dtype}, where its "
                f"{decay} is 1: {stuck[0]!r} and what else is of {dtype} "
                "stays as it is or becomes NaN. Write keras_addons.optimizers."
                f"MasterWeights({name}(...)), outside of wrappers that change "
                f"weights, to train float32 copies{without_copies}.",
                stacklevel=2,
            )


def decay_that_is_one(optimizer, dtype):
    """Names the decay that `dtype` rounds to 1, or returns None."""
    arguments = [
        argument
        for name, argument in DECAYS.items()
        if isinstance(optimizer, getattr(keras.optimizers, name))
    ]
    for argument in arguments:
        decay = getattr(optimizer, argument)
        # Below 1 the distance of numbers is 2 ** -digits, and half of it is
        # rounded up.
        if 1 - decay <= 2.0 ** -(DIGITS[dtype] + 1):
            return f"{argument}={decay}"
    return None
