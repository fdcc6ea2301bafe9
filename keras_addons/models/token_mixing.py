"""What mixes the tokens of a block: attention, or another layer by name."""

import keras

from keras_addons import layers

NAME = "token_mixing"
# The paper of aMLP; the width of "Are Pre-trained Convolutions Better".
ATTENTION_DIM, KERNEL_SIZE = 64, 7


def mlp_mixer(architecture, common, activation):
    # Half of the hidden size, as in the models of the paper.
    width = max(1, architecture.hidden_dim // 2)
    return layers.TokenMLP(architecture.max_length, width, activation, **common)


def resmlp(architecture, common, activation):
    return layers.AffineTokenMixing(architecture.max_length, **common)


def gmlp(architecture, common, activation, attention_dim=None):
    return layers.GatedMLP(
        architecture.intermediate_dim,
        architecture.max_length,
        attention_dim,
        activation,
        **common,
    )


def amlp(architecture, common, activation):
    return gmlp(architecture, common, activation, ATTENTION_DIM)


def fnet(architecture, common, activation):
    # Always of `max_length` positions: a text must not have another vector
    # in a longer batch.
    common = {key: common[key] for key in ("name", "dtype")}
    return layers.FourierMixing(architecture.max_length, **common)


def external_attention(architecture, common, activation):
    heads = architecture.num_heads
    return layers.ExternalAttention(num_heads=heads, **common)


def random_synthesizer(architecture, common, activation):
    return synthesizer(layers.RandomSynthesizer, architecture, common)


def dense_synthesizer(architecture, common, activation):
    return synthesizer(layers.DenseSynthesizer, architecture, common)


def synthesizer(kind, architecture, common):
    return kind(
        architecture.max_length,
        architecture.num_heads,
        dropout=architecture.attention_dropout,
        **common,
    )


def lightweight_convolution(architecture, common, activation):
    return convolution(layers.LightweightConvolution, architecture, common)


def dynamic_convolution(architecture, common, activation):
    return convolution(layers.DynamicConvolution, architecture, common)


def convolution(kind, architecture, common):
    return kind(
        KERNEL_SIZE,
        architecture.num_heads,
        dropout=architecture.attention_dropout,
        **common,
    )


MIXERS = {
    make.__name__: make
    for make in (
        mlp_mixer,
        resmlp,
        gmlp,
        amlp,
        fnet,
        external_attention,
        random_synthesizer,
        dense_synthesizer,
        lightweight_convolution,
        dynamic_convolution,
    )
}


def checked(token_mixing):
    """Returns None, a name, or the config of a layer, to be kept in a config.

    Raises:
        ValueError: it is neither of these nor a layer.
    """
    if isinstance(token_mixing, keras.layers.Layer):
        return keras.saving.serialize_keras_object(token_mixing)
    is_config = isinstance(token_mixing, dict) and "class_name" in token_mixing
    is_name = isinstance(token_mixing, str) and token_mixing in MIXERS
    if token_mixing is None or is_config or is_name:
        return token_mixing
    raise ValueError(
        f"`token_mixing` must be None, a layer, or one of {tuple(MIXERS)}. "
        f"Received: {token_mixing!r}"
    )


def make_mixer(architecture, common, activation):
    """Makes the token mixer of one block.

    Args:
        architecture: `Architecture` whose `token_mixing` is not None.
        common: dict of `name`, `dtype` and `kernel_initializer`.
        activation: function.
    """
    token_mixing = architecture.token_mixing
    if isinstance(token_mixing, str):
        return MIXERS[token_mixing](architecture, common, activation)
    # The name is that of the layer's part in the block, the dtype the model's.
    own = {
        **token_mixing["config"],
        "name": common["name"],
        "dtype": keras.dtype_policies.serialize(common["dtype"]),
    }
    config = {**token_mixing, "config": own}
    config.pop("build_config", None)  # its weights are made in the block
    return keras.saving.deserialize_keras_object(config)


def raise_if_mixing(architecture, owner):
    """Raises a ValueError where only attention will do.

    Args:
        architecture: `Architecture`.
        owner: string, what needs the attention.
    """
    if architecture.token_mixing is not None:
        raise ValueError(
            f"{owner} Received a model with `token_mixing`="
            f"{architecture.token_mixing!r}."
        )
