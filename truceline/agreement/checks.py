"""What the value of a key may be.

A check takes a value and the path of its key and yields (path, FormError) for all that is wrong in
it, so that every error gets the line on which it stands.
"""

import math
import re
from collections.abc import Callable, Iterator

from truceline.agreement.edges import check_edges, read_names
from truceline.agreement.problems import show, suggest
from truceline.errors import FormError
from truceline.spacetime import read_clock, read_duration

Check = Callable[[object, str], Iterator[tuple[str, FormError]]]
_MOST_ITEMS = 1_000
_LONGEST_ID = 64
_BASELINE = re.compile(r"(?P<length>.+) before")
_QUANTITY = re.compile(r"\d+(\.\d+)? ?[A-Za-z/]+|FL ?\d+")


def _wrong_type(expected: str, value: object, do: str) -> FormError:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and "unit" in expected:
        return FormError("number without a unit", expected=expected, found=show(value), do=do)
    return FormError("wrong type of value", expected=expected, found=show(value), do=do)


def check_text(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """Text that is not empty."""
    if not isinstance(value, str):
        yield path, _wrong_type("text in quotes", value, 'write "…"')
    elif not value.strip():
        yield path, FormError("empty text", expected="words", found=show(value), do="fill it in or remove the key")


def check_id(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A short name: it also names files and keys."""
    yield from check_text(value, path)
    if isinstance(value, str) and len(value) > _LONGEST_ID:
        expected = f"at most {_LONGEST_ID} characters"
        yield path, FormError("id too long", expected=expected, found=show(value), do="shorten it")


def check_texts(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A list of texts, not empty, each once."""
    if not isinstance(value, list):
        yield path, _wrong_type("a list of texts", value, 'write ["…", "…"]')
    elif not value:
        yield path, FormError("empty list", expected="at least one", found="[]", do="fill it in or remove the key")
    elif len(value) > _MOST_ITEMS:
        yield (
            path,
            FormError("list too long", expected=f"at most {_MOST_ITEMS}", found=show(value), do="split the document"),
        )
    else:
        for number, item in enumerate(value):
            yield from check_text(item, f"{path}[{number}]")
        yield from _repeated(value, path)


def _repeated(value: list[object], path: str) -> Iterator[tuple[str, FormError]]:
    seen: set[str] = set()
    for number, item in enumerate(item for item in value if isinstance(item, str)):
        if item in seen:
            yield (
                f"{path}[{number}]",
                FormError("named twice", expected="each once", found=show(item), do="remove one"),
            )
        seen.add(item)


def check_text_or_texts(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A text, or a list of texts."""
    yield from (check_texts if isinstance(value, list) else check_text)(value, path)


def check_share(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A number from 0 to 1."""
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    if not 0 <= number <= 1:  # NaN is not
        yield (
            path,
            FormError("not a share", expected="a number from 0 to 1", found=show(value), do="write 0.6 for 60 %"),
        )


def one_of(words: tuple[str, ...]) -> Check:
    """Return a check for one of these words."""

    def check(value: object, path: str) -> Iterator[tuple[str, FormError]]:
        if not isinstance(value, str) or value not in words:
            do = suggest(value, words, "use one of these") if isinstance(value, str) else "use one of these"
            yield path, FormError("word not known", expected="one of " + ", ".join(words), found=show(value), do=do)

    return check


def check_duration(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A length of time with its unit."""
    if not isinstance(value, str):
        yield path, _wrong_type('a duration with its unit, such as "36 h"', value, 'write it as text: "36 h"')
        return
    try:
        read_duration(value)
    except FormError as error:
        yield path, error


def check_quantity(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A distance or duration: text with a unit. Which of the two is the business of the clause's kind."""
    if not isinstance(value, str):
        yield (
            path,
            _wrong_type('text with a unit, such as "500 m" or "10 min"', value, "write the number with its unit"),
        )
    elif not _QUANTITY.fullmatch(value.strip()):
        yield (
            path,
            FormError(
                "quantity not understood",
                expected='a number and a unit, such as "500 m" or "10 min"',
                found=show(value),
                do="write the number, a blank and the unit",
            ),
        )


def check_zone(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """The name of a zone of time."""
    if not isinstance(value, str):
        yield path, _wrong_type("a zone of time in quotes", value, 'write "Europe/Kyiv"')
        return
    try:
        read_clock(f"2000-01-01T12:00 {value}")
    except FormError as error:
        yield path, FormError("zone of time not known", expected=error.expected, found=show(value), do="correct it")


def check_baseline(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A length of time and "before"."""
    expected = 'a duration and "before", such as "28 d before"'
    if not isinstance(value, str):
        yield path, _wrong_type(expected + " (with its unit)", value, 'write "28 d before"')
        return
    match = _BASELINE.fullmatch(value.strip())
    try:
        if match is None:
            raise FormError("baseline not understood", expected=expected, found=show(value), do='write "28 d before"')
        read_duration(match["length"])
    except FormError as error:
        yield path, error


def check_names(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """One or several determinations; or one such for each party."""
    items = {f"{path}.{party}": each for party, each in value.items()} if isinstance(value, dict) else {path: value}
    for where, item in items.items():
        try:
            read_names(item)
        except FormError as error:
            yield where, error


def check_alternatives(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """Two or more tables, each with a name and what it changes."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        yield (
            path,
            _wrong_type("a list of tables", value, 'write [[alternatives]] with name = "…" and the keys it changes'),
        )
    elif len(value) < 2:
        yield (
            path,
            FormError(
                "only one alternative",
                expected="at least two readings",
                found=show(value),
                do="add the other reading, or put its keys into the block itself",
            ),
        )
    else:
        for number, item in enumerate(value):
            yield from _alternative(item, f"{path}[{number}]")


def _alternative(item: dict[str, object], path: str) -> Iterator[tuple[str, FormError]]:
    if "name" not in item:
        yield (
            path,
            FormError(
                'missing key "name"',
                expected="a name for the reading",
                found="none",
                do='add name = "…", such as the party that reads it so',
            ),
        )
    else:
        yield from check_text(item["name"], f"{path}.name")
    if not set(item) - {"name", "note"}:
        yield path, FormError("alternative changes nothing", expected="a key it changes", found="none", do="add one")


def check_anything(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """Whatever it is: another reader checks it."""
    del value, path
    yield from ()


def check_table(value: object, path: str) -> Iterator[tuple[str, FormError]]:
    """A table that is not empty."""
    if not isinstance(value, dict) or not value:
        yield path, _wrong_type("a table of keys and values", value, "write { key = value }")


def edges_of(which: str) -> Check:
    """Return a check for an edge of time; `which` is "starts" or "ends"."""

    def check(value: object, path: str) -> Iterator[tuple[str, FormError]]:
        yield from check_edges(value, path, which)

    return check
