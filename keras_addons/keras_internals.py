"""The private names of Keras that this package reads, one function each.

Keras has no public name for these facts. What a subclass must override or
assign under its private name stands in the subclass; `test_private_names.py`
lists all of them, with what breaks without each.
"""


def index_of(optimizer, variable):
    """Returns the number of a weight, which is also that of its state."""
    return optimizer._get_variable_index(variable)


def weights_of(optimizer):
    """Returns the weights that an optimizer was built for."""
    return optimizer._trainable_variables


def key_of(optimizer, variable):
    """Returns what tells a variable from others, in `indices_by_key`."""
    return optimizer._var_key(variable)


def indices_by_key(optimizer):
    """Returns a dict from the key of each weight to its number."""
    return optimizer._trainable_variables_indices


def state_of(optimizer):
    """Returns the variables that an optimizer tracks itself."""
    return optimizer._variables


def track(optimizer, variable):
    """Saves a variable with the optimizer."""
    optimizer._track_variable(variable)


def calls_of(optimizer):
    """Returns the variable that Keras counts the calls of `apply` in."""
    return optimizer._iterations


def rate_or_schedule(optimizer):
    """Returns the learning rate: a schedule, or a variable of a number."""
    return optimizer._learning_rate


def groups_of(optimizer):
    """Returns the optimizers inside a `MultiOptimizer`; of others, none."""
    return list(getattr(optimizer, "_inner_optimizers", []))


def group_of(optimizer, variable):
    """Returns the optimizer of a `MultiOptimizer` that moves a weight."""
    return optimizer._optimizer_map(variable)


def is_decayed(optimizer, variable):
    """Says whether a step of the built optimizer decays a weight."""
    return optimizer._use_weight_decay(variable)


def is_excluded_from_decay(optimizer, variable):
    """Says whether `exclude_from_weight_decay` named a weight."""
    if hasattr(optimizer, "_is_excluded_from_weight_decay"):
        # Since Keras 3.16, where `_use_weight_decay` needs a built optimizer.
        return optimizer._is_excluded_from_weight_decay(variable)
    return not optimizer._use_weight_decay(variable)


def keys_without_decay(optimizer):
    """Returns the keys of the weights that `exclude_from_weight_decay` named.

    An empty set where nothing was excluded.
    """
    return getattr(optimizer, "_exclude_from_weight_decay", set())


def own_averages(optimizer):
    """Returns the averages of the weights that `use_ema` keeps."""
    return optimizer._model_variables_moving_average


def raise_if_unknown(optimizer, variables):
    """Raises Keras' error for a variable that the optimizer does not know."""
    optimizer._check_variables_are_known(variables)


def with_gradients(optimizer, gradients, variables):
    """Returns the gradients that are not None, and their variables."""
    return optimizer._filter_empty_gradients(gradients, variables)


def layers_inside(model, include_self=True):
    """Yields the layers of a model and all layers inside them."""
    return model._flatten_layers(include_self=include_self)
