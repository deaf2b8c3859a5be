"""Stay visible: named platforms keep their transponder on inside a zone.

Silence is held against nobody by itself: it counts only where and when *others* nearby were received
(`tracks.reception`). Three things are findings. A `silence`: a platform that was heard falls silent in
the zone for longer than `longest`, all of it in cells and hours whose reception reached `reception`. A
`dark` track: a sensor that needs no transponder sees a named platform in the zone for longer than that,
and no transponder is heard where it is. An `unmatched` detection: a ship found in an image of the zone that
can be none of those heard within `longest` of that time (`tracks.matching`); who it was is not known, so
that it alone never supports more than "alleged". Where reception was poor or unknown there is no finding, and
nothing was kept either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from truceline.agreement.document import Agreement, Clause, Terms
from truceline.agreement.problems import show
from truceline.clauses.concern import NO_CATEGORY, NO_IDENTITY, Subject, list_subjects, name_roots
from truceline.clauses.contents import seal, when_bound
from truceline.clauses.episodes import (
    Area,
    Stay,
    allowed,
    count_micros,
    find_present,
    find_stays,
    holds,
    is_of,
    scan_near,
)
from truceline.clauses.extent import list_wanted, read_area
from truceline.clauses.keys import Page, check_entry, list_readings
from truceline.errors import FormError
from truceline.evidence.sight import AIRCRAFT, RECEPTION, VESSELS, is_cooperative, name_lineages, needs_of_platform
from truceline.evidence.store import Evidence
from truceline.evidence.tables import NEVER_COOPERATIVE
from truceline.model import UNDETERMINED, Finding, Problem, Row
from truceline.spacetime import UTC, Interval, read_duration
from truceline.spacetime.shapes import distance_m, distance_to_edge_m
from truceline.tracks import (
    Gate,
    count_slots,
    cut_silences,
    find_silences,
    flag_tracks,
    locate_cells,
    match_detections,
    matching,
    receive_others,
)
from truceline.tracks.courses import KNOT_M_S
from truceline.tracks.crossings import turn_within_180
from truceline.tracks.flags import fastest_kn
from truceline.tracks.reception import SLOT_S

__all__ = ["DARK", "SILENCE", "UNMATCHED", "check_visible", "find_hidden", "name_hidden"]

SILENCE, DARK, UNMATCHED = "silence", "dark", "unmatched"
"""The kinds of finding: heard and then silent; a track seen, not heard; a detection of none that was heard."""

LEFT = "it may have left the zone meanwhile: at its own speed it could be beyond the edge and back"
_FASTER = 1.1  # than the fastest that is known of it a platform may have gone meanwhile
NEVER_AGAIN = "never heard again in the evidence: it may have left"
_MARGIN_DEG = 1.0  # others are looked for this far around the zone, so that their ways into it are known
_CONTEXT = timedelta(hours=6)
_NEAR_M = 3_000.0
_SOON_US = 600_000_000
_EXPLAINED = 0.2  # of a track's positions: from this share on, a transponder was heard there
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_METRES_PER_DEGREE = 111_195.0
_MINUTE_US = 60_000_000
_FASTEST_M_S = {"mmsi:": 25.0, "icao:": 350.0}


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, where, what was heard there, and how well anybody would have been."""

    terms: Terms
    evidence: Evidence
    area: Area
    subjects: Mapping[str, Subject]
    heard: pl.DataFrame
    slots: Mapping[str, pl.DataFrame]
    longest: timedelta
    reception: float
    shared: Sequence[str]
    roots: frozenset[str]


