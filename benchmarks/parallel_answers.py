"""How much faster are answers that a masked model writes all at once?

Claim: an answer of 8 tokens to a question of 16 about a text of 208, 16 texts
at a time, with a RoFormer of 6 layers of 384 and 12,000 tokens, takes at most
a third of the time where the tokens are predicted in one pass
(`clue_baselines.mrc_by_mlm`: 32 [MASK], then greedy among the runs of the
text) of what it takes to read question and text again for every token. The
keys and values that `models.CachedDecoder` keeps save as much: the text is
read once either way, and a short answer is soon written.

The weights are random, so the answers differ; their lengths are the same for
the decoders and at most so long for the masks. All alternate in one process
for each backend; ratios are medians of those of rounds that follow each other.

Run: python benchmarks/parallel_answers.py
"""

import json
import sys

import numpy as np
from measure import alternate
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

NUM_TEXTS, QUESTION, TEXT, ANSWER, VOCABULARY = 16, 16, 208, 8, 12000
NUM_MASKS = 32
MASK, END = 4, 3
BACKENDS = ("tensorflow", "jax", "torch")
NUM_ROUNDS = 3


def model(attention):
    from keras_addons import models

    return models.RoFormer.from_size(
        "small", VOCABULARY, attention=attention, with_lm_head=True
    )


def at_once(asked):
    """Returns a function that answers all texts in one pass."""
    from clue_baselines.harness.shapes import MaskedAnswer

    task = MaskedAnswer(name="masked", question="")
    network = task.build(model("bidirectional"), None)
    masks = np.full((NUM_TEXTS, NUM_MASKS), MASK)
    parts = [asked[:, :1], masks, asked[:, -1:], asked[:, 1:]]
    token_ids = np.concatenate(parts, axis=1)  # [CLS] masks [SEP] question ...
    segment_ids = np.zeros_like(token_ids)
    segment_ids[:, -TEXT:] = 1
    inputs = {"token_ids": token_ids, "segment_ids": segment_ids}

    def answer():
        outputs = np.asarray(network.predict_on_batch(inputs))
        return task.decode(outputs, inputs)

    return answer


def one_by_one(asked):
    """Returns a function that writes all answers token by token."""
    from keras_addons import models
    from keras_addons.models.generation.one_by_one import generate
    from keras_addons.models.generation.one_by_one import most_probable
    from keras_addons.models.generation.rules import Rules

    rules = Rules(END, (0,), min_length=ANSWER, max_length=ANSWER)
    length = asked.shape[1] + ANSWER
    decoder = models.CachedDecoder(model("unilm"), NUM_TEXTS, length)

    def answer():
        return generate(decoder, decoder.start(asked), most_probable, rules)

    return answer


def read_again(asked):
    """Returns a function that reads all before it writes the next token."""
    import keras

    decoder = model("unilm")
    features = decoder.output["sequence_output"][:, -1:]
    logits = decoder.parts.lm_head(features)
    network = keras.Model(decoder.input, logits)

    def answer():
        token_ids = asked
        for _ in range(ANSWER):
            segment_ids = np.zeros_like(token_ids)
            segment_ids[:, asked.shape[1] :] = 1
            inputs = {"token_ids": token_ids, "segment_ids": segment_ids}
            outputs = np.asarray(network.predict_on_batch(inputs))
            token_ids = np.append(
                token_ids, outputs[:, 0].argmax(-1)[:, None], 1
            )
        return token_ids

    return answer


def measure():
    """Milliseconds for all texts, a list for each contender."""
    asked = np.random.default_rng(0).integers(
        5, VOCABULARY, (NUM_TEXTS, QUESTION + TEXT)
    )
    asked[:, [QUESTION - 1, -1]] = END  # after the question and the text
    contenders = {
        "at once": at_once(asked),
        "one by one, with a cache": one_by_one(asked),
        "one by one, read again": read_again(asked),
    }
    return alternate(contenders, NUM_ROUNDS, warm_up=1)


def report():
    print_machine(*BACKENDS)
    print_header("backend", "tokens", "16 answers, ms", "ratio to at once")
    for backend in installed(*BACKENDS):
        times = in_child(__file__, backend, backend)
        for name, each in times.items():
            ratio = median_ratio(times, name, "at once")
            print(
                f"| {backend} | {name} | {np.median(each):.0f} | {ratio:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        report()
    else:
        print(json.dumps(measure()))
