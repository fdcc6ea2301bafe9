"""Linear-chain conditional random fields: likelihood and best path."""

from keras import ops

from keras_addons.ops.chain_normalizer import IMPOSSIBLE
from keras_addons.ops.chain_normalizer import log_normalizer
from keras_addons.ops.chain_normalizer import places
from keras_addons.ops.chain_normalizer import time_first


def crf_log_likelihood(emissions, tags, transitions, mask=None):
    """The log probability of the tags of each text.

    `score(y) - log sum over all paths y' of exp(score(y'))` with `score(y) =
    sum_t e_t[y_t] + sum_t A[y_(t-1), y_t]`, in float32. A tag below 0, such
    as -100, is unknown: the probability is then that of all tags there.

    Takes `length` steps one after the other, each of `2 * batch * tags^2`
    operations, and as many for the gradient, which holds about ten float32
    tensors (batch, length, tags).

    Args:
        emissions: float tensor (batch, length, tags), the logits `e`.
        tags: integer tensor (batch, length); those of padding do not count.
            A tag beyond the last one has a log probability of -1e9.
        transitions: float tensor (tags, tags), `A[from, to]`.
        mask: None or boolean tensor (batch, length), False for padding, which
            may be anywhere. Defaults to None, no padding.

    Returns:
        float32 tensor (batch,); 0 of a text without tokens.

    Example:

    >>> emissions = ops.zeros((1, 3, 2))
    >>> tags = ops.array([[0, 1, 1]])
    >>> transitions = ops.zeros((2, 2))
    >>> value = crf_log_likelihood(emissions, tags, transitions)
    >>> ops.convert_to_numpy(value).round(3)  # one of 8 paths: -log(8)
    array([-2.079], dtype=float32)

    Reference:
        [Lafferty et al., 2001](https://repository.upenn.edu/cis_papers/159),
        https://kexue.fm/archives/5542
    """
    emissions, transitions, mask = prepared(emissions, transitions, mask)
    tags = ops.cast(tags, "int32")[..., None]
    others = tags != ops.arange(emissions.shape[-1], dtype="int32")
    is_excluded = ops.logical_and(tags >= 0, others)
    allowed = emissions + ops.where(is_excluded, IMPOSSIBLE, 0.0)
    # Both sums in one loop: its steps wait for each other.
    totals = log_normalizer(
        ops.concatenate([allowed, emissions], axis=0),
        transitions,
        ops.concatenate([mask, mask], axis=0),
    )
    of_tags, of_all = ops.split(totals, 2)
    return of_tags - of_all


def crf_decode(emissions, transitions, mask=None):
    """The most probable tags of each text (Viterbi), in float32.

    Args:
        emissions: float tensor (batch, length, tags).
        transitions: float tensor (tags, tags), `A[from, to]`.
        mask: None or boolean tensor (batch, length), False for padding, which
            may be anywhere. Defaults to None, no padding.

    Returns:
        int32 tensor (batch, length), 0 for padding.

    Example:

    >>> emissions = ops.array([[[0.0, 1.0], [0.1, 0.0], [0.0, 1.0]]])
    >>> transitions = ops.array([[0.0, -9.0], [0.0, 0.0]])  # never from 0 to 1
    >>> ops.convert_to_numpy(crf_decode(emissions, transitions))
    array([[1, 1, 1]], dtype=int32)

    Reference:
        [Viterbi, 1967](https://ieeexplore.ieee.org/document/1054010)
    """
    emissions, transitions, mask = prepared(emissions, transitions, mask)
    # Else torch would keep every step for a gradient that nobody can ask for.
    last, pointers = best_paths(
        ops.stop_gradient(emissions), ops.stop_gradient(transitions), mask
    )

    def step(tag, sources):
        source = ops.take_along_axis(sources, tag[:, None], axis=1)
        return source[:, 0], tag

    tag = ops.cast(ops.argmax(last, axis=-1), "int32")
    tags = ops.scan(step, tag, pointers, reverse=True)[1]
    return ops.where(mask, ops.transpose(tags), 0)


def prepared(emissions, transitions, mask):
    """Tensors in float32, and a mask where there is none."""
    emissions = ops.cast(emissions, "float32")
    transitions = ops.cast(transitions, "float32")
    if mask is None:
        return emissions, transitions, ops.ones_like(emissions[..., 0], "bool")
    return emissions, transitions, ops.cast(mask, "bool")


def best_paths(emissions, transitions, mask):
    """Scores of the best paths to the last tags, and where they came from.

    Returns:
        Tensor (batch, tags) and int32 tensor (length, batch, tags): the tag
        before on the best path to each tag of a token.
    """
    is_first, is_next, _ = places(mask)
    tokens = tuple(time_first(emissions, is_first, is_next))
    stay = ops.arange(emissions.shape[-1], dtype="int32")
    by_target = ops.transpose(transitions)  # torch reduces the last axis best

    def step(carry, token):
        best, _ = carry
        emission, first, later = token
        arriving = best[:, None] + by_target
        sources = ops.cast(ops.argmax(arriving, axis=-1), "int32")
        sources = ops.where(later, sources, stay)
        begun = ops.where(first, emission, best)
        arrived = ops.max(arriving, axis=-1) + emission
        carry = ops.where(later, arrived, begun), sources
        return carry, carry

    start = ops.zeros_like(tokens[0][0])
    carry = start, ops.cast(start, "int32")
    (best, _), (_, pointers) = ops.scan(step, carry, tokens)
    return best, pointers
