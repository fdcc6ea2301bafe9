"""How long does it take to encode 10,000 sentences?

Claim: on each backend `SentenceEncoder.encode` is not slower than torch with
`transformers`' RoFormerModel of the same weights, written with care: sorted by
length, padded to the longest row of the batch, in `inference_mode`.

Both tokenize with the same tokenizer. Each takes the batch size that suits it
best, as told by 2,000 sentences, encoded three times. The contenders of a
backend alternate in one process, call by call; ratios are medians of the
ratios of calls that follow each other. The vectors, of [CLS], must agree to
1e-4 first.

Run: python benchmarks/encode.py [LCQMC/test.tsv] [--num 10000] [--size mini]
(without the file: made-up sentences of LCQMC's lengths)
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import alternate
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

BATCH_SIZES = (32, 64, 128, 256, 512)
NUM_FOR_CHOICE = 2000
NUM_ROUNDS = 3
MAX_LENGTH = 64


def sentences_of(path, number):
    """Distinct sentences of the first two columns, or made-up ones."""
    random = np.random.default_rng(0)
    if path is None:
        characters = [chr(0x4E00 + i) for i in range(3000)]
        lengths = random.lognormal(2.25, 0.35, number).astype(int) + 2
        return ["".join(random.choice(characters, n)) for n in lengths]
    lines = Path(path).read_text(encoding="utf8").split("\n")
    sentences = {text for line in lines for text in line.split("\t")[:2]}
    sentences = sorted(sentences - {""})
    return [sentences[i] for i in random.permutation(len(sentences))[:number]]


def their_encode(folder, tokenizer):
    """The function that a careful user of transformers would write."""
    import torch
    import transformers

    model = transformers.RoFormerModel.from_pretrained(folder).eval()

    @torch.inference_mode()
    def encode(sentences, batch_size):
        rows = tokenizer.encode_batch(sentences, max_length=MAX_LENGTH)
        lengths = np.array([len(row.token_ids) for row in rows])
        order = np.argsort(-lengths, kind="stable")
        vectors = np.empty((len(rows), model.config.hidden_size), "float32")
        for start in range(0, len(rows), batch_size):
            batch = order[start : start + batch_size]
            ids = np.zeros((len(batch), lengths[batch].max()), "int64")
            for line, row in zip(ids, batch):
                line[: lengths[row]] = rows[row].token_ids
            ids = torch.from_numpy(ids)
            output = model(
                input_ids=ids,
                attention_mask=(ids != 0).long(),
                token_type_ids=torch.zeros_like(ids),
            )
            vectors[batch] = output.last_hidden_state[:, 0].numpy()
        return vectors

    return encode


def contenders(size, sentences):
    """Both as functions of sentences and a batch size, of equal weights."""
    from keras_addons import models
    from keras_addons import text

    tokenizer = text.Tokenizer.from_texts(sentences)
    roformer = models.RoFormer.from_size(size, tokenizer.vocabulary_size)
    encoder = text.SentenceEncoder(
        models.sentence_model(roformer), tokenizer, MAX_LENGTH
    )
    with tempfile.TemporaryDirectory() as folder:
        roformer.save_checkpoint(folder)
        theirs = their_encode(folder, tokenizer)
    return {"keras_addons": encoder.encode, "transformers": theirs}


def measure(arguments):
    """Seconds of each contender at the batch size that suits it best."""
    sentences = sentences_of(arguments.path, arguments.num)
    encoders = contenders(arguments.size, sentences)

    def call(name, batch_size, sentences):
        return lambda: encoders[name](sentences, batch_size)

    some = sentences[:NUM_FOR_CHOICE]
    ours, theirs = (encode(some, 32) for encode in encoders.values())
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    trials = {
        (name, batch_size): call(name, batch_size, some)
        for batch_size in BATCH_SIZES
        for name in encoders
    }
    tried = alternate(trials, NUM_ROUNDS, warm_up=1)
    best = [
        min(
            (key for key in trials if key[0] == name),
            key=lambda key: np.median(tried[key]),
        )
        for name in encoders
    ]
    calls = {key: call(*key, sentences) for key in best}
    times = alternate(calls, NUM_ROUNDS, warm_up=1)
    return [
        {
            "contender": name,
            "batch": batch_size,
            "seconds": float(np.median(times[name, batch_size])) / 1e3,
            "ratio": median_ratio(times, best[0], (name, batch_size)),
        }
        for name, batch_size in best
    ]


def report(arguments):
    print_machine("tensorflow", "jax", "torch", "transformers")
    source = arguments.path and Path(arguments.path).name
    print(
        f"{arguments.num:,} sentences of "
        f"{source or 'made-up characters: no file was given'}; "
        f"RoFormer {arguments.size}"
    )
    print_header(
        "backend", "contender", "batch", "seconds", "ratio of ours to it"
    )
    for backend in installed("tensorflow", "jax", "torch"):
        for row in in_child(__file__, backend, *sys.argv[1:], "--child"):
            print(
                f"| {backend} | {row['contender']} | {row['batch']} "
                f"| {row['seconds']:.1f} | {row['ratio']:.2f} |",
                flush=True,
            )


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", nargs="?", help="the test.tsv of LCQMC")
    parser.add_argument("--num", type=int, default=10_000)
    parser.add_argument("--size", default="mini", help="of RoFormer.from_size")
    parser.add_argument("--child", action="store_true", help="used internally")
    return parser.parse_args()


if __name__ == "__main__":
    if parsed().child:
        print(json.dumps(measure(parsed())))
    else:
        report(parsed())
