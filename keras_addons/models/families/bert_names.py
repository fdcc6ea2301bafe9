"""What BERT's checkpoints call its weights; other families follow it.

A name crosses the seam between families and formats: the modules of the
original release with `/` between them, and then what the weight is: `table`,
`kernel`, `bias`, `gamma` or `beta`, stored as Keras does. A format says what
the weight of that name is called in its files, and how it is stored there.
"""


def bert_names(parts, root):
    """Yields the name of every weight, and the weight.

    Args:
        parts: `Parts` of a model.
        root: str, the module that holds all but the language-model head.
    """
    yield from embed_names(parts.embed, f"{root}/embeddings")
    if parts.embed.projection is not None:
        yield from within(f"{root}/embeddings_project", parts.embed.projection)
    for number, block in enumerate(parts.blocks):
        yield from block_names(block, f"{root}/encoder/layer_{number}")
    if parts.pooler is not None:
        yield from within(f"{root}/pooler/dense", parts.pooler)
    if parts.lm_head is not None:
        yield from head_names(parts.lm_head, "cls/predictions")


def embed_names(embed, module):
    yield f"{module}/word_embeddings/table", embed.token.embeddings
    yield f"{module}/token_type_embeddings/table", embed.segment.table
    if embed.position is not None:
        yield f"{module}/position_embeddings/table", embed.position.table
    yield from within(f"{module}/LayerNorm", embed.norm)


def block_names(block, module):
    attention, feed_forward = block.attention, block.feed_forward
    yield from within(f"{module}/attention/self/query", attention.query)
    yield from within(f"{module}/attention/self/key", attention.key)
    yield from within(f"{module}/attention/self/value", attention.value)
    read = f"{module}/attention/output"
    yield from within(f"{read}/dense", attention.output_dense)
    yield from within(f"{read}/LayerNorm", block.attention_norm)
    yield from within(f"{module}/intermediate/dense", feed_forward.widen)
    yield from within(f"{module}/output/dense", feed_forward.narrow)
    yield from within(f"{module}/output/LayerNorm", block.feed_forward_norm)


def head_names(head, module):
    yield from within(f"{module}/transform/dense", head.dense)
    yield from within(f"{module}/transform/LayerNorm", head.norm)
    yield f"{module}/bias", head.bias.bias


def within(module, layer):
    """The weights of one layer, which Keras names as we do."""
    for weight in layer.weights:
        yield f"{module}/{weight.name}", weight
