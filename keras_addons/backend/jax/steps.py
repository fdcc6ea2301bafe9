"""JAX: updates of variables in and between steps."""

import jax
import keras


def conditional_update(condition, update, variables, arguments=()):
    # Side effects in a `lax.cond` are lost, so the values of `variables` are
    # passed in and returned. A StatelessScope does not see the values of the
    # scope around it.
    if not isinstance(condition, jax.core.Tracer):  # not compiled
        if condition:
            update(*arguments)
        return
    values = [variable.value for variable in variables]
    # Without the barrier XLA copies, in each step, every variable that is only
    # read here and overwritten later.
    barrier = jax.lax.optimization_barrier
    values = jax.lax.cond(
        condition,
        lambda values: barrier(updated(update, variables, values, arguments)),
        barrier,
        values,
    )
    assign_all(variables, values)


def unlikely_update(condition, update, variables):
    # XLA fuses `where` into the loops of the step; a `lax.cond` would copy its
    # operands.
    if not isinstance(condition, jax.core.Tracer):  # not compiled
        if condition:
            update()
        return
    values = [variable.value for variable in variables]
    news = updated(update, variables, values)
    for variable, value, new in zip(variables, values, news):
        variable.assign(jax.numpy.where(condition, new, value))


def updated(update, variables, values, arguments=()):
    """Returns the values of `variables` after `update(*arguments)`."""
    state = list(zip(variables, values))
    with keras.StatelessScope(state_mapping=state) as scope:
        update(*arguments)
    return [scope.get_current_value(variable) for variable in variables]


def after_update(tensor, variable):
    return tensor


def is_compiling(variable):
    return variable._value is None or isinstance(
        variable.value, jax.core.Tracer
    )


def assign_all(variables, values):
    for variable, value in zip(variables, values):
        variable.assign(value)


def update_outside_step(update, variables):
    update()


def seed_native_generator(seed):
    """Does nothing: random layers draw from Keras' seed generators."""
