"""What one party says against another: a doubt, because whoever accuses is no witness.

A source with a `party` is that party's own. Where its rows name another party of the agreement as the actor, the
finding stands and bears a doubt: it weighs less, and doubtful findings alone are never more than alleged, however
many services of one party agree. Beside a witness of another origin it shows that something happened, and not
who did it. What a party says of itself, or sees without naming anybody, is evidence like any other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from truceline.agreement.actors import find_party, name_parties
from truceline.agreement.document import Agreement
from truceline.evidence.store import Evidence
from truceline.evidence.tables import EVENT_KINDS
from truceline.model import ACCUSATION, UNDETERMINED, Finding

__all__ = ["mark_accusations"]


def mark_accusations(findings: Iterable[Finding], agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield the findings in their order, those by which one party accuses another with that as a doubt."""
    names = name_parties(agreement)
    kinds = {*EVENT_KINDS, *evidence.plan.kinds}
    own = {source.name: find_party(source.party, names) for source in evidence.plan.sources if source.party}
    for finding in findings:
        accuser = own.get(finding.source, UNDETERMINED)
        if UNDETERMINED in (accuser, finding.party) or accuser == finding.party or finding.kind not in kinds:
            yield finding
        else:
            yield replace(finding, doubts=(*finding.doubts, f"{ACCUSATION} {accuser}'s own source"))
