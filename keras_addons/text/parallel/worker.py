"""What a process of `Workers` runs; imports nothing but the standard library.

The globals `connection`, `function` (pickled) and `counts` (whether tokens are
counted) are those that `Workers` passes to `runpy.run_path`.
"""

import os
import pickle
import queue
import signal
import threading
import traceback
from collections import Counter

SHOWN = 200  # characters of an item in a message


def described(error):
    """Returns what the parent tells of an exception, and the exception."""
    text = "".join(traceback.format_exception(error)).rstrip()
    try:
        # Some exceptions are pickled, but cannot be made again.
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = None
    return text, error


def shortened(item):
    try:
        text = repr(item)
    except Exception:
        text = f"<{type(item).__name__}>"
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def answer_of(function, batch, counter):
    """Applies the function to each item; stops at the first exception.

    Returns:
        `("results", list)` or `("failed", place, item, traceback, error)`.
    """
    results = []
    for place, item in enumerate(batch):
        try:
            result = function(item)
            if counter is None:
                results.append(result)
            else:
                counter.update(result)
        except Exception as error:
            return ("failed", place, shortened(item), *described(error))
    return "results", results


def read_batches(connection, batches):
    """Puts what the parent sends into a queue, until it sends None."""
    parent = os.getppid()
    message = b""
    while message is not None:
        try:
            while not connection.poll(1.0):
                if os.getppid() != parent:
                    os._exit(1)
            message = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError):
            os._exit(1)  # nobody waits for an answer
        except BaseException as error:
            message = error  # an item that cannot be unpickled here
        batches.put(message)


def send(connection, answer):
    try:
        content = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        answer = ("unpickled", *described(error))
        content = pickle.dumps(answer)
    connection.send_bytes(content)


def work(connection, function, counts):
    # Ctrl-C reaches all processes of a terminal; the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    batches = queue.Queue()
    reading = threading.Thread(
        target=read_batches, args=(connection, batches), daemon=True
    )
    counter = Counter() if counts else None
    try:
        function = pickle.loads(function)
    except BaseException as error:
        return send(connection, ("unloaded", *described(error)))
    reading.start()
    while (batch := batches.get()) is not None:
        if isinstance(batch, BaseException):
            return send(connection, ("unloaded", *described(batch)))
        send(connection, answer_of(function, batch, counter))
    send(connection, ("results", counter))


if "connection" in globals():
    work(connection, function, counts)  # noqa: F821
