import numpy as np
import pytest

from keras_addons.models.generation.one_by_one import Sampler
from keras_addons.models.generation.one_by_one import generate
from keras_addons.models.generation.one_by_one import most_probable
from keras_addons.models.generation.rules import Rules
from tests.models.generation.chain import Chain
from tests.models.generation.chain import random_table

END = 1
NEVER = -1e9


def walk(*edges, size=6):
    """A table in which each token is followed by one other."""
    table = np.zeros((size, size))
    for token, following in edges:
        table[token, following] = 9.0
    return table


def written(table, prompts, choose=most_probable, **options):
    rules = Rules(
        **{
            "end_id": END,
            "forbidden_ids": (0,),
            "min_length": 1,
            "max_length": 5,
            **options,
        }
    )
    chain = Chain(table)
    rows = generate(chain, chain.start(np.array(prompts)), choose, rules)
    return rows, chain


def test_each_row_is_written_to_its_own_end():
    table = walk((2, 3), (3, 4), (4, END), (5, END))
    rows, chain = written(table, [[2], [4], [5], [3]])
    assert rows == [[3, 4], [], [], [4]]
    # After the third tokens nothing is left to be read.
    assert chain.num_steps == 2


def test_the_end_is_read_on_in_rows_that_have_ended():
    # Whatever follows the end is not written.
    _, chain = written(walk((2, END), (END, 4), (3, 4), (4, 5)), [[2], [3]])
    assert chain.rows[0].tolist() == [2, END, END]


def test_no_more_than_max_length_is_written():
    rows, chain = written(walk((2, 3), (3, 2)), [[2]], max_length=3)
    assert rows == [[3, 2, 3]]
    assert chain.num_steps == 2


@pytest.mark.parametrize("min_length", [1, 2, 4])
def test_the_end_comes_no_earlier_than_min_length(min_length):
    table = walk((2, END), (3, END))
    table[:, 3] += 1.0
    rows, _ = written(table, [[2]], min_length=min_length)
    assert rows == [[3] * (min_length - 1)]


def test_what_is_forbidden_is_not_written():
    table = random_table(6)
    table[:, [0, 3]] = 99.0
    rows, _ = written(table, [[2], [4], [5]], forbidden_ids=(0, 3))
    assert not {0, 3} & set(np.concatenate(rows))


def test_greedy_decoding_by_a_loop():
    table = random_table(6)
    table[:, 0] = NEVER
    rows, _ = written(table, [[2], [3], [4], [5]])
    for token, row in zip((2, 3, 4, 5), rows):
        expected = []
        for _ in range(5):
            token = int(table[token].argmax())
            if token == END:
                break
            expected.append(token)
        assert row == expected


@pytest.mark.parametrize(
    "length", [{"min_length": 0}, {"min_length": 6}, {"max_length": 0}], ids=str
)
def test_lengths_must_be_possible(length):
    with pytest.raises(ValueError, match="`min_length` must .* Received: "):
        written(random_table(6), [[2]], **length)


def test_pairs_of_tokens_have_the_probability_of_the_chain():
    # Two tokens from 2: 3 with .25, else 4; after 3 the end with .9, else 5.
    table = np.full((6, 6), NEVER)
    table[2, 3], table[2, 4] = np.log([0.25, 0.75])
    table[3, END], table[3, 5] = np.log([0.9, 0.1])
    table[4, END] = 0.0
    rows, _ = written(table, [[2]] * 4000, Sampler(seed=0), max_length=2)
    share = sum(row == [3, 5] for row in rows) / 4000
    # Standard deviation sqrt(.025 * .975 / 4000) = .0025.
    assert abs(share - 0.025) < 5 * 0.0025


def test_temperature_divides_the_logits():
    # Odds of 1 to 9 are 1 to 3 at the temperature 2.
    logits = np.log(np.tile([[0.1, 0.9]], (4000, 1)))
    share = Sampler(temperature=2.0, seed=0)(logits).mean()
    # Standard deviation sqrt(.25 * .75 / 4000) = .0068.
    assert abs(share - 0.75) < 5 * 0.0068


def test_a_low_temperature_is_greedy():
    logits = np.random.default_rng(0).normal(size=(50, 9)).astype("float32")
    chosen = Sampler(temperature=1e-4, seed=0)(logits)
    np.testing.assert_array_equal(chosen, logits.argmax(axis=-1))


def test_filters_come_after_the_temperature():
    # Of .8 and .1 and .1, the first has .8; at the temperature 3 it has half.
    logits = np.log(np.tile([[0.8, 0.1, 0.1]], (200, 1)))
    assert set(Sampler(top_p=0.7, seed=0)(logits)) == {0}
    chosen = Sampler(temperature=3.0, top_p=0.7, seed=0)(logits)
    assert set(chosen) == {0, 1, 2}
    assert set(Sampler(temperature=3.0, top_k=1, seed=0)(logits)) == {0}


def test_a_seed_repeats():
    table, prompts = random_table(6), [[2]] * 20
    once, again, other = (
        written(table, prompts, Sampler(seed=seed))[0] for seed in (3, 3, 4)
    )
    assert once == again != other


@pytest.mark.parametrize(
    "option", [{"temperature": 0}, {"top_k": 0}, {"top_p": 1.5}], ids=str
)
def test_an_argument_out_of_range_is_named(option):
    ((name, value),) = option.items()
    with pytest.raises(ValueError, match=f"`{name}` .* Received: {value}"):
        Sampler(**option)
