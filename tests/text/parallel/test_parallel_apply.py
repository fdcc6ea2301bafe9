import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keras_addons.text import parallel_apply
from tests.text.parallel import functions

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_process_is_left():
    yield
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_results_are_those_of_map(workers, batch_size):
    results = parallel_apply(functions.square, range(50), workers, batch_size)
    assert list(results) == [number**2 for number in range(50)]


@pytest.mark.parametrize(
    "method", set(multiprocessing.get_all_start_methods()) - {"fork"}
)
def test_several_processes_work(method):
    # Keras and its backend are loaded here: nothing is forked.
    ids = set(
        parallel_apply(
            functions.process_id, range(400), 2, 5, start_method=method
        )
    )
    assert len(ids) == 2 and os.getpid() not in ids


def test_nothing_gives_nothing_and_starts_nothing():
    results = parallel_apply(functions.square, [], 2)
    assert list(results) == [] and multiprocessing.active_children() == []


def test_one_batch_starts_one_process():
    results = parallel_apply(functions.square, range(3), 8, 10)
    assert next(results) == 0
    assert len(multiprocessing.active_children()) == 1
    results.close()


def test_as_they_come_a_slow_item_holds_up_nobody(tmp_path):
    def results(ordered):
        path = str(tmp_path / f"{ordered}")
        items = [(number, path) for number in range(40)]
        function = functions.first_waits_for_tenth
        return [*parallel_apply(function, items, 2, 2, ordered=ordered)]

    unordered = results(ordered=False)
    assert sorted(unordered) == [*range(40)]
    # The process without item 0 begins with item 2 and comes to item 10.
    assert unordered.index(2) < unordered.index(0)
    assert results(ordered=True) == [*range(40)]


def test_no_more_is_read_than_four_batches_a_process():
    read = []

    def endless():
        for number in itertools.count():
            read.append(number)
            yield number

    results = parallel_apply(functions.square, endless(), 2, batch_size=5)
    most = 0
    for taken in range(1, 200):
        assert next(results) == (taken - 1) ** 2
        most = max(most, len(read) - taken)
    # Eight batches of five, one that is being taken and one that was read.
    assert 10 <= most <= 50
    results.close()


def test_large_batches_and_results_do_not_wait_for_each_other():
    sizes = [1_000_000] * 12
    results = parallel_apply(functions.large, sizes, 2, batch_size=2)
    assert [len(result) for result in results] == sizes
    items = [b"x" * 1_000_000] * 12
    assert list(parallel_apply(len, items, 2, batch_size=2)) == sizes


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_names_its_item_and_is_the_cause(workers):
    results = parallel_apply(functions.raise_at_seven, range(20), workers, 3)
    taken = []
    with pytest.raises(RuntimeError, match="failed at item 7, 7") as error:
        for result in results:
            taken.append(result)
    assert isinstance(error.value.__cause__, ValueError)
    assert str(error.value.__cause__) == "not seven"
    assert "raise_at_seven" in str(error.value)  # the traceback
    # Those of the batch of the item are lost with it, others not.
    assert taken == [*range(7 if workers == 1 else 6)]


def test_in_order_an_exception_waits_for_the_items_before_it():
    # The process that has items 0 to 2 is done long after the other one.
    function = functions.slow_then_raise_at_seven
    taken = []
    with pytest.raises(RuntimeError, match="failed at item 7, 7"):
        for result in parallel_apply(function, range(20), 2, 3):
            taken.append(result)
    assert taken == [*range(6)]


def test_an_exception_that_cannot_be_sent_is_told():
    with pytest.raises(RuntimeError, match="NoCopy: a b") as error:
        list(parallel_apply(functions.raise_without_copy, range(3), 2))
    assert error.value.__cause__ is None


def test_a_result_that_cannot_be_sent_is_told():
    with pytest.raises(RuntimeError, match="a result of items 0 to 2 cannot"):
        list(parallel_apply(functions.cannot_be_sent, range(3), 2))


def test_a_killed_process_is_noticed():
    results = parallel_apply(functions.kill_itself_at_seven, range(100), 2, 5)
    with pytest.raises(RuntimeError, match="exit code -9 .* items 5 to 9"):
        list(results)


def test_a_function_that_a_process_cannot_load_is_told():
    with pytest.raises(RuntimeError, match="(?s)not load `function`.*at home"):
        list(parallel_apply(functions.UnloadableThere(), range(3), 2))


def test_functions_that_cannot_be_pickled_work_in_this_process_only():
    assert list(parallel_apply(lambda x: -x, [1, 2], 1)) == [-1, -2]
    with pytest.raises(ValueError, match="`function` .* pickled"):
        parallel_apply(lambda x: -x, [1, 2], 2)


def test_an_exception_of_the_items_passes_and_ends_the_processes():
    def items():
        yield from range(10)
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        list(parallel_apply(functions.square, items(), 2, 2))


def test_bad_arguments_are_refused_at_once():
    for options, name in [
        ({"workers": -1}, "workers"),
        ({"workers": True}, "workers"),
        ({"batch_size": 0}, "batch_size"),
        ({"start_method": "copy"}, "start_method"),
    ]:
        with pytest.raises(ValueError, match=f"`{name}`"):
            parallel_apply(functions.square, [], **options)


PROGRAM = """
import signal
from tests.text.parallel.functions import process_id

if __name__ == "__main__":
    # A shell's job in the background ignores the signal, and so do its own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Here, so that the processes do not import it.
    from keras_addons.text import parallel_apply

    results = parallel_apply(process_id, iter(int, 1), workers=2, batch_size=5)
    ids = set()
    for number in results:
        if number not in ids:
            ids.add(number)
            print(number, flush=True)
"""


def is_running(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_program_leaves_no_processes(how, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    program = subprocess.Popen(
        [sys.executable, path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as a terminal: all processes get the signal
    )
    try:
        workers = [int(program.stdout.readline()) for _ in range(2)]
        if how == signal.SIGINT:
            os.killpg(program.pid, how)
        else:
            program.kill()  # it alone; nobody tells the others
        _, errors = program.communicate(timeout=60)
    finally:
        program.kill()
    assert errors.count("Traceback") == (how == signal.SIGINT), errors
    deadline = time.monotonic() + 20
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, workers))
