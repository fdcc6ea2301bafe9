"""Smooth top-k by a threshold: shares `f(x - t)` that sum to `k`."""

from keras_addons.ops.symbolic import takes_keras_tensors
from keras_addons.ops.threshold import exponential
from keras_addons.ops.threshold import exponential_threshold
from keras_addons.ops.threshold import laplace
from keras_addons.ops.threshold import laplace_threshold
from keras_addons.ops.threshold import shares_above
from keras_addons.ops.threshold import sigmoid
from keras_addons.ops.threshold import sigmoid_threshold
from keras_addons.ops.top_k_rows import Rows


@takes_keras_tensors
def soft_top_k_laplace(x, k, temperature=1.0, mask=None):
    """Selects the `k` highest entries of each row, softly and differentiably.

    Shares `p_i = f(x_i / temperature - t)` in [0, 1] that sum to `k`, where
    `f` is the Laplace distribution function, `e^x / 2` below 0 and `1 -
    e^-x / 2` above; the threshold `t` of the row is computed in closed form.
    As `temperature` goes to 0, they become 1 for the `k` highest entries and
    0 for all others. `keras.ops.top_k` selects exactly, but has no gradient
    for what it leaves out.

    This is the one to take unless there is a reason for another. For long
    rows `soft_top_k_sigmoid` is faster, as it does not sort (of 100,000
    numbers it takes a third of the time on a CPU, on JAX a thirtieth).

    | `soft_top_k_...` | what is special | cost of a row |
    |---|---|---|
    | `laplace` | no share of 0 or 1; gradient continuous | 2 to 4 sorts |
    | `exponential` | softmax for `k = 1`; shares of exactly 1 | 2 sorts |
    | `sigmoid` | derivatives of all orders | 28 sigmoids |
    | `subsets` | probabilities of subsets; softmax for `k = 1` | `k n` |
    | `iterative` | shares above 1 occur; softmax for `k = 1` | `k` softmaxes |

    All keep the order of the entries, but for the last, and do not change if
    a number is added to all entries. First and second derivatives are exact:
    the Jacobian is `diag(f') - f' f'^T / sum(f')`, divided by `temperature`.
    Computed in float32: the shares of a row sum to `k` up to its rounding.

    Args:
        x: float tensor (..., n). An entry of -inf counts as masked.
        k: int, or integer tensor that broadcasts to the leading axes. Rows
            of no more than `k` entries get shares of 1, and those with a `k`
            of 0 get 0.
        temperature: positive number, or a scalar tensor for one that changes
            during training. Defaults to 1.
        mask: None, or boolean tensor that broadcasts to `x`, False for
            entries that cannot be selected, such as padding. Their share is
            0. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `x`.

    Raises:
        ValueError: `k` is no integer or below 0, or `temperature` is not
            positive.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_addons.ops import soft_top_k_laplace
    >>> x = np.array([3.0, 2.0, 1.0, 4.0], "float32")
    >>> shares = soft_top_k_laplace(x, k=2, temperature=0.5)
    >>> keras.ops.convert_to_numpy(shares).round(2)
    array([0.82, 0.18, 0.02, 0.98], dtype=float32)

    Reference:
        https://kexue.fm/archives/10373
    """
    rows = Rows(x, k, temperature, mask)
    return rows.finished(
        shares_above(laplace, rows.scores, laplace_threshold(rows))
    )


@takes_keras_tensors
def soft_top_k_exponential(x, k, temperature=1.0, mask=None):
    """Selects the `k` highest entries softly, as softmax does for `k = 1`.

    Shares `p_i = min(1, exp(x_i / temperature - t))` that sum to `k`, with the
    threshold `t` of the row in closed form: softmax, capped at 1, of which
    the rest is shared by the lower entries. Up to `k - 1` of the highest
    entries have a share of exactly 1 and a gradient of 0 with it;
    `soft_top_k_laplace` has a gradient for all.

    Arguments, result and errors are those of `soft_top_k_laplace`.

    Args:
        x: float tensor (..., n).
        k: int or integer tensor.
        temperature: positive number or scalar tensor. Defaults to 1.
        mask: None or boolean tensor. Defaults to None.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_addons.ops import soft_top_k_exponential
    >>> x = np.log(np.array([6.0, 2.0, 1.0, 1.0], "float32"))
    >>> keras.ops.convert_to_numpy(soft_top_k_exponential(x, k=2)).round(4)
    array([1.  , 0.5 , 0.25, 0.25], dtype=float32)

    Reference:
        https://kexue.fm/archives/10373
    """
    rows = Rows(x, k, temperature, mask)
    return rows.finished(
        shares_above(exponential, rows.scores, exponential_threshold(rows))
    )


@takes_keras_tensors
def soft_top_k_sigmoid(x, k, temperature=1.0, mask=None):
    """Selects the `k` highest entries softly, by a sigmoid and a bias.

    Shares `p_i = sigmoid(x_i / temperature - t)` that sum to `k`: independent
    choices whose bias is set so that `k` are expected. The threshold `t` of
    the row is found by 26 halvings and 2 Newton steps, which sees the row 28
    times and sorts nothing. The gradient does not go through them: it is the
    exact one of the equation.

    Arguments, result and errors are those of `soft_top_k_laplace`.

    Args:
        x: float tensor (..., n).
        k: int or integer tensor.
        temperature: positive number or scalar tensor. Defaults to 1.
        mask: None or boolean tensor. Defaults to None.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_addons.ops import soft_top_k_sigmoid
    >>> x = np.array([1.0, -1.0, 2.0, -2.0], "float32")
    >>> shares = soft_top_k_sigmoid(x, k=2)  # t = 0
    >>> keras.ops.convert_to_numpy(shares).round(3)
    array([0.731, 0.269, 0.881, 0.119], dtype=float32)

    Reference:
        https://kexue.fm/archives/10373
    """
    rows = Rows(x, k, temperature, mask)
    return rows.finished(
        shares_above(sigmoid, rows.scores, sigmoid_threshold(rows))
    )
