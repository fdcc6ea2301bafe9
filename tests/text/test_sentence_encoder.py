import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons import models
from keras_addons.text import SentenceEncoder
from keras_addons.text import Tokenizer
from keras_addons.text.model_limits import find_num_tokens

RANDOM = np.random.default_rng(0)
CHARACTERS = "今天气不错很好我喜欢北京的你是谁"
SENTENCES = [
    "".join(RANDOM.choice(list(CHARACTERS), length))
    for length in RANDOM.integers(1, 30, 23)
]
TOKENIZER = Tokenizer.from_texts([CHARACTERS])
CALLS = []


@keras.saving.register_keras_serializable(package="tests")
class Counted(keras.layers.Layer):
    """Notes each call: a tracing, on backends that compile."""

    def call(self, features):
        CALLS.append(features.shape)
        return features


def new_model():
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    segments = keras.Input((None,), dtype="int32", name="segment_ids")
    features = keras.layers.Embedding(40, 6, mask_zero=True)(tokens)
    vectors = keras.layers.GlobalAveragePooling1D()(features)
    inputs = {"token_ids": tokens, "segment_ids": segments}
    return keras.Model(inputs, Counted()(vectors))


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder(new_model(), TOKENIZER, max_length=20)


def mean_rows(encoder, sentence):
    """What the model of this file computes, by numpy."""
    (table,) = encoder.model.get_weights()
    ids = TOKENIZER.encode(sentence, max_length=encoder.max_length).token_ids
    return table[ids].mean(axis=0)


@pytest.mark.parametrize("batch_size", [4, 32])
def test_vectors_come_in_the_order_of_the_sentences(encoder, batch_size):
    vectors = encoder.encode(SENTENCES, batch_size=batch_size)
    expected = [mean_rows(encoder, sentence) for sentence in SENTENCES]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert vectors.dtype == "float32"


def test_a_string_has_one_vector_and_no_sentence_none(encoder):
    vector = encoder.encode(SENTENCES[0])
    np.testing.assert_allclose(vector, mean_rows(encoder, SENTENCES[0]), 1e-5)
    empty = encoder.encode([])
    assert empty.shape == (0, 6) and empty.dtype == "float32"


def test_sequences_of_any_kind_are_sentences(encoder):
    expected = encoder.encode(SENTENCES[:4])
    batches = [{"text": SENTENCES[:3]}, {"text": SENTENCES[3:4]}]  # MTEB's
    for sentences in (tuple(SENTENCES[:4]), np.array(SENTENCES[:4]), batches):
        np.testing.assert_array_equal(encoder.encode(sentences), expected)


def test_normalized_vectors_have_length_one(encoder):
    vectors = encoder.encode(SENTENCES, normalize_embeddings=True)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    one = encoder.encode(SENTENCES[2], normalize_embeddings=True)
    np.testing.assert_allclose(one, vectors[2], rtol=1e-5)


def test_similarities_are_cosines(encoder):
    vectors = encoder.encode(SENTENCES[:5])
    cosines = encoder.similarity(vectors, vectors[:3])
    for i, j in np.ndindex(5, 3):
        x, y = vectors[i], vectors[j]
        expected = x @ y / np.sqrt((x @ x) * (y @ y))
        assert cosines[i, j] == pytest.approx(expected, rel=1e-5)
    pairs = encoder.similarity_pairwise(vectors[:3], vectors[2:])
    assert pairs[2] == pytest.approx(
        encoder.similarity(vectors[2:3], vectors[4:])[0, 0]
    )


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="nothing is compiled"
)
def test_few_shapes_are_compiled(encoder):
    CALLS.clear()
    encoder.encode(SENTENCES, batch_size=8)
    # On JAX a handful of widths, and the batch that is left over; on
    # TensorFlow one of this shape, one of any shape.
    assert len(CALLS) <= 6
    CALLS.clear()
    for number in range(1, 9):
        encoder.encode(["今天天气"] * number, batch_size=8)
    assert len(CALLS) <= 4  # on JAX of 1, 2, 4 and 8 rows
    CALLS.clear()
    encoder.encode(SENTENCES[::-1], batch_size=8)
    assert CALLS == []


def test_options_of_other_encoders_are_obeyed_or_refused(encoder):
    expected = encoder.encode(SENTENCES[:2])
    vectors = encoder.encode(
        SENTENCES[:2],
        task_name="STSB",
        prompt_type=None,
        prompt=None,
        convert_to_numpy=True,
        show_progress_bar=False,
    )
    np.testing.assert_array_equal(vectors, expected)
    with pytest.raises(ValueError, match="`prompt` must be None. Received"):
        encoder.encode(SENTENCES, prompt="query: ")
    with pytest.raises(ValueError, match="`convert_to_tensor` must be False"):
        encoder.encode(SENTENCES[0], convert_to_tensor=True)
    with pytest.raises(TypeError, match="no argument `batchsize`"):
        encoder.encode(SENTENCES, batchsize=8)


def test_a_progress_bar_on_request(encoder, capsys):
    encoder.encode(SENTENCES, batch_size=8)
    assert capsys.readouterr().out == ""
    encoder.encode(SENTENCES, batch_size=8, show_progress_bar=True)
    assert "3/3" in capsys.readouterr().out


@pytest.mark.parametrize("sentences", [["你好", 3], [None], 7])
def test_what_is_no_string_is_refused(encoder, sentences):
    with pytest.raises(TypeError):
        encoder.encode(sentences)


