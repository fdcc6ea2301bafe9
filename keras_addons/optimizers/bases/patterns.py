"""Choosing variables by regular expressions on their paths."""

import re

from keras_addons.keras_internals import indices_by_key
from keras_addons.keras_internals import key_of
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


def pattern_list(argument, patterns):
    """Returns a list of patterns from a string, a list or None.

    Raises:
        ValueError: if a pattern is not a regular expression.
    """
    if isinstance(patterns, str):
        patterns = [patterns]
    patterns = list(patterns or ())
    for pattern in patterns:
        check_pattern(argument, pattern)
    return patterns


def check_pattern(argument, pattern):
    """Raises ValueError unless `pattern` is a regular expression."""
    try:
        re.compile(pattern)
    except (TypeError, re.error) as error:
        raise ValueError(
            f"`{argument}` must hold regular expressions, as strings. "
            f"Received: {pattern!r}"
        ) from error


def check_patterns(argument, patterns, paths):
    """Raises ValueError for a pattern that matches none of the paths."""
    for pattern in patterns:
        if not any(re.search(pattern, path) for path in paths):
            raise ValueError(
                f"`{argument}`: the pattern {pattern!r} matches none of the "
                f"variables {paths}"
            )


def matches_any(patterns, path):
    """Whether one of the patterns is found in the path."""
    return any(re.search(pattern, path) for pattern in patterns)


class PatternWrapper(OptimizerWrapper):
    """Base class of wrappers that choose variables by patterns.

    In a Sequential or subclassed model Keras' paths begin with the name of
    the model (`sequential/dense/kernel`), but no longer after saving and
    loading (`dense/kernel`). So the config holds the paths of the first
    build, and patterns are always searched in these.
    """

    def __init__(self, inner_optimizer, name=None):
        super().__init__(inner_optimizer, name=name)
        self._first_paths = []
        self._paths = []

    def patterns(self):
        """Patterns by the name of their argument."""
        return {}

    def prepare(self, variables):
        paths = [path_of(variable) for variable in variables]
        self._paths = find_first_paths(paths, self._first_paths)
        if self._paths is None:  # first build, or another model
            self._paths = self._first_paths = paths
        for argument, patterns in self.patterns().items():
            check_patterns(argument, patterns, self._first_paths)

    def path(self, variable):
        """The path of a variable in which patterns are searched."""
        index = None
        if self.built:
            key = key_of(self, variable)
            index = indices_by_key(self).get(key)
        return path_of(variable) if index is None else self._paths[index]

    def get_config(self):
        config = super().get_config()
        if self._first_paths:
            config["variable_paths"] = list(self._first_paths)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        paths = config.pop("variable_paths", [])
        optimizer = super().from_config(config, custom_objects)
        optimizer._first_paths = list(paths)
        return optimizer


def find_first_paths(paths, known):
    """Finds each path among the `known` ones; None if one is missing.

    The name of the model in front may differ, and `known` may hold variables
    that are frozen now.
    """
    rest = iter(known)
    found = [
        next((former for former in rest if is_same(former, path)), None)
        for path in paths
    ]
    return None if None in found or not found else found


def is_same(path, other):
    """Whether two paths differ at most by a name in front."""
    return f"/{path}".endswith(f"/{other}") or f"/{other}".endswith(f"/{path}")
