"""The seam: the only package that names a backend.

Every function here exists once a backend, with one meaning; the rest of the
package is written in `keras.ops`.
"""

import keras

if keras.backend.backend() == "tensorflow":
    from keras_addons.backend import tensorflow as chosen
    from keras_addons.backend import tensorflow_chunks as chunks
    from keras_addons.backend import tensorflow_random as random
    from keras_addons.backend import tensorflow_rows as rows
    from keras_addons.backend import tensorflow_temporary as temporary
elif keras.backend.backend() == "jax":
    from keras_addons.backend import jax as chosen
    from keras_addons.backend import jax_chunks as chunks
    from keras_addons.backend import jax_random as random
    from keras_addons.backend import jax_rows as rows
    from keras_addons.backend import jax_temporary as temporary
elif keras.backend.backend() == "torch":
    from keras_addons.backend import torch as chosen
    from keras_addons.backend import torch_chunks as chunks
    from keras_addons.backend import torch_random as random
    from keras_addons.backend import torch_rows as rows
    from keras_addons.backend import torch_temporary as temporary
else:
    raise ImportError(
        "keras_addons runs on the TensorFlow, JAX and torch backends of "
        f"Keras. Received: KERAS_BACKEND={keras.backend.backend()}"
    )

COMPILES_EVERY_SHAPE = chosen.COMPILES_EVERY_SHAPE
Temporary = temporary.Temporary

accumulate = rows.accumulate
all_gather = chosen.all_gather
any_replica = chosen.any_replica
assign_all = chosen.assign_all
chunked_call = chunks.chunked_call
combine_rows = rows.combine_rows
complex_rotation = chosen.complex_rotation
computed_once = chosen.computed_once
conditional_update = chosen.conditional_update
fused_attention = chosen.fused_attention
gather_rows = rows.gather_rows
is_compiling = chosen.is_compiling
is_sparse = rows.is_sparse
predictor = chosen.predictor
predictor_of_steps = chosen.predictor_of_steps
products_with_squares = chosen.products_with_squares
random_16_bits = random.random_16_bits
read_back = chunks.read_back
reshape = chosen.reshape
seed_native_generator = chosen.seed_native_generator
sparse_rows = rows.sparse_rows
stored_values = rows.stored_values
to_dense = rows.to_dense
unlikely_update = chosen.unlikely_update
update_outside_step = chosen.update_outside_step
while_loop = chosen.while_loop
with_derivative = chosen.with_derivative
with_rows = chunks.with_rows
write_slice = chosen.write_slice