def test_no_batch_is_wider_than_max_length():
    bert = models.Bert(40, 1, 2, 8, 16, max_length=10)
    model = models.sentence_model(bert)
    encoder = SentenceEncoder(model, TOKENIZER, 10, width_multiple=4)
    assert encoder.encode("今天" * 9).shape == (8,)


def test_bad_numbers_are_refused(encoder):
    with pytest.raises(ValueError, match="`batch_size` must be positive"):
        encoder.encode(SENTENCES, batch_size=0)
    with pytest.raises(ValueError, match="at least 3. Received: 2"):
        SentenceEncoder(encoder.model, TOKENIZER, max_length=2)
    with pytest.raises(ValueError, match="`width_multiple` must be positive"):
        SentenceEncoder(encoder.model, TOKENIZER, width_multiple=0)


def test_models_of_another_output_are_refused():
    roformer = models.RoFormer(40, 1, 2, 8, 16)
    with pytest.raises(ValueError, match="see `models.sentence_model`"):
        SentenceEncoder(roformer, TOKENIZER)
    tokens = keras.Model(roformer.inputs, roformer.output["sequence_output"])
    with pytest.raises(ValueError, match="see `models.sentence_model`"):
        SentenceEncoder(tokens, TOKENIZER)


@pytest.mark.parametrize("nested", [False, True])
def test_a_tokenizer_larger_than_the_model_is_refused(nested):
    # On JAX ids beyond the table would all read its last row.
    size = TOKENIZER.vocabulary_size

    def make(num_tokens):
        model = models.sentence_model(models.Bert(num_tokens, 1, 2, 8, 16))
        if not nested:
            return model
        vectors = keras.layers.Dense(3)(model(model.input))
        return keras.Model(model.input, vectors)

    SentenceEncoder(make(size), TOKENIZER)
    with pytest.raises(ValueError, match=f"`tokenizer` has {size} tokens"):
        SentenceEncoder(make(size - 1), TOKENIZER)


def test_of_a_subclassed_model_the_largest_table_is_taken():
    class Bag(keras.Model):
        def __init__(self):
            super().__init__()
            self.segments = keras.layers.Embedding(2, 6)
            self.table = keras.layers.Embedding(9, 6)

    assert find_num_tokens(Bag()) == 9
    assert find_num_tokens(keras.Sequential()) is None


def with_two_tables(num_tokens, num_others):
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    segments = keras.Input((None,), dtype="int32", name="segment_ids")
    hashed = keras.layers.Embedding(num_others, 6)(segments)
    rows = keras.layers.Embedding(num_tokens, 6)(tokens) + hashed
    inputs = {"token_ids": tokens, "segment_ids": segments}
    return keras.Model(inputs, keras.ops.mean(rows, axis=1))


def test_the_table_that_reads_the_tokens_counts_and_no_other():
    encoder = SentenceEncoder(with_two_tables(40, 9), TOKENIZER)
    assert encoder.encode("今天").shape == (6,)
    with pytest.raises(ValueError, match="more than the 9 of the model's"):
        SentenceEncoder(with_two_tables(9, 40), TOKENIZER)


def test_more_tokens_than_positions_are_refused():
    model = models.sentence_model(models.Bert(40, 1, 2, 8, 16, max_length=10))
    SentenceEncoder(model, TOKENIZER, max_length=10)
    with pytest.raises(ValueError, match="at most 10, the positions of the"):
        SentenceEncoder(model, TOKENIZER, max_length=11)


def test_the_shortest_table_of_positions_counts_also_inside_of_a_model():
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    rows = keras.layers.Embedding(40, 6)(tokens)
    for length in (10, 20):
        rows = layers.PositionEmbedding(length)(rows)
    inner = keras.Model(tokens, keras.ops.mean(rows, axis=1))
    model = keras.Model({"token_ids": tokens}, inner(tokens))
    SentenceEncoder(model, TOKENIZER, max_length=10)
    with pytest.raises(ValueError, match="at most 10, the positions of the"):
        SentenceEncoder(model, TOKENIZER, max_length=11)


def test_a_saved_encoder_encodes_the_same(encoder, tmp_path):
    other = SentenceEncoder(new_model(), Tokenizer.from_texts(["少"]))
    other.save(tmp_path)  # to be replaced
    encoder.save(tmp_path)
    loaded = SentenceEncoder.from_folder(tmp_path)
    np.testing.assert_allclose(
        loaded.encode(SENTENCES), encoder.encode(SENTENCES), atol=1e-6
    )
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"model.keras", "vocab.txt", "sentence_encoder.json"}


def test_a_failure_while_saving_leaves_the_old_encoder(
    encoder, tmp_path, monkeypatch
):
    encoder.save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(self, path):
        raise OSError("disk full")

    monkeypatch.setattr(Tokenizer, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        SentenceEncoder(new_model(), TOKENIZER).save(tmp_path)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after == before


def test_vectors_are_those_of_transformers(tmp_path):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("safetensors")
    roformer = models.RoFormer(40, 2, 2, 8, 16)
    roformer.save_checkpoint(tmp_path)
    theirs = transformers.RoFormerModel.from_pretrained(tmp_path).eval()
    encoder = SentenceEncoder(models.sentence_model(roformer), TOKENIZER)
    vectors = encoder.encode(SENTENCES, batch_size=8)
    for sentence, vector in list(zip(SENTENCES, vectors))[::5]:
        ids = torch.tensor([TOKENIZER.encode(sentence).token_ids])
        with torch.no_grad():
            expected = theirs(input_ids=ids).last_hidden_state[0, 0]
        np.testing.assert_allclose(vector, expected.numpy(), atol=1e-4)
