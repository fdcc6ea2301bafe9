"""Pretrains an encoder on any texts: which words are hidden in them?

Idea: 15 % of the words of a text, or of a pair as the tasks read it, are
      hidden; the encoder, which reads in both directions, finds them.
Run:  python -m clue_baselines pretrain --data-dir CLUE
      python -m clue_baselines pretrain --texts FILE ...
"""

from pathlib import Path

from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.data.text_windows import rows_of_all
from clue_baselines.harness.data.unlabelled import files_of
from clue_baselines.harness.data.unlabelled import once_each
from clue_baselines.harness.data.unlabelled import read_texts
from clue_baselines.harness.data.unlabelled import texts_of_record
from clue_baselines.harness.encoder import add_family
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.heads.masked_language_model import masked_data
from clue_baselines.harness.heads.masked_language_model import masked_model
from clue_baselines.harness.job import Job
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.harness.options.argument_types import share
from clue_baselines.harness.run import main as run_job
from clue_baselines.harness.sample_data.news_titles import news_titles
from clue_baselines.harness.sample_data.question_pairs import question_pairs

# A dev or test part is left out, lest its score be one of texts seen before.
PARTS = ["train", "trial", "unlabeled"]
SAMPLE_SIZE = 1024


class Pretraining(Job):
    """Masked language modelling; its records are `unlabelled.Texts`."""

    def add_options(self, parser):
        add_family(parser)
        parser.add_argument(
            "--texts",
            nargs="+",
            metavar="FILE",
            help="files to read instead of those of --data-dir: a text a "
            "line, or by the end of the name .json, .jsonl, .tsv, .data in "
            "the forms of CLUE's tasks",
        )
        parser.add_argument(
            "--parts",
            nargs="+",
            default=PARTS,
            metavar="NAME",
            help="files of --data-dir are read whose names hold one of these "
            f"(default: {' '.join(PARTS)}; a dev or test part that was read "
            "is no fair measure any more)",
        )
        parser.add_argument(
            "--max-length",
            type=at_least(8),
            default=128,
            help="tokens of a row; a longer text becomes several rows, a "
            "longer pair is cut (default: %(default)s)",
        )
        parser.add_argument(
            "--mask-rate",
            type=share,
            default=0.15,
            help="share of the words that are hidden (default: %(default)s)",
        )

    def source(self, options):
        if options.texts is not None:
            return " ".join(options.texts)
        return options.data_dir

    def settled(self, options):
        if options.data_dir is not None and options.texts is not None:
            raise UserError("--texts: not allowed with --data-dir")
        if options.mask_rate == 0:
            raise UserError("--mask-rate: must be above 0. Received: 0")
        return options

    def read(self, options):
        if options.texts is not None:
            return read_texts(map(Path, options.texts))
        if options.data_dir is not None:
            return read_texts(files_of(options.data_dir, options.parts))
        records = news_titles(SAMPLE_SIZE, 0) + question_pairs(SAMPLE_SIZE, 0)
        return once_each(map(texts_of_record, records_of(records, "sample")))

    def texts(self, records):
        return [*records.singles, *(t for pair in records.pairs for t in pair)]

    def encoder_arguments(self, options):
        arguments = {"attention": "bidirectional", "with_lm_head": True}
        if options.dropout is not None:
            rates = ("dropout", "attention_dropout")
            arguments |= dict.fromkeys(rates, options.dropout)
        return arguments

    def longest_row(self, options):
        return options.max_length

    def data(self, tokenizer, records, options):
        rows = rows_of_all(tokenizer, records, options.max_length)
        if len(rows["token_ids"]) < 2:
            raise UserError(
                "the texts give one row; needed are at least 2 rows"
            )
        number = sum(map(len, rows["token_ids"]))
        print(f"{len(rows['token_ids'])} rows, {number} tokens")
        return masked_data(tokenizer, rows, options, options.mask_rate)

    def build(self, encoder, options):
        return masked_model(encoder)

    def write(self, folder, trained, records):
        """Writes the checkpoint, from which every task can start."""
        trained.tokenizer.save(folder / "vocab.txt")
        trained.encoder.save_checkpoint(folder, pooling="last_average")

    def next_step(self, folder):
        return f"go on with a task:\n    --checkpoint {folder}"


job = Pretraining(
    name="pretrain",
    question="Which words are hidden in this text?",
    defaults={
        "scratch": {"epochs": 2, "dropout": 0.0, "batch_size": 64},
        "sample": {"epochs": 2, "dropout": 0.0, "batch_size": 64},
        "checkpoint": {"epochs": 1, "batch_size": 64, "learning_rate": 1e-4},
    },
)


def main(arguments=None):
    return run_job(job, arguments)
