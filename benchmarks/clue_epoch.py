"""One epoch of three CLUE tasks, as the commands train it.

Claim: batches of rows of similar length make an epoch of TNEWS at least 3
times faster than rows that are all padded to the maximal length, and it is not
slower than a plain loop of transformers and torch over shuffled rows, each
batch padded to its longest.

- By length: the model, the optimizer, the batches and the `fit` of `python -m
  clue_baselines.TASK` from scratch (2 layers of 128).
- Padded: the same model in `fit`, each row padded to the task's maximum.
- transformers: `BertModel` of the same size and vocabulary, a dense layer on
  [CLS] (CMRC2018: on each token, for start and end), torch.optim.AdamW.
- An epoch begins with token ids: tokenization is not in it, nor is compiling.
- The three alternate in one process; ratios are medians of the ratios of
  epochs that follow each other.

Data: DIR/TASK as `python -m clue_baselines download` leaves it; of CMRC2018
trial.json.

Run: python benchmarks/clue_epoch.py --data-dir DIR [--backend torch]
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

TASKS = ("tnews", "afqmc", "cmrc2018")
FILES = {"cmrc2018": "trial.json"}
BATCH_SIZE = 32
BACKENDS = ("tensorflow", "jax", "torch")
BY_LENGTH, PADDED, OTHER = "by length", "padded", "transformers"


def prepare(name, data_dir, limit):
    """Reads and encodes; returns task, options, tokenizer and `Examples`."""
    from clue_baselines.harness.catalog import task_named
    from clue_baselines.harness.options.command_line import parse_options
    from keras_addons.text import Tokenizer

    task = task_named(name)
    options = parse_options(
        task, [f"--data-dir={data_dir}", f"--batch-size={BATCH_SIZE}"]
    )
    options = task.settled(options)
    file = Path(data_dir) / task.folder / FILES.get(name, "train.json")
    records = task.read_part([file])[: limit or None]
    texts = [text for record in records for text in task.texts_of(record)]
    tokenizer = Tokenizer.from_texts(texts, min_count=2)
    examples = task.rows(tokenizer, records)
    # Whole batches: on JAX a smaller one would compile for each new length.
    whole = len(examples.owners) // BATCH_SIZE * BATCH_SIZE
    return (
        *(task, options, tokenizer),
        examples._replace(
            encodings=examples.encodings[:whole],
            targets=examples.targets[:whole],
            owners=examples.owners[:whole],
        ),
    )


def keras_epochs(task, options, tokenizer, examples):
    """An epoch by length, and one of rows of equal length."""
    import keras

    from clue_baselines.harness.options.optimizer import make_optimizer
    from keras_addons import models

    encoder = models.RoFormer.from_size(
        options.model,
        vocabulary_size=tokenizer.vocabulary_size,
        **task.encoder_arguments(options),
    )
    model = task.build(encoder, options)
    batches = examples.batches(BATCH_SIZE, options.seed)
    is_jax = keras.backend.backend() == "jax"
    model.compile(
        make_optimizer(options, len(batches), model),
        jit_compile="auto" if is_jax else False,
        **task.compile_arguments(options),
    )
    padded = padded_batches(batches, task.max_length)
    return {
        BY_LENGTH: partial(model.fit, batches, shuffle=False, verbose=0),
        PADDED: partial(model.fit, padded, shuffle=False, verbose=0),
    }, encoder.count_params()


def padded_batches(batches, length):
    """The same batches, with all rows padded to one length."""
    import keras

    class PaddedBatches(keras.utils.PyDataset):
        def __len__(self):
            return len(batches)

        def __getitem__(self, index):
            inputs, targets = batches[index]
            return {
                name: np.pad(rows, [(0, 0), (0, length - rows.shape[1])])
                for name, rows in inputs.items()
            }, targets

    return PaddedBatches()


def torch_epoch(task, tokenizer, examples, with_spans):
    """An epoch of the plain loop, and the weights of its encoder."""
    import torch
    from transformers import BertConfig
    from transformers import BertModel

    bert = BertModel(
        BertConfig(
            vocab_size=tokenizer.vocabulary_size,
            hidden_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=512,
        ),
        add_pooling_layer=False,
    )
    num_outputs = 2 if with_spans else len(task.label_names)
    head = torch.nn.Linear(128, num_outputs)
    parameters = [*bert.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3)
    random = np.random.default_rng(0)
    targets = torch.tensor(examples.targets, dtype=torch.int64)

    def pad(rows):
        rows = [torch.tensor(row) for row in rows]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)

    def step(chosen):
        rows = [examples.encodings[i] for i in chosen]
        ids = pad([row.token_ids for row in rows])
        features = bert(
            input_ids=ids,
            token_type_ids=pad([row.segment_ids for row in rows]),
            attention_mask=(ids != 0).long(),
        ).last_hidden_state
        wanted = targets[chosen]
        if with_spans:  # (batch, length, 2) against (batch, 2)
            logits = head(features).masked_fill(ids[..., None] == 0, -1e4)
        else:
            logits = head(features[:, 0])
        loss = torch.nn.functional.cross_entropy(logits, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    def epoch():
        bert.train()
        order = random.permutation(len(examples.encodings))
        for chosen in order.reshape(-1, BATCH_SIZE):
            step(chosen)

    return epoch, sum(each.numel() for each in bert.parameters())


def measure_task(name, data_dir, limit, rounds):
    """Milliseconds an epoch of each contender, and what was trained on."""
    task, options, tokenizer, examples = prepare(name, data_dir, int(limit))
    steps, weights = keras_epochs(task, options, tokenizer, examples)
    steps[OTHER], its_weights = torch_epoch(
        task, tokenizer, examples, with_spans=name == "cmrc2018"
    )
    lengths = [len(each.token_ids) for each in examples.encodings]
    return {
        "times": alternate(steps, int(rounds), warm_up=1),
        "rows": len(lengths),
        "tokens": float(np.mean(lengths)),
        "longest": task.max_length,
        "weights": [weights, its_weights],
    }


def report_task(backend, name, found):
    for contender, times in found["times"].items():
        ordered = np.sort(times)
        slowest = ordered[-max(1, len(times) // 10) :]
        ratio = median_ratio(found["times"], contender, BY_LENGTH)
        weights = found["weights"][contender == OTHER]
        print(
            f"| {backend} | {name} | {found['rows']:,} "
            f"| {found['tokens']:.0f} of {found['longest']} | {contender} "
            f"| {weights / 1e6:.2f} | {np.mean(times) / 1e3:.2f} "
            f"| {np.median(times) / 1e3:.2f} | {np.mean(slowest) / 1e3:.2f} "
            f"| {ratio:.2f} |",
            flush=True,
        )


def report(options):
    print_machine(*options.backend, "transformers")
    print_header(
        *("backend", "task", "rows", "tokens, mean of most", "epoch"),
        *("weights of the encoder, millions", "mean, s", "median, s"),
        *("slowest tenth, s", "its time to that by length"),
    )
    for backend in installed(*options.backend):
        for name in options.tasks:
            found = in_child(
                *(__file__, backend, "task", name, options.data_dir),
                *(str(options.limit), str(options.rounds)),
            )
            report_task(backend, name, found)


if __name__ == "__main__" and not answered(task=measure_task):
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--backend", nargs="+", default=BACKENDS)
    parser.add_argument("--tasks", nargs="+", default=TASKS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--limit",
        type=int,
        default=4000,
        help="records of each task; 0 for all (default: %(default)s)",
    )
    report(parser.parse_args())
