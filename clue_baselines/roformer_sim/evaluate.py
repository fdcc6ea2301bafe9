"""Evaluate: do the cosines of the vectors rank pairs as their labels do?

Idea: Spearman's rank correlation on the test file of every set, for each way
      to pool the vectors of the tokens; as they are, whitened, and whitened
      to 256 numbers. The whitening is fitted to the sentences of the set,
      never to its labels. Beside them stands the cosine of the TF-IDF of
      characters and their pairs, which needs no training.
Run:  python -m clue_baselines.roformer_sim.evaluate --data-dir CLUE \
          --checkpoint results/roformer_sim/supervised
"""

from pathlib import Path

import numpy as np

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.files import write_json
from clue_baselines.roformer_sim import programs
from clue_baselines.roformer_sim.pair_sets import evaluated_pairs
from clue_baselines.roformer_sim.stage import SAMPLE_NOTE
from clue_baselines.roformer_sim.tf_idf import tf_idf_cosines
from clue_baselines.roformer_sim.vectors import POOLINGS
from clue_baselines.roformer_sim.vectors import load_sentence_encoder
from keras_addons.callbacks import spearman
from keras_addons.layers import Whitening

QUESTION = "Do the cosines of the vectors rank pairs as their labels do?"
SHORT = 256  # numbers of a short whitened vector


def cosines(vectors):
    """The cosine of each pair: (2 * n, dim) -> (n,)."""
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    first, second = np.split(vectors, 2)
    return (first * second).sum(axis=1)


def whitened(vectors, num_components):
    whitening = Whitening(num_components)
    whitening.adapt(vectors)
    return np.asarray(whitening(vectors))


def scores_of(encoder, pairs):
    """Correlations of the cosines with the labels, by kind of vector."""
    first, second, labels = map(list, zip(*pairs))
    vectors = encoder.encode([*first, *second], batch_size=256)
    # The normalization at the end of a block leaves one direction unused.
    used = vectors.shape[1] - 1
    kinds = {"plain": vectors, "whitened": whitened(vectors, used)}
    if used > SHORT:
        kinds[f"whitened {SHORT}"] = whitened(vectors, SHORT)
    return {
        kind: spearman(cosines(values), labels)
        for kind, values in kinds.items()
    }


def evaluate(options):
    if options.data_dir is None:
        print(SAMPLE_NOTE)
    sets = evaluated_pairs(options.data_dir)
    if not sets:
        raise UserError(f"{options.data_dir}: no set with a test.tsv")
    table = {}
    for name, pairs in sets.items():
        first, second, labels = map(list, zip(*pairs))
        cosine = tf_idf_cosines(first, second)
        table.setdefault("TF-IDF", {})[name] = spearman(cosine, labels)
    for pooling in options.poolings:
        encoder = load_sentence_encoder(
            options.checkpoint, options.max_length, pooling
        )
        for name, pairs in sets.items():
            for kind, score in scores_of(encoder, pairs).items():
                row = f"{pooling}, {kind}"
                table.setdefault(row, {})[name] = score
    print_table(table)
    if options.output is not None:
        write_json(options.output, table)
    return table


def print_table(table):
    """Prints rows of correlations times 100, and their mean."""
    names = list(next(iter(table.values())))
    print(f"{'Spearman x 100':34}", *(f"{n:>8}" for n in [*names, "mean"]))
    for row, scores in table.items():
        values = [100 * scores[name] for name in names]
        values.append(sum(values) / len(values))
        print(f"{row:34}", *(f"{value:8.2f}" for value in values))


def main(arguments=None):
    parser = programs.parser("evaluate", QUESTION)
    parser.add_argument(
        "--data-dir",
        type=Path,
        help="folder with SET/test.tsv; without it: generated sample data",
    )
    parser.add_argument(
        "--poolings",
        nargs="+",
        choices=POOLINGS,
        default=[name for name in POOLINGS if name != "pooler"],
        help="how tokens become a vector (default: all but pooler)",
    )
    parser.add_argument(
        "--output", type=Path, help="JSON file to write the table to"
    )
    return programs.run(evaluate, parser.parse_args(arguments), "evaluate")


if __name__ == "__main__":
    main()
