from pathlib import Path

import pytest

from keras_addons.text import Tokenizer

SHARED = Path(__file__).parents[3] / "shared/data/vocab"
BERT = SHARED / "chinese_L-12_H-768_A-12/vocab.txt"
TRICKY = (
    "今天天气不错，适合出去玩！",
    "“全角”标点：（测试）、《书名》……——？；～",
    "１２３４５ ＡＢＣ ａｂｃ 全角数字和字母",
    "iPhone 12 Pro Max售价9,999元，打8.5折",
    "unaffable Keras/TensorFlow-2.21",
    "café naïve Ångström ÉCOLE",
    "表情😀和👨‍👩‍👧符号™©",
    "繁體字與简体字，𠮷野家",
    "日本語のテキスト、한국어 텍스트",
    "tab\t换行\n空格\u3000不换行\u00a0零宽\u200b控制\u0007字符\ufffd",
    "蚂蚁借呗***个月 user@example.com http://t.cn/Rx?a=1&b=2",
    "行分隔\u2028段分隔\u2029",
    "[MASK]和[SEP]在文中 [UNK] [cls]",
    "x" * 120,
    "",
    "   ",
)
SMALL = "[PAD] [UNK] [CLS] [SEP] [MASK] 今 天 气 不 错 , 12 ##3 ca ##fe 。 《"


@pytest.fixture
def tokenizer():
    return Tokenizer.from_texts(["今天天气不错", "Café 2024, abc"])


def vocabulary_file(folder):
    if BERT.exists():
        return BERT
    path = folder / "vocab.txt"
    path.write_text("\n".join(SMALL.split()) + "\n", encoding="utf8")
    return path


def test_ids_are_those_of_hugging_face(tmp_path):
    transformers = pytest.importorskip("transformers")
    path = vocabulary_file(tmp_path)
    theirs = transformers.BertTokenizer(str(path))
    ours = Tokenizer.from_file(path)
    for text in TRICKY:
        assert ours.encode(text).token_ids == theirs(text)["input_ids"], text
    # Theirs takes an empty second text for none.
    full = [text for text in TRICKY if text]
    for text, pair in zip(full, reversed(full)):
        wanted = theirs(text, pair)
        encoding = ours.encode(text, pair)
        assert encoding.token_ids == wanted["input_ids"]
        assert encoding.segment_ids == wanted["token_type_ids"]


def test_truncation_is_that_of_hugging_face(tmp_path):
    transformers = pytest.importorskip("transformers")
    path = vocabulary_file(tmp_path)
    theirs = transformers.BertTokenizer(str(path))
    ours = Tokenizer.from_file(path)
    for text, pair in zip(TRICKY, TRICKY[3:9]):
        for length in (6, 9, 16):
            wanted = theirs(text, pair, truncation=True, max_length=length)
            ids = ours.encode(text, pair, max_length=length).token_ids
            assert ids == wanted["input_ids"]


@pytest.mark.skipif(not BERT.exists(), reason="needs ../shared/data")
def test_a_vocabulary_is_split_at_newlines_only():
    assert Tokenizer.from_file(BERT).vocabulary_size == 21128


@pytest.mark.parametrize("text", TRICKY)
def test_offsets_point_at_the_characters(text, tokenizer):
    encoding = tokenizer.encode(text)
    assert len(encoding.offsets) == len(encoding.token_ids)
    for token, (start, end) in zip(
        tokenizer.tokens(encoding.token_ids), encoding.offsets
    ):
        piece = text[start:end]
        if not token.startswith("["):
            assert piece.lower().replace("é", "e") == token.lstrip("#")


def test_offsets_of_a_pair_count_in_their_own_text(tokenizer):
    encoding = tokenizer.encode("天气", "今天")
    one = [(0, 0), (0, 1), (1, 2)]
    assert encoding.offsets == [*one, *one, (0, 0)]


