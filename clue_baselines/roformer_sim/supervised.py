"""Supervised: how alike are these two sentences?

Idea: the pairs of every labelled set, a batch of one set at a time. With
      --objective cosent (the default) pairs with a greater label shall have
      a greater cosine; with sbert [u; v; |u - v|] is classified, no and yes
      apart from contradiction, neutral and entailment.
Run:  python -m clue_baselines.roformer_sim.supervised --data-dir CLUE \
          --checkpoint results/roformer_sim/stage1
"""

import keras
import numpy as np

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.job import Data
from clue_baselines.harness.run import main
from clue_baselines.roformer_sim.batches import LabelledPairs
from clue_baselines.roformer_sim.pair_sets import LABELS
from clue_baselines.roformer_sim.pair_sets import NLI
from clue_baselines.roformer_sim.stage import Stage
from clue_baselines.roformer_sim.vectors import pair_model
from clue_baselines.roformer_sim.vectors import sentence_encoder
from keras_addons.callbacks import SpearmanEvaluator
from keras_addons.layers import PairFeatures
from keras_addons.losses import CoSENT
from keras_addons.losses import GroupedCrossentropy

NUM_WATCHED = 300  # pairs of each set that are not trained on


def class_of(pair, name):
    """No and yes are 0 and 1; contradiction to entailment are 2 to 4."""
    if LABELS.get(name) is NLI:
        return 2 + round(2 * pair.label)
    return int(pair.label > 0.5)


def watched_and_rest(sets):
    """Splits every `n`-th pair off each set that has enough of them."""
    watched, rest = {}, {}
    for name, pairs in sets.items():
        step = max(10, len(pairs) // NUM_WATCHED)
        watched[name] = pairs[::step]
        rest[name] = [p for i, p in enumerate(pairs) if i % step]
    return watched, rest


class MeanOfSets(keras.callbacks.Callback):
    """Adds the mean of the sets' correlations to the logs.

    Ends the training where one of them is NaN, or -inf as the evaluators say
    of the first epochs: such a model is not kept.
    """

    def on_epoch_end(self, epoch, logs=None):
        values = {k: v for k, v in logs.items() if k.endswith("_spearman")}
        for name, value in values.items():
            if not np.isfinite(value):
                raise UserError(
                    f"{name} is {value} after epoch {epoch + 1}: "
                    "try a lower --learning-rate"
                )
        logs["val_spearman"] = float(np.mean(list(values.values())))


class Supervised(Stage):
    """Learns from labels of several kinds at once."""

    def add_options(self, parser):
        super().add_options(parser)
        parser.add_argument(
            "--objective",
            choices=("cosent", "sbert"),
            default="cosent",
            help="what is learned of the labels (default: %(default)s)",
        )

    def data(self, tokenizer, records, options):
        _, rest = watched_and_rest(records.sets)
        labels = {
            name: [
                class_of(pair, name)
                if options.objective == "sbert"
                else pair.label
                for pair in pairs
            ]
            for name, pairs in rest.items()
        }
        return Data(
            LabelledPairs(
                tokenizer,
                rest,
                labels,
                options.max_length,
                batch_size=options.batch_size,
                seed=options.seed,
            )
        )

    def callbacks(self, trained, records, options):
        watched, _ = watched_and_rest(records.sets)
        encoder = sentence_encoder(
            trained.encoder, trained.tokenizer, options.max_length
        )
        evaluators = [
            SpearmanEvaluator(
                encoder, *map(list, zip(*pairs)), name=f"val_{name}"
            )
            for name, pairs in watched.items()
            if len({pair.label for pair in pairs}) > 1  # has an order
        ]
        if not evaluators:
            raise UserError(
                f"{', '.join(records.sets)}: the pairs kept out of training "
                "have one label, by which no epoch can be chosen"
            )
        return [*evaluators, MeanOfSets()]

    def build(self, encoder, options):
        model = pair_model(encoder)
        if options.objective == "cosent":
            return model
        scores = keras.layers.Dense(
            5, use_bias=False, dtype="float32", name="label_logits"
        )(PairFeatures(dtype="float32")(model.output))
        return keras.Model(model.input, scores)

    def compared(self, options):
        return "cosines" if options.objective == "cosent" else None

    def compile_arguments(self, options):
        if options.objective == "cosent":
            return {"loss": CoSENT()}
        return {"loss": GroupedCrossentropy(groups=(2, 3))}


stage = Supervised(
    name="supervised",
    question="How alike are these two sentences?",
    metric="val_spearman",
    defaults={
        "scratch": {"epochs": 5, "dropout": 0.1, "batch_size": 64},
        "sample": {"epochs": 5, "batch_size": 64},
        "checkpoint": {"epochs": 5, "batch_size": 64, "learning_rate": 2e-5},
    },
)

if __name__ == "__main__":
    main(stage)
