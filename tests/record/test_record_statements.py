"""Statements have one form, leaves show nothing of them, and nothing else is read as one."""

import hashlib
import hmac
from datetime import datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import PARTIES, START

from truceline.record import Marking, Statement, StatementError, Tlp, read_marking
from truceline.record.openings import Opening, read_opening
from truceline.record.statements import LARGEST, canonicalize, decode, encode, make_leaf, make_nonce

SAFE = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | SAFE | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_the_quick_form_is_the_form_of_rfc_8785(value):
    assert canonicalize(value) == rfc8785.dumps(value)


@settings(max_examples=60)
@given(st.dictionaries(st.text(), VALUES, max_size=3), st.text())
def test_what_is_written_is_read_again(body, subject):
    read = decode(encode(Statement("notice", subject, body), START))
    assert (read["subject"], rfc8785.dumps(read["body"])) == (subject, rfc8785.dumps(body))


EDGES = [1e16, -0.0, 1e-7, 5e-324, 1e21, 0.1, 123456789.125, 7.609621878553038e-06, 1e-4, 9.9e-5, 1e15 + 0.5, 3.0]


@pytest.mark.parametrize("value", [sign * value for value in EDGES for sign in (1, -1)])
def test_fractions_are_written_as_the_standard_has_them_and_read_again(value):
    assert canonicalize({"x": value}) == rfc8785.dumps({"x": value})
    assert decode(encode(Statement("notice", "x", {"x": value}), START))["body"]["x"] == value


@given(st.integers(-9, 18), st.floats(1, 9.999999))
def test_fractions_of_every_size_are_read_again(exponent, digits):
    value = digits * 10.0**exponent
    assert decode(encode(Statement("notice", "x", {"x": value}), START))["body"]["x"] == value


def test_a_leaf_by_hand():
    data = encode(Statement("notice", "first", {"n": 1}), START)
    assert data == (
        b'{"body":{"n":1},"claimed_utc":null,"digest":null,"from":[],"kind":"notice","marking":null,"path":null,'
        b'"recorded_utc":"2026-03-01T12:00:00Z","subject":"first"}'
    )
    nonce = make_nonce(bytes(range(32)), data, 7)
    message = hashlib.sha256(data).digest() + (7).to_bytes(8, "big")
    assert nonce == hmac.new(bytes(range(32)), message, "sha256").digest()
    assert nonce.hex() == "1e9b1691c99b18db9ea9733aaf25d181ea4f8a645c87abab1f592272bab75736"
    commitment = hashlib.sha256(nonce + data).hexdigest()
    assert commitment == "73d3d4830c2e1afb2a048cdcb1a600a9d46d0289334c9b9e70cc5332e7aa4566"
    assert make_leaf(nonce, data) == rfc8785.dumps({"commitment": commitment, "v": 1})


def test_the_same_statement_at_two_places_has_two_leaves():
    data = encode(Statement("notice", "yes"), START)
    assert make_nonce(b"s" * 32, data, 0) != make_nonce(b"s" * 32, data, 1)
    assert make_nonce(b"s" * 32, data, 0) != make_nonce(b"t" * 32, data, 0)


BROKEN = {
    "spaces": (lambda d: d.replace(b'":', b'": ', 1), "RFC 8785"),
    "order": (lambda d: b'{"subject":"first",' + d[1:].replace(b',"subject":"first"', b""), "RFC 8785"),
    "twice": (lambda d: d.replace(b'"kind"', b'"kind":"run","kind"'), "RFC 8785"),
    "escaped": (lambda d: d.replace(b"first", b"\\u0066irst"), "RFC 8785"),
    "float": (lambda d: d.replace(b'"n":1', b'"n":1.0'), "RFC 8785"),
    "nan": (lambda d: d.replace(b'"n":1', b'"n":NaN'), "NaN"),
    "huge": (lambda d: d.replace(b'"n":1', b'"n":' + b"9" * 5000), "number"),
    "deep": (lambda d: d.replace(b'"n":1', b'"n":' + b"[" * 100_000 + b"]" * 100_000), "expected JSON"),
    "cut": (lambda d: d[:-1], "expected JSON"),
    "list": (lambda _: b"[]", "object"),
    "not UTF-8": (lambda d: d.replace(b"first", b"\xff"), "expected JSON"),
    "surrogate": (lambda d: d.replace(b"first", b"\\ud800"), "expected JSON"),
    "missing": (lambda d: d.replace(b'"path":null,', b""), "fields"),
    "extra": (lambda d: d.replace(b'"path":null', b'"path":null,"q":1'), "fields"),
    "kind": (lambda d: d.replace(b'"notice"', b'"gossip"'), "kind"),
    "no zone": (lambda d: d.replace(b"00Z", b"00"), "recorded_utc"),
    "no such day": (lambda d: d.replace(b"03-01", b"02-30"), "recorded_utc"),
    "digest": (lambda d: d.replace(b'"digest":null', b'"digest":"AB"'), "digest"),
    "climbing": (lambda d: d.replace(b'"path":null', b'"path":"../x"'), "path"),
    "rooted": (lambda d: d.replace(b'"path":null', b'"path":"/x"'), "path"),
    "the record's own": (lambda d: d.replace(b'"path":null', b'"path":"record/state/journal.sqlite"'), "path"),
    "link": (lambda d: d.replace(b'"from":[]', b'"from":[true]'), "from"),
    "marking": (lambda d: d.replace(b'"marking":null', b'"marking":{}'), "marking"),
    "too large": (lambda d: d.replace(b"first", b"x" * LARGEST), "bytes"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_statement_is_refused_with_the_reason(name):
    change, word = BROKEN[name]
    data = encode(Statement("notice", "first", {"n": 1}), START)
    with pytest.raises(StatementError, match=word):
        decode(change(data))


@settings(max_examples=60)
@given(st.binary(max_size=60), st.integers(0, 170))
def test_hostile_bytes_are_refused_and_nothing_else(noise, place):
    data = encode(Statement("notice", "first", {"n": 1}), START)
    for bad in (noise, data[:place] + noise + data[place:]):
        try:
            assert encode_again(decode(bad)) == bad
        except StatementError:
            continue


def encode_again(read):
    return rfc8785.dumps(read)


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": 2**60}, {"x": b"bytes"}, {1: "x"}, {"x": "\ud800"}])
def test_what_json_cannot_say_cannot_be_stated(body):
    with pytest.raises(StatementError):
        encode(Statement("notice", "first", body), START)


def test_times_are_in_utc_whatever_the_zone():
    kyiv = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    assert decode(encode(Statement("notice", "n", claimed_utc=kyiv), START))["claimed_utc"] == "2026-03-01T12:00:00Z"


def test_a_marking_is_carried_along():
    read = decode(encode(Statement("notice", "n", marking=PARTIES), START))
    assert read_marking(read["marking"]) == PARTIES == Marking(Tlp.AMBER, ("UA",), ("FR", "GB"))
    assert read_marking(None) is None


@pytest.mark.parametrize("line", [b"", b"{}", b'{"nonce":"00","statement":{}}', b'{"withheld":false}', b"\xff"])
def test_other_lines_are_no_openings(line):
    with pytest.raises(ValueError, match="no opening"):
        read_opening(line)


def test_an_opening_is_read_as_it_was_written():
    opening = Opening(bytes(32), encode(Statement("notice", "n"), START))
    assert read_opening(opening.line) == opening
    assert read_opening(b'{"withheld":true}') is None
