"""Abstract base class of optimizer wrappers."""

import abc
from functools import partial

import keras

from keras_addons import backend
from keras_addons.keras_internals import calls_of
from keras_addons.keras_internals import groups_of
from keras_addons.keras_internals import index_of
from keras_addons.keras_internals import key_of
from keras_addons.keras_internals import own_averages
from keras_addons.keras_internals import raise_if_unknown
from keras_addons.keras_internals import state_of
from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.bases.nesting import chain
from keras_addons.optimizers.bases.nesting import raise_if_illegal
from keras_addons.optimizers.bases.nesting import raise_if_rows_are_coupled
from keras_addons.optimizers.bases.saving import load_state
from keras_addons.optimizers.bases.saving import save_state
from keras_addons.optimizers.bases.saving import use_public_name
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.low_precision.stuck import warn_if_stuck


class OptimizerWrapper(keras.optimizers.Optimizer, abc.ABC):
    """Base class of optimizers that change the steps of another optimizer.

    A subclass creates its state in `create_state`, implements its rule in
    `update`, and declares its traits in the class attributes below, from
    which the allowed nestings follow. The inner optimizer keeps its learning
    rate, schedule, clipping, weight decay and moving average, which act once
    an update.

    Pass the outermost wrapper to `model.compile`. Under the `mixed_float16`
    policy Keras puts its `LossScaleOptimizer` around it; a step with a
    gradient that is not finite then changes no weights and no state.
    Without `LossScaleOptimizer` the inner optimizer gets such gradients.

    Args:
        inner_optimizer: a Keras optimizer, its name such as `"adam"`, or its
            config.
        name: string, the name of this wrapper.

    Raises:
        ValueError: if the inner optimizer is a `LossScaleOptimizer`, which
            must be the outermost, or contains the same wrapper already; under
            a `tf.distribute` strategy other than `MirroredStrategy`.

    Example:

    >>> class Halved(OptimizerWrapper):
    ...     def update(self, gradients, variables):
    ...         halves = [gradient / 2 for gradient in gradients]
    ...         self.inner_optimizer.apply(halves, variables)
    >>> weight = keras.Variable([1.0, 2.0])
    >>> Halved(keras.optimizers.SGD(1.0)).apply([weight * 1.0], [weight])
    >>> weight.numpy().tolist()
    [0.5, 1.0]

    Reference:
        The nesting follows `keras.optimizers.LossScaleOptimizer`.
    """

    # Traits that a subclass declares; `nesting.py` judges nestings by them.
    moves_weights = False  # changes weights after the inner step
    revises_steps = False  # changes weights after every inner step
    averages_weights = False
    rounds_weights = False  # rounds weights to 16 bits after the step
    decays_weights = False
    accumulates = False  # makes one update for several calls of `apply`
    needs_elementwise = False  # steps on single rows of a weight
    needs_whole_steps = False  # has values that exist only during a step

    def __init__(self, inner_optimizer, name=None):
        inner_optimizer = keras.optimizers.get(inner_optimizer)
        raise_if_illegal(self, inner_optimizer)
        # With a callable rate the base class creates no variable, which
        # callbacks would set without effect.
        super().__init__(lambda: self.learning_rate, name=name)
        self.inner_optimizer = inner_optimizer
        backend.raise_if_strategy_unsupported(self)
        raise_if_rows_are_coupled(self)

    def build(self, variables):
        """Creates the state of the inner optimizer, then the wrapper's."""
        if self.built:
            return
        variables = list(variables)
        backend.raise_if_strategy_unsupported(self, variables)
        if len({key_of(self, each) for each in variables}) < len(variables):
            raise ValueError(
                "`variables` must hold each variable once. Received: "
                f"{[path_of(variable) for variable in variables]}"
            )
        self.prepare(variables)
        stand_ins = self.create_stand_ins(variables)
        if not self.inner_optimizer.built:
            self._build_inner_optimizer(stand_ins)
        super().build(variables)
        self.create_state(variables)

    def _build_inner_optimizer(self, variables):
        self.inner_optimizer.build(variables)
        groups = groups_of(self.inner_optimizer)
        for each in [self.inner_optimizer, *groups]:
            warn_if_stuck(each, weights_of(each))

    def prepare(self, variables):
        """Hook that runs before any state is created for the variables."""

    def create_state(self, variables):
        """Creates the state of the wrapper.

        Called once, after the inner optimizer is built.

        Args:
            variables: list of the variables to train.
        """

    def create_stand_ins(self, variables):
        """Creates the variables that the inner optimizer trains.

        Defaults to the variables themselves. A subclass that creates others
        also overrides `stand_ins`.
        """
        return variables

    def description(self, variable, inside):
        """Describes the rules for a variable, for `describe`.

        Args:
            variable: a variable to train.
            inside: `Description` by the inner optimizer.

        Returns:
            `inside`, with the fields that the wrapper changes replaced.
        """
        return inside

    def stand_ins(self, variables):
        """The variables that the inner optimizer trains instead of these."""
        return list(variables)

    @abc.abstractmethod
    def update(self, gradients, variables):
        """The rule of the wrapper; it calls `self.inner_optimizer.apply`.

        Args:
            gradients: list of tensors; None for a variable without gradient.
            variables: list of the variables of the gradients.
        """

    def apply(self, grads, trainable_variables=None):
        """Builds the optimizer if needed, then calls `update`."""
        gradients = list(grads)
        if not gradients:
            return
        if all(gradient is None for gradient in gradients):
            raise ValueError("No gradients provided for any variable.")
        if trainable_variables is None:
            if not self.built or len(gradients) != len(weights_of(self)):
                raise ValueError(
                    "`apply` without variables needs a built optimizer and "
                    "one gradient for each variable. Received: "
                    f"{len(gradients)} gradients, built={self.built}"
                )
            trainable_variables = weights_of(self)
        variables = list(trainable_variables)
        if not self.built:
            self.build(variables)
        raise_if_unknown(self, variables)
        self.update(gradients, variables)
        self.num_calls.assign_add(1)

    def own(self, state, variables):
        """Picks the entries of a state list that belong to `variables`."""
        return [state[index_of(self, v)] for v in variables]

    @property
    def variables(self):
        return state_of(self) + self.inner_optimizer.variables

    @property
    def num_calls(self):
        """The number of calls of `apply` (Keras' variable for iterations).

        Greater than `iterations` if an inner optimizer accumulates gradients.
        """
        return calls_of(self)

    @property
    def iterations(self):
        """The number of updates of the innermost optimizer."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self):
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def loss_scale_factor(self):
        if not hasattr(self, "inner_optimizer"):
            return None
        return self.inner_optimizer.loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, factor):
        # The base class sets None before `inner_optimizer` exists.
        if hasattr(self, "inner_optimizer"):
            self.inner_optimizer.loss_scale_factor = factor

    @property
    def _model_variables_moving_average(self):
        # keras.callbacks.SwapEMAWeights looks one wrapper deep for this.
        return own_averages(self.inner_optimizer)

    def scale_loss(self, loss):
        return self.inner_optimizer.scale_loss(loss)

    def finalize_variable_values(self, var_list):
        """Applies an incomplete group of micro-batches at the end of `fit`.

        The outermost wrapper runs first and applies the sums of all inner
        accumulations through the rules of all wrappers, so that nothing is
        left for inner wrappers.
        """
        for inner in chain(self):
            if hasattr(inner, "has_left_overs") and inner.has_left_overs():
                # Decided here: Python cannot branch on values inside replicas.
                backend.update_outside_step(
                    partial(
                        self._apply_left_overs,
                        inner,
                        inner.variables_of_left_overs(),
                    ),
                    weights_of(self),
                )
        self.inner_optimizer.finalize_variable_values(self.stand_ins(var_list))

    def _apply_left_overs(self, accumulation, theirs):
        # The accumulation may train stand-ins of the model's variables.
        variables = [
            weights_of(self)[index_of(accumulation, each)] for each in theirs
        ]
        with accumulation.applying_left_overs():
            self.update(accumulation.sums_of(theirs), variables)

    def has_pending_gradient(self, variable):
        """Whether an earlier micro-batch of this update had a gradient.

        Returns:
            False if no inner optimizer accumulates, else a boolean tensor.
        """
        inner = self.inner_optimizer
        is_wrapper = isinstance(inner, OptimizerWrapper)
        (stand_in,) = self.stand_ins([variable])
        return is_wrapper and inner.has_pending_gradient(stand_in)

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        self.inner_optimizer.exclude_from_weight_decay(
            self.stand_ins(var_list or ()), var_names
        )

    def set_weights(self, weights):
        if len(weights) != len(self.variables):
            raise ValueError(
                f"`weights` must hold {len(self.variables)} arrays for "
                f"'{self.name}'. Received: {len(weights)}"
            )
        for variable, weight in zip(self.variables, weights):
            variable.assign(weight)

    def save_own_variables(self, store):
        save_state(self, store)

    def load_own_variables(self, store):
        load_state(self, store)

    def add_missing_state(self, arrays):
        """Adds state to the arrays of a file that earlier releases lacked."""
        return arrays

    def get_config(self):
        return {
            "name": self.name,
            "inner_optimizer": use_public_name(
                keras.saving.serialize_keras_object(self.inner_optimizer)
            ),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        inner_optimizer = keras.saving.deserialize_keras_object(
            use_public_name(config.pop("inner_optimizer")),
            custom_objects=custom_objects,
        )
        return cls(inner_optimizer, **config)
