"""Which sources are one feed, as their fixes show: what is told twice is never independent."""

from collections.abc import Mapping
from dataclasses import replace

from truceline.evidence.sight import name_lineages
from truceline.evidence.store import Evidence
from truceline.tracks.feeds import find_feeds, join_feeds, name_feeds

__all__ = ["join_same_feeds"]


def join_same_feeds(evidence: Evidence) -> Evidence:
    """Return the evidence with one lineage for sources that carry the same fixes, and notes that say so."""
    feeds = find_feeds(evidence.positions)
    first = join_feeds(feeds)
    lineages = name_lineages(evidence.plan)
    above: dict[str, str] = {}
    for name, other in sorted(first.items()):
        one, two = sorted((_top(lineages[name], above), _top(lineages[other], above)))
        if one != two:
            above[two] = one
    sources = tuple(replace(one, lineage=_top(lineages[one.name], above)) for one in evidence.plan.sources)
    plan = replace(evidence.plan, sources=sources) if above else evidence.plan
    return replace(evidence, plan=plan, notes=(*evidence.notes, *name_feeds(feeds)))


def _top(name: str, above: Mapping[str, str]) -> str:
    while name in above:
        name = above[name]
    return name
