"""Pure functions of tensors."""

from keras_addons.ops.activations import gelu as gelu
from keras_addons.ops.activations import gelu_tanh as gelu_tanh
from keras_addons.ops.atrous_attention import (
    atrous_attention as atrous_attention,
)
from keras_addons.ops.codes import nearest_codes as nearest_codes
from keras_addons.ops.codes import soft_codes as soft_codes
from keras_addons.ops.gaussian import sample_gaussian as sample_gaussian
from keras_addons.ops.gumbel import gumbel_noise as gumbel_noise
from keras_addons.ops.gumbel import gumbel_softmax as gumbel_softmax
from keras_addons.ops.gumbel import sample_categorical as sample_categorical
from keras_addons.ops.gumbel import straight_through as straight_through
from keras_addons.ops.hierarchical_positions import (
    hierarchical_vectors as hierarchical_vectors,
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
from keras_addons.ops.multi_hot import multi_hot as multi_hot
from keras_addons.ops.random_features import elu_features as elu_features
from keras_addons.ops.random_features import (
    orthogonal_projection as orthogonal_projection,
)
from keras_addons.ops.random_features import (
    positive_random_features as positive_random_features,
)
from keras_addons.ops.relative_positions import (
    distance_buckets as distance_buckets,
)
from keras_addons.ops.rotary import ntk_aware_base as ntk_aware_base
from keras_addons.ops.sinusoidal import sinusoidal_vectors as sinusoidal_vectors
from keras_addons.ops.spans import mask_spans as mask_spans
from keras_addons.ops.sparse_attention import (
    sparse_attention as sparse_attention,
)
from keras_addons.ops.vector_quantized_attention import (
    vector_quantized_attention as vector_quantized_attention,
)
