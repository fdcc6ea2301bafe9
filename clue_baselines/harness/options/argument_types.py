"""Types of arguments of the command line, whose errors say what is wrong."""

import argparse


class Parser(argparse.ArgumentParser):
    """Reports an error in one line, without the usage."""

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message}\n")


def at_least(minimum):
    """Returns an argument type: a whole number not below the minimum."""

    def parse(text):
        try:
            number = int(text)
        except ValueError:
            number = minimum - 1
        if number < minimum:
            raise argparse.ArgumentTypeError(
                f"must be a whole number, at least {minimum}. Received: {text}"
            )
        return number

    return parse


def number_or_nan(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")


def number(text):
    value = number_or_nan(text)
    if not -float("inf") < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number. Received: {text}")
    return value


def positive(text):
    number = number_or_nan(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(
            f"must be a number above 0. Received: {text}"
        )
    return number


def share(text):
    number = number_or_nan(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(
            f"must be a number from 0 to below 1. Received: {text}"
        )
    return number
