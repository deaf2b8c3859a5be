"""Edges of time: what may stand after `starts` and `ends`, and the names of determinations.

"2020-07-27T00:01 Europe/Kyiv"                     a clock (`spacetime.read_clock`)
2020-07-27T00:01:00+03:00                          a TOML date-time with an offset
{ not_before = …, not_after = … }                  a phase: two clocks
"30 d"                                             (ends) so long after the start
"open"                                             (ends) no end
"until determination NAME [by BODY]"               (ends) when a body determines it
"from determination NAME [by BODY]"                (starts) likewise
"10 d after determination NAME [by BODY]"          so long after it
{ UA = …, AF = … }                                 one of these for each party
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from truceline.agreement.document import Edge
from truceline.agreement.problems import show
from truceline.errors import FormError
from truceline.spacetime import Clock, read_clock, read_duration

__all__ = ["check_edges", "is_phase", "read_edge", "read_names", "split_parties"]

_PHASE = {"not_before", "not_after"}
_NAME = r"(?P<name>[^\W_][\w.-]*)(?: by (?P<body>[^\W_][\w.-]*))?"
_DETERMINATION = re.compile(rf"determination {_NAME}")
_EVENT = re.compile(rf"(?:(?P<word>from|until)|(?P<delay>\S+ ?\S*) after) determination {_NAME}")
_DURATION_LIKE = re.compile(r"[\d.,]+ ?[^\W\d]*\.?")
_LONGEST = timedelta(days=36_525)
_EXPECTED = {
    "starts": 'a time such as "2020-07-27T00:01 Europe/Kyiv", a day, a phase, or "from determination NAME"',
    "ends": 'a time such as "2020-07-27T00:01 Europe/Kyiv", "30 d", "open", a phase, or "until determination NAME"',
}


def check_edges(value: Any, path: str, which: str) -> Iterator[tuple[str, FormError]]:  # noqa: ANN401 - TOML value
    """Yield (path, error) for what is wrong with an edge, or with those of several parties."""
    if isinstance(value, dict) and not value:
        yield path, FormError("empty table", expected=_EXPECTED[which], found="{}", do="fill it in")
        return
    for party, item in split_parties(value).items():
        try:
            read_edge(item, which)
        except FormError as error:
            yield f"{path}.{party}" if party else path, error


def is_phase(value: object) -> bool:
    """Whether a table is a phase, and not a table of parties."""
    return isinstance(value, dict) and bool(_PHASE & set(value))


def split_parties(value: Any) -> dict[str, Any]:  # noqa: ANN401 - TOML value
    """Return a value by party; one that holds for all stands under the empty name."""
    return dict(value) if isinstance(value, dict) and not is_phase(value) else {"": value}


def read_edge(value: Any, which: str) -> Edge:  # noqa: ANN401 - TOML value
    """Read one edge; `which` is "starts" or "ends". Raises FormError."""
    if isinstance(value, dict):
        return _read_phase(value, which)
    if isinstance(value, str):
        return _read_text(value.strip(), which)
    clock = _read_datetime(value, which)
    return Edge(clock.text, "clock", clock=clock)


def read_names(value: Any) -> tuple[tuple[str, str | None], ...]:  # noqa: ANN401 - TOML value
    """Read "determination NAME [by BODY]", one or a list: (name, body or None) of each."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        match = _DETERMINATION.fullmatch(item.strip()) if isinstance(item, str) else None
        if match is None:
            raise FormError(
                "condition not understood",
                expected='"determination NAME", "determination NAME by BODY", or a list of these',
                found=show(item),
                do="name the determination; only a determination by a body can meet a condition or release a party",
            )
        found.append((match["name"], match["body"]))
    return tuple(found)


def _read_text(text: str, which: str) -> Edge:
    if text == "open":
        return _open(which)
    if "determination" in text:
        return _read_event(text, which)
    if _DURATION_LIKE.fullmatch(text) and not re.match(r"\d{4}$", text):
        return _read_length(text, which)
    clock = read_clock(text)
    return Edge(text, "clock", clock=clock)


def _open(which: str) -> Edge:
    if which == "starts":
        raise FormError(
            "a start cannot be open",
            expected=_EXPECTED[which],
            found='"open"',
            do="write the time, or the determination, from which it holds",
        )
    return Edge("open", "open")


def _read_length(text: str, which: str) -> Edge:
    length = read_duration(text)
    if which == "starts":
        raise FormError(
            "a start cannot be a duration", expected=_EXPECTED[which], found=show(text), do="write the time itself"
        )
    if length > _LONGEST:
        raise FormError(
            "duration too long", expected="at most 36525 d (100 years)", found=show(text), do='write "open" for no end'
        )
    if not length:
        raise FormError("no time at all", expected="a duration above zero", found=show(text), do="correct the number")
    return Edge(text, "duration", delay=length)


def _read_event(text: str, which: str) -> Edge:
    match = _EVENT.fullmatch(text)
    word = {"starts": "from", "ends": "until"}[which]
    if match is None or match["word"] not in (None, word):
        raise FormError(
            "event not understood",
            expected=f'"{word} determination NAME" or "10 d after determination NAME"',
            found=show(text),
            do=f'write "{word} determination" and a name without blanks',
        )
    delay = read_duration(match["delay"]) if match["delay"] else timedelta(0)
    return Edge(text, "event", event=match["name"], body=match["body"], delay=delay)


def _read_phase(value: dict[str, Any], which: str) -> Edge:
    expected = "{ not_before = …, not_after = … }"
    if set(value) != _PHASE:
        odd = sorted(set(value) ^ _PHASE)
        raise FormError(
            "phase not understood", expected=expected, found=show(value), do=f"give both and nothing else ({odd[0]})"
        )
    first, last = (_read_phase_clock(value[key], which) for key in ("not_before", "not_after"))
    if last.latest < first.earliest:
        raise FormError(
            "phase ends before it begins",
            expected="not_after at or after not_before",
            found=f"{first.text} and {last.text}",
            do="correct one of the two",
        )
    return Edge(f"from {first.text} to {last.text}", "phase", not_before=first, not_after=last)


def _read_phase_clock(value: Any, which: str) -> Clock:  # noqa: ANN401 - TOML value
    return read_clock(value.strip()) if isinstance(value, str) else _read_datetime(value, which)


def _read_datetime(value: object, which: str) -> Clock:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return _to_clock(value)
    if isinstance(value, (date, time)):  # datetime is a date
        raise FormError(
            "time without a zone",
            expected=_EXPECTED[which],
            found=str(value),
            do='write it as text with a zone, such as "2020-07-27T00:01 Europe/Kyiv"',
        )
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    raise FormError(
        "number without a unit" if number else "wrong type of value",
        expected=_EXPECTED[which],
        found=show(value),
        do="write it as text in quotes",
    )


def _to_clock(value: datetime) -> Clock:
    if not 1900 <= value.year <= 9000:
        raise FormError(
            "year out of range", expected="a year from 1900 to 9000", found=str(value), do="correct the year"
        )
    instant = value.astimezone(UTC)
    text = value.isoformat()
    zone = text[-6:] if value.utcoffset() else "UTC"
    return Clock(text, zone, instant, instant)
