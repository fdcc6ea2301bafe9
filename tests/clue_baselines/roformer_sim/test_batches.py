"""What the stages are trained on."""

import numpy as np
import pytest

from clue_baselines.harness.data.masked_batches import MaskedTexts
from clue_baselines.harness.data.masked_batches import rows_of_texts
from clue_baselines.roformer_sim.batches import LabelledPairs
from clue_baselines.roformer_sim.batches import SimilarPairs
from clue_baselines.roformer_sim.pair_sets import Pair
from keras_addons.text import Tokenizer
from keras_addons.text import WholeWordMasking
from keras_addons.text import word_ids

SENTENCES = ["今天天气很好", "我们去公园吧", "花呗怎么提额", "你好"] * 4
PAIRS = [(a, b) for a in SENTENCES[:4] for b in SENTENCES[:4] if a != b]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_texts(SENTENCES)


def masked_sentences(tokenizer, seed=3):
    masking = WholeWordMasking(tokenizer, rate=0.5)
    rows = rows_of_texts(tokenizer, SENTENCES, None, 32)
    return MaskedTexts(rows, masking, batch_size=8, seed=seed)


def test_targets_are_the_tokens_that_were_hidden(tokenizer):
    batch = masked_sentences(tokenizer)[0]
    masked, targets = batch["token_ids"], batch["target_ids"]
    mask = tokenizer.token_id("[MASK]")
    assert (targets[masked == mask] > 0).all()
    assert (masked == mask).sum() > 5
    texts = np.where(targets > 0, targets, masked)
    rows = {tuple(row[row > 0]) for row in texts}
    known = {tuple(tokenizer.encode(text).token_ids) for text in SENTENCES}
    assert rows <= known


def test_an_epoch_can_be_repeated_and_another_hides_other_words(tokenizer):
    batches, others = masked_sentences(tokenizer), masked_sentences(tokenizer)
    batches.epoch = others.epoch = 4
    for i in range(len(batches)):
        for name, array in batches[i].items():
            np.testing.assert_array_equal(array, others[i][name])
    others.epoch = 5
    differ = [
        batches[i]["target_ids"].tolist() != others[i]["target_ids"].tolist()
        for i in range(len(batches))
    ]
    assert any(differ)


def test_without_a_seed_every_epoch_hides_the_same_words(tokenizer):
    batches, others = (masked_sentences(tokenizer, None) for _ in range(2))
    others.epoch = 5
    for batch, other in zip(batches, others):
        for name, array in batch.items():
            np.testing.assert_array_equal(array, other[name])


def test_words_are_hidden_as_the_masking_draws_them(tokenizer):
    # From the encodings alone: those of the rows that the batch serves.
    batches = masked_sentences(tokenizer)
    batches.epoch = 2
    encodings = tokenizer.encode_batch(SENTENCES, offsets=True)
    words = word_ids(tokenizer, encodings, SENTENCES)
    by_text = {
        tuple(encoding.token_ids): numbers
        for encoding, numbers in zip(encodings, words)
    }
    for index, batch in enumerate(batches):
        masked, targets = batch["token_ids"], batch["target_ids"]
        texts = np.where(targets > 0, targets, masked)
        numbers = np.full(texts.shape, -1)
        for row, text in zip(numbers, texts):
            known = by_text[tuple(text[text > 0])]
            row[: len(known)] = known
        generator = np.random.default_rng((3, 2, index))
        expected, chosen = batches.masking(texts, numbers, generator)
        np.testing.assert_array_equal(masked, expected)
        np.testing.assert_array_equal(targets > 0, chosen)


def similar(tokenizer, rate):
    labels = np.arange(len(PAIRS))
    return SimilarPairs(
        tokenizer,
        PAIRS,
        np.stack([labels, labels], axis=1),
        WholeWordMasking(tokenizer, rate=0.9, text_rate=rate),
        63,
        batch_size=4,
        seed=1,
    )


def test_beside_each_pair_is_its_reverse_and_the_second_is_the_target(
    tokenizer,
):
    batches = similar(tokenizer, rate=1e-9)  # nothing is hidden
    seen = []
    for i in range(len(batches)):
        inputs, labels = batches[i]
        labels = labels["vector"]
        for row in range(0, len(labels), 2):
            pair = PAIRS[labels[row]]
            seen.append(labels[row])
            assert labels[row] == labels[row + 1]
            for place, texts in ((row, pair), (row + 1, pair[::-1])):
                expected = tokenizer.encode(*texts).token_ids
                actual = inputs["token_ids"][place]
                assert actual[: len(expected)].tolist() == expected
                assert not actual[len(expected) :].any()
                # The [SEP] after the first predicts the second's first token.
                written = inputs["target_ids"][place]
                second = tokenizer.encode(texts[1]).token_ids[1:]
                assert written[written > 0].tolist() == second
                start = expected.index(tokenizer.token_id("[SEP]"))
                assert written[start] == second[0]
    assert sorted(seen) == list(range(len(PAIRS)))


def test_only_words_of_the_first_sentence_are_hidden(tokenizer):
    inputs, _ = similar(tokenizer, rate=1.0)[0]
    hidden = inputs["token_ids"] == tokenizer.token_id("[MASK]")
    assert hidden[inputs["segment_ids"] == 0].any()
    assert not hidden[inputs["segment_ids"] == 1].any()


def test_each_batch_is_of_one_set_and_an_epoch_has_every_pair(tokenizer):
    sets = {
        "a": [Pair(a, b, 0.0) for a, b in PAIRS],
        "b": [Pair(a, b, 1.0) for a, b in PAIRS[:5]],
    }
    labels = {"a": [*range(12)], "b": [*range(100, 105)]}
    batches = LabelledPairs(tokenizer, sets, labels, 32, batch_size=4, seed=0)
    seen = []
    for i in range(len(batches)):
        inputs, numbers = batches[i]
        assert len({number >= 100 for number in numbers}) == 1
        seen += list(numbers)
        for row, number in enumerate(numbers):
            for place, text in zip(("first", "second"), PAIRS[number % 100]):
                tokens = inputs[f"{place}_token_ids"][row]
                expected = tokenizer.encode(text).token_ids
                assert tokens[tokens > 0].tolist() == expected
    assert sorted(seen) == [*range(12), *range(100, 105)]


def test_the_first_two_batches_differ_in_width_where_any_do(tokenizer):
    # Else Keras on TensorFlow takes the width of the first for all.
    pairs = [Pair("你好" * 10, "好", 1.0)] + [Pair("你", "好", 0.0)] * 9
    for seed in range(9):
        batches = LabelledPairs(
            tokenizer,
            {"a": pairs},
            {"a": [0] * 10},
            64,
            batch_size=1,
            seed=seed,
        )
        widths = [batches[i][0]["first_token_ids"].shape[1] for i in range(10)]
        assert widths[0] != widths[1]
        assert sorted(widths) == [16] * 9 + [32]
