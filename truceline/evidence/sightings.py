"""Tables of what others than transponders saw: tracks of radars, and ships found in satellite images.

Neither tells who it was. A track has the number that its radar gave it, and a detection none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

import polars as pl

from truceline.evidence.batch import Batch, Format
from truceline.evidence.cells import Sieve, read_number, read_text
from truceline.evidence.columns import Repeats, drop_fillers, find_columns, refuse_missing
from truceline.evidence.documents import fault
from truceline.evidence.fixes import POSITION_COLUMNS, make_positions
from truceline.evidence.records import TEXT_OPTIONS, Records, open_table
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer

__all__ = ["RADAR", "SAR", "read_detections", "read_tracks"]

_PLACE = ("time_utc", "lon", "lat")
_TRACK = (
    *_PLACE, "platform", "party", "category", "altitude_m", "altitude_ft", "altitude_ref", "speed_kn", "speed_m_s",
    "speed_km_h", "course_deg", "accuracy_m", "received_by", "received_utc",
)  # fmt: skip
_DETECTION = (*_PLACE, "platform", "category", "accuracy_m", "received_by", "received_utc")
_MEASURES = {
    "length_m": "metres from bow to stern, as measured",
    "heading_deg": "degrees from north; bow and stern may be taken for each other",
    "confidence": "how sure the detector is, 0 to 1",
}
_TRACK_COLUMNS = {name: POSITION_COLUMNS[name] for name in _TRACK}
_DETECTION_COLUMNS = {name: POSITION_COLUMNS[name] for name in _DETECTION} | _MEASURES
_OTHER_NAMES = {
    "time_utc": ("time", "timestamp"),
    "lon": ("longitude",),
    "lat": ("latitude",),
    "platform": ("track", "track_id", "id", "detect_id"),
    "category": ("class",),
    "course_deg": ("course",),
    "heading_deg": ("heading",),
    "confidence": ("presence_score",),
    "received_by": ("radar", "satellite"),
}


def read_tracks(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Yield positions of a radar's tracks; raises EvidenceError where a needed column is missing."""
    for block, columns in _open(stream, source, _TRACK, (*_PLACE, "platform")):
        yield make_positions(block, replace(source, kind="radar-track"), columns, gazetteer)


def read_detections(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Yield ships found in images, each a platform of its own; raises EvidenceError as `read_tracks` does.

    Detections below the declared `min_confidence` are set aside.
    """
    least = _read_least(source)
    for block, columns in _open(stream, source, (*_DETECTION, *_MEASURES), _PLACE):
        kept = _measure(block, columns, least, comma=source.options.get("decimal") == ",")
        own = {name: their for name, their in columns.items() if name not in _MEASURES}
        yield make_positions(kept, replace(source, kind="detection"), {**own, "integrity": "(integrity)"}, gazetteer)


RADAR = Format(
    name="radar-csv",
    meaning="tracks of a radar: who it was is not known",
    read=read_tracks,
    options=TEXT_OPTIONS,
    kind="radar-track",
    columns=_TRACK_COLUMNS,
)

SAR = Format(
    name="sar-csv",
    meaning="ships found in satellite images: who it was is not known",
    read=read_detections,
    options=TEXT_OPTIONS | {"min_confidence": "0 to 1; detections below it are set aside"},
    kind="detection",
    columns=_DETECTION_COLUMNS,
)


def _open(
    stream: BinaryIO, source: Source, names: Sequence[str], needed: Sequence[str]
) -> Iterator[tuple[Records, dict[str, str]]]:
    """Yield the blocks of a table without repeats, and our columns -> theirs."""
    options = source.options
    table = open_table(
        stream, source, delimiter=options.get("delimiter", ","), encoding=options.get("encoding", "utf-8")
    )
    columns = find_columns(table.header, source, names)
    theirs = {name.casefold(): name for name in reversed(table.header)}
    for our in names:
        spellings = [name for name in _OTHER_NAMES.get(our, ()) if name in theirs]
        if our not in columns and spellings:
            columns[our] = theirs[spellings[0]]
    refuse_missing(source, list(table.header), [our for our in needed if our not in columns])
    repeats = Repeats([])
    for block in table.blocks:
        yield repeats.drop(drop_fillers(block)), columns


def _read_least(source: Source) -> float | None:
    value = source.options.get("min_confidence")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        do = "write a number from 0 to 1"
        raise fault(source, source.line, "min_confidence not understood", "0 to 1", repr(value)[:80], do)
    return float(value)


def _measure(block: Records, columns: Mapping[str, str], least: float | None, *, comma: bool) -> Records:
    """Put what was measured into words, refuse what cannot be, and set aside what is too unsure."""
    sieve = Sieve(block.cells["row"])
    text = {name: read_text(block.cells, columns.get(name)) for name in _MEASURES}
    number = {name: read_number(text[name], comma=comma) for name in _MEASURES}
    for name, top in (("length_m", 1_000.0), ("heading_deg", 360.0), ("confidence", 1.0)):
        sieve.refuse(number[name].is_nan(), f"{name} is not a number", text[name])
        sieve.refuse((number[name] < 0) | (number[name] > top), f"{name} outside 0 to {top:,.0f}", text[name])
    words = pl.select(
        pl.concat_str(
            [pl.format(f"{name}={{}}", column.round(3)) for name, column in number.items()],
            separator=" ",
            ignore_nulls=True,
        ).alias("(integrity)")
    ).to_series()
    unsure = (number["confidence"] < (least or 0.0)).fill_null(False) & sieve.sound
    aside = dict(block.set_aside)
    if unsure.any():
        aside["confidence below the declared least"] = int(unsure.sum())
    cells = block.cells.with_columns(words).filter(sieve.sound & ~unsure)
    return Records(block.rows, cells, aside, (*block.rejects, *sieve.rejects()))
