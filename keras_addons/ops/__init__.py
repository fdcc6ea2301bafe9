"""Pure functions of tensors."""

from keras_addons.ops.activations import gelu as gelu
from keras_addons.ops.activations import gelu_tanh as gelu_tanh
from keras_addons.ops.column_row import column_row_greedy as column_row_greedy
from keras_addons.ops.column_row import column_row_sampled as column_row_sampled
from keras_addons.ops.gaussian import sample_gaussian as sample_gaussian
from keras_addons.ops.gumbel import gumbel_noise as gumbel_noise
from keras_addons.ops.gumbel import gumbel_softmax as gumbel_softmax
from keras_addons.ops.gumbel import sample_categorical as sample_categorical
from keras_addons.ops.gumbel import straight_through as straight_through
from keras_addons.ops.hierarchical_positions import (
    hierarchical_vectors as hierarchical_vectors,
)
from keras_addons.ops.linear_chain import crf_decode as crf_decode
from keras_addons.ops.linear_chain import (
    crf_log_likelihood as crf_log_likelihood,
)
from keras_addons.ops.linear_crossentropy import (
    linear_crossentropy as linear_crossentropy,
)
from keras_addons.ops.low_rank import low_rank_factors as low_rank_factors
from keras_addons.ops.low_rank import randomized_svd as randomized_svd
from keras_addons.ops.multi_hot import multi_hot as multi_hot
from keras_addons.ops.orthogonal_map import orthogonal_map as orthogonal_map
from keras_addons.ops.pseudo_inverse import pseudo_inverse as pseudo_inverse
from keras_addons.ops.random_projection import (
    projection_matrix as projection_matrix,
)
from keras_addons.ops.random_projection import (
    projection_size as projection_size,
)
from keras_addons.ops.relative_positions import (
    distance_buckets as distance_buckets,
)
from keras_addons.ops.rotary import ntk_aware_base as ntk_aware_base
from keras_addons.ops.sampled_gradient import (
    matmul_with_sampled_gradient as matmul_with_sampled_gradient,
)
from keras_addons.ops.sign_hashing import hash_cosines as hash_cosines
from keras_addons.ops.sign_hashing import sign_hashes as sign_hashes
from keras_addons.ops.sinusoidal import sinusoidal_vectors as sinusoidal_vectors
from keras_addons.ops.spans import mask_spans as mask_spans
