"""Loads a checkpoint of any family and format."""

from keras_addons.models.checkpoints.opening import open_checkpoint
from keras_addons.models.families.bert_config import BERT_KEYS
from keras_addons.models.families.bert_config import translate_config
from keras_addons.models.families.registry import FAMILIES
from keras_addons.models.families.registry import find_family


def from_checkpoint(path, **options):
    """Loads a checkpoint as a model of its family.

    The config names the family as `model_type`. Without this key a checkpoint
    in Google's format is a BERT if it has a table of positions; else it is an
    error, and `from_checkpoint` of the family's class loads it.

    Args:
        path: folder in Google's format (`bert_config.json`,
            `bert_model.ckpt.*`), Hugging Face's (`config.json`,
            `model.safetensors`) or that of a `models.Checkpoint` of your own.
        **options: arguments of the constructor that replace the values of
            the config, such as `with_lm_head=True`.

    Returns:
        A `Bert`, a `RoFormer` or a `models.Transformer` of your own.

    Raises:
        FileNotFoundError: a file is missing.
        ImportError: the package that reads this format is missing.
        ValueError: the family is unknown or not named, a value of the config
            has another type or range, a file is damaged, or a tensor is
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
    checkpoint = open_checkpoint(path)
    model_type = find_family(checkpoint)
    if model_type is None:
        raise_family_unknown(checkpoint)
    if model_type not in tuple(FAMILIES):  # it may be of any type
        raise ValueError(
            f"{checkpoint.config_path}: `model_type` must be one of "
            f"{tuple(FAMILIES)}. Received: {model_type!r}"
        )
    return FAMILIES[model_type].from_checkpoint(path, **options)


def raise_family_unknown(checkpoint):
    """Raises ValueError for an unsupported config, else asks for the family."""
    path = checkpoint.config_path
    translate_config(checkpoint.config, path, BERT_KEYS)
    entries = [f'"model_type": "{model_type}"' for model_type in FAMILIES]
    methods = [
        f"models.{family.__name__}.from_checkpoint"
        for family in FAMILIES.values()
    ]
    raise ValueError(
        f"{path}: does not say of which family the model is. If you know it, "
        f"add {' or '.join(entries)} to the file, or call "
        f"{' or '.join(methods)}."
    )
