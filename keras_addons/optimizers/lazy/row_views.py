"""Views of the rows with a gradient, on which an optimizer can step.

One lazy step of Adam, on a table of a million rows of which two have a
gradient:

1. `LazyOptimizer` makes a clone of Adam that shares its state, and has it
   apply the gradients as always: clipping and decay of other variables too.
2. For the table Adam's `update_step` would read the variable and its two
   slots. Instead `RowStep.view` picks the rows (`backend.sparse_rows`: those
   with an index in the gradient; on JAX `MaskedRows`: all, with a mask), and
   gives a second clone a `RowView` of the table and of each slot, with two
   rows each.
3. `update_step` runs on the views, which Adam takes for variables. Assigned
   values stay in the views.
4. When `RowStep` ends, each view writes its rows back into its variable; a
   view that was neither read nor assigned writes nothing. The other 999,998
   rows were not touched.
"""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.keras_internals import index_of
from keras_addons.keras_internals import is_decayed
from keras_addons.keras_internals import weights_of


class RowView(keras.Variable):
    """Holds some rows of a variable during one step.

    A subclass of the backend's variable, so that `keras.ops` and the
    arithmetic of an optimizer accept it. `assign` changes the view only;
    `write` writes the rows back into the variable.
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
    """The nonzero rows of a dense gradient, selected by a mask.

    All rows are read and stepped on; rows without a gradient keep their old
    value when they are written. So shapes are static, as XLA requires.
    """

    def __init__(self, gradient, shape):
        self.gradient = backend.to_dense(gradient, shape)
        axes = tuple(range(1, len(self.gradient.shape)))
        is_touched = ops.not_equal(self.gradient, 0)
        self._touched = ops.any(is_touched, axis=axes, keepdims=True)

    def read(self, variable):
        return ops.copy(variable)  # since torch steps in place

    def write(self, variable, value):
        old = ops.convert_to_tensor(variable)
        variable.assign(ops.where(self._touched, value, old))


class AllRows(MaskedRows):
    """All rows, for slots that are updated without a gradient too."""

    def write(self, variable, value):
        variable.assign(value)


class RowStep:
    """One step of `self.optimizer` on views, written back at the end.

    `self.optimizer` is a clone in which views replace the slots of viewed
    variables; everything else is shared with the original optimizer.
    """

    def __init__(self, optimizer, update_slots):
        self._original = optimizer
        self._update_slots = update_slots
        self._views = []
        self.optimizer = shallow_clone(
            optimizer,
            _get_variable_index=self.index_of_view,
            # TensorFlow's own methods accept TensorFlow variables only.
            assign=lambda view, value: view.assign(value),
            assign_add=lambda view, value: view.assign(view + value),
            assign_sub=lambda view, value: view.assign(view - value),
        )

    def index_of_view(self, variable):
        if isinstance(variable, RowView):
            return variable.index
        return index_of(self._original, variable)

    def view(self, gradient, variable):
        """Returns the gradient and the view of the rows to step on."""
        index = index_of(self._original, variable)
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
        """The lists of the optimizer that hold a slot of the variable."""
        original = self._original
        for name, slots in vars(original).items():
            if (
                isinstance(slots, (list, tuple))
                and len(slots) == len(weights_of(original))
                and isinstance(slots[index], keras.Variable)
                and tuple(slots[index].shape) == tuple(variable.shape)
                and name not in NOT_SLOTS
            ):
                yield name, slots

    def _decay(self, view, variable):
        original = self._original
        if original.weight_decay and is_decayed(original, variable):
            rate = original.weight_decay * original.learning_rate
            view.assign(view - view * ops.cast(rate, view.dtype))

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        if error is None:
            for view in self._views:
                view.write()


# Lists with an entry for each variable that `update_step` does not read.
NOT_SLOTS = ("_trainable_variables", "_model_variables_moving_average")


def shallow_clone(optimizer, **overrides):
    """Clones an optimizer that shares its state; replaces some attributes."""
    clone = object.__new__(type(optimizer))  # copy.copy would pickle
    vars(clone).update(vars(optimizer), **overrides)
    return clone
