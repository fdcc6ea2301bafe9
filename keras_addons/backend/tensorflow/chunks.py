"""TensorFlow: chunks that are recomputed in the backward pass."""

import tensorflow as tf
from tensorflow.python.eager import record

from keras_addons.backend.tensorflow.steps import is_compiling_with_xla
from keras_addons.backend.tensorflow.sums import Sums


def chunked_call(call, weights, state, inputs, chunk_size):
    weights, state, inputs = (
        [tf.convert_to_tensor(each) for each in tensors]
        for tensors in (weights, state, inputs)
    )
    function = traced(call, weights, state, inputs)
    specs = function.structured_outputs[0]
    # Under XLA the inputs of the function would be constants, so that new
    # weights compile again. The backward pass does not call the function
    # either: the tensors saved for its gradient would live until the gradient
    # of the whole batch is complete.
    first_call = call if is_compiling_with_xla() else function
    chunks = Chunks(inputs, chunk_size)

    @tf.custom_gradient
    def run(weights, state, inputs):
        with record.stop_recording():
            outputs, last_state = forward(
                first_call, specs, chunks, weights, state, inputs
            )

        def gradient(*gradients):
            gradients = gradients[: len(specs)]  # the state has no gradient
            weight_gradients, input_gradients = backward(
                call, chunks, weights, state, inputs, gradients
            )
            return weight_gradients, [None] * len(state), input_gradients

        return outputs + last_state, gradient

    results = run(weights, state, inputs)
    return results[: len(specs)], results[len(specs) :]


def traced(call, weights, state, inputs):
    """Traces `call` to a graph for chunks of any size."""
    values = [
        [tf.TensorSpec(each.shape, each.dtype) for each in tensors]
        for tensors in (weights, state)
    ]
    chunk = [tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in inputs]
    function = tf.function(call, autograph=False)
    return function.get_concrete_function(*values, chunk)


class Chunks:
    """Selects the examples of each chunk.

    The last chunk may be smaller. Under XLA, where each iteration of a loop
    has the same shapes, copies of the last example fill it; the copies get
    no gradient.
    """

    def __init__(self, inputs, chunk_size):
        self.static_batch = inputs[0].shape[0]
        self.batch = tf.shape(inputs[0])[0]
        self.count = (self.batch + chunk_size - 1) // chunk_size
        self.chunk_size = chunk_size
        self.is_static = is_compiling_with_xla()
        # Outside the loop, where the size is static for XLA.
        self.offsets = tf.range(tf.minimum(chunk_size, self.batch))

    def loop(self, body, initial):
        """Runs `body(number, *values)` for each chunk; returns the values."""
        return tf.while_loop(
            lambda number, *values: number < self.count,
            lambda number, *values: (number + 1, *body(number, *values)),
            (0, *initial),
            parallel_iterations=1,  # the activations of one chunk in memory
        )[1:]

    def rows(self, number):
        start = number * self.chunk_size
        if self.is_static:
            return start + self.offsets
        return tf.range(start, tf.minimum(start + self.chunk_size, self.batch))

    def take(self, tensors, number):
        rows = tf.minimum(self.rows(number), self.batch - 1)
        return [tf.gather(tensor, rows) for tensor in tensors]

    def take_gradients(self, gradients, number):
        taken = self.take(gradients, number)
        if not self.is_static:
            return taken
        is_real = self.rows(number) < self.batch
        return [
            tf.where(
                tf.reshape(is_real, [-1] + [1] * (len(each.shape) - 1)),
                each,
                tf.zeros_like(each),
            )
            for each in taken
        ]

    def arrays(self, specs):
        """Makes arrays that take one tensor per chunk."""
        return [
            tf.TensorArray(
                each.dtype,
                self.count,
                element_shape=[None, *each.shape[1:]],
                infer_shape=False,
            )
            for each in specs
        ]

    def join(self, arrays, specs):
        """Concatenates the chunks of each array to the whole batch."""
        return [self.join_one(*pair) for pair in zip(arrays, specs)]

    def join_one(self, array, spec):
        if self.is_static:
            stacked = array.stack()  # (count, chunk, ...)
            shape = tf.concat([[-1], tf.shape(stacked)[2:]], axis=0)
            joined = tf.reshape(stacked, shape)[: self.batch]
        else:
            joined = array.concat()
        joined.set_shape([self.static_batch, *spec.shape[1:]])
        return joined


def forward(call, specs, chunks, weights, state, inputs):
    """Computes the outputs of the batch and the state after the last chunk."""

    def body(number, state, arrays):
        outputs, updates = call(weights, state, chunks.take(inputs, number))
        return updated(state, updates), written(arrays, number, outputs)

    state, arrays = chunks.loop(body, (state, chunks.arrays(specs)))
    return chunks.join(arrays, specs), state


def backward(call, chunks, weights, state, inputs, gradients):
    """Computes the gradients of the weights, summed, and of the inputs."""
    is_float = [each.dtype.is_floating for each in inputs]
    float_inputs = [x for x, each in zip(inputs, is_float) if each]
    gradients = [each for each in gradients if each.dtype.is_floating]
    sums = Sums(weights)

    def body(number, state, totals, arrays):
        chunk = chunks.take(inputs, number)
        sources = [x for x, each in zip(chunk, is_float) if each]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([weights, sources])
            outputs, updates = call(weights, state, chunk)
        of_weights, of_sources = tape.gradient(
            [each for each in outputs if each.dtype.is_floating],
            [weights, sources],
            chunks.take_gradients(gradients, number),
        )
        of_sources = [
            tf.zeros_like(x) if each is None else tf.convert_to_tensor(each)
            for x, each in zip(sources, of_sources)
        ]
        totals = sums.add(totals, of_weights)
        arrays = written(arrays, number, of_sources)
        return updated(state, updates), totals, arrays

    arrays = chunks.arrays(float_inputs)
    _, totals, arrays = chunks.loop(body, (state, sums.zeros(), arrays))
    joined = iter(chunks.join(arrays, float_inputs))
    of_inputs = [next(joined) if each else None for each in is_float]
    return sums.results(totals), of_inputs


def updated(state, updates):
    return [updates.get(i, value) for i, value in enumerate(state)]


def written(arrays, number, tensors):
    return [array.write(number, x) for array, x in zip(arrays, tensors)]


def read_back(value):
    return tf.stop_gradient(value)


def with_rows(tensor, num_rows, message):
    # Called in the body of the loop, so the graph grows by a few nodes,
    # independent of the number of chunks.
    if isinstance(num_rows, int) and tensor.shape[0] is not None:
        if tensor.shape[0] != num_rows:
            raise ValueError(message)
        return tensor
    shape = tf.shape(tensor)
    check = tf.debugging.assert_equal(shape[0], num_rows, message)
    with tf.control_dependencies([check] if check is not None else []):
        reshaped = tf.reshape(tensor, tf.concat([[num_rows], shape[1:]], 0))
    reshaped.set_shape([None, *tensor.shape[1:]])
    return reshaped
