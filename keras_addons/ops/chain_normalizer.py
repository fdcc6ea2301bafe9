"""The sum over all paths of a chain, with its gradient: forward-backward.

`log_normalizer` goes once forward through the tokens, its gradient once
backward: the gradient by a logit is the probability of the tag at that token,
that by a transition the expected number of times that it is taken. Both come
from the messages `alpha` (all paths up to a token) and `beta` (all paths
after it). Written out, since the gradient of a loop does not compile with XLA
on TensorFlow, and keeps (batch, length, tags, tags) where it does.
"""

from keras import ops

IMPOSSIBLE = -1e9  # finite: the difference of two infinities is NaN
# exp(-80) is nothing beside 1 in float32; below -87, where the result is no
# normal number, torch's exp takes ten times as long and more.
LEAST = -80.0


def log_normalizer(emissions, transitions, mask):
    """`log sum over paths y of exp(sum_t e_t[y_t] + sum_t A[y_(t-1), y_t])`.

    Holds three float32 tensors (batch, length, tags) for its gradient.

    Args:
        emissions: float32 tensor (batch, length, tags).
        transitions: float32 tensor (tags, tags), `A[from, to]`.
        mask: boolean tensor (batch, length); the path leaves out what is
            False, which may be anywhere.

    Returns:
        float32 tensor (batch,); `log(tags)` of a text without tokens.
    """
    return summed_paths(emissions, transitions, ops.cast(mask, "bool"))


@ops.custom_gradient
def summed_paths(emissions, transitions, mask):
    is_first, is_next, _ = places(mask)
    alphas = forward(emissions, transitions, is_first, is_next)
    totals = log_sum(alphas[-1], axis=-1)  # (batch,)

    def gradient(*arguments, upstream=None):
        if upstream is None:  # torch repeats the arguments before it
            (upstream,) = arguments[-1:]
        betas, by_transition = backward(
            emissions, transitions, is_next, alphas, totals, upstream
        )
        logs = ops.transpose(alphas + betas, (1, 0, 2)) - totals[:, None, None]
        found = probabilities(logs, mask[..., None])
        return found * upstream[:, None, None], by_transition, None

    return totals, gradient


def log_sum(logs, axis):
    """`log sum exp` along an axis of finite values."""
    largest = ops.max(logs, axis=axis, keepdims=True)
    terms = ops.exp(ops.maximum(logs - largest, LEAST))
    return ops.log(ops.sum(terms, axis=axis)) + ops.squeeze(largest, axis)


def probabilities(logs, mask):
    """`exp` of what is above `LEAST` and not masked; 0 of the rest."""
    is_some = ops.logical_and(mask, logs > LEAST)
    return ops.where(is_some, ops.exp(ops.maximum(logs, LEAST)), 0.0)


def places(mask):
    """Whether a token is the first of its text, a later one, or the last."""
    counts = ops.cumsum(ops.cast(mask, "int32"), axis=1)
    is_first = ops.logical_and(mask, counts == 1)
    is_next = ops.logical_and(mask, counts > 1)
    is_last = ops.logical_and(mask, counts == counts[:, -1:])
    return is_first, is_next, is_last


def time_first(*tensors):
    """(batch, length, ...) to (length, batch, ...); booleans get an axis."""
    for tensor in tensors:
        if len(tensor.shape) == 2:
            tensor = tensor[..., None]
        yield ops.transpose(tensor, (1, 0, 2))


def forward(emissions, transitions, is_first, is_next):
    """`alpha_t[j]`, the log sum over all paths up to tag `j` of token `t`.

    Returns:
        Tensor (length, batch, tags).
    """

    def step(alpha, token):
        emission, first, later = token
        arrived = log_sum(alpha[:, :, None] + transitions, axis=1)
        begun = ops.where(first, emission, alpha)
        alpha = ops.where(later, arrived + emission, begun)
        return alpha, alpha

    tokens = tuple(time_first(emissions, is_first, is_next))
    start = ops.zeros_like(tokens[0][0])
    return ops.scan(step, start, tokens)[1]


def backward(emissions, transitions, is_next, alphas, totals, upstream):
    """`beta_t[i]`, the log sum over all paths after tag `i` of token `t`.

    Returns:
        Tensor (length, batch, tags), and the gradient of `transitions`.
    """
    totals = totals[:, None, None]
    upstream = upstream[:, None, None]

    def step(carry, token):
        beta, by_transition = carry
        emission, later, before = token
        onward = transitions + (emission + beta)[:, None]
        logs = before[:, :, None] + onward - totals
        taken = probabilities(logs, later[:, None])
        by_transition += ops.sum(taken * upstream, axis=0)
        left = ops.where(later, log_sum(onward, axis=-1), beta)
        return (left, by_transition), (beta, by_transition)

    start = ops.zeros_like(alphas[:1])
    before = ops.concatenate([start, alphas[:-1]], axis=0)
    tokens = (*time_first(emissions, is_next), before)
    carry = (start[0], ops.zeros_like(transitions))
    (_, by_transition), (betas, _) = ops.scan(step, carry, tokens, reverse=True)
    return betas, by_transition
