"""Tokenizer, batches, masking, sentence vectors; needs `tokenizers`."""

from keras_addons.text.batches.length_batches import (
    LengthBatches as LengthBatches,
)
from keras_addons.text.batches.token_arrays import token_arrays as token_arrays
from keras_addons.text.masking import WholeWordMasking as WholeWordMasking
from keras_addons.text.parallel.count_words import count_words as count_words
from keras_addons.text.parallel.parallel_apply import (
    parallel_apply as parallel_apply,
)
from keras_addons.text.sentence_encoder import (
    SentenceEncoder as SentenceEncoder,
)
from keras_addons.text.tokenizer import Encoding as Encoding
from keras_addons.text.tokenizer import Tokenizer as Tokenizer
from keras_addons.text.words import word_ids as word_ids
