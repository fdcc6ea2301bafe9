"""Pure functions of tensors."""

from keras_addons.ops.activations import gelu as gelu
from keras_addons.ops.activations import gelu_tanh as gelu_tanh
from keras_addons.ops.external_attention import (
    external_attention as external_attention,
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
