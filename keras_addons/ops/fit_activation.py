"""Fits a family of functions to another so that the greatest error is least."""

import numpy as np

GOLDEN = (np.sqrt(5) - 1) / 2


def fit_activation(target, family, bounds, points):
    """Finds the member of a family whose greatest error is least (minimax).

    `min over p of max over x of |target(x) - family(x, p)|`: how the constants
    of approximate activations come about. In numpy, before training: a table
    of 200 parameters first, then a golden-section search around the best of
    them, until it is as exact as floats are.

    | constant | target | family |
    |---|---|---|
    | 1.702 of `gelu_sigmoid` | `Phi(x)` | `sigmoid(p x)` |
    | 0.044715 of `gelu_tanh` | `erf(x / 2^.5)` | `tanh(.7979 (x + p x^3))` |
    | 1.5238 of `squareplus` | `softplus(x)` | `(x + sqrt(x^2 + p)) / 2` |

    Args:
        target: function of a numpy array, elementwise.
        family: function of the array and a float, the parameter.
        bounds: pair of numbers, the lowest and the highest parameter. Where
            the greatest error has several valleys in between, the deepest of
            those that the table shows is searched.
        points: array of numbers, where errors are looked at.

    Returns:
        Pair of floats: the parameter and its greatest error.

    Raises:
        ValueError: `bounds` are not two finite numbers in order, there are
            no points, or `target` or `family` are not finite at all of them.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import fit_activation
    >>> parameter, error = fit_activation(
    ...     target=lambda x: np.logaddexp(0, x),  # softplus
    ...     family=lambda x, b: (x + np.sqrt(x**2 + b)) / 2,
    ...     bounds=(0.0, 4.0),
    ...     points=np.linspace(-10, 10, 20001),
    ... )
    >>> print(f"{parameter:.4f} {error:.4f}")
    1.5238 0.0759

    Reference:
        https://kexue.fm/archives/7309, https://kexue.fm/archives/8833
    """
    points = checked(points, bounds)
    values = np.asarray(target(points))

    def greatest_error(parameter):
        return np.abs(values - family(points, parameter)).max()

    table = np.linspace(*bounds, 201)
    errors = np.array([greatest_error(each) for each in table])
    if not np.all(np.isfinite(errors)):
        raise ValueError(
            "`target` and `family` must be finite at all `points`. Received "
            f"greatest errors between {errors.min()} and {errors.max()}"
        )
    best = int(errors.argmin())
    lowest, highest = table[max(best - 1, 0)], table[min(best + 1, 200)]
    parameter = golden_section(greatest_error, float(lowest), float(highest))
    return parameter, float(greatest_error(parameter))


def golden_section(function, lowest, highest):
    """Narrows a valley of `function` down to neighbouring floats."""
    inner = highest - GOLDEN * (highest - lowest)
    outer = lowest + GOLDEN * (highest - lowest)
    of_inner, of_outer = function(inner), function(outer)
    while lowest < inner < outer < highest:
        if of_inner < of_outer:
            highest, outer, of_outer = outer, inner, of_inner
            inner = highest - GOLDEN * (highest - lowest)
            of_inner = function(inner)
        else:
            lowest, inner, of_inner = inner, outer, of_outer
            outer = lowest + GOLDEN * (highest - lowest)
            of_outer = function(outer)
    return float((lowest + highest) / 2)


def checked(points, bounds):
    """Returns the points as an array of float64."""
    is_pair = np.shape(bounds) == (2,) and np.all(np.isfinite(bounds))
    if not is_pair or not bounds[0] < bounds[1]:
        raise ValueError(
            "`bounds` must be two numbers, the lowest first. "
            f"Received: {bounds!r}"
        )
    points = np.asarray(points, "float64")
    if not points.size:
        raise ValueError("`points` must hold a number. Received none")
    return points
