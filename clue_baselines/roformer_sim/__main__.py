"""Lists stages and programs: `python -m clue_baselines.roformer_sim`."""

import ast
from pathlib import Path

STAGES = ("masked_lm", "stage1", "stage2", "supervised")
PROGRAMS = ("evaluate", "search", "generate")


def first_line(name):
    source = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf8")
    return ast.get_docstring(ast.parse(source)).splitlines()[0]


def main():
    print(
        "python -m clue_baselines.roformer_sim.NAME [--data-dir CLUE]; --help"
    )
    print("Without --data-dir it runs on generated sample data.")
    for title, names in (("Stages", STAGES), ("Programs", PROGRAMS)):
        print(f"\n{title}:")
        for name in names:
            print(f"{name:12}{first_line(name)}")


if __name__ == "__main__":
    main()
