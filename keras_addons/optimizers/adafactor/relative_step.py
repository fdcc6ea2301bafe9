"""The learning rate of AdaFactor with `learning_rate=None`."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_addons")
class RelativeStep(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate `factor * min(0.01, 1 / sqrt(t))`, with t from 1."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, step):
        step = ops.cast(step, "float32") + 1
        return self.factor * ops.minimum(0.01, ops.rsqrt(step))

    def get_config(self):
        return {"factor": self.factor}
