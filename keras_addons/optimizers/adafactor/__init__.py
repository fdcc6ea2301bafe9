"""AdaFactor and its factored second moment."""

from keras_addons.optimizers.adafactor.adafactor import AdaFactor as AdaFactor
