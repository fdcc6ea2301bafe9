"""torch: complex rotation, fused attention, writing in place."""

import keras
import torch


def complex_rotation(angles, dtype):
    # 16-bit floats have no complex form; compiled code is faster without it.
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
    return table


def cumulative_logsumexp(tensor):
    return torch.logcumsumexp(tensor, dim=-1)


def fused_attention(query, key, value, mask):
    attend = fused_operation(query, key, value)
    if attend is None:
        return None
    if mask is not None:
        # Half of the lowest number, so that adding a score stays finite.
        never = torch.finfo(query.dtype).min / 2
        mask = torch.as_tensor(mask, device=query.device)  # it may be NumPy's
        mask = torch.where(mask, 0.0, never).to(query.dtype)
    heads, key_heads = query.shape[1], key.shape[1]
    if heads == key_heads:
        return attend(query, key, value, mask)
    if query.shape[2] > 1:
        key = key.repeat_interleave(heads // key_heads, dim=1)
        value = value.repeat_interleave(heads // key_heads, dim=1)
        return attend(query, key, value, mask)
    # One new token: no copy of a long cache, the heads that share a key are
    # further queries of its head.
    queries = query.unflatten(1, (key_heads, -1)).flatten(2, 3)
    if mask is not None and mask.shape[1] > 1:
        mask = mask.unflatten(1, (key_heads, -1)).flatten(2, 3)
    read = attend(queries, key, value, mask)
    return read.flatten(1, 2).unsqueeze(2)


def fused_operation(*inputs):
    """Returns torch's operation, one with a second derivative, or None."""
    fused = torch.nn.functional.scaled_dot_product_attention
    # Compiled code has no second derivatives.
    if torch.compiler.is_compiling() or not torch.is_grad_enabled():
        return fused
    # `vmap` and `grad` of torch.func know the formula alone. An older torch
    # does not tell whether they call.
    unwrap = getattr(torch.func, "debug_unwrap", None)
    if unwrap is None or unwrap(inputs[0]) is not inputs[0]:
        return None
    if any(each.requires_grad for each in inputs):
        return FusedAttention.apply
    return fused


class FusedAttention(torch.autograd.Function):
    """Attention as one operation, whose gradient has a gradient.

    The gradient is torch's own, which keeps no scores; where a gradient of it
    is asked for (`create_graph=True`), it is that of the formula.
    """

    @staticmethod
    def forward(context, query, key, value, mask):
        context.save_for_backward(query, key, value, mask)
        fused = torch.nn.functional.scaled_dot_product_attention
        with torch.enable_grad():
            inputs = [
                each.detach().requires_grad_() for each in (query, key, value)
            ]
            context.inner = inputs, fused(*inputs, mask)
        return context.inner[1].detach()

    @staticmethod
    def backward(context, upstream):
        *inputs, mask = context.saved_tensors
        if not torch.is_grad_enabled():
            inputs, output = context.inner
            gradients = torch.autograd.grad(
                output, inputs, upstream, retain_graph=True
            )
            return *gradients, None
        needed = context.needs_input_grad[:3]
        gradients = iter(
            torch.autograd.grad(
                by_formula(*inputs, mask),
                [each for each, need in zip(inputs, needed) if need],
                upstream,
                create_graph=True,
            )
        )
        return *(next(gradients) if need else None for need in needed), None


def by_formula(query, key, value, mask):
    scores = (query @ key.mT).float() * query.shape[-1] ** -0.5
    if mask is not None:
        scores = scores + mask
    return torch.softmax(scores, dim=-1).to(value.dtype) @ value


def reshape(tensor, shape):
    return torch.reshape(tensor, shape)


def while_loop(condition, body, values):
    return keras.ops.while_loop(condition, body, values)


def with_derivative(function, derivative):
    return function


def write_slice(tensor, axis, start, values):
    # Computed on the device, as `start` may be a tensor there.
    if torch.is_grad_enabled():
        tensor = tensor.clone()
    places = torch.arange(values.shape[axis], device=tensor.device) + start
    return tensor.index_copy_(axis, places, values)
