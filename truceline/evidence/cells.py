"""Text cells into times, numbers and places, and the reasons for which a row is refused.

Everything works on whole columns. An empty cell is null, and null is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from truceline.evidence.batch import Reject
from truceline.evidence.records import CUT
from truceline.evidence.source import Source
from truceline.evidence.tables import EVENT_KINDS, TIME
from truceline.gazetteer import Gazetteer

__all__ = [
    "Sieve",
    "Times",
    "check_place",
    "check_span",
    "constant",
    "first_of",
    "read_area",
    "read_grades",
    "read_kinds",
    "read_number",
    "read_text",
    "read_times",
    "refuse_numbers",
]

# RFC 3339 with a blank or T, seconds and zone optional; the second 60 of a leap second is refused.
_DAY = r"[12]\d{3}-\d{2}-\d{2}"
_HOUR = rf"{_DAY}[T ]\d{{2}}:\d{{2}}(:[0-5]\d(\.\d{{1,9}})?)?"
_AWARE = rf"^{_HOUR}( ?(Z|z|UTC|[+-]\d{{2}}(:?\d{{2}})?))$"
_NAIVE = rf"^{_HOUR}$"
_MIDNIGHT = rf"^({_DAY}[T ])24:00(:00(?:\.0+)?)?($|[ Zz+-])"
_EPOCHS = {"epoch s": 1_000_000, "epoch ms": 1_000}
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Sieve:
    """Rows on their way from text to a table: the first reason against a row is the one it gets."""

    def __init__(self, rows: pl.Series) -> None:
        self._rows = rows
        self._reason = constant(None, len(rows))
        self._found = constant(None, len(rows))

    @property
    def sound(self) -> pl.Series:
        """A Boolean per row: nothing speaks against it yet."""
        return self._reason.is_null()

    def refuse(self, where: pl.Series, reason: str, found: pl.Series) -> None:
        """Refuse the rows `where`, for `reason`, showing what `found` holds there."""
        hit = where.fill_null(False) & self.sound
        if hit.any():
            self._found = found.cast(pl.String).zip_with(hit, self._found)
            self._reason = constant(reason, len(hit)).zip_with(hit, self._reason)

    def refuse_each(self, reasons: pl.Series, found: pl.Series) -> None:
        """Refuse the rows that have a reason, each for its own."""
        hit = reasons.is_not_null() & self.sound
        if hit.any():
            self._found = found.cast(pl.String).zip_with(hit, self._found)
            self._reason = reasons.zip_with(hit, self._reason)

    def rejects(self) -> tuple[Reject, ...]:
        """Return the refused rows."""
        bad = pl.DataFrame({"row": self._rows, "reason": self._reason, "found": self._found}).filter(~self.sound)
        return tuple(Reject(row, reason, (found or "")[:CUT]) for row, reason, found in bad.iter_rows())


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times: the earliest instant each can mean, and the latest; null where refused.

    `fault` says why a cell that is not empty cannot be used.
    """

    start: pl.Series
    end: pl.Series
    fault: pl.Series


def read_text(cells: pl.DataFrame, column: str | None) -> pl.Series:
    """Return a column without surrounding blanks, null where empty; all null without a column."""
    if column is None:
        return constant(None, cells.height)
    text = cells[column].str.strip_chars()
    return text.set(text == "", None)


def read_number(text: pl.Series, *, comma: bool = False) -> pl.Series:
    """Return Float64, null where empty and NaN where the text is no finite number."""
    plain = text.str.replace(",", ".", literal=True) if comma else text
    number = plain.cast(pl.Float64, strict=False).fill_null(float("nan"))
    number = number.set(number.is_infinite(), float("nan"))
    return number.set(text.is_null(), None)


def refuse_numbers(sieve: Sieve, text: Mapping[str, pl.Series], numbers: Mapping[str, pl.Series]) -> None:
    """Refuse the rows in which a cell of these columns is no number, and show the cell."""
    for name, number in numbers.items():
        what = "longitude or latitude" if name in ("lon", "lat") else name
        sieve.refuse(number.is_nan(), f"{what} is not a number", text[name])