def check_visible(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a stay-visible clause."""
    page = Page(agreement, clause)
    yield from check_entry(agreement, clause)
    for key, example in (("longest", 'longest = "30 min"'), ("reception", "reception = 0.9")):
        if not any(key in values for _, values in list_readings(clause)):
            expected = "a duration" if key == "longest" else "a share from 0 to 1"
            yield page.error("kind", f'missing key "{key}"', expected, "none", f"add {example}")
    for prefix, values in list_readings(clause):
        if "longest" in values:
            yield from _check_longest(page, prefix + "longest", values["longest"])
        if "reception" in values:
            yield from _check_share(page, prefix + "reception", values["reception"])


def _check_longest(page: Page, path: str, value: object) -> Iterator[Problem]:
    try:
        length = read_duration(value) if isinstance(value, str) else None
    except FormError as error:
        yield page.error(path, error.what, error.expected, error.found, error.do)
        return
    if length is None or length < timedelta(minutes=10):
        found = show(value)
        yield page.error(path, '"longest" not understood', "10 minutes or more", found, 'write longest = "30 min"')


def _check_share(page: Page, path: str, value: object) -> Iterator[Problem]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= 1:  # type: ignore[operator]
        found = show(value)
        yield page.error(path, '"reception" is no share', "more than 0, at most 1", found, "write reception = 0.9")


def name_hidden(terms: Terms) -> tuple[str, ...]:
    """Return what must be watched before "kept" may be said.

    Whoever goes dark is not seen by those who listen: other sensors must see the platforms (all of
    their root, where the category would be told by the transponder), and reception must be known.
    """
    needs = [needs_of_platform(name) for name in list_wanted(terms)]
    roots = [name if name in NEVER_COOPERATIVE else _root(name) for name in needs]
    return (*dict.fromkeys(roots), RECEPTION)


def _root(name: str) -> str:
    return next((tree[0] for tree in (VESSELS, AIRCRAFT) if name in tree), name)


def find_hidden(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each watched silence in the zone, and for each track there that was seen and not heard."""
    area = read_area(terms, agreement, evidence)
    if area is None:
        return
    search = _prepare(terms, agreement, evidence, area)
    yield from _find_silent(search)
    yield from _find_dark(search)
    yield from _find_unmatched(search)


def _prepare(terms: Terms, agreement: Agreement, evidence: Evidence, area: Area) -> Search:
    shared = sorted(source.name for source in evidence.plan.sources if is_cooperative(source))
    present = find_present(evidence.positions, area)
    wanted = list_wanted(terms)
    subjects = list_subjects(present, evidence.platforms, wanted, agreement)
    heard = _load_heard(evidence, area, shared)
    fit = heard.filter(pl.Series(flag_tracks(heard, evidence.platforms) == 0)).lazy()
    slots = {prefix: count_slots(fit, shared, prefix) for prefix in ("mmsi:", "icao:")}
    longest, reception = read_duration(terms.values["longest"]), float(terms.values["reception"])
    return Search(terms, evidence, area, subjects, heard, slots, longest, reception, shared, name_roots(wanted))


def _load_heard(evidence: Evidence, area: Area, shared: Sequence[str]) -> pl.DataFrame:
    """Return what cooperative sources heard around the zone, and some hours before and after its time."""
    west, south, east, north = shapely.bounds(area.shape)
    rows = evidence.positions.filter(
        pl.col("source").cast(pl.String).is_in(shared),
        pl.col("time_utc") >= area.start - _CONTEXT,
        pl.col("lon").is_between(west - _MARGIN_DEG, east + _MARGIN_DEG),
        pl.col("lat").is_between(south - _MARGIN_DEG, north + _MARGIN_DEG),
    )
    rows = rows if area.end is None else rows.filter(pl.col("time_utc") < area.end + _CONTEXT)
    texts = [pl.col(name).cast(pl.String) for name in ("source", "platform", "integrity")]
    numbers = ("time_utc", "lon", "lat", "speed_kn", "accuracy_m", "received_utc", "file", "row")
    return rows.select(*texts, *numbers).collect(engine="streaming").sort("platform", "time_utc", "file", "row")


# --- heard, then silent -----------------------------------------------------------------------


def _find_silent(search: Search) -> Iterator[Finding]:
    concerned = [name for name, subject in search.subjects.items() if subject.bearing in ("named", "unknown")]
    rows = search.heard.filter(pl.col("platform").is_in(concerned))
    if not len(rows):
        return
    end = search.area.end or search.heard["time_utc"].max()
    assert isinstance(end, datetime)  # noqa: S101 -- there is a row, so there is a last time
    silences = find_silences(rows, search.longest.total_seconds(), count_micros(end))
    pieces = _place_pieces(search, silences)
    for number, silence in enumerate(silences.iter_rows(named=True)):
        mine = pieces.filter(pl.col("silence") == number)
        finding = _weigh_silence(search, silence, mine) if len(mine) else None
        if finding is not None:
            yield finding


def _place_pieces(search: Search, silences: pl.DataFrame) -> pl.DataFrame:
    """Return the pieces of silences that lie in the zone and in the clause's time."""
    pieces = cut_silences(silences)
    start = count_micros(search.area.start)
    end = np.iinfo(np.int64).max if search.area.end is None else count_micros(search.area.end)
    cut = pieces.with_columns(from_us=pl.col("from_us").clip(start), to_us=pl.col("to_us").clip(None, end))
    within = holds(search.area.shape, cut["lon"].to_numpy(), cut["lat"].to_numpy())
    return cut.filter(pl.Series(within), pl.col("to_us") > pl.col("from_us"))


def _weigh_silence(search: Search, silence: Mapping[str, object], pieces: pl.DataFrame) -> Finding | None:
    """Return the finding of one silence, or None where too little of it was watched."""
    name = str(silence["platform"])
    subject = search.subjects[name]
    micros = pieces["from_us"].to_numpy()
    watched = _watched(search, name, pieces["lon"].to_numpy(), pieces["lat"].to_numpy(), micros)
    lengths = (pieces["to_us"] - pieces["from_us"]).to_numpy()
    minutes = float(lengths[watched].sum()) / _MINUTE_US
    limit = search.longest / timedelta(minutes=1)
    span = Interval(_instant(int(micros.min())), _instant(int(pieces["to_us"].to_numpy().max())))
    edge = when_bound(search.terms, subject.party, span)
    if minutes <= limit or edge is None:
        return None
    ever = silence["lon_after"] is not None
    sure = watched & _was_inside(search, silence, subject, (micros + pieces["to_us"].to_numpy()) // 2)
    hints = [] if ever else [NEVER_AGAIN]
    hints += [LEFT] if float(lengths[sure].sum()) / _MINUTE_US <= limit else []
    hints += [NO_CATEGORY] if subject.bearing == "unknown" else []
    along = np.unwrap(pieces["lon"].to_numpy(), period=360.0)
    lon, lat = float(turn_within_180(along.mean(keepdims=True))[0]), float(pieces["lat"].to_numpy().mean())
    text = f"{subject.category or subject.kind} {name}: silent for {minutes:.0f} min while others nearby were received"
    made = _Made(SILENCE, name, str(silence["source"]), span, lon, lat, _spread(pieces, lon, lat), minutes, text, edge)
    rows = _ends(silence)
    return _make(search, subject, made, rows, hints, not _both_inside(search, silence))


def _was_inside(
    search: Search, silence: Mapping[str, object], subject: Subject, micros: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return at which times of a silence it cannot have been out of the zone, at its own speed.

    That is the greatest that is known of it, and a tenth more; where nothing is, what no such platform
    exceeds.
    """
    ends = [(silence[f"lon{end}"], silence[f"lat{end}"]) for end in ("", "_after")]
    places = np.array([place for place in ends if place[0] is not None], dtype=np.float64)
    times = np.array([silence["start_us"], silence["end_us"]][: len(places)], dtype=np.float64)
    depth = distance_to_edge_m(search.area.shape, places[:, 0], places[:, 1])
    depth = np.where(holds(search.area.shape, places[:, 0], places[:, 1]), depth, 0.0)
    speeds = _list_speeds(search, silence)
    own = _FASTER * max(speeds) if speeds else fastest_kn(subject.kind, subject.category) * KNOT_M_S
    gone = own * np.abs(micros[:, None] - times) / 1e6
    inside: NDArray[np.bool_] = np.any(gone < depth, axis=1)
    return inside


def _list_speeds(search: Search, silence: Mapping[str, object]) -> list[float]:
    """Return the metres a second that a platform reported at either end of a silence, else made good about it."""
    reported = [silence[name] for name in ("speed_kn", "speed_kn_after") if silence[name] is not None]
    if reported:
        return [float(str(speed)) * KNOT_M_S for speed in reported]
    track = search.heard.filter(pl.col("platform") == str(silence["platform"])).sort("time_utc")
    micros, lon, lat = (track[name].to_physical().to_numpy() for name in ("time_utc", "lon", "lat"))
    steps, seconds = distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:]), np.diff(micros) / 1e6
    near = (
        (micros[1:] == silence["start_us"]) | (micros[:-1] == silence["end_us"]) | (micros[:-1] == silence["start_us"])
    )
    made = near & (seconds > 0)
    soon = made & (seconds <= search.longest.total_seconds())
    return list(steps[made] / seconds[made]) if soon.any() else []


def _watched(
    search: Search, platform: str, lon: NDArray[np.float64], lat: NDArray[np.float64], micros: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return where and when another platform's transmissions were received well enough to miss one."""
    slots = search.slots[_name_prefix(search.subjects[platform])]
    others = receive_others(slots, platform, locate_cells(lon, lat, micros))
    good: NDArray[np.bool_] = (others["reception"] >= search.reception).fill_null(False).to_numpy()
    number = micros // (SLOT_S * 1_000_000) % (3600 // SLOT_S)  # in its very ten minutes somebody must have been there
    there: NDArray[np.bool_] = (others["present_in"].to_numpy().astype(np.int64) >> number) & 1 > 0
    return good & there


def _name_prefix(subject: Subject) -> str:
    """Return how the names of those begin among whom it would have been heard."""
    return "icao:" if subject.kind == "aircraft" or subject.category in AIRCRAFT else "mmsi:"


def _ends(silence: Mapping[str, object]) -> tuple[Row, ...]:
    pairs = [(silence["file"], silence["row"]), (silence["file_after"], silence["row_after"])]
    return tuple(sorted({Row(int(str(file)), int(str(row))) for file, row in pairs if file is not None}))


def _both_inside(search: Search, silence: Mapping[str, object]) -> bool:
    """Return whether a platform was in the zone before its silence and after it."""
    if silence["lon_after"] is None:
        return False
    lon = np.array([silence["lon"], silence["lon_after"]], dtype=np.float64)
    lat = np.array([silence["lat"], silence["lat_after"]], dtype=np.float64)
    return bool(holds(search.area.shape, lon, lat).all())


# --- seen, never heard ------------------------------------------------------------------------


def _find_dark(search: Search) -> Iterator[Finding]:
    bearings = ("named", "anonymous") if search.roots == {VESSELS[0]} else ("named",)
    tracks = [name for name, one in search.subjects.items() if one.bearing in bearings and name.startswith("track:")]
    stays = list(find_stays(search.evidence.positions, search.area, tracks, search.shared))
    for stay in stays:
        finding = _weigh_dark(search, stay) if not set(stay.sources) & set(search.shared) else None
        if finding is not None:
            yield finding


def _weigh_dark(search: Search, stay: Stay) -> Finding | None:
    """Return the finding of one track, or None where somebody was heard there, or would not have been."""
    micros, lon, lat = stay.track
    subject = search.subjects[stay.platform]
    watched = _watched(search, stay.platform, lon, lat, micros)
    steps = np.diff(micros, append=micros[-1:])
    minutes = float(steps[watched].sum()) / _MINUTE_US
    span = Interval(stay.first, stay.last)
    edge = when_bound(search.terms, subject.party, span)
    if minutes <= search.longest / timedelta(minutes=1) or edge is None or _is_heard(search, stay):
        return None
    nameless = subject.bearing == "anonymous"
    if nameless and not _may_sail(stay):
        return None
    what = subject.category or "track"
    text = f"{what} {stay.platform}: seen for {minutes:.0f} min, and no transponder heard there"
    source = stay.sources[0]
    made = _Made(DARK, stay.platform, source, span, stay.lon, stay.lat, stay.radius_m, minutes, text, edge)
    return _make(search, subject, made, stay.rows, [], False, [NO_IDENTITY] if nameless else [])


def _may_sail(stay: Stay) -> bool:
    """Return whether a track of which nobody knows what it is may be a ship's: no altitude, and no faster than one."""
    micros, lon, lat = stay.track
    steps = np.asarray(distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:])).sum()
    return not stay.altitude_known and steps <= _FASTEST_M_S["mmsi:"] * (micros[-1] - micros[0]) / 1e6


def _is_heard(search: Search, stay: Stay) -> bool:
    """Return whether one platform's transponder was heard along a fifth of a track: that may be it."""
    micros, lon, lat = stay.track
    near = search.heard.filter(
        pl.col("time_utc").is_between(_instant(int(micros[0]) - _SOON_US), _instant(int(micros[-1]) + _SOON_US))
    )
    for _, part in near.group_by("platform", maintain_order=True):
        times = part["time_utc"].to_physical().to_numpy()
        right = np.clip(np.searchsorted(times, micros), 0, len(times) - 1)
        wait = np.minimum(np.abs(times[right] - micros), np.abs(times[np.maximum(right - 1, 0)] - micros))
        east = (np.interp(micros, times, part["lon"].to_numpy()) - lon) * np.cos(np.radians(lat))
        metres = np.hypot(east, np.interp(micros, times, part["lat"].to_numpy()) - lat) * _METRES_PER_DEGREE
        if np.mean((metres <= _NEAR_M) & (wait <= _SOON_US)) >= _EXPLAINED:
            return True
    return False


# --- found, and nobody's ----------------------------------------------------------------------


def _find_unmatched(search: Search) -> Iterator[Finding]:
    """Yield the detections in the zone that are none of the platforms heard, where one would have been."""
    if not any(one.kind == "detection" and one.bearing != "unnamed" for one in search.subjects.values()):
        return
    seen = _load_detections(search)
    for prefix, slots in search.slots.items():
        mine = seen.filter(
            pl.Series([_name_prefix(one) == prefix for one in _list_seen(search, seen)], dtype=pl.Boolean)
        )
        if not len(mine):
            continue
        gate = Gate(longest_gap_s=search.longest.total_seconds(), fastest_m_s=_FASTEST_M_S[prefix])
        heard = search.heard.filter(pl.col("platform").str.starts_with(prefix))
        told = match_detections(mine, heard, slots, search.reception, gate)
        held = holds(search.area.shape, told["lon"].to_numpy(), told["lat"].to_numpy())
        dark = told.filter(pl.Series(held), pl.col("outcome") == matching.UNMATCHED, allowed(search.area))
        for row in dark.sort("time_utc", "platform", "file", "row").iter_rows(named=True):
            finding = _weigh_unmatched(search, row)
            if finding is not None:
                yield finding


def _load_detections(search: Search) -> pl.DataFrame:
    """Return what images show in and around the zone: those outside it may be whose transponder is heard inside."""
    known = search.evidence.platforms.filter(pl.col("kind") == "detection")["platform"].unique().to_list()
    texts = [pl.col(name).cast(pl.String) for name in ("source", "platform", "integrity")]
    numbers = ("time_utc", "lon", "lat", "altitude_m", "accuracy_m", "file", "row")
    rows = scan_near(search.evidence.positions, search.area, _MARGIN_DEG).select(*texts, *numbers)
    rows = rows.filter(is_of(known), ~pl.col("source").is_in(search.shared))
    return rows.collect(engine="streaming").sort("source", "time_utc", "platform", "file", "row")


def _list_seen(search: Search, seen: pl.DataFrame) -> Iterator[Subject]:
    """Yield what is known of each; of those outside the zone nothing is asked, they are taken for ships."""
    nobody = Subject("", "detection", None, UNDETERMINED, "unnamed")
    yield from (search.subjects.get(name, nobody) for name in seen["platform"])


def _weigh_unmatched(search: Search, row: Mapping[str, Any]) -> Finding | None:
    """Return the finding of one detection, or None where it is no concern of the clause."""
    subject = search.subjects.get(row["platform"])
    span = Interval(row["time_utc"], row["time_utc"])
    edge = None if subject is None else when_bound(search.terms, subject.party, span)
    if subject is None or subject.bearing == "unnamed" or edge is None:
        return None
    doubts = [NO_IDENTITY] if subject.bearing == "anonymous" else []
    doubts += [f"near enough to {row['rivals']} that were heard, which others fit better"] if row["rivals"] else []
    accuracy = row["accuracy_m"]
    uncertain = accuracy is not None and distance_to_edge_m(search.area.shape, row["lon"], row["lat"])[0] < accuracy
    said = f" ({row['integrity']})" if row["integrity"] else ""
    others = f"of what others sent {row['reception']:.0%} was received"
    text = f"{subject.category or 'ship'} found{said}, and none that was heard can be it; {others}"
    made = _Made(UNMATCHED, row["platform"], row["source"], span, row["lon"], row["lat"], accuracy, None, text, edge)
    return _make(search, subject, made, (Row(row["file"], row["row"]),), (), bool(uncertain), doubts)


# --- the finding ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    kind: str
    platform: str
    source: str
    span: Interval
    lon: float
    lat: float
    radius_m: float | None
    minutes: float | None
    text: str
    edge: bool


def _make(
    search: Search,
    subject: Subject,
    made: _Made,
    rows: tuple[Row, ...],
    hints: Sequence[str],
    uncertain: bool,
    doubts: Sequence[str] = (),
) -> Finding:
    """Return the finding; a detection shows an instant, so that nothing is measured of it against the limit."""
    terms = search.terms
    limit = None if made.minutes is None else search.longest / timedelta(minutes=1)
    known = next((source for source in search.evidence.plan.sources if source.name == made.source), None)
    return seal(
        Finding(
            id="",
            clause=terms.clause.id,
            reading=terms.reading,
            kind=made.kind,
            span=made.span,
            lon=made.lon,
            lat=made.lat,
            radius_m=made.radius_m,
            area=None,
            party=subject.party,
            source=made.source,
            lineage=name_lineages(search.evidence.plan).get(made.source, made.source),
            indicator=bool(hints),
            measured=made.minutes,
            limit=limit,
            unit=None if limit is None else "min",
            margin=None if made.minutes is None or limit is None else made.minutes - limit,
            rows=rows,
            text=made.text,
            platform=made.platform,
            reliability=known.reliability if known else None,
            credibility=known.credibility if known else None,
            edge_uncertain=made.edge,
            place_uncertain=uncertain,
            doubts=(*hints, *doubts),
        )
    )


def _spread(pieces: pl.DataFrame, lon: float, lat: float) -> float:
    x, y = pieces["lon"].to_numpy(), pieces["lat"].to_numpy()
    return float(np.max(distance_m(np.full(len(x), lon), np.full(len(y), lat), x, y)))


def _instant(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
