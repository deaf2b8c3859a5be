"""What machines read of a package for one reader: made of the released statements, and of nothing else.

    incidents.geojson   the incidents with their places and markings (RFC 7946)
    incidents.cot.xml   the same as Cursor-on-Target events
    findings.csv        the findings
    standing.json       the standing of each clause, or "withheld"

They speak of the newest run of which anything was released. A verifier that holds the package makes them again
and compares the bytes, so each is a function of `Released` alone: no clock, no file, no agreement.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from truceline.record.judgements import CLAUSES
from truceline.record.markings import write_marking
from truceline.record.release import Released, Told
from truceline.reports.cot import find_place, write_cot
from truceline.reports.standing import dump
from truceline.reports.wording import clean

__all__ = ["WRITERS", "list_newest", "write_features", "write_findings", "write_standing"]

WITHHELD = "withheld"
"""What is said of a clause of whose standing something may not be read."""

_SPANNED = ("start_utc", "end_utc", "lon", "lat")
_FINDINGS = (
    "finding", "clause", "reading", "kind", *_SPANNED, "party", "source", "lineage", "indicator", "measured", "limit",
    "unit", "rows", "doubts", "excused_by",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def list_newest(released: Released, kind: str) -> list[Told]:
    """Return the statements of a kind in the newest run of which anything was released: by time, then by name.

    Their order in the log says nothing, and is not taken over.
    """
    newest = next((one.run for one in reversed(released.told) if one.run is not None and one.kind in _OF_A_RUN), None)
    found = [one for one in released.told if one.kind == kind and one.run is not None and one.run == newest]
    return sorted(found, key=_order)


def _order(one: Told) -> tuple[str, str, str]:
    fields = one.fields
    body = fields["body"]
    return str(body.get("start_utc")), str(body.get("clause")), str(fields["subject"])


_OF_A_RUN = frozenset({"finding", "incident", "standing", "run", "notice"})


def write_features(released: Released) -> bytes:
    """Return the incidents as GeoJSON; one without a known place has a null geometry and is not left out."""
    features = [_feature(one) for one in list_newest(released, "incident")]
    return dump({"type": "FeatureCollection", "schema": "truceline/released-incidents/1", "features": features})


def _feature(one: Told) -> dict[str, Any]:
    body = one.fields["body"]
    place = find_place(body)
    geometry = place and {"type": "Point", "coordinates": [round(degrees, 7) for degrees in place]}
    said = {key: value for key, value in body.items() if key not in ("run", "incident", "lon", "lat")}
    properties = {**said, "leaf": one.leaf, "marking": write_marking(one.marking)}
    return {"type": "Feature", "id": body.get("incident"), "geometry": geometry, "properties": properties}


def write_findings(released: Released) -> bytes:
    """Return the findings as CSV (RFC 4180) in UTF-8; no cell of text begins as a formula does."""
    target = StringIO()
    table = csv.writer(target)
    table.writerow([*_FINDINGS, "leaf", "marking"])
    for one in list_newest(released, "finding"):
        body = one.fields["body"]
        table.writerow([*(_cell(body.get(name)) for name in _FINDINGS), one.leaf, str(one.marking)])
    return target.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str | int | float | None:
    """Return a cell; text that a spreadsheet would take for a formula stands after an apostrophe."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if value is None or isinstance(value, int | float):
        return value
    text = clean(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_standing(released: Released) -> bytes:
    """Return each clause that the agreement has with its standing, where all that it rests on was released.

    A word that changes when a withheld source speaks would tell that it spoke, so a standing rests on all evidence.
    """
    told = {_key(one): one for one in list_newest(released, "standing") if "clause" in one.fields["body"]}
    listed = [_pair(item) for one in list_newest(released, "notice") for item in _clauses(one)]
    clauses = [_clause(pair, told.get(pair)) for pair in dict.fromkeys((*listed, *told))]
    return dump({"schema": "truceline/released-standing/1", "clauses": clauses})


def _clauses(notice: Told) -> Iterator[Any]:
    fields = notice.fields
    listed = fields["body"].get("clauses")
    if fields["subject"] == CLAUSES and isinstance(listed, list):
        yield from (item for item in listed if isinstance(item, list) and len(item) == 2)


def _key(one: Told) -> tuple[str, str]:
    body = one.fields["body"]
    return _pair((body.get("clause"), body.get("reading")))


def _pair(item: Sequence[Any]) -> tuple[str, str]:
    return str(item[0]), str(item[1])


def _clause(pair: tuple[str, str], one: Told | None) -> dict[str, Any]:
    head = {"clause": pair[0], "reading": pair[1]}
    if one is None:
        return {**head, "standing": WITHHELD}
    body = one.fields["body"]
    said = {key: value for key, value in body.items() if key not in ("run", *head)}
    return {**head, **said, "leaf": one.leaf, "marking": write_marking(one.marking)}


def _write_events(released: Released) -> bytes:
    return write_cot(released.origin, list_newest(released, "incident"))


WRITERS: Mapping[str, Callable[[Released], bytes]] = {
    "findings.csv": write_findings,
    "incidents.cot.xml": _write_events,
    "incidents.geojson": write_features,
    "standing.json": write_standing,
}
"""The files of `released/` in a package."""
