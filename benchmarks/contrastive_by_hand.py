"""GradCache written by hand around a Keras encoder, once a backend.

Each takes two passes: the vectors of all chunks without a graph, the gradient
of the loss at the vectors, then each chunk again, with the dropout masks that
it had, for the sum of the gradients of the weights.
"""


def by_hand_step(backend, encoder, loss, chunk_size):
    """A training step of AdamW as a function of token ids and partners."""
    import keras

    optimizer = keras.optimizers.AdamW(1e-4)
    optimizer.build(encoder.trainable_variables)
    steps = {
        "tensorflow": tensorflow_step,
        "jax": jax_step,
        "torch": torch_step,
    }
    return steps[backend](encoder, optimizer, loss, chunk_size)


def tensorflow_step(encoder, optimizer, loss, chunk_size):
    import tensorflow as tf

    weights = encoder.trainable_variables
    state = encoder.non_trainable_variables
    sums = [tf.Variable(tf.zeros(weight.shape)) for weight in weights]

    @tf.function(reduce_retracing=True)
    def encode(chunk):
        return encoder(chunk, training=True)

    @tf.function(reduce_retracing=True)
    def gradient_of_vectors(partners, vectors):
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            value = tf.reduce_mean(loss(partners, vectors))
        return value, tape.gradient(value, vectors)

    @tf.function(reduce_retracing=True)
    def add_gradients(chunk, wanted):
        with tf.GradientTape() as tape:
            vectors = encoder(chunk, training=True)
        values = [weight.value for weight in weights]
        gradients = tape.gradient(vectors, values, wanted)
        for total, gradient in zip(sums, gradients):
            total.assign_add(tf.convert_to_tensor(gradient))

    @tf.function
    def update():
        optimizer.apply([total.read_value() for total in sums], weights)
        for total in sums:
            total.assign(tf.zeros_like(total))

    def step(token_ids, partners):
        size = len(token_ids)
        chunks = [
            token_ids[i : i + chunk_size] for i in range(0, size, chunk_size)
        ]
        before, vectors = [], []
        for chunk in chunks:
            before.append([each.numpy() for each in state])
            vectors.append(encode(tf.constant(chunk)))
        after = [each.numpy() for each in state]
        value, wanted = gradient_of_vectors(
            tf.constant(partners), tf.concat(vectors, axis=0)
        )
        for number, (chunk, seeds) in enumerate(zip(chunks, before)):
            start = number * chunk_size
            assign(state, seeds)
            add_gradients(
                tf.constant(chunk), wanted[start : start + chunk_size]
            )
        assign(state, after)
        update()
        return float(value)

    return step


def assign(variables, values):
    for variable, value in zip(variables, values):
        variable.assign(value)


def jax_step(encoder, optimizer, loss, chunk_size):
    import jax

    trained, others = (
        [variable.value for variable in variables]
        for variables in (
            encoder.trainable_variables,
            encoder.non_trainable_variables,
        )
    )
    held = [trained, others, [each.value for each in optimizer.variables]]

    def encode(weights, state, chunk):
        return encoder.stateless_call(weights, state, chunk, training=True)

    def step(weights, state, slots, token_ids, partners):
        chunks = token_ids.reshape(-1, chunk_size, token_ids.shape[1])

        def first(state, chunk):
            vectors, after = encode(weights, state, chunk)
            return after, (vectors, state)

        last, (vectors, states) = jax.lax.scan(first, state, chunks)
        whole = vectors.reshape(-1, vectors.shape[-1])
        value, wanted = jax.value_and_grad(
            lambda vectors: loss(partners, vectors).mean()
        )(whole)

        def second(sums, given):
            chunk, state, wanted = given
            _, pullback = jax.vjp(
                lambda weights: encode(weights, state, chunk)[0], weights
            )
            gradients = pullback(wanted)[0]
            return [a + b for a, b in zip(sums, gradients)], None

        zeros = [jax.numpy.zeros_like(weight) for weight in weights]
        gradients, _ = jax.lax.scan(
            second, zeros, (chunks, states, wanted.reshape(vectors.shape))
        )
        weights, slots = optimizer.stateless_apply(slots, gradients, weights)
        return weights, last, slots, value

    compiled = jax.jit(step, donate_argnums=(0, 1, 2))

    def run(token_ids, partners):
        *held[:], value = compiled(*held, token_ids, partners)
        return float(value)

    return run


def torch_step(encoder, optimizer, loss, chunk_size):
    import torch

    weights = encoder.trainable_variables

    def step(token_ids, partners):
        chunks = torch.tensor(token_ids).split(chunk_size)
        seeds, vectors = [], []
        for chunk in chunks:
            seeds.append(torch.get_rng_state())
            with torch.no_grad():
                vectors.append(encoder(chunk, training=True))
        after = torch.get_rng_state()
        whole = torch.cat(vectors).requires_grad_()
        value = loss(torch.tensor(partners), whole).mean()
        value.backward()
        encoder.zero_grad()
        for chunk, seed, wanted in zip(
            chunks, seeds, whole.grad.split(chunk_size)
        ):
            torch.set_rng_state(seed)
            encoder(chunk, training=True).backward(wanted)
        torch.set_rng_state(after)
        with torch.no_grad():
            optimizer.apply([weight.value.grad for weight in weights], weights)
        return float(value)

    return step
