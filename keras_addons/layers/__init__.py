"""Layers: each a `keras.layers.Layer`, except `KeyValueCache`."""

from keras_addons.layers.attention.key_value_cache import (
    KeyValueCache as KeyValueCache,
)
from keras_addons.layers.attention.multi_head_attention import (
    MultiHeadAttention as MultiHeadAttention,
)
from keras_addons.layers.attention.rerope import ReRoPE as ReRoPE
from keras_addons.layers.blocks.feed_forward import FeedForward as FeedForward
from keras_addons.layers.blocks.first_token_block import (
    FirstTokenBlock as FirstTokenBlock,
)
from keras_addons.layers.blocks.transformer_block import (
    TransformerBlock as TransformerBlock,
)
from keras_addons.layers.embeddings.embedding import Embedding as Embedding
from keras_addons.layers.embeddings.segment_embedding import (
    SegmentEmbedding as SegmentEmbedding,
)
from keras_addons.layers.language_model.bias_add import BiasAdd as BiasAdd
from keras_addons.layers.language_model.language_model_loss import (
    LanguageModelLoss as LanguageModelLoss,
)
from keras_addons.layers.language_model.token_losses import (
    TokenLosses as TokenLosses,
)
from keras_addons.layers.memory.gradient_cache import (
    GradientCache as GradientCache,
)
from keras_addons.layers.normalization.whitening import Whitening as Whitening
from keras_addons.layers.pairs.learned_scale import LearnedScale as LearnedScale
from keras_addons.layers.pairs.pair_features import PairFeatures as PairFeatures
from keras_addons.layers.positions.position_embedding import (
    PositionEmbedding as PositionEmbedding,
)
from keras_addons.layers.positions.relative_position_bias import (
    RelativePositionBias as RelativePositionBias,
)
from keras_addons.layers.positions.relative_position_vectors import (
    RelativePositionVectors as RelativePositionVectors,
)
from keras_addons.layers.positions.rotary_embedding import (
    RotaryEmbedding as RotaryEmbedding,
)
from keras_addons.layers.positions.sinusoidal_position_embedding import (
    SinusoidalPositionEmbedding as SinusoidalPositionEmbedding,
)
from keras_addons.layers.projections.low_rank_dense import (
    LowRankDense as LowRankDense,
)
from keras_addons.layers.projections.random_projection import (
    RandomProjection as RandomProjection,
)
from keras_addons.layers.projections.sampled_gradient_dense import (
    SampledGradientDense as SampledGradientDense,
)
from keras_addons.layers.sampling.gaussian_reparameterization import (
    GaussianReparameterization as GaussianReparameterization,
)
from keras_addons.layers.sampling.gumbel_softmax import (
    GumbelSoftmax as GumbelSoftmax,
)
from keras_addons.layers.tagging.conditional_random_field import (
    ConditionalRandomField as ConditionalRandomField,
)
from keras_addons.layers.tagging.efficient_global_pointer import (
    EfficientGlobalPointer as EfficientGlobalPointer,
)
from keras_addons.layers.tagging.global_pointer import (
    GlobalPointer as GlobalPointer,
)
