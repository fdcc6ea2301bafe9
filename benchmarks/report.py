"""Runs the benchmarks and writes their tables into README.md.

Run: python benchmarks/report.py                 (all that README.md names)
     python benchmarks/report.py nesting.py ...  (some of them)

The table of a script stands between `<!-- table: NAME.py arguments -->` and
`<!-- end -->`, and is replaced when the script has ended well, with the line
about the machine that it was measured on. Paths in the arguments are seen from
the folder above this one.
"""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"


def table_of(command):
    """What a script prints of its machine and as a table."""
    print(f"== {command}", flush=True)
    script, *arguments = command.split()
    child = subprocess.Popen(
        [sys.executable, FOLDER / script, *arguments],
        cwd=FOLDER.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in child.stdout:
        print(line, end="", flush=True)
        lines.append(line.rstrip())
    if child.wait():
        raise SystemExit(f"{command} failed: its table stays as it was.")
    return tidy(lines)


def tidy(lines):
    """The machine in one line, then the tables, and nothing else."""
    machines = [
        line for line in lines if re.match(r"(\d+ of )?\d+ cores, ", line)
    ]
    tables = [line for line in lines if not line or line.startswith("|")]
    return "\n\n".join([*machines[:1], "\n".join(tables).strip()])


def replace(text, command, table):
    """`text` with another table of a script."""
    start, end = f"<!-- table: {command} -->\n", "<!-- end -->"
    replaced, count = re.subn(
        rf"{re.escape(start)}((?!{end}).)*{end}",
        lambda match: f"{start}{table}\n{end}",
        text,
        flags=re.DOTALL,
    )
    if count != 1:
        raise SystemExit(f"README.md has {count} places for {command}.")
    return replaced


def commands_of(text):
    return re.findall(r"<!-- table: (.+) -->", text)


def main(scripts):
    commands = commands_of(README.read_text(encoding="utf8"))
    for script in scripts:
        if not any(command.split()[0] == script for command in commands):
            raise SystemExit(f"README.md has no place for {script}.")
    for command in commands:
        if scripts and command.split()[0] not in scripts:
            continue
        table = table_of(command)
        # Read again: others may have written meanwhile.
        text = README.read_text(encoding="utf8")
        README.write_text(replace(text, command, table), encoding="utf8")


if __name__ == "__main__":
    main(sys.argv[1:])
