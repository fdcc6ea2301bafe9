"""The encoder that a task starts from: a new one, or a checkpoint's."""

from clue_baselines.harness.checkpoint import load_checkpoint
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from keras_addons import models
from keras_addons.models.checkpoints.config import read_config
from keras_addons.text import Tokenizer

# The options of --pooling, and what `models.sentence_model` calls them.
POOLINGS = {"cls": "cls", "mean": "last_average", "pooler": "pooler"}
# By what a checkpoint was trained with; "cls" where it does not say, since
# that is what BERT and its like are fine-tuned by.
TRAINED_WITH = {
    "cls": "cls",
    "pooler": "pooler",
    "last_average": "mean",
    "first_last_average": "mean",
}


def load_encoder(task, records, options):
    """Returns tokenizer and encoder with the attention that the task needs."""
    arguments = {"attention": task.attention, "with_lm_head": False}
    if options.dropout is not None:
        arguments["dropout"] = options.dropout
    needs_pooler = getattr(options, "pooling", None) == "pooler"
    if options.checkpoint is None:
        if needs_pooler:
            arguments["pooler"] = "tanh"
        texts = [text for part in task.texts(records) for text in part]
        # Seen once, a token would teach less than [UNK] can learn from it.
        tokenizer = Tokenizer.from_texts(texts, min_count=2)
        size = tokenizer.vocabulary_size
        return tokenizer, models.RoFormer.from_size(
            options.model, vocabulary_size=size, **arguments
        )
    with user_errors("--checkpoint: "):
        recorded = recorded_in(options.checkpoint)
        if needs_pooler and recorded.get("pooler") is None:
            arguments["pooler"] = "tanh"
    tokenizer, encoder = load_checkpoint(
        options.checkpoint, task.max_length, **arguments
    )
    if recorded.get("attention", task.attention) != task.attention:
        print(
            f"The checkpoint was trained with {recorded['attention']} "
            f"attention; {task.name} uses {task.attention} attention."
        )
    return tokenizer, encoder


def default_pooling(checkpoint):
    """As a checkpoint was trained; the mean where there is none."""
    if checkpoint is None:
        return "mean"
    with user_errors("--checkpoint: "):
        pooling = recorded_in(checkpoint).get("pooling", "cls")
    if pooling not in TRAINED_WITH:
        raise UserError(
            f"--checkpoint: {checkpoint / 'config.json'}: `pooling` must be "
            f"one of {', '.join(TRAINED_WITH)}. Received: {pooling!r}"
        )
    return TRAINED_WITH[pooling]


def recorded_in(checkpoint):
    """How the model was trained, as far as its folder says it."""
    path = checkpoint / "config.json"
    if not path.exists():
        return {}
    config = read_config(path)
    recorded = config.get("keras_addons") or {}
    if not isinstance(recorded, dict):
        raise ValueError(f"{path}: `keras_addons` must be an object")
    if config.get("is_decoder"):
        return {"attention": "causal", **recorded}
    return recorded
