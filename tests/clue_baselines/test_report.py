"""The commit in metrics.json is that of our code, or it is not there."""

import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from clue_baselines.harness.results import metrics as report

HERE = "clue_baselines/harness/results/metrics.py"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, and a function that runs git in it."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")

    def git(*arguments):
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(
            ["git", *author, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "begin")
    return tmp_path, git


def install(path, monkeypatch):
    """Puts the module that is asked for its commit at a place."""
    path.parent.mkdir(parents=True)
    shutil.copy(report.__file__, path)
    monkeypatch.setattr(report, "__file__", str(path))


def test_a_checkout_knows_its_commit_and_whether_it_was_changed(
    repository, monkeypatch
):
    folder, git = repository
    install(folder / HERE, monkeypatch)
    git("add", "--all")
    git("commit", "--quiet", "-m", "ours")
    git("tag", "-a", "v1", "-m", "a tag")
    commit = git("rev-parse", "HEAD")
    assert report.commit() == {"commit": commit}
    (folder / HERE).write_text("changed")
    assert report.commit() == {"commit": f"{commit}-dirty"}


@pytest.mark.parametrize(
    ("place", "is_tracked"),
    [
        ("", False),
        ("env/lib/site-packages", False),
        ("env/lib/site-packages", True),
    ],
)
def test_the_commit_of_a_repository_around_the_installation_is_not_ours(
    place, is_tracked, repository, monkeypatch
):
    folder, git = repository
    install(folder / place / HERE, monkeypatch)
    if is_tracked:
        git("add", "--all", "--force")
        git("commit", "--quiet", "-m", "an environment in the repository")
    assert report.commit() == {}


class Installed:
    """What pip notes of an installation from a repository."""

    def __init__(self, folder, noted):
        self.folder, self.noted = folder, noted

    def read_text(self, name):
        assert name == "direct_url.json"
        return self.noted

    def locate_file(self, name):
        return self.folder / name


@pytest.mark.parametrize(
    ("noted", "expected"),
    [
        (None, {}),
        ('{"url": "file:///a", "dir_info": {}}', {}),
        (
            '{"url": "https://a", "vcs_info": {"commit_id": "0123"}}',
            {"commit": "0123"},
        ),
    ],
)
def test_an_installation_knows_what_pip_has_noted(
    noted, expected, tmp_path, monkeypatch
):
    install(tmp_path / HERE, monkeypatch)
    found = {"keras_addons": Installed(tmp_path, noted)}
    monkeypatch.setattr(metadata, "distribution", found.__getitem__)
    assert report.commit() == expected
    # An installation elsewhere is not the code that runs.
    other = tmp_path / "other"
    (other / Path(HERE).parts[0]).mkdir(parents=True)
    found["keras_addons"].folder = other
    assert report.commit() == {}
