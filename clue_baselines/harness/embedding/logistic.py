"""Multinomial logistic regression, as MTEB fits it to vectors."""

import numpy as np


def fit(features, labels, strength=1.0, max_iterations=100):
    """Fits a softmax over linear functions of the features.

    Minimizes `-sum_i log p(y_i | x_i) + |W|^2 / (2 * strength)`, divided by
    the number of rows, with L-BFGS from zero; the bias is not shrunk. These
    are the defaults of scikit-learn's `LogisticRegression`, which MTEB uses,
    for three classes or more. (Of two classes scikit-learn fits one weight
    vector, which is shrunk less.) Computes in float64.

    Args:
        features: array (rows, dim), or a sparse matrix of scipy.
        labels: int array (rows,), from 0.
        strength: positive float, scikit-learn's `C`. Defaults to 1.
        max_iterations: positive int. Defaults to 100.

    Returns:
        Array (dim + 1, classes), the bias in its last row.

    Example:

    >>> weights = fit([[0.0], [1.0], [5.0], [6.0]], [0, 0, 1, 1])
    >>> predict(weights, [[0.5], [5.5]]).tolist()
    [0, 1]

    Reference:
        [Muennighoff et al., 2022](https://arxiv.org/abs/2210.07316)
    """
    from scipy.optimize import minimize
    from scipy.sparse import issparse

    if not issparse(features):
        features = np.asarray(features, "float64")
    targets = np.eye(max(labels) + 1)[np.asarray(labels)]
    shape = features.shape[1] + 1, targets.shape[1]
    num_rows = features.shape[0]
    shrinkage = 1 / (strength * num_rows)

    def loss_and_gradient(flat):
        weights = flat.reshape(shape)
        logs = log_probabilities(weights, features)
        loss = -(targets * logs).sum() / num_rows
        loss += shrinkage / 2 * (weights[:-1] ** 2).sum()
        errors = (np.exp(logs) - targets) / num_rows
        gradient = np.vstack([features.T @ errors, errors.sum(axis=0)])
        gradient[:-1] += shrinkage * weights[:-1]
        return loss, gradient.ravel()

    found = minimize(
        loss_and_gradient,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": max_iterations,
            "maxls": 50,
            "gtol": 1e-4,
            "ftol": 64 * np.finfo("float64").eps,
        },
    )
    return found.x.reshape(shape)


def log_probabilities(weights, features):
    logits = features @ weights[:-1] + weights[-1]
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def predict(weights, features):
    """Returns the most probable class of each row."""
    logits = np.asarray(features, "float64") @ weights[:-1] + weights[-1]
    return logits.argmax(axis=1)
