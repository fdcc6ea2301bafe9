"""Vector quantization of VQ-VAE: each vector becomes its nearest code."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.saved_seed import load_seed
from keras_addons.layers.saved_seed import save_seed
from keras_addons.ops.codebook import average_codebook
from keras_addons.ops.codebook import draw_without_repetition
from keras_addons.ops.codebook import sum_by_code
from keras_addons.ops.codes import nearest_codes
from keras_addons.ops.vector_quantization import pass_gradient
from keras_addons.ops.vector_quantization import vector_quantization_losses


@keras.saving.register_keras_serializable(package="keras_addons")
class VectorQuantizer(keras.layers.Layer):
    """Replaces each vector by the nearest code of a trained codebook (VQ-VAE).

    `k = argmin_j |z - e_j|^2`, `y = e_k` with the gradient of `z`
    (straight-through). The layer adds to the loss of the model
    `commitment_weight * |z - stop_gradient(e_k)|^2`, and the codebook learns
    in one of two ways:

    - by gradients, from `codebook_weight * |e_k - stop_gradient(z)|^2`, also
      added to the loss; the optimizer trains the codebook;
    - with `momentum`, by the exponential moving average of the vectors of
      each code, see `ops.average_codebook`; the codebook is then no trainable
      weight, and moves in calls with `training=True`.

    A norm is summed over the features and averaged over the vectors. With
    `revive_after` a code that no vector has chosen for so many training steps
    starts again at a random vector of the batch. Vectors that are masked or
    not finite count nowhere.

    On TensorFlow averages and revived codes do not work under `tf.distribute`;
    use the JAX backend for several devices.

    Costs `num_codes * size` float32 weights, with `momentum` or
    `revive_after` `num_codes` numbers of state, with gradients and
    `revive_after` as much state as weights; a call holds `num_vectors *
    num_codes` distances. Computed in float32. `metrics.CodePerplexity` tells
    how many codes are in use.

    Args:
        num_codes: positive int.
        commitment_weight: non-negative float. Defaults to 0.25.
        codebook_weight: None or positive float; None stands for 1.0, and is
            the only choice with `momentum`. Defaults to None.
        momentum: None for gradients, or a float in [0, 1), such as 0.99.
            Defaults to None.
        revive_after: None or positive int, the number of steps. Defaults to
            None.
        seed: None or int, for the vectors of revived codes. Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        vectors: float tensor (..., size). Its Keras mask (...) is passed on.
        training: bool, whether averages and revived codes are updated.
            Defaults to False.

    Returns:
        dict of `vectors`, a tensor like the input, and `codes`, int32 (...),
        which are -1 where the input is masked.

    Raises:
        ValueError: an argument is not of its range, `codebook_weight` is
            given with `momentum`, or averages or revived codes are asked for
            under a `tf.distribute` strategy.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import VectorQuantizer
    >>> quantizer = VectorQuantizer(num_codes=8, momentum=0.99)
    >>> outputs = quantizer(np.ones((2, 5, 4), "float32"), training=True)
    >>> outputs["vectors"].shape == (2, 5, 4)
    True
    >>> outputs["codes"].shape == (2, 5)
    True

    Reference:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937),
        https://kexue.fm/archives/6760
    """

    def __init__(
        self,
        num_codes,
        commitment_weight=0.25,
        codebook_weight=None,
        momentum=None,
        revive_after=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.num_codes = check_integer("num_codes", num_codes, 1)
        check_number("commitment_weight", commitment_weight, 0)
        if codebook_weight is not None:
            check_number("codebook_weight", codebook_weight, 0, exclusive=True)
        if momentum is not None:
            check_number("momentum", momentum, 0, below=1)
            if codebook_weight is not None:
                raise ValueError(
                    "`codebook_weight` must be None with `momentum`: averages "
                    f"have no loss. Received: {codebook_weight}"
                )
        if revive_after is not None:
            revive_after = check_integer("revive_after", revive_after, 1)
        self.commitment_weight = commitment_weight
        self.codebook_weight = codebook_weight
        self.momentum = momentum
        self.revive_after = revive_after
        self.seed = seed
        if revive_after is not None:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, vectors_shape):
        shape = (self.num_codes, vectors_shape[-1])
        largest = 1.0 / self.num_codes
        self.codebook = self.add_weight(
            name="codebook",
            shape=shape,
            initializer=keras.initializers.RandomUniform(-largest, largest),
            trainable=self.momentum is None,
            dtype="float32",
        )
        if self.momentum is not None:
            self.counts = self.add_state("counts", shape[:1], "ones")
        if self.revive_after is not None:
            self.idle_steps = self.add_state("idle_steps", shape[:1])
            if self.momentum is None:
                # On JAX a call cannot change a trained weight.
                self.shifts = self.add_state("shifts", shape)

        if self.momentum is not None or self.revive_after is not None:
            self.raise_if_strategy()

    def raise_if_strategy(self):
        # Replicas that meet in a call mix up the losses of `add_loss`.
        try:
            backend.raise_if_strategy(self, [self.codebook])
        except ValueError:
            raise ValueError(
                "`momentum` and `revive_after` must be None under a "
                "tf.distribute strategy: use the JAX backend for several "
                f"devices. Received: {self.momentum} and {self.revive_after}"
            ) from None

    def add_state(self, name, shape, initializer="zeros"):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            trainable=False,
            dtype="float32",
        )

    def code_vectors(self):
        """Returns the codes, a float32 tensor (num_codes, size)."""
        if self.momentum is None and self.revive_after is not None:
            return self.codebook + self.shifts
        return ops.convert_to_tensor(self.codebook)

    def lookup(self, codes):
        """Returns the vectors of codes, with zeros for code -1.

        Args:
            codes: integer tensor (...).

        Returns:
            Tensor (..., size).
        """
        codes = ops.convert_to_tensor(codes)
        vectors = ops.take(self.code_vectors(), ops.maximum(codes, 0), axis=0)
        vectors = ops.where((codes >= 0)[..., None], vectors, 0.0)
        return ops.cast(vectors, self.compute_dtype)

    def call(self, vectors, mask=None, training=False):
        vectors = ops.cast(vectors, "float32")
        code_vectors = self.code_vectors()
        codes = nearest_codes(vectors, code_vectors)
        chosen = ops.take(code_vectors, codes, axis=0)
        counted = ops.all(ops.isfinite(vectors), axis=-1)
        if mask is not None:
            counted = ops.logical_and(counted, ops.cast(mask, "bool"))
        self.add_losses(vectors, chosen, counted)
        learns = self.momentum is not None or self.revive_after is not None
        if training and learns:
            size = vectors.shape[-1]
            self.learn(
                ops.stop_gradient(ops.reshape(vectors, (-1, size))),
                ops.reshape(codes, (-1,)),
                ops.reshape(counted, (-1,)),
            )
        if mask is not None:
            codes = ops.where(ops.cast(mask, "bool"), codes, -1)
        quantized = pass_gradient(chosen, vectors)
        return {
            "vectors": ops.cast(quantized, self.compute_dtype),
            "codes": ops.cast(codes, "int32"),
        }

    def add_losses(self, vectors, chosen, counted):
        of_codebook, of_commitment = vector_quantization_losses(
            vectors, chosen, counted
        )
        loss = self.commitment_weight * of_commitment
        if self.momentum is None:
            weight = self.codebook_weight
            loss = loss + (1.0 if weight is None else weight) * of_codebook
        self.add_loss(loss)

    def learn(self, vectors, codes, counted):
        """Updates averages and revives codes."""
        num_used, sums = sum_by_code(vectors, codes, self.num_codes, counted)
        if self.momentum is not None:
            codebook, counts = average_codebook(
                *(self.codebook.value, self.counts.value),
                *(num_used, sums, self.momentum),
            )
            self.codebook.assign(codebook)
            self.counts.assign(counts)
        if self.revive_after is not None:
            self.revive(vectors, counted, num_used)

    def revive(self, vectors, counted, num_used):
        """Starts codes again that have had no vector for long."""
        # A batch without any vector says nothing about the codes.
        has_vectors = ops.any(counted)
        idle = self.idle_steps + ops.cast(has_vectors, "float32")
        idle = ops.where(num_used > 0, 0.0, idle)
        is_dead = ops.logical_and(idle >= self.revive_after, has_vectors)
        noise = keras.random.uniform(
            ops.shape(counted), seed=self.seed_generator
        )
        drawn = draw_without_repetition(vectors, noise, self.num_codes, counted)
        self.idle_steps.assign(ops.where(is_dead, 0.0, idle))
        target, value = self.codebook, drawn
        if self.momentum is None:
            target, value = self.shifts, drawn - self.codebook
        else:
            self.counts.assign(ops.where(is_dead, 1.0, self.counts.value))
        target.assign(ops.where(is_dead[:, None], value, target.value))

    def save_own_variables(self, store):
        super().save_own_variables(store)
        if self.revive_after is not None:
            save_seed(self.seed_generator, store)

    def load_own_variables(self, store):
        if self.revive_after is not None:
            store = load_seed(self.seed_generator, store)
        super().load_own_variables(store)

    def compute_mask(self, vectors, previous_mask=None):
        return {"vectors": previous_mask, "codes": previous_mask}

    def compute_output_spec(self, vectors, mask=None, training=False):
        return {
            "vectors": keras.KerasTensor(vectors.shape, self.compute_dtype),
            "codes": keras.KerasTensor(vectors.shape[:-1], "int32"),
        }

    def compute_output_shape(self, vectors_shape):
        return {"vectors": vectors_shape, "codes": vectors_shape[:-1]}

    def get_config(self):
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "commitment_weight": self.commitment_weight,
            "codebook_weight": self.codebook_weight,
            "momentum": self.momentum,
            "revive_after": self.revive_after,
            "seed": self.seed,
        }
