"""torch's side of the seam."""

import keras
import torch
from torch.fx.experimental.proxy_tensor import make_fx

COMPILES_EVERY_SHAPE = False  # that a step or a prediction meets


def complex_rotation(angles, dtype):
    """Turns pairs of features as complex numbers: a function, or None.

    It reads and writes them once and takes a fifth of the time of products
    and a sum. There are no complex numbers of half precision, and compilers
    of torch do better without them.
    """
    if (
        keras.backend.standardize_dtype(dtype) != "float32"
        or torch.compiler.is_compiling()
    ):
        return None
    turns = torch.polar(torch.ones_like(angles), angles)

    def turn(features):
        pairs = features.unflatten(-1, (-1, 2)).contiguous()
        turned = torch.view_as_complex(pairs) * turns
        return torch.view_as_real(turned).flatten(-2)

    return turn


def computed_once(table):
    """The same table: torch computes every tensor once."""
    return table


def conditional_update(condition, update, variables, arguments=()):
    """Runs `update(*arguments)` only where `condition` holds."""
    with torch.no_grad():
        if condition:
            update(*arguments)


def is_compiling(variable):
    """Whether the value of a variable is not known yet."""
    return torch.compiler.is_compiling()


def unlikely_update(condition, update, variables):
    """`conditional_update` for what hardly ever happens and costs little."""
    conditional_update(condition, update, variables)


def any_replica(condition):
    """Whether a condition holds in any replica: here a step is one."""
    return condition


def assign_all(variables, values):
    """Assigns each variable its value."""
    for variable, value in zip(variables, values):
        variable.assign(value)


def update_outside_step(update, variables):
    """Runs `update()` between the steps."""
    with torch.no_grad():
        update()


def fused_attention(query, key, value, mask):
    """Scaled dot-product attention as one operation, or None.

    Its gradient has no gradient itself, so where gradients are asked for it
    does not take part.
    """
    if torch.is_grad_enabled():
        return None
    if mask is not None:
        # Half of the smallest number: a score on top must not be infinite.
        never = torch.finfo(query.dtype).min / 2
        mask = torch.where(mask, 0.0, never).to(query.dtype)
    return torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask
    )


def after_update(tensor, variable):
    """The same tensor: torch computes line by line."""
    return tensor


def all_gather(embeddings):
    """The rows of all replicas: Keras on torch has one."""
    return embeddings


def seed_native_generator(seed):
    """Starts anew what unseeded dropout draws from, Keras' seeds apart.

    Its state cannot be read through Keras, so that a training which is to go
    on exactly after an interruption starts it anew in each epoch.
    """
    torch.manual_seed(seed)


def predictor(model):
    """The model's outputs as a function of a batch, without training."""
    model.jit_compile = False
    return model.predict_on_batch


def predictor_of_steps(model):
    """`predictor` of a model that is called on one shape again and again.

    A call of a Keras layer takes 0.1 ms on a CPU. So the first batch of a shape
    is recorded as the list of torch's operations that Keras has called, which
    later ones run. It reads the values of the variables as they are then.
    """
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
            recorded[shapes], outputs = recording(model, inputs)
        return keras.ops.convert_to_numpy(outputs)

    return predict


def recording(model, inputs):
    """The operations of a call as a function of its inputs, and its outputs."""
    outputs = []

    def call(*tensors):
        outputs[:] = [model(dict(zip(inputs, tensors)), training=False)]
        return outputs[0]

    return make_fx(call)(*inputs.values()), outputs[0]


def reshape(tensor, shape):
    """`keras.ops.reshape` of a tensor that is not symbolic.

    Keras looks for symbolic tensors in the shape, which takes 30 us a call.
    """
    return torch.reshape(tensor, shape)


def while_loop(condition, body, values):
    """`keras.ops.while_loop` whose rounds wait for each other."""
    return keras.ops.while_loop(condition, body, values)


def with_derivative(function, derivative):
    """Returns `function`: those of torch keep nothing but what they are of."""
    return function


def write_slice(tensor, axis, start, values):
    """Writes `values` along one axis into a tensor that nobody reads again.

    A `start` that is a tensor stays on its device. Without gradients the
    tensor is written where it is; `keras.ops.slice_update` copies all of it.
    """
    if torch.is_grad_enabled():
        tensor = tensor.clone()
    places = torch.arange(values.shape[axis], device=tensor.device) + start
    return tensor.index_copy_(axis, places, values)
