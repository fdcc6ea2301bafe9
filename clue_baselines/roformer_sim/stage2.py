"""Stage 2: how does a better encoder see these sentences?

Idea: the encoder goes on writing similar sentences, as in stage 1, and the
      cosines of its vectors in a batch become those of a teacher's.
Run:  python -m clue_baselines.roformer_sim.stage2 --data-dir CLUE \
          --checkpoint results/roformer_sim/stage1 \
          --teacher results/roformer_sim/supervised
"""

from pathlib import Path

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.run import main
from clue_baselines.roformer_sim import stage1
from keras_addons.losses import SimilarityDistillation


class SecondStage(stage1.FirstStage):
    """The targets of the vectors come from a teacher."""

    def add_vector_options(self, parser):
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
        return stage1.guide_vectors(pairs, options.teacher, options.max_length)

    def vector_loss(self, options):
        return SimilarityDistillation()


stage = SecondStage(
    name="stage2",
    question="How does a better encoder see these sentences?",
    defaults=stage1.stage.defaults,
)

if __name__ == "__main__":
    main(stage)
