import random
from collections import Counter

import pytest

from keras_addons.text import count_words
from tests.text.parallel import functions

WORDS = [chr(ord("a") + number) * (number % 3 + 1) for number in range(26)]


def sample_texts():
    generator = random.Random(0)
    return [
        " ".join(generator.choices(WORDS, range(26), k=generator.randint(0, 9)))
        for _ in range(300)
    ]


def counted():
    counts = Counter()
    for text in sample_texts():
        for word in text.split():
            counts[word] += 1
    return counts


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("batch_size", [1, 64, 1000])
def test_counts_are_those_of_one_dictionary(workers, batch_size):
    counts = count_words(sample_texts(), str.split, workers, batch_size)
    assert counts == counted()
    total = sum(len(text.split()) for text in sample_texts())
    assert counts.total() == total


def test_the_order_of_the_texts_does_not_matter():
    texts = sample_texts()
    random.Random(1).shuffle(texts)
    assert count_words(iter(texts), str.split, 2, 50) == counted()


def test_no_texts_have_no_words():
    assert count_words([], str.split, 2) == Counter()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_names_its_text(workers):
    with pytest.raises(RuntimeError, match="failed at item 1, 5") as error:
        count_words(["a", 5], str.split, workers)
    assert isinstance(error.value.__cause__, TypeError)


def test_a_killed_process_is_noticed():
    with pytest.raises(RuntimeError, match="exit code -9"):
        count_words(range(20), functions.kill_itself_at_seven_words, 2, 5)
