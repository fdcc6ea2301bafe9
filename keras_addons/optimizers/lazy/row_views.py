"""Rows of a variable that an optimizer can step on as if they were all.

One lazy step of Adam, on a table of a million rows of which two have a
gradient:

1. `LazyOptimizer` makes a clone of Adam that shares its state, and has it
   apply the gradients as always: clipping and decay of other variables too.
2. For the table Adam's `update_step` would read the variable and its two
   slots. Instead `RowStep.view` picks the rows (`backend.sparse_rows`: those
   that the gradient names; on JAX `MaskedRows`: all, with a mask), and gives a
   second clone a `RowView` of the table and of each slot, of two rows each.
3. `update_step` runs on the views: to Adam they are variables. What it
   assigns stays in the view.
4. When `RowStep` ends, each view writes its rows back into its variable; a
   view that was not read or assigned writes nothing. The other 999,998 rows
   were not touched.
"""

import keras
from keras import ops

from keras_addons import backend


class RowView(keras.Variable):
    """Stands in for a variable during one step, and holds some of its rows.

    It subclasses the variable of the backend, so that `keras.ops` and the
    arithmetic of an optimizer accept it, and assigns to itself; `write` puts
    the rows back.
    """

    def __init__(self, variable, rows, index):
        self._variable = variable
        self._rows = rows
        self.index = index
        self._value = None
        self._dtype = keras.backend.standardize_dtype(variable.dtype)
        self._autocast = False
        self._name = self._path = "row_view"

    @property
    def value(self):
        if self._value is None:
            self._value = self._rows.read(self._variable)
        return self._value

    @property
    def shape(self):
        return self.value.shape

    def assign(self, value):
        self._value = ops.cast(value, self._dtype)

    def write(self):
        if self._value is not None:
            self._rows.write(self._variable, self._value)


class MaskedRows:
    """The rows of a dense gradient that are not zero, by a mask.

    All rows are read and stepped on; those without a gradient keep their old
    value. Shapes are static, as XLA wants them.
    """

    def __init__(self, gradient, shape):
        self.gradient = backend.to_dense(gradient, shape)
        axes = tuple(range(1, len(self.gradient.shape)))
        is_touched = ops.not_equal(self.gradient, 0)
        self._touched = ops.any(is_touched, axis=axes, keepdims=True)

    def read(self, variable):
        return ops.copy(variable)  # torch steps in place

    def write(self, variable, value):
        old = ops.convert_to_tensor(variable)
        variable.assign(ops.where(self._touched, value, old))


class AllRows(MaskedRows):
    """Every row: for slots that move without a gradient."""

    def write(self, variable, value):
        variable.assign(value)


class RowStep:
    """One step of `self.optimizer` on views, written back at the end.

    The optimizer is a clone that finds views of its slots where the slots of
    a viewed variable would be; everything else it shares with the original.
    """

    def __init__(self, optimizer, update_slots):
        self._original = optimizer
        self._update_slots = update_slots
        self._views = []
        self.optimizer = shallow_clone(
            optimizer,
            _get_variable_index=self._get_variable_index,
            # TensorFlow's own want a variable of TensorFlow.
            assign=lambda view, value: view.assign(value),
            assign_add=lambda view, value: view.assign(view + value),
            assign_sub=lambda view, value: view.assign(view - value),
        )

    def _get_variable_index(self, variable):
        if isinstance(variable, RowView):
            return variable.index
        return self._original._get_variable_index(variable)

    def view(self, gradient, variable):
        """Returns the gradient and the view of the rows to step on."""
        index = self._original._get_variable_index(variable)
        rows = slot_rows = self._rows(gradient, variable.shape)
        if self._update_slots:
            slot_rows = AllRows(gradient, variable.shape)
        for name, slots in self._slots(variable, index):
            views = list(vars(self.optimizer)[name])
            views[index] = self._view(slots[index], slot_rows, index)
            vars(self.optimizer)[name] = views
        view = self._view(variable, rows, index)
        self._decay(view, variable)
        return rows.gradient, view

    def _rows(self, gradient, shape):
        rows = None if self._update_slots else backend.sparse_rows(gradient)
        return rows or MaskedRows(gradient, shape)

    def _view(self, variable, rows, index):
        self._views.append(RowView(variable, rows, index))
        return self._views[-1]

    def _slots(self, variable, index):
        """The lists of the optimizer in which the variable has a slot."""
        original = self._original
        for name, slots in vars(original).items():
            if (
                isinstance(slots, (list, tuple))
                and len(slots) == len(original._trainable_variables)
                and isinstance(slots[index], keras.Variable)
                and tuple(slots[index].shape) == tuple(variable.shape)
                and name not in NOT_SLOTS
            ):
                yield name, slots

    def _decay(self, view, variable):
        original = self._original
        if original.weight_decay and original._use_weight_decay(variable):
            rate = original.weight_decay * original.learning_rate
            view.assign(view - view * ops.cast(rate, view.dtype))

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        if error is None:
            for view in self._views:
                view.write()


# Lists of an optimizer with an entry a variable that its step does not read.
NOT_SLOTS = ("_trainable_variables", "_model_variables_moving_average")


def shallow_clone(optimizer, **overrides):
    """An optimizer with the same state, and some attributes replaced."""
    clone = object.__new__(type(optimizer))  # copy.copy would pickle
    vars(clone).update(vars(optimizer), **overrides)
    return clone
