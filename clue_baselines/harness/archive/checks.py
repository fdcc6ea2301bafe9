"""Checks a submission file against the test file that it answers."""

from clue_baselines.harness.errors import UserError


def check_submission(task, path, records):
    """Checks that a submission answers each record, legally and once.

    Args:
        task: `Task`, which knows the form of the file and which answers are
            legal.
        path: `Path` of the submission.
        records: list of the parsed records of the test.

    Returns:
        The number of answers.

    Raises:
        UserError: the file is not what the leaderboard takes; the message
            names the file, the line or the id, and the key.
    """
    given = task.read_submission(path)
    asked = list(task.asked(records))
    if task.submission_is_ordered:
        check_order(path, given, asked)
    else:
        given = in_order(path, given, asked)
    for answer, (_, record) in zip(given, asked):
        task.check_answer(answer, record)
    return len(given)


def check_order(path, given, asked):
    """Raises unless the answers have the ids of the test, in its order."""
    for answer, (identity, record) in zip(given, asked):
        found = answer.identity()
        # 1 == 1.0 == True, but a submission must not change an id.
        if type(found) is not type(identity) or found != identity:
            raise UserError(
                f"{answer.place}: 'id' must be {identity!r}, as at "
                f"{record.source.place}. Received: {found!r}"
            )
    if len(given) != len(asked):
        raise UserError(
            f"{path}: 'id': {len(asked)} answers are expected, one for each "
            f"question of the test. Received: {len(given)}"
        )


def in_order(path, given, asked):
    """Returns the answers in the order of the test.

    Raises:
        UserError: an id of the test has no answer, or an answer's id is not
            in the test.
    """
    by_id = {answer.get("id"): answer for answer in given}
    wanted = {str(identity): record for identity, record in asked}
    for identity, record in wanted.items():
        if identity not in by_id:
            raise UserError(
                f"{path}: key {identity!r} of {record.source.place} is missing"
            )
    for identity, answer in by_id.items():
        if identity not in wanted:
            raise UserError(f"{answer.place}: no such 'id' in the test")
    return [by_id[str(identity)] for identity, _ in asked]
