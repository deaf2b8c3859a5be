"""Delimited text: every record, whatever way it is read, comes out once and only once."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.errors import EvidenceError
from truceline.evidence import records
from truceline.evidence.records import open_table
from truceline.evidence.source import Source

SOURCE = Source("s", Path("file.csv"), "csv", 1)


def read(data: bytes, **options):
    """Return header, rows (number -> cells), rejects (number -> reason) and what was set aside."""
    table = open_table(io.BytesIO(data), SOURCE, **options)
    rows, rejects, aside, total = {}, {}, {}, 0
    for block in table.blocks:
        total += block.rows
        rows |= {row[-1]: row[:-1] for row in block.cells.rows()}
        rejects |= {reject.row: reject.reason for reject in block.rejects}
        for reason, count in block.set_aside.items():
            aside[reason] = aside.get(reason, 0) + count
        assert block.rows == block.cells.height + len(block.rejects) + sum(block.set_aside.values())
    assert total == len(rows) + len(rejects) + sum(aside.values())
    return table.header, rows, rejects, aside


def test_plain_records():
    assert read(b"a,b\n1,2\n3,\n") == (("a", "b"), {1: ("1", "2"), 2: ("3", "")}, {}, {})


@pytest.mark.parametrize(
    "data", [b"a,b\r\n1,2\r\n", b"a,b\n1,2", b"\xef\xbb\xbfa,b\n1,2\n", b'"a","b"\n"1","2"\n', b" a , b\n1,2\n"]
)
def test_the_same_table_in_other_clothes(data):
    assert read(data) == (("a", "b"), {1: ("1", "2")}, {}, {})


def test_quoted_fields_with_commas_quotes_and_line_ends():
    _, rows, rejects, _ = read(b'a,b\n"x, y","say ""hi"""\n"two\nlines",3\nplain,4\n')
    assert rows == {1: ("x, y", 'say "hi"'), 2: ("two\nlines", "3"), 3: ("plain", "4")}
    assert rejects == {}


def test_a_record_too_narrow_and_one_too_wide():
    _, rows, rejects, _ = read(b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n")
    assert rows == {2: ("1", "2", "3")}
    assert rejects == {1: "fewer fields than the header", 3: "more fields than the header"}


def test_a_file_that_was_cut_short_loses_its_last_record_only():
    _, rows, rejects, _ = read(b"a,b\n1,2\n3")
    assert (rows, rejects) == ({1: ("1", "2")}, {2: "fewer fields than the header"})


def test_blank_lines_are_counted():
    assert read(b"a,b\n\n1,2\n\n")[3] == {"blank line": 2}


def test_a_quote_that_is_never_closed_costs_one_row():
    _, rows, rejects, _ = read(b'a,b\n"open,2\n3,4\n5,6\n')
    assert rows == {2: ("3", "4"), 3: ("5", "6")}
    assert list(rejects) == [1]
    assert "not understood" in rejects[1]


def test_binary_data_costs_one_row():
    _, rows, rejects, _ = read(b"a,b\n\x00,2\n3,4\n")
    assert (rows, rejects) == ({2: ("3", "4")}, {1: "binary data (a NUL) in the record"})


def test_bytes_that_are_not_the_encoding_cost_one_row():
    _, rows, rejects, _ = read(b"a,b\n\xff\xfe,2\n3,4\n")
    assert (rows, rejects) == ({2: ("3", "4")}, {1: "text is not utf-8"})


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-u", "utf-16", "iso8859-5"])
def test_a_declared_encoding_is_read(encoding):
    data = "назва,b\nКиїв,2\n".replace("ї", "i").encode(encoding)
    assert read(data, encoding=encoding)[:2] == (("назва", "b"), {1: ("Киiв", "2")})


def test_what_a_declared_encoding_cannot_read_is_a_reject():
    _, rows, rejects, _ = read(b"a,b\n\x98,2\n3,4\n", encoding="cp1251")
    assert (rows, rejects) == ({2: ("3", "4")}, {1: "text is not cp1251"})


def test_a_line_that_is_too_long_costs_one_row(monkeypatch):
    monkeypatch.setattr(records, "_LONGEST_LINE", 1_000)
    monkeypatch.setattr(records, "_BLOCK_BYTES", 64)
    _, rows, rejects, _ = read(b"a,b\n1,2\n" + b"x" * 5_000 + b",2\n3,4\n" + b"y" * 2_000)
    assert rows == {1: ("1", "2"), 3: ("3", "4")}
    assert rejects == {2: "line longer than 1,000 bytes", 4: "line longer than 1,000 bytes"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "file is empty"),
        (b"\xff\xfea\x00,\x00b\x00", 'encoding = "utf-16"'),
        (b"\x7fELF\x02\x01\x00\x00\x00", "not text"),
        ("назва,b\n".encode("cp1251"), "encoding"),
        (b"a,a\n1,2\n", "column twice"),
        (b'"a,b\n1,2\n', "header not understood"),
        (b",".join([b"c%d" % n for n in range(3000)]), "too many columns"),
    ],
)
def test_a_file_without_a_usable_header_has_a_message(data, words):
    with pytest.raises(EvidenceError) as caught:
        read(data)
    assert words in str(caught.value)
    assert caught.value.problems[0].line == 1


def test_columns_without_a_name_or_with_ours():
    assert read(b"row,,b\n1,2,3\n")[0] == ("row (theirs)", "column 2", "b")


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=8)
TABLE = st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(table=TABLE, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), size=st.integers(4, 80))
def test_what_was_written_is_read(table, quoting, size):
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")
    writer.writerows([("a", "b", "c"), *table])
    before = records._BLOCK_BYTES
    records._BLOCK_BYTES = size
    try:
        _, rows, rejects, _ = read(text.getvalue().encode())
    finally:
        records._BLOCK_BYTES = before
    assert list(rows.values()) == table
    assert rejects == {}


@settings(max_examples=60, deadline=None)
@given(
    data=st.lists(st.sampled_from([b"1", b",", b'"', b"\n", b"\r\n", b'""', b"x", b"\xff"]), max_size=40).map(b"".join)
)
def test_fast_and_slow_ways_say_the_same(data):
    fast = read(b"a,b\n" + data)
    before = records._read_fast
    records._read_fast = lambda *_: None
    try:
        assert read(b"a,b\n" + data) == fast
    finally:
        records._read_fast = before
