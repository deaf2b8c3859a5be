"""Limit: at most so many of something in a zone; or withdrawn beyond a distance from a line, by class of weapon.

What counts is seen (events, `weapon-sighting` unless the clause says otherwise, whose object is of a
class that it names) or followed (positions of the platforms that it names). The line and the
distance may differ by party, as in the Minsk package of 2015, where each side measures from a line
of its own; who nobody knows is held to what is beyond all of them. A distance is measured on either
side of the line. What nobody has drawn makes hints only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from truceline.agreement.actors import find_party, fold_name, name_parties
from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject, is_named
from truceline.clauses.conduct import BY_PARTY, Episode, Finder, find_conduct, split_by_party
from truceline.clauses.contents import seal
from truceline.clauses.episodes import holds
from truceline.clauses.extent import draw_zone, list_wanted
from truceline.clauses.followed import Pursuit, Tracks, list_runs, make_stay
from truceline.clauses.keep_distance import draw_reference, find_near
from truceline.clauses.no_attack import UNPLACED, make_event_finding, name_objects
from truceline.clauses.occurrences import select_rows
from truceline.clauses.tallies import count_over, count_within
from truceline.evidence.sight import name_lineages, needs_of_platform
from truceline.evidence.store import Evidence
from truceline.evidence.tables import INDICATORS
from truceline.model import UNDETERMINED, Finding
from truceline.spacetime import read_duration
from truceline.spacetime.shapes import distance_to_edge_m
from truceline.spacetime.units import read_distance
from truceline.tracks.proximity import distances_m, widen

__all__ = ["PRESENCE", "find_excesses", "list_undrawn", "name_excesses"]

PRESENCE = "presence"
"""The kind of a finding of a platform that is where it may not be; one from a sighting has the event's kind."""

UNDRAWN = "what its distance is measured from is not drawn"
UNKNOWN_CLASS = "what class of weapon it is, is not known"
_KEYS = ("at_most", "beyond", "from")


def name_excesses(terms: Terms) -> tuple[str, ...]:
    """Return what must be watched: the kinds of event that show an excess, and the categories of platform.

    Nothing, where the clause is measured from or in what nobody has drawn: then no watch can show that it was kept.
    """
    if _is_described(terms):
        return ()
    platforms = tuple(needs_of_platform(name) for name in list_wanted(terms))
    events = tuple(kind for kind in _list_events(terms) if kind not in INDICATORS)
    return tuple(dict.fromkeys((*events, *platforms)))


def _is_described(terms: Terms) -> bool:
    """Return whether words stand for a line or place; an id has no blanks."""
    value = terms.values.get("from")
    items = value.values() if isinstance(value, dict) else [value]
    names = [name for item in items for name in (item if isinstance(item, list) else [item])]
    return any(" " in str(name) for name in names) or (terms.zone is None and "where" in terms.values)


def list_undrawn(terms: Terms, agreement: Agreement) -> list[str]:
    """Return what the clause is measured from or in and that nobody has drawn: words where an id might stand."""
    value = terms.values.get("from")
    items = value.values() if isinstance(value, dict) else [value]
    names = [name for item in items for name in (item if isinstance(item, list) else [item]) if name is not None]
    drawn = (*agreement.lines, *agreement.zones, *agreement.objects)
    where = terms.values.get("where") if terms.zone is None else None
    places = where if isinstance(where, list) else [where] if where is not None else []
    return [str(name) for name in names if name not in drawn] + [str(place) for place in places]


