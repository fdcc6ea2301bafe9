"""Whitening: removes mean and correlations of features."""

import keras
import numpy as np
from keras import ops


def whitening_transform(data, num_components=None):
    """Computes the mean and the kernel that whiten data.

    `(data - mean) kernel` has mean 0 and the identity as its covariance:
    `covariance = U diag(s) U^T`, `kernel = U diag(s)^(-1/2)`. Of the columns
    of the kernel the first `num_components`, those of the largest variance,
    are kept. Computed in float64.

    Args:
        data: array (num_rows, dim).
        num_components: None or int in [1, dim]; None keeps all. Defaults to
            None.

    Returns:
        `(mean, kernel)` of the shapes (dim,) and (dim, num_components).

    Raises:
        ValueError: the covariance has a rank below `num_components`.
    """
    data = np.asarray(data, "float64")
    num_components = num_components or data.shape[1]
    mean = data.mean(axis=0)
    centred = data - mean
    covariance = centred.T @ centred / max(1, len(data) - 1)
    directions, variances, _ = np.linalg.svd(covariance)
    smallest = variances[0] * data.shape[1] * np.finfo("float64").eps
    rank = int((variances > smallest).sum())
    if rank < num_components:
        raise ValueError(
            f"`data` of shape {data.shape} varies in {rank} directions only: "
            f"pass at most that many `num_components`. "
            f"Received: {num_components}"
        )
    directions = directions[:, :num_components]
    return mean, directions / np.sqrt(variances[:num_components])


@keras.saving.register_keras_serializable(package="keras_addons")
class Whitening(keras.layers.Layer):
    """Makes features uncorrelated, with mean 0 and variance 1.

    `y = (x - mean) U diag(s)^(-1/2)` where `covariance = U diag(s) U^T`; the
    mean and the covariance (divided by `n - 1`) are those of the data given
    to `adapt`. Whitening often improves the cosines of sentence vectors that
    were not trained for cosines, and `num_components` makes the vectors
    shorter. Before `adapt` the layer returns the first `num_components`
    features as they are. Costs `dim * (num_components + 1)` float32 weights,
    which are not trained; `adapt` takes `16 * n * dim` bytes.

    Args:
        num_components: None or positive int, the number of directions to
            keep, those of the largest variance; None keeps all. Defaults to
            None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        inputs: tensor (..., dim). A Keras mask passes through.

    Returns:
        Tensor (..., num_components).

    Raises:
        ValueError: `num_components` is not in [1, dim], or the covariance of
            the data of `adapt` has a rank below `num_components`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import Whitening
    >>> data = np.random.default_rng(0).normal(3.0, 2.0, (100, 8))
    >>> whitening = Whitening(num_components=4)
    >>> whitening.adapt(data)
    >>> white = keras.ops.convert_to_numpy(whitening(data))
    >>> bool(np.allclose(np.cov(white.T), np.eye(4), atol=1e-4))
    True

    Reference:
        [Su et al., 2021](https://arxiv.org/abs/2103.15316),
        https://kexue.fm/archives/8069
    """

    def __init__(self, num_components=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if num_components is not None and num_components < 1:
            raise ValueError(
                f"`num_components` must be positive. Received: {num_components}"
            )
        self.num_components = num_components
        self.supports_masking = True

    def build(self, inputs_shape):
        size = inputs_shape[-1]
        num_components = self.num_components or size
        if num_components > size:
            raise ValueError(
                f"`num_components` must be at most {size}, the size of the "
                f"features. Received: {num_components}"
            )
        options = {"trainable": False, "dtype": "float32", "autocast": False}
        self.mean = self.add_weight(
            name="mean", shape=(size,), initializer="zeros", **options
        )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(size, num_components),
            initializer="identity",
            **options,
        )

    def adapt(self, data):
        """Sets the mean and the kernel to whiten `data`.

        Args:
            data: array or tensor (n, dim), `n > num_components`.
        """
        data = ops.convert_to_numpy(data)
        if data.ndim != 2:
            raise ValueError(
                f"`data` must have the shape (n, dim). Received: {data.shape}"
            )
        if not self.built:
            self.build(data.shape)
        mean, kernel = whitening_transform(data, self.num_components)
        self.mean.assign(mean)
        self.kernel.assign(kernel)

    def call(self, inputs):
        # In float32: the kernel divides by small numbers.
        centred = ops.cast(inputs, "float32") - self.mean
        white = ops.matmul(centred, self.kernel)
        return ops.cast(white, self.compute_dtype)

    def compute_output_shape(self, inputs_shape):
        num_components = self.num_components or inputs_shape[-1]
        return (*inputs_shape[:-1], num_components)

    def get_config(self):
        return {**super().get_config(), "num_components": self.num_components}
