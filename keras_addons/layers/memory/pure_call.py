"""A layer as a function without side effects, on lists of tensors."""

import keras

from keras_addons import backend
from keras_addons.layers.memory.chunkable import rows_of_examples


class PureCall:
    """Calls a layer with the values of its variables given by hand.

    `call(weights, state, tensors)` takes the values of `call.weights` and
    `call.state` and the flat inputs with their masks, and returns the flat
    outputs with their masks, and the new values of the state that the layer
    assigns, by position. `call.pack` makes Keras outputs of the former.

    Args:
        layer: a built layer or model with one, possibly nested, input.
        inputs: tensor or structure of tensors, of which some may be None.
        masks: None, or a structure as `inputs` of Keras masks and None.
        training: None or bool, passed on.
    """

    def __init__(self, layer, inputs, masks, training):
        self.layer = layer
        self.training = training
        self.weights = layer.trainable_variables
        self.state = state_of(layer)
        self.inputs = Packing(inputs, masks)
        self.outputs = None  # its packing, known after the first call
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
        """New values by position in `state`; refuses what cannot be split."""
        if scope.losses:
            raise ValueError(
                f"`encoder` must not add losses while it is called: whether "
                "they are sums or means of the examples is not known of a "
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
        """Gives the variables the values that the last chunk has left."""
        for position in sorted(self.changed):
            self.state[position].assign(state[position])


def state_of(layer):
    """All variables that a layer reads and does not train, once each."""
    trained = {id(each) for each in layer.trainable_variables}
    variables = layer.variables + layer.metrics_variables
    unique = {id(each): each for each in variables}
    return [each for key, each in unique.items() if key not in trained]


class Scope(keras.StatelessScope):
    """Holds values for variables, and what is assigned to them."""

    def __init__(self, state_mapping):
        super().__init__(collect_losses=True, initialize_variables=False)
        # Values of the right shape, once a chunk: Keras would check them.
        for variable, value in state_mapping:
            self.state_mapping[id(variable)] = value
        self.assigned = {}

    def add_update(self, update):
        variable, value = update
        value = backend.read_back(value)
        self.assigned[id(variable)] = value
        super().add_update((variable, value))


class Packing:
    """How a flat list of tensors and masks makes up a structure."""

    def __init__(self, tensors, masks):
        # No tensor is kept: it would keep the graph that it came from.
        self.structure = keras.tree.map_structure(is_given, tensors)
        self.is_given = [is_given(x) for x in leaves_of(tensors, masks)]
        self.with_mask = WithMask()

    def pack(self, tensors):
        """The structure with `tensors` in it, and masks attached to them."""
        tensors = iter(tensors)
        leaves = [next(tensors) if each else None for each in self.is_given]
        half = len(leaves) // 2
        packed, masks = (
            keras.tree.pack_sequence_as(self.structure, part)
            for part in (leaves[:half], leaves[half:])
        )
        return self.with_mask(packed, mask=masks)


def flat(tensors, masks):
    """The list that `Packing(tensors, masks)` packs."""
    return [x for x in leaves_of(tensors, masks) if is_given(x)]


def is_given(leaf):
    return leaf is not None


def leaves_of(tensors, masks):
    """The tensors of a structure, then as many masks; None where none is."""
    leaves = keras.tree.flatten(tensors)
    if masks is None:
        masks = [None] * len(leaves)
    return leaves + keras.tree.flatten(masks)


class WithMask(keras.layers.Layer):
    """Attaches masks to tensors; Keras has no function for it."""

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
