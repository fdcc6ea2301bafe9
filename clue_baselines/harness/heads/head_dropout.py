"""--head-dropout: what is dropped before the labels."""

import keras

from clue_baselines.harness.options.argument_types import share
from clue_baselines.harness.options.defaults import shown


def add_head_dropout(parser, task, what):
    default = shown(task, "head_dropout")
    parser.add_argument(
        "--head-dropout",
        type=share,
        help=f"dropped share of {what} (default: {default})",
    )


def with_head_dropout(features, options):
    dropped = keras.layers.Dropout(options.head_dropout, name="label_dropout")
    return dropped(features)
