"""Loads a checkpoint of any family."""

from keras_addons.models.bert import Bert
from keras_addons.models.checkpoints.reading import Checkpoint
from keras_addons.models.roformer import RoFormer

FAMILIES = {family.model_type: family for family in (Bert, RoFormer)}


def from_checkpoint(path, **options):
    """Recognizes the family of a checkpoint and loads it.

    The config names it as `model_type`. One of Google's form that does not is
    a BERT if it holds a table of positions, and else refused: the classes'
    own `from_checkpoint` loads it.

    Args:
        path: folder of Google's form (`bert_config.json`,
            `bert_model.ckpt.*`) or of Hugging Face's (`config.json`,
            `model.safetensors`).
        **options: arguments of the constructor that differ from what the
            config says, such as `with_lm_head=True`.

    Returns:
        A `Bert` or a `RoFormer`.

    Raises:
        FileNotFoundError: a file is missing.
        ImportError: a package is missing that reads files of this form.
        ValueError: the family is not known or not named, a value of the
            config is not of its kind, a file is damaged, or a tensor is
            missing, has another shape or no place in the model.

    Example:

    >>> from keras_addons import models
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     models.Bert.from_size("tiny", 100).save_checkpoint(folder)
    ...     type(models.from_checkpoint(folder)).__name__
    'Bert'

    Reference:
        https://github.com/google-research/bert,
        https://github.com/ZhuiyiTechnology/roformer
    """
    checkpoint = Checkpoint(path)
    if checkpoint.model_type is None:
        checkpoint.ask_for_family()
    if checkpoint.model_type not in tuple(FAMILIES):
        raise ValueError(
            f"{checkpoint.config_path}: `model_type` must be one of "
            f"{tuple(FAMILIES)}. Received: {checkpoint.model_type!r}"
        )
    return FAMILIES[checkpoint.model_type].from_checkpoint(path, **options)
