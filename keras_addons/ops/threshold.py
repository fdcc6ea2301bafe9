"""The threshold `t` for which `sum_i f(x_i - t) = k`, and its derivatives."""

from keras import ops

from keras_addons import backend
from keras_addons.ops.top_k_rows import LOWEST

# Each function returns `f`, `f'` and `f''`. Where `z` is 0 they choose a side
# by `where`: the derivative of `abs` and `minimum` there is another one.


def exponential(z):
    """`min(1, exp(z))`."""
    is_below = z <= 0
    value = ops.exp(ops.where(is_below, z, 0.0))
    slope = ops.where(is_below, value, 0.0)
    return value, slope, slope


def laplace(z):
    """The Laplace distribution function, `(1 + sign(z) (1 - e^-|z|)) / 2`."""
    is_above = z > 0
    slope = ops.exp(ops.where(is_above, -z, z)) / 2
    value = ops.where(is_above, 1 - slope, slope)
    return value, slope, ops.where(is_above, -slope, slope)


def sigmoid(z):
    value = ops.sigmoid(z)
    slope = value * (1 - value)
    return value, slope, slope * (1 - 2 * value)


def shares_above(function, scores, threshold):
    """Computes `f(x - t)` where the threshold `t` has a derivative.

    `threshold` is a number for autodiff. Its dependence on `x` is put back by
    one step for the equation `sum f(x - t - shift) = k`, solved to the second
    order: the step is 0, its first two derivatives are those of the
    threshold. The Jacobian is then `diag(f') - f' f'^T / sum(f')`.
    """
    threshold = ops.stop_gradient(threshold)
    value, slope, curvature = function(scores - threshold)
    tiny = 1e-18  # its square, by which autodiff divides, is still a float
    total_slope = ops.maximum(ops.sum(slope, axis=-1, keepdims=True), tiny)
    total = ops.sum(value, axis=-1, keepdims=True)
    step = (total - ops.stop_gradient(total)) / total_slope
    total_curvature = ops.sum(curvature, axis=-1, keepdims=True)
    bend = ops.stop_gradient(total_curvature / total_slope)
    shift = step + bend / 2 * ops.square(step)
    return function(scores - threshold - shift)[0]


def exponential_threshold(rows):
    """Solves for `min(1, e^z)`, with `m` entries above the threshold.

    `m + sum_(i > m) exp(x_i - t) = k` of scores in descending order.
    """
    ordered, place = in_order(rows)
    below = sums_below(ordered)
    counted = place + ops.exp(below[..., 1:] - ordered)  # at t = x_m
    above = num_above(rows, counted, place)
    # m = k only where what is left is rounded to nothing.
    above = ops.minimum(above, rows.k - 1)
    return at(below, above) - ops.log(rows.k - above)


def laplace_threshold(rows):
    """Solves for the Laplace distribution function, as a quadratic equation.

    `m - S1 e^t / 2 + S2 e^-t / 2 = k` with `S1 = sum_(i <= m) exp(-x_i)` and
    `S2 = sum_(i > m) exp(x_i)`. Both solutions are sums of positive numbers:
    the one that is used where `m <= k` holds for `m = 0` (`S1 = 0`), the
    other for `m = n` (`S2 = 0`), which occurs where `k > n / 2`.
    """
    ordered, place = in_order(rows)
    below = sums_below(ordered)
    above_sums = padded(backend.cumulative_logsumexp(-ordered), at_end=False)
    counted = place + 0.5 * (
        ops.exp(below[..., 1:] - ordered)
        - ops.exp(above_sums[..., 1:] + ordered)
    )
    above = num_above(rows, counted, place)
    log_s1, log_s2 = at(above_sums, above), at(below, above)
    missing = rows.k - above
    log_product = log_s1 + log_s2  # of at most n^2 / 4
    root = ops.sqrt(ops.square(missing) + ops.exp(log_product))
    # The product may be below all floats, but not its logarithm.
    term = ops.where(
        missing == 0,
        log_product / 2,
        ops.log(root + ops.absolute(missing)),
    )
    return ops.where(missing >= 0, log_s2 - term, term - log_s1)


def sigmoid_threshold(rows, num_halvings=26, num_newton_steps=2):
    """Solves for the sigmoid: bisection, then Newton steps within it."""
    scores = ops.stop_gradient(rows.scores)
    count = ops.maximum(rows.count, rows.k + 1)
    logit = ops.log(rows.k) - ops.log(count - rows.k)
    lowest = ops.min(
        ops.where(rows.is_valid, scores, 0.0), axis=-1, keepdims=True
    )

    def halve(_, bounds):
        low, high = bounds
        middle = (low + high) / 2
        total = ops.sum(ops.sigmoid(scores - middle), axis=-1, keepdims=True)
        is_low = total > rows.k
        low = ops.where(is_low, middle, low)
        return low, ops.where(is_low, high, middle)

    bounds = lowest - logit, ops.zeros_like(lowest) - logit
    low, high = ops.fori_loop(0, num_halvings, halve, bounds)
    threshold = (low + high) / 2
    for _ in range(num_newton_steps):
        value, slope, _ = sigmoid(scores - threshold)
        excess = ops.sum(value, axis=-1, keepdims=True) - rows.k
        slope = ops.maximum(ops.sum(slope, axis=-1, keepdims=True), 1e-30)
        threshold = ops.clip(threshold + excess / slope, low, high)
    return threshold


def in_order(rows):
    """Returns scores in descending order, and 1, 2, ..., n."""
    scores = ops.stop_gradient(rows.scores)
    ordered = -ops.sort(-scores, axis=-1)
    places = ops.cumsum(ops.ones_like(ordered), axis=-1)
    return ordered, places


def sums_below(ordered):
    """`log sum_(i > m) exp(x_i)` for `m` from 0 to n."""
    backwards = ops.flip(ordered, axis=-1)
    sums = ops.flip(backend.cumulative_logsumexp(backwards), axis=-1)
    return padded(sums, at_end=True)


def padded(sums, at_end):
    """Adds the logarithm of the empty sum."""
    nothing = ops.full_like(sums[..., :1], LOWEST)
    parts = [sums, nothing] if at_end else [nothing, sums]
    return ops.concatenate(parts, axis=-1)


def num_above(rows, counted, place):
    """How many scores are above the threshold.

    `counted` is what `sum f(x_i - t)` would be with the threshold at each
    score; it grows as the score falls.
    """
    is_above = ops.logical_and(counted <= rows.k, place <= rows.count)
    return ops.sum(ops.cast(is_above, counted.dtype), axis=-1, keepdims=True)


def at(sums, place):
    return ops.take_along_axis(sums, ops.cast(place, "int32"), axis=-1)
