"""pledges.json: the whole answer for machines. Schema "truceline/pledges/1" in `schemas/pledges-1.json`.

What is not known is null, days are YYYY-MM-DD, quantities carry their unit.
"""

from decimal import Decimal
from typing import Any

from truceline.commitment import (
    Adequacy,
    Amount,
    Figure,
    Pledge,
    Programme,
    Quantity,
    Requirement,
    Source,
    Withdrawal,
)
from truceline.dossier.donors import Check, Donors
from truceline.dossier.result import Change, Deadline, Dossier, Level, Presence
from truceline.dossier.rows import describe_pledge, describe_rotation

__all__ = ["SCHEMA", "as_document"]

SCHEMA = "truceline/pledges/1"
"""The form of pledges.json."""


def as_document(dossier: Dossier) -> dict[str, Any]:
    """Return a dossier as JSON knows it: what is not known is null, days are YYYY-MM-DD, quantities have units."""
    register = dossier.register
    return {
        "schema": SCHEMA,
        "case": register.case,
        "title": register.title,
        "version": dossier.version,
        "digest": dossier.digest,
        "as_of": dossier.day.isoformat(),
        "as_of_given": dossier.given,
        "without": list(dossier.without),
        "in_force": dossier.in_force,
        "determinations": {name: day.isoformat() for name, day in dossier.determinations.items()},
        "names": {code: dossier.name(code) for code in sorted(_codes(dossier))},
        "pledges": [_pledge(pledge) for pledge in register.pledges],
        "requirements": [_requirement(each) for each in register.requirements],
        "meetings": [
            {
                "id": each.id,
                "name": each.name,
                "day": each.day.isoformat(),
                "place": each.place or None,
                "participants": list(each.participants),
                "decisions": [{"text": text, "about": list(about)} for text, about in each.decisions],
                "source": _source(each.source),
            }
            for each in register.meetings
        ],
        "programmes": [_programme(each) for each in register.programmes],
        "adequacy": [_adequacy(each) for each in dossier.adequacy],
        "withdrawals": [_withdrawal(each) for each in dossier.withdrawals],
        "losses": [
            {
                "contributor": each.contributor,
                "pledges": list(each.pledges),
                "alone": list(each.alone),
                "lapsed": list(each.lapsed),
            }
            for each in dossier.losses
        ],
        "waiting": [
            {"condition": each.condition, "state": each.state.value, "pledges": list(each.pledges)}
            for each in dossier.blocks
        ],
        "contradictions": [
            {"kind": each.kind, "id": each.id, "figures": [_figure(figure) for figure in each.figures]}
            for each in dossier.contradictions
        ],
        "without_number": [pledge.id for pledge in dossier.unnumbered],
        "presence": [_presence(each) for each in dossier.presences],
        "changes": [_change(each) for each in dossier.changes],
        "deadlines": [_deadline(each) for each in dossier.deadlines],
        "levels": [_level(each) for each in dossier.levels],
        "horizon": [_level(each) for each in dossier.horizon],
        "donors": _donors(dossier.donors) if dossier.donors else None,
        "notes": list(dossier.notes),
    }


def _codes(dossier: Dossier) -> set[str]:
    register = dossier.register
    codes = {code for pledge in register.pledges for code in (pledge.by, pledge.to)}
    return (
        codes | {each.by for each in register.programmes} | {c for each in register.meetings for c in each.participants}
    )