@pytest.mark.parametrize(
    ("lengths", "kept"),
    # Nine tokens hold six of the two texts beside three special ones.
    [((9, 9), (3, 3)), ((9, 1), (5, 1)), ((2, 9), (2, 4)), ((0, 9), (0, 6))],
)
def test_truncation_keeps_both_parts(lengths, kept, tokenizer):
    first, second = ("天" * length for length in lengths)
    encoding = tokenizer.encode(first, second, max_length=9)
    assert len(encoding.token_ids) == sum(kept) + 3
    assert encoding.segment_ids.count(1) == kept[1] + 1
    assert tokenizer.tokens(encoding.token_ids)[-1] == "[SEP]"


def test_own_vocabulary_is_sorted_by_frequency_after_special_tokens():
    tokenizer = Tokenizer.from_texts(["好好好坏坏中", "中12"])
    # 12 is a word; 1 and ##2 are what unknown numbers fall back on.
    assert tokenizer.vocabulary == (
        "[PAD] [UNK] [CLS] [SEP] [MASK] 好 中 坏 ##2 1 12".split()
    )


def test_own_vocabulary_leaves_out_rare_pieces():
    tokenizer = Tokenizer.from_texts(["好好坏"], min_count=2)
    assert tokenizer.tokens(tokenizer.encode("好坏").token_ids) == (
        "[CLS] 好 [UNK] [SEP]".split()
    )


def test_saved_vocabulary_reads_back(tokenizer, tmp_path):
    path = tmp_path / "vocab.txt"
    tokenizer.save(path)
    assert Tokenizer.from_file(path).vocabulary == tokenizer.vocabulary
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\r\n", "\n", "\r"])
def test_windows_line_ends_and_byte_order_mark_are_read(tmp_path, mark, end):
    path = tmp_path / "vocab.txt"
    path.write_bytes((mark + "\r\n".join(SMALL.split()) + end).encode())
    assert Tokenizer.from_file(path).vocabulary == SMALL.split()


def test_padding_with_another_id_than_0_is_refused(tmp_path):
    # Batches are filled up with 0, and the models hide what is 0.
    path = tmp_path / "vocab.txt"
    tokens = SMALL.split()
    path.write_text("\n".join([*tokens[1:], "[PAD]"]) + "\n", encoding="utf8")
    with pytest.raises(ValueError) as error:
        Tokenizer.from_file(path)
    assert str(error.value) == (
        f"{path}: [PAD] must have the id 0, the first line. Received: "
        f"{len(tokens) - 1}"
    )


@pytest.mark.parametrize("missing", ["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
def test_a_vocabulary_without_a_special_token_is_refused(missing, tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text(SMALL.replace(missing, "x").replace(" ", "\n"))
    with pytest.raises(ValueError) as error:
        Tokenizer.from_file(path)
    assert str(error.value) == f"{path}: the vocabulary lacks {missing}"


def test_mask_is_asked_for_only_where_it_is_needed():
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "好"])
    with pytest.raises(ValueError, match=r"lacks \[MASK\]"):
        tokenizer.token_id("[MASK]")


def test_a_vocabulary_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ValueError, match="vocab.txt: not UTF-8"):
        Tokenizer.from_file(path)


@pytest.mark.parametrize("text", [None, 3, ["a"], ("a", "b"), "\ud83d"])
def test_a_text_that_is_not_text_is_refused(text, tokenizer):
    with pytest.raises(TypeError, match="must be a string"):
        tokenizer.encode(text)


def test_a_length_without_room_is_refused(tokenizer):
    with pytest.raises(ValueError, match="`max_length` must be at least 3"):
        tokenizer.encode("天", max_length=2)
    with pytest.raises(ValueError, match="`max_length` must be at least 5"):
        tokenizer.encode("天", "气", max_length=4)


def test_texts_and_pairs_must_be_as_many(tokenizer):
    with pytest.raises(ValueError, match="Received: 2 and 1"):
        tokenizer.encode_batch(["天", "气"], ["天"])
