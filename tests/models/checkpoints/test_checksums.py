"""A damaged checkpoint of Google's form is refused, whichever bit it is."""

import sys

import numpy as np
import pytest

from keras_addons import models
from keras_addons.models.checkpoints import tensor_bundle
from keras_addons.models.checkpoints.checksum import compute_checksum
from keras_addons.models.checkpoints.tensor_bundle import TensorBundle
from tests.models.checkpoints.google_files import save

pytest.importorskip("tensorflow")

ARRAYS = {
    "block/kernel": np.arange(6, dtype="float32").reshape(2, 3),
    "block/steps": np.array(7, "int32"),
    "empty": np.zeros((0, 4), "float32"),
}


@pytest.fixture
def prefix(tmp_path):
    save(tmp_path / "model", ARRAYS)
    return tmp_path / "model"


def read_all(prefix):
    bundle = TensorBundle(prefix)
    return {name: bundle.read(name) for name in bundle.keys()}


def flips(content):
    """The content with each of its bits turned, one at a time."""
    for position in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[position // 8] ^= 1 << position % 8
        yield position, bytes(flipped)


def index_of(prefix):
    return prefix.with_suffix(".index")


def data_of(prefix):
    return prefix.with_suffix(".data-00000-of-00001")


@pytest.mark.parametrize("path_of", [index_of, data_of])
def test_no_flipped_bit_is_read_in_silence(prefix, path_of):
    path = path_of(prefix)
    for position, flipped in flips(path.read_bytes()):
        path.write_bytes(flipped)
        with pytest.raises(ValueError, match=path.name) as error:
            read_all(prefix)
            pytest.fail(f"bit {position} was read")
        assert "\n" not in str(error.value)


def test_every_cut_of_the_index_is_refused(prefix):
    content = index_of(prefix).read_bytes()
    for size in range(len(content)):
        index_of(prefix).write_bytes(content[:size])
        with pytest.raises(ValueError, match="model.index"):
            read_all(prefix)


def test_a_damaged_tensor_is_named(folder):
    path = folder / "bert_model.ckpt.data-00000-of-00001"
    content = bytearray(path.read_bytes())
    content[0] ^= 1  # tensors are sorted by name
    path.write_bytes(content)
    with pytest.raises(ValueError) as error:
        models.from_checkpoint(folder)
    message = str(error.value)
    assert message.startswith(f"{path}: `bert/embeddings/LayerNorm/beta`")
    assert "checksum" in message


def test_big_endian_numbers_are_refused(prefix, monkeypatch):
    # The header says it: field 2 of the entry without a name is then 1.
    entries = tensor_bundle.read_table

    def with_big_numbers(path):
        return {**dict(entries(path)), b"": b"\x08\x01\x10\x01"}.items()

    monkeypatch.setattr(tensor_bundle, "read_table", with_big_numbers)
    with pytest.raises(ValueError, match="model.index: .* big-endian"):
        TensorBundle(prefix)


def test_without_the_library_its_name_is_told(prefix, monkeypatch):
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(ImportError, match="pip install google-crc32c"):
        read_all(prefix)


def test_the_checksum_is_that_of_the_standard():
    # RFC 3720, B.4: 32 bytes of zeros give 0x8A9136AA; masked as LevelDB
    # does, rotated right by 15 bits, plus 0xA282EAD8.
    crc = 0x8A9136AA
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32
    assert compute_checksum(bytes(32)) == masked
    assert compute_checksum(np.zeros(32, "uint8")) == masked
    long = np.arange(3 << 20, dtype="uint8")  # longer than one piece
    assert compute_checksum(long) == compute_checksum(long.tobytes())
