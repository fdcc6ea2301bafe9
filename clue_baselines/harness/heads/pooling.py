"""--pooling and --head-dropout: the vector that is classified."""

from clue_baselines.harness.encoder import recorded_in
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.heads.head_dropout import add_head_dropout
from keras_addons import models

# The choices, and what `models.sentence_model` calls them.
POOLINGS = {"cls": "cls", "mean": "last_average", "pooler": "pooler"}
# By what a checkpoint was trained with; "cls" where it does not say, since
# that is what BERT and its like are fine-tuned by.
TRAINED_WITH = {
    "cls": "cls",
    "pooler": "pooler",
    "last_average": "mean",
    "first_last_average": "mean",
}


def add_pooling(parser, task):
    parser.add_argument(
        "--pooling",
        choices=POOLINGS,
        help="the vector that is classified: of [CLS], the mean of the "
        "tokens, or of the pooler, a dense layer on [CLS] (default: mean "
        "from scratch, of a checkpoint what it was trained with, or cls)",
    )
    add_head_dropout(parser, task, "that vector")


def settle_pooling(options):
    """Fills the option in where the command line left it open."""
    if options.pooling is None:
        options.pooling = default_pooling(options.checkpoint)
    return options


def default_pooling(checkpoint):
    """Returns the pooling that a checkpoint was trained with; else the mean."""
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


def pooler_arguments(options):
    """Returns the encoder's arguments that `--pooling pooler` needs."""
    if options.pooling != "pooler":
        return {}
    if options.checkpoint is not None:
        with user_errors("--checkpoint: "):
            if recorded_in(options.checkpoint).get("pooler") is not None:
                return {}
    return {"pooler": "tanh"}


def pooled(encoder, options):
    """Returns the model from the encoder's inputs to one vector a row."""
    return models.sentence_model(encoder, POOLINGS[options.pooling])
