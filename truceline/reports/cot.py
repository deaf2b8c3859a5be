"""Incidents as Cursor-on-Target events (CoT 2.0, MITRE 2005), for staffs whose maps speak it.

Each `event` in the file is one message; a client takes them one by one.

* `type` is `b-m-p-s-m`, a spot on the map: of the branch "bits", which is information, and not of "atoms", which
  are things with a side (`a-h-…` is a hostile one). A report names a place to look at. It makes nobody a target and
  gives no affiliation, also where a clause's text would: who is held responsible stands in `detail` as a share, beside
  "undetermined". It is no alarm (`b-a-…`) either: clients take that for a person in need.
* `how` is `m-f`, fused by a machine: the place is worked out from several sources, and no one stood there.
* `time` and `start` are when the record took the statement, `stale` a day later: how long a client shows it. When it
  happened stands in `detail`.
* `ce` is the radius within which it happened. 9999999 stands for what nobody knows (height, always).
* `detail/marking` is what may be done with it; `detail/truceline` what is said.

An incident without a place has no event: CoT has no word for "nobody knows where". `events` counts them.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as Xml

from truceline.marking import Marking
from truceline.record.release import Told
from truceline.reports.wording import clean
from truceline.spacetime import format_utc

__all__ = ["HOW", "TYPE", "find_place", "write_cot"]

TYPE = "b-m-p-s-m"
HOW = "m-f"
UNKNOWN_M = 9_999_999.0
SHOWN_FOR = timedelta(days=1)
_FACTS = ("clause", "reading", "status", "start_utc", "end_utc", "area", "excused_by")


def write_cot(origin: str, incidents: Iterable[Told]) -> bytes:
    """Return incident statements as events in one document; `origin` names the log that they stand in."""
    listed = list(incidents)
    placed = [one for one in listed if find_place(one.fields["body"]) is not None]
    root = Xml.Element("events", {"without_place": str(len(listed) - len(placed))})
    for one in placed:
        _add_event(root, origin, one)
    Xml.indent(root, " ")
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def find_place(body: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return longitude and latitude that a statement gives, None where it does not give both as numbers."""
    lon, lat = _number(body.get("lon")), _number(body.get("lat"))
    return None if lon is None or lat is None or abs(lat) > 90 else (lon, lat)


def _number(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None  # type: ignore[arg-type]


def _add_event(root: Xml.Element, origin: str, one: Told) -> None:
    fields = one.fields
    body, recorded = fields["body"], datetime.fromisoformat(fields["recorded_utc"])
    started, stale = format_utc(recorded), format_utc(recorded + SHOWN_FOR)
    attributes = {"version": "2.0", "uid": f"{origin}/{body.get('incident')}", "type": TYPE, "how": HOW}
    event = _add(root, "event", {**attributes, "time": started, "start": started, "stale": stale})
    lon, lat = find_place(body) or (0.0, 0.0)
    place = {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}", "hae": f"{UNKNOWN_M}"}
    radius = _number(body.get("radius_m"))
    _add(event, "point", {**place, "ce": f"{UNKNOWN_M if radius is None else radius}", "le": f"{UNKNOWN_M}"})
    detail = _add(event, "detail", {})
    _add(detail, "contact", {"callsign": f"{body.get('clause')}: {body.get('status')}"})
    _add_marking(detail, one.marking)
    _add_said(detail, body, one.leaf)


def _add_marking(detail: Xml.Element, marking: Marking) -> None:
    listed = {} if marking.releasable_to is None else {"releasable_to": " ".join(marking.releasable_to)}
    _add(detail, "marking", {"tlp": f"TLP:{marking.tlp}", "owners": " ".join(marking.owners), **listed})
    _add(detail, "remarks", {}).text = clean(str(marking))


def _add_said(detail: Xml.Element, body: Mapping[str, Any], leaf: int) -> None:
    facts = {name: str(body[name]) for name in _FACTS if body.get(name) is not None}
    said = _add(detail, "truceline", {**facts, "leaf": str(leaf)})
    for name, many in (("kind", "kinds"), ("lineage", "lineages"), ("finding", "findings")):
        listed = body.get(many)
        for value in listed if isinstance(listed, list) else ():
            _add(said, name, {}).text = clean(str(value))
    parties = body.get("parties")
    for party, share in sorted(parties.items()) if isinstance(parties, dict) else ():
        _add(said, "party", {"name": party, "share": str(share)})


def _add(parent: Xml.Element, name: str, attributes: Mapping[str, str]) -> Xml.Element:
    return Xml.SubElement(parent, name, {key: clean(value) for key, value in attributes.items()})
