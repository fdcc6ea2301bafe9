"""A stage of the training: a job whose result is a checkpoint."""

from clue_baselines.harness.job import Job
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.roformer_sim.corpus import all_sentences
from clue_baselines.roformer_sim.vectors import POOLING


class Stage(Job):
    """One way to train the encoder on; its records are a `Corpus`."""

    def __init__(self, name, **description):
        super().__init__(f"roformer_sim.{name}", **description)

    def add_options(self, parser):
        parser.add_argument(
            "--max-length",
            type=at_least(8),
            default=64,
            help="tokens that a sentence is cut to (default: %(default)s)",
        )

    def read(self, options):
        return all_sentences(options.data_dir)

    def texts(self, records):
        return records.sentences

    def encoder_arguments(self, options):
        arguments = {"attention": "unilm", "with_lm_head": True}
        if options.dropout is not None:
            rates = ("dropout", "attention_dropout")
            arguments |= dict.fromkeys(rates, options.dropout)
        return arguments

    def longest_row(self, options):
        return options.max_length

    def write(self, folder, trained, records):
        """Writes the checkpoint, with which the next stage goes on."""
        trained.tokenizer.save(folder / "vocab.txt")
        trained.encoder.save_checkpoint(folder, pooling=POOLING)

    def next_step(self, folder):
        return f"go on with\n    --checkpoint {folder}"
