"""Matrix products by a few of their columns and rows (CR approximation)."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.pseudo_inverse import check_matrix
from keras_addons.ops.pseudo_inverse import pseudo_inverse

CORRECTIONS = (None, "diagonal", "full")


def column_row_greedy(left, right, num_terms, correction=None):
    """Approximates a product by its largest columns times rows.

    `X Y = sum_i x_i y_i^T` over the columns `x_i` of `X` and the rows `y_i` of
    `Y`. Keeps the `num_terms` terms with the largest `|x_i| |y_i|`: with `C`
    the kept columns and `R` the kept rows, the result is `C R`, which costs
    `num_terms / l` of the product, or a corrected one that is closer:

    * "diagonal": `C diag(w) R`, `w = ((C^T C) * (R R^T))^+ ((C^T X) *
      (R Y^T)) 1` with elementwise products, the best weight for each term;
    * "full": `C C^+ X Y R^+ R`, the best matrix between `C` and `R`.

    The corrections read all of `X` and `Y` and take a pseudo-inverse: they
    are for a small result that is stored, not for a product that is faster.
    The error never grows from none to "diagonal" to "full". Which terms are
    kept is a constant for gradients. Computed in float32.

    Args:
        left: float tensor (m, l), `X`.
        right: float tensor (l, n), `Y`.
        num_terms: int in [1, l].
        correction: None, "diagonal" or "full". Defaults to None.

    Returns:
        Tensor (m, n) of the dtype of `left`.

    Raises:
        ValueError: a shape does not fit, `num_terms` is not in [1, l], or
            `correction` is not one of the three.

    Example:

    >>> left = ops.array([[3.0, 0.1], [0.0, 0.1]])
    >>> product = column_row_greedy(left, ops.eye(2), num_terms=1)
    >>> ops.convert_to_numpy(product)
    array([[3., 0.],
           [0., 0.]], dtype=float32)

    Reference:
        https://kexue.fm/archives/10427
    """
    if correction not in CORRECTIONS:
        raise ValueError(
            f"`correction` must be one of {CORRECTIONS}. "
            f"Received: {correction!r}"
        )
    left, right, dtype = checked(left, right, num_terms)
    if num_terms > left.shape[1]:
        raise ValueError(
            f"`num_terms` must be at most {left.shape[1]}. "
            f"Received: {num_terms}"
        )
    _, kept = ops.top_k(term_norms(left, right), num_terms)
    columns, rows = ops.take(left, kept, axis=1), ops.take(right, kept, axis=0)
    if correction == "diagonal":
        columns = columns * best_weights(left, right, columns, rows)
    elif correction == "full":
        before = ops.matmul(pseudo_inverse(columns), left)  # (terms, l)
        after = ops.matmul(right, pseudo_inverse(rows))  # (l, terms)
        columns = ops.matmul(columns, ops.matmul(before, after))
    return ops.cast(ops.matmul(columns, rows), dtype)


def column_row_sampled(left, right, num_terms, probabilities=None, seed=None):
    """Estimates a product without bias from columns and rows drawn at random.

    `X Y ~ (1 / r) sum_j x_s y_s^T / p_s` over `r` draws `s` with replacement.
    Its expectation is `X Y` for all probabilities that are positive where a
    term is not 0. The best ones, which are the default, are `p_i = |x_i|
    |y_i| / Z` with `Z = sum_i |x_i| |y_i|`: then the expected squared error
    is `(Z^2 - |X Y|^2) / r` in the Frobenius norm.

    Costs `num_terms / l` of the product, and the norms. Gradients are those
    of the estimate at constant draws and probabilities, and without bias as
    well. Computed in float32.

    Args:
        left: float tensor (m, l), `X`.
        right: float tensor (l, n), `Y`.
        num_terms: positive int, the number of draws.
        probabilities: None, or tensor (l,) of weights of the terms, not
            negative; they need not sum to 1. Defaults to None.
        seed: int, `keras.random.SeedGenerator`, or None for Keras' global
            generator. Defaults to None.

    Returns:
        Tensor (m, n) of the dtype of `left`.

    Raises:
        ValueError: a shape does not fit, or `num_terms` is not positive.

    Example:

    >>> left = ops.array([[3.0, 0.0], [0.0, 0.0]])  # one term is not 0
    >>> product = column_row_sampled(left, ops.eye(2), num_terms=2)
    >>> ops.convert_to_numpy(product)
    array([[3., 0.],
           [0., 0.]], dtype=float32)

    Reference:
        [Drineas et al., 2006](https://doi.org/10.1137/S0097539704442684),
        https://kexue.fm/archives/10427
    """
    left, right, dtype = checked(left, right, num_terms)
    if probabilities is None:
        probabilities = term_norms(left, right)
    uniform = keras.random.uniform((num_terms,), dtype="float32", seed=seed)
    drawn, scale = draw_terms(probabilities, uniform)
    columns = ops.take(left, drawn, axis=1) * scale
    product = ops.matmul(columns, ops.take(right, drawn, axis=0))
    return ops.cast(product, dtype)


def checked(left, right, num_terms):
    left, right = ops.convert_to_tensor(left), ops.convert_to_tensor(right)
    check_matrix("left", left)
    check_matrix("right", right)
    shapes = tuple(left.shape), tuple(right.shape)
    if [len(shape) for shape in shapes] != [2, 2] or (
        shapes[0][1] != shapes[1][0]
    ):
        raise ValueError(
            "`left` and `right` must have the shapes (m, l) and (l, n). "
            f"Received: {shapes[0]} and {shapes[1]}"
        )
    check_integer("num_terms", num_terms, 1)
    return ops.cast(left, "float32"), ops.cast(right, "float32"), left.dtype


def term_norms(left, right):
    """Computes `|x_i| |y_i|`, the norm of each term; no gradient."""
    columns = ops.sum(ops.square(left), axis=0)
    rows = ops.sum(ops.square(right), axis=1)
    return ops.stop_gradient(ops.sqrt(columns) * ops.sqrt(rows))


def draw_terms(weights, uniform):
    """Draws terms in proportion to their weights, with replacement.

    Args:
        weights: float32 tensor (l,), not negative.
        uniform: float32 tensor (r,), uniform in [0, 1).

    Returns:
        The int32 numbers (r,) of the terms, and `1 / (r p)` of each; 0 where
        all weights are 0.
    """
    weights = ops.stop_gradient(ops.cast(weights, "float32"))
    ends = ops.cumsum(weights)
    total = ends[-1]
    drawn = ops.searchsorted(ends, uniform * total, side="right")
    # Rounding may lead beyond the last term.
    drawn = ops.minimum(ops.cast(drawn, "int32"), ops.shape(weights)[0] - 1)
    weights = ops.take(weights, drawn, axis=0)
    is_term = weights > 0
    scale = total / (ops.where(is_term, weights, 1.0) * uniform.shape[0])
    return drawn, ops.where(is_term, scale, 0.0)


def best_weights(left, right, columns, rows):
    """Solves the least squares of `C diag(w) R` to `X Y` for `w`."""
    grams = ops.matmul(ops.transpose(columns), columns)
    grams = grams * ops.matmul(rows, ops.transpose(rows))
    wanted = ops.matmul(ops.transpose(columns), left)
    wanted = wanted * ops.matmul(rows, ops.transpose(right))
    wanted = ops.sum(wanted, axis=1, keepdims=True)
    return ops.matmul(pseudo_inverse(grams), wanted)[:, 0]
