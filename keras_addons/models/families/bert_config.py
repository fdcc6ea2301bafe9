"""Keys of `config.json` for BERT and similar families."""

import dataclasses

from keras_addons.models.architecture import Architecture


@dataclasses.dataclass(frozen=True)
class ConfigKeys:
    """The keys of `config.json` that a family reads.

    Attributes:
        required: dict, field of `Architecture` -> key that must be there.
        optional: dict, field of `Architecture` -> key that may be missing.
        followed: dict, key -> the only value that the family supports.
    """

    required: dict
    optional: dict
    followed: dict


BERT_KEYS = ConfigKeys(
    required={
        "vocabulary_size": "vocab_size",
        "num_layers": "num_hidden_layers",
        "num_heads": "num_attention_heads",
        "hidden_dim": "hidden_size",
        "intermediate_dim": "intermediate_size",
    },
    optional={
        "dropout": "hidden_dropout_prob",
        "attention_dropout": "attention_probs_dropout_prob",
        "activation": "hidden_act",
        "embedding_dim": "embedding_size",
        "num_segments": "type_vocab_size",
        "max_length": "max_position_embeddings",
        "rotate_values": "rotary_value",
        "epsilon": "layer_norm_eps",
    },
    followed={
        "add_cross_attention": False,
        "position_embedding_type": "absolute",
        "pad_token_id": 0,
        "tie_word_embeddings": True,
        "use_relative_position": False,  # NEZHA's
    },
)
ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "tanh")
# Fields of this package, stored under the key "keras_addons" of the file.
OWN_FIELDS = ("attention", "pooler", "with_lm_head")
JSON_KINDS = {bool: "a boolean", dict: "an object"}


def translate_config(config, path, keys):
    """Translates a config to arguments of the constructor.

    Args:
        config: dict.
        path: path of the config, for error messages.
        keys: `ConfigKeys` of the family.
    """
    for key, supported in keys.followed.items():
        value = config.get(key)
        # By `repr`, since False == 0 in Python.
        if value is not None and repr(value) != repr(supported):
            raise ValueError(
                f"{path}: `{key}` must be {supported!r}. Received: {value!r}"
            )
    required, optional = keys.required, keys.optional
    options = {ours: config.get(theirs) for ours, theirs in required.items()}
    for ours, theirs in optional.items():
        if config.get(theirs) is not None:
            options[ours] = config[theirs]
    if options.get("embedding_dim") == options["hidden_dim"]:
        del options["embedding_dim"]
    if options.get("activation", "gelu") not in ACTIVATIONS:
        raise ValueError(
            f"{path}: `{optional['activation']}` must be one of "
            f"{ACTIVATIONS}. Received: {options['activation']!r}"
        )
    if read_value(config, "is_decoder", bool, path):
        options["attention"] = "causal"
    own = read_value(config, "keras_addons", dict, path)
    options.update({name: own[name] for name in OWN_FIELDS if name in own})
    raise_if_not_an_architecture(options, path, {**required, **optional})
    return options


def read_value(config, key, kind, path):
    """Returns a value of the type `kind`; `kind()` where the key is missing."""
    value = config.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise ValueError(
            f"{path}: `{key}` must be {JSON_KINDS[kind]}. Received: {value!r}"
        )
    return value


def raise_if_not_an_architecture(options, path, keys):
    """Raises the errors of `Architecture` with the file's names of fields."""
    try:
        Architecture(**options)
    except ValueError as error:
        message = str(error)
        for ours, theirs in keys.items():
            message = message.replace(f"`{ours}`", f"`{theirs}`")
        raise ValueError(f"{path}: {message}") from None


def raise_if_beyond_bert(architecture):
    """Raises a ValueError where Hugging Face would compute something else."""
    for name in architecture.attention_options():
        raise ValueError(
            f"Hugging Face's config has no key for `{name}`: use model.save() "
            "and keras.saving.load_model(). "
            f"Received: {getattr(architecture, name)!r}"
        )


def make_config(model, name):
    """Makes the config of a model; `name` is the name of its family's class."""
    raise_if_beyond_bert(model.architecture)
    # ELECTRA's default for a missing or null size is not `hidden_dim`.
    architecture = dataclasses.replace(
        model.architecture, embedding_dim=model.architecture.token_embedding_dim
    )
    head = "ForMaskedLM" if architecture.with_lm_head else "Model"
    own = {field: getattr(architecture, field) for field in OWN_FIELDS}
    return {
        "model_type": model.model_type,
        "architectures": [name + head],
        "is_decoder": architecture.attention == "causal",
        "pad_token_id": 0,
        "tie_word_embeddings": True,
        "keras_addons": own,
        **{
            key: getattr(architecture, field)
            for field, key in model.keys_to_write().items()
        },
    }
