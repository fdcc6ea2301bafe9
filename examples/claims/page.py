"""docs/claims.md: a table whose rows can be replaced claim by claim."""

from pathlib import Path

from keras_addons.files import replacing

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"
HEAD = """# The posts' claims, tried

Written by `python -m examples.claims`: do not edit. Numbers are posts of
kexue.fm; +- is the standard deviation of the seeds, three or more (`SEEDS` in
the script). Each claim runs in a process of its own with the backend that its
row names, on one core. `python -m examples.claims NAME` measures one claim
again and keeps the rows of the others, so rows can be of different days; all
of them take about half an hour of processor time. "Holds" and "does
not hold here" are said of these small models and data sets; where a difference
is at most two deviations, the row says "too noisy to say".

| post | claim | verdict | measured | backend | script |
|---|---|---|---|---|---|
"""


def row(name, claim, backend):
    """Returns the line of a claim.

    Args:
        name: string, the module of `examples.claims`.
        claim: `Claim`.
        backend: string, the backend and its version.
    """
    cells = (
        f"[{claim.post}](https://kexue.fm/archives/{claim.post})",
        claim.claim,
        f"**{claim.verdict}**",
        claim.measured,
        backend,
        f"`{name}.py`",
    )
    cells = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(cells)} |"


def read(page=PAGE):
    """Returns the lines of the page by script: name -> list of lines."""
    lines = {}
    if page.exists():
        for line in page.read_text(encoding="utf8").split("\n"):
            if line.startswith("| ["):
                name = line.rsplit("`", 2)[1].removesuffix(".py")
                lines.setdefault(name, []).append(line)
    return lines


def write(lines, page=PAGE):
    """Writes the page, by the names of the scripts.

    Args:
        lines: dict, name -> list of lines.
        page: path. Defaults to docs/claims.md.
    """
    table = [line for name in sorted(lines) for line in lines[name]]
    with replacing(page) as temporary:
        text = HEAD + "".join(f"{line}\n" for line in table)
        temporary.write_text(text, encoding="utf8")
