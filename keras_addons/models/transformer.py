"""What the families of transformers share."""

import dataclasses

import keras

from keras_addons.layers.quantized_parts import dtype_of_all_parts
from keras_addons.models.architecture import Architecture
from keras_addons.models.architecture import size_named
from keras_addons.models.builder import Builder
from keras_addons.models.checkpoints.exchange import load
from keras_addons.models.checkpoints.exchange import save
from keras_addons.models.families.bert_config import BERT_KEYS
from keras_addons.models.families.bert_names import bert_names
from keras_addons.models.families.registry import FAMILIES


class Transformer(keras.Model):
    """A functional model whose config is its `Architecture`.

    A family of transformers is a subclass; with a `model_type` of its own,
    `models.from_checkpoint` knows it. Its attributes:

        parts: `Parts`, what each layer is for; a copy and a loaded model have
            theirs, since the constructor makes them.
        model_type: name of the family in configs, and first module of the
            names of its weights.
        positions: see `Architecture`.
        weight_names: function of `parts` and `model_type` that yields the
            name of each weight in checkpoints, and the weight.
        config_keys: `ConfigKeys`, the keys of its configs.
        recognized_by: None or the name of a weight: a checkpoint that has it,
            and need not name its family, is of this one.
    """

    model_type = None
    positions = None
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
        parts, outputs = Builder(architecture, policy).connect(**inputs)
        name = name or self.model_type
        super().__init__(inputs, outputs, name=name, trainable=trainable)
        self.dtype_policy = policy
        self.architecture = architecture
        self.parts = parts

    @classmethod
    def from_size(cls, size, vocabulary_size, **options):
        """A new model of a size that the field has a name for.

        Args:
            size: "tiny" (2 layers of 128), "mini" (4 of 256), "small" (6 of
                384) or "base" (12 of 768).
            vocabulary_size: positive int.
            **options: the further arguments of the constructor.

        Returns:
            A model with random weights.
        """
        return cls(vocabulary_size, **size_named(size), **options)

    @classmethod
    def from_checkpoint(cls, path, **options):
        """A model with the shape and the weights of a checkpoint.

        Args:
            path: folder of Google's form (`bert_config.json`,
                `bert_model.ckpt.*`) or of Hugging Face's (`config.json`,
                `model.safetensors`).
            **options: arguments of the constructor that differ from what
                the config says, such as `attention="unilm"`.

        Returns:
            A model; weights of the checkpoint that it has no use for, such
            as a pooler without `pooler=`, are left out.

        Raises:
            FileNotFoundError: a file is missing.
            ImportError: a package is missing that reads files of this form.
            ValueError: the checkpoint is of another family, a value of the
                config is not of its kind, a file is damaged, or a tensor is
                missing, has another shape or no place in the model.
        """
        return load(cls, path, options)

    def save_checkpoint(self, path, vocabulary_file=None, pooling=None):
        """Writes a folder that Hugging Face's `transformers` can load.

        Args:
            path: folder; files of the same names in it are replaced, each
                once it is whole.
            vocabulary_file: None or the path of the `vocab.txt` to go along.
            pooling: None or the pooling of `models.sentence_model` that the
                model was trained with. It is noted in `config.json`, for
                those who fine-tune the model, and changes nothing here.

        Raises:
            FileNotFoundError: `vocabulary_file` is missing.
            ValueError: Hugging Face's family cannot say what the model is,
                or it is quantized.
        """
        save(self, path, vocabulary_file, pooling)

    def extra_arrays(self):
        """What a written checkpoint holds beside the weights: by name."""
        return {}

    def keys_to_write(self):
        """From each field of `Architecture` to its key in a written config."""
        return {**self.config_keys.required, **self.config_keys.optional}

    def get_config(self):
        fields = dataclasses.asdict(self.architecture)
        del fields["positions"]  # the class says it
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
