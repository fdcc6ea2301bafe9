"""Downloads CLUE's data: archives, their checksums, and the unpacked files.

The archives go to DATA_DIR/archives, their files to DATA_DIR/TASK. The same
command goes on after an interruption. An archive whose sha256 is documented
must have it; of the others the first download notes it in SHA256SUMS, which
later ones are compared with.

Run:  python -m clue_baselines download --data-dir CLUE
"""

import argparse
from pathlib import Path
from urllib.parse import urlsplit

from clue_baselines.harness.archive.checksums import check_archive
from clue_baselines.harness.archive.extraction import extract
from clue_baselines.harness.archive.published import ADDRESS
from clue_baselines.harness.archive.published import ARCHIVES
from clue_baselines.harness.archive.transfer import load_file
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.run import command


def address(text):
    """Argument type: the address of a folder on a web server."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise argparse.ArgumentTypeError(
            f"must begin with http:// or https://. Received: {text}"
        )
    return text.rstrip("/")


def download(options):
    """Returns a dict from task to the names of its files."""
    found = {}
    for task in options.tasks or ARCHIVES:
        folder = options.data_dir / task
        if folder.exists() and any(folder.iterdir()) and not options.force:
            print(f"{task}: {folder} is there, left as it is (see --force)")
            continue
        path = archive_of(task, options)
        result = check_archive(path, ARCHIVES[task].sha256, options.any_version)
        found[task] = extract(path, folder)
        print(f"{task}: {path.name}, {result}")
        print(f"{task}: {len(found[task])} files in {folder}")
    return found


def archive_of(task, options):
    """Returns the path of an archive, which is loaded if it is not there."""
    archives = options.data_dir / "archives"
    with user_errors():
        archives.mkdir(parents=True, exist_ok=True)
    path = archives / ARCHIVES[task].name
    if not path.exists():
        source = f"{options.mirror}/{path.name}"
        print(f"{task}: loading {source}", flush=True)
        try:
            load_file(source, path)
        except UserError as error:
            raise UserError(
                f"{error}. --mirror names another address of the same files; "
                f"one that was loaded by hand is taken from {path}"
            ) from error
    return path


def main(arguments):
    parser = Parser(
        prog="clue_baselines download", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "tasks",
        nargs="*",
        metavar="TASK",
        help=f"of {', '.join(ARCHIVES)} (default: all)",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        required=True,
        help="folder that TASK/train.json and so on are written to",
    )
    parser.add_argument(
        "--mirror",
        type=address,
        default=ADDRESS,
        metavar="URL",
        help="where the archives are (default: %(default)s)",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="unpack also where DATA_DIR/TASK has files",
    )
    parser.add_argument(
        "--any-version",
        action="store_true",
        help="take archives with another sha256 than the documented one",
    )
    options = parser.parse_args(arguments)
    for task in options.tasks:
        if task not in ARCHIVES:
            parser.error(
                f"unknown task {task!r}, expected one of {', '.join(ARCHIVES)}"
            )
    return command("download", download, options)
