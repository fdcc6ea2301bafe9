"""Lazy updates of embedding rows around another optimizer."""

import re

import keras

from keras_addons import backend
from keras_addons.keras_internals import index_of
from keras_addons.optimizers.bases.patterns import PatternWrapper
from keras_addons.optimizers.bases.patterns import matches_any
from keras_addons.optimizers.bases.patterns import pattern_list
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.lazy.row_views import RowStep
from keras_addons.optimizers.lazy.row_views import shallow_clone


@keras.saving.register_keras_serializable(package="keras_addons")
class LazyOptimizer(PatternWrapper):
    """Updates only the embedding rows that have a gradient.

    `w_i = step(w_i, slots_i, g_i)` for rows i with `g_i != 0`; all other rows
    and their slots (momentum, second moment) do not change. If an id occurs
    several times in a batch, its gradients are summed before the step. A row
    whose sum is zero, such as the row of a masked id, counts as not in the
    batch. Weight decay acts only on rows with a gradient.

    Memory: none. Time: on TensorFlow, where `keras.layers.Embedding` has
    sparse gradients, a step takes time for its rows only, whatever the size
    of the table, with and without XLA. Where gradients are dense, computing
    the gradient still costs a pass over the table: on JAX and torch; and on
    TensorFlow under `GradientAccumulation`, for a table tied to the output
    logits, and under `mixed_float16`, where Keras' `LossScaleOptimizer` makes
    gradients dense. Regularizers and constraints of the table, `use_ema` of
    the inner optimizer, `Lookahead` and `ExponentialMovingAverage` also pass
    over the whole table.

    Args:
        inner_optimizer: a Keras optimizer with an elementwise rule, such as
            Adam, AdamW, SGD, RMSprop, Adagrad, Nadam, Lion; its name or config.
        embeddings: list of layers, or of regular expressions searched in
            `variable.path`: the variables whose rows (first axis) are updated
            lazily. Defaults to None: the weights of `keras.layers.Embedding`
            and `keras_addons.layers.Embedding`, and on TensorFlow every
            variable with a sparse gradient. Scalars have no rows and are
            always updated.
        update_slots: bool. If True, the slots of all rows are updated: the
            momentum of rows without a gradient decays but does not move
            them. Costs a pass over the slots. Defaults to False.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if the inner optimizer is not elementwise (AdaFactor,
            Lamb, Muon, or a wrapper) or accumulates gradients, if a pattern
            matches no variable, or if no variable can be updated lazily.

    Example:

    >>> table = keras.Variable([[1.0], [1.0]], name="embeddings")
    >>> optimizer = LazyOptimizer(keras.optimizers.SGD(1.0, momentum=0.9))
    >>> for gradient in ([[1.0], [0.0]], [[0.0], [1.0]]):
    ...     gradient = keras.ops.convert_to_tensor(gradient)
    ...     optimizer.apply([gradient], [table])
    >>> table.numpy().tolist()  # momentum alone does not move the first row
    [[0.0], [0.0]]

    Reference:
        https://kexue.fm/archives/6869
    """

    needs_elementwise = True

    def __init__(
        self, inner_optimizer, embeddings=None, update_slots=False, name=None
    ):
        super().__init__(inner_optimizer, name=name)
        if isinstance(embeddings, (str, keras.layers.Layer)):
            embeddings = [embeddings]
        if embeddings is not None:
            embeddings = [path_pattern(each) for each in embeddings]
            embeddings = pattern_list("embeddings", embeddings)
        self.embeddings = embeddings or None
        self.update_slots = update_slots

    def create_state(self, variables):
        self._lazy_indices = {
            index
            for index, (path, variable) in enumerate(
                zip(self._paths, variables)
            )
            if self.concerns(path) and has_rows(variable)
        }

    def patterns(self):
        return {"embeddings": self.embeddings or ()}

    def concerns(self, path):
        """Whether the rows of the variable of this path are updated lazily."""
        return matches_any(self.embeddings or [r"(^|/)embeddings$"], path)

    def is_lazy(self, variable):
        """Whether a variable is updated lazily, as far as known yet."""
        if not self.built:
            return self.concerns(path_of(variable)) and has_rows(variable)
        return index_of(self, variable) in self._lazy_indices

    def update(self, gradients, variables):
        if self.embeddings is None:
            for gradient, variable in zip(gradients, variables):
                if backend.is_sparse(gradient):
                    self._lazy_indices.add(index_of(self, variable))
        if not self._lazy_indices:
            raise ValueError(
                "LazyOptimizer has nothing to do: no variable with rows is "
                "called `embeddings` or has a sparse gradient. Choose "
                "variables by the argument `embeddings`, among "
                f"{[path_of(variable) for variable in variables]}"
            )
        inner = self.inner_optimizer
        if inner.clipnorm or inner.global_clipnorm or inner.clipvalue:
            # Norms are of summed rows, so equal ids are summed before.
            gradients = [backend.combine_rows(g) for g in gradients]
        clone = shallow_clone(
            inner,
            update_step=self._update_step,
            _parallel_update_step=self._parallel_update_step,
            _apply_weight_decay=self._apply_weight_decay,
        )
        clone.apply(gradients, variables)

    def _apply_weight_decay(self, variables):
        dense = [v for v in variables if not self.is_lazy(v)]
        if dense:
            self.inner_optimizer._apply_weight_decay(dense)

    def _update_step(self, gradient, variable, learning_rate):
        inner = self.inner_optimizer
        if not self.is_lazy(variable):
            inner.update_step(gradient, variable, learning_rate)
            return
        with RowStep(inner, self.update_slots) as step:
            gradient, view = step.view(gradient, variable)
            step.optimizer.update_step(gradient, view, learning_rate)

    def _parallel_update_step(self, gradients, variables, learning_rate):
        # On torch, Keras steps on lists of variables, in place.
        with RowStep(self.inner_optimizer, self.update_slots) as step:
            pairs = [
                step.view(gradient, variable)
                if self.is_lazy(variable)
                else (gradient, variable)
                for gradient, variable in zip(gradients, variables)
            ]
            step.optimizer._parallel_update_step(*zip(*pairs), learning_rate)

    def description(self, variable, inside):
        return inside._replace(is_by_rows=self.is_lazy(variable))

    def get_config(self):
        return {
            **super().get_config(),
            "embeddings": self.embeddings,
            "update_slots": self.update_slots,
        }


def has_rows(variable):
    return len(variable.shape) > 0


def path_pattern(embedding):
    """Returns a pattern for the variables of a layer; keeps a pattern."""
    if isinstance(embedding, keras.layers.Layer):
        return f"(^|/){re.escape(embedding.name)}/"
    if not isinstance(embedding, str):
        raise ValueError(
            "`embeddings` must hold layers or regular expressions. "
            f"Received: {embedding!r}"
        )
    return embedding
