"""torch: prediction, recorded where it is repeated."""

import keras
import torch
from torch.fx.experimental.proxy_tensor import make_fx


def recompiles_on_new_shape():
    return False


def predictor(model):
    model.jit_compile = False
    return model.predict_on_batch


def predictor_of_steps(model):
    # Calling a Keras layer takes 0.1 ms on a CPU. So the first batch of a
    # shape is recorded as a list of torch operations, which later batches of
    # the shape run.
    recorded = {}

    @torch.no_grad()
    def predict(inputs):
        inputs = {
            name: keras.ops.convert_to_tensor(values)
            for name, values in inputs.items()
        }
        shapes = tuple((name, each.shape) for name, each in inputs.items())
        if shapes in recorded:
            outputs = recorded[shapes](*inputs.values())
        else:
            recorded[shapes], outputs = record(model, inputs)
        return keras.ops.convert_to_numpy(outputs)

    return predict


def record(model, inputs):
    """Records a call; returns a function of the inputs, and the outputs."""
    outputs = []

    def call(*tensors):
        outputs[:] = [model(dict(zip(inputs, tensors)), training=False)]
        return outputs[0]

    return make_fx(call)(*inputs.values()), outputs[0]
