"""JAX: training steps and their variables."""

import jax
import keras


def conditional_update(condition, update, variables, arguments=()):
    # Side effects are lost in a `lax.cond`, so the values of `variables` go in
    # and come out. An inner scope does not see the values of an outer one.
    if not isinstance(condition, jax.core.Tracer):  # a step by hand
        if condition:
            update(*arguments)
        return
    values = [variable.value for variable in variables]
    # The barrier makes a result of what is passed on: else XLA copies, in each
    # step, a variable that is only read here and is overwritten afterwards.
    barrier = jax.lax.optimization_barrier
    values = jax.lax.cond(
        condition,
        lambda values: barrier(updated(update, variables, values, arguments)),
        barrier,
        values,
    )
    assign_all(variables, values)


def unlikely_update(condition, update, variables):
    # As part of the loops that a step has anyway, where a `lax.cond` would copy
    # what it passes on.
    if not isinstance(condition, jax.core.Tracer):  # a step by hand
        if condition:
            update()
        return
    values = [variable.value for variable in variables]
    news = updated(update, variables, values)
    for variable, value, new in zip(variables, values, news):
        variable.assign(jax.numpy.where(condition, new, value))


def updated(update, variables, values, arguments=()):
    """What `update(*arguments)` makes of the values of `variables`."""
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
    """Does nothing: Keras' seeds are all that there is."""
