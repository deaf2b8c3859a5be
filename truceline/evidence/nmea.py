"""Raw AIS: NMEA 0183 sentences (AIVDM, AIVDO and other talkers), one input line = one row.

    lines -> sentences -> messages (parts joined) -> time -> position or platform

A sentence carries no date. The time of a message is, in this order: the $PGHP line that names it;
the TAG block's `c:`; whole seconds behind the sentence; milliseconds behind it, only where the
source declares `trailing_time = "measured"`, because they are the time of arrival, which for a
satellite is hours later; the last $--ZDA line, while such lines come in order. A message without
any of these is refused: no time is made up. All this is the work of `kernels.sentences`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import numpy as np
import polars as pl

from truceline.errors import EvidenceError
from truceline.evidence import ais
from truceline.evidence.batch import Batch, Format, Reject
from truceline.evidence.source import Source
from truceline.evidence.tables import PLATFORMS, TIME
from truceline.gazetteer import Gazetteer
from truceline.kernels.grouping import split_rows
from truceline.kernels.sentence_records import ACCURATE, POSITION, UNCHECKED, reason_text
from truceline.kernels.sentences import Bounds, Decoded, Decoder
from truceline.model import Problem

__all__ = ["BOUNDS", "NMEA", "read", "to_batch"]

ROWS_PER_BATCH = 50_000
BOUNDS = Bounds()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:  # noqa: ARG001 -- all readers
    """Yield the positions and platforms of an NMEA log, and what became of every line.

    Raises EvidenceError for an option that has no such value.
    """
    decoder = Decoder(_set_bounds(source))
    for decoded in decoder.read(stream, ROWS_PER_BATCH):
        yield to_batch(decoded)


def _set_bounds(source: Source) -> Bounds:
    """Return the bounds of a source: by its declared arrival, and its option; today's clock has no say."""
    received = source.received_utc
    return replace(
        BOUNDS,
        received_us=0 if received is None else _since_epoch(received),
        arrival_is_measured=_read_option(source),
    )


def _read_option(source: Source) -> bool:
    """Return whether milliseconds behind a sentence are the time of measurement."""
    value = source.options.get("trailing_time", "arrival")
    if value not in ("arrival", "measured"):
        raise EvidenceError(
            [
                Problem(
                    str(source.path),
                    1,
                    "option trailing_time of this source not understood",
                    expected='"arrival" or "measured"',
                    found=repr(value)[:80],
                    do="correct it, or leave it out",
                )
            ]
        )
    return bool(value == "measured")


NMEA = Format(
    name="nmea",
    meaning="raw AIS: NMEA 0183 sentences with TAG blocks and receiver times",
    read=read,
    options={"trailing_time": '"arrival" (default) or "measured": what milliseconds behind a sentence are'},
    cooperative=True,
)


def to_batch(decoded: Decoded) -> Batch:
    """Return what a decoder gave as rows of our tables."""
    rejects = [
        Reject(row, reason_text(reason), decoded.text[found : found + length].decode("ascii", "backslashreplace")[:200])
        for row, _, found, reason, length in decoded.refusals.tolist()
    ]
    return Batch(
        rows=decoded.rows,
        used=decoded.used,
        set_aside=decoded.set_aside,
        rejects=tuple(rejects),
        positions=_build_positions(decoded) if len(decoded.positions) else None,
        platforms=_build_platforms(decoded) if len(decoded.positions) + len(decoded.statics) else None,
    )


def _build_positions(decoded: Decoded) -> pl.DataFrame:
    rows = decoded.positions
    columns = {name: np.empty(len(rows), POSITION[name]) for name in POSITION.names or () if name != "spare"}
    split_rows(rows, columns)
    frame = pl.DataFrame(columns)
    stations = pl.Series(decoded.stations, dtype=pl.String).cast(pl.Categorical)
    return frame.select(
        platform=_name_each(frame["mmsi"]),
        time_utc=pl.col("time_us").cast(TIME),
        lon="lon",
        lat="lat",
        altitude_m=pl.col("altitude_m").fill_nan(None),
        speed_kn=pl.col("speed_kn").fill_nan(None),
        course_deg=pl.col("course_deg").fill_nan(None),
        nav_status=_said("nav_status").cast(pl.UInt8),
        accuracy_m=pl.when(pl.col("flags") & ACCURATE > 0).then(pl.lit(10.0, pl.Float32)),  # M.1371: 10 m or better
        integrity=_describe(frame),
        received_by=stations.gather(frame.select(_said("station")).to_series()),
        received_utc=pl.when(pl.col("received_us") != 0).then(pl.col("received_us")).cast(TIME),
        row=pl.col("row").cast(pl.UInt64),
    )


