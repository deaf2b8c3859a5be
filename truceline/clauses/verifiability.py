"""Before anyone signs: which clauses no listed evidence could verify, and why."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from truceline.agreement.actors import fold_name, name_parties
from truceline.agreement.document import Agreement, Terms
from truceline.clauses.keys import Page
from truceline.clauses.kinds import KINDS
from truceline.evidence import leave_out
from truceline.evidence.sight import (
    EVERYWHERE,
    RECEPTION,
    draw_area,
    find_watchers,
    is_cooperative,
    why_blind,
)
from truceline.evidence.source import Coverage, Plan
from truceline.gazetteer import Gazetteer, load_gazetteer
from truceline.model import Problem
from truceline.spacetime import Interval

__all__ = ["find_lost", "unverifiable"]


def unverifiable(agreement: Agreement, terms: Iterable[Terms], plan: Plan) -> list[Problem]:
    """Return a warning for each clause, reading and kind of breach that nothing listed could see.

    Only what is declared counts: a coverage that could see such a breach by such a party, within the
    clause's time, somewhere. How much of zone and time it watches is measured when the case runs.
    """
    map_ = _Map(agreement, load_gazetteer(plan.areas))
    found = [problem for term in terms for problem in _check(agreement, term, plan, map_)]
    found += _check_platforms(agreement, plan)
    return sorted(dict.fromkeys(found), key=lambda problem: problem.line)


def _check(agreement: Agreement, term: Terms, plan: Plan, map_: "_Map") -> Iterator[Problem]:
    kind = KINDS.get(term.clause.kind)
    if kind is None or kind.evaluate is None or kind.breaches is None:
        return
    page = Page(agreement, term.clause)
    if term.clause.coverage is None:
        yield page.warning(
            "kind",
            'can never be said to be "kept"',
            "the share of zone and time that must be watched",
            "no coverage",
            "add coverage = 0.6 or the share that the parties agree on",
        )
    if term.zone is not None and term.zone.shape is None and not term.zone.areas:
        yield page.warning("zone", "nobody can draw its zone", "a shape or an area", "neither", "draw the zone")
    for words in kind.undrawn(term, agreement) if kind.undrawn is not None else ():
        yield page.warning(
            "kind", "nobody has drawn what it is measured from or in", "a line or zone", f'"{words}"', "draw it"
        )
    unseen: dict[tuple[str, str], list[str]] = {}
    parties = [party for party, span in term.by_party.items() if span is not None or party not in term.lapsed]
    for need, blind in _blind(term, plan, map_, parties):
        whose = [party for party, reasons in blind.items() if None not in reasons]
        if whose:
            reasons = [reason for reason in dict.fromkeys(blind[whose[0]]) if reason is not None]
            found = "; ".join(reasons[:4]) or "no coverage is declared"
            unseen.setdefault(
                (", ".join(whose), found.replace(f"does not detect {need}", "does not detect it")), []
            ).append(need)
    for (whose_, found), needs in unseen.items():
        yield page.warning(
            "kind",
            f"no listed evidence could see {', '.join(needs)} by {whose_}",
            "a coverage that watches this zone and detects it",
            found,
            "list a source that could see it with its coverage, or accept that the clause stays not determinable",
        )


def _blind(
    term: Terms, plan: Plan, map_: "_Map", parties: Iterable[str]
) -> Iterator[tuple[str, dict[str, list[str | None]]]]:
    """Yield, for each kind of breach, for each party: why each declared coverage does not see it (None: it does)."""
    kind = KINDS.get(term.clause.kind)
    if kind is None or kind.evaluate is None or kind.breaches is None:
        return
    for need in kind.breaches(term):
        if need != RECEPTION or not any(is_cooperative(source) for source in plan.sources):  # measured when it runs
            yield need, {party: list(_why_not(term, plan, need, party, map_)) for party in parties}


def find_lost(agreement: Agreement, terms: Iterable[Terms], plan: Plan, without: Collection[str]) -> tuple[str, ...]:
    """Say which clauses could be determined with everything listed, and no longer without these providers.

    Only what is declared counts, as in `unverifiable`; it is said of clauses that are not in force as well.
    """
    left, _ = leave_out(plan, without)
    map_ = _Map(agreement, load_gazetteer(plan.areas))
    lost: dict[tuple[str, str], list[str]] = {}
    for term in terms if without else ():
        known = _blind(term, plan, map_, term.clause.binds)
        seen = {(need, party) for need, blind in known for party in blind if None in blind[party]}
        for need, blind in _blind(term, left, map_, term.clause.binds):
            gone = [party for party in blind if (need, party) in seen and None not in blind[party]]
            if gone:
                lost.setdefault((term.clause.id, ", ".join(gone)), []).append(need)
    names = ", ".join(sorted(without))
    return tuple(
        f"without {names}, nothing listed could see {', '.join(dict.fromkeys(needs))} by {whose}: "
        f"clause {clause} could no longer be determined"
        for (clause, whose), needs in lost.items()
    )


def _why_not(term: Terms, plan: Plan, need: str, party: str, map_: "_Map") -> Iterator[str | None]:
    """Yield, for each declared coverage, why it says nothing of this breach; None where it does."""
    for coverage in plan.coverage:
        watchers = find_watchers(plan, coverage.source, coverage.provider)
        blind = why_blind(watchers, coverage.detects, need) or _why_not_now(term, coverage, party)
        blind = blind or map_.why_elsewhere(term, coverage)
        yield f"{coverage.source or coverage.provider}: {blind}" if blind else None


def _why_not_now(term: Terms, coverage: Coverage, party: str) -> str | None:
    if coverage.probability is None:
        return "how well it sees is not declared"
    if coverage.probability <= 0:
        return "it declares that it sees nothing"
    if coverage.party not in (None, party):
        return f"it watches {coverage.party} only"
    span: Interval | None = term.by_party.get(party) or term.possible
    if span is not None and coverage.interval.overlap(span) is None:
        return "it watches at another time"
    return None


class _Map:
    """Where coverages and zones lie. Places are looked up once."""

    def __init__(self, agreement: Agreement, gazetteer: Gazetteer) -> None:
        self._zones = {name: zone.shape for name, zone in agreement.zones.items() if zone.shape is not None}
        self._gazetteer = gazetteer

    def why_elsewhere(self, term: Terms, coverage: Coverage) -> str | None:
        """Return why a coverage does not watch the clause's zone; None where it watches some of it."""
        zone = term.zone
        if coverage.area == EVERYWHERE:
            return None
        if zone is None:
            return f"it watches {coverage.area}, and the clause holds everywhere"
        area = draw_area(coverage.area, self._zones, self._gazetteer)
        if area is None:
            return f"nobody knows where {coverage.area} is"
        places = [draw_area(name, {}, self._gazetteer) for name in zone.areas]
        parts = [shape for shape in (zone.shape, *places) if shape is not None]
        return None if any(shape.intersects(area) for shape in parts) else f"it watches elsewhere ({coverage.area})"


def _check_platforms(agreement: Agreement, plan: Plan) -> Iterator[Problem]:
    """Warn of parties that the list of evidence names and the agreement does not have."""
    names = name_parties(agreement)
    named: Sequence[tuple[str, str | None]] = (
        *((f"platform {entry.platform}", entry.party) for entry in plan.platforms),
        *((f"source {source.name}", source.party) for source in plan.sources),
    )
    for what, party in named:
        if party and fold_name(party) not in names:
            yield Problem(
                str(plan.path),
                1,
                f"{what}: party not known to the agreement",
                "one of " + ", ".join(agreement.parties),
                f'"{party[:60]}"',
                "correct it, or leave it if that state is no party to the agreement",
                "warning",
            )
