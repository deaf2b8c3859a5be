"""A headline taken apart: of what "EUR 800 bn" is made, on which conditions, and what of it is money."""

from collections.abc import Mapping

from truceline.commitment import Programme, Quantity, Register
from truceline.finance import Economy
from truceline.guarantees.backing import Activation
from truceline.guarantees.escape import RAMP, sum_room
from truceline.guarantees.programmes import Clause
from truceline.guarantees.quantities import say_quantity

__all__ = ["describe_headline", "find_envelope", "share_of_users"]


def describe_headline(
    register: Register,
    clause: Clause | None,
    economies: Mapping[str, Economy],
    activations: Mapping[str, Activation],
    union_gdp: Mapping[int, tuple[float, str]],
) -> str:
    """Return one line on the first plan with parts that is known; empty where there is none."""
    by_id = {programme.id: programme for programme in register.programmes}
    plan = next((each for each in register.programmes if each.kind == "plan" and each.parts), None)
    if plan is None or not plan.figures:
        return ""
    parts = [_say_part(by_id[name]) for name in plan.parts if name in by_id]
    line = f"{plan.name}: {' and '.join(parts)}"
    if clause is None:
        return line + "."
    return f"{line}. {_rebuild(clause, economies, activations, union_gdp)}".strip()


def _say_part(programme: Programme) -> str:
    """Say what a part of the headline is."""
    figure = find_envelope(programme)
    amount = say_quantity(figure) if figure else "a sum that is not stated"
    kinds = {
        "escape-clause": "of room in national budgets (no money: states may use it or not)",
        "loan-facility": "of loans (to be repaid)",
        "grant": "of grants",
        "joint-procurement": "of joint buying",
    }
    return f"{amount} {kinds.get(programme.kind, f'of {programme.kind}')}"


def find_envelope(programme: Programme) -> Quantity | None:
    """Return the largest sum that a programme may take, as last stated: "up to"; else its first figure."""
    figures = [*programme.figures, *(figure for revision in programme.revisions for figure in revision.figures)]
    bounds = [figure.quantity for figure in figures if figure.quantity.low is None and figure.quantity.high is not None]
    return bounds[-1] if bounds else figures[0].quantity if figures else None


def _rebuild(
    clause: Clause,
    economies: Mapping[str, Economy],
    activations: Mapping[str, Activation],
    union_gdp: Mapping[int, tuple[float, str]],
) -> str:
    """Rebuild the room as a rising path over the Union's GDP, and over the states that activated the clause."""
    years = range(clause.first_year, clause.last_year + 1)
    if len(years) != len(RAMP) or 2023 not in union_gdp:
        return ""
    path = ", ".join(f"{step:g}" for step in RAMP)
    said = (
        f"The room is rebuilt best by a path of {path} % of GDP in {years[0]} to {years[-1]} over the GDP of 2023: "
        f"EUR {sum_room([union_gdp[2023][0]] * len(RAMP)):,.1f} bn if all states did it"
    )
    share = share_of_users(economies, activations)
    if not share or any(year not in union_gdp for year in years):
        return said + "."
    used = share * sum_room([union_gdp[year][0] for year in years])
    return (
        f"{said}; only {len(activations)} states activated the clause, {100 * share:.1f}\u00a0% of the Union's GDP, "
        f"and over their forecast GDP the same path gives EUR {used:,.0f} bn."
    )


def share_of_users(economies: Mapping[str, Economy], activations: Mapping[str, Activation]) -> float:
    """Return the share of the Union's GDP of 2025 that the states with an active clause have, from 0 to 1."""
    gdps = {
        state: economy.numbers.get("gdp_2025_eur_bn", 0.0)
        for state, economy in economies.items()
        if economy.framework == "EU rules"
    }
    whole = sum(gdps.values())
    return sum(gdps.get(state, 0.0) for state in activations) / whole if whole else 0.0
