"""Writes docs/parity.md: how far this package is from independent ones.

    KERAS_BACKEND=torch python docs/parity.py

Each function below computes the same thing twice, from the same numbers. A
test runs them on every backend and compares with the tolerance of the row.
"""

from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import optax
import scipy.linalg
import scipy.spatial
import scipy.special
import scipy.stats
import torch
import transformers
from keras import ops as kops
from torch.nn import functional
from transformers.models.fnet import modeling_fnet
from transformers.models.llama import modeling_llama
from transformers.models.roformer import modeling_roformer
from transformers.models.t5 import modeling_t5

from keras_addons import layers
from keras_addons import losses
from keras_addons import metrics
from keras_addons import ops
from keras_addons import optimizers

PAGE = Path(__file__).with_name("parity.md")
ROWS = []


class Row(NamedTuple):
    """A comparison: what, with whom, its function and its tolerance."""

    name: str
    other: str
    compare: object
    tolerance: float

    def difference(self):
        """Returns the largest difference, relative to the largest value."""
        ours, theirs = self.compare()
        ours = np.asarray(kops.convert_to_numpy(ours), "float64")
        theirs = np.asarray(theirs, "float64")
        assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
        return np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max())


def row(name, other, tolerance=1e-5):
    def add(compare):
        ROWS.append(Row(name, other, compare, tolerance))
        return compare

    return add


def normal(*shape, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=shape).astype("float32")


def tensor(array):
    return torch.from_numpy(np.array(array))


@row("ops.gelu", "scipy.special.ndtr")
def gelu():
    x = normal(1000) * 3
    return ops.gelu(x), x * scipy.special.ndtr(x.astype("float64"))


@row("ops.gelu_tanh", "torch.nn.functional.gelu(approximate='tanh')")
def gelu_tanh():
    x = normal(1000) * 3
    return ops.gelu_tanh(x), functional.gelu(tensor(x), approximate="tanh")


@row("ops.smooth_max", "scipy.special.logsumexp")
def smooth_max():
    x = normal(20, 30)
    theirs = 0.5 * scipy.special.logsumexp(x / 0.5, axis=-1)
    return ops.smooth_max(x, temperature=0.5), theirs


@row("ops.pseudo_inverse", "torch.linalg.pinv")
def pseudo_inverse():
    x = normal(5, 8, 3) @ normal(5, 3, 6, seed=1)  # of rank 3
    theirs = torch.linalg.pinv(tensor(x).double(), rtol=1e-5)
    return ops.pseudo_inverse(x), theirs.numpy()


@row("ops.low_rank_factors, their product", "scipy.linalg.svd, truncated", 1e-4)
def low_rank():
    x = normal(12, 9)
    left, values, right = scipy.linalg.svd(x.astype("float64"))
    theirs = (left[:, :4] * values[:4]) @ right[:4]
    return kops.matmul(*ops.low_rank_factors(x, 4)), theirs


def windowed(query, key, value, window):
    places = torch.arange(query.shape[2])
    visible = (places[:, None] - places[None, :]).abs() <= window
    return functional.scaled_dot_product_attention(
        tensor(query), tensor(key), tensor(value), attn_mask=visible
    )


@row("ops.local_attention", "torch scaled_dot_product_attention, masked")
def local_attention():
    qkv = [normal(2, 3, 90, 8, seed=seed) for seed in range(3)]
    return ops.local_attention(*qkv, window=7), windowed(*qkv, window=7)


@row("ops.fourier_mixing", "transformers FNetBasicFourierTransform")
def fourier_mixing():
    x = normal(2, 16, 8)
    config = transformers.FNetConfig(use_tpu_fourier_optimizations=False)
    theirs = modeling_fnet.FNetBasicFourierTransform(config)(tensor(x))
    return ops.fourier_mixing(x), theirs[0]


@row("ops.sinusoidal_vectors", "transformers RoFormerSinusoidalPositional...")
def sinusoidal():
    table = modeling_roformer.RoFormerSinusoidalPositionalEmbedding(50, 16)
    theirs = table.create_weight().detach().numpy()
    # They put all sines before all cosines.
    theirs = np.stack([theirs[:, :8], theirs[:, 8:]], -1).reshape(50, 16)
    return ops.sinusoidal_vectors(np.arange(50), 16), theirs


