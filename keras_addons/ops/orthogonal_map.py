"""Orthogonal matrices that take one unit vector to another."""

from keras import ops

from keras_addons.ops.cosines import SMALLEST_SQUARE
from keras_addons.ops.cosines import unit_vectors

KINDS = ("rotation", "reflection", "half_turn")


def orthogonal_map(source, target, kind="rotation"):
    """Makes the orthogonal matrix `T` with `T a = b` for unit vectors.

    With `c = a . b`, in `d` dimensions:

    * "rotation": `I + 2 b a^T - (a + b)(a + b)^T / (1 + c)` turns in the plane
      of `a` and `b` and leaves all that is orthogonal to it. Determinant 1;
      `T b` is not `a`.
    * "reflection": `I - (a - b)(a - b)^T / (1 - c)`, Householder's: swaps `a`
      and `b`, leaves all that is orthogonal to `a - b`. Symmetric,
      determinant -1.
    * "half_turn": `(a + b)(a + b)^T / (1 + c) - I` swaps `a` and `b`, turns
      all that is orthogonal to `a + b` round. Symmetric, determinant
      `(-1)^(d - 1)`.

    The formulas divide by 0 at `b = -a`, "reflection" at `b = a`. There
    many matrices do the same, and one of them is returned: the vector
    orthogonal to `a` that lies nearest to the axis where `a` is smallest
    takes the place of `a + b`, or of `a - b`. The gradient is finite there
    too. Computed in float32.

    Args:
        source: float tensor (..., d) with `d` of 2 or more; divided by its
            norm, which must not be 0.
        target: float tensor of the same shape, likewise.
        kind: "rotation", "reflection" or "half_turn". Defaults to
            "rotation".

    Returns:
        float32 tensor (..., d, d).

    Raises:
        ValueError: `kind` is not one of the three, `d` is below 2, or the
            last axes differ.

    Example:

    >>> turn = orthogonal_map(ops.array([1.0, 0.0]), ops.array([0.0, 1.0]))
    >>> ops.convert_to_numpy(turn).round(4) + 0.0
    array([[ 0., -1.],
           [ 1.,  0.]], dtype=float32)

    Reference:
        https://kexue.fm/archives/8453
    """
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {KINDS}. Received: {kind!r}")
    source, target = unit_vectors(source), unit_vectors(target)
    sizes = source.shape[-1], target.shape[-1]
    if sizes[0] != sizes[1] or sizes[0] < 2:
        raise ValueError(
            "`source` and `target` must have the shape (..., d) with d of 2 "
            f"or more. Received: {tuple(source.shape)}, {tuple(target.shape)}"
        )
    identity = ops.eye(sizes[0], dtype="float32")
    total, difference = source + target, source - target
    if kind == "reflection":
        mirror = direction_of(difference, total, source)
        return identity - 2.0 * outer(mirror, mirror)
    between = direction_of(total, difference, source)
    if kind == "half_turn":
        return 2.0 * outer(between, between) - identity
    # The formula as two reflections, by `a` and by the vector between: the
    # product is orthogonal however few digits are left of `a + b`.
    cosine = ops.sum(between * source, axis=-1)[..., None, None]
    return (
        identity
        - 2.0 * outer(source, source)
        - 2.0 * outer(between, between)
        + 4.0 * cosine * outer(between, source)
    )


def direction_of(vector, other, source):
    """Normalizes the sum or the difference of two unit vectors.

    Args:
        vector: one of the two.
        other: the other one, which is orthogonal to it up to rounding.
        source: the first of the unit vectors, to which the result is
            orthogonal where `vector` is 0.
    """
    # Where little is left of the vector, the rounding of the norms would turn
    # it; what is not orthogonal to the other is rounding.
    product = ops.sum(vector * other, axis=-1, keepdims=True)
    square = ops.sum(other * other, axis=-1, keepdims=True)
    rounding = product / ops.maximum(square, 1.0) * other
    vector = vector - ops.stop_gradient(rounding)
    square = ops.sum(vector * vector, axis=-1, keepdims=True)
    is_zero = square <= SMALLEST_SQUARE
    return unit_vectors(ops.where(is_zero, orthogonal_to(source), vector))


def orthogonal_to(source):
    smallest = ops.argmin(ops.abs(source), axis=-1)
    axis = ops.one_hot(smallest, source.shape[-1], dtype="float32")
    product = ops.sum(axis * source, axis=-1, keepdims=True)
    return ops.stop_gradient(axis - product * source)


def outer(vectors, others):
    return vectors[..., :, None] * others[..., None, :]
