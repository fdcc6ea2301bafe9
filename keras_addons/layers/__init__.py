"""Layers, the cache of an attention and the normalizations of its scores."""

from keras_addons.layers.attention.atrous_attention import (
    AtrousAttention as AtrousAttention,
)
from keras_addons.layers.attention.efficient_attention import (
    EfficientAttention as EfficientAttention,
)
from keras_addons.layers.attention.elu_features import (
    EluFeatures as EluFeatures,
)
from keras_addons.layers.attention.entropy_invariant_softmax import (
    EntropyInvariantSoftmax as EntropyInvariantSoftmax,
)
from keras_addons.layers.attention.flash_gated_attention_unit import (
    FlashGatedAttentionUnit as FlashGatedAttentionUnit,
)
from keras_addons.layers.attention.gated_attention_unit import (
    GatedAttentionUnit as GatedAttentionUnit,
)
from keras_addons.layers.attention.key_codebook import (
    KeyCodebook as KeyCodebook,
)
from keras_addons.layers.attention.key_value_cache import (
    KeyValueCache as KeyValueCache,
)
from keras_addons.layers.attention.linear_attention import (
    LinearAttention as LinearAttention,
)
from keras_addons.layers.attention.local_attention import (
    LocalAttention as LocalAttention,
)
from keras_addons.layers.attention.multi_head_attention import (
    MultiHeadAttention as MultiHeadAttention,
)
from keras_addons.layers.attention.random_features import (
    RandomFeatures as RandomFeatures,
)
from keras_addons.layers.attention.rerope import ReRoPE as ReRoPE
from keras_addons.layers.attention.score_normalization import (
    ScoreNormalization as ScoreNormalization,
)
from keras_addons.layers.attention.soft_codes import SoftCodes as SoftCodes
from keras_addons.layers.attention.sparse_attention import (
    SparseAttention as SparseAttention,
)
from keras_addons.layers.attention.squared_relu import (
    SquaredReLU as SquaredReLU,
)
from keras_addons.layers.attention.vector_quantized_attention import (
    VectorQuantizedAttention as VectorQuantizedAttention,
)
from keras_addons.layers.blocks.feed_forward import FeedForward as FeedForward
from keras_addons.layers.blocks.first_token_block import (
    FirstTokenBlock as FirstTokenBlock,
)
from keras_addons.layers.blocks.transformer_block import (
    TransformerBlock as TransformerBlock,
)
from keras_addons.layers.discrete.finite_scalar_quantizer import (
    FiniteScalarQuantizer as FiniteScalarQuantizer,
)
from keras_addons.layers.discrete.vector_quantizer import (
    VectorQuantizer as VectorQuantizer,
)
from keras_addons.layers.embeddings.embedding import Embedding as Embedding
from keras_addons.layers.embeddings.match_embedding import (
    MatchEmbedding as MatchEmbedding,
)
from keras_addons.layers.embeddings.ngram_embedding import (
    NgramEmbedding as NgramEmbedding,
)
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
from keras_addons.layers.mixing.affine_token_mixing import (
    AffineTokenMixing as AffineTokenMixing,
)
from keras_addons.layers.mixing.dense_synthesizer import (
    DenseSynthesizer as DenseSynthesizer,
)
from keras_addons.layers.mixing.dynamic_convolution import (
    DynamicConvolution as DynamicConvolution,
)
from keras_addons.layers.mixing.external_attention import (
    ExternalAttention as ExternalAttention,
)
from keras_addons.layers.mixing.fourier_mixing import (
    FourierMixing as FourierMixing,
)
from keras_addons.layers.mixing.gated_mlp import GatedMLP as GatedMLP
from keras_addons.layers.mixing.lightweight_convolution import (
    LightweightConvolution as LightweightConvolution,
)
from keras_addons.layers.mixing.random_synthesizer import (
    RandomSynthesizer as RandomSynthesizer,
)
from keras_addons.layers.mixing.spatial_gating_unit import (
    SpatialGatingUnit as SpatialGatingUnit,
)
from keras_addons.layers.mixing.token_mixer import TokenMixer as TokenMixer
from keras_addons.layers.mixing.token_mlp import TokenMLP as TokenMLP
from keras_addons.layers.normalization.conditional_layer_normalization import (
    ConditionalLayerNormalization as ConditionalLayerNormalization,
)
from keras_addons.layers.normalization.residual import Residual as Residual
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
from keras_addons.layers.projections.tf_idf_dense import (
    TfIdfDense as TfIdfDense,
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
