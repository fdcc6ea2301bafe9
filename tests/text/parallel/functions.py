"""Functions that processes of tests import: no Keras, no numpy."""

import os
import signal
import time


def square(number):
    return number * number


def process_id(_):
    time.sleep(0.01)
    return os.getpid()


def raise_at_seven(number):
    if number == 7:
        raise ValueError("not seven")
    return number


def slow_then_raise_at_seven(number):
    if number == 0:
        time.sleep(2.0)
    return raise_at_seven(number)


class NoCopy(Exception):
    """An exception that cannot be made again from its pickle."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def raise_without_copy(number):
    raise NoCopy("a", "b")


def kill_itself_at_seven(number):
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def first_waits_for_tenth(item):
    """Takes (number, path); the tenth item makes the file."""
    number, path = item
    if number == 10:
        open(path, "w").close()
    deadline = time.monotonic() + 60
    while number == 0 and not os.path.exists(path):
        assert time.monotonic() < deadline, "nobody else works"
        time.sleep(0.01)
    return number


def cannot_be_sent(number):
    return lambda: number


def large(number):
    return b"x" * number


class UnloadableThere:
    """A function that is pickled here and cannot be loaded elsewhere."""

    def __init__(self):
        self.parent = os.getpid()

    def __call__(self, number):
        return number

    def __setstate__(self, state):
        if os.getpid() != state["parent"]:
            raise ImportError("only at home")
        self.__dict__.update(state)


def kill_itself_at_seven_words(number):
    return [str(kill_itself_at_seven(number))]
