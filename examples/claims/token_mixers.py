"""8431: what mixes the tokens in place of attention, and how well."""

import keras
import numpy as np

from examples.claims.claim import Claim
from examples.claims.claim import difference
from examples.claims.claim import spread
from examples.claims.titles import numbered
from examples.claims.titles import read
from examples.claims.titles import titles
from examples.claims.titles import vocabulary_of
from examples.claims.training import trained
from keras_addons import models

SEEDS, BATCH_SIZE = range(3), 64
EPOCHS = {"TNEWS": 6, "AFQMC": 2}
MIXERS = {
    "attention": None,
    "FNet": "fnet",
    "gMLP": "gmlp",
    "Mixer": "mlp_mixer",
}
TITLE_LENGTH, PAIR_LENGTH, NUM_PAIRS = 24, 40, 3000


def measure(data_dir):
    """Dev accuracies of models of 2 blocks, trained from the start."""
    train, dev, size = titles(data_dir, length=TITLE_LENGTH)
    pairs = question_pairs(data_dir)
    return [
        compared("TNEWS", 15, size, train, dev),
        compared("AFQMC", 2, pairs[2], *pairs[:2]),
    ]


def compared(task, num_classes, vocabulary_size, train, dev):
    """The row of a task: is anything as good as attention?"""
    sizes = vocabulary_size, num_classes, EPOCHS[task]
    found = {
        name: [run(mixer, *sizes, train, dev, seed) for seed in SEEDS]
        for name, mixer in MIXERS.items()
    }
    texts = [f"{name} {spread(each)}" for name, each in found.items()]
    attention = found.pop("attention")
    best = max(found.values(), key=np.mean)
    commonest = np.bincount(dev[1]).max() / len(dev[1])
    return Claim(
        8431,
        f"FNet, gMLP and Mixer stay behind attention ({task})",
        difference(attention, best),
        f"{len(train[1]):,} examples, 2 blocks of 64 (gMLP 4), {EPOCHS[task]} "
        f"epochs from the start; dev accuracy: {'; '.join(texts)}; always the "
        f"commonest class {commonest:.3f}",
    )


def question_pairs(data_dir):
    """AFQMC: two questions behind each other, each with its segment."""
    parts = [
        read(data_dir / "afqmc" / f"{name}.json", number)
        for name, number in (("train", NUM_PAIRS), ("dev", 1000))
    ]
    sentences = ("sentence1", "sentence2")
    vocabulary = vocabulary_of([r[key] for r in parts[0] for key in sentences])
    half = PAIR_LENGTH // 2
    found = []
    for part in parts:
        ids = [
            numbered([r[key] for r in part], vocabulary, half)
            for key in sentences
        ]
        labels = np.array([int(r["label"]) for r in part], "int32")
        found.append((np.concatenate(ids, axis=1), labels))
    return *found, len(vocabulary) + 2


def run(mixer, vocabulary_size, num_classes, epochs, train, dev, seed):
    keras.utils.set_random_seed(seed)
    length = train[0].shape[1]
    bert = models.Bert(
        vocabulary_size,
        # gMLP has no feed-forward layers, and twice the blocks in its paper.
        num_layers=4 if mixer == "gmlp" else 2,
        num_heads=2,
        hidden_dim=64,
        intermediate_dim=128,
        max_length=length,
        token_mixing=mixer,
    )
    features = keras.layers.GlobalAveragePooling1D()(
        bert.output["sequence_output"]
    )
    outputs = keras.layers.Dense(num_classes)(features)
    model = keras.Model(bert.input, outputs)
    optimizer = keras.optimizers.Adam(1e-3)
    examples = inputs(train[0]), train[1]
    trained(model, optimizer, examples, epochs, BATCH_SIZE)
    return model.evaluate(inputs(dev[0]), dev[1], verbose=0)[1]


def inputs(ids):
    """The second half of a pair is the second segment."""
    segments = np.zeros_like(ids)
    if ids.shape[1] == PAIR_LENGTH:
        segments[:, PAIR_LENGTH // 2 :] = 1
    return {"token_ids": ids, "segment_ids": segments}
