"""Loads a file over HTTP; what was interrupted goes on where it stopped."""

import http.client
import os
import urllib.error
import urllib.request

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import one_line
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.results.files import write_text

PART = ".part"  # what is there of the file
VERSION = ".version"  # the server's name for the version of that part
BLOCK = 1 << 20
SECONDS = 60  # without a byte, then the server counts as silent


def load_file(address, path):
    """Loads a file to `path`, which appears when it is complete.

    An interrupted download leaves `path` + ".part". The next one asks the
    server for the rest, if the file there has not changed since.

    Raises:
        UserError: there is no connection, no such file, or the connection
            broke; in one line.
    """
    part = path.with_name(path.name + PART)
    version = path.with_name(path.name + VERSION)
    headers = rest_of(part, version)
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            receive(answer, part, version)
    except urllib.error.HTTPError as error:
        error.close()
        is_beyond = error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE
        if headers and is_beyond:
            part.unlink()
            return load_file(address, path)
        raise UserError(f"{address}: {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or one_line(error)
        raise UserError(
            f"{address}: no connection ({reason or type(error).__name__})"
        ) from error
    with user_errors():
        os.replace(part, path)
        version.unlink(missing_ok=True)


def rest_of(part, version):
    """Returns the headers that ask for what is missing."""
    if not part.exists() or not version.exists():
        return {}
    # A server whose file has another version answers with all of it.
    return {
        "Range": f"bytes={part.stat().st_size}-",
        "If-Range": version.read_text(encoding="utf8"),
    }


def receive(answer, part, version):
    """Writes the body of an answer, or appends it to what is there."""
    goes_on = answer.status == http.client.PARTIAL_CONTENT
    name = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
    with user_errors():
        if not goes_on:
            version.unlink(missing_ok=True)
            part.unlink(missing_ok=True)
            # A weak name does not promise the same bytes.
            if name and not name.startswith("W/"):
                write_text(version, name)
        with open(part, "ab" if goes_on else "wb") as file:
            is_whole = copy(answer, file)
        received = part.stat().st_size
    if not is_whole:
        raise UserError(
            f"{answer.url}: the connection broke after {received} bytes; the "
            "same command goes on"
        )


def copy(answer, file):
    """Writes a body block by block; returns whether all of it came."""
    wanted = answer.headers.get("Content-Length")
    received = 0
    try:
        while block := answer.read(BLOCK):
            file.write(block)
            received += len(block)
    except (http.client.IncompleteRead, ConnectionError, TimeoutError) as error:
        # What came before the connection broke is kept.
        file.write(getattr(error, "partial", b""))
        return False
    return wanted is None or received == int(wanted)
