"""The tables of the support tracker: donors by year, who filled a gap and when, and published figures beside ours."""

from truceline.dossier.donors import Donors, Gap
from truceline.dossier.result import Dossier
from truceline.dossier.sheets import NONE, table
from truceline.guarantees.quantities import say_quantity
from truceline.reports.content import Table
from truceline.reports.wording import UNKNOWN

__all__ = ["tabulate_checks", "tabulate_gap", "tabulate_pledged", "tabulate_totals", "tabulate_years"]

_MOST = 12
MILITARY_AID = "military-aid"
"""The capability of pledges that the tracker's figures are set beside."""


def tabulate_years(donors: Donors) -> Table:
    """Return allocations of the largest donors by year, and of all others together."""
    top = [str(name) for name in donors.totals["donor"][:_MOST]]
    rows = []
    for name in top:
        sums = donors.sum_years(only=[name])
        rows.append([name, *(_say(sums[year]) for year in donors.years), _say(sum(sums.values()))])
    rest = donors.sum_years(but=top)
    rows.append(["all others", *(_say(rest[year]) for year in donors.years), _say(sum(rest.values()))])
    every = donors.sum_years()
    rows.append(["all", *(_say(every[year]) for year in donors.years), _say(sum(every.values()))])
    last = f"{donors.last[0]}-{donors.last[1]:02d}"
    titles: list[str | tuple[str, float]] = [("donor", 2.0), *(f"#{year}" for year in donors.years), "#all years"]
    return table(f"Allocations by year, EUR bn at current prices, to {last}", titles, rows)


def tabulate_totals(donors: Donors) -> Table:
    """Return commitments beside allocations: what was promised, and what was set aside for it."""
    rows = []
    for row in donors.totals.head(_MOST).iter_rows(named=True):
        committed, allocated = row["committed_eur_bn"], row["allocated_eur_bn"]
        share = f"{allocated / committed * 100:.0f}\u00a0%" if committed else UNKNOWN
        rows.append([str(row["donor"]), _say(committed), _say(allocated), share, _say(row["military_eur_bn"])])
    titles = (("donor", 2.0), "#committed", "#allocated", "#allocated of committed", "#military part of it")
    return table("Commitments and allocations, all years, EUR bn", titles, rows)


def tabulate_gap(gap: Gap) -> Table:
    """Return who gave how much more, and in which quarter, while one donor gave less."""
    more = [row for row in gap.rows if row["donor"] != gap.donor]
    shown = [row for row in more if abs(float(row["change_eur_bn"] or 0)) >= 0.05][:_MOST]
    rows = [
        [
            str(row["donor"]),
            _say(row["before_eur_bn"]),
            _say(row["after_eur_bn"]),
            _signed(row["change_eur_bn"]),
            f"{float(row['share_of_gap']) * 100:.0f}\u00a0%" if row["share_of_gap"] is not None else NONE,
            *(_signed(row.get(f"q{number}")) for number in range(1, 5)),
        ]
        for row in shown
    ]
    years = [f"#{gap.before}", f"#{gap.after}"]
    quarters = [f"#Q{number}" for number in range(1, 5)]
    titles: list[str | tuple[str, float]] = [("donor", 2.0), *years, "#change", "#of the gap", *quarters]
    caption = (
        f"{gap.donor} gave EUR {gap.fall_eur_bn:.1f} bn less in {gap.after} than in {gap.before}; all others together "
        f"{gap.filled_eur_bn:+.1f} bn. Quarters: against the same quarter of {gap.before}"
    )
    return table(caption, titles, rows)


def tabulate_pledged(dossier: Dossier, donors: Donors) -> Table:
    """Return the tracker's figures beside the pledges of military aid; the two are not added."""
    sums = {row["code"]: row for row in donors.totals.iter_rows(named=True)}
    rows = []
    for pledge in dossier.register.pledges:
        if pledge.capability == MILITARY_AID and pledge.by in sums:
            figures = " / ".join(say_quantity(figure.quantity) for figure in pledge.figures) or "no number"
            own = sums[pledge.by]
            counted = [_say(own[name]) for name in ("committed_eur_bn", "allocated_eur_bn", "military_eur_bn")]
            rows.append([dossier.name(pledge.by), pledge.what, figures, pledge.political.value, *counted])
    titles = ("by", ("pledge", 1.6), "in the register", "status", "#committed", "#allocated", "#military")
    return table("Pledges of military aid, with the tracker's EUR bn beside them", titles, rows)


def tabulate_checks(donors: Donors) -> Table:
    """Return published figures beside what this release gives; the difference is shown, not tuned away."""
    rows = [
        [
            check.id,
            check.what,
            check.unit,
            f"{check.published:g}".replace("-", "−"),
            UNKNOWN if check.ours is None else f"{check.ours:.2f}".replace("-", "−"),
            UNKNOWN if check.ours is None else _signed(check.ours - check.published),
            check.note or NONE,
        ]
        for check in donors.checks
    ]
    titles = (
        ("", 0.4),
        ("what", 2.2),
        ("unit", 0.6),
        "#published",
        "#here",
        "#difference",
        ("why they may differ", 2.0),
    )
    return table("Published figures beside those of this release", titles, rows)


def _say(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else UNKNOWN


def _signed(value: object) -> str:
    return f"{value:+.2f}".replace("-", "−") if isinstance(value, int | float) else UNKNOWN
