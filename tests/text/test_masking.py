import numpy as np
import pytest

from keras_addons.text import Tokenizer
from keras_addons.text import WholeWordMasking

# Ids 0 to 4 are special, 5 to 104 are not, 105 is not written in any text.
TOKENIZER = Tokenizer(
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    + [chr(0x4E00 + i) for i in range(100)]
    + ["[unused1]"]
)
MASK = 4


def batch(num_texts=2000, num_words=10):
    """[CLS], words of 1, 2, 3, 1, ... tokens, [SEP] and two of padding."""
    word_ids = np.repeat(np.arange(num_words), 1 + np.arange(num_words) % 3)
    word_ids = np.concatenate([[-1], word_ids, [-1, -1, -1]])
    word_ids = np.tile(word_ids, (num_texts, 1))
    token_ids = np.random.default_rng(0).integers(5, 105, word_ids.shape)
    token_ids[:, 0], token_ids[:, -3], token_ids[:, -2:] = 2, 3, 0
    return token_ids, word_ids


def masked(seed=1, **options):
    token_ids, word_ids = batch()
    masking = WholeWordMasking(TOKENIZER, **options)
    outputs = masking(token_ids, word_ids, np.random.default_rng(seed))
    return token_ids, word_ids, *outputs


def assert_share(hits, probability, trials):
    """Within five standard deviations of a binomial, 1 in 1.7 million."""
    deviation = (probability * (1 - probability) / trials) ** 0.5
    assert abs(hits / trials - probability) < 5 * deviation


def test_words_are_chosen_at_the_rate():
    _, word_ids, _, chosen = masked()
    for number in range(10):
        first = np.argmax(word_ids[0] == number)
        # 2000 words, standard deviation sqrt(.15 * .85 / 2000) = .008.
        assert_share(chosen[:, first].sum(), 0.15, 2000)


def test_words_are_chosen_independently():
    _, word_ids, _, chosen = masked()
    first, second = (np.argmax(word_ids[0] == number) for number in (3, 4))
    assert_share((chosen[:, first] & chosen[:, second]).sum(), 0.15**2, 2000)


def test_words_are_chosen_whole():
    _, word_ids, _, chosen = masked()
    for number in range(10):
        columns = chosen[:, word_ids[0] == number]
        assert (columns == columns[:, :1]).all()


def test_of_the_chosen_80_percent_are_masked_and_10_replaced():
    token_ids, _, masked_ids, chosen = masked(rate=0.5)
    before, after = token_ids[chosen], masked_ids[chosen]
    assert_share((after == MASK).sum(), 0.8, len(after))
    # A random token is the old one in 1 of 100 cases.
    assert_share((after == before).sum(), 0.1 + 0.1 / 100, len(after))
    random = after[(after != before) & (after != MASK)]
    assert_share(len(random), 0.1 * 99 / 100, len(after))


def test_the_rest_stays():
    token_ids, _, masked_ids, chosen = masked()
    np.testing.assert_array_equal(masked_ids[~chosen], token_ids[~chosen])


def test_special_tokens_are_neither_chosen_nor_drawn():
    token_ids, _, masked_ids, chosen = masked(rate=1.0)
    assert (chosen == (token_ids >= 5)).all()
    drawn = masked_ids[chosen & (masked_ids != MASK)]
    # Some 4000 draws hit each of 100 tokens.
    assert set(drawn) == set(range(5, 105))


def test_other_texts_stay_whole():
    _, _, _, chosen = masked(rate=0.9, text_rate=0.5)
    # Ten words of a chosen text all escape with probability 1e-10.
    assert_share(chosen.any(axis=1).sum(), 0.5, 2000)


def test_words_of_the_first_text_alone():
    token_ids, word_ids = batch()
    segment_ids = np.where(word_ids > 4, 1, 0)
    words = np.where(segment_ids == 0, word_ids, -1)
    _, chosen = WholeWordMasking(TOKENIZER, rate=1.0)(
        token_ids, words, np.random.default_rng(0)
    )
    assert (chosen == ((word_ids >= 0) & (word_ids <= 4))).all()


def test_a_seed_repeats():
    for one, other in zip(masked(seed=3), masked(seed=3)):
        np.testing.assert_array_equal(one, other)
    assert (masked(seed=3)[3] != masked(seed=4)[3]).any()


def test_one_text_without_a_batch():
    token_ids, word_ids = (rows[0] for rows in batch(1))
    masked_ids, chosen = WholeWordMasking(TOKENIZER, rate=1.0)(
        token_ids, word_ids, np.random.default_rng(0)
    )
    assert masked_ids.shape == chosen.shape == token_ids.shape
    assert (chosen == (word_ids >= 0)).all()


def test_neighbours_of_different_texts_are_different_words():
    # Word 0 ends the first row and begins the second.
    word_ids = np.zeros((2000, 1), "int32")
    _, chosen = WholeWordMasking(TOKENIZER, rate=0.5)(
        word_ids + 5, word_ids, np.random.default_rng(0)
    )
    assert_share(chosen.sum(), 0.5, 2000)


def test_what_was_given_is_not_changed():
    token_ids, word_ids = batch(10)
    copies = token_ids.copy(), word_ids.copy()
    WholeWordMasking(TOKENIZER, rate=1.0)(
        token_ids, word_ids, np.random.default_rng(0)
    )
    np.testing.assert_array_equal(token_ids, copies[0])
    np.testing.assert_array_equal(word_ids, copies[1])


@pytest.mark.parametrize("name", ["rate", "text_rate"])
@pytest.mark.parametrize("value", [0, 1.5])
def test_rates_are_shares(name, value):
    with pytest.raises(ValueError, match=f"`{name}` .* Received: {value}"):
        WholeWordMasking(TOKENIZER, **{name: value})


def test_the_vocabulary_must_have_a_mask():
    with pytest.raises(ValueError, match=r"lacks \[MASK\]"):
        WholeWordMasking(Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]"]))


def test_shapes_must_be_equal():
    with pytest.raises(
        ValueError, match=r"the same shape. Received: \(3,\) and"
    ):
        WholeWordMasking(TOKENIZER)(
            np.ones(3, "int"), np.ones(2, "int"), np.random.default_rng(0)
        )
