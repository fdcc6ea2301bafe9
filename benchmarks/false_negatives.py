"""False negatives: do `margin` and `guide` of InBatchContrastive help?

A RoFormer of 2 layers x 128 learns from random weights which labelled pairs
say the same; nothing else, so no language modelling. The guide is such a model
trained by CoSENT on all labelled pairs. Spearman's correlation times 100 on
the test files, mean and range over the seeds.

Run: python benchmarks/false_negatives.py --data-dir CLUE
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from measure import print_machine

from clue_baselines.roformer_sim.batches import LabelledPairs
from clue_baselines.roformer_sim.pair_sets import evaluated_pairs
from clue_baselines.roformer_sim.pair_sets import training_pairs
from clue_baselines.roformer_sim.stage1 import groups_of
from clue_baselines.roformer_sim.vectors import pair_model
from keras_addons import models
from keras_addons.callbacks import SpearmanEvaluator
from keras_addons.losses import CoSENT
from keras_addons.losses import InBatchContrastive
from keras_addons.losses import guided_targets
from keras_addons.text import LengthBatches
from keras_addons.text import SentenceEncoder
from keras_addons.text import Tokenizer

MAX_LENGTH = 32
VARIANTS = {
    "no row left out": {},
    "margin=0.1": {"margin": 0.1},
    "guide=True": {"guide": True},
}


def new_encoder(tokenizer, seed):
    keras.utils.set_random_seed(seed)
    return models.RoFormer.from_size("tiny", tokenizer.vocabulary_size)


def fit(model, loss, batches, num_steps):
    """The first steps, at a rate that falls to 0."""
    rate = keras.optimizers.schedules.CosineDecay(1e-3, num_steps)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    steps = min(len(batches), num_steps)
    epochs = round(num_steps / steps)
    model.fit(
        batches, steps_per_epoch=steps, epochs=epochs, shuffle=False, verbose=0
    )


def trained_guide(tokenizer, sets, options):
    encoder = new_encoder(tokenizer, seed=100)
    labels = {name: [p.label for p in pairs] for name, pairs in sets.items()}
    batches = LabelledPairs(
        tokenizer, sets, labels, MAX_LENGTH, batch_size=64, seed=100
    )
    model = pair_model(encoder)
    fit(model, CoSENT(), batches, 2 * options.steps)
    return encoder


def vectors_of(encoder, tokenizer):
    model = models.sentence_model(encoder, "last_average")
    return SentenceEncoder(model, tokenizer, MAX_LENGTH)


def trained(tokenizer, pairs, targets, loss, seed, options):
    encoder = new_encoder(tokenizer, seed)
    texts = [text for pair in pairs for text in pair]
    batches = LengthBatches(
        tokenizer.encode_batch(texts, max_length=MAX_LENGTH),
        targets,
        batch_size=64,
        seed=seed,
        rows_per_example=2,
    )
    model = models.sentence_model(encoder, "last_average")
    fit(model, loss, batches, options.steps)
    return encoder


def scores(encoder, tokenizer, tests):
    """Spearman's correlation times 100 on every set, and their mean."""
    encode = vectors_of(encoder, tokenizer)
    values = [
        100 * SpearmanEvaluator(encode, *zip(*pairs)).evaluate()["spearman"]
        for pairs in tests.values()
    ]
    return [*values, np.mean(values)]


def row(name, runs):
    runs = np.array(runs)
    means = [f"{value:.2f}" for value in runs.mean(axis=0)]
    lowest, highest = runs[:, -1].min(), runs[:, -1].max()
    print(
        f"| {name} | {' | '.join(means)} | {lowest:.2f} to {highest:.2f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--test-pairs", type=int, default=10**9)
    options = parser.parse_args()
    print_machine(keras.backend.backend())
    sets = training_pairs(options.data_dir)
    tests = {
        name: pairs[:: -(-len(pairs) // options.test_pairs)]
        for name, pairs in evaluated_pairs(options.data_dir).items()
    }
    alike = [p for pairs in sets.values() for p in pairs if p.is_alike]
    groups = groups_of(alike)
    # Both rows of a pair are of its group.
    groups = np.repeat([groups[pair.first] for pair in alike], 2)
    pairs = [pair[:2] for pair in alike]
    texts = [t for each in sets.values() for p in each for t in p[:2]]
    tokenizer = Tokenizer.from_texts(texts, min_count=2)
    guide = trained_guide(tokenizer, sets, options)
    judged = vectors_of(guide, tokenizer).encode(sum(pairs, ()), 256)
    guided = guided_targets(groups, judged)
    print(f"\n| {len(pairs)} pairs | {' | '.join(tests)} | mean | range |")
    print(f"|---|{'---|' * (len(tests) + 2)}")
    row("the guide", [scores(guide, tokenizer, tests)])
    results = {name: [] for name in VARIANTS}
    for seed in range(options.seeds):
        for name, arguments in VARIANTS.items():
            targets = guided if arguments.get("guide") else groups
            loss = InBatchContrastive(0.05, **arguments)
            encoder = trained(tokenizer, pairs, targets, loss, seed, options)
            results[name].append(scores(encoder, tokenizer, tests))
            print(name, seed, np.round(results[name][-1], 2), flush=True)
    for name, runs in results.items():
        row(name, runs)


if __name__ == "__main__":
    main()
