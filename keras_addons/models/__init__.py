"""Transformers, their checkpoints, sentence vectors and generation."""

from keras_addons.models.adversarial_training import (
    AdversarialTraining as AdversarialTraining,
)
from keras_addons.models.builder import Builder as Builder
from keras_addons.models.checkpoints.checkpoint import Checkpoint as Checkpoint
from keras_addons.models.families.bert import Bert as Bert
from keras_addons.models.families.lexical_roformer import (
    LexicalRoFormer as LexicalRoFormer,
)
from keras_addons.models.families.roformer import RoFormer as RoFormer
from keras_addons.models.from_checkpoint import (
    from_checkpoint as from_checkpoint,
)
from keras_addons.models.generation.cached_decoder import (
    CachedDecoder as CachedDecoder,
)
from keras_addons.models.generation.generator import Generator as Generator
from keras_addons.models.sentence_model import sentence_model as sentence_model
from keras_addons.models.transformer import Transformer as Transformer
