"""Cross-entropy over a large vocabulary without the whole logits."""

from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer


def linear_crossentropy(features, table, targets, bias=None, chunk_size=256):
    """Computes the cross-entropy of a tied output layer chunk by chunk.

    `logsumexp_v(z_v) - z_target` of the logits `z = table features + bias`.
    Only rows that have a target are computed, `chunk_size` rows at a time;
    the backward pass computes the logits again. Memory beyond arguments and
    gradients: a few chunks of `chunk_size * vocabulary` float32 numbers and a
    second gradient of the table, independent of the number of rows. Time: 4
    matrix products for each row with a target, where whole logits take 3 for
    every row.

    Matrix products are in the dtype of `features`; softmax, losses and the
    sums of gradients are in float32.

    Args:
        features: float tensor (..., dim).
        table: float tensor (vocabulary, dim).
        targets: integer tensor (...); values below 1 mean: no target.
        bias: None or float tensor (vocabulary,). Defaults to None.
        chunk_size: positive int, the number of rows of a chunk. Defaults to
            256.

    Returns:
        float32 tensor (...), 0 where there is no target.

    Raises:
        ValueError: `chunk_size` is not positive.

    Example:

    >>> features = ops.ones((2, 3, 4))
    >>> targets = ops.array([[5, 1, 0], [9, 0, 0]])
    >>> losses = linear_crossentropy(features, ops.zeros((10, 4)), targets)
    >>> ops.convert_to_numpy(losses).round(3)  # log(10) = 2.303
    array([[2.303, 2.303, 0.   ],
           [2.303, 0.   , 0.   ]], dtype=float32)

    Reference:
        [Wijmans et al., 2024](https://arxiv.org/abs/2411.09009)
    """
    chunk_size = check_integer("chunk_size", chunk_size, 1)
    if bias is None:
        bias = ops.zeros((table.shape[0],), dtype=table.dtype)
    rows = ops.reshape(features, (-1, features.shape[-1]))
    losses = make_chunked_loss(chunk_size)(
        rows,
        # On TensorFlow a function with a custom gradient must not read a
        # variable, so the variable is read here.
        ops.reshape(table, table.shape),
        ops.reshape(bias, bias.shape),
        ops.reshape(ops.cast(targets, "int32"), (-1,)),
    )
    return ops.reshape(losses, ops.shape(features)[:-1])


def make_chunked_loss(chunk_size):
    """Makes the loss of (rows, table, bias, targets) with custom gradients."""

    @ops.custom_gradient
    def losses_of(rows, table, bias, targets):
        chunks = Chunks(targets, chunk_size)
        losses, log_totals = forward(chunks, rows, table, bias)

        def gradient(*arguments, upstream=None):
            if upstream is None:  # torch passes it by position
                (upstream,) = arguments
            gradients = backward(
                chunks, rows, table, bias, log_totals, upstream
            )
            return (*gradients, None)

        return chunks.unsort(losses), gradient

    return losses_of


class Chunks:
    """Cuts the rows that have a target into chunks, by sorting them first."""

    def __init__(self, targets, size):
        self.size = size
        self.targets = targets
        num_rows = ops.shape(targets)[0]
        self.order = ops.argsort(ops.cast(targets < 1, "int32"))
        self.num_targets = ops.sum(ops.cast(targets > 0, "int32"))
        self.last = num_rows - 1
        # A multiple of the chunk size, as the last chunk may be incomplete.
        self.num_padded = -(-num_rows // size) * size

    def at(self, start):
        """Returns row numbers and targets of a chunk; -1 means: no target."""
        places = start + ops.arange(self.size, dtype="int32")
        rows = ops.take(self.order, ops.minimum(places, self.last))
        targets = ops.take(self.targets, rows)
        return rows, ops.where(places < self.num_targets, targets, -1)

    def loop(self, body, values):
        """Runs `values = body(start, *values)` for each chunk with targets."""

        def step(start, *values):
            return (start + self.size, *body(start, *values))

        start = ops.zeros((), dtype="int32")
        return backend.while_loop(
            lambda start, *values: start < self.num_targets,
            step,
            (start, *values),
        )[1:]

    def unsort(self, values):
        """Puts rows from the order of the chunks back in the given order."""
        return ops.take(values, ops.argsort(self.order), axis=0)


def chunk_logits(features, table, bias):
    logits = ops.matmul(features, ops.transpose(table))
    return ops.cast(logits, "float32") + ops.cast(bias, "float32")


def forward(chunks, rows, table, bias):
    """Computes losses and logsumexps, in the order of the chunks."""
    table = ops.cast(table, rows.dtype)

    def step(start, losses, log_totals):
        numbers, targets = chunks.at(start)
        logits = chunk_logits(ops.take(rows, numbers, axis=0), table, bias)
        chosen = ops.maximum(targets, 0)[:, None]
        chosen = ops.take_along_axis(logits, chosen, axis=1)[:, 0]
        log_total = ops.logsumexp(logits, axis=1)
        loss = ops.where(targets > 0, log_total - chosen, 0.0)
        return (
            backend.write_slice(losses, 0, start, loss),
            backend.write_slice(log_totals, 0, start, log_total),
        )

    shape = (chunks.num_padded,)
    zeros = [ops.zeros(shape, dtype="float32") for _ in range(2)]
    return chunks.loop(step, zeros)  # two tensors: torch writes in place


def backward(chunks, rows, table, bias, log_totals, upstream):
    """Computes the gradients of rows, table and bias.

    The gradient of the logits is `softmax - one_hot`.
    """
    narrow_table = ops.cast(table, rows.dtype)

    def step(start, rows_gradient, table_gradient, bias_gradient):
        numbers, targets = chunks.at(start)
        features = ops.take(rows, numbers, axis=0)
        logits = chunk_logits(features, narrow_table, bias)
        log_total = ops.slice(log_totals, (start,), (chunks.size,))
        scale = ops.where(targets > 0, ops.take(upstream, numbers), 0.0)
        error = logits_gradient(logits, log_total, targets) * scale[:, None]
        bias_gradient = bias_gradient + ops.sum(error, axis=0)
        error = ops.cast(error, rows.dtype)
        into_rows = ops.matmul(error, narrow_table)
        into_table = ops.matmul(ops.transpose(error), features)
        return (
            backend.write_slice(rows_gradient, 0, start, into_rows),
            table_gradient + ops.cast(into_table, "float32"),
            bias_gradient,
        )

    dim = rows.shape[-1]
    into_rows, into_table, into_bias = chunks.loop(
        step,
        (
            ops.zeros((chunks.num_padded, dim), dtype=rows.dtype),
            ops.zeros(table.shape, dtype="float32"),
            ops.zeros(bias.shape, dtype="float32"),
        ),
    )
    return (
        chunks.unsort(into_rows),
        ops.cast(into_table, table.dtype),
        ops.cast(into_bias, bias.dtype),
    )


def logits_gradient(logits, log_total, targets):
    """Computes `softmax(logits) - one_hot(targets)`."""
    probabilities = ops.exp(logits - log_total[:, None])
    targets = ops.maximum(targets, 0)[:, None]
    chosen = ops.take_along_axis(probabilities, targets, axis=1)[:, 0]
    # Written into the probabilities: a one-hot tensor would be as large.
    numbers = ops.arange(logits.shape[0], dtype="int32")[:, None]
    places = ops.concatenate([numbers, targets], axis=1)
    return ops.scatter_update(probabilities, places, chosen - 1.0)
