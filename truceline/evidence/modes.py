"""Mode S: raw frames of aircraft's transponders, and the positions in them (ADS-B, downlink formats 17 and 18).

Frames and positions are found by the kernels (`kernels/frames.py`, `kernels/squitters.py`); here they
become rows of our tables, with an account of every one. Formats other than 17 and 18 tell no position and
are set aside. Parity is checked: a frame whose parity does not fit is a reject.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.errors import FormError
from truceline.evidence.batch import Batch, Format, Reject
from truceline.evidence.documents import fault
from truceline.evidence.source import Source
from truceline.evidence.tables import POSITIONS
from truceline.evidence.tally import Limits
from truceline.gazetteer import Gazetteer
from truceline.kernels.adsb_reference import containment_m
from truceline.kernels.frames import Frames, FrameScanner, Status
from truceline.kernels.squitters import NO_NUMBER, Outcome, SquitterDecoder
from truceline.spacetime import read_clock

__all__ = ["MODES", "read"]

FOOT_M = 0.3048

_CHUNK = 1 << 22
_SHOWN, _SHOWN_PIECE = 200, 100
_ASIDE = {
    Status.EMPTY: "empty line",
    Status.COMMENT: "comment",
    Status.MODE_AC: "Mode A/C reply",
    Status.RECEIVER: "receiver status",
}
_FAULTS = {
    Status.NOT_UNDERSTOOD: "line not understood",
    Status.NOT_HEX: "frame is not hexadecimal",
    Status.NOT_JSON: "not JSON, or cut short",
    Status.NO_FRAME: "no frame",
    Status.JUNK: "bytes that are no frame",
    Status.CUT: "frame cut short, or too long",
}
_REFUSED = {
    Outcome.WRONG_LENGTH: "length is not one of its downlink format",
    Outcome.WRONG_PARITY: "parity does not fit",
    Outcome.TIMELESS: "no time",
}
_IS_FAULT = np.isin(np.arange(256), list(_FAULTS))
_IS_REFUSED = np.isin(np.arange(256), list(_REFUSED))
_UNUSED = {
    Outcome.VELOCITY: "velocity: stands with the positions after it",
    Outcome.WAITING: "half a position: the other half did not come",
    Outcome.FAR: "half a position: far from where the aircraft was",
    Outcome.NOWHERE: "position on the ground, and no place known near it",
    Outcome.VEHICLE: "ground vehicle or obstacle",
    Outcome.HEARD: "heard again",
}
_NUMBERED = {
    Outcome.OTHER_FORM: ("form", "downlink format {} not used"),
    Outcome.OTHER_CONTROL: ("control", "downlink format 18, control {}: not used"),
    Outcome.OTHER_TYPE: ("code", "type code {} not used"),
}
_CONTROLS = {0: "adsb", 1: "adsb", 2: "tisb", 5: "tisb", 6: "adsr"}  # control field of format 18
_EMITTERS = {(4, 7): "helicopter", (3, 6): "drone"}

Rows = NDArray[np.void]


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:  # noqa: ARG001 -- all readers
    """Yield positions and platforms, and what became of every frame; raises EvidenceError for bad options."""
    scanner, limits = FrameScanner(_read_starts(source)), Limits.of(source)
    decoder, before, ended = SquitterDecoder(_read_receiver(source)), 0, False
    while not ended:
        chunk = stream.read(_CHUNK)
        ended = not chunk
        for frames in scanner.scan(chunk, ended=ended):
            yield _make_batch(frames, decoder.decode(frames.rows), before, source.name, limits)
            before += len(frames.rows)


MODES = Format(
    name="modes",
    meaning="raw Mode S frames of aircraft: JSON or AVR lines, or Beast",
    read=read,
    options={
        "starts": "a time with a zone: that of the first frame, where the receiver's clock tells no hour",
        "receiver": "[lon, lat] of the receiver, which places aircraft on the ground",
    },
    cooperative=True,
)


def _read_starts(source: Source) -> int | None:
    value = source.options.get("starts")
    if value is None:
        return None
    expected = '"YYYY-MM-DDThh:mm:ss ZONE"'
    if isinstance(value, datetime) and value.tzinfo is not None:
        instant = value
    else:
        try:
            clock = read_clock(str(value))
        except FormError as error:
            raise fault(source, source.line, f"starts: {error.what}", expected, error.found, error.do) from error
        if not clock.exact:
            do = "add hour, minute and second"
            raise fault(source, source.line, "starts: time without an hour", expected, str(value)[:80], do)
        instant = clock.earliest
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _read_receiver(source: Source) -> tuple[float, float] | None:
    value = source.options.get("receiver")
    if value is None:
        return None
    good = isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value)
    if not good or not (abs(value[0]) <= 180 and abs(value[1]) <= 90):
        what, expected = "receiver not understood", "[lon, lat] in degrees"
        raise fault(source, source.line, what, expected, repr(value)[:80], "write two numbers")
    return float(value[0]), float(value[1])


# --- the account ----------------------------------------------------------------------------------


def _make_batch(frames: Frames, told: Rows, before: int, source: str, limits: Limits) -> Batch:
    """Return what became of some frames; `before`: how many rows the batches before it had."""
    refused = _refuse(frames, told, limits)
    used = told["outcome"] <= Outcome.IDENTITY  # or a position
    used[list(refused)] = False
    rejects = (Reject(before + row + 1, refused[row], _show(frames, row)) for row in sorted(refused))
    names = _name(told[used], source)
    return Batch(
        rows=len(told),
        used=int(used.sum()),
        set_aside=_put_aside(frames.rows, told),
        rejects=tuple(rejects),
        positions=_build_positions(told, used & (told["outcome"] == Outcome.POSITION), before, names),
        platforms=_build_platforms(told[used], names),
    )


def _refuse(frames: Frames, told: Rows, limits: Limits) -> dict[int, str]:
    """Return the numbers of rows that cannot be used, each with the reason."""
    status, outcome = frames.rows["status"], told["outcome"]
    wrong = np.flatnonzero(
        _IS_FAULT[status] | _IS_REFUSED[outcome] | (status == Status.FRAME) & (outcome == Outcome.NONE)
    )
    reasons = {
        row: _FAULTS.get(Status(status[row])) or _REFUSED.get(Outcome(outcome[row])) or "no frame"
        for row in wrong.tolist()
    }
    places = np.flatnonzero(outcome == Outcome.POSITION)
    lon, lat, time_us = (told[name][places] for name in ("lon", "lat", "time_us"))
    late = np.zeros(len(places), dtype=bool) if limits.received_us is None else time_us > limits.received_us
    doubtful = places[(lon == 0) & (lat == 0) | ~((abs(lon) <= 180) & (abs(lat) <= 90)) | late]
    for row in doubtful.tolist():
        reason = limits.judge(*told[["lon", "lat", "time_us"]][row].tolist())
        reasons |= {row: reason} if reason else {}
    return reasons


def _show(frames: Frames, row: int) -> str:
    found = frames.found(row)
    return found[: _SHOWN_PIECE if found.startswith(b"\x1a") else _SHOWN].decode("ascii", "backslashreplace")[:_SHOWN]


def _put_aside(rows: Rows, told: Rows) -> dict[str, int]:
    """Count, by reason, the frames that were understood and are not used."""
    status, outcome = np.bincount(rows["status"], minlength=32), np.bincount(told["outcome"], minlength=32)
    counts = {reason: int(status[kind]) for kind, reason in _ASIDE.items()}
    counts |= {reason: int(outcome[kind]) for kind, reason in _UNUSED.items()}
    for kind, (name, reason) in _NUMBERED.items():
        numbers = np.bincount(told[name][told["outcome"] == kind])
        counts |= {reason.format(number): int(count) for number, count in enumerate(numbers)}
    return {reason: count for reason, count in counts.items() if count}


# --- the tables -----------------------------------------------------------------------------------


def _key(told: Rows) -> pl.Series:
    return pl.Series("key", told["foreign"].astype(np.uint32) << 24 | told["address"])


def _name(told: Rows, source: str) -> pl.DataFrame:
    """Return `key`, `platform` and `icao24` of the platforms in some rows, in the order of their coming."""
    keys = _key(told).unique(maintain_order=True)
    address = [f"{key & 0xFFFFFF:06x}" for key in keys]
    own = [key < 1 << 24 for key in keys]
    platform = [f"icao:{one}" if ours else f"track:{source}:~{one}" for one, ours in zip(address, own, strict=True)]
    icao24 = [one if ours else None for one, ours in zip(address, own, strict=True)]
    text = {"platform": pl.String, "icao24": pl.String}
    return pl.DataFrame({"key": keys, "platform": platform, "icao24": icao24}, schema_overrides=text)


def _build_positions(told: Rows, used: NDArray[np.bool_], before: int, names: pl.DataFrame) -> pl.DataFrame | None:
    rows = np.flatnonzero(used)
    if not len(rows):
        return None
    told = told[rows]
    surface = told["code"] < 9
    kinds, radii = _list_kinds()
    table = pl.DataFrame(
        {name: told[name] for name in ("time_us", "lon", "lat", "speed_kn", "course_deg", "altitude_ft")}
    ).with_columns(
        _key(told),
        pl.Series("surface", surface),
        pl.col("speed_kn", "course_deg").fill_nan(None),
        pl.col("altitude_ft").replace(NO_NUMBER, None),
        kinds.gather(told["control"].astype(np.uint32) * 32 + told["code"]).alias("integrity"),
        radii.gather(told["code"]).alias("accuracy_m"),
        pl.Series("row", rows + before + 1),
    )
    feet, on_ground = pl.col("altitude_ft"), pl.col("surface")
    table = table.join(names, on="key", how="left", maintain_order="left").with_columns(
        time_utc=pl.from_epoch("time_us", time_unit="us"),
        altitude_m=pl.when(on_ground).then(0.0).otherwise(feet * FOOT_M),
        altitude_ref=pl.when(on_ground)
        .then(pl.lit("ground"))
        .otherwise(pl.when(feet.is_not_null()).then(pl.lit("barometric"))),
    )
    return table.select(pl.col(name).cast(kind) for name, kind in POSITIONS.items() if name in table.columns)


def _list_kinds() -> tuple[pl.Series, pl.Series]:
    """Return what is said of integrity by control field and type code, and the radius by type code."""
    said = [f"position={_CONTROLS.get(control)} tc={code}" for control in range(8) for code in range(32)]
    return pl.Series(said), pl.Series([containment_m(code) for code in range(32)], dtype=pl.Float64)


def _build_platforms(told: Rows, names: pl.DataFrame) -> pl.DataFrame | None:
    if not len(told):
        return None
    said = _read_names(told[told["outcome"] == Outcome.IDENTITY])
    table = names.join(said, on="key", how="left", maintain_order="left").select(
        "platform", "icao24", "name", "category", kind=pl.lit("aircraft")
    )
    return table.drop(name for name in ("icao24", "name", "category") if table[name].null_count() == len(table))


def _read_names(told: Rows) -> pl.DataFrame:
    """Return `key`, `name` and `category`: the last that each platform said of itself."""
    emitters = pl.Series("category", told["code"] * np.uint8(8) + told["emitter"])
    known = {code * 8 + emitter: word for (code, emitter), word in _EMITTERS.items()}
    names = pl.Series("name", told["callsign"].astype("U8"), dtype=pl.String).replace("", None)
    said = pl.DataFrame([_key(told), names, emitters.replace_strict(known, default=None, return_dtype=pl.String)])
    return said.group_by("key").agg(pl.col("name", "category").drop_nulls().last())
