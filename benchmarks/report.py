"""Runs the benchmarks and writes their tables into README.md.

Run: python benchmarks/report.py                 (all that README.md names)
     python benchmarks/report.py nesting.py ...  (some of them)

The table of a script stands between `<!-- table: NAME.py -->` and
`<!-- end -->`, and is replaced when the script has ended well, with the line
about the machine that it was measured on.
"""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"


def table_of(script):
    """What a script prints of its machine and as a table."""
    print(f"== {script}", flush=True)
    child = subprocess.Popen(
        [sys.executable, FOLDER / script], stdout=subprocess.PIPE, text=True
    )
    lines = []
    for line in child.stdout:
        print(line, end="", flush=True)
        lines.append(line.rstrip())
    if child.wait():
        raise SystemExit(f"{script} failed: its table stays as it was.")
    return tidy(lines)


def tidy(lines):
    """The machine in one line, then the tables, and nothing else."""
    machines = [line for line in lines if re.match(r"\d+ cores, ", line)]
    tables = [line for line in lines if not line or line.startswith("|")]
    return "\n\n".join([*machines[:1], "\n".join(tables).strip()])


def replace(text, script, table):
    """`text` with another table of a script."""
    start, end = f"<!-- table: {script} -->\n", "<!-- end -->"
    replaced, count = re.subn(
        rf"{re.escape(start)}((?!{end}).)*{end}",
        lambda match: f"{start}{table}\n{end}",
        text,
        flags=re.DOTALL,
    )
    if count != 1:
        raise SystemExit(f"README.md has {count} places for {script}.")
    return replaced


def scripts_of(text):
    return re.findall(r"<!-- table: (\S+) -->", text)


def main(scripts):
    for script in scripts or scripts_of(README.read_text(encoding="utf8")):
        table = table_of(script)
        # Read again: others may have written meanwhile.
        text = README.read_text(encoding="utf8")
        README.write_text(replace(text, script, table), encoding="utf8")


if __name__ == "__main__":
    main(sys.argv[1:])
