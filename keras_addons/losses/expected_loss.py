"""Expected cost of a categorical variable: policy gradient and relaxations."""

import keras


@keras.saving.register_keras_serializable(package="keras_addons")
class ExpectedLoss(keras.losses.Loss):
    """Expected cost of discrete choices that a model predicts.

    `E f(y, z)` with one-hot `z` drawn from `softmax(logits)`. The estimator
    computes value and gradient: `Enumeration` exactly, `Reinforce` for any
    `f`, `GumbelRelaxation` and `StraightThrough` for differentiable `f`.

    All estimators but `Enumeration` draw random numbers. JAX updates the
    state of a seed generator only if the model owns it: assign
    `model.seed_generator = loss.seed_generator` before `fit`. In a layer of
    your own, call the estimator with a `keras.random.SeedGenerator` of the
    layer and pass the mean to `add_loss`.

    There is no function `expected_loss`: the estimator is that function,
    `estimator(function, logits, y_true, seed)`.

    Inputs:
        y_true: tensor, batch first, handed to `function`. Keras casts it to
            float32.
        y_pred: float tensor (batch, ..., classes), the logits.
        sample_weight: None or a tensor (batch,).

    When to use:
        Discrete choices with a cost or reward instead of a label: actions,
        tokens judged by a metric of the whole text, routing. For a reward,
        `function` returns its negative.

    Related:
        `Enumeration`, `Reinforce`, `GumbelRelaxation` and `StraightThrough`
        are the estimators; `GradientEstimator` is their base class.
        `layers.GumbelSoftmax` draws relaxed samples inside a model.

    Args:
        function: `f(y_true, z)` from one-hot rows (rows, ..., classes) to
            costs (rows,); registered with Keras if the model is to be saved.
        estimator: a `GradientEstimator`.
        seed: None or int. Defaults to None.
        reduction: as for every Keras loss. Defaults to
            "sum_over_batch_size".
        name: string. Defaults to "expected_loss".

    Returns:
        float32 scalar.

    Raises:
        ValueError: in `fit` on JAX, if the model does not own the seed
            generator.

    Example:

    >>> import numpy as np
    >>> from keras import ops
    >>> from keras_addons.losses import Reinforce
    >>> def cost(y_true, z):
    ...     wrong = ops.not_equal(ops.argmax(z, axis=-1), y_true)
    ...     return ops.cast(wrong, "float32")
    >>> loss = ExpectedLoss(cost, Reinforce("leave_one_out", num_samples=8))
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    >>> model.seed_generator = loss.seed_generator
    >>> model.compile("adam", loss=loss)
    >>> bool(loss(np.arange(3), model(np.eye(3))) >= 0)  # or model.fit
    True

    Reference:
        [Mohamed et al., 2019](https://arxiv.org/abs/1906.10652),
        https://kexue.fm/archives/6705
    """

    def __init__(
        self,
        function,
        estimator,
        seed=None,
        reduction="sum_over_batch_size",
        name="expected_loss",
    ):
        super().__init__(name=name, reduction=reduction, dtype="float32")
        self.function = function
        self.estimator = estimator
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, y_true, y_pred):
        generator = self.seed_generator
        if self.estimator.draws and is_missing_from_step(generator.state):
            raise ValueError(
                "`model.seed_generator` must be the seed generator of the "
                "loss, or every step draws the same numbers. Assign "
                "`model.seed_generator = loss.seed_generator` before `fit`."
            )
        return self.estimator(self.function, y_pred, y_true, generator)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "function": serialize(self.function),
            "estimator": serialize(self.estimator),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("function", "estimator"):
            if isinstance(config[name], dict):
                config[name] = keras.saving.deserialize_keras_object(
                    config[name]
                )
        return cls(**config)


def is_missing_from_step(variable):
    """Whether a stateless step is running whose state lacks the variable."""
    with keras.SymbolicScope() as symbolic, keras.StatelessScope() as stateless:
        step = stateless.original_scope
        is_symbolic = symbolic.original_scope is not None
    if step is None or is_symbolic:
        return False
    return step.get_current_value(variable) is None
