"""Lookahead around another optimizer."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.bases.state import copy
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class Lookahead(OptimizerWrapper):
    """Applies Lookahead around another optimizer.

    Every `sync_period` updates: `slow += slow_step_size * (fast - slow)`, then
    `fast = slow`, where `fast` are the weights of the model. The slow weights
    start at the weights before the first step. The state of the inner
    optimizer is not reset. Memory: one copy of the trainable weights.

    Around `GradientAccumulation`, Lookahead counts updates, not micro-batches.
    Constraints are applied after a slow step too. Frozen layers (`trainable =
    False`) take no slow steps. After setting weights by hand, for example to
    the best ones, call `reset_slow_weights()`.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config; it takes
            the fast steps.
        sync_period: integer >= 1, the number of fast steps between slow
            steps. Defaults to 5.
        slow_step_size: float in [0, 1]. With 1 the slow weights follow the
            inner optimizer exactly; with 0 they never move. Defaults to 0.5.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if `sync_period` or `slow_step_size` is out of its range,
            or the inner optimizer holds an `ExponentialMovingAverage`, a
            `MasterWeights` or a `StochasticRounding`.

    Example:

    >>> weight = keras.Variable([0.0])
    >>> optimizer = Lookahead(keras.optimizers.SGD(1.0), sync_period=2)
    >>> for _ in range(2):  # fast: 0 -> -1 -> -2, slow: 0 -> -1
    ...     optimizer.apply([keras.ops.ones(1)], [weight])
    >>> weight.numpy().tolist()
    [-1.0]

    Reference:
        [Zhang et al., 2019](https://arxiv.org/abs/1907.08610);
        https://kexue.fm/archives/6869
    """

    moves_weights = True

    def __init__(
        self, inner_optimizer, sync_period=5, slow_step_size=0.5, name=None
    ):
        super().__init__(inner_optimizer, name=name)
        if not 0 <= slow_step_size <= 1:
            raise ValueError(
                "`slow_step_size` must be in [0, 1]. "
                f"Received: {slow_step_size!r}"
            )
        self.sync_period = check_integer("sync_period", sync_period, 1)
        self.slow_step_size = slow_step_size

    def create_state(self, variables):
        self._slow = self.add_optimizer_variables(variables, "slow")

    def update(self, gradients, variables):
        state = [variable for pair in self._pairs() for variable in pair]
        # Not in `build`: TensorFlow may call `build` inside a traced step.
        backend.conditional_update(
            ops.equal(self.num_calls, 0), self.reset_slow_weights, state
        )
        before = ops.copy(self.iterations)
        self.inner_optimizer.apply(gradients, variables)
        has_updated = ops.not_equal(self.iterations, before)
        is_period_over = ops.equal(self.iterations % self.sync_period, 0)
        backend.conditional_update(
            ops.logical_and(has_updated, is_period_over),
            self._synchronize,
            state,
        )

    def reset_slow_weights(self):
        """Sets the slow weights to the weights of the model.

        Call it after setting weights by hand (`set_weights`, the best weights
        of `EarlyStopping`, a file). Otherwise the next slow step pulls the
        new weights back towards the old slow weights.
        """
        for slow, fast in self._pairs():
            copy(fast, slow)

    def _pairs(self):
        pairs = zip(self._slow, weights_of(self))
        # Variables with `overwrite_with_gradient` have no slow weights: None.
        return [(slow, fast) for slow, fast in pairs if slow is not None]

    def _synchronize(self):
        for slow, fast in self._pairs():
            if not fast.trainable:
                continue  # frozen since the optimizer was built
            step = ops.cast(self.slow_step_size, slow.dtype)
            slow.assign(slow + step * (fast - slow))
            copy(slow, fast)
            if fast.constraint is not None:
                fast.assign(fast.constraint(fast))

    def get_config(self):
        return {
            **super().get_config(),
            "sync_period": self.sync_period,
            "slow_step_size": self.slow_step_size,
        }
