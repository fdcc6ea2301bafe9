import keras
import numpy as np
import pytest

from keras_addons import models
from keras_addons.models.generation.beam_search import BeamSearch
from keras_addons.models.generation.generator import make_rules
from keras_addons.models.generation.one_by_one import generate
from keras_addons.models.generation.one_by_one import most_probable
from keras_addons.text import Tokenizer
from tests.models.generation.plain import Plain
from tests.models.generation.plain import count_calls
from tests.models.generation.plain import random_model

# 30 tokens: 5 special ones, 24 characters and one that is never written.
CHARACTERS = [chr(0x4E00 + number) for number in range(24)]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TOKENIZER = Tokenizer(SPECIAL + CHARACTERS + ["[unused1]"])
RULES = make_rules(TOKENIZER, 30, min_length=1, max_length=6)
TEXTS = ["".join(CHARACTERS[:3]), CHARACTERS[5], "".join(CHARACTERS[7:12])]


def new_generator(attention):
    model = random_model(models.RoFormer, attention=attention)
    return models.Generator(model, TOKENIZER, max_length=6, batch_size=2)


def prompts(generator):
    rows = [TOKENIZER.encode(text).token_ids for text in TEXTS]
    if generator.model.architecture.attention == "causal":
        rows = [row[:-1] for row in rows]
    token_ids = np.zeros((len(rows), 8), "int32")
    for padded, row in zip(token_ids, rows):
        padded[: len(row)] = row
    return token_ids


@pytest.mark.parametrize("attention", ["unilm", "causal"])
def test_greedy_texts_are_those_without_a_cache(attention):
    generator = new_generator(attention)
    plain = Plain(generator.model)
    logits = plain.start(prompts(generator))
    rows = generate(plain, logits, most_probable, RULES)
    assert generator.greedy(TEXTS) == [TOKENIZER.decode(row) for row in rows]


# Tests that share it write three texts each, so that little is compiled.
@pytest.fixture(scope="module")
def generator():
    return new_generator("unilm")


def test_beams_are_those_without_a_cache(generator):
    plain = Plain(generator.model, copies=3)
    search = BeamSearch(plain, 3, 1.0, RULES)
    found = search.generate(plain.start(prompts(generator)))
    expected = [TOKENIZER.decode(texts[0][1]) for texts in found]
    assert generator.beam(TEXTS, num_beams=3) == expected


def test_samples_repeat_with_a_seed(generator):
    once, again, other = (
        generator.sample(TEXTS, 3, seed=seed, top_p=0.9, temperature=2.0)
        for seed in (3, 3, 4)
    )
    assert once == again != other
    assert [len(texts) for texts in once] == [3, 3, 3]
    # Draws from a flattened distribution are hardly ever the same.
    assert len(set(once[0])) > 1


def test_samples_of_the_most_probable_are_equal(generator):
    for texts in generator.sample(TEXTS, 3, top_k=1):
        assert len(set(texts)) == 1


def test_only_what_is_written_in_texts_is_written(generator):
    samples = generator.sample(TEXTS, 3, temperature=100.0, seed=0)
    assert set("".join(sum(samples, []))) <= set(CHARACTERS)


def test_no_texts_are_written_for_none(generator):
    assert generator.greedy([]) == generator.sample([]) == []


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="nothing is compiled"
)
def test_batches_of_one_width_share_what_is_compiled(generator, monkeypatch):
    generator.sample(TEXTS, 3)
    calls = count_calls(monkeypatch)
    generator.sample(TEXTS[:2] * 4, 3)
    assert not calls


def test_lengths_keep_to_their_limits():
    model = random_model(models.RoFormer, attention="unilm")
    limited = models.Generator(
        model, TOKENIZER, max_length=4, min_length=3, max_text_length=5
    )
    # What is cut to three characters reads as they do.
    long, short = "".join(CHARACTERS[:20]), "".join(CHARACTERS[:3])
    texts = limited.sample([long, short], 40, temperature=9.0, seed=0)
    # The end takes one of at least 3 and at most 4 tokens.
    assert {len(text) for text in texts[0]} == {2, 3, 4}
    texts = limited.sample([long, short], 40, top_k=1)
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "`batch_size` must be .* Received: 0"),
        ({"min_length": 9, "max_length": 8}, "`min_length` .*: 9 and 8"),
    ],
    ids=str,
)
def test_an_argument_that_does_not_fit_is_named(options, message):
    model = random_model(models.Bert, attention="unilm")
    with pytest.raises(ValueError, match=message):
        models.Generator(model, TOKENIZER, **options)


def test_the_model_must_know_the_tokens():
    model = random_model(models.Bert, attention="unilm")
    tokenizer = Tokenizer(TOKENIZER.vocabulary + ["好"])
    with pytest.raises(ValueError, match="30 tokens and `tokenizer` 31"):
        models.Generator(model, tokenizer)


def test_a_number_of_samples_must_be_positive(generator):
    with pytest.raises(ValueError, match="`num_samples` .* Received: 0"):
        generator.sample(TEXTS, 0)


@pytest.mark.skipif(
    keras.backend.backend() != "torch",
    reason="the choice of tokens knows no backend, and this is slow",
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_texts_are_those_that_hugging_face_writes(tmp_path):
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    model = random_model(models.Bert, attention="causal", max_length=16)
    model.save_checkpoint(tmp_path)
    theirs = transformers.BertLMHeadModel.from_pretrained(
        tmp_path, is_decoder=True
    )
    texts = ["".join(CHARACTERS[i : i + 3]) for i in range(4)]
    ours = models.Generator(model, TOKENIZER, max_length=6, min_length=2)
    prompt = [TOKENIZER.encode(text).token_ids[:-1] for text in texts]
    for num_beams in (1, 3):
        written = theirs.generate(
            torch.tensor(prompt),
            num_beams=num_beams,
            early_stopping="never" if num_beams > 1 else False,
            max_new_tokens=6,
            min_new_tokens=1,
            do_sample=False,
            eos_token_id=3,
            pad_token_id=0,
            suppress_tokens=[0, 1, 2, 4, 29],
        )
        expected = [TOKENIZER.decode(row[4:].tolist()) for row in written]
        actual = (
            ours.greedy(texts)
            if num_beams == 1
            else ours.beam(texts, num_beams)
        )
        assert actual == expected
