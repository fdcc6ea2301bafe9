"""Losses, one a file: the function defines it, the class configures it."""

from keras_addons.losses.angle import AnglE as AnglE
from keras_addons.losses.angle import angle_loss as angle_loss
from keras_addons.losses.batch_hard_triplet import (
    BatchHardTriplet as BatchHardTriplet,
)
from keras_addons.losses.batch_hard_triplet import (
    batch_hard_triplet_loss as batch_hard_triplet_loss,
)
from keras_addons.losses.batch_loss import BatchLoss as BatchLoss
from keras_addons.losses.cosent import CoSENT as CoSENT
from keras_addons.losses.cosent import cosent_loss as cosent_loss
from keras_addons.losses.estimators.enumeration import (
    Enumeration as Enumeration,
)
from keras_addons.losses.estimators.gradient_estimator import (
    GradientEstimator as GradientEstimator,
)
from keras_addons.losses.estimators.gumbel_relaxation import (
    GumbelRelaxation as GumbelRelaxation,
)
from keras_addons.losses.estimators.reinforce import Reinforce as Reinforce
from keras_addons.losses.estimators.straight_through import (
    StraightThrough as StraightThrough,
)
from keras_addons.losses.expected_loss import ExpectedLoss as ExpectedLoss
from keras_addons.losses.false_negatives import guided_targets as guided_targets
from keras_addons.losses.grouped_crossentropy import (
    GroupedCrossentropy as GroupedCrossentropy,
)
from keras_addons.losses.grouped_crossentropy import (
    grouped_crossentropy as grouped_crossentropy,
)
from keras_addons.losses.in_batch_contrastive import (
    InBatchContrastive as InBatchContrastive,
)
from keras_addons.losses.in_batch_contrastive import (
    in_batch_contrastive_loss as in_batch_contrastive_loss,
)
from keras_addons.losses.matryoshka import Matryoshka as Matryoshka
from keras_addons.losses.matryoshka import matryoshka_loss as matryoshka_loss
from keras_addons.losses.multi_label_crossentropy import (
    MultiLabelCrossentropy as MultiLabelCrossentropy,
)
from keras_addons.losses.multi_label_crossentropy import (
    multi_label_crossentropy as multi_label_crossentropy,
)
from keras_addons.losses.r_drop import RDrop as RDrop
from keras_addons.losses.r_drop import r_drop_loss as r_drop_loss
from keras_addons.losses.semi_hard_triplet import (
    SemiHardTriplet as SemiHardTriplet,
)
from keras_addons.losses.semi_hard_triplet import (
    semi_hard_triplet_loss as semi_hard_triplet_loss,
)
from keras_addons.losses.sequence_to_sequence import (
    SequenceToSequenceCrossentropy as SequenceToSequenceCrossentropy,
)
from keras_addons.losses.sequence_to_sequence import (
    sequence_to_sequence_crossentropy as sequence_to_sequence_crossentropy,
)
from keras_addons.losses.sequence_to_sequence import (
    sequence_to_sequence_targets as sequence_to_sequence_targets,
)
from keras_addons.losses.similarity_distillation import (
    SimilarityDistillation as SimilarityDistillation,
)
from keras_addons.losses.similarity_distillation import (
    similarity_distillation_loss as similarity_distillation_loss,
)
from keras_addons.losses.soft_accuracy import SoftAccuracy as SoftAccuracy
from keras_addons.losses.soft_accuracy import (
    soft_accuracy_loss as soft_accuracy_loss,
)
from keras_addons.losses.soft_f1 import SoftF1 as SoftF1
from keras_addons.losses.soft_f1 import soft_f1_loss as soft_f1_loss
from keras_addons.losses.span_crossentropy import (
    SpanCrossentropy as SpanCrossentropy,
)
from keras_addons.losses.span_crossentropy import (
    span_crossentropy as span_crossentropy,
)
from keras_addons.losses.sparse_multi_label_crossentropy import (
    SparseMultiLabelCrossentropy as SparseMultiLabelCrossentropy,
)
from keras_addons.losses.sparse_multi_label_crossentropy import (
    sparse_multi_label_crossentropy as sparse_multi_label_crossentropy,
)
from keras_addons.losses.supervised_contrastive import (
    SupervisedContrastive as SupervisedContrastive,
)
from keras_addons.losses.supervised_contrastive import (
    supervised_contrastive_loss as supervised_contrastive_loss,
)
from keras_addons.losses.token_crossentropy import (
    TokenCrossentropy as TokenCrossentropy,
)
from keras_addons.losses.token_crossentropy import (
    token_crossentropy as token_crossentropy,
)
from keras_addons.losses.two_tower_contrastive import (
    TwoTowerContrastive as TwoTowerContrastive,
)
from keras_addons.losses.two_tower_contrastive import (
    two_tower_contrastive_loss as two_tower_contrastive_loss,
)
