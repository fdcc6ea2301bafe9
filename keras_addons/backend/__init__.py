"""Functions with an implementation for each backend of Keras.

The only package that names a backend; the rest is written in `keras.ops`.
Each file here declares functions with their meaning, arguments and results.
`tensorflow/`, `jax/` and `torch/` implement the functions, in files of the
same names.
"""

from keras_addons.backend.chunks import chunked_call as chunked_call
from keras_addons.backend.chunks import read_back as read_back
from keras_addons.backend.chunks import with_rows as with_rows
from keras_addons.backend.devices import all_gather as all_gather
from keras_addons.backend.devices import any_replica as any_replica
from keras_addons.backend.devices import data_parallel as data_parallel
from keras_addons.backend.devices import layout_of as layout_of
from keras_addons.backend.devices import num_replicas as num_replicas
from keras_addons.backend.devices import predict_batch as predict_batch
from keras_addons.backend.devices import raise_if_strategy as raise_if_strategy
from keras_addons.backend.devices import (
    raise_if_strategy_unsupported as raise_if_strategy_unsupported,
)
from keras_addons.backend.devices import splits_batches as splits_batches
from keras_addons.backend.devices import sum_over_replicas as sum_over_replicas
from keras_addons.backend.inference import predictor as predictor
from keras_addons.backend.inference import (
    predictor_of_steps as predictor_of_steps,
)
from keras_addons.backend.inference import (
    recompiles_on_new_shape as recompiles_on_new_shape,
)
from keras_addons.backend.kernels import complex_rotation as complex_rotation
from keras_addons.backend.kernels import computed_once as computed_once
from keras_addons.backend.kernels import (
    cumulative_logsumexp as cumulative_logsumexp,
)
from keras_addons.backend.kernels import fused_attention as fused_attention
from keras_addons.backend.kernels import reshape as reshape
from keras_addons.backend.kernels import while_loop as while_loop
from keras_addons.backend.kernels import with_derivative as with_derivative
from keras_addons.backend.kernels import write_slice as write_slice
from keras_addons.backend.random import random_16_bits as random_16_bits
from keras_addons.backend.rows import accumulate as accumulate
from keras_addons.backend.rows import combine_rows as combine_rows
from keras_addons.backend.rows import gather_rows as gather_rows
from keras_addons.backend.rows import is_sparse as is_sparse
from keras_addons.backend.rows import sparse_rows as sparse_rows
from keras_addons.backend.rows import stored_values as stored_values
from keras_addons.backend.rows import to_dense as to_dense
from keras_addons.backend.squares import mean_square as mean_square
from keras_addons.backend.squares import (
    products_with_squares as products_with_squares,
)
from keras_addons.backend.steps import after_update as after_update
from keras_addons.backend.steps import assign_all as assign_all
from keras_addons.backend.steps import conditional_update as conditional_update
from keras_addons.backend.steps import is_compiling as is_compiling
from keras_addons.backend.steps import (
    seed_native_generator as seed_native_generator,
)
from keras_addons.backend.steps import unlikely_update as unlikely_update
from keras_addons.backend.steps import (
    update_outside_step as update_outside_step,
)
from keras_addons.backend.temporary import Temporary as Temporary
from keras_addons.backend.training import TrainStep as TrainStep
from keras_addons.backend.training import add_gradients as add_gradients
from keras_addons.backend.training import denormals_flushed as denormals_flushed
from keras_addons.backend.training import (
    loss_and_gradients as loss_and_gradients,
)
