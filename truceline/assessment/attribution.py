"""Who did it, how sure that is, and why: the weighing of findings that are one happening.

Weights follow the Admiralty code as NATO's AJP-2.1 prints it (reliability A to F of the source,
credibility 1 to 6 of the report). The numbers are ours; they order incidents for a reader and decide
nothing: a status comes from counting independent origins, and a standing from the status.
"""

from collections.abc import Iterable, Mapping, Sequence

from truceline.model import ACCUSATION, UNDETERMINED, Finding

__all__ = ["count_lineages", "rate_confidence", "share_parties", "weigh_lineages"]

_RELIABILITY = {"A": 0.9, "B": 0.8, "C": 0.65, "D": 0.4, "E": 0.2}
_CREDIBILITY = {1: 1.0, 2: 0.9, 3: 0.75, 4: 0.45, 5: 0.2}
_UNKNOWN_RELIABILITY = 0.5  # F: cannot be judged, and the same where nobody has said
_UNKNOWN_CREDIBILITY = 0.75
_DOUBT = 0.6
_EDGE = 0.7
_SILENT_ON_PARTY = 0.5  # who saw it and could not say by whom does not contradict who could
_CONTRADICTION = 0.6
_HIGHEST = 0.99


def weigh_lineages(findings: Iterable[Finding]) -> Mapping[str, float]:
    """Return, for each lineage in order, the weight (0 to 1) of its best finding that is no indicator."""
    weights: dict[str, float] = {}
    for finding in findings:
        if not finding.indicator:
            weights[finding.lineage] = max(weights.get(finding.lineage, 0.0), _weigh(finding))
    return dict(sorted(weights.items()))


def count_lineages(findings: Iterable[Finding]) -> tuple[tuple[str, ...], bool]:
    """Return the independent origins that are no indicators, and whether one of them is free of doubts."""
    shown = [finding for finding in findings if not finding.indicator]
    return tuple(sorted({finding.lineage for finding in shown})), any(not finding.doubts for finding in shown)


def share_parties(findings: Sequence[Finding]) -> dict[str, float]:
    """Return each party's share of the attribution; the shares sum to 1.

    Every independent origin has one vote with its weight, split evenly over what its findings say.
    Those that name nobody vote for UNDETERMINED together, with half of the weight of the best of them. Where
    anybody else saw it, whoever accuses another party has no say in whose it was.
    """
    weights = weigh_lineages(findings)
    votes: dict[str, float] = {}
    shown = [finding for finding in findings if not finding.indicator]
    heard = [finding for finding in shown if not _accuses(finding)] or shown
    for lineage, weight in weights.items():
        named = sorted({f.party for f in heard if f.lineage == lineage} - {UNDETERMINED})
        for party in named:
            votes[party] = votes.get(party, 0.0) + weight / len(named)
        if not named:
            votes[UNDETERMINED] = max(votes.get(UNDETERMINED, 0.0), weight * _SILENT_ON_PARTY)
    total = sum(votes.values())
    if total <= 0:
        return {UNDETERMINED: 1.0}
    shares = {party: round(vote / total, 6) for party, vote in sorted(votes.items())}
    largest = max(shares, key=lambda party: (shares[party], party))
    # what rounding took goes to the largest share, so that the sum is exactly 1
    shares[largest] = round(shares[largest] + 1.0 - sum(shares.values()), 6)
    return shares


def rate_confidence(findings: Sequence[Finding], parties: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """Return how sure it is that this happened (0 to 1), and what moved that, in words."""
    weights = weigh_lineages(findings)
    missing = 1.0
    for weight in weights.values():
        missing *= 1.0 - weight
    confidence = 1.0 - missing
    reasons = [*_explain_origins(findings, weights), *_explain_doubts(findings)]
    named = [party for party in parties if party != UNDETERMINED]
    if len(named) > 1:
        confidence *= _CONTRADICTION
        reasons.append(f"the sources disagree on who did it ({', '.join(named)}): confidence lowered")
    elif not named:
        reasons.append("nothing attributes it to a party")
    else:
        reasons += _explain_silence(findings, weights, named[0])
    return round(min(confidence, _HIGHEST), 4), tuple(reasons)


def _accuses(finding: Finding) -> bool:
    return any(doubt.startswith(ACCUSATION) for doubt in finding.doubts)


def _weigh(finding: Finding) -> float:
    weight = _RELIABILITY.get(finding.reliability or "", _UNKNOWN_RELIABILITY)
    weight *= _CREDIBILITY.get(finding.credibility or 0, _UNKNOWN_CREDIBILITY)
    weight *= _DOUBT ** min(len(finding.doubts), 3)
    return weight * (_EDGE if finding.edge_uncertain or finding.place_uncertain else 1.0)


def _explain_origins(findings: Sequence[Finding], weights: Mapping[str, float]) -> Iterable[str]:
    if len(weights) > 1:
        yield f"{len(weights)} independent origins agree: {', '.join(weights)}"
    for lineage, weight in weights.items():
        mine = [f for f in findings if f.lineage == lineage and not f.indicator]
        codes = sorted({f"{f.reliability or 'F'}{f.credibility or 6}" for f in mine})
        copies = f", {len(mine)} findings of one origin count once" if len(mine) > 1 else ""
        yield f"{lineage}: weight {weight:.2f} (Admiralty code {', '.join(codes)}{copies})"


def _explain_silence(findings: Sequence[Finding], weights: Mapping[str, float], party: str) -> Iterable[str]:
    """Say where only some of the origins name the party: that it happened is then surer than who did it."""
    by = {finding.lineage for finding in findings if finding.party == party and not finding.indicator}
    naming = [one for one in weights if one in by]
    if len(naming) < len(weights):
        verb = "names" if len(naming) == 1 else "name"
        yield f"{len(naming)} of {len(weights)} origins {verb} {party}: {', '.join(naming)}; the others cannot say who"


def _explain_doubts(findings: Sequence[Finding]) -> Iterable[str]:
    """Say each doubt once, however many of the findings have it."""
    shown = [finding for finding in findings if not finding.indicator]
    said = (f"doubt about {finding.source}: {doubt}" for finding in shown for doubt in finding.doubts)
    yield from dict.fromkeys(said)
    if any(finding.edge_uncertain for finding in shown):
        yield "part of it may lie outside the clause's time"
    if any(finding.place_uncertain for finding in shown):
        yield "part of it may lie outside the clause's zone"
