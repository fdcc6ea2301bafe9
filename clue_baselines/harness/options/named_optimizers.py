"""Optimizers by name: `adafactor:beta_1=0.9` on the command line."""

import argparse
import ast
import inspect

import keras

from keras_addons import optimizers

# Name -> class, and its learning rate from scratch and from a checkpoint.
# Measured from scratch on TNEWS with the tiny model: AdamW and AdaFactor. From
# a checkpoint, AdamW's is that of BERT's authors and AdaFactor's that of T5's.
# The others are a first guess in proportion to Adam, and not measured.
ADAM_RATES = (1e-3, 2e-5)
KNOWN = {
    "adamw": (keras.optimizers.AdamW, ADAM_RATES),
    "adam": (keras.optimizers.Adam, ADAM_RATES),
    "nadam": (keras.optimizers.Nadam, ADAM_RATES),
    "rmsprop": (keras.optimizers.RMSprop, ADAM_RATES),
    "lamb": (keras.optimizers.Lamb, (3e-3, 1e-4)),
    "lion": (keras.optimizers.Lion, (1e-4, 3e-6)),
    "sgd": (keras.optimizers.SGD, (0.3, 1e-2)),
    "adafactor": (optimizers.AdaFactor, (0.03, 1e-3)),
    "accumulated_adam": (optimizers.AccumulatedAdam, ADAM_RATES),
    "accumulated_sgd": (optimizers.AccumulatedSGD, (0.1, 1e-3)),
    "tiger": (optimizers.Tiger, (1e-3, 1e-4)),
    "egdd": (optimizers.EGDD, (0.1, 1e-3)),
    "exponentiated_gradient": (optimizers.ExponentiatedGradient, (0.1, 1e-3)),
}
# Around the inner optimizer, by --wrap.
WRAPPERS = {
    "gradient_centralization": optimizers.GradientCentralization,
    "layer_adaptation": optimizers.LayerAdaptation,
    "lazy_optimizer": optimizers.LazyOptimizer,
    "learning_rate_multiplier": optimizers.LearningRateMultiplier,
    "master_weights": optimizers.MasterWeights,
    "skip_non_finite": optimizers.SkipNonFinite,
    "step_size_adaptation": optimizers.StepSizeAdaptation,
    "stochastic_rounding": optimizers.StochasticRounding,
    "weight_decay": optimizers.WeightDecay,
}
# What other options set, and what the training counts on.
OPTIONS = {"learning_rate": "--learning-rate", "inner_optimizer": "--optimizer"}


def split(text):
    """Splits `name:key=value,key=value` into the name and a dict.

    Raises:
        ValueError: an argument has no value, or none that Python could read.
    """
    name, _, rest = text.partition(":")
    arguments = {}
    # A dict or list holds commas too: an argument ends before a `key=`.
    for part in arguments_of(rest):
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"{part!r} has no value, expected key=value")
        try:
            arguments[key.strip()] = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError):
            arguments[key.strip()] = value.strip()  # a string without quotes
    return name, arguments


def arguments_of(text):
    """Splits at the commas that are in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


def optimizer_name(text):
    """Argument type: an optimizer with its arguments."""
    return checked(text, {name: known[0] for name, known in KNOWN.items()})


def wrapper_name(text):
    """Argument type: an optimizer wrapper with its arguments."""
    return checked(text, WRAPPERS)


def checked(text, classes):
    """Returns the text if it names one of the classes and its arguments."""
    try:
        name, arguments = split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if name not in classes:
        raise argparse.ArgumentTypeError(
            f"{name!r} is not one of {', '.join(classes)}"
        )
    known = argument_names(classes[name])
    for key in arguments:
        if key in OPTIONS:
            raise argparse.ArgumentTypeError(
                f"{name}: `{key}` is set by {OPTIONS[key]}"
            )
        if key not in known:
            raise argparse.ArgumentTypeError(
                f"{name} has no argument {key!r}. It has {', '.join(known)}"
            )
    return text


def argument_names(optimizer_class):
    """Returns the arguments of a class and of the Keras base class."""
    names = {}
    for each in (optimizer_class, keras.optimizers.Optimizer):
        names.update(inspect.signature(each.__init__).parameters)
    hidden = {"self", "kwargs", *OPTIONS}
    return [name for name in names if name not in hidden]


def learning_rate(text, from_checkpoint):
    """Returns the default learning rate of a named optimizer."""
    name, _ = split(text)
    return KNOWN[name][1][from_checkpoint]


def named_optimizer(text, schedule):
    """Makes the optimizer that the text names."""
    name, arguments = split(text)
    if name == "adamw":
        arguments = {"weight_decay": 0.01, **arguments}
    optimizer = KNOWN[name][0](learning_rate=schedule, **arguments)
    if name == "adamw":  # as BERT: neither biases nor norms decay
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def wrapped(optimizer, text):
    """Puts the wrapper that the text names around an optimizer."""
    name, arguments = split(text)
    return WRAPPERS[name](optimizer, **arguments)