def find_excesses(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each sighting, each presence, or each time with too many, that the clause forbids."""
    yield from _find_events(terms, agreement, evidence)
    if not list_wanted(terms):
        return
    presences = list(find_conduct(terms, agreement, evidence, PRESENCE, _KEYS, _make))
    for parties, values in split_by_party(terms, agreement, _KEYS):
        most = values["at_most"] if isinstance(values["at_most"], int) else 0
        for party in sorted(parties):
            yield from count_over(presences, party, most)


# --- platforms --------------------------------------------------------------------------------


def _make(pursuit: Pursuit, values: Mapping[str, object]) -> Finder | None:
    zone = pursuit.terms.zone
    where = draw_zone(zone.shape, zone.areas, pursuit.evidence) if zone is not None else None
    if values["beyond"] is not None:
        target = draw_reference(pursuit.agreement, pursuit.evidence, values["from"])
        if target is None:
            return None
        metres = read_distance(values["beyond"])
        return Finder(widen(target, metres), partial(find_near, pursuit, target, metres, where))
    return None if where is None else Finder(where, partial(_find_present, pursuit, where))


def _find_present(
    pursuit: Pursuit, shape: BaseGeometry, tracks: Tracks, subjects: Mapping[str, Subject]
) -> Iterator[Episode]:
    """Yield the stays in the zone; one deeper than the margin counts."""
    del subjects
    for first, end in list_runs(tracks, holds(shape, tracks.lon, tracks.lat) & tracks.held):
        middle = (first + end - 1) // 2
        depth = float(distance_to_edge_m(shape, tracks.lon[middle : middle + 1], tracks.lat[middle : middle + 1])[0])
        stay = make_stay(tracks, first, end, (float(tracks.lon[middle]), float(tracks.lat[middle])))
        yield Episode(
            stay=stay,
            measured=depth,
            limit=pursuit.margin_m,
            unit="m",
            reach=depth - pursuit.margin_m if np.isfinite(depth) else 0.0,
            error=stay.accuracy_m,
            what=f"{end - first} positions inside",
            shown=stay.last - stay.first,
            longest=(stay.after or stay.last) - (stay.before or stay.first),
        )


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    """What holds for some parties: how many, how far from what (None: no distance is asked)."""

    parties: frozenset[str]
    most: int
    target: BaseGeometry | None
    metres: Mapping[str, float]
    beyond: float | None

    def reach_of(self, name: str) -> float | None:
        """Return the distance in metres that a class of weapon must keep; None where none is asked."""
        return self.metres.get(name, self.beyond)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one rule says of one sighting: how near, the distance asked, and how sure that is."""

    metres: float | None
    asked: float | None
    uncertain: bool
    hints: tuple[str, ...]


def _list_events(terms: Terms) -> tuple[str, ...]:
    """Return the kinds of event that are read; none where the clause speaks of platforms only."""
    if "events" in terms.values:
        return tuple(terms.values["events"])
    return ("weapon-sighting",) if "weapons" in terms.values or "of" in terms.values else ()


def _find_events(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    kinds = _list_events(terms)
    if not kinds:
        return
    rules, names = _read_rules(terms, agreement, evidence), name_parties(agreement)
    classes, lineages = _name_classes(terms, agreement), name_lineages(evidence.plan)
    found: list[tuple[Finding, float, int]] = []
    for row in select_rows(terms, evidence, kinds):
        party, named = find_party(row["actor"], names), _name_class(row, classes, list_wanted(terms))
        if named is None or row["quantity"] == 0:
            continue
        judged = _judge(row, party, named, rules, _margin(terms))
        if judged is None:
            continue
        rule, verdict = judged
        hints = [*verdict.hints, *_doubt_place(terms, row), *([] if named else [UNKNOWN_CLASS])]
        finding = make_event_finding(terms, row, party, lineages, hints)
        if finding is not None:
            finding = _measure(finding, row, verdict, rule.most)
            found.append((finding, row["quantity"] if row["quantity"] is not None else 1.0, rule.most))
    if "per" in terms.values:
        yield from count_within(found, read_duration(terms.values["per"]))
    else:
        yield from (finding for finding, quantity, most in found if quantity > most)


def _read_rules(terms: Terms, agreement: Agreement, evidence: Evidence) -> list[_Rule]:
    weapons = terms.values.get("weapons")
    by_class = {fold_name(k): read_distance(v) for k, v in weapons.items()} if isinstance(weapons, dict) else {}
    rules = []
    for parties, values in split_by_party(terms, agreement, _KEYS):
        beyond = read_distance(values["beyond"]) if values["beyond"] is not None else None
        target = draw_reference(agreement, evidence, values["from"]) if values["from"] is not None else None
        most = values["at_most"] if isinstance(values["at_most"], int) else 0
        rules.append(_Rule(parties, most, target, by_class, beyond))
    return rules


def _margin(terms: Terms) -> float:
    return read_distance(terms.values["margin"]) if "margin" in terms.values else 0.0


def _name_classes(terms: Terms, agreement: Agreement) -> dict[str, str]:
    """Return every name by which a sighting may say what it saw -> the class of the clause, folded."""
    found: dict[str, str] = {}
    for key in ("weapons", "of"):
        value = terms.values.get(key, ())
        for name in [value] if isinstance(value, str) else value:
            found |= dict.fromkeys(name_objects([name], agreement), fold_name(name))
    return found


def _name_class(row: Mapping[str, Any], classes: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    """Return the class of what was seen; "" where that is not said, None where it is no concern of the clause."""
    seen = row["object"]
    if not seen:
        return ""
    if is_named(seen, wanted):
        return fold_name(seen)
    return classes.get(fold_name(seen))


def _judge(
    row: Mapping[str, Any], party: str, named: str, rules: Sequence[_Rule], margin_m: float
) -> tuple[_Rule, _Verdict] | None:
    """Return the rule that a sighting goes against, and how; None where it keeps all that may hold for it."""
    own = [rule for rule in rules if party in rule.parties or party == UNDETERMINED]
    verdicts = [(rule, _measure_row(row, named, rule, margin_m)) for rule in own]
    against = [(rule, verdict) for rule, verdict in verdicts if verdict is not None]
    if not against:
        return None
    sure = min(against, key=lambda pair: len(pair[1].hints))
    if len(against) == len(verdicts):
        return max(against, key=lambda pair: (len(pair[1].hints), pair[1].metres or 0.0))
    return sure[0], replace(sure[1], hints=(*sure[1].hints, BY_PARTY))


def _measure_row(row: Mapping[str, Any], named: str, rule: _Rule, margin_m: float) -> _Verdict | None:
    asked = rule.reach_of(named) if named else max([*rule.metres.values(), rule.beyond or 0.0], default=0.0) or None
    if asked is None:
        return _Verdict(None, None, False, ())
    if rule.target is None:
        return _Verdict(None, asked, True, (UNDRAWN,))
    if row["lon"] is None or row["lat"] is None:
        return _Verdict(None, asked, True, (UNPLACED,))
    metres = float(distances_m(rule.target, np.array([row["lon"]]), np.array([row["lat"]]))[0])
    radius, reach = row["radius_m"] or 0.0, asked - margin_m
    if metres - radius >= reach:
        return None
    return _Verdict(metres, asked, metres + radius >= reach, () if metres < reach else (UNPLACED,))


def _doubt_place(terms: Terms, row: Mapping[str, Any]) -> list[str]:
    described = terms.zone is None and "where" in terms.values
    return [UNPLACED] if described or not row["inside"] else []


def _measure(finding: Finding, row: Mapping[str, Any], verdict: _Verdict, most: int) -> Finding:
    """Return the finding with what was measured: the distance where one is asked, else how many there were."""
    if verdict.asked is not None:
        margin = None if verdict.metres is None else verdict.asked - verdict.metres
        near = "" if verdict.metres is None else f"{verdict.metres / 1000:.1f} km from the line, "
        text = f"{near}{verdict.asked / 1000:g} km are to be kept; {finding.text}".removesuffix("; ")
        return seal(
            replace(
                finding,
                measured=verdict.metres,
                limit=verdict.asked,
                unit="m",
                margin=margin,
                place_uncertain=finding.place_uncertain or verdict.uncertain,
                text=text,
            )
        )
    quantity = row["quantity"] if row["quantity"] is not None else 1.0
    return seal(replace(finding, measured=quantity, limit=float(most), margin=quantity - most))
