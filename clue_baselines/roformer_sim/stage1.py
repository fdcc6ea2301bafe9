"""Stage 1: which sentence says the same, and how else could it be said?

Idea: of two similar sentences the encoder, with UniLM's attention, writes the
      second from the first, half of whose inputs have hidden words; and the
      vector of the first is to be nearest to its partner's in the batch.
Run:  python -m clue_baselines.roformer_sim.stage1 --data-dir CLUE \
          --checkpoint results/roformer_sim/masked_lm
"""

from pathlib import Path

import keras
import numpy as np

from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.heads.masked_language_model import model_inputs
from clue_baselines.harness.job import Data
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.harness.options.argument_types import number
from clue_baselines.harness.options.argument_types import share
from clue_baselines.harness.run import main
from clue_baselines.roformer_sim.batches import SimilarPairs
from clue_baselines.roformer_sim.stage import Stage
from clue_baselines.roformer_sim.vectors import load_sentence_encoder
from clue_baselines.roformer_sim.vectors import vector_of_first_sentence
from keras_addons.layers import GradientCache
from keras_addons.layers import TokenLosses
from keras_addons.losses import InBatchContrastive
from keras_addons.losses import guided_targets
from keras_addons.text import WholeWordMasking


def groups_of(pairs):
    """Groups sentences that similar pairs link, directly or not.

    Args:
        pairs: list of `Pair`.

    Returns:
        Dict from sentence to the number of its group.
    """
    leader = {}

    def find(sentence):
        while leader.setdefault(sentence, sentence) != sentence:
            leader[sentence] = leader[leader[sentence]]
            sentence = leader[sentence]
        return sentence

    for pair in pairs:
        leader[find(pair.first)] = find(pair.second)
    numbers = {}
    return {
        sentence: numbers.setdefault(find(sentence), len(numbers))
        for sentence in list(leader)
    }


def similar_pairs(records, copies, seed):
    """Returns similar pairs, and pairs of a sentence with itself.

    Args:
        records: `Corpus`.
        copies: float in [0, 1), share of the copies in the result.
        seed: int, which sentences are copied.

    Returns:
        List of (a, b), and an array of the group of each.
    """
    alike = [
        pair
        for pairs in records.sets.values()
        for pair in pairs
        if pair.is_alike
    ]
    groups = groups_of(alike)
    others = [s for s in records.sentences if s not in groups]
    order = np.random.default_rng(seed).permutation(len(others))
    num_copies = round(copies / (1 - copies) * len(alike))
    copied = [others[i] for i in order[:num_copies]]
    print(f"{len(alike)} similar pairs, {len(copied)} copies")
    numbers = [groups[pair.first] for pair in alike]
    numbers += range(len(groups), len(groups) + len(copied))
    pairs = [(p.first, p.second) for p in alike] + [(s, s) for s in copied]
    return pairs, np.array(numbers)


class MeanOfTargets(keras.losses.Loss):
    """The mean of the losses of the tokens that have a target."""

    def __init__(self):
        super().__init__(reduction="mean_with_sample_weight", dtype="float32")

    def __call__(self, targets, token_losses, sample_weight=None):
        is_target = keras.ops.cast(targets > 0, "float32")
        return super().__call__(targets, token_losses, is_target)

    def call(self, targets, token_losses):
        return token_losses


def guide_vectors(pairs, folder, max_length):
    """Encodes both sentences of each pair with the encoder in a folder.

    Returns:
        Array (number of pairs, 2, dim).
    """
    encoder = load_sentence_encoder(folder, max_length)
    vectors = encoder.encode(
        [sentence for pair in pairs for sentence in pair], batch_size=256
    )
    return vectors.reshape(len(pairs), 2, -1)


class FirstStage(Stage):
    """Generates the similar sentence, and retrieves it within the batch."""

    def add_options(self, parser):
        super().add_options(parser)
        self.add_vector_options(parser)
        parser.add_argument(
            "--chunk-size",
            type=at_least(1),
            help="rows (two a pair) that are in memory at a time; the loss "
            "and its gradients stay those of the batch (default: all)",
        )
        parser.add_argument(
            "--copies",
            type=share,
            default=0.5,
            help="share of the pairs whose sentence is its own partner, to "
            "be restored from its hidden words (default: %(default)s)",
        )

    def add_vector_options(self, parser):
        """Adds the options of the loss of the vectors."""
        parser.add_argument(
            "--margin",
            type=number,
            help="leave out a sentence of the batch whose cosine exceeds the "
            "partner's by more than this: it may say the same (default: none "
            "is left out; with --guide 0)",
        )
        parser.add_argument(
            "--guide",
            type=Path,
            help="folder of an encoder of these stages whose cosines decide "
            "what is left out; with its own vocab.txt (default: the model "
            "itself)",
        )

    def data(self, tokenizer, records, options):
        pairs, groups = similar_pairs(records, options.copies, options.seed)
        return Data(
            SimilarPairs(
                tokenizer,
                pairs,
                self.labels(pairs, groups, options),
                WholeWordMasking(tokenizer, rate=0.15, text_rate=0.5),
                self.longest_row(options),
                batch_size=options.batch_size,
                seed=options.seed,
            )
        )

    def labels(self, pairs, groups, options):
        """Returns the targets of the vectors: the group of each sentence."""
        groups = np.stack([groups, groups], axis=1)
        if options.guide is None:
            return groups
        vectors = guide_vectors(pairs, options.guide, options.max_length)
        with user_errors("--guide: "):
            return guided_targets(groups, vectors)

    def vector_loss(self, options):
        return InBatchContrastive(
            temperature=0.05,
            margin=options.margin,
            guide=options.guide is not None,
        )

    def build(self, encoder, options):
        """Vectors of the first sentences, and losses of the second ones."""
        inputs = model_inputs()
        outputs = TokenLosses(encoder)(inputs)
        outputs["vector"] = vector_of_first_sentence(
            outputs.pop("sequence_output"), inputs
        )
        model = keras.Model(inputs, outputs)
        if options.chunk_size is None:
            return model
        return keras.Model(
            inputs, GradientCache(model, options.chunk_size)(inputs)
        )

    def longest_row(self, options):
        return 2 * options.max_length - 1  # two sentences, one [CLS]

    def compared(self, options):
        return "vectors"

    def compile_arguments(self, options):
        loss = {
            "vector": self.vector_loss(options),
            "token_losses": MeanOfTargets(),
        }
        return {"loss": loss}


stage = FirstStage(
    name="stage1",
    question="Which sentence says the same, and how else could it be said?",
    defaults={
        "scratch": {"epochs": 2, "dropout": 0.1, "batch_size": 48},
        "sample": {
            "epochs": 11,
            "batch_size": 16,
            "learning_rate": 2e-3,
            "dropout": 0.0,
        },
        "checkpoint": {"epochs": 3, "batch_size": 48, "learning_rate": 1e-5},
    },
)

if __name__ == "__main__":
    main(stage)
