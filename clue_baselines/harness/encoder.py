"""The encoder that a training starts from: a new one, or a checkpoint's."""

from clue_baselines.harness.checkpoint import load_checkpoint
from clue_baselines.harness.errors import user_errors
from keras_addons.models.checkpoints.config import read_config
from keras_addons.models.families.registry import FAMILIES
from keras_addons.text import Tokenizer


def add_family(parser):
    parser.add_argument(
        "--family",
        choices=sorted(FAMILIES),
        help="kind of encoder where there is no checkpoint; "
        "lexical_roformer is also given pairs of characters and what two "
        "texts share (default: lexical_roformer, roformer on sample data)",
    )


def load_encoder(job, records, options):
    """Returns tokenizer and encoder with the attention that the job needs."""
    arguments = job.encoder_arguments(options)
    if options.checkpoint is None:
        # Seen once, a token would teach less than [UNK] can learn from it.
        tokenizer = Tokenizer.from_texts(job.texts(records), min_count=2)
        size = tokenizer.vocabulary_size
        family = FAMILIES[getattr(options, "family", "roformer")]
        return tokenizer, family.from_size(
            options.model, vocabulary_size=size, **arguments
        )
    tokenizer, encoder = load_checkpoint(
        options.checkpoint, job.longest_row(options), **arguments
    )
    needed = arguments["attention"]
    with user_errors("--checkpoint: "):
        recorded = recorded_in(options.checkpoint).get("attention", needed)
    if recorded != needed:
        print(
            f"The checkpoint was trained with {recorded} attention; "
            f"{job.name} uses {needed} attention."
        )
    return tokenizer, encoder


def recorded_in(checkpoint):
    """Returns what a checkpoint's config.json records of its training."""
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
