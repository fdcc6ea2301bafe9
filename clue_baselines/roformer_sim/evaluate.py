"""Evaluate: do the cosines of the vectors rank pairs as their labels do?

Idea: Spearman's rank correlation on the test file of every set, for each way
      to pool the vectors of the tokens; as they are, whitened, and whitened
      to 256 numbers. The whitening is fitted to the sentences of the set,
      never to its labels. Beside them stands the cosine of the TF-IDF of
      characters and their pairs, which needs no training.
Run:  python -m clue_baselines.roformer_sim.evaluate --data-dir CLUE \
          --checkpoint results/roformer_sim/supervised
      With --pairs FILE in place of --data-dir it evaluates pairs of your own.
"""

from pathlib import Path

import numpy as np

from clue_baselines.harness.embedding.similarities import cosines
from clue_baselines.harness.embedding.similarities import without_nan
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.results.files import write_json
from clue_baselines.harness.run import SAMPLE_NOTE
from clue_baselines.roformer_sim import programs
from clue_baselines.roformer_sim.pair_sets import evaluated_pairs
from clue_baselines.roformer_sim.pair_sets import read_any_pairs
from clue_baselines.roformer_sim.tf_idf import tf_idf_cosines
from clue_baselines.roformer_sim.vectors import POOLINGS
from clue_baselines.roformer_sim.vectors import load_sentence_encoder
from keras_addons.files import check_writable
from keras_addons.layers import Whitening
from keras_addons.metrics import spearman

QUESTION = "Do the cosines of the vectors rank pairs as their labels do?"
SHORT = 256  # numbers of a short whitened vector


def whitened(vectors, num_components):
    whitening = Whitening(num_components)
    whitening.adapt(vectors)
    return np.asarray(whitening(vectors))


def num_directions(vectors):
    """Returns the rank of the centred vectors."""
    # The normalization at the end of a block leaves one direction unused.
    most = min(vectors.shape[1], len(vectors)) - 1
    centred = np.asarray(vectors, "float64") - vectors.mean(axis=0)
    return min(most, int(np.linalg.matrix_rank(centred)))


def scores_of(encoder, pairs):
    """Correlations of the cosines with the labels, by kind of vector.

    Whitened vectors keep the directions in which the sentences vary: fewer
    than the vectors have numbers where the set is small. NaN where the model
    has diverged, or where all sentences have one vector.
    """
    first, second, labels = map(list, zip(*pairs))
    vectors = encoder.encode([*first, *second], batch_size=256)
    kinds = ["plain", "whitened"]
    if vectors.shape[1] - 1 > SHORT:
        kinds.append(f"whitened {SHORT}")
    scores = dict.fromkeys(kinds, float("nan"))
    if not np.isfinite(vectors).all():
        return scores
    scores["plain"] = spearman(cosines(vectors), labels)
    used = num_directions(vectors)
    for kind, size in zip(kinds[1:], (used, SHORT)):
        if 0 < size <= used:
            white = whitened(vectors, size)
            scores[kind] = spearman(cosines(white), labels)
    return scores


def evaluate(options):
    if options.output is not None:
        with user_errors("--output: "):
            options.output.parent.mkdir(parents=True, exist_ok=True)
            check_writable(options.output)
    sets = sets_of(options)
    for name, pairs in sets.items():
        if len({pair.label for pair in pairs}) < 2:
            print(f"{name}: all labels are equal, so it has no correlation")
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
        note_small_sets(sets, encoder)
    print_table(table)
    if options.output is not None:
        with user_errors("--output: "):
            write_json(options.output, without_nan(table))
    return table


def sets_of(options):
    """The pairs to evaluate: a file of one's own, or the sets of a folder."""
    if options.pairs is not None:
        return {options.pairs.stem: read_any_pairs(options.pairs)}
    if options.data_dir is None:
        print(SAMPLE_NOTE)
    sets = evaluated_pairs(options.data_dir)
    if not sets:
        raise UserError(f"{options.data_dir}: no set with a test.tsv")
    return sets


def note_small_sets(sets, encoder):
    """Prints which sets are too small for a whitening of all directions."""
    size = encoder.model.output_shape[-1]
    for name, pairs in sets.items():
        if 2 * len(pairs) <= size:
            print(
                f"{name}: {2 * len(pairs)} sentences, fewer than the {size} "
                "numbers of a vector: whitened to the directions that they "
                "have, which tells little"
            )


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
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data-dir",
        type=Path,
        help="folder with SET/test.tsv; without it: generated sample data",
    )
    source.add_argument(
        "--pairs",
        type=Path,
        metavar="FILE",
        help="a file of pairs instead: sentence, sentence and a number "
        "separated by tabs, or JSON lines with sentence1, sentence2 and "
        "label; more alike is a larger number",
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
