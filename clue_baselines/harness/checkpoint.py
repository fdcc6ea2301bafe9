"""A pretrained encoder and the tokenizer that goes with it."""

from pathlib import Path

from clue_baselines.harness.errors import user_errors
from keras_addons import models
from keras_addons.text import Tokenizer


def load_checkpoint(folder, longest=None, **arguments):
    """Loads encoder and tokenizer, and checks that they fit the task.

    Args:
        folder: path with a checkpoint and its `vocab.txt`.
        longest: None or int, the tokens of the longest row to be read.
        **arguments: of `models.from_checkpoint`.

    Returns:
        Tokenizer and encoder.

    Raises:
        UserError: a file cannot be read, `vocab.txt` has another number of
            tokens than the encoder, or that has fewer positions.
    """
    path = Path(folder) / "vocab.txt"
    with user_errors("--checkpoint: "):
        tokenizer = Tokenizer.from_file(path)
        encoder = models.from_checkpoint(folder, **arguments)
        size = encoder.architecture.vocabulary_size
        if tokenizer.vocabulary_size != size:
            raise ValueError(
                f"{path}: {tokenizer.vocabulary_size} tokens, but the model "
                f"has {size}: it is not the vocabulary of this checkpoint. "
                "(Where the table was only made larger, add lines [unused1], "
                "[unused2] and so on.)"
            )
        if longest is not None:
            check_positions(folder, encoder.architecture, longest)
    return tokenizer, encoder


def check_positions(folder, architecture, longest):
    """Raises where rows are longer than the table of learned positions."""
    if architecture.positions == "learned":
        if longest > architecture.max_length:
            raise ValueError(
                f"{folder}: the model has {architecture.max_length} "
                f"positions, fewer than the {longest} tokens of the longest "
                "row"
            )
