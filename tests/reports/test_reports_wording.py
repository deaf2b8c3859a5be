"""Numbers, times and foreign text in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_case import START

from truceline.reports.prose import read_prose
from truceline.reports.wording import (
    Clockwork,
    clean,
    say_count,
    say_hours,
    say_interval,
    say_list,
    say_number,
    say_part,
    say_ratio,
    say_sentence,
    say_share,
    shorten,
)
from truceline.spacetime import Interval


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "unknown"),
        (0, "0"),
        (56.0, "56"),
        (53.25, "53.2"),
        (1_234_567, "1\u202f234\u202f567"),
        (float("nan"), "unknown"),
    ],
)
def test_numbers(value, said):
    assert say_number(value) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "unknown"),
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.9996, "99.9 %"),
        (1.0, "100 %"),
        (0.6, "60 %"),
        (0.29, "29 %"),
    ],
)
def test_a_watched_share_is_never_rounded_up(share, said):
    assert say_share(share).replace("\u00a0", " ") == said


@given(st.floats(0, 1, exclude_max=True))
@settings(max_examples=60)
def test_only_all_of_it_is_a_hundred_per_cent(share):
    assert not say_share(min(share, 0.9999)).startswith("100")


def test_parts_of_a_whole_add_up():
    assert [say_part(part) for part in (0.7, 1 - 0.7)] == ["70\u00a0%", "30\u00a0%"]


def test_ratios_and_their_intervals():
    assert say_ratio(None) == "unknown"
    assert say_ratio(0.004) == "< 0.01"
    assert say_interval((0.5, 2.06)) == "0.50 to 2.06"
    assert say_interval((0.9, None)) == "0.90 or more"
    assert say_interval(None) == "unknown"


def test_counts_lists_and_lengths():
    assert say_count(1, "incident") == "1\u00a0incident"
    assert say_count(0, "incident") == "0\u00a0incidents"
    assert say_list([]) == "none"
    assert say_list(["a", "b", "c"]) == "a, b and c"
    assert [say_hours(36), say_hours(240)] == ["36\u00a0h", "10\u00a0days"]


def test_reasons_become_sentences_and_ids_stay_as_they_are():
    assert say_sentence("the window is short") == "The window is short."
    assert say_sentence("air-1 lapsed!") == "air-1 lapsed!"
    assert say_sentence(" ") == ""


def test_a_long_text_is_cut_with_a_sign_of_it():
    assert shorten("word " * 100, 20) == "word word word word…"


def test_times_stand_on_the_declared_clock_with_utc_beside_it():
    times = Clockwork("Europe/Kyiv")
    assert times.say_both(START) == "2 May 2024 00:00 Europe/Kyiv (1 May 21:00 UTC)"
    assert times.say_both(START + timedelta(hours=12)) == "2 May 2024 12:00 Europe/Kyiv (09:00 UTC)"
    assert Clockwork("UTC").say_both(START) == "1 May 2024 21:00 UTC"
    assert Clockwork("+03:00").say(START + timedelta(seconds=5)) == "2 May 2024 00:00:05"


def test_intervals_say_the_day_once_where_they_share_it():
    times = Clockwork("UTC")
    assert times.say_span(Interval(START, START + timedelta(hours=1))) == "1 May 2024 21:00–22:00"
    assert times.say_span(Interval(START, None)) == "from 1 May 2024 21:00, open"
    assert times.say_span(Interval(START, START)) == "1 May 2024 21:00"


def test_an_hour_that_comes_twice_is_told_apart_by_utc():
    first = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    times = Clockwork("Europe/Kyiv")
    assert times.say(first) == times.say(first + timedelta(hours=1))
    assert times.say_both(first) != times.say_both(first + timedelta(hours=1))


@given(st.text())
@settings(max_examples=60)
def test_clean_text_can_be_written_and_turns_nothing_around(text):
    shown = clean(text)
    shown.encode("utf-8")
    assert not set(shown) & set("\x00\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")


def words(blocks):
    return ["".join(run.text for run in block.runs) or words(block.blocks) for block in blocks]


def test_legal_text_keeps_its_shape_and_no_markup():
    blocks = read_prose(
        "# Title\n\nOne *two* **three** `four`\n\n1. first\n2. second\n   * deep\n\n> quoted\n\n---\n\n    code\n"
    )
    assert [block.kind for block in blocks] == ["h", "p", "ol", "quote", "hr", "pre"]
    assert [run.style for run in blocks[1].runs if run.text.strip()] == ["", "em", "strong", "code"]
    assert blocks[2].blocks[1].blocks[1].kind == "ul"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<b>bold</b>", ["<b>bold</b>"]),
        ("<div onclick=x>\nblock\n</div>", ["<div onclick=x> block </div>"]),
        ("[law](https://example.org/a)", ["law (https://example.org/a)"]),
        ("![a map](http://tracker.example/x.png)", ["a map"]),
        ("[x](javascript:alert(1))", ["[x](javascript:alert(1))"]),
        ("a  \nb", ["a\nb"]),
    ],
)
def test_markup_and_addresses_stand_as_text(source, said):
    assert words(read_prose(source)) == said


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_any_text_is_prose(text):
    read_prose(text)
