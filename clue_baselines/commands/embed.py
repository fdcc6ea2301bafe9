"""Scores an encoder's sentence vectors on CLUE tasks, as C-MTEB does.

TNEWS and IFLYTEK: the accuracy of a logistic regression on the vectors of 32
texts of each class, averaged over repeats. OCNLI and CMNLI: the best accuracy
and the average precision of the cosine at telling entailment from
contradiction. AFQMC: Spearman's correlation of the cosine with the label. All
on the dev set; nothing of the encoder is trained.

Run:  python -m clue_baselines embed --checkpoint DIR --data-dir CLUE
"""

from pathlib import Path

from clue_baselines.harness.embedding.table import print_table
from clue_baselines.harness.embedding.table import write_table
from clue_baselines.harness.embedding.tasks import TASKS
from clue_baselines.harness.embedding.tasks import read_parts
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.harness.results.metrics import versions
from clue_baselines.harness.run import SAMPLE_NOTE
from clue_baselines.harness.run import command
from clue_baselines.roformer_sim.vectors import POOLING
from clue_baselines.roformer_sim.vectors import POOLINGS
from clue_baselines.roformer_sim.vectors import load_sentence_encoder


def embed(options):
    """Returns the scores, a dict for each task."""
    if options.data_dir is None:
        print(SAMPLE_NOTE)
    parts = {
        name: read_parts(name, options.data_dir)
        for name in options.tasks or TASKS
    }
    for name in [name for name, part in parts.items() if part is None]:
        print(f"left out: {name}, whose data is not there")
        del parts[name]
    if not parts:
        raise UserError(f"{options.data_dir}: no data of these tasks")
    encoder = load_sentence_encoder(
        options.checkpoint, options.max_length, options.pooling
    )

    def encode(texts):
        return encoder.encode(texts, batch_size=options.batch_size)

    table = {}
    for name, (train, dev) in parts.items():
        print(f"{name}: {len(dev)} dev records", flush=True)
        table[name] = TASKS[name].scores(encode, train, dev)
    print_table(table)
    description = {
        name: str(getattr(options, name))
        for name in ("checkpoint", "pooling", "max_length")
    }
    data = options.data_dir or "generated sample data"
    description = {**description, "data": str(data), "versions": versions()}
    with user_errors("--output-dir: "):
        write_table(options.output_dir, table, description)
    print(f"embed.json and embed.md are in {options.output_dir}")
    return table


def main(arguments):
    parser = Parser(
        prog="clue_baselines embed", description=__doc__.splitlines()[0]
    )

    def add(name, help, **details):
        parser.add_argument(name, help=help, **details)

    tasks = ", ".join(TASKS)
    add("tasks", f"of {tasks} (default: all)", nargs="*", metavar="TASK")
    add("--checkpoint", "folder of an encoder", type=Path, required=True)
    add(
        "--data-dir",
        "folder that holds TASK/train.json and TASK/dev.json; without it: "
        "generated sample data",
        type=Path,
    )
    add(
        "--output-dir",
        "folder for embed.json and embed.md (default: %(default)s)",
        type=Path,
        default=Path("results/embed"),
    )
    add(
        "--pooling",
        "how tokens become a vector (default: %(default)s)",
        choices=POOLINGS,
        default=POOLING,
    )
    add(
        "--max-length",
        "tokens that a text is cut to (default: %(default)s)",
        type=at_least(8),
        default=512,
    )
    add("--batch-size", "texts in a batch", type=at_least(1), default=64)
    options = parser.parse_args(arguments)
    for name in options.tasks:
        if name not in TASKS:
            parser.error(f"unknown task {name!r}, expected one of {tasks}")
    return command("embed", embed, options)
