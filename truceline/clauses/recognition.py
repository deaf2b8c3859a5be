"""Whose stays these are, as far as all tracks together tell: the rules of identity, for every positional kind."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from truceline.clauses.concern import Subject
from truceline.clauses.episodes import Area, Stay
from truceline.clauses.likeness import identify, unite
from truceline.model import UNDETERMINED
from truceline.spacetime import UTC

__all__ = ["is_track", "list_open", "recognise"]


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def recognise(
    stays: Sequence[Stay], subjects: Mapping[str, Subject], positions: pl.LazyFrame, area: Area
) -> Iterator[tuple[int, Subject, tuple[str, ...]]]:
    """Yield the number of each stay with whose it is, and doubts about that.

    An anonymous stay that a platform explains which is no concern of the clause is left out. `area`
    is where and when to look for platforms that may explain one.
    """
    tracks = [number for number, stay in enumerate(stays) if is_track(subjects[stay.platform])]
    identified = [name for name, subject in subjects.items() if not is_track(subject)]
    found = identify([_widen(stays[number]) for number in tracks], positions, area, identified)
    fits = {tracks[index]: subjects[name] for index, name in found.items()}
    kept = [number for number, stay in enumerate(stays) if not _is_explained(subjects[stay.platform], fits.get(number))]
    for number, name in zip(kept, unite([stays[number] for number in kept]), strict=True):
        subject = _merge(subjects[stays[number].platform], subjects[name])
        yield number, subject, _contradict(fits.get(number))


def _widen(stay: Stay) -> Stay:
    """Return a stay as long as the track by which it is to be recognised, which may go on before and after it."""
    first, last = (_EPOCH + int(micros) * _MICROSECOND for micros in (stay.track[0][0], stay.track[0][-1]))
    return replace(stay, first=first, last=last)


def is_track(subject: Subject) -> bool:
    """Return whether a platform is a mere track or detection, which nothing identifies by itself."""
    return subject.platform.startswith("track:") or subject.kind in ("radar-track", "detection")


def _is_explained(own: Subject, other: Subject | None) -> bool:
    return other is not None and own.bearing == "anonymous" and other.bearing == "unnamed"


def _merge(own: Subject, other: Subject) -> Subject:
    """Return what is known of a track together with what is known of the platform that it is."""
    bearing = own.bearing if own.bearing == "named" or is_track(other) else other.bearing
    party = other.party if own.party == UNDETERMINED and not is_track(other) else own.party
    return Subject(other.platform, own.kind, own.category or other.category, party, bearing)


def _contradict(other: Subject | None) -> tuple[str, ...]:
    """Return the doubt about a track that its source calls one thing, and that fits another."""
    if other is None or other.bearing != "unnamed":
        return ()
    return (f"it fits {other.platform}, which is known as {other.category or other.kind}",)


def list_open(subjects: Mapping[str, Subject]) -> Collection[str]:
    """Return the platforms that may be a concern of the clause."""
    return [name for name, subject in subjects.items() if subject.bearing != "unnamed"]
