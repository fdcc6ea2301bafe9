import itertools

import numpy as np
import pytest

from keras_addons.models.generation.beam_search import BeamSearch
from keras_addons.models.generation.candidates import log_softmax
from keras_addons.models.generation.one_by_one import generate
from keras_addons.models.generation.one_by_one import most_probable
from keras_addons.models.generation.rules import Rules
from tests.models.generation.chain import Chain
from tests.models.generation.chain import random_table

END = 1
SIZE = 5


def rules(max_length=4, min_length=1):
    return Rules(END, (0,), min_length, max_length)


def searched(table, prompts, num_beams, length_penalty=1.0, **lengths):
    chain = Chain(table, num_beams)
    search = BeamSearch(chain, num_beams, length_penalty, rules(**lengths))
    return search.generate(chain.start(np.array(prompts))), chain


def every_text(table, prompt, length_penalty, max_length=4, min_length=1):
    """All texts that may be written, as (score, tokens)."""
    found = []
    for length in range(1, max_length + 1):
        for text in itertools.product(range(1, SIZE), repeat=length):
            # The end is last or, in the longest texts, nowhere.
            if END in text[:-1] or (text[-1] != END and length < max_length):
                continue
            if text[-1] == END and length < min_length:
                continue
            total, last = 0.0, prompt
            for number, token in enumerate(text):
                logits = table[last].copy()
                logits[0] = -np.inf
                if number + 1 < min_length:
                    logits[END] = -np.inf
                total += log_softmax(logits[None])[0, token]
                last = token
            tokens = [token for token in text if token != END]
            found.append((total / length**length_penalty, tokens))
    return found


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("min_length", [1, 3])
def test_enough_beams_find_the_best_of_all_texts(length_penalty, min_length):
    # With three tokens beside the end there are 1 + 3 + 9 + 27 texts that
    # end and 81 that do not.
    table = random_table(SIZE)
    found, _ = searched(
        table, [[2], [3], [4]], 121, length_penalty, min_length=min_length
    )
    for prompt, texts in zip((2, 3, 4), found):
        expected = every_text(
            table, prompt, length_penalty, min_length=min_length
        )
        scores = {tuple(tokens): score for score, tokens in texts}
        assert scores == {
            tuple(tokens): pytest.approx(score, rel=1e-5)
            for score, tokens in expected
        }
        falling = [score for score, _ in texts]
        assert falling == sorted(falling, reverse=True)


def test_two_beams_by_hand():
    # Greedy takes 2 (.6), then .3 at best: .18. Two beams keep 3 (.4) and
    # find its sure end: .4.
    table = np.full((SIZE, SIZE), -1e9)
    table[4, [2, 3]] = np.log([0.6, 0.4])
    table[2, [END, 2, 3, 4]] = np.log([0.3, 0.25, 0.25, 0.2])
    table[3, END] = 0.0
    found, _ = searched(table, [[4]], 2, length_penalty=0.0)
    assert found[0][0][1] == [3]
    np.testing.assert_allclose(found[0][0][0], np.log(0.4), rtol=1e-6)
    np.testing.assert_allclose(found[0][1][0], np.log(0.18), rtol=1e-6)
    assert searched(table, [[4]], 1, 0.0)[0][0][0][1] == [2]


def test_one_beam_is_greedy():
    table = random_table(SIZE, seed=1)
    found, _ = searched(table, [[2], [3], [4]], 1, 0.0, max_length=6)
    chain = Chain(table)
    greedy = generate(
        chain,
        chain.start(np.array([[2], [3], [4]])),
        most_probable,
        rules(max_length=6),
    )
    assert [texts[0][1] for texts in found] == greedy


def test_a_prompt_alone_finds_what_it_finds_in_a_batch():
    table = random_table(SIZE, seed=2)
    batch, _ = searched(table, [[2], [3], [4]], 3)
    for prompt, texts in zip((2, 3, 4), batch):
        assert searched(table, [[prompt]], 3)[0] == [texts]


def test_the_decoder_reads_the_texts_that_go_on():
    # With as many beams as texts of two tokens, all of them are read.
    _, chain = searched(random_table(SIZE), [[2], [3]], 9, max_length=3)
    for prompt, rows in zip((2, 3), chain.rows.reshape(2, 9, 3)):
        expected = itertools.product([prompt], (2, 3, 4), (2, 3, 4))
        assert {tuple(row) for row in rows} == set(expected)


def test_a_longer_text_is_worth_more_with_a_penalty():
    # The end at once has .5; after two more tokens .4: in the mean of three
    # the latter.
    table = np.full((SIZE, SIZE), -1e9)
    table[4, [END, 2]] = np.log([0.5, 0.5])
    table[2, 3] = 0.0
    table[3, [END, 4]] = np.log([0.8, 0.2])
    best = {
        penalty: searched(table, [[4]], 2, penalty)[0][0][0]
        for penalty in (0.0, 1.0)
    }
    assert best[0.0][1] == []
    assert best[1.0][1] == [2, 3]
    np.testing.assert_allclose(best[1.0][0], np.log(0.4) / 3, rtol=1e-6)


def test_one_beam_looks_beyond_a_text_that_has_ended():
    # The end at once has .6, and log .6 = -.51; after two more tokens
    # log(.4 * .8) / 3 = -.38. At the first end, of what goes on, log .4 = -.92
    # is worse, but not when divided by the largest length.
    table = np.full((SIZE, SIZE), -1e9)
    table[4, [END, 2]] = np.log([0.6, 0.4])
    table[2, 3] = 0.0
    table[3, [END, 4]] = np.log([0.8, 0.2])
    found, _ = searched(table, [[4]], 1)
    assert found[0][0][1] == [2, 3]


def test_it_is_over_when_nothing_better_can_come():
    # The end is all but certain everywhere.
    table = np.zeros((SIZE, SIZE))
    table[:, END] = 50.0
    found, chain = searched(table, [[2]], 1, max_length=100)
    assert found[0][0][1] == []
    assert chain.num_steps == 0


def test_a_negative_penalty_is_refused():
    with pytest.raises(ValueError, match="`length_penalty` .* Received: -1"):
        searched(random_table(SIZE), [[2]], 1, -1)
