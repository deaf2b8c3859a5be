"""Pledges of money as transactions in the codes of IATI 2.03, for those whose systems read that.

Codes are those of the standard's lists (IATI-Codelists, version 2.03): TransactionType 12 "Outgoing
Pledge", 2 "Outgoing Commitment", 3 "Disbursement"; ActivityStatus 1 "Pipeline/identification", 2
"Implementation", 4 "Closed", 5 "Cancelled", 6 "Suspended"; ActivityDateType 1 "Planned start", 2 "Actual
start", 3 "Planned End"; OrganisationRole 1 "Funding", 4 "Implementing". The order of elements is that of
iati-activities-schema.xsd.

IATI knows no allocation apart from a commitment: both are 2, and the description says which. No number
without money, no range and no figure of an unnamed currency becomes a transaction. No identifier of an
organisation is made up: states stand by name, and `ref` is left out. The standard asks a publisher for its
own `reporting-org/@ref`, and for activity identifiers that begin with it; both are the publisher's to add,
so this is an exchange file and not yet a file for the registry.
"""

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from truceline.commitment import Figure, Pledge, PoliticalStatus, Quantity
from truceline.dossier.result import Dossier
from truceline.guarantees.quantities import CURRENCIES, say_quantity
from truceline.guarantees.triggers import describe_trigger
from truceline.reports.wording import clean

__all__ = ["ACTIVITY_STATUS", "TRANSACTION_TYPE", "write_iati"]

ACTIVITY_STATUS = {
    PoliticalStatus.ANNOUNCED: "1",
    PoliticalStatus.COMMITTED: "1",
    PoliticalStatus.ALLOCATED: "2",
    PoliticalStatus.DELIVERED: "4",
    PoliticalStatus.WITHDRAWN: "5",
    PoliticalStatus.EXPIRED: "5",
    PoliticalStatus.SUSPENDED: "6",
    PoliticalStatus.DISPUTED: "1",
}
"""Political status -> code of the list ActivityStatus."""

TRANSACTION_TYPE = {
    PoliticalStatus.ANNOUNCED: "12",
    PoliticalStatus.COMMITTED: "2",
    PoliticalStatus.ALLOCATED: "2",
    PoliticalStatus.DELIVERED: "3",
}
"""Political status -> code of the list TransactionType; what is withdrawn or disputed has none."""


def write_iati(dossier: Dossier) -> bytes:
    """Return the pledges of money as `iati-activities` in UTF-8; without any, an element without activities."""
    root = Element("iati-activities", version="2.03")
    for pledge in dossier.register.pledges:
        if any(_is_money(figure.quantity) for figure in pledge.figures):
            _add_activity(root, pledge, dossier)
    indent(root, " ")
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _is_money(quantity: Quantity) -> bool:
    return quantity.unit in CURRENCIES


def _add_activity(root: Element, pledge: Pledge, dossier: Dossier) -> None:
    activity = SubElement(root, "iati-activity", {"xml:lang": "en"})
    SubElement(activity, "iati-identifier").text = clean(f"{dossier.register.case}-{pledge.id}")
    # 80 "Other" would be a claim too; the type of whoever runs this is not known, so the publisher adds it.
    reporter = SubElement(activity, "reporting-org", {"secondary-reporter": "1"})
    _say(reporter, f"Register of {dossier.register.case}")
    _say(SubElement(activity, "title"), f"{dossier.name(pledge.by)}: {pledge.what}")
    _say(SubElement(activity, "description"), _describe(pledge))
    for role, code in (("1", pledge.by), ("4", pledge.to)):
        _say(SubElement(activity, "participating-org", {"role": role}), dossier.name(code))
    SubElement(activity, "activity-status", {"code": ACTIVITY_STATUS[pledge.political]})
    kind = "2" if pledge.political in (PoliticalStatus.ALLOCATED, PoliticalStatus.DELIVERED) else "1"
    SubElement(activity, "activity-date", {"type": kind, "iso-date": pledge.made.isoformat()})
    if pledge.due:
        SubElement(activity, "activity-date", {"type": "3", "iso-date": pledge.due.isoformat()})
    for figure in _list_exact(pledge, dossier.day):
        _add_transaction(activity, pledge, figure, dossier)


def _describe(pledge: Pledge) -> str:
    figures = " / ".join(f"{say_quantity(f.quantity)} ({f.source.title})" for f in pledge.figures)
    condition = f"{describe_trigger(pledge.trigger)} ({pledge.trigger_state})" if pledge.trigger else "none"
    return f"{pledge.what}. Status: {pledge.political}. Condition: {condition}. {figures}"


def _list_exact(pledge: Pledge, day: date) -> Iterator[Figure]:
    """Yield the figure of a pledge where it is one exact sum; sources that disagree make no transaction."""
    exact = [f for f in pledge.figures if f.quantity.exact and not f.quantity.approximate and _is_money(f.quantity)]
    if len(exact) == len(pledge.figures) and len({figure.quantity for figure in exact}) == 1 and pledge.made <= day:
        yield exact[0]


def _add_transaction(activity: Element, pledge: Pledge, figure: Figure, dossier: Dossier) -> None:
    """Add a transaction, unless the pledge's status has no transaction (withdrawn, suspended, disputed)."""
    code = TRANSACTION_TYPE.get(pledge.political)
    if code is None:
        return
    day = figure.source.day.isoformat()
    transaction = SubElement(activity, "transaction")
    SubElement(transaction, "transaction-type", {"code": code})
    SubElement(transaction, "transaction-date", {"iso-date": day})
    value = SubElement(transaction, "value", {"currency": figure.quantity.unit, "value-date": day})
    value.text = f"{figure.quantity.low:f}"
    basis = f", {figure.quantity.basis}" if figure.quantity.basis else ""
    known = "" if figure.source.verified else "; not verified"
    _say(SubElement(transaction, "description"), f"{pledge.political}{basis}; source: {figure.source.title}{known}")
    _say(SubElement(transaction, "provider-org"), dossier.name(pledge.by))
    _say(SubElement(transaction, "receiver-org"), dossier.name(pledge.to))


def _say(element: Element, text: str) -> None:
    SubElement(element, "narrative").text = clean(text)
