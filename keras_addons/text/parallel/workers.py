"""Processes that are given batches and answer with results."""

import multiprocessing
import pickle
import runpy
from collections import deque
from multiprocessing.connection import wait
from pathlib import Path

PROGRAM = str(Path(__file__).with_name("worker.py"))
WAITING = 2  # batches that a process has at most


class Worker:
    """One process: its pipe, and the numbers of the batches it has."""

    def __init__(self, context, function, counts):
        self.connection, other = context.Pipe()
        self.batches = deque()
        names = {"connection": other, "function": function, "counts": counts}
        self.process = context.Process(
            target=runpy.run_path, args=(PROGRAM, names), daemon=True
        )
        try:
            self.process.start()
        finally:
            other.close()  # else the end of the process would not close it

    def send(self, content):
        try:
            self.connection.send_bytes(content)
        except OSError:
            pass  # it has ended; reading its answer says why

    def stop(self):
        self.connection.close()
        if self.process.pid is not None:
            self.process.terminate()
            self.process.join(5)
            if self.process.is_alive():
                self.process.kill()
                self.process.join()
        self.process.close()


class Workers:
    """Up to `number` processes, each started when there is work for it.

    Args:
        function: function of an item, which can be pickled.
        number: int, the number of processes.
        counts: bool, whether the function returns tokens to be counted.
        start_method: "spawn", "forkserver" or "fork".
    """

    def __init__(self, function, number, counts, start_method):
        self.context = multiprocessing.get_context(start_method)
        self.function = pickled(function)
        self.number = number
        self.counts = counts
        self.workers = []
        self.items = {}  # first and last item of each batch on its way

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers:
            worker.stop()

    def free(self):
        """Returns the process that has least to do, or None."""
        least = min(self.workers, key=lambda each: len(each.batches), default=0)
        if least and not least.batches:
            return least
        if len(self.workers) < self.number:
            worker = Worker(self.context, self.function, self.counts)
            self.workers.append(worker)
            return worker
        return least if len(least.batches) < WAITING else None

    def is_busy(self):
        return any(worker.batches for worker in self.workers)

    def send(self, worker, number, batch, first):
        """Gives a batch, whose first item has the number `first`."""
        self.items[number] = first, first + len(batch) - 1
        content = pickle.dumps(batch, pickle.HIGHEST_PROTOCOL)
        worker.batches.append(number)
        worker.send(content)

    def receive(self):
        """Waits for answers; yields the numbers of batches, and results.

        Where the function raised an exception the results are a RuntimeError:
        who wants results in order raises it when its turn has come.

        Raises:
            RuntimeError: a process has ended, or cannot load the function.
        """
        busy = {each.connection: each for each in self.workers if each.batches}
        for connection in wait([*busy]):
            worker = busy[connection]
            results = self.answer(worker)
            number = worker.batches.popleft()
            del self.items[number]
            yield number, results

    def finish(self):
        """Tells the processes that this is all; yields their counts."""
        for worker in self.workers:
            worker.send(pickle.dumps(None))
        for worker in self.workers:
            yield raised(self.answer(worker))

    def answer(self, worker):
        try:
            content = worker.connection.recv_bytes()
        except (EOFError, OSError):
            raise RuntimeError(self.end_of(worker)) from None
        kind, *answer = pickle.loads(content)
        if kind == "results":
            return answer[0]
        *place, text, cause = answer
        error = RuntimeError(self.failure(kind, worker, place, text))
        error.__cause__ = cause
        if kind == "unloaded":
            raise error
        return error

    def failure(self, kind, worker, place, text):
        if kind == "unloaded":
            return (
                "a process could not load `function` or an item. Both must be "
                "pickled and found by an import, so a function must stand in "
                f"a module, not in an interactive session.\n\n{text}"
            )
        if not worker.batches:
            return f"the counts cannot be sent: {text}"
        first, last = self.items[worker.batches[0]]
        if kind == "unpickled":
            return f"a result of items {first} to {last} cannot be sent: {text}"
        return failed_at(first + place[0], place[1], text)

    def end_of(self, worker):
        worker.process.join(5)
        message = f"a process ended with exit code {worker.process.exitcode}"
        if worker.batches:
            first, last = self.items[worker.batches[0]]
            message += f" before it was done with items {first} to {last}"
        return (
            f"{message}. Exit code -9 is a kill, by the system where memory "
            "is short; 1 with `bootstrapping` in its message is a program "
            'without `if __name__ == "__main__":`.'
        )


def raised(results):
    """Returns results, or raises the exception that stands for them."""
    if isinstance(results, RuntimeError):
        raise results
    return results


def failed_at(number, item, text):
    return f"`function` failed at item {number}, {item}.\n\n{text}"


def pickled(function):
    try:
        return pickle.dumps(function)
    except Exception as error:
        raise ValueError(
            "`function` must be one that can be pickled, such as a function "
            "at the top of a module; a lambda or a function within a function "
            f"cannot. Received: {function!r}"
        ) from error