@row("layers.RotaryEmbedding", "transformers RoFormer's own")
def rotary():
    x = normal(2, 20, 3, 16)  # (batch, length, heads, dim)
    table = modeling_roformer.RoFormerSinusoidalPositionalEmbedding(20, 16)
    angles = table.create_weight().detach()[None, None]
    turn = (
        modeling_roformer.RoFormerSelfAttention.apply_rotary_position_embeddings
    )
    heads = tensor(x).transpose(1, 2)
    theirs = turn(angles, heads, heads)[0].transpose(1, 2)
    return layers.RotaryEmbedding()(x), theirs


@row("RotaryEmbedding, half_split", "transformers Llama")
def half_split_rotary():
    x = normal(2, 9, 4, 16)  # (batch, length, heads, size)
    angles = np.arange(9)[:, None] * 10000.0 ** (-np.arange(0, 16, 2) / 16)
    angles = torch.tensor(np.concatenate([angles, angles], axis=-1)).float()
    query = tensor(x).transpose(1, 2)
    theirs, _ = modeling_llama.apply_rotary_pos_emb(
        query, query, angles.cos()[None], angles.sin()[None]
    )
    layer = layers.RotaryEmbedding(layout="half_split")
    return layer(x), theirs.transpose(1, 2)


@row("ops.distance_buckets", "transformers T5Attention", 0.0)
def distance_buckets():
    distances = np.arange(-300, 300)
    theirs = modeling_t5.T5Attention._relative_position_bucket(
        torch.from_numpy(distances)
    )
    return ops.distance_buckets(distances), theirs


@row("layers.MultiHeadAttention, causal", "torch.nn.MultiheadAttention")
def attention():
    x, size = normal(2, 7, 12), 12
    ours = layers.MultiHeadAttention(num_heads=3)
    ours.build(x.shape)
    theirs = torch.nn.MultiheadAttention(size, 3, batch_first=True)
    kernels = [normal(size, size, seed=seed) / 3 for seed in range(4)]
    biases = [normal(size, seed=9 + seed) for seed in range(4)]
    for part, kernel, bias in zip(ours.parts(), kernels, biases):
        part.set_weights([kernel, bias])
    stacked = np.concatenate([kernel.T for kernel in kernels[:3]])
    with torch.no_grad():
        theirs.in_proj_weight.copy_(tensor(stacked))
        theirs.in_proj_bias.copy_(tensor(np.concatenate(biases[:3])))
        theirs.out_proj.weight.copy_(tensor(kernels[3].T))
        theirs.out_proj.bias.copy_(tensor(biases[3]))
        hidden = torch.ones(7, 7, dtype=torch.bool).triu(1)
        expected, _ = theirs(*[tensor(x)] * 3, attn_mask=hidden)
    return ours(x, use_causal_mask=True), expected


@row("losses.TokenCrossentropy", "torch.nn.functional.cross_entropy")
def token_crossentropy():
    logits, targets = normal(3, 5, 11), np.arange(15).reshape(3, 5) % 11
    theirs = functional.cross_entropy(
        tensor(logits).reshape(-1, 11),
        tensor(targets).reshape(-1),
        ignore_index=0,  # padding
    )
    return losses.TokenCrossentropy()(targets, logits), theirs


@row("losses.RDrop", "torch: cross_entropy and kl_div")
def r_drop():
    logits, labels = normal(8, 5), np.repeat(np.arange(4), 2)
    rows = tensor(logits)
    p, q = rows[0::2].log_softmax(-1), rows[1::2].log_softmax(-1)
    divergence = sum(
        functional.kl_div(a, b, log_target=True, reduction="batchmean")
        for a, b in ((p, q), (q, p))
    )
    plain = functional.cross_entropy(rows, tensor(labels))
    return losses.RDrop(4.0)(labels, logits), plain + divergence


@row("losses.SemiHardTriplet, all pairs", "scipy: loop over the definition")
def semi_hard():
    vectors = normal(6, 4)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.array([0, 0, 1, 1, 2, 2])
    distances = scipy.spatial.distance.cdist(vectors, vectors, "sqeuclidean")
    total = []
    for anchor in range(6):
        positive = anchor ^ 1
        near = distances[anchor, positive]
        others = distances[anchor][labels != labels[anchor]]
        farther = others[others > near]
        negative = farther.min() if len(farther) else others.max()
        total.append(max(0.0, near - negative + 1.0))
    return losses.SemiHardTriplet()(labels, vectors), np.mean(total)


