"""Counts words in several processes."""

from collections import Counter

from keras_addons.text.parallel.parallel_apply import answers
from keras_addons.text.parallel.parallel_apply import apply_here
from keras_addons.text.parallel.parallel_apply import check_options
from keras_addons.text.parallel.workers import Workers
from keras_addons.text.parallel.workers import raised


def count_words(
    texts, tokenize, workers=None, batch_size=1000, start_method="spawn"
):
    """Counts the words of many texts, in several processes.

    Each process counts in a dictionary of its own, and the dictionaries are
    added once, at the end: no word travels between processes. The counts do
    not depend on `workers`, `batch_size` or the order of the texts. A process
    holds the words that it met; of the texts at most `4 * workers` batches are
    in memory. See `parallel_apply` for what a process costs and how it ends.
    It pays where `tokenize` is slow: with `rjieba.cut`, two processes on two
    cores were no faster than one (`benchmarks/word_counting.py`).

    Args:
        texts: iterable of strings, or of what `tokenize` takes.
        tokenize: function from a text to an iterable of words, such as
            `str.split`. It must be one that can be pickled, as must the
            texts; `rjieba.cut` cannot, a function of a module that calls it
            can. With `workers` of 0 or 1 any function will do.
        workers: None, or int: the number of processes. 0 and 1 count in this
            process. None is the number of cores that this process may use.
            Defaults to None.
        batch_size: positive int, texts in a message. Defaults to 1000.
        start_method: "spawn", "forkserver" or "fork". Defaults to "spawn".

    Returns:
        `collections.Counter` from words to int.

    Raises:
        ValueError: an argument is not as above.
        RuntimeError: `tokenize` raised an exception, or a process was killed;
            see `parallel_apply`.

    Example:

    >>> from keras_addons.text import count_words
    >>> count_words(["天气 好", "天气"], str.split, workers=1)
    Counter({'天气': 2, '好': 1})

    Reference:
        https://kexue.fm/archives/7031
    """
    workers = check_options(workers, batch_size, start_method)
    total = Counter()
    if workers <= 1:
        for words in apply_here(tokenize, texts):
            total.update(words)
        return total
    with Workers(tokenize, workers, True, start_method) as pool:
        for _, results in answers(pool, texts, batch_size, done=()):
            raised(results)
        for counts in pool.finish():
            total.update(counts)
    return total
