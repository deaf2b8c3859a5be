"""reviews.toml: what a reviewer writes, and what is wrong with it."""

import pytest
from by_hand import at
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.reviews import read_reviews
from truceline.model import Review

GOOD = """
[[review]]
incident = "3f2a9c0d1e5b7a68"
decision = "confirm"
reviewer = "duty officer"
reason = "two posts and the camera agree"
at = "2025-06-04T08:00Z"
"""


@pytest.fixture
def read(tmp_path):
    def make(text):
        path = tmp_path / "reviews.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_reviews(path)

    return make


def test_a_review_is_read(read):
    reviews, problems = read(GOOD)
    assert problems == []
    expected = Review(
        "3f2a9c0d1e5b7a68", "confirm", "duty officer", "two posts and the camera agree", at("06-04 08:00")
    )
    assert reviews == (expected,)


def test_no_file_is_no_review(tmp_path):
    assert read_reviews(tmp_path / "reviews.toml") == ((), [])


def test_an_empty_file_is_no_review(read):
    assert read("") == ((), [])


@pytest.mark.parametrize(
    "when", ['"2025-06-04T10:00 Europe/Berlin"', "2025-06-04T10:00:00+02:00", "2025-06-04T08:00:00Z"]
)
def test_the_time_may_stand_in_any_form_with_a_zone(read, when):
    (review,), problems = read(GOOD.replace('"2025-06-04T08:00Z"', when))
    assert (review.at, problems) == (at("06-04 08:00"), [])


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('"confirm"', '"approve"', 2, ["unknown decision", "confirm, contest or dismiss", '"approve"']),
        ('"3f2a9c0d1e5b7a68"', '"the one on Monday"', 2, ["no id of an incident", "16 hexadecimal digits"]),
        ('decision = "confirm"\n', "", 2, ['"decision" missing']),
        ('reason = "two posts and the camera agree"', 'reason = ""', 2, ['"reason" missing or no text']),
        ('reviewer = "duty officer"', "reviewer = 7", 2, ['"reviewer" missing or no text', "7"]),
        ('"2025-06-04T08:00Z"', '"2025-06-04T08:00"', 2, ["time without a zone"]),
        ('"2025-06-04T08:00Z"', '"2025-06-04 UTC"', 2, ["time without an hour"]),
        ('"2025-06-04T08:00Z"', "2025-06-04T08:00:00", 2, ['"at" missing or no text']),
        ('decision = "confirm"', 'decision = "confirm"\nmood = "good"', 2, ['unknown key "mood"']),
        ("[[review]]", "[[reviews]]", 1, ['unknown key "reviews"']),
        ("[[review]]", "[review]", 1, ["no list of tables"]),
        ('"confirm"', "confirm", 4, ["not TOML"]),
    ],
)
def test_one_mistake_one_problem(read, old, new, line, words):
    reviews, problems = read(GOOD.replace(old, new, 1))
    assert reviews == ()
    (problem,) = problems
    assert problem.line == line
    assert all(word in str(problem) for word in words), str(problem)


def test_a_broken_review_does_not_hide_a_good_one(read):
    reviews, problems = read(GOOD.replace("confirm", "approve") + GOOD)
    assert len(reviews) == len(problems) == 1


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), st.just(b"[" * 9000)))
def test_whatever_stands_there_gives_problems_and_no_crash(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any-reviews.toml"
    path.write_bytes(text)
    reviews, problems = read_reviews(path)
    assert all(problem.file == str(path) for problem in problems)
    assert not reviews
