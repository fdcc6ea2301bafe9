"""JAX's side of the seam."""

import jax
import keras

COMPILES_EVERY_SHAPE = True  # that a step or a prediction meets


def complex_rotation(angles, dtype):
    """Returns None: XLA has no view of floats as complex numbers."""


def computed_once(table):
    """The float32 table, which XLA does not compute for each of its readers.

    On a CPU it fuses even a cosine into what the cosine is broadcast to, and
    computes it again for every row and head. A matrix product it does not
    fuse; with ones, and in the highest precision, it is exact.
    """
    ones = jax.numpy.eye(table.shape[-1], dtype=table.dtype)
    return jax.numpy.matmul(table, ones, precision="highest")


def conditional_update(condition, update, variables, arguments=()):
    """Runs `update(*arguments)` only where `condition` holds.

    Side effects are lost in a `lax.cond`, so the values of `variables` go in
    and come out. An inner scope does not see the values of an outer one:
    `variables` must name everything that `update` reads or assigns.
    """
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
    """`conditional_update` for what hardly ever happens and costs little.

    Computed in every step and taken or not: as part of the loops that a step
    has anyway, where a `lax.cond` would copy what it passes on.
    """
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


def is_compiling(variable):
    """Whether the value of a variable is not known yet, or not any more."""
    return variable._value is None or isinstance(
        variable.value, jax.core.Tracer
    )


def any_replica(condition):
    """Whether a condition holds in any replica: here a step is one."""
    return condition


def assign_all(variables, values):
    """Assigns each variable its value."""
    for variable, value in zip(variables, values):
        variable.assign(value)


def update_outside_step(update, variables):
    """Runs `update()` between the steps."""
    update()


def fused_attention(query, key, value, mask):
    """Returns None: XLA fuses what it can."""


def after_update(tensor, variable):
    """The same tensor: XLA orders a step by itself."""
    return tensor


def all_gather(embeddings):
    """The rows of all replicas, which those of a step are here."""
    return embeddings


def seed_native_generator(seed):
    """Starts anew what random layers draw from beside Keras' seeds: nothing."""


def predictor(model):
    """The model's outputs as a function of a batch, without training.

    `predict_on_batch` also hands all variables to the step and takes them
    back: milliseconds a batch.
    """
    trained = model.trainable_variables
    others = model.non_trainable_variables

    @jax.jit
    def call(trained, others, inputs):
        return model.stateless_call(trained, others, inputs, training=False)[0]

    def predict(inputs):
        values = ([each.value for each in part] for part in (trained, others))
        return call(*values, inputs)

    return predict


def predictor_of_steps(model):
    """`predictor` of a model that is called on one shape again and again.

    Unlike there, it may assign its variables.
    """
    return model.predict_on_batch


def reshape(tensor, shape):
    """`keras.ops.reshape` of a tensor that is not symbolic."""
    return jax.numpy.reshape(tensor, shape)


def while_loop(condition, body, values):
    """`keras.ops.while_loop` whose rounds wait for each other."""
    return keras.ops.while_loop(condition, body, values)


def with_derivative(function, derivative):
    """A function of single numbers that keeps one more for its gradient."""
    compute = jax.custom_jvp(function)
    compute.defjvps(lambda upstream, answer, x: upstream * derivative(x))
    return compute


def write_slice(tensor, axis, start, values):
    """Writes `values` along one axis into a tensor that nobody reads again."""
    starts = [0] * len(tensor.shape)
    starts[axis] = start
    return keras.ops.slice_update(tensor, starts, values)
