"""Pure functions of tensors."""

from keras_addons.ops.activations import gelu as gelu
from keras_addons.ops.activations import gelu_tanh as gelu_tanh
from keras_addons.ops.codebook import average_codebook as average_codebook
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
from keras_addons.ops.fourier_mixing import fourier_mixing as fourier_mixing
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
from keras_addons.ops.multi_hot import multi_hot as multi_hot
from keras_addons.ops.relative_positions import (
    distance_buckets as distance_buckets,
)
from keras_addons.ops.rotary import ntk_aware_base as ntk_aware_base
from keras_addons.ops.sinusoidal import sinusoidal_vectors as sinusoidal_vectors
from keras_addons.ops.spans import mask_spans as mask_spans
from keras_addons.ops.tap_convolution import tap_convolution as tap_convolution
from keras_addons.ops.token_mixing import mix_tokens as mix_tokens
from keras_addons.ops.vector_quantization import nearest_codes as nearest_codes
from keras_addons.ops.vector_quantization import pass_gradient as pass_gradient
from keras_addons.ops.vector_quantization import (
    vector_quantization_losses as vector_quantization_losses,
)
