"""Generate: how else could this be said?

Idea: texts are drawn token by token from the most probable ones; those that
      are new are ranked by their cosine to the question, from the same
      encoder.
Run:  python -m clue_baselines.roformer_sim.generate \
          --checkpoint results/roformer_sim/stage1 --query 花呗怎么提额
      With --texts FILE, a question a line, it ends with how many of the texts
      are new and near; without questions it takes those of the sample data.
"""

import numpy as np

from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.harness.options.argument_types import positive
from clue_baselines.harness.sample_data.question_pairs import all_questions
from clue_baselines.roformer_sim import programs
from clue_baselines.roformer_sim.pair_sets import evaluated_pairs
from clue_baselines.roformer_sim.vectors import load_encoder
from clue_baselines.roformer_sim.vectors import sentence_encoder
from keras_addons import models

QUESTION = "How else could this be said?"
NUM_SAMPLE_QUESTIONS = 20


def similar_texts(questions, written, encoder):
    """Ranks the texts that were generated for each question.

    Args:
        questions: list of strings.
        written: list of a list of strings for each question.
        encoder: `SentenceEncoder`.

    Returns:
        A list of a list of (cosine, text) for each question, best first: the
        different texts that are not the question itself.
    """
    new = [
        [text for text in dict.fromkeys(texts) if text not in ("", question)]
        for question, texts in zip(questions, written)
    ]
    everything = list(dict.fromkeys([*questions, *sum(new, [])]))
    vectors = encoder.encode(
        everything, batch_size=256, normalize_embeddings=True
    )
    vector_of = dict(zip(everything, vectors))
    return [
        sorted(
            ((float(vector_of[text] @ vector_of[q]), text) for text in texts),
            reverse=True,
        )
        for q, texts in zip(questions, new)
    ]


def generate(options):
    questions = options.query or programs.lines_of(options.texts)
    is_sample = not questions
    if is_sample:
        pairs = evaluated_pairs(None)["sample"][:NUM_SAMPLE_QUESTIONS]
        questions = [pair.first for pair in pairs]
    tokenizer, encoder = load_encoder(options.checkpoint)
    with user_errors():
        generator = models.Generator(
            encoder,
            tokenizer,
            max_length=options.max_length,
            max_text_length=options.max_length,
        )
        written = generator.sample(
            questions,
            options.num_samples,
            seed=options.seed,
            top_p=options.top_p,
            temperature=options.temperature,
        )
    vectors = sentence_encoder(encoder, tokenizer, options.max_length)
    found = similar_texts(questions, written, vectors)
    for question, texts in zip(questions, found):
        print(question)
        for cosine, text in texts[: options.show]:
            print(f"    {cosine:.3f}  {text}")
    shares = shares_of(questions, written, found, options.threshold)
    if is_sample:
        texts = [text for each in written for text in each]
        valid = np.mean([text in all_questions() for text in texts])
        shares["questions of the sample data's grammar"] = float(valid)
    for name, share in shares.items():
        print(f"{share:7.1%} {name}")
    return found, shares


def shares_of(questions, written, found, threshold):
    """Returns the shares of new, of different and of similar texts."""
    num_written = sum(map(len, written))
    copies = [
        text == question
        for question, texts in zip(questions, written)
        for text in texts
    ]
    cosines = [cosine for texts in found for cosine, _ in texts]
    near = np.mean([cosine >= threshold for cosine in cosines] or [0.0])
    return {
        f"of {num_written} texts are not the question": 1 - np.mean(copies),
        "are so and different from each other": len(cosines) / num_written,
        f"of these have a cosine of at least {threshold}": float(near),
    }


def main(arguments=None):
    parser = programs.parser("generate", QUESTION)
    programs.add_texts(parser)
    parser.add_argument(
        "--num-samples",
        type=at_least(1),
        default=20,
        help="texts to write for each question (default: %(default)s)",
    )
    parser.add_argument(
        "--show",
        type=at_least(0),
        default=5,
        help="texts to show for each question (default: %(default)s)",
    )
    parser.add_argument("--top-p", type=positive, default=0.9)
    parser.add_argument("--temperature", type=positive, default=1.0)
    parser.add_argument(
        "--threshold",
        type=positive,
        default=0.8,
        help="cosine from which a text is near (default: %(default)s)",
    )
    parser.add_argument("--seed", type=at_least(0), default=0)
    return programs.run(generate, parser.parse_args(arguments), "generate")


if __name__ == "__main__":
    main()
