"""The abstract base of every optimizer that wraps another."""

import abc
from functools import partial

import keras

from keras_addons import backend
from keras_addons.optimizers.bases.nesting import chain
from keras_addons.optimizers.bases.nesting import raise_if_illegal
from keras_addons.optimizers.bases.nesting import raise_if_rows_are_coupled
from keras_addons.optimizers.bases.saving import load_state
from keras_addons.optimizers.bases.saving import public
from keras_addons.optimizers.bases.saving import save_state
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.low_precision.stuck import warn_if_stuck


class OptimizerWrapper(keras.optimizers.Optimizer, abc.ABC):
    """Base class for optimizers that change how another one steps.

    A subclass adds its state in `create_state`, its rule in `update`, and
    declares what it does in the attributes below; all else that a wrapper has
    to get right is here. The inner optimizer keeps its
    learning rate, schedule, clipping, weight decay and moving average, and
    they act once an update. The wrapper is what `model.compile` receives;
    under the `mixed_float16` policy Keras puts its `LossScaleOptimizer`
    around it, and then a step with a gradient that is not finite leaves
    weights and state, of all wrappers too, as they are. Without it such a
    gradient goes where the inner optimizer lets it.

    Args:
        inner_optimizer: the optimizer to wrap: an instance, a name such as
            `"adam"`, or a config.
        name: string, the name of this wrapper.

    Raises:
        ValueError: if the inner optimizer is a `LossScaleOptimizer`, which
            belongs on the outside, or holds the same wrapper already; under a
            `tf.distribute` strategy other than `MirroredStrategy`.

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

    # Declared by a subclass: what decides where in a nesting it may be.
    moves_weights = False  # after the step of the inner optimizer
    revises_steps = False  # moves weights in every update
    averages_weights = False
    rounds_weights = False  # to 16 bits, after the step
    decays_weights = False
    accumulates = False  # steps once for several calls of `apply`
    needs_elementwise = False  # steps on single rows of a weight
    needs_whole_steps = False  # has values that exist during a step alone

    def __init__(self, inner_optimizer, name=None):
        inner_optimizer = keras.optimizers.get(inner_optimizer)
        raise_if_illegal(self, inner_optimizer)
        # A callable rate keeps the base class from creating a variable that
        # callbacks would set and nobody read.
        super().__init__(lambda: self.learning_rate, name=name)
        self.inner_optimizer = inner_optimizer
        backend.raise_if_strategy_unsupported(self)
        raise_if_rows_are_coupled(self)

    def build(self, variables):
        """Creates the state of the inner optimizer, then one's own, once."""
        if self.built:
            return
        variables = list(variables)
        backend.raise_if_strategy_unsupported(self, variables)
        if len({self._var_key(each) for each in variables}) < len(variables):
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
        groups = getattr(self.inner_optimizer, "_inner_optimizers", [])
        for each in [self.inner_optimizer, *groups]:
            warn_if_stuck(each, each._trainable_variables)

    def prepare(self, variables):
        """Looks at the variables before anything is built for them."""

    def create_state(self, variables):
        """Creates what the wrapper remembers between steps.

        Called once, when the inner optimizer is built.

        Args:
            variables: list of the variables that the wrapper steps on.
        """

    def create_stand_ins(self, variables):
        """Creates the variables on which the inner optimizer steps.

        A subclass that has other ones returns these from `stand_ins` too.
        """
        return variables

    def description(self, variable, inside):
        """What the wrapper makes of the rules that concern a variable.

        Args:
            variable: one that the wrapper steps on, or will step on.
            inside: `Description` by the inner optimizer; `_replace` what the
                wrapper changes.
        """
        return inside

    def stand_ins(self, variables):
        """The variables on which the inner optimizer steps in their place."""
        return list(variables)

    @abc.abstractmethod
    def update(self, gradients, variables):
        """Steps: the rule of the wrapper.

        Args:
            gradients: list of tensors, or None where there is no gradient.
            variables: list of the variables that they belong to.
        """

    def apply(self, grads, trainable_variables=None):
        """Passes the gradients to `update`, as `Optimizer.apply` does."""
        gradients = list(grads)
        if not gradients:
            return
        if all(gradient is None for gradient in gradients):
            raise ValueError("No gradients provided for any variable.")
        if trainable_variables is None:
            if not self.built or len(gradients) != len(
                self._trainable_variables
            ):
                raise ValueError(
                    "`apply` without variables needs a built optimizer and "
                    "one gradient for each variable. Received: "
                    f"{len(gradients)} gradients, built={self.built}"
                )
            trainable_variables = self._trainable_variables
        variables = list(trainable_variables)
        if not self.built:
            self.build(variables)
        self._check_variables_are_known(variables)
        self.update(gradients, variables)
        self.num_calls.assign_add(1)

    def own(self, state, variables):
        """Picks the entries of a list of state that belong to `variables`."""
        return [state[self._get_variable_index(v)] for v in variables]

    @property
    def variables(self):
        return self._variables + self.inner_optimizer.variables

    @property
    def num_calls(self):
        """The number of calls of `apply`: Keras' variable for iterations.

        Around an optimizer that accumulates there are more calls than updates.
        """
        return self._iterations

    @property
    def iterations(self):
        """The number of updates that the innermost optimizer has made."""
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
        # The base class sets None before there is an inner optimizer.
        if hasattr(self, "inner_optimizer"):
            self.inner_optimizer.loss_scale_factor = factor

    @property
    def _model_variables_moving_average(self):
        # keras.callbacks.SwapEMAWeights looks one wrapper deep for this.
        return self.inner_optimizer._model_variables_moving_average

    def scale_loss(self, loss):
        return self.inner_optimizer.scale_loss(loss)

    def finalize_variable_values(self, var_list):
        """Applies micro-batches that are left over at the end of `fit`.

        Through the rules of all wrappers: the outermost comes here first, and
        leaves nothing for those inside.
        """
        for inner in chain(self):
            if hasattr(inner, "has_left_overs") and inner.has_left_overs():
                # Asked here: within replicas nothing can be decided in Python.
                backend.update_outside_step(
                    partial(
                        self._apply_left_overs,
                        inner,
                        inner.variables_of_left_overs(),
                    ),
                    self._trainable_variables,
                )
        self.inner_optimizer.finalize_variable_values(self.stand_ins(var_list))

    def _apply_left_overs(self, accumulation, theirs):
        # Those that the accumulation steps on may stand in for the model's.
        variables = [
            self._trainable_variables[accumulation._get_variable_index(each)]
            for each in theirs
        ]
        with accumulation.applying_left_overs():
            self.update(accumulation.sums_of(theirs), variables)

    def has_pending_gradient(self, variable):
        """Whether an earlier micro-batch of the running update gave one.

        Returns:
            False, or a boolean tensor where an optimizer inside accumulates.
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

    def completed(self, arrays):
        """The arrays of a file, and what earlier releases did not save."""
        return arrays

    def get_config(self):
        return {
            "name": self.name,
            "inner_optimizer": public(
                keras.saving.serialize_keras_object(self.inner_optimizer)
            ),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        inner_optimizer = keras.saving.deserialize_keras_object(
            public(config.pop("inner_optimizer")),
            custom_objects=custom_objects,
        )
        return cls(inner_optimizer, **config)
