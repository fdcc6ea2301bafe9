"""Adversarial training by name: `fgm:0.5` on the command line."""

import argparse

from clue_baselines.harness.options.argument_types import positive
from keras_addons.models import AdversarialTraining

EPSILON = 0.5  # that of https://kexue.fm/archives/7234


def adversarial_name(text):
    """Argument type: `fgm`, or `fgm:EPSILON`."""
    name, colon, epsilon = text.partition(":")
    if name != "fgm":
        raise argparse.ArgumentTypeError(f"{name!r} is not fgm")
    if colon:
        positive(epsilon)
    return text


def adversarial(model, text):
    """Returns what to compile and fit instead of the model, or the model.

    Args:
        model: built model.
        text: what `adversarial_name` takes, or None.
    """
    if text is None:
        return model
    _, _, epsilon = text.partition(":")
    epsilon = float(epsilon or EPSILON)
    return AdversarialTraining(model, epsilon, name=model.name)
