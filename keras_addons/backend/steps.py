"""Declares: updates of variables in and between training steps."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def conditional_update(condition, update, variables, arguments=()):
    """Runs `update(*arguments)` if `condition` is true.

    Args:
        condition: boolean scalar, the same in every replica.
        update: function that assigns variables. Its result is dropped.
        variables: every variable that `update` reads or assigns. Assignments
            to others are lost on JAX, and to other `Temporary` variables on
            TensorFlow.
        arguments: tensors of a replica that `update` uses. `update` must not
            use other tensors of a replica. Defaults to none.
    """


@of_active_backend
def unlikely_update(condition, update, variables):
    """Runs a `conditional_update` that is rare and cheap.

    JAX computes the update in every step and selects its result if
    `condition` is true. Arguments as in `conditional_update`.
    """


@of_active_backend
def after_update(tensor, variable):
    """Returns the tensor, available only after `variable` was assigned.

    Otherwise TensorFlow's graph may update all weights at once, with the
    temporary tensors of all in memory. Does nothing on other backends.
    """


@of_active_backend
def is_compiling(variable):
    """Returns whether the value of a variable cannot be read in Python now.

    True while a step is traced or compiled, and on JAX for a variable whose
    buffer `fit` has donated.
    """


@of_active_backend
def assign_all(variables, values):
    """Assigns values that are equal in all replicas to variables.

    Args:
        variables: list of variables.
        values: list of tensors, one for each variable.
    """


@of_active_backend
def update_outside_step(update, variables):
    """Runs `update()`, which assigns `variables`, between two steps.

    In every replica of the strategy that holds the variables, and without
    gradients on torch.
    """


@of_active_backend
def seed_native_generator(seed):
    """Seeds the backend's own random generator.

    Only torch draws from such a generator beside Keras' seed generators. Its
    state cannot be read through Keras, so training that must resume exactly
    seeds it at the start of each epoch. `keras.utils.set_random_seed` would
    also drop TensorFlow's compiled functions, which costs seconds an epoch.
    """
