"""Applies a function to many items in several processes."""

import itertools
import multiprocessing
import os

from keras_addons.arguments import check_integer
from keras_addons.text.parallel.worker import answer_of
from keras_addons.text.parallel.workers import Workers
from keras_addons.text.parallel.workers import failed_at
from keras_addons.text.parallel.workers import raised

AHEAD = 4  # batches a process that are on their way or wait for their turn


def parallel_apply(
    function,
    iterable,
    workers=None,
    batch_size=100,
    ordered=True,
    start_method="spawn",
):
    """Applies a function to each item, in several processes.

    `map(function, iterable)` with the items sent in batches, since a message
    costs about as much as the work on a short text. Items are read, and
    results computed, as results are taken: at most `4 * workers` batches are
    in memory, so the iterable may be endless or larger than memory.

    The processes are new ones ("spawn"): they share no threads with a parent
    that has loaded TensorFlow or JAX, whose fork may hang. A process takes a
    few tenths of a second to start, and imports the main program and the
    module of the function: what these import is loaded once in each process.
    So a program must start from `if __name__ == "__main__":`, and may well
    import Keras below that line, not above. "fork" starts at
    once and takes any state along; use it where no backend is loaded.

    The processes end with the iteration, also if that is left by an
    exception, by Ctrl-C or by closing the generator.

    Args:
        function: function of one item, which can be pickled, as must items
            and results. With `workers` of 0 or 1 it need not be.
        iterable: the items.
        workers: None, or int: the number of processes. 0 and 1 work in this
            process. None is the number of cores that this process may use.
            Defaults to None.
        batch_size: positive int, items in a message. Defaults to 100.
        ordered: bool, whether results come in the order of the items. False
            is as they come, and does not wait for a slow item. Defaults to
            True.
        start_method: "spawn", "forkserver" or "fork". Defaults to "spawn".

    Returns:
        A generator of results.

    Raises:
        ValueError: an argument is not as above.
        RuntimeError: while results are taken: the function raised an
            exception, which is the cause; the message has the number of the
            item, the item and the traceback. With `ordered` all batches
            before that of the item come first. Or a process was killed; the
            message has its exit code and the items that it had.

    Example:

    >>> from keras_addons.text import parallel_apply
    >>> list(parallel_apply(str.split, ["a b", "c"], workers=1))
    [['a', 'b'], ['c']]

    Reference:
        https://kexue.fm/archives/7031
    """
    workers = check_options(workers, batch_size, start_method)
    if workers <= 1:
        return apply_here(function, iterable)
    pool = Workers(function, workers, False, start_method)
    return results_of(pool, iterable, batch_size, ordered)


def check_options(workers, batch_size, start_method):
    """Checks the options of both functions; returns the number of workers."""
    check_integer("batch_size", batch_size, 1)
    methods = multiprocessing.get_all_start_methods()
    if start_method not in methods:
        raise ValueError(
            f"`start_method` must be one of {methods}. "
            f"Received: {start_method!r}"
        )
    if workers is None:
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
    return check_integer("workers", workers, 0)


def apply_here(function, iterable):
    for number, item in enumerate(iterable):
        kind, *answer = answer_of(function, [item], None)
        if kind == "failed":
            _, shown, text, error = answer
            raise RuntimeError(failed_at(number, shown, text)) from error
        yield answer[0][0]


def results_of(pool, iterable, batch_size, ordered):
    """Yields the results of the batches, in order or as they come."""
    with pool:
        done = {}
        expected = 0
        for number, results in answers(pool, iterable, batch_size, done):
            done[number] = results
            while done:
                number = expected if ordered else next(iter(done))
                if number not in done:
                    break
                results = done.pop(number)
                expected += 1
                yield from raised(results)


def answers(pool, iterable, batch_size, done):
    """Yields number and results of each batch, in the order they come.

    Args:
        pool: `Workers`.
        iterable: the items.
        batch_size: int.
        done: collection of the batches that were yielded and are still in
            memory, which the caller keeps.
    """
    items = iter(iterable)
    first = 0
    for number in itertools.count():
        batch = list(itertools.islice(items, batch_size))
        if not batch:
            break
        while (worker := has_room(pool, done)) is None:
            yield from pool.receive()
        pool.send(worker, number, batch, first)
        first += len(batch)
    while pool.is_busy():
        yield from pool.receive()


def has_room(pool, done):
    """Returns a process for one more batch, or None if it has to wait."""
    if len(pool.items) + len(done) >= AHEAD * pool.number:
        return None
    return pool.free()
