"""examples/claims: the page, the verdicts, and the arithmetic of claims."""

import ast
import re

import keras
import numpy as np
import pytest
from keras import ops as kops

from examples.claims import __main__ as command
from examples.claims import extrema
from examples.claims import page
from examples.claims import titles
from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import NOISY
from examples.claims.claim import Claim
from examples.claims.claim import difference
from examples.claims.claim import spread
from examples.claims.claim import verdict
from examples.claims.digits import digits
from examples.claims.digits import drawn

BARS = re.compile(r"(?<!\\)\|")  # those that part cells


def cells(line):
    return [cell.strip() for cell in BARS.split(line)[1:-1]]


def test_the_page_has_rows_of_every_claim_and_of_nothing_else():
    assert sorted(page.read()) == command.names()


@pytest.mark.parametrize("name", command.names())
def test_a_row_says_what_was_measured_where(name):
    for line in page.read()[name]:
        post, claim, found, measured, backend, script = cells(line)
        number, address = re.fullmatch(r"\[(\d+)\]\((.*)\)", post).groups()
        assert address == f"https://kexue.fm/archives/{number}"
        assert found.strip("*") in (HOLDS, DOES_NOT, NOISY)
        assert claim and measured
        assert "nan" not in measured.split() and "inf" not in measured.split()
        assert re.fullmatch(r"(tensorflow|jax|torch) [\d.]+", backend)
        assert script == f"`{name}.py`"


@pytest.mark.parametrize("name", command.names())
def test_a_script_names_the_posts_of_its_rows(name):
    text = (command.HERE / f"{name}.py").read_text(encoding="utf8")
    posts = re.findall(r"\d{4,5}", ast.get_docstring(ast.parse(text)))
    for line in page.read()[name]:
        assert re.search(r"\d+", line).group() in posts


def test_every_module_is_a_claim_or_shared():
    stems = {path.stem for path in command.HERE.glob("[a-z]*.py")}
    assert stems == {*command.names(), *command.SHARED}
    assert set(command.BACKENDS) <= set(command.names())


def test_rows_of_other_claims_are_kept(tmp_path):
    path = tmp_path / "claims.md"
    assert page.read(path) == {}
    first = page.row("b", Claim(1, "|x| is y", HOLDS, "1 | 2"), "jax 1.0")
    second = page.row("a", Claim(2, "z", NOISY, "3"), "torch 2.0")
    page.write({"b": [first], "a": [second, second]}, path)
    assert page.read(path) == {"a": [second, second], "b": [first]}
    assert cells(first)[1:4] == [r"\|x\| is y", "**holds**", r"1 \| 2"]
    text = path.read_text(encoding="utf8")
    assert text.index(second) < text.index(first)


@pytest.mark.parametrize(
    "is_true, margin, deviation, expected",
    [
        (True, 0.5, 0.2, HOLDS),
        (False, -0.5, 0.2, DOES_NOT),
        (True, 0.5, 0.3, NOISY),
        (False, -0.5, 0.3, NOISY),
    ],
)
def test_within_two_deviations_is_too_noisy(
    is_true, margin, deviation, expected
):
    assert verdict(is_true, margin, deviation) == expected


def test_a_difference_is_judged_by_the_deviation_of_the_means():
    # Both deviate by 1, so the means of 4 differ with sqrt(1/4 + 1/4) = 0.71.
    values = np.array([-1.5, 0.5, 0.5, 0.5])
    assert values.std(ddof=1) == 1.0
    assert difference(values + 1.5, values) == HOLDS
    assert difference(values, values + 1.5) == DOES_NOT
    assert difference(values + 1.4, values) == NOISY


def test_spread_is_the_mean_and_the_deviation_of_a_sample():
    # (2 + 4 + 6) / 3 = 4; sqrt((4 + 0 + 4) / 2) = 2.
    assert spread([2, 4, 6], 1) == "4.0 +- 2.0"


