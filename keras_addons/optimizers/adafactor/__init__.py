"""AdaFactor, and the factored second moment that it keeps."""

from keras_addons.optimizers.adafactor.adafactor import AdaFactor as AdaFactor
