"""Every nation, party and the public, in every role, against every colour and list: nothing leaks.

What should come out stands in a table in `releasing.py` that was written from the text of TLP 2.0, and asks the
code nothing.
"""

import random
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from releasing import (
    COLOURS,
    NATIONS,
    READERS,
    ROLES,
    Thing,
    expects,
    make_record,
    make_things,
    mark,
    word_of,
)

from truceline.marking import derive
from truceline.record.export import check_package, export_record
from truceline.record.markings import read_marking, write_marking
from truceline.record.release import Reader, Role, may_read, release
from truceline.reports.released import WRITERS

LISTS = (None, (), ("EST",), ("EST", "POL"), ("NORTH", "SOUTH"), NATIONS, ("XXX",), ("public",))
OWNERS = ("POL", "FRA", "NORTH", "SOUTH")
EVERYBODY = [Reader(nation, Role(role)) for nation in READERS for role in ROLES]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("colour", COLOURS)
def test_one_marking(colour, role):
    """33 readers × 6 roles × 5 colours × 8 lists × 4 owners."""
    for nation in READERS:
        for owner in OWNERS:
            for listed in LISTS:
                found = may_read(Reader(nation, Role(role)), mark(colour, owner, listed))
                assert found == expects(nation, role, colour, owner, listed), (nation, owner, listed)


@pytest.mark.parametrize("reader", EVERYBODY[::11], ids=lambda reader: f"{reader.nation}-{reader.role}")
def test_what_is_derived_is_for_those_who_may_have_all_of_it(reader):
    dice = random.Random(f"{reader}")  # noqa: S311 - a seed, so that it can be repeated
    for _ in range(400):
        promises = [
            (dice.choice(COLOURS), dice.choice((*OWNERS, reader.nation)), dice.choice((*LISTS, (reader.nation,))))
            for _ in range(dice.randint(1, 4))
        ]
        found = may_read(reader, derive(mark(*one) for one in promises))
        expected = all(may_read(reader, mark(*one)) for one in promises)
        assert found == expected, promises


MARKINGS = st.builds(
    mark,
    st.sampled_from(COLOURS),
    st.sampled_from(OWNERS),
    st.none() | st.lists(st.sampled_from((*OWNERS, "EST")), max_size=4).map(tuple),
)


@given(st.lists(MARKINGS, min_size=1, max_size=5), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_in_whatever_order_things_are_joined_the_promise_is_the_same(markings, dice):
    whole = derive(markings)
    shuffled = list(markings)
    dice.shuffle(shuffled)
    cut = len(shuffled) // 2
    parts = [derive(part) for part in (shuffled[:cut], shuffled[cut:]) if part]
    assert derive(parts) == derive([*markings, whole]) == whole
    assert set(whole.owners) == {owner for one in markings for owner in one.owners}
    assert whole.tlp.laxity == min(one.tlp.laxity for one in markings)
    assert read_marking(write_marking(whole)) == whole


def test_who_has_no_marking_has_no_reader():
    assert not any(may_read(reader, None) for reader in EVERYBODY)
    assert derive([]) is None
    assert derive([mark("CLEAR", "POL", None), None]) is None


def test_nobody_reads_everything():
    """The strictest thing of each of two owners: no reader has both, in whatever role."""
    both = [mark("RED", "NORTH", None), mark("RED", "SOUTH", None)]
    assert [reader for reader in EVERYBODY if all(may_read(reader, marking) for marking in both)] == []
    assert not any(may_read(Reader(nation, Role.OPERATOR), mark("AMBER", nation, (nation,))) for nation in READERS)


THINGS = make_things((None, ("EST",), ("EST", "POL", "SOUTH"), ()), ("POL", "NORTH", "SOUTH"))
ANY_WORD = re.compile("|".join(thing.word for thing in THINGS).encode())


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return make_record(tmp_path_factory.mktemp("matrix"), THINGS)


def words_for(reader: Reader) -> set[str]:
    return {thing.word for thing in THINGS if thing.may(reader.nation, reader.role.value)}


def test_every_reader_is_told_what_the_table_says(record):
    out, _ = record
    for reader in EVERYBODY:
        told = {one.fields["subject"] for one in release(out, reader).told}
        for thing in THINGS:
            may = thing.may(reader.nation, reader.role.value)
            for subject in (f"f-{thing.word}", f"i-{thing.word}"):
                assert (subject in told) == may, (reader, thing)
            for place, promise in enumerate(thing.promises):
                alone = Thing(thing.word, (promise,)).may(reader.nation, reader.role.value)
                assert (f"{thing.word}-{place}.csv" in told) == alone, (reader, thing)


def test_a_rule_that_is_too_lax_would_be_seen(record, monkeypatch, tmp_path):
    out, _ = record
    reader = Reader("FIN", Role.OPERATOR)
    monkeypatch.setattr("truceline.record.release.may_read", lambda _, marking: marking is not None)
    export_record(out, reader, tmp_path / "package.zip", WRITERS)
    found = {match.decode() for match in ANY_WORD.findall((tmp_path / "package.zip").read_bytes())}
    assert len(found - words_for(reader)) > 50


@pytest.mark.parametrize("nation", READERS)
def test_no_byte_of_a_package_holds_a_word_that_is_for_others(record, nation, tmp_path):
    """Names, contents and the archive itself; and everything that may be had is there."""
    out, _ = record
    for role in ROLES:
        reader = Reader(nation, Role(role))
        target = tmp_path / f"{role}.zip"
        if nation == "public" and role != "public":
            continue  # refused: nobody is "the public" in another role
        export_record(out, reader, target, WRITERS)
        found = {match.decode() for match in ANY_WORD.findall(target.read_bytes())}
        alone = {  # of a thing that rests on two, the bytes of one may be had
            thing.word for thing in THINGS for one in thing.promises if expects(nation, role, *one)
        }
        assert words_for(reader) <= found <= alone
        with zipfile.ZipFile(target) as package:
            reports = b"".join(package.read(name) for name in package.namelist() if name.startswith("released/"))
        assert {match.decode() for match in ANY_WORD.findall(reports)} == words_for(reader)


@pytest.mark.parametrize(("nation", "role"), [("EST", "guarantor-staff"), ("SOUTH", "court"), ("public", "public")])
def test_each_package_verifies(record, nation, role, tmp_path):
    out, policy = record
    reader = Reader(nation, Role(role))
    done = export_record(out, reader, tmp_path / "package", WRITERS)
    assert check_package(tmp_path / "package", policy, WRITERS) == ()
    assert done.opened + done.withheld == done.size
    assert word_of("unmarked") not in words_for(reader)
