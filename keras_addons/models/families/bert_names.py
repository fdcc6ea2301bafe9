"""Names of weights in the checkpoints of BERT and similar families.

A name has the modules of the original release, joined by `/`, and at the end
`table`, `kernel`, `bias`, `gamma` or `beta`. Names and arrays in the layout of
Keras are all that families and checkpoint formats have in common: a format
translates them to the names and layouts of its files.
"""


def bert_names(parts, root):
    """Yields the name and the variable of every weight.

    Args:
        parts: `Parts` of a model.
        root: string, the module that contains all weights but those of the
            language-model head.
    """
    yield from name_embed(parts.embed, f"{root}/embeddings")
    if parts.embed.projection is not None:
        yield from name_layer(
            f"{root}/embeddings_project", parts.embed.projection
        )
    for number, block in enumerate(parts.blocks):
        yield from name_block(block, f"{root}/encoder/layer_{number}")
    if parts.pooler is not None:
        yield from name_layer(f"{root}/pooler/dense", parts.pooler)
    if parts.lm_head is not None:
        yield from name_head(parts.lm_head, "cls/predictions")


def name_embed(embed, module):
    yield f"{module}/word_embeddings/table", embed.token.embeddings
    yield f"{module}/token_type_embeddings/table", embed.segment.table
    if embed.position is not None:
        yield f"{module}/position_embeddings/table", embed.position.table
    yield from name_layer(f"{module}/LayerNorm", embed.norm)


def name_block(block, module):
    attention, feed_forward = block.attention, block.feed_forward
    yield from name_layer(f"{module}/attention/self/query", attention.query)
    yield from name_layer(f"{module}/attention/self/key", attention.key)
    yield from name_layer(f"{module}/attention/self/value", attention.value)
    read = f"{module}/attention/output"
    yield from name_layer(f"{read}/dense", attention.output_dense)
    yield from name_layer(f"{read}/LayerNorm", block.attention_norm)
    yield from name_layer(f"{module}/intermediate/dense", feed_forward.widen)
    yield from name_layer(f"{module}/output/dense", feed_forward.narrow)
    yield from name_layer(f"{module}/output/LayerNorm", block.feed_forward_norm)


def name_head(head, module):
    yield from name_layer(f"{module}/transform/dense", head.dense)
    yield from name_layer(f"{module}/transform/LayerNorm", head.norm)
    yield f"{module}/bias", head.bias.bias


def name_layer(module, layer):
    """Yields the names and weights of a layer."""
    for weight in layer.weights:
        yield f"{module}/{weight.name}", weight
