"""--tf-idf: logistic regression on TF-IDF, which answers with the encoder."""

import keras
import numpy as np
from keras import ops

from clue_baselines.harness.embedding.logistic import fit
from clue_baselines.harness.options.argument_types import share
from keras_addons.layers import TfIdfDense

STRENGTH = 10.0  # scikit-learn's C, as in benchmarks/simple_baselines.py


def add_tf_idf(parser):
    parser.add_argument(
        "--tf-idf",
        type=share,
        metavar="SHARE",
        help="the answer is this share of a logistic regression on TF-IDF, "
        "and the rest of the encoder; each is trained for itself, 0 is the "
        "encoder alone (default: 0; from scratch on real data 0.9 for tnews, "
        "iflytek and sentiment)",
    )


@keras.saving.register_keras_serializable(package="clue_baselines")
class AnswerOfTwo(keras.layers.Layer):
    """Averages log-probabilities; in training only the first are used.

    `(1 - share) log softmax(first) + share log softmax(second)`: a geometric
    mean of the two distributions, up to a factor.
    """

    def __init__(self, share, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.share = share

    def call(self, first, second, training=False):
        if training:
            return first
        first, second = map(ops.log_softmax, (first, second))
        return (1 - self.share) * first + self.share * second

    def compute_output_shape(self, first_shape, second_shape):
        return first_shape

    def get_config(self):
        return {**super().get_config(), "share": self.share}


def with_tf_idf(logits, token_ids, share):
    """Returns the logits, or the answer of them and of a `TfIdfDense`."""
    if not share:
        return logits
    second = TfIdfDense(logits.shape[-1], trainable=False, name="tf_idf")
    answer = AnswerOfTwo(share, name="answer_of_two")
    return answer(logits, second(token_ids))


def tf_idf_of(model):
    """Returns the `TfIdfDense` of a model that `with_tf_idf` made."""
    (found,) = (each for each in model.layers if isinstance(each, TfIdfDense))
    return found


class FitTfIdf(keras.callbacks.Callback):
    """Fits a model's `TfIdfDense` before the training begins.

    Its loss is convex, and L-BFGS finds the minimum in seconds; a run that is
    resumed finds the same again.

    Args:
        model: what `with_tf_idf` made, around which the trained model may be.
        examples: `Examples` to train on.
    """

    def __init__(self, model, examples):
        super().__init__()
        self.layer = tf_idf_of(model)
        self.rows = [each.token_ids for each in examples.encodings]
        self.labels = examples.targets

    def on_train_begin(self, logs=None):
        layer = self.layer
        layer.adapt(self.rows)
        matrix, terms = sparse_matrix(layer, self.rows)
        weights = fit(matrix, self.labels, STRENGTH)
        kernel = np.zeros(layer.kernel.shape, "float32")
        kernel[terms, : weights.shape[1]] = weights[:-1]
        bias = np.zeros(layer.units, "float32")
        bias[: weights.shape[1]] = weights[-1]
        layer.kernel.assign(kernel)
        layer.bias.assign(bias)


def sparse_matrix(layer, rows):
    """Returns TF-IDF as a sparse matrix of the terms that occur, and these."""
    from scipy import sparse

    terms, weights = zip(*layer.sparse_rows(rows))
    starts = np.cumsum([0, *map(len, terms)])
    used, places = np.unique(np.concatenate(terms), return_inverse=True)
    shape = len(rows), len(used)
    matrix = sparse.csr_matrix(
        (np.concatenate(weights), places, starts), shape, dtype="float64"
    )
    matrix.sum_duplicates()
    return matrix, used
