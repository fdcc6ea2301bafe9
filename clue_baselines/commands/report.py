"""Writes report.html and report.md of the results.

For each finished run: its score beside the published ones, learning curves,
lengths, which labels are confused, and the hardest dev records with their
texts. The page is one file without scripts, and loads nothing.

Run:  python -m clue_baselines report --output-dir results
"""

from pathlib import Path

from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.page.markdown import markdown
from clue_baselines.harness.page.page import page
from clue_baselines.harness.page.runs import read_runs
from clue_baselines.harness.results.files import write_text
from clue_baselines.harness.run import command


def report(options):
    """Returns the path of the page."""
    runs = read_runs(options.output_dir, options.runs)
    path = options.output_dir / "report.html"
    texts = {path: page(runs), path.with_suffix(".md"): markdown(runs)}
    with user_errors():
        for each, text in texts.items():
            write_text(each, text)
    for run in runs:
        if not run.answers:
            print(f"{run.name}: no dev_answers.jsonl, so no answers are shown")
    print(f"{path} and report.md: {len(runs)} runs")
    return path


def main(arguments):
    parser = Parser(
        prog="clue_baselines report", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "runs", nargs="*", metavar="TASK", help="tasks (default: all)"
    )
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("results"),
        help="folder with the results, which the report is written to",
    )
    return command("report", report, parser.parse_args(arguments))