def test_equal_strings_meet_at_120_degrees():
    point = extrema.exact_point((1.0, 1.0, 1.0))
    angles = np.arctan2(*(extrema.CORNERS - point).T)
    apart = np.diff(np.sort(angles))
    np.testing.assert_allclose(apart, 2 * np.pi / 3, rtol=1e-9)


def test_weights_on_strings_pull_as_in_the_triangle_of_forces():
    # Sides 3, 4, 5 have a right angle: so do the first two strings.
    point = extrema.exact_point((3.0, 4.0, 5.0))
    first, second, _ = extrema.forces(point, (3.0, 4.0, 5.0))
    np.testing.assert_allclose(first @ second, 0.0, atol=1e-9)


def test_a_weight_above_the_sum_of_the_others_wins_its_corner():
    for corner, weights in zip(extrema.CORNERS, 1 + 2 * np.eye(3)):
        np.testing.assert_array_equal(extrema.exact_point(weights), corner)


def test_the_pull_is_the_weighted_sum_of_distances():
    # From (4, 0): 4 to the first corner, 0, and sqrt(9 + 9) to the last.
    corner = kops.cast(extrema.CORNERS[1], "float32")
    found = extrema.number(extrema.pull((2.0, 7.0, 1.0))(corner))
    np.testing.assert_allclose(found, 8 + 18**0.5, rtol=1e-5)


def test_the_cycloid_begins_and_ends_and_is_where_it_was_drawn():
    t = np.array([0.0, 0.5, 1.0, 2.0, np.pi])
    depths = extrema.cycloid(t - np.sin(t))
    np.testing.assert_allclose(depths, 1 - np.cos(t), atol=1e-9)


def test_a_straight_line_takes_the_time_of_an_inclined_plane():
    # Length l, acceleration 2 / l (g = 1, height 2): t = sqrt(2 l / a) = l.
    length = np.hypot(np.pi, 2)
    depths = np.log(extrema.NODES[1:-1] * 2 / np.pi)
    time = extrema.number(extrema.travel_time(kops.cast(depths, "float32")))
    np.testing.assert_allclose(time, length, rtol=1e-5)


def test_an_optimizer_finds_where_a_parabola_is_least(monkeypatch):
    monkeypatch.setattr(extrema, "STEPS", 30)
    found = extrema.least(
        lambda x: kops.sum(kops.square(x - 3.0)),
        np.zeros(2),
        keras.optimizers.SGD(0.25),  # halves the distance
    )
    np.testing.assert_allclose(found, [3.0, 3.0], atol=1e-5)


def test_digits_are_the_same_for_a_seed_and_of_all_kinds():
    images, labels = digits(200, 3)
    again, _ = digits(200, 3)
    other, _ = digits(200, 4)
    np.testing.assert_array_equal(images, again)
    assert np.abs(images - other).max() > 0.5
    assert images.shape == (200, 16, 16) and images.dtype == "float32"
    assert set(labels) == set(range(10))


def test_a_stroke_is_dark_along_its_line_only():
    image = drawn(np.array([[-1.0, -0.5], [1.0, -0.5]]), 0.1)
    # Row r is at (r + 0.5) / 8 - 1: rows 3 and 4 are 1/16 off -0.5.
    np.testing.assert_allclose(image[3:5], np.exp(-((0.0625 / 0.1) ** 2)))
    assert image[:2].max() < 0.01 and image[7:].max() < 0.01


def test_parts_of_titles_are_numbered_by_frequency():
    vocabulary = titles.vocabulary_of(["aab", "abb", "bc"])
    assert vocabulary == {"b": 2, "a": 3, "c": 4}
    ids = titles.numbered(["cab", "ax", "bbbbb"], vocabulary, 4)
    assert ids.tolist() == [[4, 3, 2, 0], [3, 1, 0, 0], [2, 2, 2, 2]]
    assert titles.vocabulary_of(["aab"], titles.pairs_too, 2) == {"a": 2}
    assert titles.pairs_too("abc") == ["a", "b", "c", "ab", "bc"]
