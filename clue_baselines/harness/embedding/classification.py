"""Classification of vectors by a regression on few of them, repeated."""

import numpy as np

from clue_baselines.harness.embedding import logistic

SEED = 42  # that of MTEB


def few_of_each(labels, per_label, repeats):
    """Draws training rows as MTEB does: at most so many of each label.

    Args:
        labels: list of labels of all rows.
        per_label: positive int.
        repeats: positive int.

    Yields:
        List of the numbers of the rows, `repeats` times.
    """
    order = np.arange(len(labels))
    for _ in range(repeats):
        # The same seed shuffles what the repeat before has shuffled.
        np.random.default_rng(SEED).shuffle(order)
        counts, rows = {}, []
        for row in order.tolist():
            counts[labels[row]] = counts.get(labels[row], 0) + 1
            if counts[labels[row]] <= per_label:
                rows.append(row)
        yield rows


def classification_scores(encode, train, dev, per_label, repeats):
    """Mean accuracy of regressions on a few training texts each.

    Args:
        encode: function of a list of texts that returns vectors (n, dim).
        train, dev: lists of (text, label).
        per_label: int, training texts of each label in a repeat.
        repeats: int, regressions whose accuracies are averaged.

    Returns:
        Dict with `accuracy` and its standard `deviation` over the repeats;
        NaN where a vector is not finite.
    """
    names = sorted({label for _, label in [*train, *dev]})
    labels = [names.index(label) for _, label in train]
    expected = np.array([names.index(label) for _, label in dev])
    drawn = list(few_of_each(labels, per_label, repeats))
    used = sorted({row for rows in drawn for row in rows})
    vectors = encode([train[row][0] for row in used])
    asked = encode([text for text, _ in dev])
    if not (np.isfinite(vectors).all() and np.isfinite(asked).all()):
        return {"accuracy": float("nan"), "deviation": float("nan")}
    place = {row: number for number, row in enumerate(used)}
    scores = []
    for rows in drawn:
        weights = logistic.fit(
            vectors[[place[row] for row in rows]],
            [labels[row] for row in rows],
        )
        answers = logistic.predict(weights, asked)
        scores.append(float((answers == expected).mean()))
    return {
        "accuracy": float(np.mean(scores)),
        "deviation": float(np.std(scores)),
    }
