"""Base class of the families of transformers."""

import dataclasses

import keras

from keras_addons.layers.quantized_parts import dtype_of_all_parts
from keras_addons.models.architecture import Architecture
from keras_addons.models.architecture import find_size
from keras_addons.models.builder import Builder
from keras_addons.models.checkpoints.exchange import load
from keras_addons.models.checkpoints.exchange import save
from keras_addons.models.families.bert_config import BERT_KEYS
from keras_addons.models.families.bert_names import bert_names
from keras_addons.models.families.registry import FAMILIES


class Transformer(keras.Model):
    """Base class of families of transformers: `Bert`, `RoFormer`, your own.

    A functional model whose config is an `Architecture`. A family is a
    subclass that sets class attributes; `models.from_checkpoint` finds the
    class by its `model_type`. In an instance, `model.parts` holds the layers
    by what they are for: `embed`, `blocks`, `pooler` and `lm_head`.

    Class attributes:
        model_type: string, the name of the family in `config.json` and the
            first part of the names of its weights.
        positions: "learned" or "rotary".
        builder: class that makes the layers. Defaults to `models.Builder`.
        weight_names: static method of `parts` and `model_type` that yields
            the name in checkpoints and the variable of each weight. Defaults
            to BERT's names.
        config_keys: `ConfigKeys`, the keys of `config.json`. Defaults to
            BERT's.
        recognized_by: None, or the name of a weight that only this family
            has, for configs that do not name the family. Defaults to None.

    Args:
        vocabulary_size: positive int.
        num_layers: positive int, the number of blocks.
        num_heads: positive int that divides `hidden_dim`.
        hidden_dim: positive int, the size of a token's vector.
        intermediate_dim: positive int, units of the feed-forward layers.
        dtype: dtype policy or its name. Defaults to Keras' global policy.
        name: string. Defaults to `model_type`.
        trainable: bool. Defaults to True.
        **options: the further fields of `Architecture`; see `models.Bert`.

    Raises:
        ValueError: an argument is not of its type or range.

    Example:

    >>> from keras_addons import models
    >>> @keras.saving.register_keras_serializable(package="my_package")
    ... class Electra(models.Transformer):
    ...     model_type = "electra"
    ...     positions = "learned"
    >>> model = Electra.from_size("tiny", vocabulary_size=100)
    >>> next(iter(model.output))
    'sequence_output'

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """

    model_type = None
    positions = None
    builder = Builder
    weight_names = staticmethod(bert_names)
    config_keys = BERT_KEYS
    recognized_by = None

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if vars(cls).get("model_type") is not None:
            FAMILIES[cls.model_type] = cls

    def __init__(
        self,
        vocabulary_size,
        num_layers,
        num_heads,
        hidden_dim,
        intermediate_dim,
        dtype=None,
        name=None,
        trainable=True,
        **options,
    ):
        architecture = Architecture(
            vocabulary_size,
            num_layers,
            num_heads,
            hidden_dim,
            intermediate_dim,
            positions=self.positions,
            **options,
        )
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        inputs = {
            key: keras.Input((None,), dtype="int32", name=key)
            for key in ("token_ids", "segment_ids")
        }
        parts, outputs = self.builder(architecture, policy).connect(**inputs)
        name = name or self.model_type
        super().__init__(inputs, outputs, name=name, trainable=trainable)
        self.dtype_policy = policy
        self.architecture = architecture
        self.parts = parts

    @classmethod
    def from_size(cls, size, vocabulary_size, **options):
        """Makes a model of a named size with random weights.

        Args:
            size: "tiny" (2 layers of 128), "mini" (4 of 256), "small" (6 of
                384) or "base" (12 of 768).
            vocabulary_size: positive int.
            **options: the further arguments of the constructor.

        Returns:
            A model of this class.
        """
        return cls(vocabulary_size, **find_size(size), **options)

    @classmethod
    def from_checkpoint(cls, path, **options):
        """Makes a model with the architecture and weights of a checkpoint.

        Args:
            path: folder in Google's format (`bert_config.json`,
                `bert_model.ckpt.*`) or Hugging Face's (`config.json`,
                `model.safetensors`).
            **options: arguments of the constructor that replace the values
                of the config, such as `attention="unilm"`.

        Returns:
            A model of this class. Weights of the checkpoint that the model
            does not use, such as a pooler's without `pooler=`, are skipped.

        Raises:
            FileNotFoundError: a file is missing.
            ImportError: the package that reads this format is missing.
            ValueError: the checkpoint is of another family, a value of the
                config has another type or range, a file is damaged, or a
                tensor is missing, has another shape or no place in the model.
        """
        return load(cls, path, options)

    def save_checkpoint(self, path, vocabulary_file=None, pooling=None):
        """Writes a folder that Hugging Face's `transformers` can load.

        Args:
            path: folder. A file of the same name is replaced when the new
                file is complete.
            vocabulary_file: None or the path of a `vocab.txt` to copy.
                Defaults to None.
            pooling: None or the pooling of `models.sentence_model` that the
                model was trained with. `config.json` notes it for
                fine-tuning; the weights do not depend on it. Defaults to
                None.

        Raises:
            FileNotFoundError: `vocabulary_file` is missing.
            ValueError: Hugging Face's config of the family cannot describe
                the model, or the model is quantized.
        """
        save(self, path, vocabulary_file, pooling)

    def extra_arrays(self):
        """Returns arrays to write beside the weights: name -> array."""
        return {}

    def keys_to_write(self):
        """Returns the key in `config.json` of each field of `Architecture`."""
        return {**self.config_keys.required, **self.config_keys.optional}

    def get_config(self):
        fields = dataclasses.asdict(self.architecture)
        del fields["positions"]  # a class attribute
        return {
            **fields,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": dtype_of_all_parts(self),
        }

    @classmethod
    def from_config(cls, config):
        # Functional models would come back as a plain `keras.Model`.
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = keras.dtype_policies.deserialize(config["dtype"])
        return cls(**config)
