"""Dense synthesizer: each token computes its scores from itself alone."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.layers.mixing.heads import split_heads
from keras_addons.layers.mixing.synthesizer import Synthesizer


@keras.saving.register_keras_serializable(package="keras_addons")
class DenseSynthesizer(Synthesizer):
    """Attention whose scores each token computes from itself alone.

    `RandomSynthesizer` with scores of each token in the place of the matrix
    `R`: `s_i = relu(x_i W_1 + b_1) W_2 + b_2`, one for each of `max_length`
    positions and each head, of which a shorter text uses the first. Costs `2 *
    size^2 + size * hidden_dim + hidden_dim * max_length` weights (the hidden
    units are split among the heads).

    Args:
        max_length, dropout, kernel_initializer, **kwargs: as of
            `RandomSynthesizer`.
        num_heads: positive int that divides the size and `hidden_dim`.
        hidden_dim: None or positive int, the hidden units of all heads
            together; None stands for the size of the features. Defaults to
            None.

    Call arguments, masks, result and errors are those of `RandomSynthesizer`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> mixer = layers.DenseSynthesizer(max_length=16, num_heads=4)
    >>> block = layers.TransformerBlock(mixer, layers.FeedForward(256))
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Tay et al., 2020](https://arxiv.org/abs/2005.00743),
        https://kexue.fm/archives/8431
    """

    def __init__(self, max_length, num_heads, hidden_dim=None, **kwargs):
        super().__init__(max_length, num_heads, **kwargs)
        if hidden_dim is not None:
            hidden_dim = check_integer("hidden_dim", hidden_dim, 1)
            if hidden_dim % num_heads:
                raise ValueError(
                    f"`num_heads`={num_heads} must divide `hidden_dim`. "
                    f"Received: {hidden_dim}"
                )
        self.hidden_dim = hidden_dim

    def build_scores(self, size):
        units = self.hidden_dim or size
        self.hidden = self.add_dense("hidden", units, size, activation="relu")
        self.kernel = self.add_matrix(
            "kernel", self.num_heads, units // self.num_heads, self.max_length
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(self.num_heads, 1, self.max_length),
            initializer="zeros",
        )

    def parts(self):
        return self.hidden, *super().parts()

    def scores(self, features, length):
        hidden = split_heads(self.hidden(features), self.num_heads)
        scores = ops.matmul(hidden, self.kernel[..., :length])
        return scores + self.bias[..., :length]

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim}
