"""Optimizer wrappers, layers, losses, metrics and models for Keras 3."""

import importlib

from keras_addons import callbacks as callbacks
from keras_addons import layers as layers
from keras_addons import losses as losses
from keras_addons import metrics as metrics
from keras_addons import models as models
from keras_addons import ops as ops
from keras_addons import optimizers as optimizers
from keras_addons import retrieval as retrieval

__version__ = "0.1.0"


def __getattr__(name):
    # `text` needs the library `tokenizers`, so it is imported when it is used.
    if name == "text":
        return importlib.import_module("keras_addons.text")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
