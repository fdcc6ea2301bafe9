"""Seam: training steps and their variables."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def conditional_update(condition, update, variables, arguments=()):
    """Runs `update(*arguments)` only where `condition` holds.

    Args:
        condition: boolean scalar, the same in every replica.
        update: function that assigns variables. Its result is dropped.
        variables: every variable that it may read or assign; JAX loses what
            is done to others, TensorFlow to a `Temporary` that is missing.
        arguments: what `update` is called with: tensors of a replica, which
            it may not read in another way.
    """


@of_active_backend
def unlikely_update(condition, update, variables):
    """`conditional_update` for what hardly ever happens and costs little.

    JAX computes it in every step and takes it or not. Arguments as there.
    """


@of_active_backend
def after_update(tensor, variable):
    """Returns the same tensor, to be used once `variable` was assigned.

    TensorFlow's graph would work on all weights at once, and hold temporary
    tensors of all of them; elsewhere a step has its order.
    """


@of_active_backend
def is_compiling(variable):
    """Returns whether the value of a variable cannot be looked at now.

    That is so while a step is traced or compiled, and on JAX also for a
    variable whose buffer `fit` has taken over.
    """


@of_active_backend
def assign_all(variables, values):
    """Assigns each variable its value, which is the same in every replica.

    Args:
        variables: list of variables.
        values: list of tensors of their shapes, one each.
    """


@of_active_backend
def update_outside_step(update, variables):
    """Runs `update()`, which assigns `variables`, between the steps.

    It runs in every replica of the strategy that holds the variables, and
    torch computes no gradients for it.
    """


@of_active_backend
def seed_native_generator(seed):
    """Seeds what random layers draw from beside Keras' seed generators.

    Only torch has such a generator; its state cannot be read through Keras,
    so a training that is to go on exactly after an interruption seeds it at
    the beginning of each epoch. `keras.utils.set_random_seed` would also make
    TensorFlow forget its kernels, the compiled training step among them:
    seconds an epoch.
    """
