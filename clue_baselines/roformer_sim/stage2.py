"""Stage 2: how does a better encoder see these sentences?

Idea: the encoder goes on writing similar sentences, as in stage 1, and the
      cosines of its vectors in a batch become those of a teacher's.
Run:  python -m clue_baselines.roformer_sim.stage2 --data-dir CLUE \
          --checkpoint results/roformer_sim/stage1 \
          --teacher results/roformer_sim/supervised
"""

from pathlib import Path

from clue_baselines.harness.errors import UserError
from clue_baselines.roformer_sim import stage1
from clue_baselines.roformer_sim.stage import main
from clue_baselines.roformer_sim.vectors import load_sentence_encoder
from keras_addons.losses import SimilarityDistillation


class SecondStage(stage1.FirstStage):
    """The targets of the vectors come from a teacher."""

    vector_loss = SimilarityDistillation()

    def add_options(self, parser):
        super().add_options(parser)
        parser.add_argument(
            "--teacher",
            type=Path,
            help="folder of an encoder of these stages whose similarities "
            "are learned; with its own vocab.txt (default: --checkpoint)",
        )

    def labels(self, pairs, groups, options):
        """The teacher's vectors of both sentences of each pair."""
        if options.teacher is None:
            raise UserError("--teacher is missing: the folder of an encoder")
        teacher = load_sentence_encoder(options.teacher, options.max_length)
        vectors = teacher.encode(
            [sentence for pair in pairs for sentence in pair], batch_size=256
        )
        return vectors.reshape(len(pairs), 2, -1)


stage = SecondStage(
    name="stage2",
    question="How does a better encoder see these sentences?",
    defaults=stage1.stage.defaults,
)

if __name__ == "__main__":
    main(stage)
