"""Skips steps with gradients that are not finite."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class SkipNonFinite(OptimizerWrapper):
    """Skips steps in which a gradient contains NaN or infinity.

    A skipped step changes neither weights, slots nor the count of updates,
    which schedules read. `num_skipped` counts the skipped steps and is saved
    with the state. After `max_in_a_row` skipped steps in a row, a
    `FloatingPointError` is raised, since training has diverged.

    If steps are not compiled (torch; `run_eagerly=True`; `apply` in your own
    loop), the last of these steps raises. Compiled steps of TensorFlow and
    JAX, or of torch with `jit_compile=True`, cannot raise: they go on
    skipping, and `fit` raises at its end. With `callbacks.RaiseOnNonFinite()`
    `fit` raises after the batch.

    Around `GradientAccumulation` single micro-batches are skipped; inside of
    it, whole updates. Memory: two numbers. Time: a pass over the gradients,
    and on torch a synchronization with the device in each step. Losses are
    not scaled; for float16 gradients use `LossScaleOptimizer`.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        max_in_a_row: integer >= 1, the number of skipped steps in a row that
            raises the error. Defaults to 10.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if `max_in_a_row` is not an integer >= 1.

    Example:

    >>> weight = keras.Variable([1.0])
    >>> optimizer = SkipNonFinite(keras.optimizers.SGD(1.0))
    >>> for gradient in (float("nan"), 3.0):
    ...     optimizer.apply([keras.ops.full((1,), gradient)], [weight])
    >>> weight.numpy().tolist(), optimizer.num_skipped
    ([-2.0], 1)

    Reference:
        [Micikevicius et al., 2018](https://arxiv.org/abs/1710.03740), whose
        loss scaling skips the same steps.
    """

    def __init__(self, inner_optimizer, max_in_a_row=10, name=None):
        super().__init__(inner_optimizer, name=name)
        self.max_in_a_row = check_integer("max_in_a_row", max_in_a_row, 1)

    def create_state(self, variables):
        self._num_skipped, self._num_in_a_row = (
            self.add_variable(
                (), dtype="int32", aggregation="only_first_replica", name=name
            )
            for name in ("num_skipped", "num_in_a_row")
        )

    @property
    def num_skipped(self):
        """The number of steps skipped so far."""
        return int(self._num_skipped.numpy()) if self.built else 0

    def update(self, gradients, variables):
        # All replicas skip a step together.
        is_skipped = backend.any_replica(ops.logical_not(all_finite(gradients)))
        backend.conditional_update(
            ops.logical_not(is_skipped),
            lambda gradients: self.inner_optimizer.apply(gradients, variables),
            self.inner_optimizer.variables + weights_of(self),
            [gradients],
        )
        skipped = ops.cast(is_skipped, "int32")
        self._num_skipped.assign_add(skipped)
        self._num_in_a_row.assign(skipped * (self._num_in_a_row + 1))
        if not backend.is_compiling(self._num_in_a_row):
            self.raise_if_too_many()

    def raise_if_too_many(self):
        """Raises FloatingPointError after `max_in_a_row` skipped steps."""
        if not self.built:
            return
        num_in_a_row = int(self._num_in_a_row.numpy())
        if num_in_a_row >= self.max_in_a_row:
            raise FloatingPointError(
                f"The gradients of the last {num_in_a_row} steps were not "
                f"finite (max_in_a_row={self.max_in_a_row}, {self.num_skipped} "
                "in all). The weights are those from before these steps. Look "
                "for the batch or the layer that overflows. A lower learning "
                "rate or `clipnorm` may help, or LossScaleOptimizer for "
                "float16."
            )

    def finalize_variable_values(self, var_list):
        super().finalize_variable_values(var_list)
        # On JAX, `fit` calls this after an error too, when the variables have
        # no values.
        if self.built and not backend.is_compiling(self._num_in_a_row):
            self.raise_if_too_many()

    def get_config(self):
        return {**super().get_config(), "max_in_a_row": self.max_in_a_row}


def all_finite(gradients):
    """Whether all values of all gradients are finite: boolean scalar tensor."""
    return ops.all(
        ops.stack(
            [
                ops.all(ops.isfinite(backend.stored_values(gradient)))
                for gradient in gradients
                if gradient is not None
            ]
        )
    )
