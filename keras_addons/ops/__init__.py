"""Pure functions of tensors."""

from keras_addons.ops.activations import gelu as gelu
from keras_addons.ops.activations import gelu_sigmoid as gelu_sigmoid
from keras_addons.ops.activations import gelu_tanh as gelu_tanh
from keras_addons.ops.atrous_attention import (
    atrous_attention as atrous_attention,
)
from keras_addons.ops.codebook import average_codebook as average_codebook
from keras_addons.ops.codes import nearest_codes as nearest_codes
from keras_addons.ops.codes import soft_codes as soft_codes
from keras_addons.ops.column_row import column_row_greedy as column_row_greedy
from keras_addons.ops.column_row import column_row_sampled as column_row_sampled
from keras_addons.ops.external_attention import (
    external_attention as external_attention,
)
from keras_addons.ops.finite_scalar import (
    finite_scalar_quantize as finite_scalar_quantize,
)
from keras_addons.ops.finite_scalar import (
    fsq_codes_to_index as fsq_codes_to_index,
)
from keras_addons.ops.finite_scalar import (
    fsq_index_to_codes as fsq_index_to_codes,
)
from keras_addons.ops.fit_activation import fit_activation as fit_activation
from keras_addons.ops.fourier_mixing import fourier_mixing as fourier_mixing
from keras_addons.ops.gaussian import sample_gaussian as sample_gaussian
from keras_addons.ops.gumbel import gumbel_noise as gumbel_noise
from keras_addons.ops.gumbel import gumbel_softmax as gumbel_softmax
from keras_addons.ops.gumbel import sample_categorical as sample_categorical
from keras_addons.ops.gumbel import straight_through as straight_through
from keras_addons.ops.hashed_ngrams import hashed_ngrams as hashed_ngrams
from keras_addons.ops.hierarchical_positions import (
    hierarchical_vectors as hierarchical_vectors,
)
from keras_addons.ops.iterative_top_k import (
    soft_top_k_iterative as soft_top_k_iterative,
)
from keras_addons.ops.linear_attention import (
    linear_attention as linear_attention,
)
from keras_addons.ops.linear_chain import crf_decode as crf_decode
from keras_addons.ops.linear_chain import (
    crf_log_likelihood as crf_log_likelihood,
)
from keras_addons.ops.linear_crossentropy import (
    linear_crossentropy as linear_crossentropy,
)
from keras_addons.ops.local_attention import local_attention as local_attention
from keras_addons.ops.low_rank import low_rank_factors as low_rank_factors
from keras_addons.ops.low_rank import randomized_svd as randomized_svd
from keras_addons.ops.match_lengths import match_lengths as match_lengths
from keras_addons.ops.multi_hot import multi_hot as multi_hot
from keras_addons.ops.orthogonal_map import orthogonal_map as orthogonal_map
from keras_addons.ops.pseudo_inverse import pseudo_inverse as pseudo_inverse
from keras_addons.ops.random_features import elu_features as elu_features
from keras_addons.ops.random_features import (
    orthogonal_projection as orthogonal_projection,
)
from keras_addons.ops.random_features import (
    positive_random_features as positive_random_features,
)
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
from keras_addons.ops.score_normalization import (
    entropy_invariant_scale as entropy_invariant_scale,
)
from keras_addons.ops.score_normalization import (
    squared_relu_weights as squared_relu_weights,
)
from keras_addons.ops.sign_hashing import hash_cosines as hash_cosines
from keras_addons.ops.sign_hashing import sign_hashes as sign_hashes
from keras_addons.ops.sinusoidal import sinusoidal_vectors as sinusoidal_vectors
from keras_addons.ops.smooth_floor import smooth_floor as smooth_floor
from keras_addons.ops.smooth_max import smooth_argmax as smooth_argmax
from keras_addons.ops.smooth_max import smooth_max as smooth_max
from keras_addons.ops.smooth_max import softmax_mean as softmax_mean
from keras_addons.ops.smooth_piecewise_linear import (
    smooth_piecewise_linear as smooth_piecewise_linear,
)
from keras_addons.ops.smooth_piecewise_linear import smooth_relu as smooth_relu
from keras_addons.ops.spans import mask_spans as mask_spans
from keras_addons.ops.sparse_attention import (
    sparse_attention as sparse_attention,
)
from keras_addons.ops.sparsemax import sparsemax as sparsemax
from keras_addons.ops.squareplus import squareplus as squareplus
from keras_addons.ops.subset_top_k import (
    soft_top_k_subsets as soft_top_k_subsets,
)
from keras_addons.ops.tap_convolution import tap_convolution as tap_convolution
from keras_addons.ops.taylor_softmax import taylor_softmax as taylor_softmax
from keras_addons.ops.tf_idf import tf_idf_weights as tf_idf_weights
from keras_addons.ops.threshold_top_k import (
    soft_top_k_exponential as soft_top_k_exponential,
)
from keras_addons.ops.threshold_top_k import (
    soft_top_k_laplace as soft_top_k_laplace,
)
from keras_addons.ops.threshold_top_k import (
    soft_top_k_sigmoid as soft_top_k_sigmoid,
)
from keras_addons.ops.token_mixing import mix_tokens as mix_tokens
from keras_addons.ops.vector_quantization import pass_gradient as pass_gradient
from keras_addons.ops.vector_quantization import (
    vector_quantization_losses as vector_quantization_losses,
)
from keras_addons.ops.vector_quantized_attention import (
    vector_quantized_attention as vector_quantized_attention,
)
