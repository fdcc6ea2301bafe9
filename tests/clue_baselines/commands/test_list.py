"""What `python -m clue_baselines list` prints."""

from clue_baselines.commands import list as list_command


def test_a_space_parts_each_name_from_its_line(capsys):
    list_command.main([])
    printed = capsys.readouterr().out
    for name, line in list_command.tasks().items():
        # The longest, roformer_sim, once ran into its line.
        assert any(
            each.split(maxsplit=1) == [name, line]
            for each in printed.splitlines()
        )