def read_times(text: pl.Series, zone: str | None, form: str | None = None) -> Times:
    """Read times into UTC: RFC 3339 and its relaxed forms, or the strptime pattern or epoch `form`.

    A time without a zone is read on the clock of `zone`, and refused where there is none, or where
    that clock showed the hour twice or never. A day without an hour is as wide as the day there.
    """
    blank = constant(None, len(text), TIME)
    aware, naive, day = _parse_epoch(text, form) if form in _EPOCHS else _parse_forms(text, form)
    start, end = aware, aware
    if zone is not None:
        start = start.zip_with(start.is_not_null(), _to_utc(naive, zone)) if naive.is_not_null().any() else start
        end = start
        if day.is_not_null().any():
            start = start.zip_with(day.is_null(), _to_utc(day.cast(pl.Datetime("us")), zone))
            end = end.zip_with(day.is_null(), _to_utc(day.dt.offset_by("1d").cast(pl.Datetime("us")), zone))
    start = start.zip_with(end.is_not_null(), blank)
    known = naive.is_not_null() | day.is_not_null()
    fault = pl.select(
        pl.when(text.is_null() | start.is_not_null())
        .then(None)
        .when(known)
        .then(pl.lit("time without a zone" if zone is None else "time that exists twice or not at all there"))
        .otherwise(pl.lit("time not understood"))
        .alias("fault")
    ).to_series()
    return Times(start, end, fault)


_Parsed = tuple[pl.Series, pl.Series, pl.Series]


def _parse_epoch(text: pl.Series, form: str | None) -> _Parsed:
    number = read_number(text)
    sane = number.is_between(-3e12, 3e14)
    micros = (number.set(~sane.fill_null(False), None) * _EPOCHS[form or "epoch s"]).round()
    time = micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    time = time.set(~time.dt.year().is_between(1900, 9000).fill_null(True), None)
    return time, *_nothing(len(text))


def _nothing(height: int) -> tuple[pl.Series, pl.Series]:
    return constant(None, height, pl.Datetime("us")), constant(None, height, pl.Date)


def _parse_forms(text: pl.Series, form: str | None) -> _Parsed:
    """Return (aware in UTC, naive, bare day), each null where the text is not of that form."""
    if form is not None:
        return _parse_pattern(text, form)
    if (midnight := text.str.contains(_MIDNIGHT).fill_null(False)).any():
        return _parse_midnights(text, midnight)
    naive, day = _nothing(len(text))
    aware = constant(None, len(text), TIME)
    if (is_aware := text.str.contains(_AWARE)).any():
        plain = text.set(~is_aware.fill_null(False), None).str.replace(" ", "T", literal=True)
        plain = plain.str.replace(r"(?: ?UTC|z)$", "Z").str.replace(" ", "", literal=True)
        aware = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", strict=False)
        short = plain.set(aware.is_not_null(), None).str.to_datetime("%Y-%m-%dT%H:%M%#z", time_unit="us", strict=False)
        aware = aware.dt.convert_time_zone("UTC").zip_with(aware.is_not_null(), short.dt.convert_time_zone("UTC"))
    if (is_naive := text.str.contains(_NAIVE)).any():
        plain = text.set(~is_naive.fill_null(False), None).str.replace(" ", "T", literal=True)
        naive = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
        short = plain.set(naive.is_not_null(), None).str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us", strict=False)
        naive = naive.zip_with(naive.is_not_null(), short)
    if (is_day := text.str.contains(rf"^{_DAY}$")).any():
        day = text.set(~is_day.fill_null(False), None).str.to_date("%Y-%m-%d", strict=False)
    return aware.cast(TIME), naive, day


def _parse_midnights(text: pl.Series, ends: pl.Series) -> _Parsed:
    """Return times where some end a day (T24:00, ISO 8601:2004): a day after the midnight that begins it."""
    aware, naive, day = _parse_forms(text.str.replace(_MIDNIGHT, "${1}00:00${3}"), None)
    later = [time.dt.offset_by("1d").zip_with(ends, time) for time in (aware, naive)]
    return later[0], later[1], day


def _parse_pattern(text: pl.Series, form: str) -> _Parsed:
    naive, day = _nothing(len(text))
    aware = constant(None, len(text), TIME)
    try:
        if "%z" in form or "%:z" in form or "%#z" in form:
            aware = text.str.to_datetime(form, time_unit="us", strict=False).dt.convert_time_zone("UTC")
        elif "%H" in form or "%I" in form or "%T" in form or "%R" in form:
            naive = text.str.to_datetime(form, time_unit="us", strict=False)
        else:
            day = text.str.to_date(form, strict=False)
    except pl.exceptions.PolarsError:  # a pattern that no text can match: every row says so
        pass
    return aware, naive, day


