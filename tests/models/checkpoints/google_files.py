"""Checkpoints of Google's format, written by TensorFlow."""

CONFIG = {
    "vocab_size": 50,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "hidden_size": 8,
    "intermediate_size": 16,
    "max_position_embeddings": 12,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
}
NORM = {"gamma": (8,), "beta": (8,)}
SQUARE = {"kernel": (8, 8), "bias": (8,)}


def google_shapes():
    """Names and shapes as `google-research/bert` saves them."""
    shapes = {
        "bert/embeddings/word_embeddings": (50, 8),
        "bert/embeddings/token_type_embeddings": (2, 8),
        "bert/embeddings/position_embeddings": (12, 8),
        "cls/predictions/output_bias": (50,),
        "cls/seq_relationship/output_weights": (2, 8),
    }
    modules = {
        "bert/embeddings/LayerNorm": NORM,
        "bert/pooler/dense": SQUARE,
        "cls/predictions/transform/dense": SQUARE,
        "cls/predictions/transform/LayerNorm": NORM,
    }
    for block in ("bert/encoder/layer_0", "bert/encoder/layer_1"):
        for part in ("query", "key", "value"):
            modules[f"{block}/attention/self/{part}"] = SQUARE
        modules |= {
            f"{block}/attention/output/dense": SQUARE,
            f"{block}/attention/output/LayerNorm": NORM,
            f"{block}/intermediate/dense": {"kernel": (8, 16), "bias": (16,)},
            f"{block}/output/dense": {"kernel": (16, 8), "bias": (8,)},
            f"{block}/output/LayerNorm": NORM,
        }
    for module, weights in modules.items():
        for name, shape in weights.items():
            shapes[f"{module}/{name}"] = shape
    return shapes


def save(prefix, arrays):
    """Writes the arrays as a checkpoint of `tf.compat.v1.train.Saver`."""
    names = sorted(arrays)
    import tensorflow as tf

    with tf.device("CPU"):
        tf.raw_ops.SaveV2(
            prefix=str(prefix),
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=[tf.constant(arrays[name]) for name in names],
        )
