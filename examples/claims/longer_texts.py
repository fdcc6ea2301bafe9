"""8823, 9034, 9708, 9728: causal models on texts longer than in training.

A small character model is trained on 64 characters and then predicts the same
64 characters with more and more text before them.
"""

import json

import keras
import numpy as np
from keras import ops as kops

from examples.claims.claim import Claim
from examples.claims.claim import difference
from examples.claims.claim import spread
from examples.claims.titles import UNKNOWN
from examples.claims.titles import vocabulary_of
from keras_addons import layers

SEEDS, TRAINED, FACTORS = range(3), 64, (1, 2, 4, 8)
SIZE, STEPS, BATCH_SIZE, NUM_CHARACTERS = 64, 1500, 16, 800
LONGEST = TRAINED * FACTORS[-1]
WINDOW = TRAINED // 4
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
# Of training and of reading: what wraps the attention, by window and slope.
RE_ROPE, INVERSE = (2 * WINDOW, 0.0), (WINDOW, 2.0 * FACTORS[-1])
ARMS = {
    "RoPE": (False, None, None),
    "RoPE, log n": (True, None, None),
    "ReRoPE": (False, None, RE_ROPE),
    "ReRoPE, log n": (True, None, RE_ROPE),
    "inverse Leaky ReRoPE, log n": (True, INVERSE, None),
}


def measure(data_dir):
    """The loss of the same characters by the length of the text."""
    train, dev, size = character_streams(data_dir)
    found = {name: [] for name in ARMS}
    for seed in SEEDS:
        weights = {}
        for name, (with_log, training, reading) in ARMS.items():
            key = (with_log, training)
            if key not in weights:
                weights[key] = trained_weights(train, size, *key, seed)
            model = causal_model(size, with_log, reading)
            model.set_weights(weights[key])
            found[name].append(losses_by_length(model, dev))
    found = {name: np.array(each) for name, each in found.items()}
    lengths = ", ".join(str(TRAINED * factor) for factor in FACTORS)
    texts = [
        f"{name} " + ", ".join(spread(each) for each in found[name].T)
        for name in ARMS
    ]
    gained = {name: each[:, 0] - each[:, -1] for name, each in found.items()}
    plain, with_log, clipped, both, inverse = gained.values()
    return [
        Claim(
            9034,
            "scores with log n lose less beyond the length of training",
            difference(with_log, plain),
            f"CMRC2018's texts, causal character model of 2 blocks of {SIZE}, "
            f"{STEPS} steps on {TRAINED} characters; loss of the same "
            f"{TRAINED} characters at the end of {lengths}: "
            f"{'; '.join(texts)}",
        ),
        Claim(
            9708,
            "ReRoPE, not trained with, loses less beyond the length of "
            "training",
            difference(np.mean([clipped, both], 0), plain),
            f"as above, window {RE_ROPE[0]}; loss at {LONGEST} less that at "
            f"{TRAINED}: RoPE {lost(plain)}; ReRoPE {lost(clipped)}, with log "
            f"n {lost(both)}",
        ),
        Claim(
            9728,
            "inverse Leaky ReRoPE in training, plain RoPE after it, loses less",
            difference(inverse, plain),
            f"as above, window {INVERSE[0]}, slope {INVERSE[1]:.0f}, with "
            f"log n: {lost(inverse)}; RoPE {lost(plain)}, with log n "
            f"{lost(with_log)}",
        ),
    ]


def lost(gained):
    return spread(-gained)


def character_streams(data_dir):
    """Returns the numbers of all characters for training and for dev."""
    texts = {"train": [], "dev": []}
    for name in ("trial", "test", "dev"):
        path = data_dir / "cmrc2018" / f"{name}.json"
        data = json.loads(path.read_text(encoding="utf8"))["data"]
        part = texts["dev" if name == "dev" else "train"]
        part += [p["context"] for each in data for p in each["paragraphs"]]
    vocabulary = vocabulary_of(texts["train"])
    kept = {each: n for each, n in vocabulary.items() if n < NUM_CHARACTERS}
    streams = [
        np.array([kept.get(c, UNKNOWN) for c in "".join(part)], "int32")
        for part in texts.values()
    ]
    return *streams, NUM_CHARACTERS


def causal_model(vocabulary_size, with_log=False, rerope=None):
    """A causal model of characters; `rerope` is a window and a slope."""
    inputs = keras.Input((None,), dtype="int32")
    table = layers.Embedding(vocabulary_size, SIZE)
    features = table(inputs)
    for _ in range(2):
        scores = layers.EntropyInvariantSoftmax(base_length=TRAINED)
        attention = layers.MultiHeadAttention(
            2,
            rotary=layers.RotaryEmbedding(),
            normalization=scores if with_log else None,
        )
        if rerope is not None:
            attention = layers.ReRoPE(attention, *rerope)
        block = layers.TransformerBlock(attention, layers.FeedForward(2 * SIZE))
        features = block(features, use_causal_mask=True)
    logits = keras.layers.Dense(vocabulary_size)(features)
    return keras.Model(inputs, logits)


def trained_weights(stream, vocabulary_size, with_log, rerope, seed):
    keras.utils.set_random_seed(seed)
    model = causal_model(vocabulary_size, with_log, rerope)
    model.compile(keras.optimizers.Adam(2e-3), LOSS)
    starts = np.random.default_rng(seed).integers(
        0, len(stream) - TRAINED - 1, STEPS * BATCH_SIZE
    )
    windows = stream[starts[:, None] + np.arange(TRAINED + 1)]
    model.fit(windows[:, :-1], windows[:, 1:], batch_size=BATCH_SIZE, verbose=0)
    return model.get_weights()


def losses_by_length(model, stream, num_windows=60):
    """The loss of the last `TRAINED` characters of windows of each length."""
    ends = np.linspace(LONGEST, len(stream) - 2, num_windows).astype(int)
    found = []
    for factor in FACTORS:
        places = ends[:, None] + np.arange(-factor * TRAINED, 0)
        logits = model.predict(stream[places], batch_size=4, verbose=0)
        last = logits[:, -TRAINED:]
        targets = stream[places[:, -TRAINED:] + 1]
        found.append(float(kops.convert_to_numpy(LOSS(targets, last))))
    return found
