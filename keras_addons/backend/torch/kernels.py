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
    # Not used where gradients are computed: it has no second derivative.
    if torch.is_grad_enabled():
        return None
    if mask is not None:
        # Half of the lowest number, so that adding a score stays finite.
        never = torch.finfo(query.dtype).min / 2
        mask = torch.where(mask, 0.0, never).to(query.dtype)
    fused = torch.nn.functional.scaled_dot_product_attention
    heads, key_heads = query.shape[1], key.shape[1]
    if heads == key_heads:
        return fused(query, key, value, attn_mask=mask)
    if query.shape[2] > 1:
        key = key.repeat_interleave(heads // key_heads, dim=1)
        value = value.repeat_interleave(heads // key_heads, dim=1)
        return fused(query, key, value, attn_mask=mask)
    # One new token: no copy of a long cache, the heads that share a key are
    # further queries of its head.
    queries = query.unflatten(1, (key_heads, -1)).flatten(2, 3)
    if mask is not None and mask.shape[1] > 1:
        mask = mask.unflatten(1, (key_heads, -1)).flatten(2, 3)
    read = fused(queries, key, value, attn_mask=mask)
    return read.flatten(1, 2).unsqueeze(2)


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