def _to_utc(local: pl.Series, zone: str) -> pl.Series:
    """Return local times in UTC; null where the clock of `zone` showed them twice or never."""
    return local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")


def read_area(names: pl.Series, gazetteer: Gazetteer) -> pl.Series:
    """Return codes of places, null where nothing knows the name."""
    different = names.drop_nulls().unique(maintain_order=True).to_list()
    places = {name: gazetteer.find(name) for name in different}
    codes = {name: place.code for name, place in places.items() if place is not None}
    return names.replace_strict(codes, default=None, return_dtype=pl.String)


def check_place(sieve: Sieve, lon: pl.Series, lat: pl.Series, *, needed: pl.Series | None = None) -> None:
    """Refuse coordinates that are no place; `needed` (default: all rows) may not be without."""
    found = _pair(lon, lat)
    missing = lon.is_null() | lat.is_null()
    half = lon.is_null() != lat.is_null()
    sieve.refuse(half | (missing if needed is None else missing & needed), "no longitude or no latitude", found)
    sieve.refuse(lon.is_nan() | lat.is_nan(), "longitude or latitude is not a number", found)
    swapped = (lat.abs() > 90) & (lat.abs() <= 180) & (lon.abs() <= 90)
    sieve.refuse(swapped, "longitude and latitude look swapped", found)
    sieve.refuse(lat.abs() > 90, "latitude outside -90 to 90", found)
    sieve.refuse(lon.abs() > 180, "longitude outside -180 to 180", found)
    sieve.refuse((lon == 0) & (lat == 0), "longitude 0 and latitude 0: a default, not a place", found)


def _pair(lon: pl.Series, lat: pl.Series) -> pl.Series:
    return pl.select(
        pl.format("lon {} lat {}", lon.cast(pl.String).fill_null("?"), lat.cast(pl.String).fill_null("?"))
    ).to_series()


def check_span(sieve: Sieve, start: pl.Series, end: pl.Series, received: pl.Series, found: pl.Series) -> None:
    """Refuse times that cannot be: before 1900, from 2100 on, end before start, later than their arrival.

    Today's clock has no say: the same rows are judged alike on every day.
    """
    sieve.refuse(start < _EARLIEST, "time before the year 1900", found)
    sieve.refuse(end < start, "end before start", found)
    sieve.refuse(start > received, "dated after it was received", found)
    sieve.refuse(start >= _LATEST, "time after the year 2099", found)


def first_of(series: Sequence[pl.Series]) -> pl.Series:
    """Return the first value of each row that is not null."""
    return pl.select(pl.coalesce(list(series))).to_series()


def constant(
    value: str | float | datetime | None, height: int, kind: pl.DataType | type[pl.DataType] = pl.String
) -> pl.Series:
    """Return a column of one value."""
    return pl.Series([value], dtype=kind).new_from_index(0, height)


def read_kinds(sieve: Sieve, text: pl.Series, source: Source) -> pl.Series:
    """Return kinds of event: as the source's words are mapped, else its one kind."""
    words = {kind: kind for kind in (*EVENT_KINDS, *source.options.get("own_kinds", ()))}
    words |= source.options.get("kinds", {})
    kind = text.replace_strict(words, default=None, return_dtype=pl.String)
    sieve.refuse(text.is_not_null() & kind.is_null(), "kind of event not known", text)
    kind = first_of([kind, constant(source.kind, len(text))])
    sieve.refuse(kind.is_null(), "no kind of event", text)
    return kind


def read_grades(sieve: Sieve, reliability: pl.Series, credibility: pl.Series) -> dict[str, pl.Series]:
    """Return both halves of the Admiralty code, each null where the row gives none."""
    letter = reliability.str.to_uppercase()
    sieve.refuse(~letter.is_in(list("ABCDEF")), "reliability is none of A to F", reliability)
    digit = credibility.cast(pl.UInt8, strict=False)
    bad = credibility.is_not_null() & ~digit.is_between(1, 6).fill_null(False)
    sieve.refuse(bad, "credibility is none of 1 to 6", credibility)
    return {"reliability": letter, "credibility": digit}
