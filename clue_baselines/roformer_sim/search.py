"""Search: which sentences of this file say the same as mine?

Idea: the vectors of all sentences are computed once and kept in a folder;
      those with the largest cosines to a query's are shown. From 100,000
      sentences on the search is approximate, through the `faiss` library.
Run:  python -m clue_baselines.roformer_sim.search --checkpoint FOLDER \
          --texts sentences.txt --index index --query 今天天气不错
      Without --query it reads queries from its input, a line each. Without
      --texts it searches the index that was made before.
"""

import sys
from pathlib import Path

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.harness.results.files import write_text
from clue_baselines.harness.run import SAMPLE_NOTE
from clue_baselines.roformer_sim import programs
from clue_baselines.roformer_sim.pair_sets import evaluated_pairs
from clue_baselines.roformer_sim.vectors import load_sentence_encoder
from keras_addons.retrieval import SearchIndex

QUESTION = "Which sentences of this file say the same as mine?"
LARGE = 100_000  # sentences from which the search is approximate
SENTENCES = "sentences.txt"


def make_index(encoder, sentences, folder):
    """Encodes the sentences; keeps both where a folder is given.

    Returns:
        The index and the sentences, each once.
    """
    sentences = list(dict.fromkeys(sentences))
    vectors = encoder.encode(
        sentences, batch_size=256, show_progress_bar=sys.stdout.isatty()
    )
    with user_errors():
        try:
            index = SearchIndex(vectors, len(sentences) >= LARGE)
        except ImportError as error:
            raise UserError(f"{len(sentences)} sentences: {error}") from None
        if folder is not None:
            # The sentences last: where they are, the index is.
            (folder / SENTENCES).unlink(missing_ok=True)
            index.save(folder)
            write_text(folder / SENTENCES, "\n".join(sentences) + "\n")
    return index, sentences


def load_index(folder):
    """Reads what `make_index` kept."""
    sentences = programs.lines_of(folder / SENTENCES)
    with user_errors(f"--index {folder}: "):
        index = SearchIndex.from_folder(folder)
    if len(index) != len(sentences):
        raise UserError(
            f"--index {folder}: {len(sentences)} sentences and "
            f"{len(index)} vectors"
        )
    return index, sentences


def search(options):
    encoder = load_sentence_encoder(options.checkpoint, options.max_length)
    if options.texts is not None:
        sentences = programs.lines_of(options.texts)
        index, sentences = make_index(encoder, sentences, options.index)
    elif options.index is not None:
        index, sentences = load_index(options.index)
    else:
        print(SAMPLE_NOTE)
        pairs = evaluated_pairs(None)["sample"]
        sentences = [text for pair in pairs for text in pair[:2]]
        index, sentences = make_index(encoder, sentences, None)
    found = []
    for query in options.query or map(str.strip, sys.stdin):
        if query:
            vector = encoder.encode(query)
            scores, rows = index.search(vector, options.top_k)
            found.append(
                [(float(s), sentences[r]) for s, r in zip(scores, rows)]
            )
            print(query)
            for score, sentence in found[-1]:
                print(f"    {score:.3f}  {sentence}")
    return found


def main(arguments=None):
    parser = programs.parser("search", QUESTION)
    programs.add_texts(parser)
    parser.add_argument(
        "--index", type=Path, help="folder that keeps the vectors"
    )
    parser.add_argument(
        "--top-k",
        type=at_least(1),
        default=10,
        help="sentences to show (default: %(default)s)",
    )
    return programs.run(search, parser.parse_args(arguments), "search")


if __name__ == "__main__":
    main()
