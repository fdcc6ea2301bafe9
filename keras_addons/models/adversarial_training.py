"""Trains a model on its batches and on disturbed copies of them."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.layers.memory.pure_call import Scope
from keras_addons.optimizers.bases.patterns import check_patterns
from keras_addons.optimizers.bases.patterns import matches_any
from keras_addons.optimizers.bases.patterns import pattern_list
from keras_addons.optimizers.lazy.lazy_optimizer import path_pattern

# What the wrapper's own methods would silently stand in for.
STEP_METHODS = ("train_step", "compute_loss", "compute_metrics")


@keras.saving.register_keras_serializable(package="keras_addons")
class AdversarialTraining(backend.TrainStep, keras.Model):
    """Fast gradient method: also trains on the worst nearby embeddings.

    A training step has two passes. The first computes the gradients as usual.
    Then each embedding table `E` is moved by `epsilon` in the direction that
    increases the loss most, and the second pass computes the gradients there:

        delta = epsilon * g / |g|,  g = dL/dE(E)
        gradients = dL/dw(E) + dL/dw(E + delta)

    So the loss that is trained is `L(E) + L(E + delta)` with a constant
    `delta`, as Miyato et al. have it. The function `adversarial_training` of
    bert4keras replaces the gradients of the first pass by those of the
    second, so that a model is never trained on what it will read; here the
    two are added. With an optimizer that is not invariant to the scale of
    gradients, such as SGD, that is like twice the learning rate.
    Miyato et al. move the vectors of each text by a norm of its own; here, as
    in bert4keras, the table is moved, with one norm for the batch.

    The table itself is not assigned: the second pass reads another tensor in
    its place, so that the table stays as it is, bit for bit, even where a
    step is interrupted. The logged loss and the metrics are those of the
    first pass. Dropout draws new masks for the second pass, and state that
    the model updates in a call, such as the statistics of a
    `BatchNormalization`, is updated in both passes.

    Costs twice the time of a step, and memory for one more copy of the
    tables and of all gradients. Under `GradientAccumulation` the tables are
    moved anew for each micro-batch, by its own gradient. On several devices
    `delta` is that of the whole batch.

    Args:
        model: built Keras model that is trained by its `call` and by the loss
            of `compile`, and losses that its layers add. The wrapper shares
            its weights; after training take `model` itself.
        epsilon: positive float, the norm of `delta`. Defaults to 1.0.
        embeddings: list of layers, or of regular expressions searched in
            `variable.path`: the trainable weights that are moved. Defaults to
            None: the weights of `keras.layers.Embedding` and
            `keras_addons.layers.Embedding`.
        **kwargs: `name` and the like.

    Call arguments:
        inputs: what `model` takes, with or without Keras masks.
        training: None or bool, passed on to `model`.

    Raises:
        ValueError: `model` is not a built model or has a `train_step`,
            `compute_loss` or `compute_metrics` of its own; `embeddings`
            matches no trainable weight; or the loss does not depend on a
            table.

    Example:

    >>> import numpy as np
    >>> from keras_addons.models import AdversarialTraining
    >>> token_ids = keras.Input((None,), dtype="int32")
    >>> vectors = keras.layers.Embedding(100, 8)(token_ids)
    >>> features = keras.layers.GlobalAveragePooling1D()(vectors)
    >>> model = keras.Model(token_ids, keras.layers.Dense(1)(features))
    >>> trained = AdversarialTraining(model, epsilon=0.5)
    >>> trained.compile("adam", "mse")
    >>> history = trained.fit(
    ...     np.arange(40).reshape(10, 4), np.ones(10), verbose=0
    ... )
    >>> model.predict(np.arange(8).reshape(2, 4), verbose=0).shape
    (2, 1)

    Reference:
        [Miyato et al., 2017](https://arxiv.org/abs/1605.07725),
        https://kexue.fm/archives/7234
    """

    def __init__(self, model, epsilon=1.0, embeddings=None, **kwargs):
        super().__init__(**kwargs)
        raise_if_not_wrappable(model)
        check_number("epsilon", epsilon, 0, exclusive=True)
        if isinstance(embeddings, (str, keras.layers.Layer)):
            embeddings = [embeddings]
        if embeddings is not None:
            embeddings = [path_pattern(each) for each in embeddings]
            embeddings = pattern_list("embeddings", embeddings)
        self.model = model
        self.epsilon = epsilon
        self.embeddings = embeddings or None
        self.tables()  # which raises if there are none

    def tables(self):
        """Returns the weights that are moved."""
        weights = self.model.trainable_variables
        paths = [each.path for each in weights]
        patterns = self.embeddings or [r"(^|/)embeddings$"]
        check_patterns("embeddings", patterns, paths)
        return [each for each in weights if matches_any(patterns, each.path)]

    @property
    def output_names(self):
        """Names that `compile` takes in dicts of losses and metrics."""
        return getattr(self.model, "output_names", None)

    def build(self, inputs_shape=None):
        """Does nothing: the model is built."""

    def call(self, inputs, training=None):
        return self.model(inputs, training=training)

    def compute_output_spec(self, inputs, training=None):
        return self.model.compute_output_spec(inputs)

    def step(self, x, y, sample_weight):
        """Applies the summed gradients of both passes; returns the logs."""
        weights = self.trainable_variables
        values = [each.value for each in weights]
        gradients, loss, y_pred = self.gradients_at(values, x, y, sample_weight)
        moved = self.moved(weights, values, gradients)
        more, _, _ = self.gradients_at(moved, x, y, sample_weight)
        self.apply_gradients(
            [backend.add_gradients(*pair) for pair in zip(gradients, more)]
        )
        self.track(loss, x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def gradients_at(self, values, x, y, sample_weight):
        """Returns gradients, loss and outputs at other values of the weights.

        What the model assigns in the call, such as statistics, is assigned.
        """
        weights = self.trainable_variables
        assigned = []

        def compute(values):
            with PassScope(zip(weights, values)) as scope:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x, y, y_pred, sample_weight, True)
                scaled = self.optimizer.scale_loss(loss)
            assigned[:] = scope.variables.values()
            updates = [scope.assigned[id(each)] for each in assigned]
            return scaled, (loss, y_pred, updates)

        _, others, gradients = backend.loss_and_gradients(compute, values)
        loss, y_pred, updates = others
        for variable, value in zip(assigned, updates):
            variable.assign(value)
        return gradients, loss, y_pred

    def moved(self, weights, values, gradients):
        """Returns the values with those of the tables moved uphill."""
        tables = {id(each) for each in self.tables()}
        moved = list(values)
        for i, (weight, gradient) in enumerate(zip(weights, gradients)):
            if id(weight) not in tables:
                continue
            if gradient is None:
                raise ValueError(
                    f"The loss does not depend on {weight.path}, which "
                    "`embeddings` chooses."
                )
            gradient = backend.to_dense(gradient, weight.shape)
            gradient = backend.sum_over_replicas(gradient)
            moved[i] = move_uphill(values[i], gradient, self.epsilon)
        return moved

    def track(self, loss, x):
        """Adds the loss of a batch to the mean that `fit` logs."""
        first = next(each for each in keras.tree.flatten(x) if each is not None)
        tracker = next(each for each in self.metrics if each.name == "loss")
        # A replica's loss is its share of the whole batch's.
        tracker.update_state(
            loss * backend.num_replicas(), sample_weight=ops.shape(first)[0]
        )

    def get_config(self):
        return {
            **super().get_config(),
            "model": keras.saving.serialize_keras_object(self.model),
            "epsilon": self.epsilon,
            "embeddings": self.embeddings,
        }

    @classmethod
    def from_config(cls, config):
        model = keras.saving.deserialize_keras_object(config["model"])
        return cls(**{**config, "model": model})


def move_uphill(table, gradient, epsilon):
    """Returns `table + epsilon * g / |g|`; where `g` is 0, the table."""
    # Scaled first: the square of a large or a small gradient is no float32.
    gradient = ops.cast(gradient, "float32")
    largest = ops.max(ops.abs(gradient))
    gradient = gradient / ops.where(largest > 0, largest, 1.0)
    norm = ops.sqrt(ops.sum(ops.square(gradient)))
    delta = epsilon * gradient / ops.maximum(norm, 1.0)
    return ops.cast(ops.cast(table, "float32") + delta, table.dtype)


class PassScope(Scope):
    """A scope of new values for weights that remembers what is assigned.

    Other variables have the values of the scope around it, such as that of a
    training step on JAX.
    """

    def __init__(self, state_mapping):
        super().__init__(state_mapping)
        # The first loss makes the metrics that track the parts of a loss.
        self.initialize_variables = True
        self.variables = {}

    def get_current_value(self, variable):
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            return self.original_scope.get_current_value(variable)
        return value

    def add_update(self, update):
        super().add_update(update)
        self.variables[id(update[0])] = update[0]


def raise_if_not_wrappable(model):
    if not isinstance(model, keras.Model) or not model.built:
        raise ValueError(f"`model` must be a built model. Received: {model!r}")
    for name in STEP_METHODS:
        if getattr(type(model), name) is not getattr(keras.Model, name):
            raise ValueError(
                f"`model` must not have a `{name}` of its own, which would "
                f"not be called. Received: {type(model).__name__}"
            )
