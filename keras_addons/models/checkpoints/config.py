"""Between `config.json` and the architecture of a model."""

import json

from keras_addons.models.architecture import Architecture

FIELDS = {
    "vocabulary_size": "vocab_size",
    "num_layers": "num_hidden_layers",
    "num_heads": "num_attention_heads",
    "hidden_dim": "hidden_size",
    "intermediate_dim": "intermediate_size",
}
OPTIONAL_FIELDS = {
    "dropout": "hidden_dropout_prob",
    "attention_dropout": "attention_probs_dropout_prob",
    "activation": "hidden_act",
    "embedding_dim": "embedding_size",
    "num_segments": "type_vocab_size",
    "max_length": "max_position_embeddings",
    "rotate_values": "rotary_value",
    "epsilon": "layer_norm_eps",
}
# What only this package knows, under its own key of the file.
OWN_FIELDS = ("attention", "pooler", "with_lm_head")
ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "tanh")
JSON_KINDS = {bool: "a boolean", dict: "an object"}
# Of these keys only one value can be followed.
FOLLOWED = {
    "add_cross_attention": False,
    "position_embedding_type": "absolute",
    "pad_token_id": 0,
    "tie_word_embeddings": True,
    "use_relative_position": False,  # NEZHA's
}


def read_config(path):
    """The JSON object in the file `path`."""
    try:
        config = json.loads(path.read_text(encoding="utf8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    if not isinstance(config, dict):
        raise ValueError(f"{path}: expected a JSON object.")
    return config


def options_from_config(config, path):
    """The constructor's arguments that a `config.json` stands for."""
    for key, supported in FOLLOWED.items():
        value = config.get(key)
        # Not by equality alone: False is no number.
        if value is not None and repr(value) != repr(supported):
            raise ValueError(
                f"{path}: `{key}` must be {supported!r}. Received: {value!r}"
            )
    options = {ours: config.get(theirs) for ours, theirs in FIELDS.items()}
    for ours, theirs in OPTIONAL_FIELDS.items():
        if config.get(theirs) is not None:
            options[ours] = config[theirs]
    if options.get("embedding_dim") == options["hidden_dim"]:
        del options["embedding_dim"]
    if options.get("activation", "gelu") not in ACTIVATIONS:
        raise ValueError(
            f"{path}: `hidden_act` must be one of {ACTIVATIONS}. "
            f"Received: {options['activation']!r}"
        )
    if value_of(config, "is_decoder", bool, path):
        options["attention"] = "causal"
    own = value_of(config, "keras_addons", dict, path)
    options.update({name: own[name] for name in OWN_FIELDS if name in own})
    raise_if_not_an_architecture(options, path)
    return options


def value_of(config, key, kind, path):
    """An optional value of one of `JSON_KINDS`; empty where it is missing."""
    value = config.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise ValueError(
            f"{path}: `{key}` must be {JSON_KINDS[kind]}. Received: {value!r}"
        )
    return value


def raise_if_not_an_architecture(options, path):
    """Says in the words of the file what `Architecture` says in ours."""
    try:
        Architecture(**options)
    except ValueError as error:
        message = str(error)
        for ours, theirs in {**FIELDS, **OPTIONAL_FIELDS}.items():
            message = message.replace(f"`{ours}`", f"`{theirs}`")
        raise ValueError(f"{path}: {message}") from None


def config_from_architecture(architecture, model_type, class_name):
    """What `config.json` has to say about a model."""
    config = {
        "model_type": model_type,
        "architectures": [class_name],
        "is_decoder": architecture.attention == "causal",
        "pad_token_id": 0,
        "tie_word_embeddings": True,
        "keras_addons": {
            name: getattr(architecture, name) for name in OWN_FIELDS
        },
    }
    for ours, theirs in {**FIELDS, **OPTIONAL_FIELDS}.items():
        config[theirs] = getattr(architecture, ours)
    if model_type == "bert":  # only RoFormer has these
        del config["rotary_value"], config["embedding_size"]
        if architecture.embedding_dim not in (None, architecture.hidden_dim):
            raise ValueError(
                "Hugging Face's BERT has no `embedding_dim` other than "
                f"`hidden_dim`. Received: {architecture.embedding_dim}"
            )
    return config
