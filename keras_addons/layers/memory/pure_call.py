"""Calls a layer as a pure function of lists of tensors."""

import keras

from keras_addons import backend
from keras_addons.layers.memory.chunkable import rows_of_examples


class PureCall:
    """Calls a layer as a pure function of the values of its variables.

    `call(weights, state, tensors)` takes the values of `call.weights` and
    `call.state` and the flat list of inputs and masks. It returns the flat
    list of outputs and masks, and the new values of the state variables that
    the layer assigns, as a dict {position in `call.state`: value}.
    `call.outputs.pack` turns the flat outputs into the layer's structure.

    Args:
        layer: a built layer or model with one, possibly nested, input.
        inputs: tensor or structure of tensors, of which some may be None.
        masks: None, or Keras masks in the structure of `inputs`.
        training: None or bool, passed on to `layer`.
    """

    def __init__(self, layer, inputs, masks, training):
        self.layer = layer
        self.training = training
        self.weights = layer.trainable_variables
        self.state = state_of(layer)
        self.inputs = Packing(inputs, masks)
        self.outputs = None  # a `Packing`, known after the first call
        self.mask_of = MaskOf()
        self.changed = set()

    def __call__(self, weights, state, tensors):
        variables = self.weights + self.state
        scope = Scope(zip(variables, weights + state))
        with scope:
            outputs = self.layer(
                self.inputs.pack(tensors), training=self.training
            )
            masks = self.mask_of(outputs)
        if self.outputs is None:
            self.outputs = Packing(outputs, masks)
        updates = self.updates(scope)
        self.changed.update(updates)
        return rows_of_examples(flat(outputs, masks), tensors), updates

    def updates(self, scope):
        """Returns the assigned values by their position in `state`.

        Raises ValueError for losses and for variables outside of `state`.
        """
        if scope.losses:
            raise ValueError(
                "`encoder` must not add losses while it is called: it is not "
                "known whether they are sums or means over the examples of a "
                "chunk. Compute them from its outputs. Received: "
                f"{self.layer.name} with an `activity_regularizer` or "
                "`add_loss`"
            )
        positions = {id(each): i for i, each in enumerate(self.state)}
        if not scope.assigned.keys() <= positions.keys():
            raise ValueError(
                "`encoder` must not assign its trainable weights, nor "
                "variables that it does not own, such as the global seed: "
                "random layers need a `keras.random.SeedGenerator` as an "
                f"attribute. Received: {self.layer.name}"
            )
        return {positions[key]: v for key, v in scope.assigned.items()}

    def assign(self, state):
        """Assigns the state after the last chunk to the variables."""
        for position in sorted(self.changed):
            self.state[position].assign(state[position])


def state_of(layer):
    """Returns all variables that a layer reads but does not train, once."""
    trained = {id(each) for each in layer.trainable_variables}
    variables = layer.variables + layer.metrics_variables
    unique = {id(each): each for each in variables}
    return [each for key, each in unique.items() if key not in trained]


class Scope(keras.StatelessScope):
    """Stateless scope that records which variables are assigned."""

    def __init__(self, state_mapping):
        super().__init__(collect_losses=True, initialize_variables=False)
        # Set directly: the checks of Keras would run for every chunk.
        for variable, value in state_mapping:
            self.state_mapping[id(variable)] = value
        self.assigned = {}

    def add_update(self, update):
        variable, value = update
        value = backend.read_back(value)
        self.assigned[id(variable)] = value
        super().add_update((variable, value))


class Packing:
    """Packs a flat list of tensors and masks into a structure."""

    def __init__(self, tensors, masks):
        # Keeps no tensor, which would keep the graph it belongs to.
        self.structure = keras.tree.map_structure(is_given, tensors)
        self.is_given = [is_given(x) for x in leaves_of(tensors, masks)]
        self.with_mask = WithMask()

    def pack(self, tensors):
        """Returns the structure of `tensors`, with masks attached."""
        tensors = iter(tensors)
        leaves = [next(tensors) if each else None for each in self.is_given]
        half = len(leaves) // 2
        packed, masks = (
            keras.tree.pack_sequence_as(self.structure, part)
            for part in (leaves[:half], leaves[half:])
        )
        return self.with_mask(packed, mask=masks)


def flat(tensors, masks):
    """Returns the flat list that `Packing(tensors, masks)` packs."""
    return [x for x in leaves_of(tensors, masks) if is_given(x)]


def is_given(leaf):
    return leaf is not None


def leaves_of(tensors, masks):
    """Returns the leaves of a structure, then as many masks or Nones."""
    leaves = keras.tree.flatten(tensors)
    if masks is None:
        masks = [None] * len(leaves)
    return leaves + keras.tree.flatten(masks)


class WithMask(keras.layers.Layer):
    """Attaches masks to tensors, for which Keras has no function."""

    def __init__(self):
        super().__init__(dtype="float32", autocast=False)
        self.supports_masking = True

    def call(self, tensors, mask=None):
        return tensors


class MaskOf(keras.layers.Layer):
    """Reads the masks of tensors."""

    def __init__(self):
        super().__init__(dtype="float32", autocast=False)
        self.supports_masking = True

    def call(self, tensors, mask=None):
        return mask

    def compute_mask(self, tensors, mask=None):
        return None