def _said(name: str) -> pl.Expr:
    """Return a column with null where it is -1."""
    return pl.when(pl.col(name) >= 0).then(pl.col(name))


def _name_each(mmsi: pl.Series) -> pl.Series:
    """Return the platforms' names in the tables: "mmsi:" and nine digits."""
    distinct = mmsi.unique(maintain_order=True)
    return mmsi.replace_strict(distinct, _names(distinct).cast(pl.Categorical))


def _names(mmsi: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit("mmsi:"), mmsi.cast(pl.String).str.zfill(9))).to_series()


def _describe(frame: pl.DataFrame) -> pl.Series:
    """Return what each message says of its own quality; few are different."""
    code = frame.select(
        code=pl.col("flags").cast(pl.Int32)
        + pl.max_horizontal("second", pl.lit(60, pl.Int8)).cast(pl.Int32) * 16
        + ais.is_regular(pl.col("mmsi"), pl.col("type")).cast(pl.Int32) * 1024
    )["code"]
    distinct = code.unique(maintain_order=True)
    words = [
        ais.integrity(each % 16, each // 16 % 64, regular=each >= 1024) + (" tag=unchecked" if each & UNCHECKED else "")
        for each in distinct.to_list()
    ]
    return code.replace_strict(distinct, pl.Series(words, dtype=pl.String).cast(pl.Categorical))


def _build_platforms(decoded: Decoded) -> pl.DataFrame:
    """Return the platforms in the order in which they were met; a later word replaces an earlier, a None does not."""
    rows, statics = decoded.positions, decoded.statics
    order = np.argsort(np.concatenate([statics["before"] * 2, np.arange(len(rows)) * 2 + 1]), kind="stable")
    met = pl.DataFrame(
        {name: np.concatenate([statics[name], rows[name]])[order] for name in ("mmsi", "type")}, schema_overrides=_MET
    ).unique("mmsi", keep="first", maintain_order=True)
    frame = met.select(
        platform=_names(met["mmsi"]),
        kind=ais.kind_of(pl.col("mmsi"), pl.col("type")),
        mmsi="mmsi",
    )
    said = _gather_statics(statics)
    if not said:
        return frame
    known = pl.DataFrame(
        [(mmsi, *words) for mmsi, words in said.items()],
        schema={"mmsi": pl.UInt32, "said": pl.String, "name": pl.String, "category": pl.String},
        orient="row",
    )
    joined = frame.join(known, on="mmsi", how="left", maintain_order="left")
    kept = [name for name in ("name", "category") if joined[name].null_count() < joined.height]
    return joined.with_columns(kind=pl.coalesce("said", "kind")).select("platform", "kind", "mmsi", *kept)


_MET = {"mmsi": PLATFORMS["mmsi"], "type": pl.UInt8}


def _gather_statics(statics: np.ndarray) -> dict[int, list[str | None]]:
    """Return for each identity the last kind, name and category that its static messages give."""
    said: dict[int, list[str | None]] = {}
    for mmsi, number, name, ship_type in statics[["mmsi", "type", "name", "ship_type"]].tolist():
        words = (_clean(name), None if ship_type < 0 else ais.category(ship_type))
        if words == (None, None):
            continue
        entry = said.setdefault(mmsi, [None, None, None])
        entry[0] = ais.platform_kind(mmsi, number)
        for place, word in enumerate(words, 1):
            entry[place] = entry[place] if word is None else word
    return said


def _clean(name: bytes) -> str | None:
    """Return a name as far as its first "@" that is not at the end of blanks; an empty one is unknown."""
    text = name.decode("ascii").rstrip("@").strip()
    return " ".join(text.split("@")[0].split()) or None


def _since_epoch(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)