@row("metrics.spearman", "scipy.stats.spearmanr")
def spearman():
    one, two = normal(100).round(1), normal(100, seed=1).round(1)  # with ties
    theirs = scipy.stats.spearmanr(one, two).statistic
    return np.array(metrics.spearman(one, two)), np.array(theirs)


GRADIENTS = [normal(6, 4, seed=seed) for seed in range(12)]


def our_steps(optimizer):
    weight = keras.Variable(np.full((6, 4), 0.5, "float32"))
    optimizer.build([weight])
    for gradient in GRADIENTS:
        optimizer.apply([kops.convert_to_tensor(gradient)], [weight])
    return weight


def optax_steps(transformation, wrap=lambda x: x, unwrap=lambda x: x):
    weight = wrap(np.full((6, 4), 0.5, "float32"))
    state = transformation.init(weight)
    for gradient in GRADIENTS:
        updates, state = transformation.update(gradient, state, weight)
        weight = optax.apply_updates(weight, updates)
    return unwrap(weight)


@row("optimizers.GradientAccumulation(Adam, 3)", "optax.MultiSteps(adam, 3)")
def accumulation():
    theirs = optax.MultiSteps(optax.adam(0.1, eps=1e-12), 3)
    adam = keras.optimizers.Adam(0.1, epsilon=1e-12)
    ours = optimizers.GradientAccumulation(adam, 3)
    return our_steps(ours), optax_steps(theirs)


@row("optimizers.Lookahead(SGD, 4, 0.3)", "optax.lookahead(sgd, 4, 0.3)")
def lookahead():
    theirs = optax.lookahead(optax.sgd(0.1), 4, 0.3)
    ours = optimizers.Lookahead(keras.optimizers.SGD(0.1), 4, 0.3)
    expected = optax_steps(
        theirs, optax.LookaheadParams.init_synced, lambda pair: pair.fast
    )
    return our_steps(ours), expected


@row("optimizers.AdaFactor, factored", "transformers.optimization.Adafactor")
def adafactor():
    ours = optimizers.AdaFactor(
        0.1, beta_1=0.0, min_dim_size_to_factor=2, clip_threshold=1.0
    )
    weight = torch.nn.Parameter(torch.full((6, 4), 0.5))
    theirs = transformers.optimization.Adafactor(
        [weight], lr=0.1, scale_parameter=True, relative_step=False
    )
    for gradient in GRADIENTS:
        weight.grad = tensor(gradient)
        theirs.step()
    return our_steps(ours), weight.detach()


@row("optimizers.WeightDecay(SGD)", "optax: decayed weights before sgd")
def weight_decay():
    theirs = optax.chain(
        optax.add_decayed_weights(0.2), optax.scale_by_learning_rate(0.1)
    )
    ours = optimizers.WeightDecay(keras.optimizers.SGD(0.1), rate=0.2)
    return our_steps(ours), optax_steps(theirs)


@row("layers.ConditionalLayerNormalization, new", "torch.nn.LayerNorm")
def conditional_norm():
    x, condition = normal(3, 5, 8), normal(3, 4, seed=1)
    layer = layers.ConditionalLayerNormalization(epsilon=1e-12)
    theirs = functional.layer_norm(tensor(x), (8,), eps=1e-12)
    return layer(x, condition), theirs


def page():
    """Returns the text of docs/parity.md."""
    libraries = ("keras", "torch", "scipy", "optax", "transformers")
    found = ", ".join(f"{name} {metadata.version(name)}" for name in libraries)
    lines = [
        "# Parity with independent implementations",
        "",
        "Written by `python docs/parity.py`: do not edit. Float32, on "
        f"{keras.backend.backend()}; {found}. The difference is the largest "
        "of all numbers, relative to the largest of them where that is above "
        "1. A test compares every row with its tolerance on each backend.",
        "",
        "| this package | compared with | difference | tolerance |",
        "|---|---|---|---|",
    ]
    for each in ROWS:
        lines.append(
            f"| `{each.name}` | {each.other} | {each.difference():.1e} | "
            f"{each.tolerance:.0e} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
    print(PAGE.read_text(encoding="utf8"))
