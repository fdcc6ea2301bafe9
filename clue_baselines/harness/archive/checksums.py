"""sha256 of archives: compared with what is documented or was noted before."""

import hashlib

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.results.files import write_text

NOTED = "SHA256SUMS"  # in the form of the program sha256sum, which checks it


def sha256_of(path):
    digest = hashlib.sha256()
    with user_errors(), open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def noted_checksums(folder):
    """Returns a dict from file name to the sha256 that a folder notes."""
    path = folder / NOTED
    if not path.exists():
        return {}
    with user_errors():
        lines = path.read_text(encoding="utf8").splitlines()
    return {name: digest for digest, _, name in map(parted, lines)}


def parted(line):
    return line.partition("  ")


def check_archive(path, documented, any_version):
    """Checks an archive's sha256 and notes it beside the archive.

    Args:
        path: `Path` of the archive.
        documented: string or None where no checksum is documented; then the
            first download notes its own and later ones are compared with it.
        any_version: bool, whether to take and note any checksum.

    Returns:
        What the checksum was compared with, in words.

    Raises:
        UserError: the checksum is another one.
    """
    noted = noted_checksums(path.parent)
    expected = documented or noted.get(path.name)
    found = sha256_of(path)
    if expected not in (None, found) and not any_version:
        source = "documented" if documented else f"noted in {NOTED}"
        raise UserError(
            f"{path}: sha256 is {found}, but {expected} is {source}: the file "
            "is damaged or another version; delete it to load it again, or "
            "take it as it is with --any-version"
        )
    if noted.get(path.name) != found:
        noted[path.name] = found
        lines = [f"{digest}  {name}" for name, digest in sorted(noted.items())]
        write_text(path.parent / NOTED, "\n".join(lines) + "\n")
    if found != expected:
        return f"sha256 {found} is noted, it was compared with nothing"
    if documented:
        return "sha256 as documented"
    return "sha256 as noted at the first download"
