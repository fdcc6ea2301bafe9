"""The expected cost of a discrete choice."""

import keras


@keras.saving.register_keras_serializable(package="keras_addons")
class ExpectedLoss(keras.losses.Loss):
    """`E f(y, z)` where `z` is drawn from the logits that a model predicts.

    The estimator decides how the gradient is found: `Enumeration` is exact;
    `Reinforce` takes any `f`, as the score of a text; `GumbelRelaxation` and
    `StraightThrough` need one that is differentiable.

    All but `Enumeration` draw, and JAX keeps the state of random numbers only
    where the model owns it: assign `model.seed_generator =
    loss.seed_generator`. Inside a layer of your own, call an estimator with a
    `keras.random.SeedGenerator` of the layer and `add_loss` the mean.

    Args:
        function: `f(y_true, z)` from one-hot rows (rows, ..., classes) to
            costs (rows,); registered with Keras if the model is to be saved.
            Keras hands `y_true` over as float32.
        estimator: `Enumeration`, `Reinforce`, `GumbelRelaxation`,
            `StraightThrough` or another `GradientEstimator`.
        seed: None or int.
        reduction: as of every Keras loss.
        name: string.

    Call arguments:
        y_true: tensor, batch first.
        y_pred: float tensor (batch, ..., classes), the logits.
        sample_weight: None or a tensor (batch,).

    Returns:
        float32 scalar.

    Raises:
        ValueError: on JAX, the model does not own the seed generator.

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
        if self.estimator.draws and is_forgotten(generator.state):
            raise ValueError(
                "`model.seed_generator` must be that of the loss, or every "
                "step draws the same. Assign `model.seed_generator = "
                "loss.seed_generator` before `fit`."
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


def is_forgotten(variable):
    """Whether this is a stateless step that does not hold the variable."""
    with keras.SymbolicScope() as symbolic, keras.StatelessScope() as stateless:
        step = stateless.original_scope
        is_symbolic = symbolic.original_scope is not None
    if step is None or is_symbolic:
        return False
    return step.get_current_value(variable) is None