def _number(value: Decimal | None) -> int | float | None:
    """Return a number as JSON knows it: whole ones exact, others to fifteen digits."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(f"{value:.15g}")


def _source(source: Source) -> dict[str, Any]:
    return {
        "title": source.title,
        "day": source.day.isoformat(),
        "quote": source.quote or None,
        "verified": source.verified,
    }


def _quantity(quantity: Quantity) -> dict[str, Any]:
    return {
        "low": _number(quantity.low),
        "high": _number(quantity.high),
        "unit": quantity.unit,
        "basis": quantity.basis,
        "approximate": quantity.approximate,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"quantity": _quantity(figure.quantity), "source": _source(figure.source)}


def _amount(amount: Amount | None) -> dict[str, Any] | None:
    if amount is None:
        return None
    return {"low": _number(amount.low), "high": _number(amount.high), "unit": amount.unit}


def _pledge(pledge: Pledge) -> dict[str, Any]:
    row = describe_pledge(pledge)
    kept = ("id", "by", "to", "what", "capability", "political", "readiness", "notice_days", "legal", "trigger")
    more = ("trigger_state", "made", "due", "programme", "note")
    return {
        **{key: row[key] for key in (*kept, *more)},
        "article": pledge.article or None,
        "line": pledge.line,
        "figures": [_figure(figure) for figure in pledge.figures],
        "source": _source(pledge.source),
    }


def _requirement(each: Requirement) -> dict[str, Any]:
    needs = [
        {
            "capability": need.capability,
            "quantity": _quantity(need.quantity),
            "starts": need.starts.isoformat() if need.starts else None,
            "ends": need.ends.isoformat() if need.ends else None,
        }
        for need in each.needs
    ]
    return {
        "id": each.id,
        "model": each.model,
        "needs": needs,
        "note": each.note or None,
        "source": _source(each.source),
    }


def _programme(each: Programme) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "name": each.name,
        "by": each.by,
        "day": each.day.isoformat(),
        "parts": list(each.parts),
        "figures": [_figure(figure) for figure in each.figures],
        "source": _source(each.source),
        "revisions": [_source(revision.source) for revision in each.revisions],
    }


def _adequacy(each: Adequacy) -> dict[str, Any]:
    return {
        "requirement": each.requirement,
        "model": each.model,
        "capability": each.capability,
        "need": _amount(each.need),
        "starts": each.wanted.starts.isoformat() if each.wanted.starts else None,
        "ends": each.wanted.ends.isoformat() if each.wanted.ends else None,
        "firm": _amount(each.firm),
        "firm_verdict": each.firm_verdict.value,
        "all": _amount(each.all),
        "share": [_number(side) for side in each.share],
        "verdict": each.verdict.value,
        "contributions": [
            {
                "pledge": part.pledge,
                "by": part.by,
                "amount": _amount(part.amount),
                "conditional": part.conditional,
                "reason": part.reason or None,
            }
            for part in each.contributions
        ],
        "reason": each.reason or None,
    }


def _withdrawal(each: Withdrawal) -> dict[str, Any]:
    return {
        "contributor": each.contributor,
        "requirement": each.requirement,
        "capability": each.capability,
        "before": _amount(each.before),
        "after": _amount(each.after),
        "verdict_before": each.verdict_before.value,
        "verdict_after": each.verdict_after.value,
        "breaks": each.breaks,
        "dependence": _number(each.dependence),
    }


def _presence(each: Presence) -> dict[str, Any]:
    parts = (*each.rotations, *((each.total,) if each.total else ()))
    return {
        "capability": each.capability,
        "contributors": [
            {
                key: _number(value) if isinstance(value, Decimal) else value
                for key, value in describe_rotation(part).items()
            }
            for part in parts
        ],
        "months": [
            {key: _number(value) if isinstance(value, Decimal) else value for key, value in row.items()}
            for row in each.phases
        ],
        "un_floor_usd_per_year": _number(each.un_floor_usd),
    }


def _change(each: Change) -> dict[str, Any]:
    return {
        "day": each.day.isoformat(),
        "pledge": each.pledge,
        "axis": each.axis,
        "before": each.before or None,
        "after": each.after or None,
        "source": _source(each.source),
        "note": each.note or None,
    }


def _deadline(each: Deadline) -> dict[str, Any]:
    return {
        "pledge": each.pledge,
        "due": each.due.isoformat(),
        "reached": each.reached.value,
        "legal": each.legal.value if each.legal else None,
        "next_step": each.step.isoformat() if each.step else None,
        "days_late": each.days_late,
        "open": each.open,
        "says": each.says,
    }


def _level(each: Level) -> dict[str, Any]:
    return {
        "day": each.day.isoformat(),
        "capability": each.capability,
        "firm": _amount(each.firm),
        "all": _amount(each.all),
        "verdicts": {name: verdict.value for name, verdict in each.verdicts.items()},
    }


def _donors(donors: Donors) -> dict[str, Any]:
    years = [
        {key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()}
        for row in donors.by_year.iter_rows(named=True)
    ]
    gap = donors.gap and {
        "donor": donors.gap.donor,
        "before": donors.gap.before,
        "after": donors.gap.after,
        "fall_eur_bn": round(donors.gap.fall_eur_bn, 6),
        "others_more_eur_bn": round(donors.gap.filled_eur_bn, 6),
    }
    checks = [_check(check) for check in donors.checks]
    last = f"{donors.last[0]}-{donors.last[1]:02d}"
    return {"release": donors.release, "last_month": last, "years": years, "gap": gap, "published": checks}


def _check(check: Check) -> dict[str, Any]:
    ours = None if check.ours is None else round(check.ours, 6)
    names = {"id": check.id, "what": check.what, "unit": check.unit, "note": check.note or None}
    return {**names, "published": check.published, "ours": ours}
