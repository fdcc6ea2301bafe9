"""torch: training steps that are written once for all backends."""

from contextlib import contextmanager

import keras
import torch


class TrainStep:
    def train_step(self, *arguments):
        (data,) = arguments
        with torch.no_grad():
            return self.step(*keras.utils.unpack_x_y_sample_weight(data))

    def apply_gradients(self, gradients):
        self.optimizer.apply(gradients, self.trainable_variables)


def loss_and_gradients(function, values):
    values = [each.detach().requires_grad_() for each in values]
    with torch.enable_grad():
        loss, others = function(values)
    gradients = torch.autograd.grad(loss, values, allow_unused=True)
    return loss.detach(), others, list(gradients)


def add_gradients(one, other):
    if one is None or other is None:
        return other if one is None else one
    return one + other


@contextmanager
def denormals_flushed():
    before = flushes_denormals()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def flushes_denormals():
    """Returns whether torch does so already; it has no function to ask."""
    return (torch.full((), 1e-30, device="cpu") * 1e-10).item() == 0.0
