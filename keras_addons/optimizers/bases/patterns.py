"""Regular expressions that are searched in the paths of variables."""

import re

from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


def pattern_list(argument, patterns):
    """Patterns as a list; a string is one pattern, None is none.

    Raises:
        ValueError: if one is not a regular expression.
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
    return any(re.search(pattern, path) for pattern in patterns)


class PatternWrapper(OptimizerWrapper):
    """Base class of wrappers that choose variables by patterns.

    Keras' paths begin with the name of a model that is a Sequential or a
    subclass (`sequential/dense/kernel`), until it is saved and loaded
    (`dense/kernel`). So the config holds the paths of the first build, and
    patterns are always searched in those.
    """

    def __init__(self, inner_optimizer, name=None):
        super().__init__(inner_optimizer, name=name)
        self._first_paths = []
        self._paths = []

    def patterns(self):
        """The patterns by the name of the argument that holds them."""
        return {}

    def prepare(self, variables):
        paths = [path_of(variable) for variable in variables]
        self._paths = first_paths(paths, self._first_paths)
        if self._paths is None:  # new, or for another model
            self._paths = self._first_paths = paths
        for argument, patterns in self.patterns().items():
            check_patterns(argument, patterns, self._first_paths)

    def path(self, variable):
        """The path in which patterns are searched."""
        index = None
        if self.built:
            key = self._var_key(variable)
            index = self._trainable_variables_indices.get(key)
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


def first_paths(paths, known):
    """What paths were at first, or None if they are not those of `known`.

    Names of models in front may differ, and variables may be missing that
    were frozen since.
    """
    rest = iter(known)
    found = [
        next((former for former in rest if is_same(former, path)), None)
        for path in paths
    ]
    return None if None in found or not found else found


def is_same(path, other):
    return f"/{path}".endswith(f"/{other}") or f"/{other}".endswith(f"/{path}")
